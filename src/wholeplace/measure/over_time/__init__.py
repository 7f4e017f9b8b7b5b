"""An index over time: scores of every period on one scale, and which changes are more than noise."""

from wholeplace.measure.over_time.result import BETTER, NOISE, NOT_COMPARED, WORSE, OverTime
from wholeplace.measure.over_time.track import NotOverTimeError, over_time

__all__ = ["BETTER", "NOISE", "NOT_COMPARED", "WORSE", "NotOverTimeError", "OverTime", "over_time"]
