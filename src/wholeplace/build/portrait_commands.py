"""`wholeplace portrait` and `wholeplace bar`: a doughnut of a place, and what a service demands of its people."""

from __future__ import annotations

from pathlib import Path

import click

from wholeplace import output
from wholeplace.errors import WholeplaceError
from wholeplace.place.findings import did_you_mean

_PLACE = click.argument("place", type=click.Path(path_type=Path))
_AREA = click.option("--area", metavar="CODE", help="Of this area; of the whole place when not given.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


class UnknownAreaError(WholeplaceError, LookupError):
    """An area that a portrait or bar does not have, or a portrait that was not named where there is a choice."""


@click.command()
@_PLACE
@click.argument("name", metavar="[PORTRAIT]", required=False)
@_AREA
@_JSON
def portrait(place: Path, name: str | None, area: str | None, as_json: bool) -> None:
    """Hold a place against its social floors and ecological ceilings. PORTRAIT may be left out where there is one.

    Example:  wholeplace portrait harrowmere doughnut
    """
    from wholeplace.build.opening import open_place
    from wholeplace.measure.portraits import open_portrait, portrait_document, portrait_files

    opened = open_place(place)
    found = open_portrait(opened, name or _only(list(portrait_files(opened.folder))))
    code = area or opened.settings.code
    rows, measures = found.of_area(code), found.measures_of(code)
    if rows.is_empty():
        known = found.frame["area"].unique().to_list()
        raise UnknownAreaError(f"the portrait has no area {code!r}{did_you_mean(code, known)}")
    called = opened.area_name(rows["geography"][0], code)
    document = portrait_document(found.spec, code, called, rows, measures)
    if as_json:
        output.write_json("-", document)
        return
    output.echo_lines(document["summary"])
    output.show_table(rows.select("ring", "dimension", "name", "gap", "gap_lower95", "gap_upper95", "status"), most=100)


@click.command()
@_PLACE
@click.argument("name", metavar="BAR")
@_AREA
@_JSON
def bar(place: Path, name: str, area: str | None, as_json: bool) -> None:
    """Say how many people are below what a service demands of them: at least, and at most.

    Example:  wholeplace bar harrowmere council-tax-online
    """
    import polars as pl

    from wholeplace.build.opening import open_place
    from wholeplace.measure.portraits import bar_document, open_bar

    opened = open_place(place)
    found = open_bar(opened, name)
    code = area or opened.settings.code
    demands, bounds = (frame.filter(pl.col("area") == code) for frame in (found.demands, found.frame))
    if bounds.is_empty() and found.frame.height:
        known = found.frame["area"].unique().to_list()
        raise UnknownAreaError(f"the bar has no area {code!r}{did_you_mean(code, known)}")
    called = opened.area_name(bounds["geography"][0], code) if bounds.height else opened.settings.name
    document = bar_document(found.spec, code, called, demands, bounds)
    if as_json:
        areas = found.frame.filter(pl.col("area") != found.place_code).to_dicts() if area is None else []
        output.write_json("-", {**document, "areas": areas})
        return
    output.echo_lines(document["summary"])
    if demands.height:
        output.show_table(demands.select("kind", "unit", "share", "lower95", "upper95", "count", "status"))


def _only(names: list[str]) -> str:
    """The one portrait of a place; where there is none or a choice, say so."""
    if len(names) != 1:
        have = f"there are: {', '.join(names)}; name one" if names else "this place has none (portraits/*.toml)"
        raise UnknownAreaError(f"which portrait? {have}")
    return names[0]
