"""`wholeplace publish`: a folder of pages, tables and a catalogue that can be put on any web server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wholeplace import output
from wholeplace.place.findings import counted

if TYPE_CHECKING:
    from wholeplace.publish.release import Publication


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--shapes", metavar="FILE", type=click.Path(path_type=Path),
              help="Check the catalogue against these shapes too (SHACL, Turtle or JSON-LD).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def publish(place: Path, folder: Path, shapes: Path | None, as_json: bool) -> None:
    """Write what may be published of PLACE into DIR: pages that need no server, tables, and a catalogue.

    Small counts, and whatever would tell them, are hidden first. Example:  wholeplace publish harrowmere open-data
    """
    from wholeplace.publish.release import publish_place

    done = publish_place(place, folder, shapes=shapes, progress=lambda line: click.echo(f"… {line}", err=True))
    if as_json:
        output.write_json("-", document(done))
        return
    _tell(done)


def document(done: Publication) -> dict[str, object]:
    """What was published and held back, for machines; like the report, for the council alone."""
    from wholeplace.publish.report import counts_by_reason

    protection = done.protection
    return {
        "schema": "wholeplace.publication/1",
        "folder": str(done.folder),
        "files": done.files,
        "tables": done.tables,
        "hidden": counts_by_reason(protection).to_dicts(),
        "left_out": protection.left_out,
        "exempt": protection.exempt,
        "unjudged": protection.unjudged,
        "report": str(done.report),
    }


def _tell(done: Publication) -> None:
    from wholeplace.publish.guard import REASONS
    from wholeplace.publish.report import counts_by_reason

    protection = done.protection
    frame = counts_by_reason(protection)
    held = [key for key in REASONS if frame[key].sum()]
    if held:
        told = frame.select("indicator", "geography", "period", *held)
        output.show_table(told, title="Hidden figures, by why (keep this to yourselves)", most=30)
        output.echo_lines(f"{key}: {REASONS[key]}" for key in held)
    else:
        click.echo("no figure is hidden")
    output.echo_lines(f"not published: {name}: {why}" for name, why in protection.left_out.items())
    if protection.unjudged:
        click.echo(f"published without being judged, as they hold no counts: {', '.join(protection.unjudged)}")
    click.echo(f"{counted(done.files, 'file')} with {counted(done.tables, 'table')} in {done.folder}")
    click.echo(f"open {done.folder / 'index.html'}; what was hidden and why, for you alone: {done.report}")
