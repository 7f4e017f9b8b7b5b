"""Check what [place] and the geographies of place.toml say of themselves."""

from __future__ import annotations

import zoneinfo

from wholeplace.place.config import PlaceFile, PlaceSection
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import is_id


def check_settings(sections: PlaceFile, findings: Findings) -> None:
    """Check ids, time zone and coordinate system."""
    for geography in sections.geography:
        if not is_id(geography.id):
            message = "an id is made of lower-case letters, digits and hyphens"
            findings.warning("id-form", message, file="place.toml", column="geography.id", value=geography.id)
    for column in ("code", "name"):
        if not getattr(sections.place, column).strip():
            findings.error("required", f"{column} is blank", file="place.toml", column=f"place.{column}", value="")
    try:
        zoneinfo.ZoneInfo(sections.place.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = "is no time zone; write one like Europe/London"
        findings.error("timezone", message, file="place.toml", column="place.timezone", value=sections.place.timezone)
    if sections.place.crs:
        _check_crs(sections.place, findings)


def _check_crs(place: PlaceSection, findings: Findings) -> None:
    import pyproj

    try:
        projected = pyproj.CRS.from_user_input(place.crs).is_projected
    except pyproj.exceptions.CRSError:
        message = "is no coordinate system; write one like EPSG:27700"
        findings.error("crs", message, file="place.toml", column="place.crs", value=place.crs)
        return
    if not projected:
        message = "measures in degrees; lengths and areas need a projected system, in Britain EPSG:27700"
        findings.warning("crs", message, file="place.toml", column="place.crs", value=place.crs)
