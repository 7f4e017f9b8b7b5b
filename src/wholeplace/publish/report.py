"""What was hidden and why, for the council alone: written beside the place, never among what is published."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place import Place
from wholeplace.publish.guard import REASONS
from wholeplace.publish.protected import Protection

#: Where the two files lie in a place folder.
FOLDER = Path(".wholeplace")
LIST, PAGE = "published-hidden.csv", "published-report.html"


def counts_by_reason(protection: Protection) -> pl.DataFrame:
    """Hidden figures counted: a row for each indicator, kind of area and period, a column for each reason."""
    hidden = protection.hidden
    keys = ["indicator", "geography", "period"]
    totals = [(pl.col("reason") == reason).sum().alias(reason) for reason in REASONS]
    return hidden.group_by(keys, maintain_order=True).agg(totals)


def write_report(place: Place, protection: Protection) -> Path:
    """Write the report into the place folder and say where it is."""
    from jinja2 import Environment

    folder = place.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    words = pl.col("reason").replace_strict(REASONS, default="")
    protection.hidden.with_columns(words.alias("why")).write_csv(folder / LIST)
    template = Environment(autoescape=True, trim_blocks=True).from_string(
        Path(__file__).with_name("report.html").read_text(encoding="utf-8")
    )
    page = folder / PAGE
    page.write_text(template.render(**_told(place, protection)), encoding="utf-8")
    return page


def _told(place: Place, protection: Protection) -> dict[str, Any]:
    settings = place.sections.disclosure
    return {
        "place": place.settings.name,
        "made": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "list": LIST,
        "threshold": settings.threshold,
        "rounding": settings.rounding,
        "zeros": settings.zeros,
        "previous": list(settings.previous),
        "rows": counts_by_reason(protection).to_dicts(),
        "reasons": REASONS,
        "left_out": protection.left_out,
        "exempt": protection.exempt,
        "unjudged": protection.unjudged,
    }
