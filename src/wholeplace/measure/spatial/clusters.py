"""Where figures are alike or unlike those of the areas next to them, and where that could be chance."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.result import Result
from wholeplace.measure.spatial.compiling import keep_compiled
from wholeplace.measure.spatial.neighbours import Neighbours, SpatialError
from wholeplace.measure.values.changes import clear_among_all
from wholeplace.place import WITHOUT_VALUE
from wholeplace.place.findings import counted

if TYPE_CHECKING:
    from libpysal.graph import Graph

Floats = NDArray[np.float64]

HIGH, LOW = "cluster of high", "cluster of low"
HIGH_AMONG_LOW, LOW_AMONG_HIGH = "outlier: high among low", "outlier: low among high"
HOT, COLD = "hot spot", "cold spot"
CHANCE = "could be chance"
NO_FIGURE, NO_NEIGHBOURS = "no figure", "no neighbours"
#: The words for an area and its neighbours, by the quadrants as esda numbers them.
_QUADRANTS = {1: HIGH, 2: LOW_AMONG_HIGH, 3: LOW, 4: HIGH_AMONG_LOW}
WORDS = (HIGH, LOW, HIGH_AMONG_LOW, LOW_AMONG_HIGH, CHANCE, NO_FIGURE, NO_NEIGHBOURS)
SPOTS = (HOT, COLD, CHANCE, NO_FIGURE, NO_NEIGHBOURS)
#: With fewer areas nothing is worked out; with fewer than `FEW` a caution is given.
LEAST, FEW = 10, 30

SCHEMA = {
    "area": pl.String,
    "value": pl.Float64,
    "status": pl.String,
    "neighbours": pl.Int64,
    "neighbours_mean": pl.Float64,
    "local_i": pl.Float64,
    "z": pl.Float64,
    "p_value": pl.Float64,
    "quadrant": pl.String,
    "word": pl.String,
    "gi_z": pl.Float64,
    "gi_p_value": pl.Float64,
    "gi_word": pl.String,
}


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I of all areas: how alike neighbours are on the whole.

    `expected` is -1/(n - 1), what I would be on average were the figures dealt out by chance; `z` and `p_value` (both
    tails) say how far it is from that: by the moments under randomisation, or from permutations.
    """

    i: float
    expected: float
    z: float
    p_value: float
    areas: int

    @property
    def word(self) -> str:
        """Whether neighbours are alike, unlike, or neither by more than chance."""
        if self.p_value > 0.05:
            return CHANCE
        return "neighbours are alike" if self.i > self.expected else "neighbours are unlike"


@dataclass(frozen=True)
class Clusters(Result):
    """Clusters and outliers of one figure; `frame` has one row of SCHEMA for each area.

    `quadrant` says how an area and its neighbours lie about the mean whatever chance could do; `word` is one of WORDS
    and `gi_word` one of SPOTS, after the false discovery rate. `p` says which p values these are.
    """

    frame: pl.DataFrame
    moran: GlobalMoran
    neighbours: Neighbours
    permutations: int
    seed: int

    @property
    def p(self) -> str:
        """Which p values are given."""
        if self.permutations:
            return f"from {self.permutations:,} permutations (seed {self.seed}), both tails"
        return "from the mean and variance under chance (normal approximation), both tails"

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many areas each word is said of."""
        return {word: int((self.frame["word"] == word).sum()) for word in WORDS}

    @cached_property
    def spots(self) -> dict[str, int]:
        """How many areas each word of Gi* is said of."""
        return {word: int((self.frame["gi_word"] == word).sum()) for word in SPOTS}

    def about(self) -> dict[str, Any]:
        """Everything but the rows, as it stands in JSON."""
        moran = {"i": self.moran.i, "expected": self.moran.expected, "z": self.moran.z,
                 "p_value": self.moran.p_value, "areas": self.moran.areas, "word": self.moran.word}  # fmt: skip
        return {
            "moran": moran,
            "mean": self.frame["value"].mean(),
            "counts": self.counts,
            "gi_counts": self.spots,
            "neighbours": self.neighbours.how,
            "islands": self.neighbours.islands,
            "pieces": self.neighbours.pieces,
            "p": self.p,
            "permutations": self.permutations,
        }


class Looker:
    """Looks for clusters of many figures of the same areas; what hangs on neighbours alone is worked out once."""

    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self._weights: dict[bytes, tuple[Graph, Graph, NDArray[np.bool_]]] = {}

    def look(self, values: pl.DataFrame, *, permutations: int = 0, seed: int = 1) -> Clusters:
        """Find clusters and outliers; see `find_clusters`."""
        frame = self._aligned(values)
        value = frame["value"].fill_null(float("nan")).to_numpy()
        row, star, kept = self._weights_of(np.isfinite(value))
        number = int(kept.sum())
        if number < LEAST:
            raise SpatialError(
                f"{counted(number, 'area')} with a figure and a neighbour that has one; it takes {LEAST} or more"
            )
        if permutations:
            keep_compiled()
        known = value[kept]
        if np.ptp(known) <= 1e-12 * np.abs(known).max():
            raise SpatialError("every area has the same figure: nothing can lie together")
        found = pl.DataFrame(
            {"area": frame["area"].filter(pl.Series(kept)), **_local(known, row, permutations, seed),
             **_spots(known, star, permutations, seed)}, schema_overrides=SCHEMA, nan_to_null=True,
        )  # fmt: skip
        without = pl.when(pl.col("value").is_null()).then(pl.lit(NO_FIGURE)).otherwise(pl.lit(NO_NEIGHBOURS))
        frame = frame.join(found, on="area", how="left", maintain_order="left")
        frame = frame.with_columns(pl.coalesce(name, without).alias(name) for name in ("word", "gi_word"))
        moran = _global(known, row, permutations, seed)
        return Clusters(frame.select(list(SCHEMA)), moran, self.neighbours, permutations, seed)

    def _aligned(self, values: pl.DataFrame) -> pl.DataFrame:
        """One row for each area; a value whose status says that there is none is none."""
        rows = values.select(pl.col("area").cast(pl.String), pl.col("value").cast(pl.Float64), "status")
        frame = pl.DataFrame({"area": self.neighbours.areas}).join(rows, on="area", how="left", maintain_order="left")
        frame = frame.with_columns(pl.col("status").fill_null("O"))
        there = ~pl.col("status").is_in(list(WITHOUT_VALUE)) & pl.col("value").is_finite()
        return frame.with_columns(pl.when(there).then("value").alias("value"))

    def _weights_of(self, known: NDArray[np.bool_]) -> tuple[Graph, Graph, NDArray[np.bool_]]:
        """Weights of the areas with a figure and a neighbour with one: by row, and of Gi*; and which these are."""
        key = known.tobytes()
        if key not in self._weights:
            linked = self.neighbours.matrix @ known.astype(float) > 0
            kept = known & linked
            self._weights[key] = (*_graphs(self.neighbours, kept), kept)
        return self._weights[key]


def find_clusters(values: pl.DataFrame, neighbours: Neighbours, *, permutations: int = 0, seed: int = 1) -> Clusters:
    """Find where figures are alike or unlike those of neighbouring areas, by local Moran's I and Gi*.

    An area's own figure is set beside the mean of its neighbours: both high or both low is a cluster, one high and the
    other low an outlier. Gi* takes an area and its neighbours together: a hot spot where their sum is high, a cold spot
    where it is low. Both are compared with what chance would do, were the figures of the other areas dealt out anew.
    So many areas are looked at that some would stand out by chance alone: the false discovery rate is kept at 5 % over
    all areas, for each statistic by itself (`clear_among_all`); whatever does not pass is "could be chance".

    Parameters
    ----------
    values
        area, value, status. An area without a figure, or suppressed, has no part in it: it is not zero, not filled in,
        and nobody's neighbour.
    permutations
        0: p values by the normal approximation, which where an area has few neighbours and figures have a long high
        tail makes too much of high clusters and too little of low ones. Else by that many conditional permutations, of
        which p is never under 2 / (permutations + 1): among many areas a few extreme ones then pass only in company.
        The first use after installation compiles for some 15 s; the command does so while the place is read.
    seed
        Of the permutations: the same seed, the same p values.

    Raises
    ------
    SpatialError
        With fewer than ten areas to compare, or where every figure is the same.

    Notes
    -----
    Weights are 1 / (number of neighbours) for Moran's I, and 1 for each neighbour and the area itself for Gi*. It is no
    proof of a cause, and says nothing of borders with areas outside the place. Not for counts of people or events,
    which are high where many people live: take shares or rates. Areas between which figures were moved (a split area
    gives both parts its own) are alike by that alone.

    References
    ----------
    Moran P A P (1950), Biometrika 37:17-23; Anselin L (1995), Geographical Analysis 27:93-115; Getis A and Ord J K
    (1992), Geographical Analysis 24:189-206, Ord J K and Getis A (1995), 27:286-306; Sokal R R, Oden N L and Thomson B
    A (1998), Geographical Analysis 30:331-354 (the moments); Benjamini Y and Hochberg Y (1995), J. R. Stat. Soc. B
    57:289-300; Caldas de Castro M and Singer B H (2006), Geographical Analysis 38:180-208 (their use here). All figures
    come from esda.
    """
    return Looker(neighbours).look(values, permutations=permutations, seed=seed)


def _graphs(neighbours: Neighbours, kept: NDArray[np.bool_]) -> tuple[Graph, Graph]:
    from libpysal.graph import Graph

    class Weights(Graph):  # type: ignore[misc]
        """Weights that are in their final form already, and whose sums are worked out once for all figures."""

        def transform(self, transformation: str) -> Graph:
            if transformation.upper() != self.transformation:
                raise ValueError(f"the weights are {self.transformation}, not {transformation}")
            return self

        def summary(self, asymmetries: bool = False) -> Any:
            if not hasattr(self, "_sums"):
                self._sums = super().summary(asymmetries)
            return self._sums

    plain = Graph.from_sparse(neighbours.matrix[kept][:, kept])
    row, star = plain.transform("R"), plain.assign_self_weight(1)
    return tuple(  # type: ignore[return-value]
        Weights(one.adjacency, transformation=kind, is_sorted=True) for one, kind in ((row, "R"), (star, "B"))
    )


def _local(value: Floats, weights: Graph, permutations: int, seed: int) -> dict[str, NDArray[Any]]:
    from esda.moran import Moran_Local

    neighbours = weights.cardinalities.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"), _one_tail():
        found = Moran_Local(value, weights, permutations=permutations, keep_simulations=False, seed=seed, n_jobs=1)
        number = len(value)
        z = (found.Is * number / (number - 1) - found.EIc) / np.sqrt(found.VIc)  # esda's I has n - 1 above, E and V n
    z[neighbours == number - 1] = np.nan  # where all others are neighbours, nothing is left to chance
    p_value = _both_tails(found.p_sim, permutations) if permutations else _normal(z)
    quadrant = np.array([_QUADRANTS[one] for one in found.q.tolist()])
    clear = np.array(clear_among_all(p_value), dtype=bool)
    return {
        "neighbours": neighbours,
        "neighbours_mean": np.asarray(weights.lag(value)),
        "local_i": found.Is,
        "z": z,
        "p_value": p_value,
        "quadrant": quadrant,
        "word": np.where(clear, quadrant, CHANCE),
    }


def _spots(value: Floats, weights: Graph, permutations: int, seed: int) -> dict[str, NDArray[Any]]:
    from esda.getisord import G_Local

    # z is the same for figures counted from another zero, but its sign is turned where they sum to less than nothing
    with np.errstate(divide="ignore", invalid="ignore"), _one_tail():
        found = G_Local(value - value.min(), weights, transform="B", star=True, permutations=permutations,
                        keep_simulations=False, seed=seed, n_jobs=1)  # fmt: skip
    p_value = _both_tails(found.p_sim, permutations) if permutations else _normal(found.Zs)
    clear = np.array(clear_among_all(p_value), dtype=bool)
    word = np.where(clear, np.where(found.Zs > 0, HOT, COLD), CHANCE)
    return {"gi_z": found.Zs, "gi_p_value": p_value, "gi_word": word}


def _global(value: Floats, weights: Graph, permutations: int, seed: int) -> GlobalMoran:
    from esda.moran import Moran

    state = np.random.get_state()  # esda draws the permutations of Moran's I from numpy's shared generator
    np.random.seed(seed)
    try:
        found = Moran(value, weights, permutations=permutations)
    finally:
        np.random.set_state(state)
    z = found.z_sim if permutations else found.z_rand
    p_value = min(1.0, 2 * found.p_sim) if permutations else found.p_rand
    return GlobalMoran(float(found.I), float(found.EI), float(z), float(p_value), len(value))


def _normal(z: Floats) -> Floats:
    """Two-sided p values; 1 where there is no z: for a figure that is just the mean, or with all others around it."""
    from scipy.special import ndtr

    found: Floats = np.where(np.isfinite(z), 2 * ndtr(-np.abs(z)), 1.0)
    return found


@contextmanager
def _one_tail() -> Iterator[None]:
    """Keep quiet that esda will count both tails from its version 3 on: until then `_both_tails` does."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The alternative hypothesis", DeprecationWarning)
        yield


def _both_tails(one_sided: Floats, permutations: int) -> Floats:
    """Twice the share of permutations beyond the figure in the nearer tail, which esda gives in single precision."""
    ways = permutations + 1
    found: Floats = np.minimum(1.0, 2 * np.round(one_sided.astype(np.float64) * ways) / ways)
    return found
