"""The commands index, indicator and area: what they print, write and refuse, and their exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.measure.small_places import town, write_files

from wholeplace import cli
from wholeplace.output import show_table, write_json

HEAD = (
    'id = "{id}"\nname = "Need"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\n\n'
    '[normalise]\nmethod = "none"\n\n'
)
PART = '[[part]]\nid = "{id}"\nindicator = "{id}"\nweight = {weight}\ndirection = "high-is-worse"\n'
VALUES = {"x": [1, 2, 3, 1 / 3], "y": [4, 0, 0, 1]}


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def csv(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


Command = Callable[..., Run]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `wholeplace` as a shell would, in the folder above a place `town` with the indices need and other."""
    town(tmp_path / "town", VALUES, people=[10, 20, 30, 40], wards=["W1", "W1", "W2", "W2"], kinds={"y": "rank"})
    files = {
        "need": HEAD.format(id="need") + PART.format(id="x", weight=1) + PART.format(id="y", weight=0),
        "other": HEAD.format(id="other") + PART.format(id="x", weight=1) + PART.format(id="y", weight=1),
        "broken": HEAD.format(id="broken") + PART.format(id="x", weight=0) + PART.format(id="z", weight=1),
    }
    write_files(tmp_path / "town", {f"indices/{name}.toml": text for name, text in files.items()})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHOLEPLACE_DEBUG", raising=False)

    def call(*words: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["wholeplace", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Run(int(stopped.value.code or 0), captured.out, captured.err)

    return call


def test_index_build_prints_a_table(run: Command) -> None:
    done = run("index", "build", "town", "need")
    assert done.code == 0
    assert done.out.startswith("Need: rank 1 is the highest score\n")
    lines = [line.split() for line in done.out.splitlines() if line.strip()]
    assert lines[1] == ["rank", "area", "name", "score", "decile"]
    assert lines[3] == ["1", "A03", "A03", "3.000", "3"]


def test_index_build_writes_csv_at_full_precision(run: Command) -> None:
    done = run("index", "build", "town", "need", "--csv", "-")
    assert done.code == 0
    assert done.out.splitlines()[0] == "area,score,rank,decile,x_score,y_score"
    assert [(row["area"], float(row["score"]), row["rank"], row["decile"]) for row in done.csv] == [
        ("A01", 1, "3", "8"), ("A02", 2, "2", "5"), ("A03", 3, "1", "3"), ("A04", 1 / 3, "4", "10")
    ]  # fmt: skip


def test_index_build_writes_json(run: Command) -> None:
    done = run("index", "build", "town", "need", "--json", "-")
    assert done.code == 0
    assert done.json["id"] == "need"
    row = {"area": "A04", "score": 1 / 3, "rank": 4, "decile": 10, "x_score": 1 / 3, "y_score": 1}
    assert done.json["areas"][3] == row


def test_json_counts_the_values_that_goalposts_cut(run: Command, tmp_path: Path) -> None:
    """Of y = 4, 0, 0, 1 only 1 and 4 lie between 1 and 4; both ends themselves are not cut."""
    path = tmp_path / "town/indices/other.toml"
    path.write_text(path.read_text("utf-8") + 'normalise = { method = "goalposts", low = 1, high = 4 }\n', "utf-8")
    assert run("index", "build", "town", "other", "--json", "-").json["cuts"] == {"y": 2}


def test_both_files_can_be_written_and_then_nothing_is_printed(run: Command, tmp_path: Path) -> None:
    done = run("index", "build", "town", "need", "--csv", "a.csv", "--json", "a.json")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("area,score")
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["id"] == "need"


def test_two_documents_do_not_share_standard_output(run: Command) -> None:
    done = run("index", "build", "town", "need", "--csv", "-", "--json", "-")
    assert (done.code, done.out) == (2, "")
    assert "only one of --csv and --json" in done.err


def test_findings_go_to_standard_error(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "town/indices/need.toml"
    path.write_text(path.read_text("utf-8") + "colour = 1\n", "utf-8")
    done = run("index", "build", "town", "need", "--csv", "-")
    assert done.code == 0
    assert len(done.csv) == 4
    assert "warning" in done.err
    assert "colour" in done.err


def test_index_can_be_named_by_a_path(run: Command) -> None:
    assert run("index", "build", "town", "town/indices/other.toml", "--json", "-").json["id"] == "other"


def test_uncertainty_adds_rank_intervals(run: Command) -> None:
    words = ("index", "build", "town", "other", "--uncertainty", "50", "--seed", "3", "--csv", "-")
    done = run(*words)
    assert done.code == 0
    assert {"rank_p05", "rank_p50", "rank_p95", "p_decile_1"} <= set(done.csv[0])
    assert "uncertainty: 50 draws, seed 3, weight_concentration 100" in done.err
    assert "Varied: the weights." in done.err
    assert "Not varied: the indicators within their own intervals, because" in done.err
    assert run(*words).out == done.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("index", "build", "town", "nothing"), 1, "there is no index 'nothing'; this place has: broken, need, other"),
        (("index", "build", "nowhere", "need"), 1, "there is no folder nowhere"),
        (("index", "build", "town", "need", "--csv", "no/such/folder.csv"), 1, "there is no folder no/such"),
        (("index", "build", "town"), 2, "Missing argument 'INDEX'"),
        (("index", "build", "town", "need", "--uncertainty", "0"), 2, "--uncertainty"),
        (("index", "build", "town", "need", "--seed", "x"), 2, "--seed"),
        (("index", "rank", "town", "need"), 2, "No such command"),
        (("index", "explain", "town", "need", "A09"), 1, "has no area 'A09'; did you mean 'A0"),
        (("index", "compare", "town", "need", "nothing"), 1, "there is no index 'nothing'"),
        (("indicator", "town", "z"), 1, "there is no indicator 'z'"),
        (("indicator", "town", "x", "--geography", "b"), 1, "there is no geography 'b'; there are: a, w, place"),
        (("indicator", "town", "x", "--period", "1999"), 1, "no values for the period '1999'; there are: 2021"),
        (("area", "town", "A09"), 1, "there is no area 'A09'; did you mean A04, A03, A02?"),
        (("area", "town", "?"), 1, "there is no area '?'; there are: A01, A02, A03, A04, W1, W2"),
    ],
)
def test_refusals_are_one_plain_message(run: Command, words: tuple[str, ...], code: int, said: str) -> None:
    done = run(*words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_every_fault_of_an_index_is_told(run: Command) -> None:
    done = run("index", "build", "town", "broken", "--csv", "out.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "the index broken: 1 problem"
    assert "part 'z': 'z' is not in indicators.csv" in done.err
    assert not Path("out.csv").exists()


def test_explain_adds_up(run: Command) -> None:
    done = run("index", "explain", "town", "other", "A01", "--json", "-")
    assert done.code == 0
    assert {key: done.json[key] for key in ("id", "area", "score", "rank")} == {
        "id": "other", "area": "A01", "score": 5, "rank": 1
    }  # fmt: skip
    leaves = [row for row in done.json["parts"] if row["indicator"]]
    assert sum(row["contribution"] for row in leaves) == 5
    shown = run("index", "explain", "town", "other", "A01")
    assert shown.code == 0
    assert "contribution" in shown.out
    assert run("index", "explain", "town", "other", "A01", "--csv", "-").csv[1]["part"] == "x"


def test_compare_says_who_moved_and_why(run: Command) -> None:
    done = run("index", "compare", "town", "need", "other")
    assert done.code == 0
    # Scores 1 2 3 1/3 and 5 2 3 4/3: ranks 3 2 1 4 and 1 3 2 4.
    assert done.out.splitlines()[1] == "Furthest towards rank 1: A01 by 2 (rank 3 to 1, mainly y)."
    rows = run("index", "compare", "town", "need", "other", "--csv", "-").csv
    assert [(row["area"], row["rank_change"], row["main_part"]) for row in rows] == [
        ("A01", "2", "y"), ("A02", "-1", "y"), ("A03", "-1", "y"), ("A04", "0", "")
    ]  # fmt: skip
    document = run("index", "compare", "town", "need", "other", "--json", "-").json
    assert document["summary"][1] == done.out.splitlines()[1]
    assert document["spearman"] == pytest.approx(0.4)  # 1 - 6 (4 + 1 + 1 + 0) / (4 x 15)
    assert document["areas"][0]["rank_change"] == 2


def test_compare_without_a_correlation_is_still_json(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "town/values/a.csv"
    path.write_text("code,x,y,people\nA01,1,0,1\nA02,1,0,1\nA03,1,1,1\nA04,1,1,1\n", "utf-8")
    assert run("index", "compare", "town", "need", "other", "--json", "-").json["spearman"] is None


VALUE_KEYS = ["geography", "area", "period", "value", "lower95", "upper95", "count", "denominator", "status"]


def test_indicator_json(run: Command) -> None:
    done = run("indicator", "town", "x", "--json")
    assert done.code == 0
    assert done.json["id"] == "x"
    assert [list(row) for row in done.json["values"]] == [[*VALUE_KEYS, "moved_from"]] * 7
    # W1 = (1 x 10 + 2 x 20) / 30 = 5/3
    ward = next(row for row in done.json["values"] if row["area"] == "W1")
    assert list(ward.values()) == ["w", "W1", "2021", pytest.approx(5 / 3), None, None, None, None, "A", "a"]
    assert [row["geography"] for row in done.json["values"]] == ["a"] * 4 + ["w"] * 2 + ["place"]


def test_a_number_that_is_not_finite_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    write_json("-", {"a": [1.5, float("inf"), {"b": float("nan")}], "c": (0.0, None)})
    assert json.loads(capsys.readouterr().out) == {"a": [1.5, None, {"b": None}], "c": [0.0, None]}


def test_output_is_utf8_whatever_the_system_speaks(tmp_path: Path) -> None:
    """A Windows pipe or a plain C locale has no sign for ů or for the lines of a table."""
    folder = tmp_path / "town"
    write_files(folder, {"place.toml": '[place]\ncode = "T1"\nname = "Dvůr"\n'})
    for words, said in ((["area", folder, "T1", "--json"], '"name": "Dvůr"'), (["area", folder, "T1"], "Dvůr (T1)")):
        command = [sys.executable, "-m", "wholeplace.cli", *map(str, words)]
        done = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
        assert said in done.stdout.decode()


def test_names_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(pl.DataFrame({"area [x]": ["[/b] :smile:"]}), title="Town [/b] [red]")
    lines = capsys.readouterr().out.split("\n")
    assert [lines[0], lines[2].strip(), lines[4].strip()] == ["Town [/b] [red]", "area [x]", "[/b] :smile:"]


def test_indicator_can_be_narrowed(run: Command) -> None:
    rows = run("indicator", "town", "x", "--geography", "w", "--period", "2021", "--json").json["values"]
    assert [row["area"] for row in rows] == ["W1", "W2"]


def test_moved_ranks_come_with_a_notice_beside_the_json(run: Command) -> None:
    done = run("indicator", "town", "y", "--json")
    assert done.json["id"] == "y"
    assert "the mean of a rank orders nothing" in done.err
    assert run("indicator", "town", "y", "--geography", "a", "--json").err == ""
    done = run("area", "town", "W2", "--json")
    assert done.json["area"] == "W2"
    assert "the mean of a rank orders nothing" in done.err
    assert run("area", "town", "A01", "--json").err == ""


def test_area_json(run: Command) -> None:
    done = run("area", "town", "W2", "--json")
    assert done.code == 0
    document = done.json
    assert [document[key] for key in ("area", "name", "geography")] == ["W2", "W2", "w"]
    assert [(row["indicator"], row["value"]) for row in document["values"]] == [
        ("x", pytest.approx((90 + 40 / 3) / 70)), ("y", pytest.approx(40 / 70)), ("people", 70)
    ]  # fmt: skip
    assert list(document["values"][0]) == ["indicator", *VALUE_KEYS, "moved_from"]


def test_the_place_is_an_area(run: Command) -> None:
    document = run("area", "town", "T1", "--json").json
    assert (document["name"], document["geography"]) == ("Town", "place")
    assert {row["indicator"]: row["value"] for row in document["values"]}["people"] == 100


@pytest.mark.parametrize("words", [("indicator", "town", "x"), ("area", "town", "A01")])
def test_tables_for_people(run: Command, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.code == 0
    assert "2021" in done.out
