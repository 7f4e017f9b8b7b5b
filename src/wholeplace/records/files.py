"""Read the registers that are to be imported: a CSV, XLSX or JSON file, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase

from wholeplace.place._unreadable import UnreadableError
from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register, read_register
from wholeplace.place.vocabulary import vocabulary
from wholeplace.place.workbooks import formula_cells, has_macros, sheet_names
from wholeplace.records.json_files import find_kind, json_registers

#: What XML, and so a workbook, cannot hold.
_NO_LETTERS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
#: Sheets of a workbook that are no registers and are passed over; our templates have them.
NOT_REGISTERS = ("About", "Lists")
#: Names that spreadsheet programs give to a sheet by themselves; such a sheet goes by the name of its file.
_UNNAMED = re.compile(r"(Sheet|Tabelle|Feuil|Hoja|Foglio|Blad|Ark|Arkusz|Planilha)[ _]?1?")
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
#: Workbooks that are not read: they may hold macros, or hide formulas from us.
_REFUSED = (".xlsm", ".xls", ".xlsb", ".xltm", ".xltx", ".ods")
_KINDS = (*_TABLES, ".xlsx", ".json")


def read_import(path: Path, findings: Findings) -> dict[str, Register]:
    """Every register that a file or folder holds; each fault is an error."""
    if path.is_dir():
        files = importable(path)
        if not files:
            findings.error("no-file", f"holds no {', '.join(_KINDS)} file", file=str(path))
    else:
        files = [path]
    found: dict[str, Register] = {}
    for file in files:
        for register in _registers_of(file, findings):
            if register.kind.name in found:
                message = f"holds {register.kind.name}, which {found[register.kind.name].file} holds too; import one"
                findings.error("register-twice", message, file=register.file)
            found[register.kind.name] = register
            _refuse_letters(register, findings)
    return found


def importable(folder: Path) -> list[Path]:
    """The files of a folder that an import of it would look at, in order of their names."""
    return sorted(file for file in folder.iterdir() if file.name.lower().endswith((*_KINDS, *_REFUSED)))


def _refuse_letters(register: Register, findings: Findings) -> None:
    """Refuse letters that no spreadsheet can hold, so that whatever is imported can be exported again."""
    message = "holds a control character, which cannot be shown; take it out"
    for name in register.frame.columns:
        bad = register.frame[name].str.contains(_NO_LETTERS).arg_true()
        cells = ((int(register.rows[at]), register.frame[name][at]) for at in bad)
        findings.cells("error", "control-character", message, cells, total=len(bad), file=register.file, column=name)


def _registers_of(path: Path, findings: Findings) -> Iterator[Register]:
    name = path.name.lower()
    if not path.exists():
        findings.error("no-file", "is named but is not there", file=path.name)
    elif name.endswith(_REFUSED):
        findings.error("format", "is no .xlsx workbook; save it as .xlsx, without macros", file=path.name)
    elif name.endswith(".xlsx"):
        yield from _sheets(path, findings)
    elif name.endswith(".json"):
        yield from json_registers(path, findings)
    elif name.endswith(_TABLES):
        kind = find_kind(path.name.split(".")[0], findings, file=path.name)
        register = read_register(path, kind, findings, file=path.name) if kind is not None else None
        if register is not None:
            yield register
    else:
        findings.error("format", f"is of no kind that can be imported; these are: {', '.join(_KINDS)}", file=path.name)


def _sheets(path: Path, findings: Findings) -> Iterator[Register]:
    names = sheet_names(path, findings, file=path.name)
    if not names:
        return
    if has_macros(path):
        findings.error("macros", "holds macros; save it as .xlsx without them", file=path.name)
        return
    single = len(names) == 1 and _UNNAMED.fullmatch(names[0]) and path.stem in vocabulary().registers
    for name in names:
        if name in NOT_REGISTERS:
            continue
        file = f"{path.name}, sheet {name}"
        kind = find_kind(path.stem if single else name, findings, file=file, what="sheet")
        if kind is None or _formulas(path, name, findings, file=file):
            continue
        register = read_register(path, kind, findings, file=file, sheet=name)
        if register is not None:
            yield register


def _formulas(path: Path, sheet: str, findings: Findings, *, file: str) -> bool:
    """Add an error for every cell of a sheet that is worked out from others; whether there is any."""
    try:
        cells = formula_cells(path, sheet)
    except UnreadableError as error:
        findings.error(error.rule, str(error), file=file)
        return True
    told = ((f"cell {cell} holds a formula; paste its value instead", int(cell.lstrip(ascii_uppercase)), cell)
            for cell in cells)  # fmt: skip
    findings.several("error", "formula", told, total=len(cells), file=file)
    return bool(cells)
