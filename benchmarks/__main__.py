"""Run every comparison, or those named.

`python -m benchmarks [uncertainty] [build] [sizes] [pages] [records] [screening] [scenarios] [disclosure] [profile]
[spatial]`
"""

from __future__ import annotations

import sys

from benchmarks import build, disclosure, pages, profile, records, scenarios, screening, sizes, spatial, uncertainty

COMPARISONS = {
    "uncertainty": uncertainty.run,
    "build": build.run,
    "sizes": sizes.run,
    "pages": pages.run,
    "records": records.run,
    "screening": screening.run,
    "scenarios": scenarios.run,
    "disclosure": disclosure.run,
    "spatial": spatial.run,
    "profile": profile.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or COMPARISONS:
        COMPARISONS[name]()
