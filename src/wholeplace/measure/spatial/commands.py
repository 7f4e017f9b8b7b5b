"""Commands of how areas lie together: clusters, similar."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import click

from wholeplace import output

_PLACE = click.argument("place", type=click.Path(path_type=Path))
_GEOGRAPHY = click.option("--geography", metavar="G", help="On this geography; the first published when not given.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


@click.group()
def spatial() -> None:
    """Find clusters and outliers on the map, and areas that are like one another.

    Example:  wholeplace spatial clusters harrowmere no-car
    """


@spatial.command()
@_PLACE
@click.argument("name", metavar="ID")
@_GEOGRAPHY
@click.option("--period", metavar="P", help="Of this period; the latest when not given.")
@click.option("--permutations", type=click.IntRange(min=0), default=0, show_default=True,
              help="P values by so many permutations, e.g. 999; 0: by the normal approximation.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same permutations.")
@_JSON
def clusters(
    place: Path, name: str, geography: str | None, period: str | None, permutations: int, seed: int, as_json: bool
) -> None:
    """Say where areas are like their neighbours, where they differ, and where that could be chance.

    ID is an indicator, or an index (id or path).

    Example:  wholeplace spatial clusters harrowmere deprivation --permutations 999
    """
    from wholeplace.compiling import compiling_ahead
    from wholeplace.measure.spatial.clusters import CHANCE, NO_FIGURE, NO_NEIGHBOURS
    from wholeplace.measure.spatial.compiling import PERMUTATIONS
    from wholeplace.measure.spatial.of_place import clusters_of
    from wholeplace.place import open_place

    with compiling_ahead(PERMUTATIONS) if permutations else nullcontext() as child:
        if child is not None:
            click.echo("… compiling, once after installation: about 20 s", err=True)
        opened = open_place(place)
        if child is not None:
            child.wait()
    found = clusters_of(opened, name, geography=geography, period=period, permutations=permutations, seed=seed)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2, allow_nan=False))
        return
    about = found.subject
    click.echo(f"{about.name} ({about.unit}), {about.period}, {about.geography_name}")
    output.echo_lines(found.sentences)
    unnamed = [CHANCE, NO_FIGURE, NO_NEIGHBOURS]
    named = found.frame.filter(~(found.frame["word"].is_in(unnamed) & found.frame["gi_word"].is_in(unnamed)))
    shown = ["area", "name", "value", "neighbours", "neighbours_mean", "local_i", "p_value", "word", "gi_z",
             "gi_p_value", "gi_word"]  # fmt: skip
    if named.height:
        output.show_table(named.select(shown).sort("word", "area"), most=40)
    output.echo_lines(["Keep in mind:", *(f"- {one}" for one in found.cautions)])
    click.echo("A cluster says where figures lie together, not why.")


@spatial.command()
@_PLACE
@click.argument("area")
@click.option("--by", metavar="WHAT",
              help="index:ID, theme:NAME, all, or indicators with commas; the first index when not given.")  # fmt: skip
@_GEOGRAPHY
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, help="So many areas.")
@_JSON
def similar(place: Path, area: str, by: str | None, geography: str | None, most: int, as_json: bool) -> None:
    """Find the areas whose figures are likest to those of AREA, wherever in the place they lie.

    Example:  wholeplace spatial similar harrowmere X01000012 --by theme:Housing
    """
    from wholeplace.measure.spatial.of_place import similar_to
    from wholeplace.place import open_place

    found = similar_to(open_place(place), area, by=by, geography=geography, most=most)
    if as_json:
        click.echo(json.dumps(found.as_dict(most), ensure_ascii=False, indent=2, allow_nan=False))
        return
    click.echo(f"{found.name} ({found.area}), by {found.by}")
    output.echo_lines(found.sentences)
    output.show_table(found.frame.head(most), most=most)
    if found.similar.left_out:
        said = (f"- {name}: {why}" for name, why in found.similar.left_out.items())
        output.echo_lines(["Not used:", *said])
    click.echo("Alike in these figures: that says nothing of why, nor of anything that is not measured.")
