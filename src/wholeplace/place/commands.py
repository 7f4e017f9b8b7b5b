"""Commands of the place itself: new."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the place; the folder's name when not given.")
@click.option("--code", help="Code of the place, e.g. E08000035.")
def new(place: Path, name: str | None, code: str | None) -> None:
    """Make a place folder to fill in, with a small worked example of every file.

    Example:  wholeplace new my-town --name "My Town" --code E07000001
    """
    from wholeplace.place.new import make_folder

    stem = place.resolve().name  # `.` is named by the folder it is
    written = make_folder(place, name=name or stem.replace("-", " ").title(), code=code or stem)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: put your tables in, then run  wholeplace check {place}")
