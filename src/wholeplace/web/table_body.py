"""The rows of a table as HTML. A profile has a thousand cells, which a template writes more slowly."""

from __future__ import annotations

from markupsafe import Markup, escape

from wholeplace.web.table import Cell, Column, TableView


def table_body(view: TableView) -> Markup:
    """Every row of a table for its `<tbody>`; rows of one group stand under a head of their own."""
    table, labels = view.table, [escape(label) for label in view.table.labels]
    name, group_now, groups = escape(table.id), "", 0
    written = []
    for number, (group, cells) in enumerate(view.rows, 1):
        if group and group != group_now:
            group_now, groups = group, groups + 1
            head = f'<th scope="colgroup" id="{name}-g{groups}" colspan="{len(cells)}">{escape(group)}</th>'
            written.append(f'<tr class="wp-group">{head}</tr>')
        # Under heads of groups a cell has three heads, which only their ids can name for every reader.
        heads = (f"{name}-g{groups}", f"{name}-r{number}") if table.group else None
        row = [
            _head(cell, heads, f"{name}-c{place}")
            if column.head
            else _figure(cell, column, label, heads, f"{name}-c{place}")
            for place, (cell, column, label) in enumerate(zip(cells, table.columns, labels, strict=True))
        ]
        written.append(f"<tr>{''.join(row)}</tr>")
    return Markup("\n".join(written))


def _head(cell: Cell, heads: tuple[str, str] | None, column_id: str) -> str:
    """The cell that names its row."""
    ids = f' id="{heads[1]}" headers="{column_id} {heads[0]}"' if heads else ""
    css = f' class="{escape(cell.css)}"' if cell.css else ""
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f'<th scope="row"{ids}{css}>{_linked(cell)}{note}</th>'


def _figure(cell: Cell, column: Column, label: Markup, heads: tuple[str, str] | None, column_id: str) -> str:
    """Any other cell, with the name of its column for a narrow window, where heads are not seen."""
    css = f"{escape(cell.css)}{' wp-right' if column.numeric else ''}"
    css = f' class="{css}"' if css else ""
    ids = f' headers="{column_id} {heads[0]} {heads[1]}"' if heads else ""
    return f'<td{css} data-label="{label}"{ids}>{escape(cell.html) if cell.html else _linked(cell)}</td>'


def _linked(cell: Cell) -> str:
    words = escape(cell.text)
    if not cell.href:
        return words
    return f'<a class="govuk-link govuk-link--no-visited-state" href="{escape(cell.href)}">{words}</a>'
