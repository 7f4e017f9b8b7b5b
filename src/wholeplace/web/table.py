"""Tables as pages show them: sorted, filtered and paged by the address, and downloaded as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import polars as pl

from wholeplace.web.still import MOST_ROWS, is_still

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """What stands in one cell; `html` is safe markup made by our own charts, `note` a smaller line below the text."""

    text: str = ""
    href: str = ""
    css: str = ""
    html: str = ""
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column on the page: its frame column, its head, and how a row becomes a cell.

    It is sorted by its frame column or, where what people see sorts otherwise than what is written, by another, `by`.
    """

    key: str
    label: str
    cell: Callable[[Row], Cell]
    hint: str = ""
    numeric: bool = False
    sortable: bool = True
    head: bool = False
    by: str = ""


@dataclass(frozen=True)
class Filter:
    """A choice above the table: the parameter is the frame column it compares; options are (value, words)."""

    key: str
    label: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table of a page.

    `frame` holds every row; its columns (but those that start with `_`) are what a download holds, under their own
    names. `search` names the text columns that the free text filter looks into. `order` is a column, with a minus for
    the largest first, and `then` one by which rows alike in it stand, the largest first.
    """

    id: str
    caption: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    geography: str = ""
    source: str = ""
    filters: Sequence[Filter] = ()
    search: Sequence[str] = ()
    order: str = ""
    then: str = ""
    page_size: int = 50
    group: Callable[[Row], str] | None = None
    cards: bool = True
    meta: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """What each column is called where its head is not seen: heads of one name are told apart by their hints."""
        names = [column.label for column in self.columns]
        return [
            f"{column.label} {column.hint}" if names.count(column.label) > 1 else column.label
            for column in self.columns
        ]


@dataclass(frozen=True)
class TableView:
    """A table as one address shows it."""

    table: Table
    rows: list[tuple[str, list[Cell]]]
    total: int
    matching: int
    page: int
    pages: int
    heads: list[tuple[Column, str, str]]
    chosen: Mapping[str, str]
    kept: Mapping[str, str]
    query: str
    misread: list[str]

    def page_link(self, page: int) -> str:
        """The address of another page of the same rows."""
        return "?" + urlencode({**self.kept, **({"page": str(page)} if page > 1 else {})})

    @property
    def sortable(self) -> bool:
        """Whether any column can be sorted by."""
        return any(href for _, href, _ in self.heads)

    @property
    def linked(self) -> bool:
        """Whether a keyboard gets into the table by a link; if not, its frame has to take the focus to be scrolled."""
        return self.sortable or any(cell.href for _, cells in self.rows for cell in cells)


def select(table: Table, params: Mapping[str, str]) -> tuple[pl.DataFrame, dict[str, str]]:
    """The rows that an address asks for, in its order, and the parameters that counted; the rest is ignored."""
    frame, kept = table.frame, {}
    text = params.get("q", "").strip()
    if text and table.search:
        kept["q"] = text
        hit = pl.any_horizontal(
            pl.col(name).str.to_lowercase().str.contains(text.lower(), literal=True) for name in table.search
        )
        frame = frame.filter(hit)
    for one in table.filters:
        wanted = params.get(one.key, "")
        if wanted and wanted in {value for value, _ in one.options}:
            kept[one.key] = wanted
            frame = frame.filter(pl.col(one.key).cast(pl.String) == wanted)
    order = params.get("sort", "")
    if order.lstrip("-") in {column.key for column in table.columns if column.sortable}:
        kept["sort"] = order
    else:
        order = table.order
    if order:
        key = order.lstrip("-")
        tie = [name for name in (table.then, "area") if name in frame.columns and name != key]
        descending = [order.startswith("-"), *(name == table.then for name in tie)]
        by = next((column.by for column in table.columns if column.key == key), "") or key
        frame = frame.sort(by, *tie, descending=descending, nulls_last=True, maintain_order=True)
    return frame, kept


def misread(table: Table, params: Mapping[str, str]) -> list[str]:
    """What an address asks of a table that it has not, in words: a choice that no filter offers, or an order."""
    said = [
        f"{one.label} has no choice “{params[one.key]}”."
        for one in table.filters
        if params.get(one.key) and params[one.key] not in {value for value, _ in one.options}
    ]
    order = params.get("sort", "")
    if order and order.lstrip("-") not in {column.key for column in table.columns if column.sortable}:
        said.append(f"The table cannot be sorted by “{order}”.")
    return said


def show(table: Table, params: Mapping[str, str] | None, *, others: Mapping[str, str] | None = None) -> TableView:
    """A table made ready for its page. `others` are parameters of the page itself that every link has to keep.

    Without `params` the table stands in its own order and has no links to sort by: the address speaks of the page's
    main table only.
    """
    if is_still():
        return _stands_still(table)
    fixed, params = params is None, params or {}
    frame, kept = select(table, params)
    chosen = dict(kept)
    kept = {**(others or {}), **kept}
    pages = max(1, -(-frame.height // table.page_size))
    asked = params.get("page", "1")
    page = min(max(1, int(asked)), pages) if asked.isdecimal() and len(asked) < 10 else 1
    start = (page - 1) * table.page_size
    cells = [
        (table.group(row) if table.group else "", [column.cell(row) for column in table.columns])
        for row in frame.slice(start, table.page_size).iter_rows(named=True)
    ]
    heads = [(column, "", "") if fixed else _head(column, table, kept) for column in table.columns]
    return TableView(table, cells, table.frame.height, frame.height, page, pages, heads, chosen, kept, urlencode(kept),
                     misread(table, params))  # fmt: skip


def _stands_still(table: Table) -> TableView:
    """The whole table in its own order, without choices or links to sort by."""
    frame, _ = select(table, {})
    rows = [
        (table.group(row) if table.group else "", [column.cell(row) for column in table.columns])
        for row in frame.head(MOST_ROWS).iter_rows(named=True)
    ]
    plain = replace(table, filters=(), search=())
    heads = [(column, "", "") for column in table.columns]
    return TableView(plain, rows, frame.height, frame.height, 1, 1, heads, {}, {}, "", [])


def first_rows(table: Table, *, others: Mapping[str, str] | None = None) -> TableView:
    """The first rows of a table in its own order, without links to the others, which downloads hold."""
    return replace(show(table, None, others=others), pages=1)


def _head(column: Column, table: Table, kept: Mapping[str, str]) -> tuple[Column, str, str]:
    """A column with the address that sorts by it and its present state for `aria-sort`."""
    if not column.sortable or table.group or table.frame.height < 2:
        return column, "", ""
    now = kept.get("sort", table.order)
    direction = "descending" if now.startswith("-") else "ascending"
    state = direction if now.lstrip("-") == column.key else ""
    wanted = f"-{column.key}" if state == "ascending" else column.key
    return column, "?" + urlencode({**kept, "sort": wanted}), state


def text(key: str, label: str, *, hint: str = "", head: bool = False, sortable: bool = True, css: str = "") -> Column:
    """A column of plain text; with `wp-sentence` as `css` it stands below its label in a narrow window."""
    return Column(key, label, lambda row: Cell(row[key] or "", css=css), hint=hint, head=head, sortable=sortable)


def numbers(key: str, label: str, write: Callable[[Any], str], *, hint: str = "", sortable: bool = True) -> Column:
    """A column of numbers written by `write`."""

    def cell(row: Row) -> Cell:
        value = row[key]
        return Cell("no value", css="wp-none") if value is None else Cell(write(value), css="wp-n")

    return Column(key, label, cell, hint=hint, numeric=True, sortable=sortable)


def link(key: str, label: str, href: Callable[[Row], str], *, hint: str = "", head: bool = True) -> Column:
    """A column of links."""
    return Column(
        key, label, lambda row: Cell(row[key] or "", href=href(row) if row[key] else ""), hint=hint, head=head
    )
