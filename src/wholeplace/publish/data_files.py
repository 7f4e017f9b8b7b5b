"""Tables and boundaries for others to use: CSV with CSV on the Web metadata, a Data Package, and GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.build import Build
from wholeplace.place import STATUSES
from wholeplace.place.periods import period_middle
from wholeplace.publish.earlier import DATA
from wholeplace.publish.licences import licence_address
from wholeplace.web.exports import write_csv

#: Column -> (title, datatype of CSV on the Web, type of a Data Package, what it is).
COLUMNS = {
    "indicator": ("Indicator", "string", "string", "Id of the indicator"),
    "geography": ("Kind of area", "string", "string", "Id of the kind of area; `place` is the place as a whole"),
    "area": ("Area code", "string", "string", "Code of the area"),
    "area_name": ("Area", "string", "string", "Name of the area"),
    "period": ("Period", "string", "string", "What time it is about, as in SDMX: 2021, 2021-Q1, 2021-04/2022-03"),
    "value": ("Value", "number", "number", "The figure in its unit; empty where there is none, and status says why"),
    "lower95": ("Lower 95 % limit", "number", "number", "Lower end of the 95 % interval, if there is one"),
    "upper95": ("Upper 95 % limit", "number", "number", "Upper end of the 95 % interval, if there is one"),
    "count": ("Count", "number", "number", "What is counted; empty where there is no count or it is suppressed"),
    "denominator": ("Denominator", "number", "number", "What it is counted out of; empty where it is not published"),
    "status": ("Status", "string", "string", "A normal, E estimated, I imputed, P provisional, U low reliability, "
               "B break, L not collected, M cannot exist, O missing, Q suppressed"),
    "moved_from": ("Moved from", "string", "string", "Kind of area it was published for, where it was moved"),
}  # fmt: skip
#: Columns that are never empty; together the first four name a row.
REQUIRED = ("indicator", "geography", "area", "period", "status")
_KEY = ["indicator", "geography", "area", "period"]


@dataclass(frozen=True)
class DataTable:
    """One published table: an indicator with everything that is said of it, the periods it has and how many rows."""

    indicator: dict[str, Any]
    periods: list[str]
    rows: int

    @property
    def id(self) -> str:
        return str(self.indicator["id"])

    @property
    def file(self) -> str:
        return f"{DATA}/{self.id}.csv"

    @property
    def licence(self) -> str:
        """Address of the licence."""
        return licence_address(str(self.indicator["licence"]))

    @property
    def description(self) -> str:
        """Definition and caveats in one text."""
        texts = (self.indicator["definition"], self.indicator["caveats"])
        return " ".join(f"{text.rstrip('. ')}." for text in texts if text) or f"{self.indicator['name']}."


def write_tables(build: Build, target: Path) -> list[DataTable]:
    """Write the table of every indicator that has figures, with its metadata, and the Data Package of all."""
    (target / DATA).mkdir(parents=True, exist_ok=True)
    names = build.areas.select("geography", "area", pl.col("name").alias("area_name"))
    tables = []
    for indicator in build.indicators.iter_rows(named=True):
        values = build.values_of(indicator["id"])
        if values.is_empty():
            continue
        frame = values.join(names, on=["geography", "area"], how="left", maintain_order="left").select(list(COLUMNS))
        periods = sorted(values["period"].unique(), key=period_middle)
        table = DataTable(indicator, periods, frame.height)
        (target / table.file).write_bytes(write_csv(frame))
        _json(target / f"{table.file}-metadata.json", csvw(table))
        tables.append(table)
    _json(target / DATA / "datapackage.json", data_package(build, tables))
    return tables


def csvw(table: DataTable) -> dict[str, Any]:
    """Metadata of one table as CSV on the Web has it (W3C Recommendation, 2015)."""
    about = table.indicator
    columns = [
        {
            "name": name,
            "titles": {"en": title},
            "dc:description": what,
            "datatype": {"base": datatype, "format": f"[{''.join(sorted(STATUSES))}]"}
            if name == "status"
            else datatype,
            "required": name in REQUIRED,
            "null": "",
            **({"schema:unitText": about["unit"]} if name in {"value", "lower95", "upper95"} else {}),
        }
        for name, (title, datatype, _, what) in COLUMNS.items()
    ]
    told = {
        "dc:title": about["name"], "dc:description": table.description, "dc:source": about["source"],
        "dc:publisher": about["publisher"], "dc:issued": about["issued"], "dc:subject": about["theme"],
    }  # fmt: skip
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": Path(table.file).name,
        **{name: text for name, text in told.items() if text},
        "dc:license": {"@id": table.licence},
        "tableSchema": {"columns": columns, "primaryKey": _KEY},
    }


def data_package(build: Build, tables: list[DataTable]) -> dict[str, Any]:
    """All tables as a Data Package (version 1)."""
    fields = [
        {"name": name, "title": title, "type": kind, "description": what,
         **({"constraints": {"required": True}} if name in REQUIRED else {})}
        for name, (title, _, kind, what) in COLUMNS.items()
    ]  # fmt: skip
    return {
        "profile": "tabular-data-package",
        "name": "published-figures",
        "title": f"Figures of {build.place['name']}",
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": table.id,
                "path": Path(table.file).name,
                "title": table.indicator["name"],
                "description": table.description,
                "encoding": "utf-8",
                "format": "csv",
                "mediatype": "text/csv",
                "sources": [{"title": table.indicator["source"], **_link(table.indicator["url"])}],
                "licenses": [{"path": table.licence, "title": table.indicator["licence"]}],
                "schema": {"fields": fields, "missingValues": [""], "primaryKey": _KEY},
            }
            for table in tables
        ],
    }


def _link(url: str) -> dict[str, str]:
    return {"path": url} if url.startswith(("http://", "https://")) else {}


def write_maps(build: Build, target: Path) -> list[tuple[str, str]]:
    """Write the boundaries of each geography with the latest figure of every indicator; (file, name) of each."""
    written = []
    for geography, name in build.areas.select("geography", "geography_name").unique(maintain_order=True).iter_rows():
        shapes = build.boundaries(geography)
        if shapes is None:
            continue
        latest = _latest(build, geography)
        collection = json.loads(shapes.read_text(encoding="utf-8"))
        for feature in collection["features"]:
            area = feature["properties"]["area"]
            figures = {key: value for key, found in latest for key, value in _figure(key, found[1].get(area))}
            feature["properties"] = {"area": area, "name": feature["properties"].get("name"), **figures}
        collection["periods"] = {key: period for key, (period, _) in latest}
        file = f"{DATA}/{geography}.geojson"
        _json(target / file, collection, indent=None)
        written.append((file, name))
    return written


def _latest(build: Build, geography: str) -> list[tuple[str, tuple[str, dict[str, tuple[float | None, str]]]]]:
    """For each indicator its latest period on a geography and the value and status of each area."""
    found = []
    for indicator in build.indicators["id"]:
        values = build.values_of(indicator).filter(pl.col("geography") == geography)
        if values.height:
            period = max(values["period"].unique(), key=period_middle)
            rows = values.filter(pl.col("period") == period).select("area", "value", "status").iter_rows()
            found.append((indicator, (period, {area: (value, status) for area, value, status in rows})))
    return found


def _figure(name: str, figure: tuple[float | None, str] | None) -> Iterator[tuple[str, Any]]:
    value, status = figure or (None, "O")
    yield name, value
    if status != "A":
        yield f"{name}_status", status


def _json(path: Path, content: Any, *, indent: int | None = 1) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=indent, allow_nan=False), encoding="utf-8")
