"""The command `left-behind`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from wholeplace import output


@click.command("left-behind")
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--index", "index_id", metavar="I", help="By this index, id or path; the place's only one if not given.")
@click.option("--worst", metavar="W", default="10", show_default=True,
              help="Which areas: per cent of areas (10), `likely`, or `published-10`.")  # fmt: skip
@click.option("--by", metavar="G", help="Groups of this grouping of place.toml.")
@click.option("--and", "second", metavar="H", help="And of this one at once, where a cross-table counts both.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def left_behind(
    place: Path, index_id: str | None, worst: str, by: str | None, second: str | None, as_json: bool
) -> None:
    """Say how many people of each group live in the worst-off areas, how many elsewhere, and who is not in the data.

    Example:  wholeplace left-behind harrowmere --index deprivation --by age --and disability
    """
    import polars as pl

    from wholeplace.measure.index import build_index
    from wholeplace.measure.index_spec import index_files
    from wholeplace.measure.left_behind.of_place import left_behind_of
    from wholeplace.measure.left_behind.worst import LeftBehindError
    from wholeplace.place import open_place

    opened = open_place(place)
    known = list(index_files(place))
    if index_id is None and len(known) != 1:
        raise LeftBehindError(f"name an index with --index; there are: {', '.join(known) or 'none'}")
    found = left_behind_of(
        opened, build_index(opened, index_id or known[0]), worst=worst, by=by or "", second=second or ""
    )
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2, allow_nan=False))
        return
    output.echo_lines(found.sentences)
    if found.frame.height:
        shown = ["group", "second_group", "period", "in_areas", "in_areas_is", "everywhere", "share", "share_is",
                 "share_lower95", "share_upper95", "ratio", "word"]  # fmt: skip
        frame = found.frame.select(one for one in shown if one != "second_group" or second)
        output.show_table(frame.cast({"in_areas": pl.Int64, "everywhere": pl.Int64}, strict=False), most=60)
    if found.elsewhere:
        output.echo_lines(["What not to conclude: an area is worst off, its people are not.", *found.elsewhere])
    for title, caveat in (("Who is not in the data:", False), ("Caveats of the figures themselves:", True)):
        said = [f"- {one.text}" for one in found.absent if (one.what == "caveat") is caveat]
        if said:
            output.echo_lines([title, *said])
    if not by:
        listed = ", ".join(opened.groupings) or "none; place.toml names them in [[grouping]]"
        click.echo(f"Groupings to choose with --by: {listed}")
