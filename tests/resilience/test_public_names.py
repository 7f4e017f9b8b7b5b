"""What `wholeplace.resilience` offers is there, and does not slow down what needs no engine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wholeplace import resilience


def test_every_name_is_there() -> None:
    assert [name for name in resilience.__all__ if not hasattr(resilience, name)] == []
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = resilience.nothing_of_the_kind  # type: ignore[attr-defined]


def test_engines_are_loaded_when_asked_for() -> None:
    code = (
        "import sys, wholeplace.resilience; assert not {'numba', 'oxidd', 'scipy'} & set(sys.modules); "
        "wholeplace.resilience.Options; assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
