"""`wholeplace scenario`: what fails when something fails, for how long, and who feels it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wholeplace import output

if TYPE_CHECKING:
    from wholeplace.resilience.results import ScenarioResult
    from wholeplace.resilience.run import Options, Run

#: More trials than any question needs.
MOST_TRIALS = 100_000_000


@click.group()
def scenario() -> None:
    """What fails when something fails, for how long, and who feels it.

    Example:  wholeplace scenario run harrowmere river-flood
    """


@scenario.command("run")
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("name", metavar="SCENARIO")
@click.option("--trials", type=click.IntRange(1, MOST_TRIALS), default=10_000, show_default=True, metavar="N",
              help="How often to draw what happens.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same draws.")
@click.option("--method", type=click.Choice(["auto", "simulate", "screen", "exact"]), default="auto",
              show_default=True, help="auto: simulated, and exact where time plays no part.")  # fmt: skip
@click.option("--target", metavar="THING", help="Also how much each thing matters to this one.")
@click.option("--all-items", is_flag=True, help="Tell of everything that can fail, not of services alone.")
@click.option("--precision", type=click.FloatRange(0, 1, min_open=True), metavar="SHARE",
              help="Stop when every service's standard error is under this share of its figure.")  # fmt: skip
@click.option("--guided", is_flag=True,
              help="For rare outages of the target: only trials in which something can take it down.")  # fmt: skip
@click.option("--time-limit", "time_limit_s", type=click.FloatRange(0, min_open=True), default=45.0,
              show_default=True, metavar="S", help="Seconds that the exact engine may take.")  # fmt: skip
@click.option("--json", "json_out", metavar="OUT", help="Write JSON to this file; - is standard output.")
@click.option("--csv", "csv_out", metavar="OUT", help="Write the items as CSV to this file; - is standard output.")
def run_command(place: Path, name: str, json_out: str | None, csv_out: str | None, **options: Any) -> None:
    """Work out what a scenario does to a place. SCENARIO is the id of a scenario (file stem) or a path.

    Example:  wholeplace scenario run harrowmere river-flood --trials 10000 --seed 1 --json flood.json
    """
    if json_out == csv_out == "-":
        raise click.UsageError("only one of --csv and --json can be standard output; give the other a file name")
    output.check_folder(json_out)
    output.check_folder(csv_out)
    from wholeplace.build.opening import open_place
    from wholeplace.resilience.run import Options, prepare_run

    run = prepare_run(open_place(place), name)
    result = _run(run, Options(**options))
    if json_out:
        output.write_json(json_out, result.as_dict())
    if csv_out:
        output.write_csv(csv_out, result.items)
    if not (json_out or csv_out):
        _show(run, result)


@scenario.command("explain")
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("name", metavar="SCENARIO")
@click.argument("thing")
@click.option("--trial", type=click.IntRange(min=0), metavar="N", help="Explain this trial; else a bad one.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same draws.")
def explain_command(place: Path, name: str, thing: str, trial: int | None, seed: int) -> None:
    """Say why THING stopped in one trial of a scenario, back to what an event struck.

    Without --trial it is one of the first 1,000 trials in which THING stopped: the one with more hours lost than 95 %
    of them. Example:  wholeplace scenario explain harrowmere river-flood service:meals-at-home
    """
    from wholeplace.build.opening import open_place
    from wholeplace.resilience.run import Options, prepare_run
    from wholeplace.resilience.stories.stories import bad_trial_of, story_of
    from wholeplace.resilience.stories.wording import Wording

    run, options = prepare_run(open_place(place), name), Options(seed=seed)
    chosen = bad_trial_of(run, options, thing) if trial is None else trial
    link = None if chosen is None else story_of(run, options, chosen).why(thing)
    if link is None:
        where = "any of the first 1,000 trials" if trial is None else f"trial {trial}"
        click.echo(f"{thing} did not stop in {where}")
        return
    click.echo(f"trial {chosen} of seed {seed}:")
    output.echo_lines(f"{'  ' * depth}{line}" for depth, line in Wording.of(run).lines(link, depth=1))


def _run(run: Run, options: Options) -> ScenarioResult:
    """Run a scenario with a bar that shows how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from wholeplace.resilience.compiling import ENGINE
    from wholeplace.resilience.run import finish_run

    if options.method in {"auto", "simulate"} and not ENGINE.is_done:
        click.echo("… compiling the engine, once after installation: about 10 s", err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        return finish_run(run, options, progress=progress)


def _show(run: Run, result: ScenarioResult) -> None:
    """Print the sentences, the services that fare worst, and what matters most to the target."""
    import polars as pl

    from wholeplace.resilience.results.sentences import headlines

    output.echo_lines(headlines(result, run.place))
    wanted = ["item", "p_down", "downtime_h_mean", "downtime_h_p90", "longest_outage_h_p90", "p_over_rto",
              "person_hours_lost_mean"]  # fmt: skip
    items = result.items.select(wanted).sort("p_down", "downtime_h_mean", "item", descending=[True, True, False])
    output.show_table(items, title="")
    if result.importance is not None and not result.importance:
        click.echo("Nothing that the events strike stands above the target.")
    elif result.importance:
        rows = [(one.item, one.birnbaum, _ratio(one.raw, one.raw_infinite), _ratio(one.rrw, one.rrw_infinite))
                for one in result.importance]  # fmt: skip
        schema = {"item": pl.String, "birnbaum": pl.Float64, "raw": pl.String, "rrw": pl.String}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        output.show_table(frame.sort("birnbaum", "item", descending=[True, False]), title="What matters most")


def _ratio(ratio: float | None, infinite: bool) -> str:
    """A ratio for people; neither a number nor without end is one of nothing to nothing."""
    if ratio is None:
        return "without end" if infinite else "–"
    return f"{ratio:,.3f}"
