"""A small place for tests of scenarios, and what is told of a scenario file in it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.places import GEOGRAPHIES, INDICATORS, PLACE_TOML, TABLE, WIDE, geojson, square
from tests.registers import write_registers

from wholeplace.place import Findings, Place, read_place
from wholeplace.place.registers import FolderSource
from wholeplace.resilience import Scenario, read_scenario

#: Four areas, squares of a kilometre from (400000, 400000) of EPSG:27700; the hall stands in the first.
REGISTERS = {
    "sites": "id,name,easting,northing,repair\nhall,Hall,400500,400500,fixed(8)\nshed,Shed,,,\n",
    "systems": "id,name,hosting,supplier,repair\nemail,Email,cloud,acme,4\nledger,Ledger,on-premises,,never\n",
    "teams": "id,headcount,repair\ncare,12,8\nroads,,8\n",
    "suppliers": "id,repair\nacme,30d\n",
    "crews": "id,size\nelectricians,2\n",
    "contracts": "id\nacme-2024\n",
}
HEAD = '[scenario]\nname = "A bad day"\nhorizon_h = 72\n'
FAIL = '[[event]]\nkind = "fail"\nat_h = 0\nitems = ["system:email"]\n'
HAZARD = '[[event]]\nkind = "hazard"\nat_h = 0\n'
ABSENCE = '[[event]]\nkind = "absence"\nat_h = 0\nitems = ["team:*"]\nshare = "beta(2, 8)"\n'
SPREAD = '[[event]]\nkind = "spread"\nat_h = 0\nstart = ["system:email"]\nchance_per_h = 0.02\n'
EXIT = '[[event]]\nkind = "exit"\nat_h = 0\nitems = ["supplier:acme"]\n'


def write_place(folder: Path) -> Path:
    """Write the place into a folder."""
    squares = {f"A{n}": square(400_000 + 1000 * (n - 1), 400_000) for n in range(1, 5)}
    files = {
        "place.toml": PLACE_TOML + GEOGRAPHIES.partition('[[geography]]\nid = "ward"')[0] + TABLE,
        "areas/areas.geojson": geojson(squares),
        "indicators/values/wide.csv": WIDE,
        "indicators/indicators.csv": INDICATORS,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("scenarios", "hazards"):
        (folder / name).mkdir()
    return write_registers(folder, REGISTERS)


def opened(folder: Path) -> Place:
    findings = Findings()
    place = read_place(folder, findings, registers=FolderSource(folder))
    assert place is not None
    assert findings.errors == []
    return place


def read(place: Place, text: str) -> tuple[Scenario | None, Findings]:
    (place.folder / "scenarios" / "bad-day.toml").write_text(text, encoding="utf-8")
    findings = Findings()
    return read_scenario(place, "bad-day", findings), findings


def sound(place: Place, text: str) -> Scenario:
    """A scenario of which nothing at all is told."""
    scenario, findings = read(place, text)
    assert findings.items == []
    assert scenario is not None
    return scenario


def told(place: Place, text: str) -> list[tuple[str, str | None, str | None]]:
    """The rule, column and value of each error; there is no scenario then."""
    scenario, findings = read(place, text)
    assert (scenario is None) == bool(findings.errors)
    assert all(one.file for one in findings.items)
    return [(one.rule, one.column, one.value) for one in findings.errors]


def warned(place: Place, text: str) -> list[tuple[str, str | None, str | None]]:
    scenario, findings = read(place, text)
    assert scenario is not None
    return [(one.rule, one.column, one.value) for one in findings.items]


def footprint(west: float, *, depth: str | None = None) -> str:
    content = json.loads(geojson({"F1": square(west, 400_000)}))
    if depth is not None:
        content["features"][0]["properties"]["depth"] = depth
    return json.dumps(content)
