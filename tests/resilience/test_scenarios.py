"""Scenario files of a small place: what is read from sound ones, and everything that is told of others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.scenarios import ABSENCE, EXIT, FAIL, HAZARD, HEAD, SPREAD, footprint, read, sound, told

from wholeplace.build import build_place
from wholeplace.build.check import check_place
from wholeplace.place import Findings, FindingsError, Place
from wholeplace.place.distributions import Distribution
from wholeplace.resilience import open_scenario, read_scenario

# --- Sound scenarios ---


def test_a_scenario_without_events_is_legal(place: Place) -> None:
    scenario = sound(place, HEAD)
    assert (scenario.id, scenario.settings.name, scenario.settings.horizon_h) == ("bad-day", "A bad day", 72)
    assert (scenario.events, dict(scenario.crews)) == ((), {})
    assert (scenario.settings.background, scenario.settings.start) == (False, None)


def test_settings_and_crews_are_read(place: Place) -> None:
    text = HEAD + "background = true\nstart = 2026-01-15T06:00:00\n\n[crews]\nelectricians = 4\n"
    scenario = sound(place, text)
    assert scenario.settings.background is True
    assert scenario.settings.start == dt.datetime(2026, 1, 15, 6)  # noqa: DTZ001 - hours of the place
    assert dict(scenario.crews) == {"electricians": 4}


def test_items_are_those_that_patterns_and_where_both_mean(place: Place) -> None:
    def items(lines: str) -> tuple[str, ...]:
        return sound(place, f'{HEAD}[[event]]\nkind = "fail"\nat_h = 0\nrepair = 1\n{lines}\n').events[0].items

    assert items('items = ["site:*", "system:email"]') == ("site:hall", "site:shed", "system:email")
    assert items('items = ["system:e*", "system:email"]') == ("system:email",)  # named twice, struck once
    assert items('items = ["*"]\nwhere = "hosting == \'cloud\'"') == ("system:email",)
    assert items('items = ["*:[hl]*"]') == ("site:hall", "system:ledger")
    assert items('items = ["team:*"]\nwhere = "headcount > 5"') == ("team:care",)
    assert items('items = ["system:*"]\nwhere = "id == \'email\'"') == ("system:email",)
    assert items('items = ["site:*"]\nwhere = "hosting == \'cloud\'"') == ()  # a where may match nothing


def test_each_kind_has_its_defaults(place: Place) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(400_000), encoding="utf-8")
    text = HEAD + FAIL + HAZARD + 'footprint = "hazards/flood.geojson"\n' + ABSENCE + SPREAD + EXIT
    fail, hazard, absence, spread, leave = sound(place, text).events
    fixed = Distribution("fixed", (0.0,))
    assert [one.kind for one in (fail, hazard, absence, spread, leave)] == [
        "fail", "hazard", "absence", "spread", "exit"
    ]  # fmt: skip
    assert (fail.section.chance, fail.section.together, dict(fail.times)) == (1.0, False, {"at_h": fixed})
    assert hazard.items == ("site:hall", "site:shed")  # there are no utilities
    assert hazard.footprint is not None
    assert absence.times == {"at_h": fixed, "share": Distribution("beta", (2.0, 8.0)), "lasts": Distribution("never")}
    assert absence.items == ("team:care", "team:roads")
    assert spread.times == {"at_h": fixed, "contain_h": Distribution("never")}
    assert (spread.items, spread.section.applies_to) == (("system:email",), ["system", "dataset"])
    assert leave.times == {"at_h": fixed, "notice_h": fixed}


def test_durations_are_numbers_or_distributions(place: Place) -> None:
    text = HEAD + FAIL.replace("at_h = 0", 'at_h = "uniform(1, 2d)"') + "repair = 1.5\n"
    times = sound(place, text).events[0].times
    assert times == {"at_h": Distribution("uniform", (1.0, 48.0)), "repair": Distribution("fixed", (1.5,))}


# --- Faults: the other side of each rule ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("toml-value", "scenario", None)]),
        ("[scenario]\n", [("toml-value", "scenario.name", None), ("toml-value", "scenario.horizon_h", None)]),
        (HEAD.replace("A bad day", " "), [("required", "scenario.name", " ")]),
        (HEAD.replace("72", "0"), [("out-of-range", "scenario.horizon_h", "0.0")]),
        (HEAD.replace("72", "-1"), [("out-of-range", "scenario.horizon_h", "-1.0")]),
        (HEAD.replace("72", "inf"), [("out-of-range", "scenario.horizon_h", "inf")]),
        (HEAD.replace("72", "nan"), [("out-of-range", "scenario.horizon_h", "nan")]),
        (HEAD.replace("72", '"three days"'), [("toml-value", "scenario.horizon_h", None)]),
        (HEAD + 'start = "soon"\n', [("toml-value", "scenario.start", None)]),
        (HEAD + "[crews]\nplumbers = 4\n", [("unknown-reference", "crews.plumbers", "plumbers")]),
        (HEAD + "[crews]\nelectricians = 0\n", [("out-of-range", "crews.electricians", "0")]),
        (HEAD + "[crews]\nelectricians = 1.5\n", [("toml-value", "crews.electricians", None)]),
        (HEAD + "[event]\nkind = 'fail'\n", [("toml-value", "event", None)]),
        (HEAD + "[[event]]\nat_h = 0\n", [("event-kind", "event.1.kind", None)]),
        (HEAD + FAIL.replace('"fail"', '"fails"'), [("event-kind", "event.1.kind", "fails")]),
    ],
)
def test_faults_of_the_scenario(place: Place, text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert told(place, text) == expected


NO_ITEMS = '[[event]]\nkind = "fail"\nat_h = 0\n'


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (FAIL.replace("at_h = 0\n", ""), [("toml-value", "at_h", None)]),
        (FAIL.replace("at_h = 0", "at_h = -1"), [("distribution", "at_h", "-1")]),
        (FAIL.replace("at_h = 0", "at_h = true"), [("toml-value", "at_h", None)]),
        (FAIL.replace("at_h = 0", 'at_h = "soon"'), [("distribution", "at_h", "soon")]),
        (FAIL + 'repair = "lognormal(median=72)"\n', [("distribution", "repair", "lognormal(median=72)")]),
        (FAIL + 'repair = ""\n', [("required", "repair", None)]),
        (FAIL + "chance = 1.01\n", [("out-of-range", "chance", "1.01")]),
        (FAIL + "chance = -0.1\n", [("out-of-range", "chance", "-0.1")]),
        (FAIL + "chance = nan\n", [("out-of-range", "chance", "nan")]),
        (FAIL + "together = 1\n", [("toml-value", "together", None)]),
        (NO_ITEMS, [("required", "items", None)]),
        (NO_ITEMS + "items = []\n", [("required", "items", None)]),
        (NO_ITEMS + 'items = [1, "system:x"]\n', [("toml-value", "items.1", None), ("unknown-item", "items", "system:x")]),
        (NO_ITEMS + 'items = "system:email"\n', [("toml-value", "items", None)]),
        (NO_ITEMS + 'items = ["system:emial", "system:x*"]\n',
         [("unknown-item", "items", "system:emial"), ("unknown-item", "items", "system:x*")]),
        (NO_ITEMS + 'items = ["SITE:*"]\n', [("unknown-item", "items", "SITE:*")]),  # case counts
        (NO_ITEMS + 'items = ["contract:*"]\n', [("unknown-item", "items", "contract:*")]),  # cannot fail
        (FAIL + 'where = "hosting = 1"\n', [("where", "where", "hosting = 1")]),
        (FAIL + 'where = "hostnig == 1"\n', [("where", "where", "hostnig == 1")]),
        (HAZARD, [("required", "footprint", None)]),
        (HAZARD + 'areas = "no-cars"\n', [("unknown-indicator", "areas", "no-cars")]),
        (HAZARD + 'areas = "residents"\n', [("out-of-range", "areas", "residents")]),  # 100 to 400 people
        (HAZARD + 'areas = "no-car"\napplies_to = ["sites"]\n', [("wrong-kind", "applies_to", "sites")]),
        (ABSENCE.replace("team:*", "site:hall"), [("wrong-kind", "items", "site:hall")]),
        (ABSENCE.replace('share = "beta(2, 8)"\n', ""), [("required", "share", None)]),
        (ABSENCE.replace('"beta(2, 8)"', "1.2"), [("out-of-range", "share", "1.2")]),
        (ABSENCE.replace("beta(2, 8)", "uniform(0, 2)"), [("out-of-range", "share", "uniform(0, 2)")]),
        (ABSENCE.replace("beta(2, 8)", "exponential(0.2)"), [("out-of-range", "share", "exponential(0.2)")]),
        (ABSENCE + 'lasts = "long"\n', [("distribution", "lasts", "long")]),
        (SPREAD.replace("0.02", "-0.02"), [("out-of-range", "chance_per_h", "-0.02")]),
        (SPREAD.replace("chance_per_h = 0.02\n", ""), [("required", "chance_per_h", None)]),
        (SPREAD.replace('start = ["system:email"]\n', ""), [("required", "start", None)]),
        (SPREAD + 'along = "dependancies"\n', [("wrong-kind", "along", "dependancies")]),
        (SPREAD + 'contain_h = "-3"\n', [("distribution", "contain_h", "-3")]),
        (EXIT.replace("supplier:acme", "*:email"), [("wrong-kind", "items", "*:email")]),
        (EXIT + "notice_h = -1\n", [("distribution", "notice_h", "-1")]),
    ],
)  # fmt: skip
def test_faults_of_an_event(place: Place, event: str, expected: list[tuple[str, str, str | None]]) -> None:
    sound_first = HEAD + FAIL
    assert told(place, sound_first + event) == [(rule, f"event.2.{key}", value) for rule, key, value in expected]


@pytest.mark.parametrize(
    "event",
    [
        FAIL + "chance = 0\n",
        FAIL + "chance = 1\n",
        FAIL.replace("at_h = 0", 'at_h = "never"'),
        HAZARD + 'areas = "no-car"\n',
        HAZARD + 'areas = "no-car"\napplies_to = ["team"]\n',
        ABSENCE.replace('"beta(2, 8)"', "1"),
        ABSENCE.replace("beta(2, 8)", "triangular(0, 0.5, 1)"),
        SPREAD.replace("0.02", "0"),
        SPREAD.replace("system:email", "site:hall"),  # what it starts from is struck whatever its kind
    ],
)
def test_the_sound_side_of_each_limit(place: Place, event: str) -> None:
    sound(place, HEAD + event)


def test_a_fail_event_that_nothing_repairs_is_a_warning(place: Place) -> None:
    shed = FAIL.replace("system:email", "site:*")
    _, findings = read(place, HEAD + shed)
    [one] = findings.items
    assert (one.level, one.rule, one.column) == ("warning", "no-repair", "event.1.repair")
    assert "1 thing " in one.message
    assert "site:shed" in one.message  # the hall has a repair of its own
    sound(place, HEAD + shed + "repair = 4\n")
    sound(place, HEAD + FAIL.replace("email", "ledger"))  # `never` is what somebody wrote


def test_keys_that_are_not_known_are_warnings_with_the_nearest(place: Place) -> None:
    _, findings = read(place, HEAD + "horizon = 3\n" + FAIL + "chanse = 1\nlasts = 3\n")
    assert [(one.level, one.rule, one.column) for one in findings.items] == [
        ("warning", "unknown-key", "scenario.horizon"),
        ("warning", "unknown-key", "event.1.chanse"),
        ("warning", "unknown-key", "event.1.lasts"),  # a key of another kind of event
    ]
    assert "'horizon_h'" in findings.items[0].message
    assert "'chance'" in findings.items[1].message


def test_every_problem_is_listed_with_file_event_value_and_advice(place: Place) -> None:
    text = HEAD.replace("72", "0") + FAIL.replace("system:email", "system:emial") + "chance = 2\n"
    text += EXIT.replace("at_h = 0", "at_h = -1") + "\n[crews]\nplumbers = 1\n"
    with pytest.raises(FindingsError) as error:
        read(place, text)
        open_scenario(place, "bad-day")
    assert str(error.value).splitlines() == [
        "the scenario bad-day: 5 problems",
        "  error: scenarios/bad-day.toml, column scenario.horizon_h: `horizon_h` must be above 0: the hours that are "
        "looked at (value '0.0') [out-of-range]",
        "  error: scenarios/bad-day.toml, column crews.plumbers: [crews] names a crew that is not in "
        "registers/crews.csv: 'plumbers'; there are: electricians (value 'plumbers') [unknown-reference]",
        "  error: scenarios/bad-day.toml, column event.1.chance: event 1: `chance` must lie between 0 and 1 "
        "(value '2.0') [out-of-range]",
        "  error: scenarios/bad-day.toml, column event.1.items: event 1: `items` matches nothing in the registers that "
        "can fail; did you mean 'system:email'? (value 'system:emial') [unknown-item]",
        "  error: scenarios/bad-day.toml, column event.2.at_h: event 2: `at_h`: value cannot be below 0 (at letter 1) "
        "(value '-1') [distribution]",
    ]


# --- Files as a whole ---


def test_files_that_are_no_scenario(place: Place) -> None:
    assert told(place, HEAD + "[[event]\n") == [("toml", None, None)]
    assert told(place, HEAD[:-6]) == [("toml", None, None)]  # cut off
    assert told(place, HEAD + '[[event]]\nkind="fail"\n' * 10_001) == [("too-many-events", "event", None)]
    assert told(place, HEAD + "#" * (16 * 1024**2)) == [("too-large", None, None)]


def test_a_scenario_is_found_by_id_or_path(place: Place) -> None:
    read(place, HEAD)
    assert open_scenario(place, place.folder / "scenarios" / "bad-day.toml").id == "bad-day"
    findings = Findings()
    assert read_scenario(place, "bad-dya", findings) is None
    [one] = findings.items
    assert (one.rule, "'bad-day'" in one.message) == ("no-scenario", True)


def test_check_and_build_refuse_a_place_with_a_bad_scenario(folder: Path) -> None:
    def problems() -> list[tuple[str, str | None]]:
        return [(one.rule, one.file) for one in check_place(folder).findings if one.level == "error"]

    file = folder / "scenarios" / "bad-day.toml"
    file.write_text(HEAD + FAIL, encoding="utf-8")
    assert problems() == []
    build_place(folder)
    file.write_text(HEAD + FAIL + "chance = 2\n", encoding="utf-8")
    assert problems() == [("out-of-range", "scenarios/bad-day.toml")]
    with pytest.raises(FindingsError, match="chance"):
        build_place(folder)


def test_a_build_takes_note_of_scenarios_and_hazards_and_computes_no_table_anew(folder: Path) -> None:
    build_place(folder)
    for file, text in {"scenarios/bad-day.toml": HEAD + FAIL, "hazards/curve.csv": "intensity,chance\n0,0\n"}.items():
        (folder / file).write_text(text, encoding="utf-8")
        assert build_place(folder).ran == ["scenario-bad-day", "sentences", "findings"]
        assert build_place(folder).ran == []


def test_a_warning_of_a_scenario_is_an_error_when_strict(folder: Path) -> None:
    (folder / "scenarios" / "Bad_Day.toml").write_text(HEAD + FAIL.replace("system:email", "site:shed"))
    found = {one.rule: one.level for one in check_place(folder, strict=True).findings}
    assert (found["no-repair"], found["id-form"]) == ("error", "error")


def test_a_register_that_cannot_be_read_is_told_of_once(folder: Path) -> None:
    (folder / "scenarios" / "bad-day.toml").write_text(HEAD + FAIL, encoding="utf-8")
    (folder / "registers" / "systems.csv").write_text('id\n"email\n', encoding="utf-8")
    assert [(one.rule, one.file) for one in check_place(folder).findings if one.level == "error"] == [
        ("csv", "registers/systems.csv")
    ]
