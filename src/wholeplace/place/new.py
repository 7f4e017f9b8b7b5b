"""Make a new place folder, ready to be filled in."""

from __future__ import annotations

import json
from pathlib import Path

from wholeplace.errors import WholeplaceError
from wholeplace.place.registers.reference import reference_page
from wholeplace.place.registers.templates import WORKBOOK, template_workbook
from wholeplace.place.vocabulary import vocabulary

_PLACE_TOML = """\
[place]
code = {code}
name = {name}
country = "GB"
crs = "EPSG:27700"           # projected, for lengths and areas; in Britain EPSG:27700
timezone = "Europe/London"
# contact = "data@example.org"   # who hears about a wrong figure

# One [[geography]] for each set of areas. With a boundary file there is a map;
# without `file` its areas are the codes found in the tables below.
[[geography]]
id = "neighbourhood"
name = "Neighbourhoods"
population = "residents"
# file = "areas/neighbourhoods.geojson"
# code = "area_code"
# label = "area_name"

# One [[table]] for each wide table: one row an area, one column an indicator.
[[table]]
file = "indicators/values/residents.csv"
geography = "neighbourhood"
key = "area_code"
period = "2021"
columns = {{ residents = "residents" }}

# One [[values]] for each long table: one row an area and indicator.
[[values]]
file = "indicators/values/no-car.csv"
geography = "neighbourhood"
period = "2021"
indicator = "no-car"
columns = {{ area = "area_code", count = "households_without_car", denominator = "households" }}
suppressed = ["*"]
"""
_INDICATORS = """\
id,name,value_type,unit,polarity,source,licence,definition,theme,decimals,ci_method,caveats
residents,Residents,count,people,none,Example: replace me,Example: replace me,Usual residents,People,0,,Invented figures
no-car,Households without a car,proportion,%,low_good,Example: replace me,Example: replace me,\
Households with no car or van,Transport,1,wilson,Invented figures
"""
_RESIDENTS = "area_code,residents\nA01,1480\nA02,1612\nA03,1530\nA04,1377\n"
_NO_CAR = """\
area_code,households_without_car,households
A01,212,640
A02,98,655
A03,301,702
A04,*,590
"""
_INDEX = """\
id = "example"
name = "Example index"
geography = "neighbourhood"
period = "2021"
higher_is = "worse"
rank_1 = "highest"

[normalise]
method = "percentile"

[aggregate]
method = "arithmetic"
missing = "drop-part"

[[part]]
id = "transport"
indicator = "no-car"
weight = 1
direction = "high-is-worse"
"""


class FolderInUseError(WholeplaceError, FileExistsError):
    """A folder that already holds something, or is no folder."""


class CannotMakeError(WholeplaceError, OSError):
    """A folder that cannot be written."""


def make_folder(folder: Path, *, name: str, code: str) -> list[Path]:
    """Write a place folder with a small invented example in every file, and return the paths written.

    Raises FolderInUseError when the folder exists and is not empty; nothing is overwritten. Raises CannotMakeError when
    the folder cannot be written.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise FolderInUseError(f"{folder} is a file; choose another name, nothing was written")
        if folder.exists() and any(folder.iterdir()):
            raise FolderInUseError(f"{folder} is not empty; choose another name, nothing was written")
        return _write(folder, name, code)
    except WholeplaceError:
        raise
    except OSError as error:
        raise CannotMakeError(f"cannot write {error.filename or folder}: {error.strerror or error}") from None


def _write(folder: Path, name: str, code: str) -> list[Path]:
    # empty CSVs would say that a place has no services; a workbook to fill in and import says nothing until then
    files = {
        "place.toml": _PLACE_TOML.format(code=_quoted(code), name=_quoted(name)).encode(),
        "indicators/indicators.csv": _INDICATORS.encode(),
        "indicators/values/residents.csv": _RESIDENTS.encode(),
        "indicators/values/no-car.csv": _NO_CAR.encode(),
        "indices/example.toml": _INDEX.encode(),
        f"registers/{WORKBOOK}": template_workbook(vocabulary()),
        "registers/registers.md": reference_page(vocabulary()).encode(),
    }
    written = []
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    for empty in ("areas", "scenarios", "hazards", "sensors"):
        (folder / empty).mkdir(exist_ok=True)
    return written


def _quoted(text: str) -> str:
    """Text as a TOML string, which has the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
