"""Look-ups: which areas of one geography lie in which areas of another, and by what share of their people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place.area_codes import AreaCodes, check_twice
from wholeplace.place.config import LookupColumns, LookupSection, resolve
from wholeplace.place.findings import Findings, counted
from wholeplace.place.geography import PLACE, Geography
from wholeplace.place.series import Series, SeriesKey
from wholeplace.place.tables import Table, as_number, read_table

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
    source: Geography,
    target: Geography,
    series: Mapping[SeriesKey, Series],
    findings: Findings,
) -> Lookup | None:
    """Read one [[lookup]] that has a file, for the areas of the place; faults go to `findings`.

    Without a weight each `from` has one row, unless `split_by` names an indicator on the `to` geography by which its
    people are shared out.
    """
    table, columns = open_lookup(folder, section, findings), section.columns
    if table is None or columns is None:
        return None
    frame = _rows(section, columns, table, findings)
    _check_codes(section, columns, frame, source, target, findings)
    frame = frame.filter(pl.col("from_area").is_in(source.code_list))
    if columns.weight:
        _check_weights(frame, section, columns, findings)
    elif section.split_by:
        frame = _split(frame, section, columns, series, findings)
    else:
        _check_single(frame, section, columns, findings)
    _check_ends(frame, section, columns, source, target, findings)
    kept = frame.filter(pl.col("to_area").is_in(target.code_list) & (pl.col("weight") > 0))
    kept = kept.select("from_area", "to_area", "weight").sort("from_area", "to_area")
    return Lookup(section.from_, section.to, kept, section.file)


def open_lookup(folder: Path, section: LookupSection, findings: Findings) -> Table | None:
    """The columns of its file that a [[lookup]] names; what stands in the way is an error, and the answer is None."""
    columns = section.columns
    if not section.file or columns is None:
        absent = " and ".join(key for key, value in (("file", section.file), ("columns", columns)) if not value)
        message = f'the look-up from {section.from_} to {section.to} needs {absent}, or `by = "area"`'
        findings.error("required", message, file="place.toml", column="lookup")
        return None
    if columns.weight and section.split_by:
        message = f"the look-up from {section.from_} to {section.to} has both a weight and `split_by`; keep one"
        findings.error("split-by", message, file="place.toml", column="lookup.split_by", value=section.split_by)
        return None
    path = resolve(folder, section.file, findings)
    wanted = [name for name in (columns.from_, columns.to, columns.weight) if name]
    return read_table(path, findings, file=section.file, columns=wanted, sheet=section.sheet) if path else None


def _rows(section: LookupSection, columns: LookupColumns, table: Table, findings: Findings) -> pl.DataFrame:
    """from_area, to_area, weight, row of every row; a cell that is no weight and a pair that is twice are errors."""
    frame = pl.DataFrame({"from_area": table.text(columns.from_), "to_area": table.text(columns.to), "row": table.rows})
    weight = pl.repeat(1.0, frame.height, eager=True)
    if columns.weight:
        weight = as_number(table.frame[columns.weight])
        bad = weight.is_null() | (weight < 0)
        found = zip(frame["row"].filter(bad), table.text(columns.weight).filter(bad), strict=True)
        findings.cells("error", "not-number", "is no share from 0 to 1", found, total=int(bad.sum()),
                       file=section.file, column=columns.weight)  # fmt: skip
    frame = frame.with_columns(weight.alias("weight"))
    check_twice(frame, ["from_area", "to_area"], findings, file=section.file, column=columns.from_)
    return frame.filter(pl.col("from_area") != "").unique(["from_area", "to_area"], keep="first", maintain_order=True)


def _check_codes(
    section: LookupSection,
    columns: LookupColumns,
    frame: pl.DataFrame,
    source: Geography,
    target: Geography,
    findings: Findings,
) -> None:
    """Report codes that are those of an area but for leading zeros or case, and ends that no code joins."""
    for end, column, geography in (("from_area", columns.from_, source), ("to_area", columns.to, target)):
        codes = AreaCodes(section.file, column, frame[end], frame["row"])
        alike = codes.check_alike(geography, findings)
        if frame.height and not alike and not frame[end].is_in(geography.code_list).any():
            message = f"none of its codes is an area of {geography.id}; is it another vintage or place?"
            findings.error("no-join", message, file=section.file, row=frame["row"][0], column=column,
                           value=frame[end][0])  # fmt: skip


def _check_single(frame: pl.DataFrame, section: LookupSection, columns: LookupColumns, findings: Findings) -> None:
    several = (
        frame.sort("row")
        .group_by("from_area", maintain_order=True)
        .agg("to_area", "row")
        .filter(pl.col("row").list.len() > 1)
    )
    told = (
        (
            f"{area} lies in {len(ends)} areas ({', '.join(ends[:5])}{' …' if len(ends) > 5 else ''}), which would "
            f"count its people {len(ends)} times; give a `weight` column, or `split_by` an indicator on {section.to}",
            rows[1],
            area,
        )
        for area, ends, rows in several.iter_rows()
    )
    findings.several("error", "lookup-doubles", told, total=several.height, file=section.file, column=columns.from_)


def _check_weights(frame: pl.DataFrame, section: LookupSection, columns: LookupColumns, findings: Findings) -> None:
    sums = frame.group_by("from_area").agg(
        pl.col("weight").sum(), pl.col("row").min(), pl.col("weight").is_null().any().alias("wrong")
    )
    off = sums.filter(((pl.col("weight") - 1).abs() > TOLERANCE + 1e-12) & ~pl.col("wrong")).sort("row")
    told = (
        (f"the weights of {area} add up to {total:.9g}, not to 1", row, area)
        for area, total, row in off.select("from_area", "weight", "row").iter_rows()
    )
    findings.several("error", "lookup-weights", told, total=off.height, file=section.file, column=columns.weight)


def _split(
    frame: pl.DataFrame,
    section: LookupSection,
    columns: LookupColumns,
    series: Mapping[SeriesKey, Series],
    findings: Findings,
) -> pl.DataFrame:
    """Share each `from` area out over its rows in proportion to an indicator on the `to` geography (latest period)."""
    periods = sorted(key.period for key in series if key[:2] == (section.to, section.split_by))
    if not periods:
        message = f"split_by names {section.split_by!r}, which has no values on {section.to}"
        findings.error("split-by", message, file="place.toml", column="lookup.split_by", value=section.split_by)
        return frame
    held = series[SeriesKey(section.to, section.split_by, periods[-1])].frame
    size = held.select(pl.col("area").alias("to_area"), "value")
    frame = frame.join(size, on="to_area", how="left", maintain_order="left")
    several = pl.len().over("from_area") > 1
    unknown = frame.filter(several & pl.col("value").is_null())
    told = (
        (f"{area} has no value of {section.split_by}, by which its part of {start} is to be found", row, area)
        for start, area, row in unknown.select("from_area", "to_area", "row").iter_rows()
    )
    findings.several("error", "split-by", told, total=unknown.height, file=section.file, column=columns.to)
    total = pl.col("value").sum().over("from_area")
    even = frame.filter(several & (total <= 0) & pl.col("value").is_not_null()).unique("from_area", maintain_order=True)
    told = (
        (f"the parts of {area} have no {section.split_by} at all; it is split evenly", row, area)
        for area, row in even.select("from_area", "row").iter_rows()
    )
    findings.several("warning", "split-by", told, total=even.height, file=section.file, column=columns.from_)
    share = pl.when(total > 0).then(pl.col("value") / total).otherwise(1.0 / pl.len().over("from_area"))
    return frame.with_columns(pl.when(several).then(share).otherwise(1.0).alias("weight"))


def _check_ends(
    frame: pl.DataFrame,
    section: LookupSection,
    columns: LookupColumns,
    source: Geography,
    target: Geography,
    findings: Findings,
) -> None:
    """Name the areas that a look-up drops: those without a row, and those whose other end is no area of the place."""
    absent = sorted(source.codes - set(frame["from_area"]))
    if absent:
        listed = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        count = f"{len(absent)} of {len(source.codes)} areas of {source.id}"
        message = f"{count} have no row and are lost on the way to {target.id}: {listed}"
        findings.warning("lookup-drops", message, file=section.file, column=columns.from_, value=absent[0])
    lost = frame.filter(~pl.col("to_area").is_in(target.code_list) & (pl.col("weight") > 0)).sort("row")
    told = (
        (f"{area} goes to {end!r}, which is no area of {target.id}; its people are lost there", row, end)
        for area, end, row in lost.select("from_area", "to_area", "row").iter_rows()
    )
    findings.several("warning", "lookup-drops", told, total=lost.height, file=section.file, column=columns.to)
    bare = sorted(target.codes - set(frame["to_area"]))
    if bare:
        listed = ", ".join(bare[:5]) + (" …" if len(bare) > 5 else "")
        message = f"{len(bare)} of {len(target.codes)} areas of {target.id} are reached from no {source.id}: {listed}"
        findings.notice("lookup-unreached", message, file=section.file, column=columns.to, value=bare[0])


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
                whole = self._place_code in self._geographies[end].codes  # every area belongs to the place anyway
                if len(chains) > 1 and direct is None and not whole:
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
            f"{counted(len(areas), 'area')} of {direct.from_id} come out elsewhere in {direct.to_id} by {chain.file} "
            f"than by {direct.file}, which is used: {listed}"
        )
        findings.warning("routes-disagree", message, file=direct.file, value=areas[0])
