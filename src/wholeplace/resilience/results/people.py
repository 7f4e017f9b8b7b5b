"""Who uses a service, and where they live: the people who feel it when it is down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from wholeplace.place import PLACE, Geography, Place, SeriesKey
from wholeplace.place.findings import counted
from wholeplace.place.periods import period_bounds
from wholeplace.place.tables import as_number

Floats = NDArray[np.float64]
_ROWS = {"service": pl.String, "geography": pl.String, "area": pl.String, "group": pl.String, "people": pl.Float64}


@dataclass(frozen=True)
class ServiceUsers:
    """How many people use each service, where they live and which groups they are of.

    `total` has the users of each of `services`, NaN where nothing says how many. Services whose users are all residents
    (`of_residents`) share one set of users, which keeps tables small; those with rows of their own (`own`, positions in
    `services`) have a set each. `by_area` and `by_group` have a row a set, that of residents first, and hold people.
    Groups overlap and are a part of all users: they are never added to one another or to a total.

    `areas`: geography, area, name, known (False where nobody knows who lives there), every area of each geography that
    users stand by, in the order of place.toml and then by code. `residents_of` is the geography whose residents stand
    in for users, "" for none; `unknown_areas` of its areas have no number of residents and count nobody.
    """

    services: tuple[str, ...]
    total: Floats
    of_residents: NDArray[np.bool_]
    own: NDArray[np.int64]
    areas: pl.DataFrame
    by_area: csr_array
    groups: tuple[str, ...]
    by_group: csr_array
    residents_of: str = ""
    unknown_areas: int = 0

    def downtime_of_sets(self, downtime_h: Floats) -> Floats:
        """The hours that each set of users goes without, from trials x services; sums over the services of a set."""
        residents = np.ascontiguousarray(downtime_h[:, self.of_residents]).sum(axis=1)
        return np.column_stack([residents, downtime_h[:, self.own]])

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader of person-hours has to know of the users, in sentences."""
        said = []
        stand_ins, unknown = int(self.of_residents.sum()), int(np.isnan(self.total).sum())
        if stand_ins:
            said.append(
                f"Without a count of all users, every resident is taken for one: {counted(stand_ins, 'service')}."
            )
        if stand_ins and self.unknown_areas:
            areas = counted(self.unknown_areas, "area")
            said.append(
                f"Nobody is counted where the number of residents is not known: {areas} of {self.residents_of}."
            )
        if unknown:
            said.append(f"No person-hours, as nothing says how many use it: {counted(unknown, 'service')}.")
        return tuple(said)


def service_users(place: Place, services: Sequence[str]) -> ServiceUsers:
    """Count the users of services by area and group.

    Rows of service_users.csv without a group are all users of a service. Where a service has none, all residents of the
    first geography with a `population` that has values are taken for its users: most will not miss it, so that
    person-hours are an upper bound then. Residents are those of the latest period; on a geography without values of its
    own they are summed from one that a look-up leads from.

    Parameters
    ----------
    place
        A place with its registers.
    services
        Names as `service:meals`, in code-point order.
    """
    rows = _rows(place, services)
    of_all, of_groups = rows.filter(pl.col("group") == ""), rows.filter(pl.col("group") != "")
    counted_ones = set(of_all["service"])
    found = residents(place)
    lived_in = found[1].drop_nulls() if found else pl.DataFrame(schema={"area": pl.String, "people": pl.Float64})
    stands_in = np.array([not lived_in.is_empty() and name not in counted_ones for name in services], dtype=bool)
    sums = dict(of_all.group_by("service").agg(pl.col("people").sum()).iter_rows())
    everyone = float(lived_in["people"].sum())
    total = [everyone if whole else sums.get(name, np.nan) for name, whole in zip(services, stands_in, strict=True)]

    with_rows = set(rows["service"])
    own = [position for position, name in enumerate(services) if name in with_rows]
    sets = _numbered("service", "set", [services[position] for position in own], first=1)
    home = found[0] if found and stands_in.any() else ""
    areas = _areas(place, of_all, home, set(lived_in["area"]))
    groups = tuple(sorted(set(of_groups["group"])))
    by_group = of_groups.join(_numbered("group", "at", groups), on="group")
    by_area = of_all
    if home:  # those who stand in for users come first
        everybody = lived_in.select(pl.lit("").alias("service"), pl.lit(home).alias("geography"), "area", "people")
        by_area = pl.concat([everybody, of_all.drop("group")])
        sets = pl.concat([_numbered("service", "set", [""]), sets])
    by_area = by_area.join(areas.with_row_index("at"), on=["geography", "area"])
    return ServiceUsers(
        services=tuple(services),
        total=np.array(total, dtype=np.float64),
        of_residents=stands_in,
        own=np.array(own, dtype=np.int64),
        areas=areas,
        by_area=_table(by_area.join(sets, on="service"), (len(own) + 1, areas.height)),
        groups=groups,
        by_group=_table(by_group.join(sets, on="service"), (len(own) + 1, len(groups))),
        residents_of=home,
        unknown_areas=int(found[1]["people"].null_count()) if found and home else 0,
    )


def residents(place: Place) -> tuple[str, pl.DataFrame] | None:
    """The first geography with a `population` that has values, and who lives in its areas: area, people (or null)."""
    for geography in place.geographies.values():
        found = _residents_of(place, geography) if geography.population else None
        if found is not None:
            return geography.id, found
    return None


def _residents_of(place: Place, geography: Geography) -> pl.DataFrame | None:
    """People by area in the latest period, of the geography itself or summed from the first that leads to it."""
    for source in (geography.id, *place.geographies):
        periods = [key.period for key in place.series if key[:2] == (source, geography.population)]
        lookup = place.routes.find(source, geography.id) if source != geography.id else None
        if not periods or (source != geography.id and lookup is None):
            continue
        latest = max(periods, key=lambda one: (period_bounds(one) or (dt.date.min,))[-1])
        held = place.series[SeriesKey(source, geography.population, latest)].inside.select(
            "area", pl.when(pl.col("status") == "M").then(pl.col("value").fill_null(0.0)).otherwise("value")
        )
        if lookup is not None:
            held = (
                lookup.frame.join(held.rename({"area": "from_area"}), on="from_area", how="left")
                .sort("to_area", "from_area")
                .with_columns(pl.col("value") * pl.col("weight"))
                .group_by(pl.col("to_area").alias("area"), maintain_order=True)
                .agg(
                    pl.when(pl.col("value").is_null().any()).then(None).otherwise(pl.col("value").sum()).alias("value")
                )
            )
        return geography.areas.select("area").join(held.rename({"value": "people"}), on="area", how="left").sort("area")
    return None


def _rows(place: Place, services: Sequence[str]) -> pl.DataFrame:
    """The rows of service_users.csv about some services; the place itself stands by the geography that has its code."""
    register = place.registers.get("service_users")
    if register is None:
        return pl.DataFrame(schema=_ROWS)
    [prefix] = register.kind.by_name["service"].prefixes
    code = place.settings.code
    home = next((one.id for one in place.geographies.values() if code in one.codes), PLACE)
    frame = pl.DataFrame(
        {
            "service": f"{prefix}:" + register.column("service").str.strip_chars().str.strip_prefix(f"{prefix}:"),
            **{name: register.column(name).str.strip_chars() for name in ("geography", "area", "group")},
            "people": as_number(register.column("people")),
        },
        schema=_ROWS,
    )
    frame = frame.filter(pl.col("service").is_in(list(services)) & pl.col("people").is_not_null())
    return frame.with_columns(pl.col("geography").replace(PLACE, home))


def _areas(place: Place, rows: pl.DataFrame, home: str, lived_in: set[str]) -> pl.DataFrame:
    """Every area of each geography by which users stand, and others that rows name."""
    named = list(dict.fromkeys(rows["geography"]))
    order = dict.fromkeys([*place.geographies, PLACE, *sorted(named)])
    frames = [pl.DataFrame(schema=dict.fromkeys(("geography", "area", "name"), pl.String))]
    for geography in order:
        if geography not in named and geography != home:
            continue
        mine = rows.filter(pl.col("geography") == geography)["area"].unique()
        known = place.geographies[geography].areas if geography in place.geographies else None
        names = {} if known is None else dict(known.select("area", "name").iter_rows())
        if geography == PLACE:
            names = {place.settings.code: place.settings.name}
        codes = sorted({*names, *mine})
        frames.append(
            pl.DataFrame(
                {"geography": [geography] * len(codes), "area": codes, "name": [names.get(one, one) for one in codes]},
                schema=frames[0].schema,
            )
        )
    known_to = pl.col("geography").is_in(named) | pl.col("area").is_in(list(lived_in))
    return pl.concat(frames).with_columns(known_to.alias("known"))


def _numbered(column: str, number: str, names: Sequence[str], *, first: int = 0) -> pl.DataFrame:
    """Names with their numbers."""
    return pl.DataFrame({column: names}, schema={column: pl.String}).with_row_index(number, offset=first)


def _table(rows: pl.DataFrame, shape: tuple[int, int]) -> csr_array:
    """People by set of users and what `at` numbers, from rows that have both."""
    where = rows["set"].to_numpy().astype(np.int64), rows["at"].to_numpy().astype(np.int64)
    return csr_array((rows["people"].to_numpy(), where), shape=shape)
