"""Random tables are protected and then attacked; a careless method must fall to the same attack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.measure.table_attack import Printed, attack, narrow

from wholeplace.measure.disclosure import Protected, Release, Rules, audit, count_table, printable, protect, unsafe

RULES = Rules(threshold=10)


def random_frame(rng: np.random.Generator) -> pl.DataFrame:
    """Up to 12 areas in up to 3 wards and, across these, up to 3 districts; two to five categories, many small."""
    areas, categories = int(rng.integers(3, 13)), int(rng.integers(2, 6))
    counts = rng.poisson(rng.gamma(1.0, rng.choice([6, 15, 40]), size=(areas, categories)))
    return pl.DataFrame(
        {
            "area": [f"a{i}" for i in range(areas)],
            "ward": [f"w{i * int(rng.integers(1, 4)) // areas}" for i in range(areas)],
            "district": [f"d{rng.integers(0, 3)}" for i in range(areas)],
            **{f"c{j}": counts[:, j] for j in range(categories)},
        }
    )


def categories(frame: pl.DataFrame) -> list[str]:
    return [column for column in frame.columns if column.startswith("c")]


def one_hierarchy(frame: pl.DataFrame, rng: np.random.Generator) -> Release:
    return count_table(
        frame,
        name="first",
        categories=categories(frame),
        levels=["ward"] if rng.random() < 0.7 else [],
        row_totals=bool(rng.random() < 0.8),
        grand_total=bool(rng.random() < 0.8),
    )


def other_groupings(frame: pl.DataFrame, rng: np.random.Generator) -> Release:
    bands = {"halves": {category: f"b{number // 2}" for number, category in enumerate(categories(frame))}}
    return count_table(
        frame,
        name="second",
        categories=categories(frame),
        levels=["district"],
        bands=bands,
        publish_areas=bool(rng.random() < 0.3),
        publish_categories=bool(rng.random() < 0.5),
    )


def out(protected: Protected) -> Printed:
    """What a reader gets, with the memberships taken from the release's definition."""
    release = protected.release
    area_of = {g.name: {a: g.groups[k] for a, k in zip(release.areas, g.of, strict=True)} for g in release.rows}
    category_of = {
        g.name: {c: g.groups[k] for c, k in zip(release.categories, g.of, strict=True)} for g in release.columns
    }
    area_of.setdefault("each", {a: a for a in release.areas})
    category_of.setdefault("each", {c: c for c in release.categories})
    return Printed(printable(protected), area_of, category_of)


def careless(protected: Protected) -> Protected:
    """Only small counts hidden, as if margins told nothing."""
    return replace(protected, hidden=protected.small)


def attack_one_hierarchy(seeds: range, *, zeros: str) -> tuple[int, int, int]:
    """(hidden cells attacked, tables in which small counts alone are hidden and fall, tables with a small count)."""
    rules = Rules(threshold=10, zeros=zeros)  # type: ignore[arg-type]
    attacked = fell = with_small = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        protected = protect(one_hierarchy(random_frame(rng), rng), rules=rules)
        found = attack([out(protected)], least_hidden=rules.lowest_hidden)
        assert narrow(found, width=rules.threshold) == [], seed
        assert unsafe(protected) == 0, seed
        attacked += len(found)
        if protected.small.any():
            with_small += 1
            naive = attack([out(careless(protected))], least_hidden=rules.lowest_hidden)
            fell += bool(narrow(naive, width=rules.threshold))
    return attacked, fell, with_small


@pytest.mark.parametrize("zeros", ["shown", "hidden"])
def test_no_hidden_cell_of_one_hierarchy_is_told(zeros: str) -> None:
    attacked, fell, with_small = attack_one_hierarchy(range(15), zeros=zeros)
    assert attacked > 240
    assert fell > 0.8 * with_small > 9  # so that the attack can win


def attack_two_releases(seeds: range) -> tuple[int, int]:
    """(hidden cells attacked, pairs that fall when each release is protected by itself)."""
    attacked = fell = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        frame = random_frame(rng)
        first = protect(one_hierarchy(frame, rng), rules=RULES)
        release = other_groupings(frame, rng)
        second = protect(release, rules=RULES, earlier=[first.published])
        found = attack([out(first), out(second)], least_hidden=1)
        assert narrow(found, width=RULES.threshold) == [], seed
        judged = audit([second.published, first.published], rules=RULES)
        assert judged["safe"].all(), seed
        attacked += len(found)
        alone = protect(release, rules=RULES)
        fell += bool(narrow(attack([out(first), out(alone)], least_hidden=1), width=RULES.threshold))
    return attacked, fell


def test_no_hidden_cell_is_told_by_an_edition_with_more_totals() -> None:
    fell = 0
    for seed in range(15):
        rng = np.random.default_rng(4000 + seed)
        frame = random_frame(rng)
        names = categories(frame)
        bare = count_table(frame, name="bare", categories=names, row_totals=bool(seed % 2), grand_total=False)
        full = count_table(frame, name="full", categories=names, levels=["ward"])
        first = protect(bare, rules=RULES)
        second = protect(full, rules=RULES, earlier=[first.published])
        assert narrow(attack([out(first), out(second)], least_hidden=1), width=RULES.threshold) == [], seed
        alone = protect(full, rules=RULES)
        fell += bool(narrow(attack([out(first), out(alone)], least_hidden=1), width=RULES.threshold))
    assert fell > 10


def test_no_hidden_cell_is_told_by_two_releases() -> None:
    attacked, fell = attack_two_releases(range(3000, 3003))
    assert attacked > 120
    assert fell >= 2


@pytest.mark.long
def test_hundreds_of_tables_hold() -> None:
    for zeros in ("shown", "hidden"):
        _, fell, with_small = attack_one_hierarchy(range(2000, 2400), zeros=zeros)
        assert fell > 0.8 * with_small
    _, fell = attack_two_releases(range(1000, 1200))
    assert fell >= 50


def test_the_network_judges_as_the_auditor_does() -> None:
    """Any pattern of hidden cells, safe or not: as many too narrow by flows as by whole-number programs."""
    seen = 0
    for seed in range(15):
        rng = np.random.default_rng(5000 + seed)
        protected = protect(one_hierarchy(random_frame(rng), rng), rules=RULES)
        values = protected.release.values()
        pattern = replace(protected, hidden=(values > 0) & (protected.small | (rng.random(values.shape) < 0.25)))
        judged = audit([pattern.published], rules=RULES).filter(pl.col("release") != "")
        assert unsafe(pattern) == judged.height - judged["safe"].sum(), seed
        seen += unsafe(pattern)
    assert seen > 100


def test_the_auditor_and_the_reader_find_the_same_intervals() -> None:
    """One hierarchy is a network, whose programs have whole-number corners: both must agree exactly."""
    for seed in range(15):
        rng = np.random.default_rng(6000 + seed)
        protected = protect(one_hierarchy(random_frame(rng), rng), rules=RULES)
        judged = audit([protected.published], rules=RULES).filter(pl.col("release") != "")
        found = attack([out(protected)], least_hidden=1)
        for _, level, area, group, category, count, low, high, _ in judged.iter_rows():
            by_reader = found[0, (level, area, group, category)]
            assert by_reader[0] == pytest.approx(low)
            if high is None:
                assert by_reader[1] >= count + 10 * RULES.threshold - 1e-6
            else:
                assert by_reader[1] == pytest.approx(high)
