"""The reference names every command, option, key, column and rule that the code has, and none that it has not."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import pytest

from wholeplace.cli import cli
from wholeplace.measure.index_spec import (
    AggregateSection,
    IndexSpec,
    MissingSection,
    NormaliseSection,
    PartSection,
    UncertaintySection,
)
from wholeplace.measure.portraits import BarSpec, DemandSection, DimensionSection, MeasureSection, PortraitSpec
from wholeplace.place.config import (
    CrosstabSection,
    DisclosureSection,
    ExemptSection,
    GeographySection,
    GroupingSection,
    LookupColumns,
    LookupSection,
    PlaceSection,
    PostcodeColumns,
    PostcodeSection,
    PublishSection,
    Section,
    TableSection,
    ValuesColumns,
    ValuesSection,
)
from wholeplace.place.indicators import CI_METHODS, MOVES_UP, POLARITIES, VALUE_TYPES, Indicator
from wholeplace.resilience.scenarios.sections import (
    AbsenceSection,
    ExitSection,
    FailSection,
    HazardSection,
    ScenarioSection,
    SpreadSection,
)

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SOURCE = Path(__file__).parents[2] / "src" / "wholeplace"
ROOMS = ("place", "measure", "build", "records", "resilience", "publish")
LEVELS = ("error", "warning", "notice")
#: What gives a finding without its level beside it: these are errors; `tell`, of doubtful figures, warns.
SAYS = {"UnreadableError": "error", "refusing_damage": "error", "fault": "error", "tell": "warning"}
RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its rank or higher."""
    start = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert start, f"no heading {heading!r}"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


# --- Commands ---


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, *above, name)
            else:
                yield " ".join(("wholeplace", *above, name)), command


@pytest.mark.parametrize(("name", "command"), list(commands(cli)), ids=lambda one: one if isinstance(one, str) else "")
def test_every_command_is_documented_with_every_option(name: str, command: click.Command) -> None:
    about = section(page("commands.md"), f"`{name}`")
    options = {option for one in command.params for option in one.opts if option.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]*", about)) == options
    usage = re.search(rf"`{name}([^`]*)`", about)
    arguments = [one.metavar or one.human_readable_name for one in command.params if isinstance(one, click.Argument)]
    assert usage
    assert re.findall(r"[A-Z]+", usage[1]) == [word for one in arguments for word in one.strip("[]").upper().split("|")]
    assert command.help
    assert "Example:" in command.help


# --- place.toml, indicators.csv and the index file ---


def keys(model: type[Section]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def words(annotation: Any) -> set[str]:
    """The words that a key allows, where it allows only some."""
    if get_origin(annotation) is Literal:
        return {word for word in get_args(annotation) if isinstance(word, str) and word}
    return set().union(*map(words, get_args(annotation)))


@pytest.mark.parametrize(
    ("file", "heading", "models"),
    [
        ("place-folder.md", "`[place]`", [PlaceSection]),
        ("place-folder.md", "`[[geography]]`", [GeographySection]),
        ("place-folder.md", "`[[lookup]]`", [LookupSection, LookupColumns]),
        ("place-folder.md", "`[[table]]`: a wide table", [TableSection]),
        ("place-folder.md", "`[[values]]`: a long table", [ValuesSection, ValuesColumns]),
        ("place-folder.md", "`[[postcode]]`", [PostcodeSection, PostcodeColumns]),
        ("place-folder.md", "`[[grouping]]`: who is in which group", [GroupingSection]),
        ("place-folder.md", "`[[crosstab]]`: two groups at once", [CrosstabSection]),
        ("place-folder.md", "`[disclosure]`: what is hidden before publishing", [DisclosureSection]),
        ("place-folder.md", "`[[disclosure.exempt]]`: what is open already", [ExemptSection]),
        ("place-folder.md", "`[publish]`: what the catalogue says of itself", [PublishSection]),
        ("index-file.md", "Keys at the top", [IndexSpec]),
        ("index-file.md", "`[normalise]`", [NormaliseSection]),
        ("index-file.md", "`[aggregate]`", [AggregateSection]),
        ("index-file.md", "`[uncertainty]`", [UncertaintySection]),
        ("index-file.md", "`[[part]]`", [PartSection]),
        ("index-file.md", "`[[missing]]`", [MissingSection]),
        ("portrait-files.md", "`[[dimension]]`", [DimensionSection]),
        ("portrait-files.md", "`[[dimension.measure]]`", [MeasureSection]),
        ("portrait-files.md", "`[[demand]]`", [DemandSection]),
        ("portrait-files.md", "Portrait", [PortraitSpec]),
        ("portrait-files.md", "Bar", [BarSpec]),
        ("scenario-file.md", "`[scenario]`", [ScenarioSection]),
        ("scenario-file.md", "`fail`: things fail", [FailSection]),
        ("scenario-file.md", "`hazard`: things fail where something harmful is", [HazardSection]),
        ("scenario-file.md", "`absence`: members of teams are away", [AbsenceSection]),
        ("scenario-file.md", "`spread`: from thing to thing", [SpreadSection]),
        ("scenario-file.md", "`exit`: suppliers stop", [ExitSection]),
    ],
)
def test_every_key_is_documented_with_the_words_it_allows(file: str, heading: str, models: list[type[Section]]) -> None:
    about = section(page(file), heading)
    sections = {"normalise", "aggregate", "uncertainty", "part"} if models == [IndexSpec] else set()
    wanted = [key for model in models for key in keys(model) if key not in sections]
    assert [key for key in wanted if not re.search(rf"[`{{ ]{key}[`, }}=]", about)] == []
    allowed = set().union(*(words(field.annotation) for model in models for field in model.model_fields.values()))
    assert sorted(word for word in allowed if f"`{word}`" not in page(file) and f'"{word}"' not in page(file)) == []
    if len(models) == 1:  # and no key that there is not
        assert set(re.findall(r"^\| `([a-z_0-9]+)`", about, re.MULTILINE)) <= set(keys(models[0]))


def test_every_column_of_indicators_csv_is_documented_with_the_words_it_allows() -> None:
    about = section(page("place-folder.md"), "indicators.csv")
    columns = [field.name for field in fields(Indicator)]
    named = re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"^\| ([^|]+) \|", about, re.MULTILINE)))
    assert named == columns
    allowed = [*VALUE_TYPES, *POLARITIES, *CI_METHODS, *MOVES_UP]
    assert [word for word in allowed if f"`{word}`" not in about] == []


# --- Findings ---


def constants(node: ast.expr) -> Iterator[str]:
    """The texts an argument can be; a text with a part filled in is a pattern."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"[a-z0-9]+" for one in node.values
        )


def calls() -> Iterator[tuple[str, list[ast.expr]]]:
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    yield name, node.args


def said() -> dict[str, set[str]]:
    """The rules (patterns) the code gives, each with the levels it gives them where that is written beside."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, arguments in calls():
        if name not in {*LEVELS, *SAYS, "several", "cells"} or not arguments:
            continue
        first, *rest = arguments
        levels = {level for level in constants(first) if level in LEVELS}
        if levels or name in {"several", "cells"}:  # the level comes first, then the rule
            first = rest[0]
        else:
            levels = {SAYS.get(name, name)}
        for rule in constants(first):
            found[rule] |= levels
    return {
        rule: levels
        for rule, levels in found.items()
        if RULE.fullmatch(rule.replace("\\", "").replace("[a-z0-9]+", "x"))
    }


def documented() -> dict[str, str]:
    """The rules of the reference with the levels it says, in one row or several."""
    found: dict[str, str] = defaultdict(str)
    for names, levels in re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", page("findings.md"), re.MULTILINE):
        for rule in re.findall(r"`([^`]+)`", names):
            found[rule] += levels
    return found


def test_every_rule_of_the_check_is_documented_with_its_level() -> None:
    rules, known = said(), documented()
    assert len(rules) > 80
    for rule, levels in rules.items():
        matching = [name for name in known if re.fullmatch(rule, name)]
        assert matching, f"{rule} is not in findings.md"
        for name in matching if "[" not in rule else []:
            assert {level for level in levels if level not in known[name]} == set(), name


def test_no_rule_is_documented_that_the_code_does_not_have() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for room in ROOMS for path in (SOURCE / room).rglob("*.py"))
    patterns = [rule for rule in said() if "[" in rule]
    absent = [
        rule for rule in documented() if f'"{rule}"' not in code and not any(re.fullmatch(p, rule) for p in patterns)
    ]
    assert absent == []
