"""Portraits of a place: a doughnut of social floors and ecological ceilings, and the digital bar of a service."""

from wholeplace.measure.portraits.bar import Bar, bar_of
from wholeplace.measure.portraits.bar_spec import KINDS, BarSpec, DemandSection, bar_files, read_bar
from wholeplace.measure.portraits.bar_words import summarise_bar
from wholeplace.measure.portraits.bounds import least_and_most
from wholeplace.measure.portraits.checking import check_portraits, open_bar, open_portrait
from wholeplace.measure.portraits.documents import bar_document, portrait_document
from wholeplace.measure.portraits.gaps import gap
from wholeplace.measure.portraits.portrait import Portrait, portrait_of
from wholeplace.measure.portraits.portrait_spec import (
    DimensionSection,
    MeasureSection,
    PortraitSpec,
    portrait_files,
    read_portrait,
)
from wholeplace.measure.portraits.portrait_words import portrait_in_brief, summarise_portrait

__all__ = [
    "KINDS",
    "Bar",
    "BarSpec",
    "DemandSection",
    "DimensionSection",
    "MeasureSection",
    "Portrait",
    "PortraitSpec",
    "bar_document",
    "bar_files",
    "bar_of",
    "check_portraits",
    "gap",
    "least_and_most",
    "open_bar",
    "open_portrait",
    "portrait_document",
    "portrait_files",
    "portrait_in_brief",
    "portrait_of",
    "read_bar",
    "read_portrait",
    "summarise_bar",
    "summarise_portrait",
]
