"""Exact chances: by formula, by trying every case, by published fault trees, and the limits that hold."""

from __future__ import annotations

import itertools
import pickle
import time
from collections import Counter
from fractions import Fraction
from math import comb
from typing import Any

import faultree
import numpy as np
import pytest
from tests.resilience.fault_trees import BAOBAB_2, CHINESE, as_faultree, tree_case
from tests.resilience.networks import Case, Hit, Need, case, down, p_down, random_case

from wholeplace.place.distributions import Distribution
from wholeplace.resilience.asking import RefusedError
from wholeplace.resilience.exact import CutSets, ExactLimitError, ExactResult, cut_sets, exact
from wholeplace.resilience.exact.engine import _read
from wholeplace.resilience.exact.question import Figures, Question, answers
from wholeplace.resilience.standing import standing_of


def asked(one: Case, target: str | None = None, **options: Any) -> ExactResult:
    return exact(one.network, one.happenings, horizon_h=24, target=target, **options)


def solved(one: Case, names: list[str], target: str | None = None) -> tuple[Figures, CutSets | None, dict[str, int]]:
    """Answer in this process; the last is the number of each thing that can go down."""
    network = one.network
    at = {name: network.things.number[name] for name in names}
    standing = standing_of(network, one.happenings, list(at.values()), horizon_h=10)
    number = {network.things.names[thing]: here for here, thing in enumerate(standing.things.tolist())}
    things = tuple(number[name] for name in names if name in number)
    question = Question(
        standing, things, number.get(target or ""), {here: name for name, here in number.items()}, 100_000
    )
    told = list(answers(question)) if things else [Figures({}, {}, {})]
    figures, cut_sets = told[0], (told[1] if len(told) > 1 else None)
    assert isinstance(figures, Figures)
    assert cut_sets is None or isinstance(cut_sets, CutSets)
    return figures, cut_sets, number


@pytest.mark.parametrize("seed", range(250))
def test_random_networks_against_every_case(seed: int) -> None:
    one = random_case(np.random.default_rng(seed))
    names = one.network.things.names
    target = names[seed % len(names)]
    figures, cut_sets, number = solved(one, names, target)
    for name in names:
        found = figures.p_down[number[name]] if name in number else 0.0
        assert found == pytest.approx(p_down(one, name), rel=1e-12, abs=0)
    struck = {name for hit in one.hits for name, chance in hit.chances.items() if chance > 0}
    for name in struck:
        at = number.get(name, -1)
        base = figures.p_down[number[target]] if target in number else 0.0
        failed, spared = figures.p_down_failed.get(at, base), figures.p_down_spared.get(at, base)
        assert failed == pytest.approx(p_down(one, target, lambda struck: struck | {name}), rel=1e-12, abs=0)  # noqa: B023
        assert spared == pytest.approx(p_down(one, target, lambda struck: struck - {name}), rel=1e-12, abs=0)  # noqa: B023
    if target in number:
        assert cut_sets is not None
        theirs = minimal_cut_sets(one, target, sorted(struck))
        assert cut_sets.count == len(theirs)
        assert {frozenset(cut) for cut in cut_sets.smallest} <= theirs
        assert [len(cut) for cut in cut_sets.smallest] == sorted(map(len, theirs))[:20]


def minimal_cut_sets(one: Case, target: str, things: list[str]) -> set[frozenset[str]]:
    """By trying every set of things, smaller ones first; a row of chance 0 is never in force."""
    never = {(number, row[0]) for number, need in enumerate(one.needs) for row in need.providers
             if isinstance(row, tuple) and row[1] == 0}  # fmt: skip
    found: set[frozenset[str]] = set()
    for size in range(len(things) + 1):
        for cut in map(frozenset, itertools.combinations(things, size)):
            if not any(smaller <= cut for smaller in found) and target in down(one.needs, set(cut), never):
                found.add(cut)
    return found


def test_series_parallel_and_k_of_n_by_formula() -> None:
    """Chances as fractions, so that nothing is rounded; the smallest result is 2.7e-20."""
    p, many = Fraction(1, 100), [f"system:{n:02d}" for n in range(10)]
    services = {"service:all": 10, "service:seven": 7, "service:one": 1}
    one = case([Need(name, many, required) for name, required in services.items()],
               [Hit(dict.fromkeys(many, 0.01))], list(services))  # fmt: skip
    found = asked(one).p_down
    for name, required in services.items():
        lost = 10 - required + 1
        exactly = sum(comb(10, k) * p**k * (1 - p) ** (10 - k) for k in range(lost, 11))
        assert found[name] == pytest.approx(float(exactly), rel=1e-14, abs=0)


def test_a_chance_of_a_hundred_millionth_of_a_millionth_keeps_its_digits() -> None:
    """Two halves of 1e-7 in parallel, twice in series, one of which is struck twice: 1e-14 + 1e-14 and more exactly."""
    one = case(
        [Need("service:s", ["system:a", "system:b"]), Need("service:s", ["system:c", "system:d"])],
        [Hit(dict.fromkeys(["system:a", "system:b", "system:c", "system:d"], 1e-7)), Hit({"system:a": 1e-13})],
        ["service:s"],
    )
    p, q = Fraction(1e-7), Fraction(1e-13)
    first, second = (1 - (1 - p) * (1 - q)) * p, p * p
    assert asked(one).p_down["service:s"] == pytest.approx(float(1 - (1 - first) * (1 - second)), rel=1e-14, abs=0)


def test_importance_by_hand() -> None:
    """s needs a or b, and c. P = 1 - (1 - 0.1 x 0.2)(1 - 0.3) = 0.314; t is struck, and s does not need it."""
    hit = Hit({"system:a": 0.1, "system:b": 0.2, "system:c": 0.3, "system:t": 0.5})
    one = case([Need("service:s", ["system:a", "system:b"]), Need("service:s", ["system:c"]),
                Need("service:s", ["system:t"], degraded_to=0.5)], [hit], ["service:s"])  # fmt: skip
    found = asked(one, "service:s")
    assert found.p_down["service:s"] == pytest.approx(0.314)
    by_item = {each.item: each for each in found.importance}
    assert list(by_item) == ["system:a", "system:b", "system:c", "system:t"]
    assert by_item["system:a"].birnbaum == pytest.approx(0.2 * 0.7)  # b fails, c does not
    assert by_item["system:c"].raw == pytest.approx(1 / 0.314)
    assert by_item["system:c"].rrw == pytest.approx(0.314 / 0.02)
    assert by_item["system:t"].as_dict() == {
        "item": "system:t", "birnbaum": 0.0, "raw": 1.0, "rrw": 1.0, "raw_infinite": False, "rrw_infinite": False,
    }  # fmt: skip
    assert found.cut_sets == CutSets(2, (("system:c",), ("system:a", "system:b")))
    assert found.cut_sets.single_points == ("system:c",)


def test_ratios_to_nothing() -> None:
    """s needs only a: without a it never fails. With every chance 0 nothing can be struck, and nothing is listed."""
    found = asked(case([Need("service:s", ["system:a"])], [Hit({"system:a": 0.1})], ["service:s"]), "service:s")
    assert (found.importance[0].rrw, found.importance[0].rrw_infinite) == (None, True)
    assert found.importance[0].raw == pytest.approx(10)
    none = asked(case([Need("service:s", ["system:a"])], [Hit({"system:a": 0.0})], ["service:s"]), "service:s")
    assert (none.p_down, none.importance, none.cut_sets) == ({"service:s": 0.0}, (), CutSets(0, ()))
    both = case([Need("service:s", ["system:a", "system:b"])], [Hit({"system:a": 0.1})], ["service:s"])
    never = asked(both, "service:s").importance[0]
    assert (never.birnbaum, never.raw, never.raw_infinite, never.rrw, never.rrw_infinite) == (
        0,
        None,
        False,
        None,
        False,
    )


def test_things_struck_together_keep_what_the_draw_does_to_others() -> None:
    """a and b share a draw (0.2 and 0.5); s needs both. P = 0.5; where a cannot fail, b still does: P0 = 0.5."""
    one = case([Need("service:s", ["system:a"]), Need("service:s", ["system:b"])],
               [Hit({"system:a": 0.2, "system:b": 0.5}, together=True)], ["service:s"])  # fmt: skip
    found = asked(one, "service:s")
    assert found.p_down["service:s"] == pytest.approx(0.5)
    a, b = found.importance
    assert (a.p_down_failed, a.p_down_spared) == (1.0, pytest.approx(0.5))
    assert (b.p_down_failed, b.p_down_spared) == (1.0, pytest.approx(0.2))


def test_two_that_hold_each_other_up_stay_up_until_one_is_struck() -> None:
    """a and b need each other. a also has a substitute: then b's failure does not matter to it."""
    ring = [Need("system:a", ["system:b"]), Need("system:b", ["system:a"])]
    found = asked(case(ring, [Hit({"system:b": 0.25})]), items=["system:a", "system:b"]).p_down
    assert found == {"system:a": 0.25, "system:b": 0.25}
    substitute = [Need("system:a", ["system:b", "system:c"]), Need("system:b", ["system:a"])]
    found = asked(case(substitute, [Hit({"system:b": 0.25})]), items=["system:a", "system:b"]).p_down
    assert found == {"system:a": 0.0, "system:b": 0.25}


@pytest.mark.parametrize(
    ("tree", "sizes"),
    [(CHINESE, {2: 12, 4: 24, 5: 188, 6: 168}), (BAOBAB_2, {2: 6, 3: 121, 4: 268, 5: 630, 6: 3780})],
)
def test_cut_sets_of_published_fault_trees(tree: str, sizes: dict[int, int]) -> None:
    """How many there are of each size. The first tree, and the second up to size 3: as in the tests of SCRAM
    (bench_chinese_tests, bench_baobab2_tests); beyond that faultree 0.4.0 counts as many in all (it takes 49 s)."""
    one = tree_case(tree)
    found = cut_sets(one.network, one.happenings, "system:r1", horizon_h=1, most_listed=10_000)
    assert Counter(map(len, found.smallest)) == sizes
    assert found.count == sum(sizes.values())


@pytest.mark.parametrize("tree", [CHINESE, BAOBAB_2])
def test_published_fault_trees(tree: str) -> None:
    """Chances and importance as faultree has them, an independent solver."""
    found = asked(tree_case(tree), "system:r1")
    theirs = faultree.analyze(as_faultree(tree))
    assert found.p_down["system:r1"] == pytest.approx(theirs["Q"], rel=1e-12)
    assert len(found.importance) == len(theirs["importance"])
    for one in found.importance:
        figures = theirs["importance"][one.item.removeprefix("system:")]
        assert one.birnbaum == pytest.approx(figures["birnbaum"], rel=1e-9)
        assert one.raw == pytest.approx(figures["raw"], rel=1e-12)
        assert one.rrw == pytest.approx(figures["rrw"], rel=1e-12)


def test_the_pressure_tank_of_the_fault_tree_handbook() -> None:
    """NUREG-0492 (1981), chapter VIII: T, K2, and S with one of K1, R, S1; the Handbook has five cut sets."""
    chances = {"t": 5e-6, "k2": 3e-5, "s": 1e-4, "k1": 3e-5, "r": 1e-4, "s1": 3e-5}
    needs = [Need("system:e1", ["system:t"]), Need("system:e1", ["system:e2"]), Need("system:e2", ["system:k2"]),
             Need("system:e2", ["system:s", "system:e5"]), *(Need("system:e5", [f"system:{x}"]) for x in ("k1", "r", "s1"))]  # fmt: skip
    one = case(needs, [Hit({f"system:{name}": chance for name, chance in chances.items()})])
    found = asked(one, "system:e1")
    assert found.cut_sets is not None
    assert set(found.cut_sets.smallest) == {("system:t",), ("system:k2",), ("system:k1", "system:s"),
                                            ("system:r", "system:s"), ("system:s", "system:s1")}  # fmt: skip
    assert found.cut_sets.count == 5
    p = {name: Fraction(chance) for name, chance in chances.items()}
    e5 = 1 - (1 - p["k1"]) * (1 - p["r"]) * (1 - p["s1"])
    up = (1 - p["t"]) * (1 - p["k2"]) * (1 - p["s"] * e5)
    assert found.p_down["system:e1"] == pytest.approx(float(1 - up), rel=1e-14)


A, B = {"system:a": 0.5}, {"system:b": 0.5}


@pytest.mark.parametrize(
    ("hits", "options", "reason"),
    [
        ([Hit(A), Hit(A, kind="absence")], {}, "event 2 is of kind absence"),
        ([Hit(A, kind="spread")], {}, "event 1 is of kind spread"),
        ([Hit(A, at_h=Distribution("uniform", (0.0, 1.0)))], {}, r"event 1 \(fail\) is not at a fixed hour"),
        (
            [Hit(A, kind="exit", notice_h=Distribution("exponential", (5.0,)))],
            {},
            r"event 1 \(exit\) is not at a fixed",
        ),
        ([Hit(A), Hit(B, at_h=Distribution("fixed", (2.5,)))], {}, "event 1 is at hour 0, event 2 at hour 2.5"),
        ([Hit(A)], {"background": True}, "background"),
        ([Hit(A)], {}, r"dependency:system:b\|g1\|system:c has a tolerance of 4 h"),
        ([Hit(A)], {"target": "service:s"}, r"dependency:system:b\|g1\|system:c has a tolerance of 4 h"),
    ],
)
def test_refusals_name_the_first_reason(hits: list[Hit], options: dict[str, Any], reason: str) -> None:
    one = case([Need("service:s", ["system:b"]), Need("system:b", ["system:c"], tolerance_h=4)], hits, ["service:s"])
    with pytest.raises(RefusedError, match=reason):
        asked(one, **options)


def test_a_tolerance_elsewhere_is_no_reason() -> None:
    """Asked for a, the tolerance above s does not matter, and s is left out."""
    one = case(
        [Need("service:s", ["system:b"], tolerance_h=4), Need("system:a", ["system:b"])], [Hit(B)], ["service:s"]
    )
    assert asked(one, "system:a").p_down == {"system:a": 0.5}
    at_one = Hit(B, kind="exit", at_h=Distribution("fixed", (1.0,)), notice_h=Distribution("fixed", (23.0,)))
    assert exact(case([], [at_one], ()).network, case([], [at_one], ()).happenings, horizon_h=24,
                 items=["system:b"]).p_down == {"system:b": 0.0}  # fmt: skip


def dense(things: int) -> Case:
    """Pairs that no order of the draws keeps small: x1 y1 + x2 y2 + … in every order at once."""
    generator = np.random.default_rng(1)
    names = [f"system:{n:03d}" for n in range(things)]
    needs = [Need("service:s", generator.choice(names, 3, replace=False).tolist()) for _ in range(6 * things)]
    return case(needs, [Hit(dict.fromkeys(names, 0.1))], ["service:s"])


def test_the_time_limit_holds() -> None:
    started = time.monotonic()
    with pytest.raises(ExactLimitError, match=r"within 2 s \(--time-limit\).*--method screen"):
        asked(dense(200), time_limit_s=2)
    assert time.monotonic() - started < 6


def test_the_limit_of_nodes_holds() -> None:
    with pytest.raises(ExactLimitError, match=r"within 20,000 nodes.*--method screen"):
        asked(dense(200), most_nodes=20_000)


def test_an_answer_that_was_cut_off_is_left_out() -> None:
    """Figures that were ready before the time was up are kept when the cut sets were not."""
    figures = Figures({0: 0.5}, {}, {})
    whole = pickle.dumps(figures) + pickle.dumps(CutSets(1, (("system:a",),)))
    assert _read(whole) == [figures, CutSets(1, (("system:a",),))]
    assert _read(whole[:-3]) == [figures]
    assert _read(b"") == []


def test_the_example_of_the_documentation() -> None:
    """docs/background/without-time.md, worked out there by hand."""
    kitchens = ["site:kitchen-1", "site:kitchen-2"]
    needs = [Need("service:meals", ["system:van"]), Need("service:meals", kitchens)]
    apart = asked(
        case(needs, [Hit({"system:van": 0.1, **dict.fromkeys(kitchens, 0.2)})], ["service:meals"]), "service:meals"
    )
    kitchen = next(one for one in apart.importance if one.item == "site:kitchen-1")
    assert apart.p_down["service:meals"] == pytest.approx(0.136)
    assert (kitchen.p_down_failed, kitchen.p_down_spared) == (pytest.approx(0.28), pytest.approx(0.1))
    assert (kitchen.birnbaum, kitchen.rrw) == (pytest.approx(0.18), pytest.approx(1.36))
    assert kitchen.raw == pytest.approx(2.06, abs=0.005)
    assert apart.cut_sets == CutSets(2, (("system:van",), ("site:kitchen-1", "site:kitchen-2")))
    hits = [Hit({"system:van": 0.1}), Hit(dict.fromkeys(kitchens, 0.2), together=True)]
    together = asked(case(needs, hits, ["service:meals"]), "service:meals")
    kitchen = next(one for one in together.importance if one.item == "site:kitchen-1")
    assert (together.p_down["service:meals"], kitchen.p_down_spared) == (pytest.approx(0.28), pytest.approx(0.1))
