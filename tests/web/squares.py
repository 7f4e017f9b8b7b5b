"""A place of 5,040 areas, too many to draw one by one: squares of a kilometre, 72 columns and 70 rows."""

from __future__ import annotations

from pathlib import Path

from tests.places import INDICATORS, geojson, square, toml, write_place

COLUMNS, ROWS = 72, 70
WEST, SOUTH = 400_000, 400_000
#: A square in the south-west corner has no figure.
GAP = "S0000"
INDEX = """
id = "need"
name = "Need"
geography = "area"
period = "2021"
higher_is = "worse"
rank_1 = "highest"

[normalise]
method = "percentile"
reference = "place"

[aggregate]
method = "arithmetic"
missing = "drop-part"

[uncertainty]
draws = 20

[[part]]
id = "no-car"
indicator = "no-car"
weight = 1
direction = "high-is-worse"
"""
#: There are no wards here, so only the first geography of the usual place is kept.
GEOGRAPHY = """
[[geography]]
id = "area"
name = "Squares"
file = "areas/areas.geojson"
code = "code"
label = "name"
population = "residents"
"""


def code(column: int, row: int) -> str:
    """The code of a square: column from the west, row from the south."""
    return f"S{column:02d}{row:02d}"


def write_squares(folder: Path) -> Path:
    """Write the place. Households without a car are least in the west and most in the east, in steps by column."""
    places = [(column, row) for column in range(COLUMNS) for row in range(ROWS)]
    shapes = {code(x, y): square(WEST + 1000 * x, SOUTH + 1000 * y) for x, y in places}
    rows = (f"{code(x, y)},100,{'' if code(x, y) == GAP else (x + y / 100) / 100}" for x, y in places)
    text = toml().replace(toml()[toml().index("\n[[geography]]") :], GEOGRAPHY)
    table = """
[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2021"
columns = { residents = "residents", share = "no-car" }
"""
    return write_place(
        folder,
        {
            "place.toml": text + table,
            "areas/areas.geojson": geojson(shapes),
            "areas/wards.geojson": None,
            "areas/lookup.csv": None,
            "indicators/indicators.csv": INDICATORS,
            "indicators/values/wide.csv": "\n".join(("code,residents,share", *rows)) + "\n",
            "indices/need.toml": INDEX,
        },
    )
