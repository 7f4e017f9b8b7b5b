"""Every fault of an index file, or of the values it asks for, is refused in plain words, all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town, write_files

from wholeplace.measure import build_index, open_index
from wholeplace.measure.checking import check_measures
from wholeplace.place import Finding, Findings, FindingsError, Place

VALUES = {"x": [1, 2, 3], "y": [4, 5, 7]}
HEAD = 'id = "test"\nname = "Test"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\n'
NONE = '[normalise]\nmethod = "none"\n'
X = '[[part]]\nid = "x"\nindicator = "x"\nweight = 1\ndirection = "high-is-worse"\n'


def faults(place: Place, index: Any) -> list[Finding]:
    with pytest.raises(FindingsError) as caught:
        build_index(place, index)
    return [finding for finding in caught.value.findings if finding.level == "error"]


def fault(place: Place, *parts: dict[str, Any], **more: Any) -> Finding:
    """The one fault of an index."""
    found = faults(place, index_spec(*parts, **more))
    assert len(found) == 1, found
    return found[0]


def file_faults(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    """Rule and message of every fault of an index file."""
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"indices/test.toml": text})
    return [(finding.rule, finding.message) for finding in faults(place, "test")]


# --- The file ---


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("id = ", "toml", "not valid TOML"),
        (HEAD.replace('name = "Test"\n', "") + NONE + X, "toml-value", "name: is required"),
        (HEAD.replace('"worse"', '"bad"') + NONE + X, "toml-value", "must be one of 'worse' or 'better', not 'bad'"),
        (HEAD + NONE.replace("none", "log") + X, "toml-value", "normalise.method: must be one of"),
        (HEAD + NONE + X.replace("weight = 1", 'weight = "1"'), "toml-value", "part.1.weight"),
        (HEAD + NONE + X.replace("weight = 1", "weight = -1"), "toml-value", "part.1.weight"),
        (HEAD + NONE + X.replace("weight = 1", "weight = inf"), "toml-value", "part.1.weight"),
        (HEAD + NONE, "required", "at least one [[part]]"),
        (HEAD + X, "normalise", "no `method`, here or under [normalise]"),
        (HEAD + NONE + X.replace("weight = 1\n", ""), "required", "part 'x' needs a `weight`"),
        (HEAD + NONE + X.replace('direction = "high-is-worse"\n', ""), "required", "part 'x' needs `direction`"),
        (HEAD + NONE + X.replace("weight = 1", "weight = 0"), "weights-zero", "all weights directly under the index"),
        (HEAD + NONE + X.replace('id = "x"', 'id = "X 1"'), "id-form", "lower-case letters, digits and hyphens"),
        (HEAD + NONE + X + X, "key-twice", "'x' is there 2 times"),
        (HEAD + NONE + '[[part]]\nid = "g"\nweight = 1\n', "part-kind", "needs either `indicator` or parts"),
    ],
)  # fmt: skip
def test_fault_of_the_file(tmp_path: Path, text: str, rule: str, words: str) -> None:
    ((found, message),) = file_faults(tmp_path, text)
    assert found == rule
    assert words in message


def test_part_with_both_an_indicator_and_parts(tmp_path: Path) -> None:
    text = HEAD + NONE + X + X.replace("[[part]]", "[[part.part]]").replace('id = "x"', 'id = "y"')
    ((rule, message),) = file_faults(tmp_path, text)
    assert (rule, message) == (
        "part-kind", "part 'x' needs either `indicator` or parts of its own, not both and not neither"
    )  # fmt: skip


def test_part_that_stands_inside_itself_is_circular(tmp_path: Path) -> None:
    outer = '[[part]]\nid = "g"\nweight = 1\n'
    text = (
        HEAD + NONE + outer + outer.replace("[[part]]", "[[part.part]]") + X.replace("[[part]]", "[[part.part.part]]")
    )
    found = file_faults(tmp_path, text)
    assert ("circular-part", "part 'g' stands inside itself: g > g") in found
    assert {rule for rule, _ in found} == {"circular-part", "key-twice"}


def test_all_faults_of_a_file_are_listed_with_those_of_its_values(tmp_path: Path) -> None:
    """Duplicate ids, no weight, no direction, low above high, an indicator nobody knows: five faults, told at once."""
    text = HEAD + '[normalise]\nmethod = "goalposts"\nlow = 5\nhigh = 3\n' + X.replace("weight = 1\n", "")
    text += X.replace('direction = "high-is-worse"\n', "normalise = { low = 1 }\n")
    text += X.replace('"x"', '"z"').replace("[[part]]", "[[part]]\nnormalise = { low = 1 }")
    rules = [rule for rule, _ in file_faults(tmp_path, text)]
    assert sorted(rules) == ["key-twice", "normalise", "required", "required", "unknown-indicator"]


def test_values_that_cannot_be_used_are_listed_with_all_other_faults(tmp_path: Path) -> None:
    """Each fault once, in its file, and nothing that only follows from another."""
    text = HEAD.replace('name = "Test"\n', "").replace('"worse"', '"bad"') + '[normalise]\nmethod = "min"\nlow = "1"\n'
    text += X.replace("weight = 1", "weight = -1") + X.replace('direction = "high-is-worse"\n', "")
    text += X.replace('"x"', '"z"').replace("high-is-worse", "sideways")
    text += X.replace('id = "x"\n', "") + X.replace('id = "x"', 'id = "c"').replace('"x"', '"constant"')
    text += 'normalise = { method = "z-score", range = [1, "2"] }\n'
    place = open_town(tmp_path, {**VALUES, "constant": [2, 2, 2]})
    write_files(tmp_path, {"indices/test.toml": text})
    found = faults(place, "test")
    assert {finding.file for finding in found} == {"indices/test.toml"}
    assert sorted((finding.rule, finding.column) for finding in found) == [
        ("key-twice", "part.id"),
        ("normalise", "constant"),
        ("required", "part.direction"),
        ("toml-value", "higher_is"),
        ("toml-value", "name"),
        ("toml-value", "normalise.low"),
        ("toml-value", "normalise.method"),
        ("toml-value", "part.1.weight"),
        ("toml-value", "part.3.direction"),
        ("toml-value", "part.4.id"),
        ("toml-value", "part.5.normalise.range.2"),
        ("unknown-indicator", "part.indicator"),
    ]


@pytest.mark.parametrize(
    "text",
    ["part = 1\n" + HEAD, HEAD + "part = [1, 2]\n", HEAD + 'normalise = "rank"\n' + X, "id = 1\n", HEAD + "[part]\n"],
)
def test_what_is_no_index_at_all_is_told_plainly(tmp_path: Path, text: str) -> None:
    found = file_faults(tmp_path, text)
    assert "toml-value" in {rule for rule, _ in found}


def test_faults_of_values_are_told_beside_an_unknown_geography_or_indicator(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": [1, 2, None], "y": [2, 2, 2]})
    parts = (leaf("x"), leaf("y"), leaf("z"))
    rules = [finding.rule for finding in faults(place, index_spec(*parts, normalise={"method": "min-max"}))]
    assert sorted(rules) == ["missing-value", "normalise", "unknown-indicator"]
    rules = [finding.rule for finding in faults(place, index_spec(*parts, geography="b"))]
    assert sorted(rules) == ["unknown-geography", "unknown-indicator"]


def test_unknown_key_is_a_warning_with_the_nearest_one(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"indices/test.toml": HEAD + NONE + X + "wieght = 2\n"})
    (found,) = build_index(place, "test").findings
    assert (found.level, found.rule) == ("warning", "unknown-key")
    assert "the nearest known key is 'weight'" in found.message


def test_aggregate_of_a_leaf_changes_nothing_and_says_so(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    result = build_index(place, index_spec(leaf("x", aggregate={"method": "geometric"})))
    assert [(finding.level, finding.rule) for finding in result.findings] == [("warning", "no-effect")]


def test_index_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"indices/one.toml": HEAD, "indices/two.toml": HEAD})
    (found,) = faults(place, "three")
    assert found.message == "there is no index 'three'; this place has: one, two"
    (no_file,) = faults(place, tmp_path / "nowhere.toml")
    assert no_file.rule == "no-file"


def test_index_can_be_a_path(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"elsewhere/mine.toml": HEAD + NONE + X})
    result = build_index(place, tmp_path / "elsewhere/mine.toml")
    assert result.frame["score"].to_list() == [1, 2, 3]
    assert open_index(tmp_path, str(tmp_path / "elsewhere/mine.toml")).id == "test"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "goalposts"}, "needs `low` and `high`"),
        ({"method": "goalposts", "low": 3, "high": 3}, "`low` (3) must be below `high` (3)"),
        ({"method": "log-goalposts", "low": 0, "high": 3}, "`low` above 0"),
        ({"method": "min-max", "range": [1, 1]}, "two numbers, the lower first"),
        ({"method": "min-max", "range": [1]}, "two numbers, the lower first"),
        ({"method": "exponential-rank", "constant": 0}, "`constant` must be above 0"),
    ],
)
def test_fault_of_the_normalisation(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    place = open_town(tmp_path, VALUES)
    assert words in fault(place, leaf("x"), normalise=settings).message
    own = fault(place, leaf("x"), leaf("y", normalise=settings))
    assert words in own.message
    assert own.message.startswith("part 'y'")
    assert words in fault(place, group("g", 1, [leaf("x")], renormalise=settings)).message


def test_renormalise_needs_parts(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, VALUES), leaf("x", renormalise={"method": "rank"}))
    assert found.rule == "part-kind"


def test_weights_of_every_level_are_checked(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, VALUES), group("g", 1, [leaf("x", 0), leaf("y", 0)]))
    assert (found.rule, found.value) == ("weights-zero", "g")


def test_one_weight_of_zero_is_no_fault(tmp_path: Path) -> None:
    result = build_index(open_town(tmp_path, VALUES), index_spec(leaf("x", 0), leaf("y", 1)))
    assert result.frame["score"].to_list() == [4, 5, 7]


def test_impute_needs_to_know_from_where(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, VALUES), leaf("x"), aggregate={"missing": "impute"})
    assert (found.rule, found.column) == ("required", "aggregate.impute_from")


# --- The values ---


def test_unknown_geography_lists_those_that_are_there(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, VALUES), leaf("x"), geography="b")
    assert found.message == "there is no geography 'b'; this place has: a"


def test_unknown_indicator_is_named_with_its_part(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, VALUES), leaf("x"), leaf("z"))
    assert (found.rule, found.message) == ("unknown-indicator", "part 'z': 'z' is not in indicators.csv")


def test_missing_period_lists_those_that_are_there(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    found = fault(place, leaf("x"), period="2020")
    assert found.message == "part 'x': 'x' has no values for the period '2020'; there are: 2021"
    assert "no period (none is given); there are: 2021" in fault(place, leaf("x"), period="").message


def test_nothing_falls_back_to_another_period(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    assert fault(place, leaf("x"), leaf("y", period="2019")).rule == "no-period"


def test_no_values_names_the_look_up_and_from(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES, people=[1, 2, 3], wards=["W1", "W1", "W2"])
    found = fault(place, leaf("x"), geography="w")
    assert found.message == (
        "part 'x': 'x' has no values on w; the look-up from a to w (areas/a_w.csv) could carry them there: "
        'ask for it with `from = "a"`'
    )


def test_no_values_without_a_look_up(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES, people=[1, 2, 3], wards=["W1", "W1", "W2"])
    found = fault(place, leaf("x", **{"from": "w"}))
    assert "no values on w" in found.message
    back = fault(place, leaf("x", **{"from": "b"}))
    assert back.message == "part 'x': `from` names a geography that is not there: 'b'"


def test_look_up_without_population_says_what_is_lacking(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES, wards=["W1", "W1", "W2"])
    found = fault(place, leaf("x", **{"from": "a"}), geography="w")
    assert found.message == "part 'x': moving it from a to w needs the population of a, which is not known"


def test_one_area_is_no_index(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, {"x": [1]}), leaf("x"))
    assert (found.rule, found.message) == (
        "one-area", "a has 1 area(s); an index compares areas and needs two or more"
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["error", "drop-part", "impute"])
def test_all_values_missing(tmp_path: Path, missing: str) -> None:
    place = open_town(tmp_path, {"x": [1, 2], "y": [None, "*"]}, people=[1, 1], wards=["W1", "W1"])
    found = fault(place, leaf("x"), leaf("y"), aggregate={"missing": missing, "impute_from": "w"})
    assert found.message == "part 'y': every value of 'y' in 2021 is missing or suppressed"


def test_missing_values_are_an_error_by_default_and_areas_are_named(tmp_path: Path) -> None:
    found = fault(open_town(tmp_path, {"x": [1, None, "*", 4]}), leaf("x"))
    assert found.message == (
        "part 'x': 'x' has no value in 2 areas (1 suppressed): A02, A03; set `missing` under [aggregate] to drop-part "
        "or impute, or complete the table"
    )


def test_group_all_of_whose_parts_are_dropped_is_missing_above(tmp_path: Path) -> None:
    """The group may drop parts, the index may not: an area without the group has no score, which is an error."""
    place = open_town(tmp_path, {"x": [1, None], "y": [1, 2]})
    own = group("g", 1, [leaf("x")], aggregate={"missing": "drop-part"})
    found = fault(place, own, leaf("y"))
    assert found.message == (
        "part 'g' has no score in A02, as all its parts are missing; set `missing` of the level above it to drop-part"
    )


def test_constant_column(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": [3, 3, 3]})
    for method in ("min-max", "z-score"):
        found = fault(place, leaf("x"), normalise={"method": method})
        assert found.message.startswith(f"part 'x' cannot be normalised by {method}: every value is 3")


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_score_not_above_zero_names_area_and_part(tmp_path: Path, method: str) -> None:
    place = open_town(tmp_path, {"x": [1, 2, 3], "y": [1, 2, 3]})
    parts = [leaf("x"), leaf("y", direction="high-is-better")]
    own = faults(place, index_spec(*parts, normalise={"method": "min-max"}, aggregate={"method": method}))
    assert [(finding.column, finding.value) for finding in own] == [("x", "A01"), ("y", "A03")]
    assert own[0].message == (
        f"part 'x' has a score of 0 in area A01, and a {method} mean needs scores above 0. Use an arithmetic mean or a "
        "normalisation whose range starts above 0"
    )


def test_combined_score_that_cannot_be_normalised_again(tmp_path: Path) -> None:
    parts = [leaf("x"), leaf("y", direction="high-is-better")]
    place = open_town(tmp_path, {"x": [1, 2], "y": [1, 2]})
    found = fault(place, group("g", 1, parts, renormalise={"method": "min-max"}))
    assert found.message == (
        "the score of part 'g' cannot be normalised again: every value is 0, and min-max cannot spread one value out"
    )


@pytest.mark.parametrize(
    ("wards", "people", "impute_from", "words"),
    [
        (["W1", "W1", "W2"], [1, 2, 3], "w", "cannot be imputed in A03, as no area of the same w has a value"),
        (["W1", "W2", "W2"], [1, 0, 3], "w", "cannot be imputed in A03"),  # nobody lives in A02
        (["W1", "W2", "W2"], None, "w", "no population is known"),
        (["W1", "W2", "W2"], [1, 2, 3], "d", "no look-up leads from a to 'd'"),
    ],
)
def test_what_cannot_be_imputed(tmp_path: Path, wards: Any, people: Any, impute_from: str, words: str) -> None:
    place = open_town(tmp_path, {"x": [1, 2, None]}, wards=wards, people=people)
    found = fault(place, leaf("x"), aggregate={"missing": "impute", "impute_from": impute_from})
    assert words in found.message


# --- The check of a place ---


def test_check_reports_every_index_with_its_file(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    broken = HEAD.replace('"test"', '"broken"') + NONE + X.replace("weight = 1", "weight = 0")
    lost = HEAD.replace('"test"', '"lost"') + NONE + X.replace('indicator = "x"', 'indicator = "z"')
    files = {"indices/good.toml": HEAD + NONE + X, "indices/broken.toml": broken, "indices/lost.toml": lost}
    write_files(tmp_path, files)
    findings = Findings()
    assert list(check_measures(place, findings)) == ["good"]
    told = [(finding.level, finding.file, finding.rule) for finding in findings.items]
    assert told == [
        ("error", "indices/broken.toml", "weights-zero"),
        ("warning", "indices/good.toml", "id-form"),
        ("error", "indices/lost.toml", "unknown-indicator"),
    ]


def test_check_builds_no_index_from_a_file_with_faults(tmp_path: Path) -> None:
    """Two files without an id are not two of one id, and what stands in for a weight is not built with."""
    place = open_town(tmp_path, VALUES)
    text = HEAD.replace('id = "test"\n', "") + NONE + X
    write_files(tmp_path, {"indices/one.toml": text, "indices/two.toml": text.replace("weight = 1", "weight = -1")})
    findings = Findings()
    assert check_measures(place, findings) == {}
    assert [(finding.level, finding.file, finding.column) for finding in findings.items] == [
        ("error", "indices/one.toml", "id"),
        ("error", "indices/two.toml", "id"),
        ("error", "indices/two.toml", "part.1.weight"),
    ]


def test_check_reports_two_indices_of_one_id(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"indices/test.toml": HEAD + NONE + X, "indices/two.toml": HEAD + NONE + X})
    findings = Findings()
    check_measures(place, findings)
    assert [(finding.level, finding.file, finding.rule) for finding in findings.items] == [
        ("error", "indices/two.toml", "id-twice")
    ]
