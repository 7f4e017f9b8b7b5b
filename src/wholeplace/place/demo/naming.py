"""Codes and names of the demo place: shaped like real ones, and none of them real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.demo.landscape import Floats, Ints, Landscape, nearest

Texts = NDArray[np.str_]

TABLES = Path(__file__).parent / "tables"
PLACE_CODE = "X08000001"
PLACE_NAME = "Harrowmere"
RIVER_NAME = "River Arrel"
#: Postcode areas that do not exist (Lerwick's ZE is the only real one in Z), in the order they are used up.
POSTCODE_AREAS = ("ZX", "ZY", "ZW", "ZT", "ZR", "ZQ")
_SECTORS_A_DISTRICT, _DISTRICTS, _UNITS_A_SECTOR = 9, 99, 320
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # real units never hold C, I, K, M, O or V


def codes(prefix: str, numbers: Ints) -> Texts:
    """Nine-character codes such as X01000001; `numbers` count from 0."""
    return np.array([f"{prefix}{number + 1:06d}" for number in numbers.tolist()])


def number_from_north(group: Ints, middles: Floats) -> Ints:
    """Number groups again, the northernmost first."""
    north = np.bincount(group, middles[:, 1]) / np.bincount(group)
    rank = np.empty(len(north), dtype=np.int64)
    rank[np.argsort(-north, kind="stable")] = np.arange(len(north))
    return rank[group]


def area_names(group: Ints) -> Texts:
    """Names such as “Harrowmere 003B”: the group's number and, within it, a letter in the order given."""
    digits = max(3, len(str(int(group.max()) + 1)))
    used: dict[int, int] = {}
    names = []
    for number in group.tolist():
        used[number] = used.get(number, 0) + 1
        names.append(f"{PLACE_NAME} {number + 1:0{digits}d}{_letters(used[number])}")
    return np.array(names)


def _letters(number: int) -> str:
    """1 is A, 26 is Z, 27 is AA."""
    text = ""
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def ward_names(land: Landscape, middles: Floats, ward: Ints, rng: np.random.Generator) -> Texts:
    """A name for each ward that fits where it lies; no two are alike."""
    table = pl.read_csv(TABLES / "names.csv")
    by_kind = {str(kind): group["name"].to_list() for (kind,), group in table.group_by("kind", maintain_order=True)}
    place = np.column_stack([np.bincount(ward, middles[:, axis]) / np.bincount(ward) for axis in (0, 1)])
    kinds = _ward_kinds(land, place)
    ready = {kind: [str(name) for name in rng.permutation(names)] for kind, names in sorted(by_kind.items())}
    made = _made_up(by_kind, rng)
    return np.array([ready[kind].pop() if ready[kind] else made.pop() for kind in kinds])


def _ward_kinds(land: Landscape, place: Floats) -> list[str]:
    """What a ward is known for, by where its middle lies."""
    town, out, angle = land.nearest_town(place)
    to_industry = np.cos(angle - land.industry_angle[town])
    to_campus = nearest(land.universities, place)[0] / land.university_radius_m[0]
    to_estate = nearest(land.estates, place)[0]
    to_river = nearest(land.river, place)[0]
    rules = [
        ("village", out > 1.15),
        ("centre", out <= max(0.2, float(out[town == 0].min()))),
        ("university", to_campus < 1.3),
        ("river", to_river < 450),
        ("estate", to_estate < 700),
        ("industry", (to_industry > 0.5) & (out < 0.8)),
        ("leafy", (to_industry < -0.3) & (out > 0.5)),
        ("inner", out < 0.5),
        ("suburb", np.full(len(place), True)),
    ]
    kinds = [name for name, _ in rules]
    return [kinds[number] for number in np.argmax([rule for _, rule in rules], axis=0)]


def _made_up(by_kind: dict[str, list[str]], rng: np.random.Generator) -> list[str]:
    """Names put together from parts, those with a qualifier used last."""
    taken = {name for kind in by_kind if kind not in {"first", "last", "qualifier"} for name in by_kind[kind]}
    plain = sorted({first + last for first in by_kind["first"] for last in by_kind["last"]} - taken)
    plain = [str(name) for name in rng.permutation(plain)]
    qualified = [f"{name} {word}" for word in by_kind["qualifier"] for name in plain]
    return (plain + qualified)[::-1]


def postcodes(count: int) -> Texts:
    """So many postcodes of areas that do not exist, neighbours in a sector close together: “ZX1 1AB” and so on."""
    unit_order = np.random.default_rng(7).permutation(len(_UNIT_LETTERS) ** 2)[:_UNITS_A_SECTOR]
    units = np.array([_UNIT_LETTERS[unit // 20] + _UNIT_LETTERS[unit % 20] for unit in unit_order.tolist()])
    sector, unit = np.divmod(np.arange(count), _UNITS_A_SECTOR)
    district, digit = np.divmod(sector, _SECTORS_A_DISTRICT)
    area, district = np.divmod(district, _DISTRICTS)
    frame = pl.DataFrame(
        {"area": np.array(POSTCODE_AREAS)[area], "district": district + 1, "digit": digit + 1, "unit": units[unit]}
    )
    text = pl.format("{}{} {}{}", "area", "district", "digit", "unit")
    return frame.select(text).to_series().to_numpy().astype(str)
