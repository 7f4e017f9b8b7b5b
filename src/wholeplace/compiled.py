"""How functions are compiled: kept on disk after the first run, without the interpreter's lock, divisions as in numpy.

Leaving out the wrappers that nothing calls halves the time of the first run, in which all is compiled.
"""

from __future__ import annotations

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}

#: For functions that Python calls.
compiled: Any = njit(**_OPTIONS)
#: For functions that only other compiled functions call.
inner: Any = njit(**{**_OPTIONS, "no_cpython_wrapper": True})
