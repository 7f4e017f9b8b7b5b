"""How much a thing matters to a target: the target's chance of going down when the thing fails, and when it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf, nan


@dataclass(frozen=True)
class Importance:
    """A thing above a target: the target's chance of an outage as it is, when the thing itself fails, and cannot fail.

    What else one draw may strike together with the thing is struck as before.

    References
    ----------
    Birnbaum (1969), On the importance of different components in a multicomponent system; Vesely et al. (1983),
    Measures of risk importance and their applications, NUREG/CR-3385.
    """

    item: str
    p_down: float
    p_down_failed: float
    p_down_spared: float

    @property
    def birnbaum(self) -> float:
        """How much more often the target goes down when the thing fails than when it cannot, from 0 to 1."""
        return self.p_down_failed - self.p_down_spared

    @property
    def raw(self) -> float | None:
        """Risk achievement worth: so many times as often when the thing fails; None for 0/0 and without end."""
        return _finite(_ratio(self.p_down_failed, self.p_down))

    @property
    def raw_infinite(self) -> bool:
        return isinf(_ratio(self.p_down_failed, self.p_down))

    @property
    def rrw(self) -> float | None:
        """Risk reduction worth: so many times less often when it cannot fail; None for 0/0 and without end."""
        return _finite(_ratio(self.p_down, self.p_down_spared))

    @property
    def rrw_infinite(self) -> bool:
        return isinf(_ratio(self.p_down, self.p_down_spared))

    def as_dict(self) -> dict[str, str | float | bool | None]:
        """As in the result of a scenario."""
        return {
            "item": self.item,
            "birnbaum": self.birnbaum,
            "raw": self.raw,
            "rrw": self.rrw,
            "raw_infinite": self.raw_infinite,
            "rrw_infinite": self.rrw_infinite,
        }


def _ratio(above: float, below: float) -> float:
    """A ratio of two chances: NaN where both are 0, infinite where only the one below is, or too small to divide by."""
    if below:
        return above / below
    return inf if above else nan


def _finite(ratio: float) -> float | None:
    return ratio if ratio < inf else None
