"""Mend what can be mended without guessing, after saying what would be done; the files as they were are kept."""

from __future__ import annotations

import ast
import codecs
import csv
import datetime as dt
import io
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wholeplace.errors import WholeplaceError
from wholeplace.place.config import GeographySection
from wholeplace.place.findings import Finding, Findings
from wholeplace.place.place import read_place
from wholeplace.place.registers import FolderSource, Register, RegisterSource
from wholeplace.place.registers.dependencies import undeclared

#: A number as people write it: thousands in commas, a currency sign, spaces round it. A per cent sign is not taken
#: off: whether 45% is 45 or 0.45 would be a guess.
_DRESSED = re.compile(r"[£$€]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)")
_TEXT = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_ALIKE = re.compile(rf"{_TEXT} is {_TEXT} of ")
#: Where dependency rows stand that are not in the records log.
_DEPENDENCIES = "registers/dependencies.csv"
#: Every cell is to be mended, not only those that a check would list.
_ALL = 1_000_000


class CannotFixError(WholeplaceError, OSError):
    """A file that cannot be mended because it cannot be written."""


@dataclass(frozen=True)
class Fix:
    """One cell or shape to be changed. `file` is relative to the place folder; `column` is "" for a shape."""

    file: str
    row: int
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.column:
            return f"{self.file}, feature {self.row}: the shape of {self.before} is made valid"
        return f"{self.file}, row {self.row}, column {self.column}: {self.before!r} becomes {self.after!r}"


@dataclass(frozen=True)
class NewRow:
    """One row to be added at the end of a CSV file, which is made where there is none: column and text of its cells."""

    file: str
    cells: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.file}: a row is added with " + ", ".join(f"{column} {text!r}" for column, text in self.cells)


@dataclass(frozen=True)
class Mending:
    """What can be mended: `fixes` by `apply_fixes`; `to_import` are rows of a register that the records log holds.

    The file of such a register is only a source of import, so that its rows go through `records import`.
    """

    fixes: tuple[Fix | NewRow, ...] = ()
    to_import: tuple[NewRow, ...] = ()


def find_fixes(folder: Path, registers: RegisterSource | None = None) -> Mending:
    """What can be mended without a guess in the CSV and GeoJSON files inside a place folder.

    Area codes that lost leading zeros, case or spaces; numbers written with thousands commas or a currency sign; shapes
    that cross themselves; references of registers without a dependency row. Files outside the folder are others' and
    are left alone, and so are packed ones. Registers are read from their files unless another source is given.
    """
    findings = Findings(most=_ALL)
    place = read_place(folder, findings, registers=registers or FolderSource(folder))
    fixes: dict[tuple[str, int, str], set[Fix]] = defaultdict(set)
    for finding in findings.items:
        for fix in _fixes_of(folder, finding):
            fixes[fix.file, fix.row, fix.column].add(fix)
    sure = [next(iter(known)) for known in fixes.values() if len(known) == 1]  # two ways to mend a cell are a guess
    geographies = place.geographies.values() if place is not None else []
    sections = {section.id: section for section in place.sections.geography} if place is not None else {}
    shapes = [fix for geography in geographies for fix in _shape_fixes(folder, sections[geography.id])]
    rows = _missing_rows(place.registers) if place is not None else []
    table = place.registers.get("dependencies") if place is not None else None
    if table is not None and table.file != table.kind.file:
        return Mending((*sure, *shapes), tuple(rows))
    ours = _can_add(folder, _DEPENDENCIES, read=table is not None)
    return Mending((*sure, *shapes, *(rows if ours else ())))


def _missing_rows(registers: Mapping[str, Register]) -> list[NewRow]:
    """A dependency row for every reference that has none."""
    pairs = dict.fromkeys((one.dependent, one.provider) for one in undeclared(registers))
    return [NewRow(_DEPENDENCIES, (("dependent", one), ("provider", other))) for one, other in pairs]


def _can_add(folder: Path, file: str, *, read: bool) -> bool:
    """Whether rows may be added to a table: it is ours and could be read, or is not there yet."""
    path = folder / file
    if path.exists() or path.is_symlink():
        return read and _ours(folder, file) is not None
    root = folder.resolve()
    return root in path.resolve().parents


def _fixes_of(folder: Path, finding: Finding) -> Iterator[Fix]:
    """The fixes for a finding, if it is one that needs no guess: a code in every row, a number in its own."""
    if finding.file is None or finding.row is None or finding.column is None or finding.value is None:
        return
    file = _ours(folder, finding.file)
    if file is None or not file.lower().endswith(".csv"):
        return
    alike = _ALIKE.match(finding.message)
    dressed = _DRESSED.fullmatch(finding.value.strip())
    if finding.rule == "code-alike" and alike:
        for row in _rows_with(folder / file, finding.column, finding.value):
            yield Fix(file, row, finding.column, finding.value, ast.literal_eval(alike[2]))
    elif finding.rule in {"not-number", "number"} and dressed:
        yield Fix(file, finding.row, finding.column, finding.value, dressed[1].replace(",", ""))


def _ours(folder: Path, file: str) -> str | None:
    """The path of a file relative to the place folder it lies in; None for a file that lies elsewhere."""
    root, path = folder.resolve(), (folder / file).resolve()
    inside = not file.startswith("${") and path.is_file() and root in path.parents
    return path.relative_to(root).as_posix() if inside else None


def _rows_with(path: Path, column: str, value: str) -> list[int]:
    records = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    at = next(records).index(column)
    return [number for number, row in enumerate(records, 2) if row and row[at] == value]


def _shape_fixes(folder: Path, section: GeographySection) -> list[Fix]:
    """Shapes of a GeoJSON file that cross themselves and can be made valid polygons."""
    file = _ours(folder, section.file) if section.file else None
    if file is None or not file.lower().endswith("json"):
        return []
    content = json.loads((folder / file).read_text(encoding="utf-8-sig"))
    fixes = []
    for number, feature in enumerate(content["features"], 1):
        if _mended_shape(feature.get("geometry")) is not None:
            code = (feature.get("properties") or {}).get(section.code)
            fixes.append(Fix(file, number, "", str(code), "valid"))
    return fixes


def _mended_shape(geometry: Any) -> Any:
    """A valid form of a polygon that crosses itself; None when it is valid, or no polygon or nothing would be left."""
    import shapely
    from shapely.geometry import mapping, shape

    try:
        drawn = shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    if shapely.is_valid(drawn) or shapely.get_type_id(drawn) not in (3, 6):
        return None
    polygons = [part for part in shapely.get_parts(shapely.make_valid(drawn)) if shapely.get_type_id(part) in (3, 6)]
    return mapping(shapely.union_all(polygons)) if polygons else None


def apply_fixes(folder: Path, fixes: Iterable[Fix | NewRow]) -> Path:
    """Change the files and return the folder that keeps them as they were.

    Raises CannotFixError when a file cannot be written; files mended before it stay mended, and kept as they were.
    """
    kept = folder / ".wholeplace" / "before-fix" / dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    by_file: dict[str, list[Fix | NewRow]] = defaultdict(list)
    for fix in fixes:
        by_file[fix.file].append(fix)
    for file, wanted in by_file.items():
        path = folder / file
        draft = path.with_name(path.name + ".draft")
        try:
            (kept / file).parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                shutil.copy2(path, kept / file)
            draft.write_bytes(_mended(path, wanted))
            draft.replace(path)
        except OSError as error:
            raise CannotFixError(f"cannot mend {path}: {error.strerror or error}") from None
        finally:
            draft.unlink(missing_ok=True)
    return kept


def _mended(path: Path, wanted: list[Fix | NewRow]) -> bytes:
    """What a file holds after its fixes."""
    cells = [fix for fix in wanted if isinstance(fix, Fix)]
    rows = [row for row in wanted if isinstance(row, NewRow)]
    if path.suffix.lower() != ".csv":
        return _mended_geojson(path, cells)
    content = path.read_bytes() if path.exists() else b""
    return _with_rows(_mended_csv(content, cells) if cells else content, rows)


def _with_rows(content: bytes, rows: list[NewRow]) -> bytes:
    """A CSV with rows at its end; one without content gets the header of these rows."""
    if not rows:
        return content
    text = content.decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    first = text.splitlines(keepends=True)[0] if text else ""
    ending = "\r\n" if first.endswith("\r\n") else "\n"
    added = io.StringIO(newline="")
    writer = csv.writer(added, lineterminator=ending)
    if not header:
        header = list(dict.fromkeys(column for row in rows for column, _ in row.cells))
        writer.writerow(header)
    elif not text.endswith(("\n", "\r")):
        added.write(ending)
    for row in rows:
        cells = dict(row.cells)
        writer.writerow([cells.get(column, "") for column in header])
    return content + added.getvalue().encode()


def _mended_csv(content: bytes, fixes: list[Fix]) -> bytes:
    """A CSV with some cells changed; rows without a change stay byte for byte as they are."""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    lines = list(io.StringIO(content.removeprefix(mark).decode("utf-8"), newline=""))
    changes: dict[int, list[Fix]] = defaultdict(list)
    for fix in fixes:
        changes[fix.row].append(fix)
    reader = csv.reader(lines)
    header: list[str] = []
    first = 0
    written = []
    for number, row in enumerate(reader, 1):
        header = header or row
        source = "".join(lines[first : reader.line_num])
        first = reader.line_num
        for fix in changes.get(number, []):
            row[header.index(fix.column)] = fix.after
        written.append(_csv_line(row, source) if number in changes else source)
    return mark + "".join(written).encode()


def _csv_line(row: list[str], source: str) -> str:
    """A row as CSV, with the line ending it had."""
    ending = source[len(source.rstrip("\r\n")) :]
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue() + ending


def _mended_geojson(path: Path, fixes: list[Fix]) -> bytes:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    for fix in fixes:
        feature = content["features"][fix.row - 1]
        feature["geometry"] = _mended_shape(feature["geometry"])
    return json.dumps(content, ensure_ascii=False).encode()
