"""Small place folders and index specs for the tests of the measure room."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wholeplace.measure import IndexSpec
from wholeplace.place import Place, open_place

PERIOD = "2021"


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files under a folder, which is made."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def csv_text(columns: Mapping[str, Sequence[object]]) -> str:
    """A CSV file with these columns; None is a blank cell."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"


def indicators_text(kinds: Mapping[str, str], extra: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """An indicators.csv: id -> value type; `extra` has other fields by id."""
    units = {"count": "people", "proportion": "share", "rate": "per 1000", "rank": "rank"}
    rows = []
    for name, kind in kinds.items():
        row = {"id": name, "name": name.title(), "value_type": kind, "unit": units.get(kind, "points")}
        row |= {"polarity": "none", "source": "Test", "licence": "OGL", "ci_method": "", "up": ""}
        rows.append(row | dict((extra or {}).get(name, {})))
    return csv_text({column: [f'"{row[column]}"' for row in rows] for column in rows[0]})


def squares(codes: Sequence[str]) -> str:
    """A GeoJSON file with one square an area."""
    features = []
    for x, code in enumerate(codes):
        ring = [[x, 50], [x + 1, 50], [x + 1, 51], [x, 51], [x, 50]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features})


def town(
    folder: Path,
    values: Mapping[str, Sequence[object]],
    *,
    kinds: Mapping[str, str] | None = None,
    areas: Sequence[str] | None = None,
    inside: Sequence[str] | None = None,
    wards: Sequence[str] | None = None,
    people: Sequence[object] | None = None,
    period: str = PERIOD,
) -> Path:
    """Write a place of small areas `a`.

    `values` is indicator id -> one cell an area (None blank, "*" suppressed). Areas are A01, A02, … unless given; with
    `inside` only these are of the place, the others outside. `wards` is each area's ward w, `people` its residents.
    """
    n = len(next(iter(values.values())))
    codes = list(areas or [f"A{number:02}" for number in range(1, n + 1)])
    columns = dict(values) | ({"people": people} if people is not None else {})
    kinds = dict.fromkeys(values, "score") | ({"people": "count"} if people is not None else {}) | dict(kinds or {})
    named = ", ".join(f'{name} = "{name}"' for name in columns)
    population = 'population = "people"\n' if people is not None else ""
    where = 'file = "areas/a.geojson"\ncode = "code"\n' if inside is not None else ""
    text = f'[place]\ncode = "T1"\nname = "Town"\n\n[[geography]]\nid = "a"\nname = "Areas"\n{where}{population}'
    files = {"values/a.csv": csv_text({"code": codes, **columns}), "indicators/indicators.csv": indicators_text(kinds)}
    if inside is not None:
        files["areas/a.geojson"] = squares(inside)
    if wards is not None:
        text += '\n[[geography]]\nid = "w"\nname = "Wards"\nfile = "areas/w.geojson"\ncode = "code"\n'
        text += '\n[[lookup]]\nfrom = "a"\nto = "w"\nfile = "areas/a_w.csv"\ncolumns = { from = "a", to = "w" }\n'
        files["areas/w.geojson"] = squares(sorted(set(wards)))
        files["areas/a_w.csv"] = csv_text({"a": codes, "w": wards})
    text += f'\n[[table]]\nfile = "values/a.csv"\ngeography = "a"\nkey = "code"\nperiod = "{period}"\n'
    text += f'suppressed = ["*"]\ncolumns = {{ {named} }}\n'
    return write_files(folder, {"place.toml": text, **files})


def open_town(folder: Path, values: Mapping[str, Sequence[object]], **settings: Any) -> Place:
    """Write a place of small areas (see `town`) and open it."""
    return open_place(town(folder, values, **settings))


def leaf(name: str, weight: float = 1.0, /, **more: Any) -> dict[str, Any]:
    """A part that is the indicator of the same name; high is worse."""
    return {"id": name, "indicator": name, "weight": weight, "direction": "high-is-worse"} | more


def group(name: str, weight: float, parts: Sequence[dict[str, Any]], /, **more: Any) -> dict[str, Any]:
    """A part that holds parts."""
    return {"id": name, "weight": weight, "part": list(parts)} | more


def index_dict(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An index of areas `a` as its TOML file would have it; by default raw values are summed as they are."""
    base = {"id": "test", "name": "Test", "geography": "a", "period": PERIOD, "higher_is": "worse"}
    return base | {"normalise": {"method": "none"}, "part": list(parts)} | more


def index_spec(*parts: dict[str, Any], **more: Any) -> IndexSpec:
    """An index of areas `a` as read from its file (see `index_dict`)."""
    return IndexSpec.model_validate(index_dict(*parts, **more))
