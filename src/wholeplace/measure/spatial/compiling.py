"""Keeps on disk what the functions behind esda's permutations compile to, which esda has compiled in every process."""

from __future__ import annotations

from functools import cache

from wholeplace.compiling import Compiling

#: What permutations need. The loop over areas is compiled last and twice, once for each of the two statistics.
PERMUTATIONS = Compiling(f"{__name__}:compile_permutations", "crand.compute_chunk-*.2.nbc")


def compile_permutations() -> None:
    """Deal out the figures of a ring of areas, so that everything is compiled and kept."""
    import polars as pl

    from wholeplace.measure.spatial.clusters import find_clusters
    from wholeplace.measure.spatial.neighbours import Neighbours

    codes = [str(number) for number in range(12)]
    on = {"area": codes, "neighbour": codes[1:] + codes[:1]}
    pairs = pl.concat([pl.DataFrame(on), pl.DataFrame({"area": on["neighbour"], "neighbour": on["area"]})])
    values = pl.DataFrame({"area": codes, "value": [float(code) for code in codes], "status": ["A"] * len(codes)})
    find_clusters(values, Neighbours(pl.Series("area", codes), pairs, "boundaries"), permutations=9)


@cache
def keep_compiled() -> None:
    """Have what esda's functions compile to kept where ours is: nearly all of the compiling in all runs but the first.

    One of them takes others as arguments, which numba knows by a mark made by chance in every process, so that it would
    not find again what it kept. Here the mark is the function's name and the version of esda. numba does not promise to
    take marks; should it cease to, more is compiled again.
    """
    import esda
    from esda import crand, getisord, moran, significance
    from numba.core.registry import CPUDispatcher

    import wholeplace.compiled  # noqa: F401 (tells numba where)

    for module in (crand, getisord, moran, significance):
        for name, function in vars(module).items():
            if isinstance(function, CPUDispatcher) and function.__module__ == module.__name__:
                if mark := getattr(function, "_set_uuid", None):
                    mark(f"{module.__name__}.{name} {esda.__version__}")
                function.enable_caching()
