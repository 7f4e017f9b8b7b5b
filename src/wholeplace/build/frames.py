"""The tables of a build: every frame that pages and exports read, made from a checked place."""

from __future__ import annotations

from dataclasses import asdict, fields

import polars as pl

from wholeplace.measure import indicator_values, population, targets
from wholeplace.measure.moving import SCHEMA as VALUE_SCHEMA
from wholeplace.place import PLACE, WITHOUT_VALUE, Indicator, Place
from wholeplace.place.periods import period_middle


def areas_frame(place: Place) -> pl.DataFrame:
    """Every area: geography, geography_name, area, name, population, population_period."""
    frames = []
    for target in targets(place):
        names = pl.DataFrame({"area": [place.settings.code], "name": [place.settings.name]})
        title = place.settings.name
        if target != PLACE:
            names, title = place.geographies[target].areas, place.geographies[target].name
        people = population(place, target, _latest(place))
        if people is None:
            people = pl.DataFrame(schema={"area": pl.String, "population": pl.Float64, "period": pl.String})
        frame = names.join(people.rename({"period": "population_period"}), on="area", how="left")
        frames.append(frame.select(pl.lit(target).alias("geography"), pl.lit(title).alias("geography_name"), "area",
                                   "name", "population", "population_period").sort("area"))  # fmt: skip
    return pl.concat(frames)


def _latest(place: Place) -> str:
    return max((key.period for key in place.series), key=period_middle, default="2021")


def belongs_frame(place: Place) -> pl.DataFrame:
    """Which area lies in which larger ones: geography, area, to_geography, to_area, share (of its people, 0 to 1)."""
    frames = []
    for start in place.geographies:
        for end in targets(place):
            route = place.routes.find(start, end) if start != end else None
            if route is not None:
                frames.append(
                    route.frame.select(
                        pl.lit(start).alias("geography"),
                        pl.col("from_area").alias("area"),
                        pl.lit(end).alias("to_geography"),
                        pl.col("to_area"),
                        pl.col("weight").alias("share"),
                    )
                )
    names = ("geography", "area", "to_geography", "to_area")
    return pl.concat([pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "share": pl.Float64}), *frames])


def indicators_frame(place: Place) -> pl.DataFrame:
    """indicators.csv, one row an indicator."""
    rows = [asdict(indicator) for indicator in place.indicators.values()]
    return pl.DataFrame(rows, schema=dict.fromkeys((field.name for field in fields(Indicator)), pl.String))


def values_frame(place: Place) -> pl.DataFrame:
    """Values of every indicator on every geography they can be had for, moved ones included."""
    frames = [
        indicator_values(place, indicator).select(pl.lit(indicator).alias("indicator"), *VALUE_SCHEMA)
        for indicator in place.indicators
    ]
    return pl.concat([pl.DataFrame(schema={"indicator": pl.String, **VALUE_SCHEMA}), *frames])


def comparators_frame(place: Place) -> pl.DataFrame:
    """All areas of a source table, those of other places included: rows, mean, p10, median, p90."""
    schema = {"geography": pl.String, "indicator": pl.String, "period": pl.String, "rows": pl.Int64}
    frames = [pl.DataFrame(schema={**schema, **dict.fromkeys(("mean", "p10", "median", "p90"), pl.Float64)})]
    for key, series in place.series.items():
        if not series.frame["inside"].all() and place.indicators[key.indicator].value_type != "count":
            value = series.frame["value"].drop_nulls()
            quantiles = {name: value.quantile(q, "linear") for name, q in (("p10", 0.1), ("median", 0.5), ("p90", 0.9))}
            row = {**key._asdict(), "rows": len(value), "mean": value.mean(), **quantiles}
            frames.append(pl.DataFrame([row], schema=frames[0].schema))
    return pl.concat(frames)


def tables_frame(place: Place, digests: dict[str, str]) -> pl.DataFrame:
    """Every source table, cross-tables too: what it holds, what is missing or suppressed, where it was published."""
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for key, series in place.series.items():
        row = rows.setdefault(
            (series.file, key.geography, key.period),
            {
                "file": series.file,
                "geography": key.geography,
                "period": key.period,
                "indicators": [],
                "sources": [],
                "licences": [],
                "rows": series.frame.height,
                "rows_outside": place.rows_outside.get(series.file, 0),
                "areas_missing": 0,
                "missing": 0,
                "suppressed": 0,
                "sha256": digests.get(series.file, ""),
            },
        )
        indicator, inside = place.indicators[key.indicator], series.inside
        for name, text in (
            ("indicators", indicator.id),
            ("sources", indicator.source),
            ("licences", indicator.licence),
        ):
            if text and text not in row[name]:  # type: ignore[operator]
                row[name].append(text)  # type: ignore[attr-defined]
        codes = place.geographies[key.geography].codes
        row["areas_missing"] = max(int(row["areas_missing"]), len(codes) - inside.height)  # type: ignore[call-overload]
        row["suppressed"] += int((inside["status"] == "Q").sum())  # type: ignore[operator]
        without = [code for code in WITHOUT_VALUE if code != "Q"]
        row["missing"] += int(inside["status"].is_in(without).sum())  # type: ignore[operator]
    for table in place.crosstabs:
        cells = table.frame
        rows[table.file, table.id, ""] = {
            "file": table.file,
            "geography": table.geography,
            "period": table.period,
            "indicators": [table.name],
            "sources": [table.source or "published without a source"],
            "licences": [table.licence or "published without a licence"],
            "rows": cells.filter(pl.col("status") != "O").height,
            "rows_outside": place.rows_outside.get(table.file, 0),
            "areas_missing": cells.group_by("area").agg((pl.col("status") == "O").all())["status"].sum(),
            "missing": int((cells["status"] == "O").sum()),
            "suppressed": int((cells["status"] == "Q").sum()),
            "sha256": digests.get(table.file, ""),
        }
    texts = ("file", "geography", "period", "sha256")
    lists = ("indicators", "sources", "licences")
    schema = dict.fromkeys(texts, pl.String) | {name: pl.List(pl.String) for name in lists}
    numbers = ("rows", "rows_outside", "areas_missing", "missing", "suppressed")
    return pl.DataFrame(list(rows.values()), schema={**schema, **dict.fromkeys(numbers, pl.Int64)}, strict=False)


def groupings_list(place: Place) -> list[dict[str, object]]:
    """The groupings of place.toml, as `Grouping` has them."""
    return [asdict(one) for one in place.groupings.values()]


def crosstabs_list(place: Place) -> list[dict[str, object]]:
    """The cross-tables without their cells, which stand in files numbered in the same order."""
    return [
        {field.name: getattr(one, field.name) for field in fields(one) if field.name != "frame"}
        for one in place.crosstabs
    ]
