"""The pictures of pages made ready for paper: the wide drawing, its styles inside it, its words beside it."""

from __future__ import annotations

import html
import re
from functools import cache

from wholeplace.web.settings import STATIC

_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_LABEL = re.compile(r'\baria-label="([^"]*)"')
_TITLE, _ABOUT = re.compile(r"<title id=[^>]*>(.*?)</title>"), re.compile(r"<desc id=[^>]*>(.*?)</desc>")
#: Rules of the style sheet for shapes of charts (`c-`), maps (`m-`) and doughnuts (`d-`), for nothing within another.
_RULE = re.compile(r"(?<=\})((?:\.[cdm]-[\w-]+,?)+)\{([^{}]*)\}")


def picture_of(markup: str) -> dict[str, str]:
    """The first drawing of a page's picture as `svg` that stands by itself, with its words as `alt`.

    The first of a picture drawn for wide and narrow windows is the wide one.
    """
    found = _SVG.search(markup)
    if found is None:
        raise ValueError("there is no drawing in this markup")
    svg = found[0]
    label = _LABEL.search(svg)
    said = [label[1]] if label else [part[1] for part in (_TITLE.search(svg), _ABOUT.search(svg)) if part]
    svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    head, _, rest = svg.partition(">")
    return {"svg": f"{head}><style>{_styles()}</style>{rest}", "alt": html.unescape(". ".join(said))}


@cache
def _styles() -> str:
    """What the style sheet of the pages says of charts, maps and doughnuts, so that paper looks as the screen does."""
    sheet = STATIC / "vendor" / "wholeplace.css"
    text = sheet.read_text(encoding="utf-8") if sheet.is_file() else ""
    return "".join(f"{names}{{{body}}}" for names, body in _RULE.findall(text))
