"""The lines of HTML with which the pages of others show a map or chart of these."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from markupsafe import escape

from wholeplace.web.site import Site


def frame_lines(
    request: HttpRequest, site: Site, what: tuple[str, str], title: str, shown: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """For each of `shown`, (name, query of the address): its name and the line to copy.

    `what` is the kind of page and the id that the frame is about: `("indicators", "claimants")`.
    """
    lines = []
    for name, query in shown:
        address = request.build_absolute_uri(site.url(*what, "embed") + (f"?{query}" if query else ""))
        said = f"{name}: {title}, {site.name}"
        lines.append(
            (name, f'<iframe src="{escape(address)}" title="{escape(said)}" width="100%" height="640"></iframe>')
        )
    return lines
