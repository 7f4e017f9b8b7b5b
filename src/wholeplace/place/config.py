"""place.toml: what a place folder says of itself, read and checked."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from wholeplace.place.findings import Findings

StatusBlank = Literal["O", "Q", "L", "M"]
_PERIOD = re.compile(r"\d{4}(-(Q[1-4]|S[12]|W\d{2}|\d{2}(-\d{2})?))?")


def _text(value: object) -> object:
    """Let `period = 2025` pass as the text "2025": people write it, and it can mean only one thing."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]


class Section(BaseModel):
    """A TOML table; keys it does not know are kept so that they can be reported with the nearest known one."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, strict=True)


class PlaceSection(Section):
    code: Text
    name: str
    country: str = ""
    crs: str = ""
    timezone: str = "UTC"
    contact: str = ""


class GeographySection(Section):
    id: str
    name: str
    file: str = ""
    layer: str = ""
    code: str = ""
    label: str = ""
    population: str = ""


class LookupColumns(Section):
    from_: str = Field(alias="from")
    to: str
    weight: str = ""


class LookupSection(Section):
    from_: str = Field(alias="from")
    to: str
    file: str
    sheet: str = ""
    columns: LookupColumns
    split_by: str = ""


class TableSection(Section):
    file: str
    sheet: str = ""
    geography: str
    key: str
    period: Text
    columns: dict[str, str] = {}
    sum: dict[str, list[str]] = {}
    scale: dict[str, float] = {}
    blank: StatusBlank = "O"
    blanks: dict[str, StatusBlank] = {}
    suppressed: list[str] = []


class ValuesColumns(Section):
    area: str
    indicator: str = ""
    period: str = ""
    value: str = ""
    count: str = ""
    denominator: str = ""
    lower95: str = ""
    upper95: str = ""
    status: str = ""


class ValuesSection(Section):
    file: str
    sheet: str = ""
    geography: str
    period: Text = ""
    indicator: str = ""
    columns: ValuesColumns
    where: dict[str, Text | list[Text]] = {}
    names: dict[str, str] = {}
    suppressed: list[str] = []


class PostcodeColumns(Section):
    postcode: str
    area: str
    lat: str = ""
    lon: str = ""


class PostcodeSection(Section):
    file: str
    sheet: str = ""
    geography: str
    columns: PostcodeColumns


class PlaceFile(Section):
    """The whole of place.toml."""

    place: PlaceSection
    geography: list[GeographySection] = []
    lookup: list[LookupSection] = []
    table: list[TableSection] = []
    values: list[ValuesSection] = []
    postcode: list[PostcodeSection] = []


Spec = TypeVar("Spec", bound=Section)


def is_period(text: str) -> bool:
    """Say whether `text` is a period as SDMX writes it: 2021, 2021-Q1, 2021-03, 2021-03-21, 2021-04/2022-03."""
    parts = text.split("/")
    return len(parts) <= 2 and all(_PERIOD.fullmatch(part) for part in parts)


def read_toml(path: Path, findings: Findings, *, name: str | None = None) -> dict[str, Any] | None:
    """Read a TOML file; what cannot be read is one error in `findings` and the answer is None."""
    name = name or path.name
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        findings.error("no-file", f"there is no {name}; `wholeplace new` makes a folder to fill in", file=name)
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror}", file=name)
    except UnicodeDecodeError as error:
        findings.error("encoding", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=name)
    except tomllib.TOMLDecodeError as error:
        findings.error("toml", f"is not valid TOML: {error}", file=name)
    return None


def validate_toml(model: type[Spec], content: dict[str, Any], findings: Findings, *, file: str) -> Spec | None:
    """Check TOML content against a model; every fault is an error, every unknown key a warning."""
    try:
        spec = model.model_validate(content)
    except ValidationError as error:
        for fault in error.errors():
            where = ".".join(str(step + 1) if isinstance(step, int) else str(step) for step in fault["loc"])
            findings.error("toml-value", f"{where}: {_plain(fault)}", file=file, column=where)
        return None
    for where, key, known in _unknown_keys(spec):
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        hint = f"; the nearest known key is {nearest[0]!r}" if nearest else ""
        findings.warning("unknown-key", f"{where}{key}: no such key{hint}", file=file, column=where + key)
    return spec


def _plain(fault: Any) -> str:
    """Put one pydantic fault into plain words."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "is required"
    if kind == "literal_error":
        return f"must be one of {context['expected']}, not {fault['input']!r}"
    words = {
        "string_type": "text in quotes",
        "list_type": "a list",
        "dict_type": "a table",
        "bool_type": "true or false",
    }
    words |= {"float_type": "a number", "int_type": "a whole number", "model_type": "a table"}
    return f"must be {words[kind]}, not {fault['input']!r}" if kind in words else str(fault["msg"])


def _unknown_keys(section: Section, where: str = "") -> Iterable[tuple[str, str, list[str]]]:
    known = [field.alias or name for name, field in type(section).model_fields.items()]
    for key in section.model_extra or {}:
        yield where, key, known
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _unknown_keys(value, f"{where}{field.alias or name}.")
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                if isinstance(item, Section):
                    yield from _unknown_keys(item, f"{where}{name}.{number}.")


def resolve(folder: Path, file: str, findings: Findings) -> Path | None:
    """Turn a path of place.toml into a real one; a `${NAME}/` whose variable is unset is one clear error.

    Paths are relative to the folder of place.toml, absolute, or start with `${NAME}/`.
    """
    match = re.match(r"\$\{(\w+)\}/", file)
    if not match:
        return folder / file
    root = os.environ.get(match[1])
    if root:
        return Path(root) / file[match.end() :]
    message = f"the environment variable {match[1]} is not set, and files of this place are found through it"
    if not any(item.rule == "unset-variable" and item.value == match[1] for item in findings.items):
        findings.error("unset-variable", message, file="place.toml", value=match[1])
    return None
