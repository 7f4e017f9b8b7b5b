"""Who is left behind: the worst-off areas, who lives there, who in need lives elsewhere, and who is not in the data."""

from wholeplace.measure.left_behind.absent import Absence
from wholeplace.measure.left_behind.counting import Count, count_in
from wholeplace.measure.left_behind.of_place import left_behind_of, people_of
from wholeplace.measure.left_behind.people import People
from wholeplace.measure.left_behind.result import LeftBehind, left_behind
from wholeplace.measure.left_behind.worst import (
    LIKELY,
    PUBLISHED,
    LeftBehindError,
    WorstOff,
    choice_words,
    choices_of,
    worst_off,
)

__all__ = [
    "LIKELY",
    "PUBLISHED",
    "Absence",
    "Count",
    "LeftBehind",
    "LeftBehindError",
    "People",
    "WorstOff",
    "choice_words",
    "choices_of",
    "count_in",
    "left_behind",
    "left_behind_of",
    "people_of",
    "worst_off",
]
