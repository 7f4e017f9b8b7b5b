"""Commands of values: compare, funnel, change, inequality, standardise, life."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wholeplace import output

if TYPE_CHECKING:
    import polars as pl

    from wholeplace.place import Place

_PLACE = click.argument("place", type=click.Path(path_type=Path))
_ID = click.argument("indicator_id", metavar="ID")
_FILE = click.argument("file", type=click.Path(path_type=Path))
_GEOGRAPHY = click.option("--geography", metavar="G", help="On this geography; the first with values when not given.")
_PERIOD = click.option("--period", metavar="P", help="Of this period; the latest when not given.")
_CSV = click.option("--csv", "csv_out", metavar="OUT", help="Write CSV to this file; - is standard output.")
_JSON = click.option("--json", "json_out", metavar="OUT", help="Write JSON to this file; - is standard output.")


@click.group()
def values() -> None:
    """Compare values with a benchmark, between periods, and from worst off to best off.

    Example:  wholeplace values compare leeds disabled --geography ward22
    """


@values.command()
@_PLACE
@_ID
@click.option("--with", "benchmark", metavar="AREA|NUMBER", help="Compare with this; the whole place when not given.")
@_GEOGRAPHY
@_PERIOD
@_CSV
@_JSON
def compare(
    place: Path,
    indicator_id: str,
    benchmark: str | None,
    geography: str | None,
    period: str | None,
    csv_out: str | None,
    json_out: str | None,
) -> None:
    """Say which areas are better or worse than a benchmark by more than chance.

    Example:  wholeplace values compare leeds disabled --geography ward22
    """
    from wholeplace.measure.values.of_place import compare_areas
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    against = _against(opened, benchmark)
    found = compare_areas(opened, indicator_id, geography=geography, period=period, benchmark=against)
    shown = ["area", "name", "value", "lower95", "upper95", "status", "word", "certainty"]
    _write(found.frame, found.about, found.sentences, shown, csv_out, json_out)


@values.command()
@_PLACE
@_ID
@click.option("--with", "benchmark", metavar="AREA|NUMBER", help="Limits about this; the whole place when not given.")
@_GEOGRAPHY
@_PERIOD
@_CSV
@_JSON
def funnel(
    place: Path,
    indicator_id: str,
    benchmark: str | None,
    geography: str | None,
    period: str | None,
    csv_out: str | None,
    json_out: str | None,
) -> None:
    """Say which areas lie further from a benchmark than chance takes areas of their size.

    Example:  wholeplace values funnel harrowmere no-car
    """
    from wholeplace.measure.values.funnel_of_place import funnel_of_areas
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    against = _against(opened, benchmark)
    found = funnel_of_areas(opened, indicator_id, geography=geography, period=period, benchmark=against)
    shown = ["area", "name", "value", "denominator", "lower95", "upper95", "lower998", "upper998", "position"]
    _write(found.frame, found.about, found.sentences, shown, csv_out, json_out)


@values.command()
@_PLACE
@_ID
@click.option("--since", metavar="P0", required=True, help="The period before.")
@_GEOGRAPHY
@_PERIOD
@_CSV
@_JSON
def change(
    place: Path,
    indicator_id: str,
    since: str,
    geography: str | None,
    period: str | None,
    csv_out: str | None,
    json_out: str | None,
) -> None:
    """Say how far each area moved between two periods, and whether by more than chance.

    Example:  wholeplace values change harrowmere no-car --since 2021
    """
    from wholeplace.measure.values.of_place import change_of_areas
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    found = change_of_areas(open_place(place), indicator_id, since=since, geography=geography, period=period)
    shown = ["area", "name", "value_before", "value", "difference", "difference_lower95", "difference_upper95",
             "word", "certainty", "meaning"]  # fmt: skip
    _write(found.frame, found.about, found.sentences, shown, csv_out, json_out)


@values.command()
@_PLACE
@_ID
@click.option("--by", "index", metavar="INDEX", required=True, help="The index that orders areas, id or path.")
@click.option("--groups", type=click.IntRange(5, 100), default=10, show_default=True, help="Groups of areas.")
@click.option("--transform", is_flag=True, help="Fit the logarithm of a rate, the logit of a proportion.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same draws.")
@_PERIOD
@_CSV
@_JSON
def inequality(
    place: Path,
    indicator_id: str,
    index: str,
    groups: int,
    transform: bool,
    seed: int,
    period: str | None,
    csv_out: str | None,
    json_out: str | None,
) -> None:
    """Say how an indicator differs from the worst-off to the best-off areas: slope and relative index.

    Example:  wholeplace values inequality harrowmere no-car --by deprivation
    """
    from wholeplace.measure.index import build_index
    from wholeplace.measure.values.of_place import inequality_of
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    opened = open_place(place)
    found = inequality_of(opened, indicator_id, build_index(opened, index), period=period, groups=groups,
                          transform=transform, seed=seed)  # fmt: skip
    about = found.about | {"inequality": found.inequality.numbers}
    shown = ["group", "areas", "count", "denominator", "value", "lower95", "upper95"]
    _write(found.frame, about, found.sentences, shown, csv_out, json_out)


@values.command()
@_PLACE
@_FILE
@click.option("--standard", type=click.Choice(["european", "place"]), default="european", show_default=True,
              help="Whose ages: the European Standard Population 2013, or the whole place.")  # fmt: skip
@click.option("--indirect", is_flag=True, help="Ratios of observed to expected events, the whole place = 100.")
@_CSV
@_JSON
def standardise(
    place: Path, file: Path, standard: str, indirect: bool, csv_out: str | None, json_out: str | None
) -> None:
    """Work out rates standardised for age from a table of events and people by area and age.

    Example:  wholeplace values standardise harrowmere harrowmere/indicators/values/deaths_by_age_wards.csv
    """
    from wholeplace.measure.values.by_age import read_by_age
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    table = read_by_age(file, open_place(place))
    whose = {"european": "the European Standard Population 2013", "place": "the people of the whole place"}[standard]
    what = f"rate per 100,000, standardised to {whose}"
    if indirect:
        what = "ratio of observed to expected events (SMR), the rates by age of all areas together = 100"
    frame = table.ratios() if indirect else table.standardised(standard=standard)
    _write(frame, {"file": file.name, "statistic": what}, (f"{file.name}: {what}.",), _by_age(frame), csv_out, json_out)


@values.command()
@_PLACE
@_FILE
@click.option(
    "--age", type=click.IntRange(min=0), default=0, show_default=True, help="Years still to live at this age."
)
@_CSV
@_JSON
def life(place: Path, file: Path, age: int, csv_out: str | None, json_out: str | None) -> None:
    """Work out life expectancy from a table of deaths and person-years by area and age.

    Example:  wholeplace values life harrowmere harrowmere/indicators/values/deaths_by_age_wards.csv --age 65
    """
    from wholeplace.measure.values.by_age import read_by_age
    from wholeplace.place import open_place

    output.one_on_standard_output(csv_out, json_out)
    frame = read_by_age(file, open_place(place)).life_expectancy(age)
    what = f"life expectancy in years {'at birth' if age == 0 else f'at {age}'}"
    _write(frame, {"file": file.name, "statistic": what}, (f"{file.name}: {what}.",), _by_age(frame), csv_out, json_out)


def _by_age(frame: pl.DataFrame) -> list[str]:
    wanted = ["area", "name", "sex", "period", "count", "value", "lower95", "upper95", "status", "withheld"]
    return [name for name in wanted if name in frame.columns]


def _against(place: Place, text: str | None) -> str | float | None:
    """A benchmark as it was typed: the code of an area where the place has one of it, else a number."""
    codes = {place.settings.code}.union(*(one.codes for one in place.geographies.values()))
    number = _number(text)
    return text if text in codes or number is None else number


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _write(
    frame: pl.DataFrame,
    about: dict[str, Any],
    sentences: tuple[str, ...],
    shown: list[str],
    csv_out: str | None,
    json_out: str | None,
) -> None:
    """Write what was asked for; without, the sentences and a table of the columns that people read."""
    if csv_out:
        output.write_csv(csv_out, frame)
    if json_out:
        output.write_json(json_out, about | {"summary": list(sentences), "values": frame.to_dicts()})
    if not csv_out and not json_out:
        output.echo_lines(sentences)
        output.show_table(_whole_numbers(frame.select(shown)), most=40)


def _whole_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Counts without decimals where they have none."""
    import polars as pl

    counts = [name for name in ("count", "denominator") if name in frame.columns and (frame[name] % 1 == 0).all()]
    return frame.with_columns(pl.col(counts).cast(pl.Int64))
