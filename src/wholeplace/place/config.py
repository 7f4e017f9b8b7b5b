"""place.toml: what a place folder says of itself, read and checked."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from wholeplace.place.findings import Findings, did_you_mean

_LINE = re.compile(r"\(at line (\d+)")
StatusBlank = Literal["O", "Q", "L", "M"]


def _text(value: object) -> object:
    """Let `period = 2025` and a date pass as text: people write them without quotes, and they mean only one thing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if type(value) is dt.date else value


Text = Annotated[str, BeforeValidator(_text)]


class Section(BaseModel):
    """A TOML table; keys it does not know are passed over, and reported with the nearest known one."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, strict=True)


class PlaceSection(Section):
    code: Text
    name: str
    country: str = ""
    crs: str = ""
    timezone: str = "UTC"
    contact: str = ""
    review_months: int = Field(default=12, ge=1)


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
    file: str = ""
    sheet: str = ""
    columns: LookupColumns | None = None
    split_by: str = ""
    by: Literal["", "area"] = ""


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
    suppressed: list[Text] = []


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
    suppressed: list[Text] = []


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


class GroupingSection(Section):
    id: str
    name: str
    members: dict[str, str]
    counts: Literal["people", "households"] = "people"
    whole: str = ""
    hardship: bool = False
    not_counted: str = ""


class CrosstabSection(Section):
    id: str
    name: str
    file: str
    sheet: str = ""
    geography: str
    period: Text
    columns: dict[str, str]
    names: dict[str, dict[str, str]] = {}
    suppressed: list[Text] = []
    source: str = ""
    licence: str = ""


class PlaceFile(Section):
    """The whole of place.toml."""

    place: PlaceSection
    geography: list[GeographySection] = []
    lookup: list[LookupSection] = []
    table: list[TableSection] = []
    values: list[ValuesSection] = []
    postcode: list[PostcodeSection] = []
    grouping: list[GroupingSection] = []
    crosstab: list[CrosstabSection] = []


Spec = TypeVar("Spec", bound=Section)
#: The way to a value in TOML content: keys, and places in lists.
Steps = tuple[int | str, ...]


def read_toml(path: Path, findings: Findings, *, name: str | None = None) -> dict[str, Any] | None:
    """Read a TOML file; what cannot be read is one error in `findings` and the answer is None."""
    name = name or path.name
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        absent = f"{name} in {path.parent}" if path.parent.is_dir() else f"folder {path.parent}"
        findings.error("no-file", f"there is no {absent}; `wholeplace new` makes a folder to fill in", file=name)
    except NotADirectoryError:
        findings.error("no-file", f"there is no {name}: {path.parent} is a file, not a place folder", file=name)
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror}", file=name)
    except UnicodeDecodeError as error:
        findings.error("encoding", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=name)
    except RecursionError:
        findings.error("toml", "is not valid TOML: its brackets go too deep", file=name)
    except ValueError as error:  # TOMLDecodeError, and numbers too long to read
        row = _LINE.search(str(error))
        advice = "look there, and in the row before, for a quote, a bracket or an = that is missing"
        findings.error("toml", f"is not valid TOML: {error}; {advice}", file=name, row=int(row[1]) if row else None)
    return None


def validate_toml(
    model: type[Spec],
    content: dict[str, Any],
    findings: Findings,
    *,
    file: str,
    stand_in: Callable[[Steps], object] | None = None,
) -> Spec | None:
    """Check TOML content against a model; every fault is an error, every unknown key a warning.

    With a fault the answer is None; or, with `stand_in`, the model with the value that this gives for what is at fault
    (None leaves it out), so that all else can be checked as well.
    """
    for where, key, known in _unknown_keys(model, content):
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        hint = f"; the nearest known key is {nearest[0]!r}" if nearest else ""
        findings.warning("unknown-key", f"there is no key {key!r} here{hint}", file=file, column=where + key)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = error.errors()
    for fault in faults:
        where = _where(fault["loc"])
        findings.error("toml-value", f"{where}: {_plain(fault)}", file=file, column=where)
    if stand_in is None:
        return None
    try:
        return model.model_validate(_mended(content, [fault["loc"] for fault in faults], stand_in))
    except ValidationError:
        return None


def _mended(content: dict[str, Any], faults: Iterable[Steps], stand_in: Callable[[Steps], object]) -> dict[str, Any]:
    """TOML content with other values where the faults are; one item of a list at fault is a fault of the list."""
    mended = copy.deepcopy(content)
    for steps in faults:
        while isinstance(steps[-1], int):
            steps = steps[:-1]
        holder: Any = mended
        with contextlib.suppress(LookupError):  # what held it is left out already
            for step in steps[:-1]:
                holder = holder[step]
            holder.pop(steps[-1], None)
            if (value := stand_in(steps)) is not None:
                holder[steps[-1]] = value
    return mended


def validate_place(content: dict[str, Any], findings: Findings) -> PlaceFile | None:
    """Check place.toml; sections with a fault are told and left out, so that the others can be checked as well.

    The answer is None when [place] itself cannot be used.
    """
    sections = validate_toml(PlaceFile, content, findings, file="place.toml")
    if sections is not None:
        return sections
    sound = {key: value for key, value in content.items() if key not in PlaceFile.model_fields or key == "place"}
    for name, field in PlaceFile.model_fields.items():
        [section] = get_args(field.annotation) or [None]
        if section is not None and isinstance(content.get(name), list):
            sound[name] = [item for item in content[name] if _is_sound(section, item)]
    try:
        return PlaceFile.model_validate(sound)
    except ValidationError:
        return None


def _is_sound(section: type[Section], item: object) -> bool:
    try:
        section.model_validate(item)
    except ValidationError:
        return False
    return True


def _where(steps: Iterable[int | str]) -> str:
    """Where in a TOML file a fault is, e.g. `table.2.key`; without the names pydantic gives to kinds of value."""
    named = [str(step + 1) if isinstance(step, int) else step for step in steps]
    return ".".join(step for step in named if "[" not in step and step not in {"str", "int", "float"})


def _plain(fault: Any) -> str:
    """Put one pydantic fault into plain words."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "is required"
    if kind == "literal_error":
        return f"must be one of {context['expected']}, not {_short(fault['input'])}"
    words = {
        "string_type": "text in quotes",
        "list_type": "a list",
        "dict_type": "a table",
        "bool_type": "true or false",
    }
    words |= {"float_type": "a number", "int_type": "a whole number", "model_type": "a table"}
    return f"must be {words[kind]}, not {_short(fault['input'])}" if kind in words else str(fault["msg"])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]} …"


def _unknown_keys(
    model: type[Section], content: dict[str, Any], where: str = ""
) -> Iterator[tuple[str, str, list[str]]]:
    """Keys of TOML content that a model does not have, with the keys it does have."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for key, value in content.items():
        if key not in fields:
            yield where, key, list(fields)
            continue
        kinds = [kind for kind in (fields[key], *get_args(fields[key])) if isinstance(kind, type)]
        sections = [kind for kind in kinds if issubclass(kind, Section)]
        for section in sections[:1]:
            if isinstance(value, dict):
                yield from _unknown_keys(section, value, f"{where}{key}.")
            for number, item in enumerate(value if isinstance(value, list) else [], 1):
                if isinstance(item, dict):
                    yield from _unknown_keys(section, item, f"{where}{key}.{number}.")


def resolve(folder: Path, file: str, findings: Findings) -> Path | None:
    """Turn a path of place.toml into a real one; a `${NAME}/` whose variable is unset is one clear error.

    Paths are relative to the folder of place.toml, absolute, or start with `${NAME}/`.
    """
    if "\0" in file:  # no system has such a path, and asking for one is a fault of another kind
        findings.error("no-file", "is named but is not there", file=file)
        return None
    match = re.match(r"\$\{(\w+)\}/", file)
    if not match:
        return folder / file
    root = os.environ.get(match[1])
    if root:
        return Path(root) / file[match.end() :]
    message = (
        f"the environment variable {match[1]} is not set, and files of this place are found through it; set it to the "
        f"folder that holds them:  export {match[1]}=/path/to/folder  (Windows:  set {match[1]}=C:\\path\\to\\folder)"
    )
    if not any(item.rule == "unset-variable" and item.value == match[1] for item in findings.items):
        findings.error("unset-variable", message, file="place.toml", value=match[1])
    return None


def not_there(path: Path) -> str:
    """What to say of a file that is named but is not there: where it was looked for, and what to do."""
    if not path.parent.is_dir():
        return f"is not there, nor is the folder {path.parent}; put the file there, or mend the path that names it"
    near = did_you_mean(path.name, sorted(one.name for one in path.parent.iterdir()))
    return f"is not there (looked in {path.parent}){near or '; put it there, or mend the path that names it'}"
