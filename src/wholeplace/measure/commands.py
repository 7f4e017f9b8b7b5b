"""Commands of the measure room: index, indicator, area."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wholeplace import output
from wholeplace.errors import WholeplaceError

if TYPE_CHECKING:
    import polars as pl

    from wholeplace.place import Place

_PLACE = click.argument("place", type=click.Path(path_type=Path))
_CSV = click.option("--csv", "csv_out", metavar="OUT", help="Write CSV to this file; - is standard output.")
_JSON = click.option("--json", "json_out", metavar="OUT", help="Write JSON to this file; - is standard output.")


class UnknownError(WholeplaceError, KeyError):
    """Something asked for by id that the place does not have."""

    def __str__(self) -> str:
        return str(self.args[0])


@click.group()
def index() -> None:
    """Build, take apart and compare indices.

    Example:  wholeplace index build leeds imd-2025 --csv imd.csv
    """


@index.command("build")
@_PLACE
@click.argument("name", metavar="INDEX")
@_CSV
@_JSON
@click.option("--uncertainty", "draws", type=click.IntRange(min=1), help="So many draws for rank intervals.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same draws.")
def build_command(
    place: Path, name: str, csv_out: str | None, json_out: str | None, draws: int | None, seed: int
) -> None:
    """Score and rank every area. INDEX is the id of an index (file stem) or a path.

    Example:  wholeplace index build leeds imd-2025 --uncertainty 1000 --csv imd.csv
    """
    from wholeplace.measure import build_index
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    result = build_index(opened, name)
    for finding in result.findings:
        click.echo(str(finding), err=True)
    frame, about = result.frame, None
    if draws is not None:
        from wholeplace.measure.uncertainty import uncertainty_of

        uncertain = uncertainty_of(result, draws=draws, seed=seed, sensitivity_samples=None if json_out else 0)
        frame, about = uncertain.frame, uncertain.about
        drawn = f"uncertainty: {draws:,} draws, seed {seed}, weight_concentration {about['weight_concentration']:g}"
        output.echo_lines([drawn, *about["sentences"]], err=True)
    if csv_out:
        output.write_csv(csv_out, frame)
    if json_out:
        document: dict[str, Any] = {
            "schema": "wholeplace.index-result/1",
            "id": result.spec.id,
            "name": result.spec.name,
            "cuts": result.cuts,
        }
        output.write_json(json_out, document | {"uncertainty": about, "areas": frame.to_dicts()})
    if not csv_out and not json_out:
        names = opened.geographies[result.spec.geography].areas
        shown = frame.join(names, on="area", how="left").sort("rank", nulls_last=True)
        wanted = ["rank", "area", "name", "score", "decile", "rank_p05", "rank_p95", "p_decile_1"]
        shown = shown.select(column for column in wanted if column in shown.columns)
        output.show_table(shown, title=f"{result.spec.name}: rank 1 is the {result.spec.rank_1} score")


@index.command("explain")
@_PLACE
@click.argument("name", metavar="INDEX")
@click.argument("area")
@_CSV
@_JSON
def explain_command(place: Path, name: str, area: str, csv_out: str | None, json_out: str | None) -> None:
    """Take the score of one area apart to the last indicator; the contributions add up to the score.

    Example:  wholeplace index explain leeds imd-2025 E01011264
    """
    from wholeplace.measure import build_index, explain
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    result = build_index(opened, name)
    frame = explain(opened, result, area).drop("area")
    if csv_out:
        output.write_csv(csv_out, frame)
    if json_out:
        row = result.frame.filter(result.frame["area"] == area).to_dicts()[0]
        about = {key: row[key] for key in ("score", "rank", "decile")}
        output.write_json(json_out, {"id": result.spec.id, "area": area, **about, "parts": frame.to_dicts()})
    if not csv_out and not json_out:
        shown = frame.select("part", "value", "unit", "score", "weight", "contribution", "adjustment")
        output.show_table(shown, title=f"{result.spec.name}: {area}", most=200)


@index.command("compare")
@_PLACE
@click.argument("name", metavar="INDEX")
@click.argument("other", metavar="OTHER")
@_CSV
@_JSON
def compare_command(place: Path, name: str, other: str, csv_out: str | None, json_out: str | None) -> None:
    """Say who moved from INDEX to OTHER, how far, and which part did most of it.

    Example:  wholeplace index compare leeds imd-2019 imd-2025
    """
    from wholeplace.measure import build_index, compare
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    before, after = build_index(opened, name), build_index(opened, other)
    names = {one.spec.geography: opened.geographies[one.spec.geography].areas for one in (before, after)}
    found = compare(before, after, names=dict(row for areas in names.values() for row in areas.iter_rows()))
    if csv_out:
        output.write_csv(csv_out, found.frame)
    if json_out:
        about = {"before": found.before, "after": found.after, "spearman": found.spearman, "summary": found.summary}
        lost = {"only_before": found.only_before, "only_after": found.only_after}
        document = {**about, **lost, "parts": found.parts.to_dicts(), "areas": found.frame.to_dicts()}
        output.write_json(json_out, document)
    if not csv_out and not json_out:
        output.echo_lines(found.summary)
        wanted = ["area", "name", "rank_before", "rank", "rank_change", "decile_before", "decile", "main_part"]
        output.show_table(found.frame.select(wanted))


@index.command("over-time")
@_PLACE
@click.argument("name", metavar="INDEX")
@click.option("--uncertainty", "draws", type=click.IntRange(min=1), help="So many draws for intervals of changes.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same draws.")
@_CSV
@_JSON
def over_time_command(
    place: Path, name: str, csv_out: str | None, json_out: str | None, draws: int | None, seed: int
) -> None:
    """Say which areas changed by more than noise, on one scale for all periods of INDEX.

    --csv writes every change of every part, --json the scores of every period as well.

    Example:  wholeplace index over-time harrowmere inclusive-growth
    """
    from wholeplace.measure.over_time import over_time
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    found = over_time(opened, name, draws=draws, seed=seed)
    if csv_out:
        output.write_csv(csv_out, found.changes)
    if json_out:
        output.write_json(json_out, {"schema": "wholeplace.index-over-time/1", **found.as_dict()})
    if not csv_out and not json_out:
        output.echo_lines(found.summary)
        names = opened.geographies[found.results[-1].spec.geography].areas
        shown = found.overall.join(names, on="area", how="left").sort("change", descending=True, nulls_last=True)
        wanted = ["area", "name", "before", "after", "change", "lower95", "upper95", "word"]
        output.show_table(shown.select(wanted), title=f"{found.periods[0]} to {found.periods[-1]}")


@index.command("checklist")
@_PLACE
@click.argument("name", metavar="INDEX")
@_CSV
@_JSON
def checklist_command(place: Path, name: str, csv_out: str | None, json_out: str | None) -> None:
    """Say of the ten steps of making an index what was found, what to look at, and what is open.

    Example:  wholeplace index checklist leeds digital-exclusion-risk
    """
    from wholeplace.measure import build_index
    from wholeplace.measure.checklist import checklist
    from wholeplace.measure.uncertainty import uncertainty_of
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    result = build_index(opened, name)
    found = checklist(opened, result, uncertainty_of(result, sensitivity_samples=0).frame)
    if csv_out:
        output.write_csv(csv_out, found.frame)
    if json_out:
        document = {"schema": "wholeplace.index-checklist/1", "id": result.spec.id, "name": result.spec.name}
        output.write_json(json_out, document | found.as_dict())
    if not csv_out and not json_out:
        output.echo_lines(found.summary)
        for step in found.steps:
            todo = [f"   To do: {step.do}"] if step.do else []
            said = [f"   What the makers say: {step.said}"] if step.said else []
            figures = [f"   {what}: {value}" for what, value in step.figures]
            output.echo_lines([f"{step.number}. {step.title} ({step.state}). {step.sentence}", *figures, *said, *todo])


@click.command()
@_PLACE
@click.argument("indicator_id", metavar="ID")
@click.option("--geography", metavar="G", help="Only this geography.")
@click.option("--period", metavar="P", help="Only this period.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def indicator(place: Path, indicator_id: str, geography: str | None, period: str | None, as_json: bool) -> None:
    """Show the values of one indicator, as published and moved to larger areas.

    Example:  wholeplace indicator leeds disabled --geography ward22
    """
    from wholeplace.measure import indicator_values, targets
    from wholeplace.place import open_place

    opened = open_place(place)
    if indicator_id not in opened.indicators:
        raise UnknownError(f"there is no indicator {indicator_id!r}; {_nearest(indicator_id, list(opened.indicators))}")
    if geography is not None and geography not in targets(opened):
        raise UnknownError(f"there is no geography {geography!r}; there are: {', '.join(targets(opened))}")
    periods = sorted({key.period for key in opened.series if key.indicator == indicator_id})
    if period is not None and period not in periods:
        there = ", ".join(periods) or "none"
        raise UnknownError(f"{indicator_id!r} has no values for the period {period!r}; there are: {there}")
    frame = indicator_values(opened, indicator_id, geography=geography, period=period)
    _note_moved_ranks(opened, {indicator_id} if frame["moved_from"].count() else set())
    if as_json:
        output.write_json("-", {"id": indicator_id, "values": frame.to_dicts()})
        return
    known = opened.indicators[indicator_id]
    output.show_table(frame, title=f"{known.name} ({known.unit}). {known.source}", most=40)


@click.command()
@_PLACE
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def area(place: Path, code: str, as_json: bool) -> None:
    """Show every value of one area.

    Example:  wholeplace area leeds E01011264
    """
    from wholeplace.place import open_place

    opened = open_place(place)
    geographies = _geographies_of(opened, code)
    frame = _area_values(opened, code, geographies)
    moved = frame.filter(frame["moved_from"].is_not_null()) if frame.height else frame
    _note_moved_ranks(opened, set(moved["indicator"]) if moved.height else set())
    name = opened.area_name(geographies[0], code)
    if as_json:
        document = {"area": code, "name": name, "geography": geographies[0], "values": frame.to_dicts()}
        output.write_json("-", document)
        return
    output.show_table(frame, title=f"{name} ({code})", most=400)


def _note_moved_ranks(place: Place, moved: set[str]) -> None:
    """Give notice on standard error of ranks and indices among the indicators that were moved to larger areas."""
    for kind in ("rank", "index"):
        if any(place.indicators[indicator].value_type == kind for indicator in moved):
            click.echo(f"notice: values moved to larger areas are means; the mean of a {kind} orders nothing", err=True)


def _geographies_of(place: Place, code: str) -> list[str]:
    """The geographies that have an area of this code; the first one names it."""
    from wholeplace.measure import targets
    from wholeplace.place import PLACE

    found = [target for target in targets(place) if target != PLACE and code in place.geographies[target].codes]
    if not found and code == place.settings.code:
        return [PLACE]
    if not found:
        codes = [code for geography in place.geographies.values() for code in geography.areas["area"]]
        raise UnknownError(f"there is no area {code!r}; {_nearest(code, codes)}")
    return found


def _area_values(place: Place, code: str, geographies: list[str]) -> pl.DataFrame:
    import polars as pl

    from wholeplace.measure import indicator_values

    frames = [
        indicator_values(place, one, geography=geography)
        .filter(pl.col("area") == code)
        .select(pl.lit(one).alias("indicator"), pl.all())
        for geography in geographies
        for one in place.indicators
    ]
    return pl.concat(frames) if frames else pl.DataFrame()


def _nearest(asked: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(asked, known, n=3, cutoff=0.4)
    if near:
        return f"did you mean {', '.join(near)}?"
    return f"there are: {', '.join(known)}" if 0 < len(known) <= 20 else f"there are {len(known):,} others"
