"""Every example in the documentation is run: commands are typed, files are saved, answers are compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import commands

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: A command of ours that asks nothing of the shell.
OURS = re.compile(r"wholeplace [^|<>&;$*~`]+")
SAVE = re.compile(r"Save\s+this\s+as\s+`([^`]+)`:\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, and the file it is to be saved as."""

    language: str
    text: str
    save_as: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        save = SAVE.search(text[: match.start()].rstrip())
        found.append(Block(match[1], match[2], save[1] if save else ""))
    return found


def pages() -> list[Path]:
    return sorted(
        page
        for page in DOCS.rglob("*.md")
        if any(block.language in {"console", "python"} or block.save_as for block in blocks(page))
    )


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_examples_do_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    scripts, waiting = [], False
    for block in blocks(page):
        if block.save_as:
            path = tmp_path / block.save_as
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            scripts.append(block.text)
            waiting = True
        elif block.language == "console":
            if waiting:
                run_python(scripts, tmp_path)
            waiting = False
            run_console(block.text, tmp_path, capfd)
    if waiting:
        run_python(scripts, tmp_path)


def run_python(scripts: list[str], folder: Path) -> None:
    """Run what was typed so far: later blocks go on from earlier ones."""
    run([sys.executable, "-W", "error", "-c", "\n".join(scripts)], folder)


def run_console(text: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Type each `$` line; every other line but `…` must be part of the answer, however many spaces are between words.

    Where the page shows an error, the command must refuse (exit code 1). What needs no shell is run in this process, as
    starting one takes longer than most of the commands.
    """
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        lines = [" ".join(line.split()) for line in expected.splitlines()]
        refused = any(line.startswith("error: ") for line in lines)
        code = 1 if refused else 0
        if OURS.fullmatch(command):
            ran = commands.run(capfd, *shlex.split(command)[1:])
            answer = ran.out + ran.err
            assert ran.code == code, f"{command!r} ended with {ran.code}:\n{answer}"
        else:
            answer = run(["bash", "-c", command], folder, code=code)
        for line in lines:
            assert line.split("…")[0] in " ".join(answer.split()), f"`{command}` did not say {line!r} but:\n{answer}"


def run(command: list[str], folder: Path, *, code: int = 0) -> str:
    scripts = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": scripts + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
    answer = done.stdout + done.stderr
    assert done.returncode == code, f"{command[-1]!r} ended with {done.returncode}:\n{answer}"
    return answer
