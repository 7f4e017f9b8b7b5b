"""The mapping file: which column of a table becomes which field of a register (docs/reference/mapping-file.md)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from wholeplace.place.config import Section, Text, read_toml, validate_toml
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import is_id
from wholeplace.place.vocabulary import RegisterKind, vocabulary

#: In [translate]: every text that has no line of its own.
ANY_OTHER = "*"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DATE_PARTS = re.compile(r"yyyy|mmm|mm|dd")
Chosen = dict[str, Text | list[Text]]


class ResidualSection(Section):
    """A line for rows without a usable name: `texts` are what stands in place of one ("" is a blank cell)."""

    id: str
    name: str
    texts: list[Text]


class GroupSection(Section):
    """One record for all rows of a name."""

    by: str
    sum: dict[str, str] = {}
    decisions: str = ""
    residual: list[ResidualSection] = []


class MapFile(Section):
    """The whole of a mapping file."""

    register_: str = Field(default="", alias="register")
    sheet: str = ""
    where: Chosen = {}
    except_: Chosen = Field(default={}, alias="except")
    columns: dict[str, str] = {}
    own: dict[str, str] = {}
    constants: dict[str, Text] = {}
    templates: dict[str, str] = {}
    slugs: dict[str, Literal["text", "name"]] = {}
    dates: dict[str, str] = {}
    translate: dict[str, dict[str, Text]] = {}
    group: GroupSection | None = None

    @property
    def kind(self) -> RegisterKind | None:
        """The register that is filled; None where there is none of that name."""
        return vocabulary().registers.get(self.register_)

    def set_by(self) -> Iterator[tuple[str, str]]:
        """Each key that sets a field, with that field."""
        for section in ("columns", "own", "constants", "templates"):
            for field in getattr(self, section):
                yield f"{section}.{field}", field
        if self.group is not None:
            if self.kind is None or not self.kind.composite:
                yield "group.by", "id"
                yield "group.by", "name"
            for field in self.group.sum:
                yield f"group.sum.{field}", field

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Each column of the table that is named, with the key that names it."""
        for section in ("columns", "own"):
            for field, column in getattr(self, section).items():
                yield f"{section}.{field}", column
        for field, template in self.templates.items():
            for column in placeholders(template):
                yield f"templates.{field}", column
        for section, chosen in (("where", self.where), ("except", self.except_)):
            for column in chosen:
                yield f"{section}.{column}", column
        if self.group is not None:
            yield "group.by", self.group.by
            for field, column in self.group.sum.items():
                yield f"group.sum.{field}", column


def placeholders(template: str) -> list[str]:
    """The columns that a template names."""
    return _PLACEHOLDER.findall(template)


def pieces(template: str) -> list[tuple[str, bool]]:
    """The pieces of a template in their order, and whether each is a column."""
    parts = _PLACEHOLDER.split(template)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part or number % 2]


def date_pattern(written: str) -> str | None:
    """`dd/mm/yyyy` as a pattern for reading dates; None where day, month or year is not there once.

    >>> date_pattern("dd-mmm-yyyy")
    '%d-%b-%Y'
    """
    parts = _DATE_PARTS.findall(written)
    if sorted(part[0] for part in parts) != ["d", "m", "y"]:
        return None
    code = {"yyyy": "%Y", "mmm": "%b", "mm": "%m", "dd": "%d"}
    return _DATE_PARTS.sub(lambda part: code[part[0]], written.replace("%", "%%"))


def read_map(path: Path, findings: Findings) -> MapFile | None:
    """Read a mapping file; every fault of its own is an error in `findings`, and what is sound is still returned."""
    if not path.is_file():
        findings.error("no-file", "is named as the mapping file but is not there, or is a folder", file=path.name)
        return None
    content = read_toml(path, findings)
    if content is None:
        return None
    spec = validate_toml(MapFile, content, findings, file=path.name)
    if spec is None:
        spec = MapFile.model_validate({key: value for key, value in content.items() if _is_sound(key, value)})
    _check_fields(spec, content, findings, path.name)
    _check_formats(spec, findings, path.name)
    return spec


def _is_sound(key: str, value: object) -> bool:
    try:
        MapFile.model_validate({key: value})
    except ValidationError:
        return False
    return True


def _check_fields(spec: MapFile, content: Mapping[str, Any], findings: Findings, file: str) -> None:
    """Check that the register is one, that each field is of it and is set once, and that each record gets a key."""
    kind = spec.kind
    if kind is None:
        if "register" not in content or spec.register_:
            words = f"names no register: {spec.register_!r}" if spec.register_ else "is required"
            message = f"register: {words}; there are: {', '.join(vocabulary().registers)}"
            findings.error("unknown-register", message, file=file, column="register", value=spec.register_)
        return
    seen: dict[str, str] = {}
    for key, field in spec.set_by():
        if field in seen:
            message = f"{field} is set by {seen[field]} and by {key}; keep one"
            findings.error("set-twice", message, file=file, column=key, value=field)
        seen.setdefault(field, key)
        is_own = key.startswith("own.")
        if is_own and field in kind.by_name:
            message = f"{field} is a field of {kind.title.lower()} and no column of your own; write it under [columns]"
            findings.error("unknown-field", message, file=file, column=key, value=field)
        elif not is_own and field not in kind.by_name:
            _tell_unknown(kind, key, field, findings, file)
    for section in ("slugs", "dates", "translate"):
        for field in getattr(spec, section):
            if field not in seen:
                message = f"nothing sets {field}, so {section}.{field} has nothing to work on; add it to [columns]"
                findings.error("not-set", message, file=file, column=f"{section}.{field}", value=field)
    for field in kind.key:
        if kind.by_name[field].required and field not in seen and not _was_written(content, field):
            message = f"nothing sets {field}, without which a record of {kind.title.lower()} has no key"
            findings.error("required", message, file=file, column=field)


def _was_written(content: Mapping[str, Any], field: str) -> bool:
    """Whether a section that has a fault of its own, told already, sets a field."""
    sections = [content.get(name) for name in ("columns", "constants", "templates")]
    grouped = "group" in content and field in {"id", "name"}
    return grouped or any(isinstance(section, dict) and field in section for section in sections)


def _tell_unknown(kind: RegisterKind, key: str, field: str, findings: Findings, file: str) -> None:
    near = difflib.get_close_matches(field, kind.by_name, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"its fields are: {', '.join(kind.by_name)}."
    message = f"{kind.title.lower()} have no field {field!r}; {hint} A column of your own goes under [own]"
    findings.error("unknown-field", message, file=file, column=key, value=field)


def _check_formats(spec: MapFile, findings: Findings, file: str) -> None:
    """Check what is written in a form of its own: dates, templates, residual lines, what is summed."""
    for field, written in spec.dates.items():
        if date_pattern(written) is None:
            message = f"dates.{field} must say where day, month and year stand, for example dd/mm/yyyy or yyyymmdd"
            findings.error("date-pattern", message, file=file, column=f"dates.{field}", value=written)
    for field, template in spec.templates.items():
        if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
            message = f"templates.{field} has a bracket without its other half; a column is written {{like_this}}"
            findings.error("template", message, file=file, column=f"templates.{field}", value=template)
    group = spec.group
    if group is None:
        return
    if spec.kind is not None and spec.kind.composite:
        message = f"rows of {spec.kind.title.lower()} cannot be grouped: they have no id and name"
        findings.error("group", message, file=file, column="group.by", value=group.by)
    texts: dict[str, str] = {}
    for number, line in enumerate(group.residual, 1):
        key = f"group.residual.{number}"
        if not is_id(line.id):
            message = f"{key}: an id is made of lower-case letters, digits and hyphens"
            findings.error("id-form", message, file=file, column=f"{key}.id", value=line.id)
        for text in line.texts:
            if texts.setdefault(text, line.id) != line.id:
                message = f"{text!r} stands under {texts[text]} and under {line.id}; keep one"
                findings.error("set-twice", message, file=file, column=f"{key}.texts", value=text)


def check_columns(spec: MapFile, header: Sequence[str], findings: Findings, *, file: str, table: str) -> None:
    """Check that every column that the mapping names is in the table."""
    listed = ", ".join(header[:12]) + (f" … ({len(header)} in all)" if len(header) > 12 else "")
    for key, column in spec.named_columns():
        if column not in header:
            near = difflib.get_close_matches(column, header, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"its columns are: {listed}"
            message = f"{key} names a column that {table} does not have: {column!r}; {hint}"
            findings.error("no-column", message, file=file, column=key, value=column)
