"""Method, accessibility statement, and the site map."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from markupsafe import escape

from wholeplace.build.registers import THING
from wholeplace.web.glossary import glossary
from wholeplace.web.http import sites
from wholeplace.web.pages.index_tables import other_editions
from wholeplace.web.rendering import has_frontend, render
from wholeplace.web.settings import on_loopback
from wholeplace.web.site import Site
from wholeplace.web.words import MARKS, NO_VALUE_MEANING


def method(request: HttpRequest, site: Site) -> HttpResponse:
    """How figures, indices, intervals and ranges are made."""
    return render(
        request,
        "method.html",
        site,
        title="Method",
        nav="method",
        indices=site.indices(),
        gaps=NO_VALUE_MEANING,
        marks=MARKS,
    )


def glossary_view(request: HttpRequest, site: Site) -> HttpResponse:
    """What the technical terms of the pages mean, in the order of their names."""
    terms = sorted(glossary().values(), key=lambda one: one.name.lower())
    return render(request, "glossary.html", site, title="Glossary", nav="glossary", terms=terms)


def accessibility(request: HttpRequest, site: Site) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html", site, title="Accessibility statement", styled=has_frontend())


def pages_of(site: Site) -> list[str]:
    """The address of every HTML page of a place."""
    fixed = [
        (),
        ("areas",),
        ("indices",),
        ("indicators",),
        ("portraits",),
        ("left-behind",),
        ("compare",),
        ("similar",),
        ("data",),
        ("find",),
        ("method",),
        ("glossary",),
        ("accessibility",),
    ]
    found = [site.url(*parts) for parts in fixed]
    found += [site.url("portraits", name) for name in site.build.portraits]
    found += [site.url("bars", name) for name in site.build.bars]
    found += [site.url("areas", geography) for geography in site.geographies]
    found += [site.url("areas", code) for code in site.homes if code not in site.geographies]
    if on_loopback():
        found += [site.url("estate", "quality")] if site.estate.registers else []
        found += [site.url("estate", "scenarios")] if site.build.scenarios else []
        found += [site.url("estate", "scenarios", name) for name in site.build.scenarios]
        found += [site.url("estate"), *(site.url("estate", "registers", name) for name in site.estate.registers)]
        found += [site.url("estate", "things", thing) for name in site.estate.registers
                  for thing in site.estate.records(name)[THING]]  # fmt: skip
    for index in site.build.indices:
        found += [site.url("indices", index), site.url("indices", index, "weights"),
                  site.url("indices", index, "uncertainty"), site.url("indices", index, "clusters")]  # fmt: skip
        if site.build.index(index).over_time:
            found.append(site.url("indices", index, "over-time"))
        if other_editions(site, site.build.index(index)):
            found.append(site.url("indices", index, "change"))
    for indicator in site.indicators:
        found.append(site.url("indicators", indicator))
        if site.dates_of(indicator):
            found.append(site.url("indicators", indicator, "change"))
    found += [site.url("indicators", one, "clusters") for one in dict.fromkeys(one for one, _ in site.build.clusters)]
    return found


def sitemap(request: HttpRequest) -> HttpResponse:
    """Every HTML page of every place: no downloads and no query strings."""
    root = f"{request.scheme}://{request.get_host()}"
    served = sites().all()
    paths = ["/"] * (len(served) > 1) + [path for site in served for path in pages_of(site)]
    lines = "\n".join(f"<url><loc>{escape(root + path)}</loc></url>" for path in paths)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}\n</urlset>\n'
    )
    return HttpResponse(text, content_type="application/xml")
