"""Look-ups: which areas of one geography lie in which areas of another, and by what share of their people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place.config import LookupSection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.geography import PLACE, Geography
from wholeplace.place.series import Series, SeriesKey
from wholeplace.place.tables import Table, as_number, as_text, read_table

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Lookup:
    """Rows `from_area`, `to_area`, `weight`: the share (0 to 1) of the people of `from_area` who live in `to_area`."""

    from_id: str
    to_id: str
    frame: pl.DataFrame
    file: str = ""

    def then(self, other: Lookup) -> Lookup:
        """Follow this look-up by another; weights multiply along a route and add up over routes."""
        joined = self.frame.join(
            other.frame.rename({"from_area": "to_area", "to_area": "last", "weight": "share"}), on="to_area"
        )
        frame = joined.group_by("from_area", pl.col("last").alias("to_area")).agg(
            (pl.col("weight") * pl.col("share")).sum()
        )
        return Lookup(self.from_id, other.to_id, frame.sort("from_area", "to_area"), f"{self.file} and {other.file}")


def read_lookup(
    folder: Path,
    section: LookupSection,
    geographies: Mapping[str, Geography],
    series: Mapping[SeriesKey, Series],
    findings: Findings,
) -> Lookup | None:
    """Read one [[lookup]] for the areas of the place; faults go to `findings`.

    Without a weight each `from` has one row, unless `split_by` names an indicator on the `to` geography by which its
    people are shared out.
    """
    for end in (section.from_, section.to):
        if end not in geographies:
            findings.error("unknown-geography", f"the look-up names a geography that is not there: {end!r}",
                           file="place.toml", value=end)  # fmt: skip
    path = resolve(folder, section.file, findings)
    if path is None or section.from_ not in geographies or section.to not in geographies:
        return None
    columns = [name for name in (section.columns.from_, section.columns.to, section.columns.weight) if name]
    table = read_table(path, findings, file=section.file, columns=columns, sheet=section.sheet)
    if table is None:
        return None
    frame = _rows(section, table, findings)
    source, target = geographies[section.from_], geographies[section.to]
    frame = frame.filter(pl.col("from_area").is_in(list(source.codes)))
    if section.columns.weight:
        _check_weights(frame, section, findings)
    elif section.split_by:
        frame = _split(frame, section, series, findings)
    else:
        _check_single(frame, section, findings)
    _check_ends(frame, section, source, target, findings)
    kept = frame.filter(pl.col("to_area").is_in(list(target.codes)) & (pl.col("weight") > 0))
    kept = kept.select("from_area", "to_area", "weight").sort("from_area", "to_area")
    return Lookup(section.from_, section.to, kept, section.file)


def _rows(section: LookupSection, table: Table, findings: Findings) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "from_area": as_text(table.frame[section.columns.from_]),
            "to_area": as_text(table.frame[section.columns.to]),
        }
    ).with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row"))
    weight = pl.repeat(1.0, frame.height, eager=True)
    if section.columns.weight:
        cells = table.frame[section.columns.weight]
        weight = as_number(cells)
        bad = weight.is_null() | (weight < 0)
        found = zip(frame["row"].filter(bad), as_text(cells).filter(bad), strict=True)
        findings.cells("error", "not-number", "is no share from 0 to 1", found, total=int(bad.sum()),
                       file=section.file, column=section.columns.weight)  # fmt: skip
    frame = frame.with_columns(weight.alias("weight"))
    pairs = frame.filter(pl.struct("from_area", "to_area").is_duplicated())
    for (start, end), part in pairs.group_by("from_area", "to_area", maintain_order=True):
        rows = ", ".join(map(str, part["row"]))
        findings.error("key-twice", f"{start} to {end} is there {part.height} times, in rows {rows}; keep one",
                       file=section.file, row=part["row"][1], value=str(start))  # fmt: skip
    return frame


def _check_single(frame: pl.DataFrame, section: LookupSection, findings: Findings) -> None:
    several = frame.unique(["from_area", "to_area"]).filter(pl.col("from_area").is_duplicated())
    for (area,), part in several.sort("from_area", "row").group_by("from_area", maintain_order=True):
        message = (
            f"{area} lies in {part.height} areas ({', '.join(part['to_area'])}), which would count its people "
            f"{part.height} times; give a `weight` column, or `split_by` an indicator on {section.to}"
        )
        findings.error("lookup-doubles", message, file=section.file, row=part["row"][1],
                       column=section.columns.from_, value=str(area))  # fmt: skip


def _check_weights(frame: pl.DataFrame, section: LookupSection, findings: Findings) -> None:
    sums = frame.group_by("from_area").agg(pl.col("weight").sum(), pl.col("row").min()).sort("row")
    for area, total, row in sums.filter((pl.col("weight") - 1).abs() > TOLERANCE).iter_rows():
        findings.error("lookup-weights", f"the weights of {area} add up to {total:g}, not to 1",
                       file=section.file, row=row, column=section.columns.weight, value=area)  # fmt: skip


def _split(
    frame: pl.DataFrame, section: LookupSection, series: Mapping[SeriesKey, Series], findings: Findings
) -> pl.DataFrame:
    """Share each `from` area out over its rows in proportion to an indicator on the `to` geography (latest period)."""
    periods = sorted(key[2] for key in series if key[0] == section.to and key[1] == section.split_by)
    if not periods:
        message = f"split_by names {section.split_by!r}, which has no values on {section.to}"
        findings.error("split-by", message, file="place.toml", column="lookup.split_by", value=section.split_by)
        return frame
    size = series[SeriesKey(section.to, section.split_by, periods[-1])].frame.select(
        pl.col("area").alias("to_area"), "value"
    )
    frame = frame.join(size, on="to_area", how="left", maintain_order="left")
    several = pl.len().over("from_area") > 1
    unknown = frame.filter(several & pl.col("value").is_null())
    for area, row in unknown.select("to_area", "row").iter_rows():
        message = f"{area} has no value of {section.split_by}, by which its part of {section.from_} is to be found"
        findings.error("split-by", message, file=section.file, row=row, value=area)
    total = pl.col("value").sum().over("from_area")
    share = pl.when(total > 0).then(pl.col("value") / total).otherwise(1.0 / pl.len().over("from_area"))
    return frame.with_columns(pl.when(several).then(share).otherwise(1.0).alias("weight"))


def _check_ends(
    frame: pl.DataFrame, section: LookupSection, source: Geography, target: Geography, findings: Findings
) -> None:
    """Name the areas that a look-up drops: those without a row, and those whose other end is no area of the place."""
    absent = sorted(source.codes - set(frame["from_area"]))
    if absent:
        listed = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        count = f"{len(absent)} of {len(source.codes)} areas of {source.id}"
        message = f"{count} have no row and are lost on the way to {target.id}: {listed}"
        findings.warning("lookup-drops", message, file=section.file, value=absent[0])
    lost = frame.filter(~pl.col("to_area").is_in(list(target.codes)) & (pl.col("weight") > 0))
    for area, end, row in lost.select("from_area", "to_area", "row").sort("row").head(100).iter_rows():
        message = f"{area} goes to {end!r}, which is no area of {target.id}; its people are lost there"
        findings.warning("lookup-drops", message, file=section.file, row=row, column=section.columns.to, value=end)


class Routes:
    """Finds the way from one geography to another: itself, the place, a direct look-up, or a chain of two."""

    def __init__(self, geographies: Mapping[str, Geography], lookups: list[Lookup], place_code: str) -> None:
        self._geographies, self._place_code = geographies, place_code
        self._direct = {(lookup.from_id, lookup.to_id): lookup for lookup in lookups}
        self._found: dict[tuple[str, str], Lookup | None] = {}

    def find(self, start: str, end: str) -> Lookup | None:
        """The look-up to use from `start` to `end`, or None. Direct ones come first; two chains are no way."""
        if (start, end) not in self._found:
            self._found[start, end] = self._search(start, end)
        return self._found[start, end]

    def _search(self, start: str, end: str) -> Lookup | None:
        if (start, end) in self._direct:
            return self._direct[start, end]
        if end == PLACE or self._place_code in self._geographies[end].codes:
            areas = self._geographies[start].areas["area"]
            whole = pl.DataFrame({"from_area": areas}).with_columns(
                pl.lit(self._place_code).alias("to_area"), pl.lit(1.0).alias("weight")
            )
            return Lookup(start, end, whole)
        chains = self.chains(start, end)
        return chains[0] if len(chains) == 1 else None

    def chains(self, start: str, end: str) -> list[Lookup]:
        """Every way from `start` to `end` through one geography between."""
        between = [middle for first, middle in self._direct if first == start and (middle, end) in self._direct]
        return [self._direct[start, middle].then(self._direct[middle, end]) for middle in between]

    def check(self, findings: Findings) -> None:
        """Report two chains without a direct look-up (error) and routes that disagree (warning)."""
        for start in self._geographies:
            for end in self._geographies:
                chains = self.chains(start, end) if start != end else []
                direct = self._direct.get((start, end))
                if len(chains) > 1 and direct is None:
                    message = f"there are {len(chains)} ways from {start} to {end} and no direct look-up; give one"
                    findings.error("two-chains", message, file="place.toml", value=f"{start} to {end}")
                for chain in chains if direct is not None else []:
                    _compare_routes(direct, chain, findings)  # type: ignore[arg-type]


def _compare_routes(direct: Lookup, chain: Lookup, findings: Findings) -> None:
    both = direct.frame.join(chain.frame, on=["from_area", "to_area"], how="full", coalesce=True, suffix="_chain")
    gap = (pl.col("weight").fill_null(0.0) - pl.col("weight_chain").fill_null(0.0)).abs()
    areas = both.filter(gap > TOLERANCE)["from_area"].unique().sort()
    if len(areas):
        listed = ", ".join(areas.head(5)) + (" …" if len(areas) > 5 else "")
        message = (
            f"{len(areas)} areas of {direct.from_id} come out elsewhere in {direct.to_id} by {chain.file} than by "
            f"{direct.file}, which is used: {listed}"
        )
        findings.warning("routes-disagree", message, file=direct.file, value=areas[0])
