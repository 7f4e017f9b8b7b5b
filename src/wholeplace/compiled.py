"""How functions are compiled: kept on disk after the first run, without the interpreter's lock, divisions as in numpy.

Leaving out the wrappers that nothing calls halves the time of the first run, in which all is compiled.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numba

_PACKAGE = Path(__file__).parent
_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def kept_in() -> Path:
    """The folder in which compiled code of these very sources is kept.

    numba looks only at the file of the function that is called: after a change of another file from which that one
    calls functions, it would run the old ones. So the folder goes by all sources together.
    """
    elsewhere = os.environ.get("NUMBA_CACHE_DIR")
    if elsewhere:
        return Path(elsewhere)
    stats = ((str(path), path.stat()) for path in sorted(_PACKAGE.rglob("*.py")))
    stamps = "".join(f"{name}{stat.st_mtime_ns}{stat.st_size}" for name, stat in stats)
    return _base() / hashlib.sha256(stamps.encode()).hexdigest()[:16]


def _base() -> Path:
    """Beside the package, or where the system keeps what programs can make again."""
    if os.access(_PACKAGE, os.W_OK):
        return _PACKAGE / "__pycache__" / "compiled"
    local = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(local or Path.home() / ".cache") / "wholeplace" / "compiled"


def _keep() -> None:
    """Tell numba where to keep what it compiles, and drop what was compiled of other sources."""
    folder = kept_in()
    setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010 (which its types do not know)
    if folder.parent == _base() and folder.parent.is_dir():
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)


_keep()
#: For functions that Python calls.
compiled: Any = numba.njit(**_OPTIONS)
#: For functions that only other compiled functions call.
inner: Any = numba.njit(**{**_OPTIONS, "no_cpython_wrapper": True})
#: The same for short ones in the midst of long loops: their code is put where they are called.
inlined: Any = numba.njit(**{**_OPTIONS, "no_cpython_wrapper": True, "forceinline": True})
