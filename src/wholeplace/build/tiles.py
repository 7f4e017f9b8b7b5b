"""Vector tiles of a geography of many areas: a map draws those it shows, instead of every boundary there is.

A tileset is an MBTiles file (an SQLite database of Mapbox Vector Tiles). GDAL, which reads boundary files already,
writes it; Python's own sqlite3 reads it. Each tile has one layer, `areas`, whose features have the property `area`, the
code; names and figures stay out, so that tiles change with boundaries only.
"""

from __future__ import annotations

import math
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wholeplace.place import Geography

LAYER = "areas"
#: Steps of a coordinate along the side of a tile.
STEPS = 4096
#: Side of a tile on the screen, and of the smallest map that shows a whole place, in pixels.
TILE_PX, LEAST_MAP_PX = 512, 240
#: So many steps of the closest zoom go into the width of a middling area.
STEPS_PER_AREA = 50
CLOSEST_ZOOM = 14
#: Turns finer than this many steps (half a pixel) are left out, but at the closest zoom.
DETAIL_STEPS = 4
#: Tiles overlap by so much (two pixels), so that borders are drawn whole where tiles meet.
MARGIN_STEPS = 16
#: GDAL makes a tile coarser above these limits; a tile of 50,000 areas is well below.
MOST_BYTES, MOST_FEATURES = 5_000_000, 1_000_000
#: Half the side of the world in the projection of web maps, in metres.
HALF_WORLD_M = math.pi * 6_378_137.0


def write_tiles(geography: Geography, path: Path) -> None:
    """Write the tileset of a geography, from the zoom that shows it whole on a phone to that which shows each area."""
    import pyogrio
    import shapely

    assert geography.geometries is not None
    known = ~(shapely.is_missing(geography.geometries) | shapely.is_empty(geography.geometries))
    shapes = shapely.transform(geography.geometries[known], to_mercator)
    least, most = zooms(shapes)
    options = {
        "MINZOOM": least,
        "MAXZOOM": most,
        "EXTENT": STEPS,
        "BUFFER": MARGIN_STEPS,
        "SIMPLIFICATION": DETAIL_STEPS,
        "SIMPLIFICATION_MAX_ZOOM": 0,
        "MAX_SIZE": MOST_BYTES,
        "MAX_FEATURES": MOST_FEATURES,
    }
    with tempfile.TemporaryDirectory() as scratch:  # GDAL puts files of its own beside the one it writes
        draft = Path(scratch) / "areas.mbtiles"
        pyogrio.raw.write(
            draft,
            shapely.to_wkb(shapes),
            [geography.areas["area"].to_numpy().astype(object)[known]],
            ["area"],
            layer=LAYER,
            driver="MBTiles",
            geometry_type="Unknown",
            crs="EPSG:3857",
            dataset_options={name: str(value) for name, value in options.items()},
        )
        shutil.copyfile(draft, path)


def to_mercator(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitude and latitude in the projection of web maps, in its metres (EPSG:3857, which knows no poles)."""
    east, north = np.radians(np.clip(degrees, (-180, -85), (180, 85))).T
    return HALF_WORLD_M / math.pi * np.column_stack([east, np.arcsinh(np.tan(north))])


def zooms(shapes: NDArray[np.object_]) -> tuple[int, int]:
    """The least and the closest zoom of a tileset of shapes in the projection of web maps."""
    import shapely

    west, south, east, north = shapely.total_bounds(shapes)
    world_m = 2 * HALF_WORLD_M
    whole = LEAST_MAP_PX * world_m / (TILE_PX * max(east - west, north - south, 1.0))
    width_m = max(float(np.median(np.sqrt(shapely.area(shapes)))), 1.0)
    close = STEPS_PER_AREA * world_m / (STEPS * width_m)
    least = min(max(math.floor(math.log2(whole)), 0), CLOSEST_ZOOM)
    return least, min(max(math.ceil(math.log2(close)), least), CLOSEST_ZOOM)


@dataclass(frozen=True)
class Tiles:
    """A tileset that can be read from several threads: `bounds` (west, south, east, north), least and closest zoom."""

    path: Path
    bounds: tuple[float, float, float, float]
    least_zoom: int
    most_zoom: int

    @classmethod
    def open(cls, path: Path) -> Tiles:
        """Open a tileset that `write_tiles` wrote."""
        with closing(_connect(path)) as database:
            about = dict(database.execute("SELECT name, value FROM metadata"))
        west, south, east, north = map(float, about["bounds"].split(","))
        return cls(path, (west, south, east, north), int(about["minzoom"]), int(about["maxzoom"]))

    def read(self, zoom: int, column: int, row: int) -> bytes | None:
        """A tile, packed by gzip; None where there is nothing. Rows count from the north, as in addresses."""
        with closing(_connect(self.path)) as database:
            found = database.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                (zoom, column, 2**zoom - 1 - row),  # MBTiles counts rows from the south
            ).fetchone()
        return None if found is None else bytes(found[0])


def _connect(path: Path) -> sqlite3.Connection:
    """A connection of one reader to a file that nobody writes any more."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
