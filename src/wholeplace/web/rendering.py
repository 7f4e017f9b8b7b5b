"""Jinja2 set up for pages, and the one way to render a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

import wholeplace
from wholeplace.web import chances, exports, words
from wholeplace.web.glossary import glossary
from wholeplace.web.settings import STATIC, on_loopback
from wholeplace.web.site import Site
from wholeplace.web.still import is_still
from wholeplace.web.table_body import table_body

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates of ours, and those of GOV.UK Frontend as published for Jinja."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), govuk]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=ChainableUndefined,
    )
    env.filters.update(
        number=words.number, percent=words.percent, date=words.date, period=words.period, periods=words.periods,
        plural=words.plural, first_upper=words.first_upper, chance=chances.chance, amount=chances.amount,
    )  # fmt: skip
    env.globals.update(
        static=static,
        glossary=glossary,
        version=wholeplace.__version__,
        formats_of=exports.formats_of,
        on_loopback=on_loopback,
        table_body=table_body,
        is_still=is_still,
    )
    return env


@cache
def _digest() -> str:
    mark = STATIC / "vendor" / "digest.txt"
    return mark.read_text(encoding="utf-8")[:12] if mark.is_file() else ""


def static(name: str) -> str:
    """The address of a style sheet or script; it changes when the files are built anew."""
    return f"/static/vendor/{name}?v={_digest()}"


def has_frontend() -> bool:
    """Whether style sheet and map were built with the package."""
    return bool(_digest())


def render(
    request: HttpRequest, template: str, site: Site | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page. `figure` and `value` in the context name what the page's report link is about."""
    context.setdefault("here", request.path)
    context.setdefault("trail", [])
    if site is not None and context.get("figure"):
        context["report"] = report_of(site, request.path, context["figure"], context.get("value", ""))
    text = environment().get_template(template).render(site=site, request=request, **context)
    return HttpResponse(text, status=status)


def report_of(site: Site, path: str, figure: str, value: str) -> dict[str, str]:
    """The message "something wrong with this figure?": page, figure, value and build, as text and as mailto link."""
    lines = {
        "Page": path,
        "Figure": figure,
        "Value shown": value or "(please say which)",
        "Build": f"{site.build.built}, Wholeplace {site.build.manifest['version']}",
        "What is wrong": "",
    }
    body = "\n".join(f"{name}: {text}" for name, text in lines.items())
    subject = f"{site.name}: something wrong with {figure}"
    query = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return {"text": body, "href": f"mailto:{site.contact}?{query}" if site.contact else ""}
