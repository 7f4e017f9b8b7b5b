"""Two places that differ only in hidden figures come out the same, byte for byte: so no file tells a hidden figure."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from tests.publish.places import WARDS, figures, table, write_place

from wholeplace.publish.release import Publication, publish_place

#: When something was made: the only thing that may differ.
TIMES = re.compile(rb"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?|\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d UTC")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, without times."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): TIMES.sub(b"", path.read_bytes()) for path in files}


def moved(published: Path, long: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Figures in which one person has moved between two hidden areas of a ward, and how many tables have such a pair.

    The small count stays small and the other stays large, so that the same cells are hidden and every sum is the same.
    """
    pairs = 0
    for name in ("thefts", "carers"):
        rows = table(published, name).filter((pl.col("geography") == "area") & (pl.col("status") == "Q"))
        counts = dict(long.filter(pl.col("indicator") == name).select("code", "count").iter_rows())
        small = [area for area in rows["area"] if 2 <= counts[area] <= 8]
        large = [area for area in rows["area"] if counts[area] >= 12]
        pair = next(((a, b) for a in small for b in large if WARDS[a] == WARDS[b]), None)
        if pair is not None:
            pairs += 1
            for area, step in zip(pair, (1, -1), strict=True):
                here = (pl.col("indicator") == name) & (pl.col("code") == area)
                long = long.with_columns(pl.when(here).then(pl.col("count") + step).otherwise("count").alias("count"))
    return long, pairs


def same_but_for_what_is_hidden(first: Publication, settings: str, room: Path) -> None:
    _, long = figures()
    other, pairs = moved(first.folder, long)
    assert pairs
    second = publish_place(write_place(room / "town", settings=settings, long=other), room / "out")
    cells = first.protection.hidden.join(second.protection.hidden, on=["indicator", "geography", "area"])
    assert cells.height == first.protection.hidden.height == second.protection.hidden.height
    assert cells.filter(pl.col("count") != pl.col("count_right")).height >= 2  # they do differ
    assert contents(first.folder) == contents(second.folder)


def test_nothing_that_is_published_depends_on_what_is_hidden(exact: Publication, tmp_path: Path) -> None:
    same_but_for_what_is_hidden(exact, "rounding = 0\n", tmp_path)


@pytest.mark.long
def test_nothing_that_is_rounded_depends_on_what_is_hidden(rounded: Publication, tmp_path: Path) -> None:
    same_but_for_what_is_hidden(rounded, "", tmp_path)
