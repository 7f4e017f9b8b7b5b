"""What a place is: a folder of files on one side, a checked `Place` in memory on the other."""

from wholeplace.place.findings import Finding, Findings, FindingsError
from wholeplace.place.geography import PLACE, Geography
from wholeplace.place.indicators import Indicator
from wholeplace.place.lookups import Lookup
from wholeplace.place.place import Place, open_place, read_place
from wholeplace.place.series import STATUSES, WITHOUT_VALUE, Series, SeriesKey

__all__ = [
    "PLACE",
    "STATUSES",
    "WITHOUT_VALUE",
    "Finding",
    "Findings",
    "FindingsError",
    "Geography",
    "Indicator",
    "Lookup",
    "Place",
    "Series",
    "SeriesKey",
    "open_place",
    "read_place",
]
