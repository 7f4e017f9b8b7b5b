"""The changes of mitigations: how they are written, and that they name what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.registers import found, spot

from wholeplace.place.registers.changes import Change, ChangeError, parse_changes

#: What stands under every test: a service that needs one of two utilities, and a phone line without a group.
PLACE = {
    "services": "id\nmeals\ncalls\n",
    "utilities": "id\ngrid\ngenerator\nmobile\n",
    "systems": "id\nemail\n",
    "sites": "id\nhall\n",
    "crews": "id,size\nit,1\n",
    "suppliers": "id\nacme\n",
    "dependencies": "dependent,provider,group\nservice:meals,utility:grid,power\nservice:meals,utility:generator,power\n"
    "service:calls,utility:mobile,\n",
}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("service:meals.rto_h = 8", [Change("=", "service:meals", "rto_h", "8")]),
        ("system:email.repair = fixed(4)", [Change("=", "system:email", "repair", "fixed(4)")]),
        ("crew:it.size += 2", [Change("+=", "crew:it", "size", "2")]),
        ("site:hall.vulnerability *= 0.2", [Change("*=", "site:hall", "vulnerability", "0.2")]),
        ("crew:it.size+=2", [Change("+=", "crew:it", "size", "2")]),
        (
            "system:email.repair = lognormal(median=8, p95=30)",
            [Change("=", "system:email", "repair", "lognormal(median=8, p95=30)")],
        ),
        (
            "dependency(service:meals, power).tolerance_h = 72",
            [Change("=", "service:meals", "tolerance_h", "72", dependency=True, group="power")],
        ),
        (
            "dependency(service:calls, provider=utility:mobile).tolerance_h *= 2",
            [Change("*=", "service:calls", "tolerance_h", "2", dependency=True, provider="utility:mobile")],
        ),
        (
            "add dependency(service:calls, telecoms, provider=utility:mobile)",
            [Change("add", "service:calls", dependency=True, group="telecoms", provider="utility:mobile")],
        ),
        (
            "add dependency(service:calls, provider=utility:grid)",
            [Change("add", "service:calls", dependency=True, provider="utility:grid")],
        ),
        ("crew:it.size = 2; ;site:hall.repair=never;", [Change("=", "crew:it", "size", "2"), Change("=", "site:hall", "repair", "never")]),
        ("", []),
    ],
)  # fmt: skip
def test_what_may_be_written(text: str, changes: list[Change]) -> None:
    assert parse_changes(text) == changes


@pytest.mark.parametrize(
    ("text", "letter", "words"),
    [
        ("buy a generator", 1, "is no change"),
        ("service:meals.rto_h", 1, "is no change"),
        ("service:meals.rto_h =", 22, "gives no value to rto_h"),
        ("meals.rto_h = 8", 1, "names neither a thing"),
        ("service:meals.rto_h -= 8", 1, "is no change"),
        ("crew:it.size = 2; meals.rto_h = 8", 19, "names neither a thing"),
        ("dependency(service:meals).tolerance_h = 72", 1, "a dependency is"),
        ("dependency(meals, power).tolerance_h = 72", 12, "'meals' is not the name of a thing"),
        ("dependency(service:meals, power, more).tolerance_h = 72", 34, "a dependency is"),
        ("dependency(service:meals, power, provider=utility:grid).tolerance_h = 72", 1, "both a group and a provider"),
        ("dependency(service:meals, provider=).tolerance_h = 72", 27, "a dependency is"),
        ("add dependency(service:calls, telecoms)", 1, "needs a provider="),
        ("add service:calls", 5, "names neither a thing"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, letter: int, words: str) -> None:
    with pytest.raises(ChangeError) as fault:
        parse_changes(text)
    assert words in str(fault.value)
    assert str(fault.value).endswith(f"(at letter {letter})")


@pytest.mark.parametrize(
    "text",
    [
        "service:meals.rto_h = 8; system:email.repair = fixed(4); crew:it.size += 2",
        "site:hall.vulnerability *= 0.2",
        "dependency(service:meals, power).tolerance_h = 72",
        "dependency(service:calls, provider=utility:mobile).degraded_to = 0.5",
        "add dependency(service:calls, telecoms, provider=utility:grid)",
        "system:email.supplier = acme",
        "dependency(service:meals, power).required = 2",
    ],
)
def test_sound_changes(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, **PLACE, mitigations=f'id,changes\none,"{text}"\n') == []


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("service:none.rto_h = 8", "service:none", "not in registers/services.csv"),
        ("thing:meals.rto_h = 8", "thing:meals", "names no thing"),
        ("service:meals.rot_h = 8", "rot_h", "no such field"),
        ("service:meals.id = other", "id", "no such field"),
        ("service:meals.rto_h = soon", "soon", "is no number"),
        ("service:meals.rto_h *= half", "half", "is no number"),
        ("system:email.repair += 2", "repair", "is no number, so"),
        ("system:email.repair = uniform(6, 2)", "uniform(6, 2)", "max must be at least min"),
        ("system:email.supplier = bolt", "bolt", "not in registers/suppliers.csv"),
        ("dependency(service:none, power).tolerance_h = 1", "service:none", "not in registers/services.csv"),
        ("dependency(service:meals, water).tolerance_h = 1", "water", "no group of this name"),
        ("dependency(service:meals, provider=utility:grid).tolerance_h = 1", "utility:grid", "no row without a group"),
        ("dependency(service:meals, power).degraded_to = 1", "1", "must lie between 0 and 1"),
        ("dependency(service:meals, power).provider = utility:mobile", "provider", "no such field"),
        (
            "add dependency(service:calls, telecoms, provider=utility:none)",
            "utility:none",
            "not in registers/utilities",
        ),
        ("add dependency(service:calls, telecoms, provider=crew:it)", "crew:it", "must be the name of a thing"),
    ],
)
def test_changes_of_what_is_not_there(tmp_path: Path, text: str, value: str, words: str) -> None:
    [one] = found(tmp_path, **PLACE, mitigations=f'id,changes\nfirst,\none,"{text}"\n')
    assert (one.level, one.rule, *spot(one)) == ("error", "changes", "mitigations", 3, "changes", value)
    assert words in one.message
