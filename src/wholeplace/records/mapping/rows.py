"""Make the fields of a register from the rows of a table; a row that cannot be made into a record is told of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from wholeplace.place.findings import Findings, Level
from wholeplace.place.long_tables import chosen_rows
from wholeplace.place.tables import Table
from wholeplace.place.vocabulary import Field, RegisterKind
from wholeplace.records.mapping.amounts import undressed
from wholeplace.records.mapping.map_file import ANY_OTHER, MapFile, date_pattern, pieces
from wholeplace.records.mapping.names import id_of_key, name_key, slug

_NUMBERS = frozenset({"number", "amount", "positive", "factor", "share", "level", "latitude", "longitude"})
_WHOLE = frozenset({"whole", "count"})


@dataclass(frozen=True)
class Rows:
    """The rows that a mapping asks for. `fields` holds what it sets, as text; `source` is where in the table each is.

    `read` rows are in the table; `unmapped` of those asked for could not be made into a record and are not in `fields`.
    """

    fields: pl.DataFrame
    source: pl.Series
    read: int
    asked: int
    unmapped: int


@dataclass
class _Problems:
    """Rows that cannot be mapped, and why."""

    table: Table
    findings: Findings
    level: Level
    bad: set[int] = field(default_factory=set)

    def add(self, at: Iterable[int], rule: str, message: str, column: str, texts: pl.Series) -> None:
        places = list(at)
        cells = ((int(self.table.rows[place]), texts[place]) for place in places)
        self.findings.cells(self.level, rule, message, cells, total=len(places), file=self.table.file, column=column)
        self.bad.update(places)


def asked_rows(spec: MapFile, table: Table) -> pl.Series:
    """Which rows a mapping asks for: by `where`, less those of `except`."""
    left_out = pl.repeat(False, table.frame.height, eager=True)
    for column, texts in spec.except_.items():
        left_out |= table.text(column).is_in([texts] if isinstance(texts, str) else texts)
    return chosen_rows(spec.where, table) & ~left_out


def map_rows(spec: MapFile, kind: RegisterKind, table: Table, findings: Findings) -> Rows:
    """Make the fields of every row that is asked for.

    Rows that cannot be mapped are left out with a warning; where rows are summed they are errors, for a sum with a hole
    is none.
    """
    asked = asked_rows(spec, table)
    problems = _Problems(table, findings, "error" if spec.group else "warning")
    _tell_formulas(spec, table, asked, findings)
    made: dict[str, pl.Series] = {}
    for name, column in [*spec.columns.items(), *spec.own.items()]:
        made[name] = table.text(column).str.strip_chars()
    for name, text in spec.constants.items():
        made[name] = pl.repeat(text, table.frame.height, dtype=pl.String, eager=True)
    for name, template in spec.templates.items():
        made[name] = _filled(template, table, whole=name in kind.key)
    made = {name: _converted(spec, kind, name, texts, asked, problems) for name, texts in made.items()}
    if "id" in made:
        message = "has nothing to make an id of, and is left out"
        problems.add((asked & (made["id"] == "")).arg_true(), "no-id", message, _said(spec, "id"), made["id"])
    places = asked.arg_true()
    kept = places.filter(~places.is_in(sorted(problems.bad))) if problems.bad else places
    fields = pl.DataFrame({name: texts[kept] for name, texts in made.items()})
    return Rows(fields, kept.rename("source"), table.frame.height, len(places), len(places) - len(kept))


def _tell_formulas(spec: MapFile, table: Table, asked: pl.Series, findings: Findings) -> None:
    """Refuse cells that a spreadsheet would work out: what they show there is not what stands in the file.

    Only those with `=`: published names do begin with @ or +, and what we write is kept from running.
    """
    message = "is a formula; put its result into the table"
    for column in dict.fromkeys(column for _, column in spec.named_columns()):
        texts = table.text(column)
        places = (asked & texts.str.starts_with("=")).arg_true()
        cells = ((int(table.rows[place]), texts[place]) for place in places)
        findings.cells("error", "formula", message, cells, total=len(places), file=table.file, column=column)


def _said(spec: MapFile, name: str) -> str:
    """The column that a field comes from, or its template."""
    return spec.columns.get(name) or spec.own.get(name) or spec.templates.get(name) or name


def _filled(template: str, table: Table, *, whole: bool) -> pl.Series:
    """A template filled in for each row; blank where its columns are blank: all of them, or with `whole` any."""
    parts = pieces(template)
    columns = {part: table.text(part).str.strip_chars() for part, is_column in parts if is_column}
    frame = pl.DataFrame({f"c{number}": texts for number, texts in enumerate(columns.values())})
    names = {column: f"c{number}" for number, column in enumerate(columns)}
    text = pl.concat_str([pl.col(names[part]) if is_column else pl.lit(part) for part, is_column in parts])
    if not columns:
        return pl.repeat(template, table.frame.height, dtype=pl.String, eager=True)
    blank = [pl.col(name) == "" for name in names.values()]
    nothing = pl.any_horizontal(blank) if whole else pl.all_horizontal(blank)
    return frame.select(pl.when(nothing).then(pl.lit("")).otherwise(text).alias("text"))["text"]


def _converted(
    spec: MapFile, kind: RegisterKind, name: str, texts: pl.Series, asked: pl.Series, problems: _Problems
) -> pl.Series:
    """A field after its translations, and in the form that its type asks for."""
    if name in spec.translate:
        table = spec.translate[name]
        other = table.get(ANY_OTHER)
        known = {**table, "": table.get("", "")}
        known.pop(ANY_OTHER, None)
        found = texts.replace_strict(known, default=other, return_dtype=pl.String)
        message = f"has no translation for {name}, and the row is left out; add it to [translate.{name}], or give '*'"
        problems.add((asked & found.is_null()).arg_true(), "no-translation", message, _said(spec, name), texts)
        texts = found.fill_null("")
    if name in spec.dates:
        texts = _dated(spec, name, texts, asked, problems)
    field_ = kind.by_name.get(name)
    if field_ is not None and field_.type in _NUMBERS | _WHOLE:
        texts = _each(texts, undressed)
    if name == "id" or name in spec.slugs:
        by_name = spec.slugs.get(name) == "name"
        texts = _each(texts, partial(_as_id, field_=field_, by_name=by_name))
    return texts


def _as_id(text: str, *, field_: Field | None, by_name: bool) -> str:
    """The id that a text makes; a prefix that says which kind is meant, in capitals or not, stays before it."""
    kinds = field_.prefixes if field_ is not None and len(field_.refers) > 1 else ()
    prefix = next((f"{kind}:" for kind in kinds if text.casefold().startswith(f"{kind}:")), "")
    rest = text[len(prefix) :]
    return prefix + (id_of_key(name_key(rest)) if by_name else slug(rest))


def _dated(spec: MapFile, name: str, texts: pl.Series, asked: pl.Series, problems: _Problems) -> pl.Series:
    """Dates as 2026-03-31; what is written so already stays (a workbook gives its dates so)."""
    pattern = date_pattern(spec.dates[name])
    found = pl.DataFrame({"text": texts}).select(
        pl.coalesce(
            pl.col("text").str.to_date("%Y-%m-%d", strict=False),
            pl.col("text").str.to_date(pattern, strict=False),
        ).dt.to_string("%Y-%m-%d")
    )["text"]
    message = f"is no date of the form {spec.dates[name]}, and the row is left out"
    problems.add((asked & found.is_null() & (texts != "")).arg_true(), "date", message, _said(spec, name), texts)
    return found.fill_null("")


def _each(texts: pl.Series, change: Callable[[str], str]) -> pl.Series:
    """Change each different text once."""
    distinct = texts.unique().to_list()
    return texts.replace_strict(distinct, [change(text) for text in distinct], return_dtype=pl.String)
