"""Make a look-up from boundaries alone: an area's people are shared out as its ground is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.place.boundaries import WGS84, reproject
from wholeplace.place.config import LookupSection
from wholeplace.place.findings import Findings
from wholeplace.place.geography import Geography
from wholeplace.place.lookups import Lookup

if TYPE_CHECKING:
    from wholeplace.place.place import Place

#: Two maps never meet exactly: a piece smaller than this share of an area is taken for the width of the pen.
SLIVER = 1e-3


class NoBoundariesError(WholeplaceError, ValueError):
    """Areas cannot be weighed by their ground: boundaries or the projected `crs` of the place are missing."""


@dataclass(frozen=True)
class AreaShares:
    """How the ground of one geography lies in another.

    `lookup` has weights that sum to 1 for each `from` area that meets any `to` area. `covered` has, for every `from`
    area (`area`), the share of its ground in `to` areas before that scaling (`share`): below 1 some ground is in none,
    above 1 `to` areas overlap each other.
    """

    lookup: Lookup
    covered: pl.DataFrame


def lookup_by_area(place: Place, from_id: str, to_id: str) -> Lookup:
    """Make a look-up between two geographies of a place from their boundaries alone.

    In place.toml the same is asked for with a look-up that has no file::

        [[lookup]]
        from = "lsoa21"
        to = "catchment"
        by = "area"

    The weight is the share of the `from` area's ground that lies in each `to` area, of the part that lies in any; the
    weights of a `from` area sum to 1. It assumes that people live evenly spread over each area. That is far from true
    where an area holds a park, a moor or a harbour, and the smaller the `to` areas are beside the `from` areas, the
    less it says: use a look-up of addresses or postcodes where there is one. Pieces below a thousandth of an area are
    left out, since two maps of one border never meet exactly. Areas without a boundary get no row.

    Areas are measured in the projected `crs` of the place, by `tobler`.

    Raises
    ------
    NoBoundariesError
        When the place has no projected `crs`, or one of the geographies no boundaries.
    KeyError
        When the place has no geography of that id.

    References
    ----------
    Goodchild, M. F. and Lam, N. S.-N. (1980), Areal interpolation: a variant of the traditional spatial problem.
    Geo-Processing 1, 297-312.
    """
    source, target = place.geographies[from_id], place.geographies[to_id]
    fault = _obstacle(source, target, place.settings.crs)
    if fault:
        raise NoBoundariesError(fault)
    return shares_by_area(source, target, crs=place.settings.crs).lookup


def shares_by_area(source: Geography, target: Geography, *, crs: str) -> AreaShares:
    """Measure how the ground of `source` lies in `target`, in the projected coordinate system `crs`."""
    from tobler.area_weighted import _area_tables_binning

    start, end = _drawn(source, crs), _drawn(target, crs)
    table = _area_tables_binning(start, end, "auto").tocoo()
    ground = start.geometry.area.to_numpy()
    share: NDArray[np.float64] = table.data.astype(np.float64) / ground[table.row]
    frame = pl.DataFrame(
        {
            "from_area": start["area"].to_numpy()[table.row].astype(str),
            "to_area": end["area"].to_numpy()[table.col].astype(str),
            "share": share,
        },
        schema={"from_area": pl.String, "to_area": pl.String, "share": pl.Float64},
    )
    covered = (
        source.areas.select("area")
        .join(frame.group_by(pl.col("from_area").alias("area")).agg(pl.col("share").sum()), on="area", how="left")
        .with_columns(pl.col("share").fill_null(0.0))
    )
    kept = frame.filter(pl.col("share") >= SLIVER).with_columns(
        (pl.col("share") / pl.col("share").sum().over("from_area")).alias("weight")
    )
    rows = kept.select("from_area", "to_area", "weight").sort("from_area", "to_area")
    return AreaShares(Lookup(source.id, target.id, rows, f"the boundaries of {source.id} and {target.id}"), covered)


def read_area_lookup(
    section: LookupSection, source: Geography, target: Geography, crs: str, findings: Findings
) -> Lookup | None:
    """Make the look-up that a section asks for with `by = "area"`, saying what it assumes and what it loses."""
    name = f"the look-up by area from {source.id} to {target.id}"
    given = [key for key, value in (("file", section.file), ("columns", section.columns),
                                    ("split_by", section.split_by)) if value]  # fmt: skip
    if given:
        message = f'{name} has `by = "area"`, and no use for {", ".join(given)}; keep one of the two'
        findings.error("lookup-area", message, file="place.toml", column="lookup.by", value=section.by)
        return None
    fault = _obstacle(source, target, crs)
    if fault:
        findings.error("lookup-area", f"{name} cannot be made: {fault}", file="place.toml", column="lookup.by",
                       value=section.by)  # fmt: skip
        return None
    shares = shares_by_area(source, target, crs=crs)
    message = f"{name} takes people to be spread evenly over each area; use a look-up of addresses where there is one"
    findings.notice("lookup-area", message, file="place.toml", column="lookup.by", value=section.by)
    _tell_losses(shares, source, target, findings)
    return shares.lookup


def _tell_losses(shares: AreaShares, source: Geography, target: Geography, findings: Findings) -> None:
    """Name the areas whose ground is lost or counted twice, and by how much."""
    short = shares.covered.filter(pl.col("share") < 1 - SLIVER)
    words = f"of its ground lies in no area of {target.id}; "
    told = (
        (
            f"{area}: {1 - share:.1%} {words}"
            + (f"its people are lost on the way to {target.id}" if share < SLIVER else "its people count as if all of "
               "them lived in the rest"),
            None,
            area,
        )
        for area, share in short.sort("area").iter_rows()
    )  # fmt: skip
    findings.several("warning", "lookup-drops", told, total=short.height, file=source.file)
    double = shares.covered.filter(pl.col("share") > 1 + SLIVER)
    told = (
        (f"{area} lies in areas of {target.id} that overlap each other ({share:.1%} of its ground)", None, area)
        for area, share in double.sort("area").iter_rows()
    )
    findings.several("warning", "lookup-doubles", told, total=double.height, file=target.file)


def _obstacle(source: Geography, target: Geography, crs: str) -> str:
    """What stands in the way of measuring areas, or "" for nothing."""
    import pyproj

    if not crs:
        return "[place] has no `crs`, the projected coordinate system to measure in; in Britain EPSG:27700"
    try:
        if not pyproj.CRS.from_user_input(crs).is_projected:
            return f"the `crs` of [place] is {crs}, which measures in degrees; in Britain use EPSG:27700"
    except pyproj.exceptions.CRSError:
        return f"the `crs` of [place] is {crs!r}, which is no coordinate system"
    bare = [geography.id for geography in (source, target) if geography.geometries is None]
    return f"there are no boundaries of {' and '.join(bare)}; name a boundary `file`" if bare else ""


def _drawn(geography: Geography, crs: str) -> Any:
    """The areas that have a boundary as a GeoDataFrame in `crs`; shapes that cross themselves are made valid."""
    import geopandas
    import shapely

    assert geography.geometries is not None  # the caller has looked
    moved = shapely.make_valid(reproject(geography.geometries, WGS84, crs))
    keep = ~(shapely.is_missing(moved) | shapely.is_empty(moved)) & (shapely.area(moved) > 0)
    return geopandas.GeoDataFrame(
        {"area": geography.areas["area"].to_numpy()[keep]}, geometry=moved[keep], crs=crs
    ).reset_index(drop=True)
