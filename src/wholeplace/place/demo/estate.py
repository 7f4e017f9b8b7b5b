"""What the demo council runs: hand-written registers, joined to the town that was drawn.

The tables under `registers/` are the same for every town but for where sites and utilities stand, the wards they are
named after, and how many people of each neighbourhood use a service.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.place.demo.character import Character, stream
from wholeplace.place.demo.landscape import Floats, Ints, nearest
from wholeplace.place.demo.naming import PLACE_CODE
from wholeplace.place.demo.people import PERIODS, People, Postcodes, people_in_flood_zone
from wholeplace.place.demo.town import Town
from wholeplace.place.geography import PLACE
from wholeplace.place.vocabulary import RegisterKind, vocabulary

TABLES = Path(__file__).parent / "registers"
#: Tables that are joined to the town.
PLACED, USED = ("sites", "utilities"), "service_users"
#: Where the numbers of users come from.
NOTE = f"Invented, as the services would count them in {PERIODS[1]}"
#: Where a site that stands outside the place is: nowhere on its map.
AWAY = "away"
_AT = ("lat", "lon", "area", "postcode")


@dataclass(frozen=True)
class Estate:
    """Every register of the demo place by name; null where a cell is blank."""

    registers: dict[str, pl.DataFrame]


def make_estate(town: Town, character: Character, people: People, postcodes: Postcodes, seed: int) -> Estate:
    """Read the hand-written registers and join them to the town."""
    tables = {path.stem: pl.read_csv(path, infer_schema=False).fill_null("") for path in sorted(TABLES.glob("*.csv"))}
    found = tables | {name: _placed(tables[name], town, postcodes, stream(seed, name)) for name in PLACED}
    counts = {"staff": sum(map(int, tables["teams"]["headcount"])), "suppliers": tables["suppliers"].height}
    bases = people.bases[PERIODS[1]] | {"flood-zone": people_in_flood_zone(people, postcodes)}
    found[USED] = _users(tables[USED], town, character, bases, counts, stream(seed, USED))
    kinds = vocabulary().registers
    return Estate({name: _in_order(frame, kinds[name]) for name, frame in found.items()})


def _in_order(frame: pl.DataFrame, kind: RegisterKind) -> pl.DataFrame:
    """The columns that are fields of a register, in the order of the vocabulary."""
    fields = [name for name in kind.by_name if name in frame.columns]
    return frame.select(fields).with_columns(pl.col(pl.String).replace("", None))


def _placed(table: pl.DataFrame, town: Town, postcodes: Postcodes, rng: np.random.Generator) -> pl.DataFrame:
    """Put each row at a postcode of an area of the sort that its column `where` asks for, and name it after the ward.

    No two rows stand in one area of a sort while there are others, and no two of one name in one ward.
    """
    order = {where: _areas_by(where, town) for where in table["where"].unique() if where != AWAY}
    taken: set[tuple[str, int]] = set()
    named: set[tuple[str, int]] = set()
    found: list[dict[str, str]] = []
    for row in table.iter_rows(named=True):
        where, name = row.pop("where"), row["name"]
        if where == AWAY:
            found.append(row | dict.fromkeys(_AT, ""))
            continue
        free = (area for area in order[where].tolist() if (where, area) not in taken)
        if "{ward}" in name:
            free = (area for area in free if (name, int(town.ward[area])) not in named and _goes(name, town, area))
        area = next(free, int(order[where][0]))
        taken.add((where, area))
        named.add((name, int(town.ward[area])))
        at = _postcode_in(area, where, postcodes, rng)
        ward = str(town.ward_names[town.ward[area]])
        found.append(row | at | {"name": name.replace("{ward}", ward)})
    return pl.DataFrame(found, schema=dict.fromkeys([*table.drop("where").columns, *_AT], pl.String))


def _goes(name: str, town: Town, area: int) -> bool:
    """Whether the name of an area's ward goes with a name: no Old Library Library."""
    return not set(name.split()) & set(str(town.ward_names[town.ward[area]]).split())


def _areas_by(where: str, town: Town) -> Ints:
    """Every area, those that are most of a sort first."""
    land, middles = town.land, town.middles
    of_town, out, angle = land.nearest_town(middles)
    to_industry = np.cos(angle - land.industry_angle[of_town])
    far: dict[str, Floats] = {
        "centre": out + 10 * (of_town != 0),
        "industry": np.abs(out - 0.55) - to_industry,
        "university": nearest(land.universities, middles)[0],
        "river": nearest(land.river, middles)[0],
        "estate": nearest(land.estates, middles)[0],
        "suburb": np.abs(out - 0.75),
        "leafy": np.abs(out - 0.75) + to_industry,
        "village": np.abs(out - 1.5),
    }
    return np.argsort(far[where], kind="stable")


def _postcode_in(area: int, where: str, postcodes: Postcodes, rng: np.random.Generator) -> dict[str, str]:
    """A postcode of an area; by the river one that can be flooded, where there is any."""
    inside = np.flatnonzero(postcodes.area == area)
    wet = inside[postcodes.flooded[inside] == 1]
    chosen = int(rng.choice(wet if where == "river" and len(wet) else inside))
    row = postcodes.frame.row(chosen, named=True)
    return {"lat": f"{row['lat']:.5f}", "lon": f"{row['lon']:.5f}", "area": row["area_code"],
            "postcode": row["postcode"]}  # fmt: skip


def _users(
    table: pl.DataFrame,
    town: Town,
    character: Character,
    bases: dict[str, Ints],
    counts: dict[str, int],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """How many people, or households, use a service, by neighbourhood or ward; a group is drawn from all its users.

    Services within the council have the place for their area, and a number of users that is a multiple of a register's.
    """
    all_users: dict[str, Ints] = {}

    def drawn() -> Iterator[pl.DataFrame]:
        for row in table.iter_rows(named=True):
            service, geography, group, base = row["service"], row["geography"], row["group"], row["base"]
            if geography == PLACE:
                area, users = np.array([PLACE_CODE]), np.array([int(row["share"]) * counts[base]])
            else:
                of = all_users[service] if group else bases[base]
                lean = np.exp(float(row["deprivation"]) * character.traits["deprivation"])
                share = np.clip(float(row["share"]) * lean / np.average(lean, weights=np.maximum(of, 1)), 0, 1)
                area, users = town.codes, rng.binomial(of, share)
                if not group:
                    all_users[service] = users
            if geography == "ward":
                area, users = town.ward_codes, np.bincount(town.ward, users).astype(np.int64)
            columns = {"service": service, "geography": geography, "area": area}
            told = {"group": group, "people": users, "notes": NOTE}
            yield pl.DataFrame(columns | told).filter(pl.col("people") > 0)

    return pl.concat(drawn())
