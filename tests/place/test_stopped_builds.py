"""A build that stops half-way, whatever stops it, leaves the last good build as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from tests.commands import run, snapshot
from tests.places import WIDE, write_place

from wholeplace import build as building
from wholeplace.build import artefacts, build_place, open_build
from wholeplace.build.folder import BuildFolder, CannotBuildError, code_files

FILE = "indicators/values/wide.csv"
#: Runs a build in which a step never ends, after `place` has been written; says so and waits to be killed.
SLOW = """
import sys, time
from wholeplace.build import artefacts, build_place
def wait(place, results):
    print("in the middle", flush=True)
    time.sleep(600)
artefacts.sentence_files = wait
build_place(sys.argv[1])
"""


def total(folder: Path) -> float:
    values = open_build(folder).values
    return float(values.filter(geography="place", indicator="residents")["value"][0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place that has been built, and then had its residents changed from 1000 to 1001."""
    folder = write_place(tmp_path)
    build_place(folder)
    (folder / FILE).write_text(WIDE.replace("100", "101"), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "error", [RuntimeError("stop"), KeyboardInterrupt(), MemoryError(), OSError(28, "No space left on device")]
)
@pytest.mark.parametrize("step", ["place_files", "sentence_files", "finding_files"])
def test_a_step_that_fails_leaves_the_folder_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: str
) -> None:
    before = snapshot(folder)

    def fail(*_: object) -> object:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(artefacts, step, fail)
        with pytest.raises(type(error)):
            build_place(folder)
    assert snapshot(folder) == before
    assert total(folder) == 1000
    assert build_place(folder).ran  # and the next one goes through
    assert total(folder) == 1001


def test_a_first_build_that_fails_leaves_no_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_place(tmp_path)
    before = snapshot(folder)
    monkeypatch.setattr(artefacts, "sentence_files", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build_place(folder)
    assert snapshot(folder) == before
    assert not (folder / ".wholeplace/build").exists()


@pytest.mark.parametrize("broken", ["write_parquet", "replace"])
def test_a_full_disk_is_one_plain_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], broken: str
) -> None:
    before = snapshot(folder)

    def full(self: object, *arguments: object, **options: object) -> None:
        if broken == "write_parquet":  # a draft is begun before the disk is full
            Path(str(arguments[0])).write_bytes(b"PAR1 half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pl.DataFrame if broken == "write_parquet" else Path, broken, full)
        ran = run(capfd, "build", folder)
    assert ran.code == 1
    assert ran.plain()
    assert f"cannot write the build in {folder / '.wholeplace/build'}: No space left on device" in ran.err
    assert snapshot(folder) == before


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_build_leaves_the_last_good_one(folder: Path) -> None:
    manifest = (folder / ".wholeplace/build/manifest.json").read_bytes()
    named = set(snapshot(folder / ".wholeplace/build"))
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"in the middle\n"
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    process.stdout.close()
    # what was written lies beside the last good build, of which no byte has changed
    left = snapshot(folder / ".wholeplace/build")
    assert left.keys() > named
    assert left["manifest.json"] == manifest
    assert total(folder) == 1000
    build_place(folder)
    assert total(folder) == 1001
    kept = {name for step in json.loads((folder / ".wholeplace/build/manifest.json").read_text())["steps"].values()
            for name in step["files"].values()}  # fmt: skip
    # it clears up after the killed one, and keeps the files of the build before for pages that are being served
    assert set(snapshot(folder / ".wholeplace/build")) == kept | named


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.long
def test_builds_killed_at_any_moment(tmp_path: Path) -> None:
    """Thirty kills, from the start of the process to past its end: there is always one whole build, old or new."""
    folder = write_place(tmp_path)
    build_place(folder)
    expected = {1000.0}
    for number in range(30):
        residents = 100 + number + 1
        (folder / FILE).write_text(WIDE.replace("A1,100", f"A1,{residents}"), encoding="utf-8")
        expected.add(900.0 + residents)
        process = subprocess.Popen([sys.executable, "-m", "wholeplace.cli", "build", str(folder)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(0.1 * number)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        assert total(folder) in expected
        for frame in ("areas", "values", "indicators", "tables"):
            assert open_build(folder).frame(frame).height


def test_two_kinds_of_files_of_the_user_are_never_removed(tmp_path: Path) -> None:
    """`--build` may name a folder that holds other things."""
    folder = write_place(tmp_path / "place")
    target = tmp_path / "mine"
    target.mkdir()
    mine = {"thesis.docx": b"years of work", "values.parquet": b"mine too", "notes.draft": b"x", "a-0123.json": b"{}"}
    for name, content in mine.items():
        (target / name).write_bytes(content)
    build_place(folder, target)
    for residents in ("101", "102", "103"):
        (folder / FILE).write_text(WIDE.replace("100", residents), encoding="utf-8")
        build_place(folder, target)
    assert mine.items() <= snapshot(target).items()
    names = set(snapshot(target)) - set(mine)
    assert len([name for name in names if name.startswith("values-")]) == 2  # of ours, this build's and the last one's


def test_with_an_error_nothing_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = write_place(tmp_path, {FILE: WIDE.replace("A1,100", "A1,many")})
    before = snapshot(folder)
    ran = run(capfd, "build", folder)
    assert (ran.code, ran.out) == (1, "")
    assert "1 problem" in ran.err
    assert snapshot(folder) == before
    assert not (folder / ".wholeplace").exists()


def test_a_warning_does_not_stop_a_build_but_does_when_strict(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write_place(tmp_path, {FILE: WIDE.replace("0.4", "4")})
    assert run(capfd, "build", folder, "--strict").code == 1
    assert not (folder / ".wholeplace").exists()
    ran = run(capfd, "build", folder)
    assert ran.code == 0
    assert "share-over-1" in ran.err


@pytest.mark.parametrize("kind", ["file", "under a file"])
def test_a_build_folder_that_cannot_be_made(tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    folder = write_place(tmp_path / "place")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ran = run(capfd, "build", folder, "--build", tmp_path / ("file" if kind == "file" else "file/build"))
    assert ran.code == 1
    assert ran.plain()
    assert "cannot write the build in" in ran.err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("content", ["", "{", "[]", "5", '{"schema": "other/1"}', "\xff"])
def test_a_manifest_that_cannot_be_read_is_no_build(tmp_path: Path, content: str) -> None:
    folder = write_place(tmp_path)
    build_place(folder)
    manifest = folder / ".wholeplace/build/manifest.json"
    manifest.write_bytes(content.encode("latin-1"))
    assert BuildFolder(manifest.parent).manifest is None
    assert build_place(folder).ran
    assert total(folder) == 1000


def test_a_build_whose_file_is_gone_is_made_again(tmp_path: Path) -> None:
    folder = write_place(tmp_path)
    build_place(folder)
    assert build_place(folder).ran == []
    next((folder / ".wholeplace/build").glob("values-*")).unlink()
    assert "place" in build_place(folder).ran
    assert total(folder) == 1000


def test_cannot_build_is_an_oserror_too() -> None:
    assert issubclass(CannotBuildError, OSError)


def test_any_change_of_the_code_that_computes_makes_a_build_run_again() -> None:
    """Packages within rooms, rooms that came later, and the tables of the vocabulary too."""
    source = Path(str(building.__file__)).parents[1]
    names = {path.relative_to(source).as_posix() for path in code_files()}
    assert {
        "place/place.py", "place/registers/check.py", "place/vocabulary/fields.csv", "measure/index.py",
        "measure/uncertainty/__init__.py", "records/quality.py", "resilience/__init__.py", "build/build.py",
    } <= names  # fmt: skip
    assert not any(name.startswith("web/") for name in names)
