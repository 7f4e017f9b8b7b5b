"""Commands of the pages: serve, and the demo that ends in them."""

from __future__ import annotations

from pathlib import Path

import click

_PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Another address opens it to the network.")


@click.command()
@click.argument("place", type=click.Path(path_type=Path), nargs=-1, required=True)
@_PORT
@_HOST
def serve(place: tuple[Path, ...], port: int, host: str) -> None:
    """Show the pages of a place in a browser, until stopped with Ctrl-C.

    The place is built first; unchanged steps are not run again. Example:  wholeplace serve leeds --port 8080
    """
    _build_and_serve(list(place), port=port, host=host)


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("demo-place"))
@click.option("--areas", type=int, default=120, show_default=True, help="Neighbourhoods, from 60 to 33,000.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same town.")
@click.option("--serve", "show", is_flag=True, help="Show its pages in a browser.")
@_PORT
@_HOST
def demo(folder: Path, areas: int, seed: int, show: bool, port: int, host: str) -> None:
    """Make and build an invented town to try everything on.

    Example:  wholeplace demo --serve
    """
    from wholeplace.build import build_place
    from wholeplace.place.demo import make_demo

    click.echo(f"… making a town of {areas:,} neighbourhoods in {folder}", err=True)
    make_demo(folder, areas=areas, seed=seed)
    if show:
        _build_and_serve([folder], port=port, host=host)
        return
    report = build_place(folder, progress=_say)
    click.echo(f"{folder} is made and built in {report.seconds:.1f} s. Next:  wholeplace serve {folder}")


def _build_and_serve(folders: list[Path], *, port: int, host: str) -> None:
    from wholeplace.build import build_place
    from wholeplace.web.serving import serve as serve_pages
    from wholeplace.web.settings import is_loopback

    for folder in folders:
        build_place(folder, progress=_say)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Open  http://{shown}:{port}/  in a browser. Ctrl-C stops it.")
    if not is_loopback(host):
        click.echo("Everybody who can reach this address can read these pages.", err=True)
    serve_pages(folders, host=host, port=port)


def _say(line: str) -> None:
    click.echo(f"… {line}", err=True)
