"""Compile functions in a process of their own, while other work goes on.

Compiling takes seconds, once after installation; its result is kept on disk, where the process that waits finds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Compiling:
    """Functions that are compiled together.

    `call` names a function as `module:function` that calls each of them, `last` is the pattern of the file that is kept
    of the last one, `environment` what numba is told.
    """

    call: str
    last: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether all was compiled before, from these very sources."""
        from wholeplace.compiled import kept_in  # loads numba, which those who only may compile do without

        return next(kept_in().rglob(self.last), None) is not None


@contextmanager
def compiling_ahead(what: Compiling) -> Iterator[subprocess.Popen[bytes] | None]:
    """Compile in another process, to be waited for before the first call; None when it was done before."""
    if what.is_done:
        yield None
        return
    module, _, function = what.call.partition(":")
    child = subprocess.Popen(
        [sys.executable, "-c", f"from {module} import {function}; {function}()"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **what.environment},
    )
    try:
        yield child
    finally:
        child.kill()  # nothing is left running where the work that needs it has failed
        child.wait()
