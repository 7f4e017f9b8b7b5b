"""How time and memory of the uncertainty grow with the number of areas: 500, 5,000, 33,000, each in its own process."""

from __future__ import annotations

from typing import Any

from benchmarks.common import in_own_process, keep

_CODE = """
import json
from benchmarks import uncertainty as u
from benchmarks.common import peak_mb, seconds
case = u.case({areas})
u.index_uncertainty(case.choices, u.SETTINGS)
taken = seconds(lambda: u.index_uncertainty(case.choices, u.SETTINGS))
print(json.dumps({{"seconds": taken, "peak_mb": peak_mb()}}))
"""


def run() -> dict[str, Any]:
    """Time 1,000 draws of seven domains for each size."""
    figures = {f"areas_{areas}": in_own_process(_CODE.format(areas=areas)) for areas in (500, 5_000, 33_000)}
    keep("sizes", figures)
    return figures
