"""Check the area codes that a file uses against the areas of a geography."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.geography import Geography, plain_code

#: Codes or rows named in one message; the rest are counted.
_NAMED = 5


@dataclass(frozen=True)
class AreaCodes:
    """The area codes in one column of a file, with the row each stands in."""

    file: str
    column: str
    codes: pl.Series
    rows: pl.Series

    def check(self, geography: Geography, geographies: Mapping[str, Geography], findings: Findings) -> bool:
        """Check the codes of a table: do they join, are they of another vintage, which areas have no row.

        False when none of them is an area of the geography, so that nothing can be made of the table.
        """
        known = self._distinct
        inside = known["area"].is_in(geography.code_list)
        outside = known.filter(~inside)
        alike = self.check_alike(geography, findings)
        if not inside.any() and not alike and known.height:
            first = known.sort("row").row(0, named=True)
            message = (
                f"none of its {known.height:,} area codes is an area of {geography.id}; are they of another vintage or "
                f"place? It has {first['area']!r}, {geography.id} has {min(geography.codes, default='no areas')!r}"
            )
            findings.error(
                "no-join", message, file=self.file, row=first["row"], column=self.column, value=first["area"]
            )
        if known.height and not inside.any():
            return False
        self._check_vintage(outside, geography, geographies, findings)
        absent = sorted(geography.codes - set(known["area"].filter(inside)))
        if absent:
            count = f"{len(absent)} of {len(geography.codes)} areas of {geography.id}"
            message = f"{count} have no row and are missing: {_some(absent)}"
            findings.notice("no-row", message, file=self.file, column=self.column, value=absent[0])
        return True

    def check_alike(self, geography: Geography, findings: Findings) -> bool:
        """Report codes that are those of an area but for leading zeros, case or spaces; True when there are any."""
        right = geography.areas.select(pl.col("area").alias("right"), plain_code(pl.col("area")).alias("plain"))
        outside = self._distinct.filter(~pl.col("area").is_in(geography.code_list))
        alike = outside.with_columns(plain_code(pl.col("area")).alias("plain")).join(right, on="plain").sort("row")
        told = (
            (
                f"{code!r} is {area!r} of {geography.id} but for leading zeros, case or spaces"
                f"{f', in {count:,} rows' if count > 1 else ''}; write it as there",
                row,
                code,
            )
            for code, area, row, count in alike.select("area", "right", "row", "count").iter_rows()
        )
        findings.several("error", "code-alike", told, total=alike.height, file=self.file, column=self.column)
        return alike.height > 0

    @cached_property
    def _distinct(self) -> pl.DataFrame:
        """area, row (the first one), count; blank codes are left to the check for keys."""
        frame = pl.DataFrame({"area": self.codes, "row": self.rows}).filter(pl.col("area") != "")
        return frame.group_by("area").agg(pl.col("row").min(), pl.len().alias("count"))

    def _check_vintage(
        self, outside: pl.DataFrame, geography: Geography, geographies: Mapping[str, Geography], findings: Findings
    ) -> None:
        for other in geographies.values():
            if other.id == geography.id:
                continue
            strays = outside.filter(pl.col("area").is_in(other.code_list)).sort("row")
            if strays.height:
                message = (
                    f"{strays.height} of its codes are areas of {other.id}, not of {geography.id}: "
                    f"{_some(strays['area'].to_list())}; are two vintages mixed?"
                )
                findings.warning("mixed-vintages", message, file=self.file, row=strays["row"][0],
                                 column=self.column, value=strays["area"][0])  # fmt: skip


def check_twice(
    frame: pl.DataFrame, by: Sequence[str], findings: Findings, *, file: str, column: str, what: str = "area code"
) -> None:
    """Report rows without a code, and keys (`by`, the first of which is the code) in more than one row."""
    blank = frame.filter(pl.col(by[0]).str.strip_chars() == "")
    findings.cells("error", "required", f"has no {what}", ((row, "") for row in blank["row"]),
                   total=blank.height, file=file, column=column)  # fmt: skip
    twice = frame.filter(pl.struct(by).is_duplicated() & (pl.col(by[0]).str.strip_chars() != ""))
    groups = twice.group_by(by, maintain_order=True).agg(pl.col("row"))
    told = (
        (
            f"{' '.join(map(str, key))!r} is there {len(rows):,} times, in rows {_some(rows)}; keep one",
            rows[1],
            str(key[0]),
        )
        for *key, rows in groups.iter_rows()
    )
    findings.several("error", "key-twice", told, total=groups.height, file=file, column=column)


def _some(items: Sequence[object]) -> str:
    return ", ".join(map(str, items[:_NAMED])) + (" …" if len(items) > _NAMED else "")
