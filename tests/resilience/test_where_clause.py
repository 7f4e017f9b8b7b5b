"""Conditions on what a register says: each expected row is read off the table by eye."""

from __future__ import annotations

import polars as pl
import pytest

from wholeplace.resilience.scenarios.where_clause import Comparison, WhereError, parse_where

COLUMNS = {
    "id": pl.Series(["a", "b", "c", "d"]),
    "hosting": pl.Series(["cloud", "supplier", "", " cloud "]),
    "size": pl.Series(["10", "9", "", "many"]),
}


def rows(text: str) -> str:
    """The ids for which a condition holds."""
    mask = parse_where(text).holds(COLUMNS)
    return "".join(COLUMNS["id"].filter(mask))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hosting == 'cloud'", "ad"),
        ('hosting == "cloud"', "ad"),
        ("hosting != 'cloud'", "bc"),  # c is blank, which satisfies only !=
        ("hosting == ''", ""),  # a blank field does not even equal nothing
        ("hosting != ''", "abcd"),
        ("hosting == 'Cloud'", ""),  # case counts
        ("hosting > 'd'", "b"),
        ("hosting < 'd'", "ad"),
        ("size > 9", "a"),  # as numbers: 9 is not above itself, a blank and a word are not above anything
        ("size < 10", "b"),
        ("size == 9.0", "b"),
        ("size != 9", "acd"),
        ("size < '9'", "a"),  # as text: "10" comes before "9", "many" after
        ("size > -1", "ab"),
        ("size>9and hosting=='cloud'", None),  # `9and` is no number
        ("size > 9 and hosting == 'supplier'", ""),
        # `and` binds closer: (supplier) or (cloud and 10); read the other way, b would have to be of size 10
        ("hosting == 'supplier' or hosting == 'cloud' and size == 10", "ab"),
        ("hosting == 'cloud' and size == 10 or hosting == 'supplier'", "ab"),
        ("id == 'x and y' or id == 'b'", "b"),  # a word in quotes is no operator
    ],
)
def test_which_rows_it_holds_for(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(WhereError):
            parse_where(text)
    else:
        assert rows(text) == expected


def test_what_is_read() -> None:
    where = parse_where("a == 'x' and b < 2 or a != '1'")
    assert where.any_of == ((Comparison("a", "==", "x"), Comparison("b", "<", 2.0)), (Comparison("a", "!=", "1"),))
    assert where.fields == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a comparison is missing, such as hosting == 'cloud' (at letter 1)"),
        ("hosting", "one of ==, !=, <, > is missing after 'hosting' (at letter 8)"),
        ("hosting = 'cloud'", "one of ==, !=, <, > must stand here, not '=' (at letter 9)"),
        ("size >= 9", "one of ==, !=, <, > must stand here, not '>=' (at letter 6)"),
        ("size >", "a value is missing after > (at letter 7)"),
        ("hosting == cloud", "'cloud' is neither a number nor text in quotes (at letter 12)"),
        ("hosting == 'cloud", "the quote is not closed (at letter 12)"),
        ("(size > 1)", "brackets cannot be used; `and` binds closer than `or` (at letter 1)"),
        ("'cloud' == hosting", "the name of a field must stand here, not \"'cloud'\" (at letter 1)"),
        ("size > 1 and", "a comparison is missing, such as hosting == 'cloud' (at letter 13)"),
        ("size > 1 size < 3", "`and` or `or` must stand before 'size' (at letter 10)"),
        ("and == 1", "the name of a field must stand here, not 'and' (at letter 1)"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(WhereError) as error:
        parse_where(text)
    assert str(error.value) == message
