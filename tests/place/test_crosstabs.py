"""[[grouping]] and [[crosstab]] of place.toml: what they give, and every fault they can have."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import INDICATORS, LOOKUP, TABLE, changed, check, errors, only, read, told, toml, where, write_place

FILE = "indicators/values/cross.csv"
GROUPINGS = """
[[grouping]]
id = "age"
name = "Age"
members = { residents-65-plus = "older people" }
whole = "residents"

[[grouping]]
id = "disability"
name = "Disability"
members = { disabled = "disabled people" }
"""
SINGLE = """
[[values]]
file = "indicators/values/single.csv"
geography = "area"
period = "2021"
columns = { area = "code", indicator = "what", count = "count", denominator = "total" }
"""
CROSSTAB = """
[[crosstab]]
id = "age-by-disability"
name = "Age by disability"
file = "indicators/values/cross.csv"
geography = "area"
period = "2021"
columns = { area = "code", age = "age", disability = "disability", count = "count" }
suppressed = ["*"]
source = "Count 2021"
[crosstab.names.age]
"65+" = "older people"
[crosstab.names.disability]
"Yes" = "disabled people"
"""
MORE = INDICATORS + (
    "residents-65-plus,Older,count,people,none,Census,Open\ndisabled,Disabled,proportion,share,none,Census,Open\n"
)
#: Area -> under 65 not disabled, under 65 disabled, 65 and over not disabled, 65 and over disabled.
CELLS = {"A1": (60, 10, 18, 12), "A2": (150, 20, 20, 10), "A3": (240, 20, 25, 15), "A4": (300, 40, 40, 20)}
KINDS = [("0-64", "No"), ("0-64", "Yes"), ("65+", "No"), ("65+", "Yes")]


def rows() -> list[str]:
    return [
        f"{area},{age},{disabled},{count}"
        for area, counts in CELLS.items()
        for (age, disabled), count in zip(KINDS, counts, strict=True)
    ]


def single() -> str:
    lines = ["code,what,count,total"]
    for area, (_, young, old, both) in CELLS.items():
        total = sum(CELLS[area])
        lines += [f"{area},residents-65-plus,{old + both},", f"{area},disabled,{young + both},{total}"]
    return "\n".join(lines) + "\n"


def place(tmp_path: Path, *, sections: str = GROUPINGS + CROSSTAB, cross: list[str] | None = None,
          head: str = "code,age,disability,count") -> Path:  # fmt: skip
    content = "\n".join([head, *(rows() if cross is None else cross)]) + "\n"
    return write_place(
        tmp_path,
        {
            "place.toml": toml(TABLE, LOOKUP, SINGLE, sections),
            "indicators/indicators.csv": MORE,
            "indicators/values/single.csv": single(),
            FILE: content,
        },
    )


def test_a_cross_table_is_read_with_its_categories_named_and_agrees_with_the_single_figures(tmp_path: Path) -> None:
    found, findings = read(place(tmp_path))
    assert [str(one) for one in findings.items] == []
    assert found.groupings["age"].members == {"residents-65-plus": "older people"}
    [table] = found.crosstabs
    assert (table.groupings, table.period, table.source) == (("age", "disability"), "2021", "Count 2021")
    cells = {(row["area"], row["age"], row["disability"]): row["count"] for row in table.frame.iter_rows(named=True)}
    assert len(cells) == 16
    assert cells["A1", "older people", "disabled people"] == 12
    assert cells["A4", "0-64", "No"] == 300
    assert set(table.frame["status"]) == {"A"}


def test_suppressed_missing_and_nought_are_three_things(tmp_path: Path) -> None:
    lines = [line.replace("A1,65+,Yes,12", "A1,65+,Yes,*").replace("A2,65+,Yes,10", "A2,65+,Yes,0") for line in rows()]
    lines = [line for line in lines if not line.startswith("A3,65+,Yes")]
    found, findings = read(place(tmp_path, cross=lines))
    frame = found.crosstabs[0].frame.filter(age="older people", disability="disabled people").sort("area")
    assert frame["status"].to_list() == ["Q", "A", "O", "A"]
    assert frame["count"].to_list() == [None, 0, None, 20]
    assert "1 combination" in only(findings, "no-row").message


def test_rows_of_other_areas_are_counted_and_left_out(tmp_path: Path) -> None:
    found, findings = read(place(tmp_path, cross=[*rows(), "Z9,65+,Yes,7"]))
    assert errors(findings) == []
    assert found.rows_outside[FILE] == 1
    assert "Z9" not in found.crosstabs[0].frame["area"]


@pytest.mark.parametrize(
    ("line", "by", "rule", "value"),
    [
        ("A1,65+,Yes,12", "A1,65+,Yes,-12", "negative-count", "-12"),
        ("A1,65+,Yes,12", "A1,65+,Yes,some", "not-number", "some"),
        ("A1,65+,Yes,12", "A1,,Yes,12", "required", ""),
        ("A1,65+,Yes,12", ",65+,Yes,12", "required", ""),
        ("A1,65+,Yes,12", "a1,65+,Yes,12", "code-alike", "a1"),
        ("A1,65+,Yes,12", "A1,65+,Yes,12\nA1,65+,Yes,13", "key-twice", "A1"),
    ],
)
def test_faults_of_cells(tmp_path: Path, line: str, by: str, rule: str, value: str) -> None:
    lines = [by if one == line else one for one in rows()]
    finding = only(check(place(tmp_path, cross=lines)), rule)
    assert (finding.level, finding.file, finding.value) == ("error", FILE, value)
    assert finding.row == (6 if rule == "key-twice" else 5)


def test_no_row_of_the_place_is_an_error(tmp_path: Path) -> None:
    assert "no-join" in errors(check(place(tmp_path, cross=["Z1,65+,Yes,1", "Z1,65+,No,2"])))


def test_rows_of_totals_are_refused(tmp_path: Path) -> None:
    totals = [f"{area},All,{disabled},{a + b}" for area, (young, y, old, o) in CELLS.items()
              for disabled, a, b in (("No", young, old), ("Yes", y, o))]  # fmt: skip
    finding = only(check(place(tmp_path, cross=[*rows(), *totals])), "crosstab-total")
    assert where(finding) == ("error", FILE, None, "age", "All")


def test_sums_that_disagree_with_the_single_figures_are_a_warning_that_says_where_most(tmp_path: Path) -> None:
    lines = [one.replace("A4,65+,Yes,20", "A4,65+,Yes,29").replace("A1,65+,No,18", "A1,65+,No,19") for one in rows()]
    found = told(check(place(tmp_path, cross=lines)), "crosstab-margin")
    assert [(one.level, one.value) for one in found] == [("warning", "older people"), ("warning", "disabled people")]
    assert "2 areas" in found[0].message
    assert "A4, 69 against 60" in found[0].message
    assert "1 area" in found[1].message


def test_a_sum_with_a_hidden_cell_disagrees_only_when_what_is_shown_is_too_much(tmp_path: Path) -> None:
    hidden = [one.replace("A1,65+,Yes,12", "A1,65+,Yes,*") for one in rows()]
    assert told(check(place(tmp_path / "one", cross=hidden)), "crosstab-margin") == []
    too_much = [one.replace("A1,65+,No,18", "A1,65+,No,31") for one in hidden]
    assert "A1, 31 against 30" in only(check(place(tmp_path / "two", cross=too_much)), "crosstab-margin").message


def test_categories_that_no_group_is_called_are_a_warning(tmp_path: Path) -> None:
    sections = changed(lambda text: text.replace('"65+" = "older people"', '"65+" = "old"'), GROUPINGS + CROSSTAB)
    assert "[crosstab.names]" in only(check(place(tmp_path, sections=sections)), "crosstab-label").message


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ('disability = "disability", count', 'count', "required"),  # one grouping is no cross-table
        (', count = "count"', "", "required"),
        ('area = "code", age', 'age', "required"),
        ('disability = "disability"', 'tenure = "disability"', "unknown-grouping"),
        ('[crosstab.names.age]', '[crosstab.names.tenure]', "unknown-grouping"),
        ('disability = "disability"', 'disability = "nowhere"', "no-column"),
        ('file = "indicators/values/cross.csv"', 'file = "nowhere.csv"', "no-file"),
        ('geography = "area"', 'geography = "nowhere"', "unknown-geography"),
        ('members = { disabled = "disabled people" }', 'members = { nobody = "disabled people" }', "unknown-indicator"),
        ('members = { disabled = "disabled people" }', "members = {}", "required"),
        ('members = { disabled = "disabled people" }', 'members = { no-car = "x", disabled = "x" }', "group-label"),
        ('whole = "residents"', 'whole = "disabled"', "group-kind"),
        ('id = "disability"', 'id = "age"', "id-twice"),
        ('id = "age"', 'id = "count"', "grouping-id"),
    ],
)  # fmt: skip
def test_faults_of_sections(tmp_path: Path, before: str, after: str, rule: str) -> None:
    sections = changed(lambda text: text.replace(before, after, 1), GROUPINGS + CROSSTAB)
    report = check(place(tmp_path, sections=sections))
    assert rule in errors(report)


def test_a_member_that_counts_nobody_and_two_tables_of_one_id_are_errors(tmp_path: Path) -> None:
    extra = MORE + "score,Score,score,points,none,Census,Open\n"
    sections = GROUPINGS.replace("disabled = ", 'score = "scored", disabled = ') + CROSSTAB + CROSSTAB
    folder = place(tmp_path, sections=sections)
    (folder / "indicators/indicators.csv").write_text(extra, encoding="utf-8")
    report = check(folder)
    assert only(report, "group-kind").value == "score"
    assert only(report, "id-twice").column == "crosstab.id"


def test_a_name_for_a_text_that_no_row_has_is_a_warning(tmp_path: Path) -> None:
    sections = (GROUPINGS + CROSSTAB).replace('"Yes" = "disabled people"', '"Yes" = "disabled people"\n"?" = "unknown"')
    assert only(check(place(tmp_path, sections=sections)), "name-unused").value == "?"
