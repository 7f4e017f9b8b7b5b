"""The result of a scenario: its JSON, its nulls, its tables."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from jsonschema import Draft202012Validator
from tests.resilience.test_summary import ITEMS, NAN, batch_of, random_batch, users_of, watched

from wholeplace.resilience.importance import Importance
from wholeplace.resilience.results import (
    ScenarioResult,
    Summary,
    Watched,
    chances_result,
    overlaid,
    simulated_result,
)

SCHEMA = json.loads((files("wholeplace.resilience.results") / "scenario-result.schema.json").read_text("utf-8"))
#: The keys of contract E, in its order.
KEYS = ["schema", "scenario", "method", "trials", "seed", "horizon_h", "place_hash", "items", "areas", "groups",
        "total_person_hours_lost", "all_restored_h", "p_not_restored"]  # fmt: skip
ITEM_KEYS = ["p_down", "p_down_se", "downtime_h", "outages", "longest_outage_h", "p_over_rto", "p_over_rto_se",
             "p_over_max_tolerable", "p_over_max_tolerable_se", "person_hours_lost"]  # fmt: skip


def simulated(summary: Summary, **more: Any) -> ScenarioResult:
    return simulated_result(summary, scenario="bad-day", seed=7, place_hash="abc", **more)


def of_trials(trials: list[list[float]], asked: Watched | None = None, **changes: Any) -> ScenarioResult:
    return simulated(Summary.of(batch_of(trials, **changes), 0, asked or watched()))


def valid(result: ScenarioResult) -> dict[str, Any]:
    """The JSON of a result, as another program reads it."""
    text = json.dumps(result.as_dict(), allow_nan=False)
    content: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(content)
    return content


def test_the_schema_is_one_and_refuses() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    content = valid(of_trials([[0] * 4]))
    content["items"]["service:calls"]["downtime_h"] = {"mean": None}
    assert not Draft202012Validator(SCHEMA).is_valid(content)


def test_every_key_of_the_contract_is_there() -> None:
    content = valid(of_trials([[0] * 4, [4, 8, 0, 0]]))
    assert [key for key in content if key in KEYS] == KEYS
    assert set(content) - set(KEYS) == {"quantile_trials", "notices"}
    assert list(content["items"]) == sorted(ITEMS)
    item = content["items"]["service:calls"]
    assert [key for key in item if key in ITEM_KEYS] == ITEM_KEYS
    assert list(item["downtime_h"]) == ["mean", "se", "p50", "p90", "p99"]
    assert list(item["outages"]) == ["mean", "se"]
    assert content["schema"] == "wholeplace.scenario-result/1"
    assert (content["scenario"], content["method"], content["trials"], content["seed"]) == ("bad-day", "simulate", 2, 7)
    assert (content["horizon_h"], content["place_hash"]) == (100.0, "abc")


def test_figures_by_hand() -> None:
    # calls lacks 0 and 4 h, meals 0 and 8 h: person-hours 0 and 4 x 400 + 8 x 10 = 1680
    content = valid(of_trials([[0] * 4, [4, 8, 0, 100]]))
    assert content["total_person_hours_lost"] == {
        "mean": 840.0,
        "se": 840.0,
        "p50": 840.0,
        "p90": 1512.0,
        "p99": pytest.approx(1663.2),
    }
    assert content["areas"]["A0"] == {"geography": "area", "person_hours_lost": {"mean": 240.0, "se": 240.0}}
    assert content["areas"]["A1"]["person_hours_lost"] == {"mean": 600.0, "se": 600.0}
    assert content["groups"] == {"old": {"person_hours_lost": {"mean": 16.0, "se": 16.0}}}
    assert content["all_restored_h"]["mean"] == 50.0
    assert content["p_not_restored"] == 0.5


def test_what_there_is_no_figure_for_is_null() -> None:
    content = valid(of_trials([[0] * 4, [4, 8, 1, 0]]))
    tax, email = content["items"]["service:tax"], content["items"]["system:email"]
    for name in ("p_over_rto", "p_over_rto_se", "p_over_max_tolerable", "p_over_max_tolerable_se", "person_hours_lost"):
        assert tax[name] is None
        assert email[name] is None
    assert content["items"]["service:calls"]["p_over_max_tolerable"] is None
    assert content["total_person_hours_lost"]["mean"] == 840.0  # sums leave out nulls
    nobody = replace(watched().users, total=np.full(3, NAN))
    assert valid(of_trials([[4] * 4], watched(users=nobody)))["total_person_hours_lost"] is None


def test_an_area_nobody_knows_is_null_and_one_without_users_is_zero() -> None:
    users = users_of([300.0, 10.0, NAN], [[0, 300, 0], [10, 0, 0]], [[0], [4]])
    users = replace(users, areas=users.areas.with_columns(pl.Series("known", [True, True, False])))
    areas = valid(of_trials([[0, 4, 0, 0]] * 2, watched(users=users)))["areas"]
    assert areas["A0"]["person_hours_lost"] == {"mean": 40.0, "se": 0.0}
    assert areas["A1"]["person_hours_lost"] == {"mean": 0.0, "se": 0.0}
    assert areas["A2"]["person_hours_lost"] is None


def test_a_code_of_two_geographies_is_two_areas() -> None:
    users = watched().users
    users = replace(users, areas=users.areas.with_columns(pl.Series("geography", ["area", "ward"]), area=pl.lit("1")))
    assert list(valid(of_trials([[0] * 4], watched(users=users)))["areas"]) == ["1", "ward:1"]


def test_fewer_than_ten_trials_down_are_marked_and_never_withheld() -> None:
    nine, ten = (valid(of_trials([[4, 0, 0, 0]] * down + [[0] * 4] * 20)) for down in (9, 10))
    assert nine["items"]["service:calls"]["few"] is True
    assert nine["items"]["service:calls"]["p_down"] == 9 / 29
    assert "few" not in ten["items"]["service:calls"]
    assert ten["items"]["service:meals"]["few"] is True


def test_one_trial_and_none() -> None:
    one = valid(of_trials([[4, 8, 0, 0]]))
    assert one["items"]["service:calls"]["downtime_h"] == {"mean": 4.0, "se": None, "p50": 4.0, "p90": 4.0, "p99": 4.0}
    assert one["areas"]["A0"]["person_hours_lost"] == {"mean": 480.0, "se": None}
    none = valid(simulated(Summary.of(random_batch(0, 1), 0, watched())))
    assert none["items"]["service:calls"]["p_down"] is None
    assert none["items"]["service:calls"]["downtime_h"] is None
    assert (none["trials"], none["all_restored_h"], none["p_not_restored"]) == (0, None, None)


def test_weighted_trials_have_no_quantiles_and_say_so() -> None:
    result = of_trials([[0] * 4, [5, 0, 0, 0]], weight=np.array([1.9, 0.1]))
    content = valid(result)
    calls = content["items"]["service:calls"]
    assert calls["p_down"] == pytest.approx(0.05)
    assert calls["effective_trials"] == pytest.approx(1.0)
    assert calls["downtime_h"]["p50"] is None
    assert content["quantile_trials"] == 0
    assert "there are no quantiles" in content["notices"][-1]


def test_importance_is_there_only_with_a_target() -> None:
    summary = Summary.of(batch_of([[0] * 4]), 0, watched())
    assert "importance" not in valid(simulated(summary))
    assert valid(simulated(summary, importance=[]))["importance"] == []
    told = valid(simulated(summary, importance=[Importance("utility:power", 0.1, 1.0, 0.0)]))
    assert told["importance"] == [
        {
            "item": "utility:power",
            "birnbaum": 1.0,
            "raw": 10.0,
            "rrw": None,
            "raw_infinite": False,
            "rrw_infinite": True,
        }
    ]


@pytest.mark.parametrize(
    ("p", "p1", "p0", "expected"),
    [
        (0.5, 0.75, 0.25, (0.5, 1.5, 2.0, False, False)),
        (0.0, 0.0, 0.0, (0.0, None, None, False, False)),  # 0/0 twice
        (0.0, 1.0, 0.0, (1.0, None, None, True, False)),  # 1/0 and 0/0
        (0.2, 1.0, 0.0, (1.0, 5.0, None, False, True)),  # the only cause
        (0.3, 0.3, 0.3, (0.0, 1.0, 1.0, False, False)),  # no matter
        (1e-320, 1.0, 0.0, (1.0, None, None, True, True)),  # beyond numbers
    ],
)
def test_importance(p: float, p1: float, p0: float, expected: tuple[float | bool | None, ...]) -> None:
    one = Importance("x", p, p1, p0)
    assert (one.birnbaum, one.raw, one.rrw, one.raw_infinite, one.rrw_infinite) == expected


def exact(p_down: dict[str, float], **more: Any) -> ScenarioResult:
    return chances_result(p_down, scenario="bad-day", method="exact", horizon_h=100.0, place_hash="abc", **more)


def test_exact_tells_chances_and_importance_alone() -> None:
    content = valid(exact({"service:b": 0.5, "service:a": 1e-13}, importance=[Importance("x", 0.5, 1, 0.5)]))
    assert list(content["items"]) == ["service:a", "service:b"]
    item = content["items"]["service:a"]
    assert (item.pop("p_down"), item.pop("p_down_se")) == (1e-13, 0.0)
    assert set(item) == set(ITEM_KEYS) - {"p_down", "p_down_se"}
    assert not any(item.values())
    assert content["importance"][0]["birnbaum"] == 0.5
    for name in ("trials", "seed", "total_person_hours_lost", "all_restored_h", "p_not_restored"):
        assert content[name] is None


def test_screen_has_standard_errors() -> None:
    result = chances_result({"service:a": 0.5}, scenario="s", method="screen", horizon_h=1.0, place_hash="", trials=64, seed=1,
                            p_down_se={"service:a": 0.0625})  # fmt: skip
    content = valid(result)
    assert content["items"]["service:a"]["p_down_se"] == 0.0625
    assert content["trials"] == 64


def test_auto_lays_exact_chances_over_simulated_figures() -> None:
    simulation = of_trials([[0] * 4, [4, 8, 0, 0]])
    importance = (Importance("x", 0.5, 1, 0.5),)
    result = overlaid(simulation, exact({"service:calls": 0.25, "service:meals": 0.0}, importance=importance))
    content = valid(result)
    assert content["method"] == "auto"
    items = content["items"]
    assert (items["service:calls"]["p_down"], items["service:calls"]["p_down_se"]) == (0.25, 0.0)
    assert (items["service:meals"]["p_down"], items["service:meals"]["p_down_se"]) == (0.0, 0.0)
    assert items["system:email"]["p_down_se"] == 0.0
    assert items["service:calls"]["downtime_h"]["mean"] == 2.0
    assert content["importance"][0]["item"] == "x"
    assert (content["trials"], content["seed"]) == (2, 7)


def test_files(tmp_path: Path) -> None:
    result = of_trials([[0] * 4, [4, 8, 0, 100]])
    result.to_json(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == valid(result)
    result.to_csv(tmp_path / "r.csv")
    rows = (tmp_path / "r.csv").read_text("utf-8").splitlines()
    header = rows[0].split(",")
    assert header[:5] == ["item", "p_down", "p_down_se", "downtime_h_mean", "downtime_h_se"]
    calls = dict(zip(header, rows[1].split(","), strict=True))
    assert (calls["item"], calls["downtime_h_mean"], calls["p_over_max_tolerable"]) == ("service:calls", "2.0", "")


def test_a_notebook_shows_sentences_and_items() -> None:
    shown = replace(of_trials([[4] * 4]), scenario="<b>")._repr_html_()
    assert "<p>&lt;b&gt;: 1 trial, 4 days 4 h, method simulate.</p>" in shown
    assert "service:calls" in shown


def test_nothing_infinite_gets_out() -> None:
    content = json.dumps(simulated(Summary.of(random_batch(300, 1), 0, watched())).as_dict(), allow_nan=False)
    assert "Infinity" not in content
    with pytest.raises(ValueError, match="not JSON compliant"):
        json.dumps(replace(exact({"x": 0.5}), p_not_restored=math.inf).as_dict(), allow_nan=False)


def test_the_reference_names_every_key_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "scenario-result.md").read_text("utf-8")
    example = json.loads(page.split("```json")[1].split("```")[0])
    Draft202012Validator(SCHEMA).validate(example)
    tables = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(\w+)`", tables))
    parts = SCHEMA["$defs"]
    known = {
        *SCHEMA["properties"],
        *(key for name in ("item", "spread", "importance") for key in parts[name]["properties"]),
    }
    errors = {"p_down_se", "p_over_rto_se", "p_over_max_tolerable_se"}  # told of in the text
    assert named == known - errors
    assert all(f"`{name}`" in page for name in errors)
