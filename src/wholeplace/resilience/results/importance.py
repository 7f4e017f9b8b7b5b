"""How much a single thing matters to whether a target goes down."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Importance:
    """What one thing above a target does to P, the chance that the target is down.

    `birnbaum` = P1 - P0, from -1 to 1; `raw` (risk achievement worth) = P1 / P and `rrw` (risk reduction worth) =
    P / P0, where P1 and P0 are the same chance when the thing itself fails for sure and when it cannot fail. A ratio is
    None where it is 0 / 0, and where it is without end, which its flag says.
    """

    item: str
    birnbaum: float
    raw: float | None
    rrw: float | None
    raw_infinite: bool = False
    rrw_infinite: bool = False


def importance_of(item: str, *, p: float, p1: float, p0: float) -> Importance:
    """Importance of a thing from three chances of the target being down: as it is, with the thing failed, without.

    References
    ----------
    Birnbaum Z W (1969), On the importance of different components in a multicomponent system. Multivariate Analysis
    II; Vesely W E et al. (1983), Measures of risk importance and their applications, NUREG/CR-3385.

    Examples
    --------
    >>> importance_of("utility:power", p=0.1, p1=1.0, p0=0.0)
    Importance(item='utility:power', birnbaum=1.0, raw=10.0, rrw=None, raw_infinite=False, rrw_infinite=True)
    """
    raw, rrw = _ratio(p1, p), _ratio(p, p0)
    return Importance(
        item=item,
        birnbaum=p1 - p0,
        raw=raw if math.isfinite(raw) else None,
        rrw=rrw if math.isfinite(rrw) else None,
        raw_infinite=math.isinf(raw),
        rrw_infinite=math.isinf(rrw),
    )


def _ratio(above: float, below: float) -> float:
    """A ratio of two chances: NaN where both are 0, infinite where only the one below is, or too small to divide by."""
    if below:
        return above / below
    return math.inf if above else math.nan
