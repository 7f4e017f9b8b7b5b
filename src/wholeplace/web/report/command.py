"""The command that writes the report of one area."""

from __future__ import annotations

from pathlib import Path

import click

from wholeplace.errors import WholeplaceError


class NoAreaError(WholeplaceError):
    """A report was asked for of an area that the place does not have."""


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("area")
@click.option("--out", metavar="FILE", help="Write here; without it PLACE-AREA-report.pdf in this folder.")
def report(place: Path, area: str, out: str | None) -> None:
    """Write the report of one area as an accessible PDF to print or send.

    What has changed in the folder is built first. Example:  wholeplace report leeds E05012649 --out headingley.pdf
    """
    from wholeplace import output
    from wholeplace.build import build_place, open_build
    from wholeplace.place.findings import did_you_mean
    from wholeplace.web.report import area_contents, require_typst, write_pdf
    from wholeplace.web.site import Site, name_places

    slug = next(iter(name_places([place])))
    target = out or f"{slug}-{area}-report.pdf"
    require_typst()
    output.check_folder(target)
    build_place(place, progress=lambda line: click.echo(f"… {line}", err=True))
    site = Site(slug, place, open_build(place))
    if area not in site.homes:
        raise NoAreaError(f"there is no area {area!r} in {site.name}{did_you_mean(area, site.homes)}")
    output.write_bytes(target, write_pdf(area_contents(site, area)))
    click.echo(f"wrote {target}", err=True)
