"""Keeps on disk what the functions behind esda's permutations compile to, which esda has compiled in every process."""

from __future__ import annotations

from functools import cache


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
