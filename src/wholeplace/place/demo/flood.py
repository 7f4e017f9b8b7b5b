"""The flood that a scenario of the demo place plays through: how deep the water stands along the river."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wholeplace.place.demo.landscape import ORIGIN, Floats, to_wgs84
from wholeplace.place.demo.people import flood_reach_m
from wholeplace.place.demo.town import DEGREE_DECIMALS, DETAIL_M, Town
from wholeplace.place.demo.write import write_geojson

#: How deep the water stands, in metres, up to each share of the way from the river to the edge of the flood.
DEPTHS = ((0.35, 1.8), (0.7, 0.9), (1.0, 0.3))


def write_flood(town: Town, path: Path) -> None:
    """Write bands of the flood zone in WGS 84, each with its `depth_m`; save for rounding none lies over another."""
    import shapely

    river = town.land.river
    pieces = np.asarray(shapely.linestrings(np.stack([river[:-1], river[1:]], axis=1)), dtype=object)
    reach_m = flood_reach_m(np.arange(len(pieces)))
    outline = shapely.polygons(town.land.outline)
    within = [shapely.union_all(shapely.buffer(pieces, share * reach_m)) for share, _ in DEPTHS]
    wet = shapely.simplify(shapely.intersection(within, outline), DETAIL_M)
    bands = [wet[0], *shapely.difference(wet[1:], wet[:-1])]

    def move(points: Floats) -> Floats:
        return np.round(to_wgs84(points + ORIGIN), DEGREE_DECIMALS)

    degrees = shapely.transform(np.array(bands, dtype=object), move)  # rounding may make fine turns cross
    shapes = shapely.normalize(shapely.make_valid(degrees, method="structure", keep_collapsed=False))
    depths = np.array([depth for _, depth in DEPTHS])
    write_geojson(path, shapes, {"depth_m": depths})
