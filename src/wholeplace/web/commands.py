"""Commands that show pages: serve and demo."""

from __future__ import annotations

from pathlib import Path

import click

_PORT = click.option("--port", default=8000, show_default=True, help="0 takes any free port.")
_HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines read the pages too."
)


@click.command()
@click.argument("place", nargs=-1, required=True, type=click.Path(path_type=Path))
@_PORT
@_HOST
def serve(place: tuple[Path, ...], port: int, host: str) -> None:
    """Show the pages of one place, or of several, in a browser, until you press Ctrl-C.

    What has changed in the folder is built first. Needs no account and no network. Example:  wholeplace serve leeds
    """
    _build_and_serve(place, port=port, host=host)


@click.command()
@click.argument("folder", metavar="[DIR]", default="harrowmere", type=click.Path(path_type=Path))
@click.option("--areas", default=120, show_default=True, help="Neighbourhoods, 60 to 33000.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--serve", "show", is_flag=True, help="Show its pages until you press Ctrl-C.")
@_PORT
@_HOST
def demo(folder: Path, areas: int, seed: int, show: bool, port: int, host: str) -> None:
    """Make and build the demo place, an invented town to try everything on.

    Example:  wholeplace demo --serve
    """
    from wholeplace.place.demo import make_demo

    make_demo(folder, areas=areas, seed=seed)
    click.echo(f"the invented town of Harrowmere is in {folder}")
    if show:
        _build_and_serve((folder,), port=port, host=host)
        return
    _build(folder)
    click.echo(f"look at it with  wholeplace serve {folder}")


def _build(place: Path) -> None:
    """Build a place, saying so only when something has to be computed."""
    from wholeplace.build import build_place

    report = build_place(place, progress=lambda line: click.echo(f"… {line}", err=True))
    if report.ran:
        click.echo(f"{place} built in {report.seconds:.1f} s")


def _build_and_serve(places: tuple[Path, ...], *, port: int, host: str) -> None:
    from wholeplace.web import server
    from wholeplace.web.settings import is_loopback
    from wholeplace.web.site import name_places

    port = server.free_port(host, port)
    for place in places:
        _build(place)
    root = server.address(host, port)
    for slug in name_places(list(places)):
        click.echo(f"{root}p/{slug}/")
    if not is_loopback(host):
        click.echo("every machine that reaches this one can read these pages", err=True)
    click.echo("Ctrl-C stops")
    server.serve(places, host=host, port=port)
