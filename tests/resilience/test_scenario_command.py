"""`wholeplace scenario run` and `explain`: what is written, what is said, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from tests.commands import Ran, run, snapshot
from tests.places import PLACE_TOML
from tests.registers import write_registers

import wholeplace
from wholeplace.resilience import Options

SCHEMA = json.loads(Path("src/wholeplace/resilience/results/scenario-result.schema.json").read_text(encoding="utf-8"))
REGISTERS = {
    "systems": "id,name,repair\na,Orders,12\nb,Telephones,24\n",
    "services": "id,name,rto_h,max_tolerable_h\nmeals,Meals on wheels,8,10\nalarms,Care alarms,,\n",
    "dependencies": "dependent,provider,group,tolerance_h\n"
    "service:meals,system:a,orders,\nservice:meals,system:b,orders,\nservice:alarms,system:a,,4\n",
}
#: a is down from 10 to 22 and b from 14 to 38: meals from 14 to 22, alarms from 14 to 22 as well.
SCENARIO = '[scenario]\nname = "Both"\nhorizon_h = 100\nstart = 2026-01-15T06:00:00\n' + "".join(
    f'[[event]]\nkind = "fail"\nat_h = {at_h}\nitems = ["system:{item}"]\n' for item, at_h in (("a", 10), ("b", 14))
)
STATIC = '[scenario]\nname = "At once"\nhorizon_h = 100\n[[event]]\nkind = "fail"\nat_h = 0\nitems = ["system:*"]\nchance = 0.5\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    (tmp_path / "scenarios").mkdir()
    for name, text in {"both": SCENARIO, "static": STATIC}.items():
        (tmp_path / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    return write_registers(tmp_path, REGISTERS)


def _result(ran: Ran) -> dict[str, object]:
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.document, SCHEMA)
    return dict(ran.document)


def test_json_on_standard_output_is_one_document(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    found = _result(run(capfd, "scenario", "run", place, "both", "--trials", 20, "--seed", 3, "--json", "-"))
    assert (found["scenario"], found["trials"], found["seed"], found["horizon_h"]) == ("both", 20, 3, 100)
    items = found["items"]
    assert list(items) == ["service:alarms", "service:meals"]
    meals = items["service:meals"]
    assert meals["downtime_h"] == {"mean": 8, "se": 0, "p50": 8, "p90": 8, "p99": 8}
    assert (meals["p_down"], meals["outages"]["mean"], meals["longest_outage_h"]["p50"]) == (1, 1, 8)
    # 8 hours are not longer than a recovery objective of 8 hours.
    assert (meals["p_over_rto"], meals["p_over_max_tolerable"]) == (0, 0)
    assert items["service:alarms"]["p_over_rto"] is None
    assert found["all_restored_h"]["mean"] == 38


def test_the_call_gives_the_same(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    found = _result(run(capfd, "scenario", "run", place, "static", "--trials", 500, "--seed", 3, "--json", "-"))
    result = wholeplace.run_scenario(wholeplace.open_place(place), "static", options=Options(trials=500, seed=3))
    assert found == json.loads(json.dumps(result.as_dict()))


def test_a_target_that_nothing_reaches(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    """A sentence in place of a table without rows: alarms do not stand on telephones."""
    scenario = place / "scenarios" / "telephones.toml"
    scenario.write_text(STATIC.replace("system:*", "system:b"), encoding="utf-8")
    ran = run(capfd, "scenario", "run", place, scenario, "--trials", 20, "--target", "service:alarms")
    assert "Nothing that the events strike stands above the target." in ran.lines
    assert "birnbaum" not in ran.out
    assert "birnbaum" in run(capfd, "scenario", "run", place, scenario, "--target", "service:meals").out


def test_everything_and_a_target(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    found = _result(run(capfd, "scenario", "run", place, "both", "--trials", 20, "--all-items", "--json", "-"))
    assert list(found["items"]) == ["service:alarms", "service:meals", "system:a", "system:b"]
    found = _result(run(capfd, "scenario", "run", place, "both", "--trials", 20, "--target", "system:b", "--json", "-"))
    assert list(found["items"]) == ["service:alarms", "service:meals", "system:b"]
    assert [one["item"] for one in found["importance"]] == ["system:b"]


@pytest.mark.parametrize("method", ["simulate", "screen", "exact", "auto"])
def test_importance_of_two_alternatives(capfd: pytest.CaptureFixture[str], place: Path, method: str) -> None:
    """Meals stops when both fail, each with 1/2: P = 1/4, P1 = 1/2, P0 = 0; so B = 1/2, RAW = 2, RRW without end."""
    asked = ("scenario", "run", place, "static", "--method", method, "--target", "service:meals", "--trials", 20_000)
    found = _result(run(capfd, *asked, "--json", "-"))
    meals = found["items"]["service:meals"]
    exact = method in {"exact", "auto"}
    assert (meals["p_down_se"] == 0) is exact
    assert meals["p_down"] == pytest.approx(0.25, abs=1e-12 if exact else 0.0125)
    assert [one["item"] for one in found["importance"]] == ["system:a", "system:b"]
    for one in found["importance"]:
        assert one["birnbaum"] == pytest.approx(0.5, abs=1e-12 if exact else 0.02)
        assert one["raw"] == pytest.approx(2, abs=1e-12 if exact else 0.15)
        assert (one["rrw"], one["rrw_infinite"], one["raw_infinite"]) == (None, True, False)
    assert (meals["downtime_h"] is None) is (method in {"exact", "screen"})
    if exact:
        assert found["cut_sets"] == {"count": 1, "single_points": [], "smallest": [["system:a", "system:b"]]}


def test_what_time_decides_is_refused_by_methods_without_time(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    for method in ("exact", "screen"):
        ran = run(capfd, "scenario", "run", place, "both", "--method", method)
        assert ran.code == 1
        assert "event 1 is at hour 10, event 2 at hour 14" in ran.err


def test_precision_stops_early(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    asked = ("scenario", "run", place, "static", "--method", "simulate", "--precision", 0.1, "--json", "-")
    found = _result(run(capfd, *asked, "--trials", 100_000))
    assert found["trials"] == 1_024  # the error of meals' 1/4 is 5 %, of alarms' 1/2 3 %
    assert _result(run(capfd, *asked, "--trials", 600))["trials"] == 600


def test_table_for_people(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    ran = run(capfd, "scenario", "run", place, "both", "--trials", 100)
    assert ran.code == 0
    assert "2 of 2 services may have an outage; the most likely: Care alarms (100%); Meals on wheels (100%)." in ran.out
    assert "service:meals" in ran.out


def test_csv(capfd: pytest.CaptureFixture[str], place: Path, tmp_path: Path) -> None:
    assert run(capfd, "scenario", "run", place, "both", "--trials", 10, "--csv", tmp_path / "items.csv").code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "items.csv").read_text(encoding="utf-8"))))
    assert [(row["item"], row["downtime_h_mean"], row["p_over_rto"]) for row in rows] == [
        ("service:alarms", "8.0", ""), ("service:meals", "8.0", "0.0")]  # fmt: skip


def test_the_same_seed_gives_the_same_file(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    asked = ("scenario", "run", place, "static", "--method", "simulate", "--trials", 3_000, "--json", "-", "--seed")
    one, two, other = (run(capfd, *asked, seed).out for seed in (5, 5, 6))
    assert one == two != other


def test_an_outage_is_explained(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    ran = run(capfd, "scenario", "explain", place, "both", "service:alarms", "--trial", 0)
    assert ran.out.splitlines() == [
        "trial 0 of seed 1:",
        "  Care alarms stopped at 20:00 on day 1 because it can do without Orders for 4 h, which had begun at 16:00 on day 1.",
        "    Orders stopped at 16:00 on day 1 because event 1 (fail) struck it.",
    ]
    ran = run(capfd, "scenario", "explain", place, "both", "service:meals")
    assert "Meals on wheels stopped at 20:00 on day 1 because it cannot do without 1 of Orders, Telephones." in ran.out


def test_an_interrupted_run_leaves_nothing(place: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wholeplace.cli", "scenario", "run", str(place), "static", "--method", "simulate",
               "--trials", "100000000", "--json", str(tmp_path / "out.json")]  # fmt: skip
    before = snapshot(tmp_path)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        time.sleep(4)  # it is among its trials by then
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.strip().endswith("stopped")
    assert "Traceback" not in told
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "none"), "there is no scenario 'none'"),
        (("run", "both", "--target", "service:meal"), "did you mean 'service:meals'?"),
        (("explain", "both", "service:meal"), "did you mean 'service:meals'?"),
        (("run", "both", "--json", "nowhere/out.json"), "there is no folder nowhere"),
        (("run", "both", "--guided"), "tell of one --target"),
    ],
)
def test_refused(capfd: pytest.CaptureFixture[str], place: Path, arguments: tuple[str, ...], said: str) -> None:
    verb, *rest = arguments
    ran = run(capfd, "scenario", verb, place, *rest)
    assert ran.code == 1
    assert said in ran.err
    assert ran.plain()


@pytest.mark.parametrize("arguments", [("--method", "guess"), ("--trials", 0), ("--json", "-", "--csv", "-")])
def test_wrong_usage(capfd: pytest.CaptureFixture[str], place: Path, arguments: tuple[object, ...]) -> None:
    ran = run(capfd, "scenario", "run", place, "both", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert str(arguments[0]) in ran.err
