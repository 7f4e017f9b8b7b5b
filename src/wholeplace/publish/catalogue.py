"""The catalogue of what is published, in DCAT-AP 3.0, and its check against shapes (SHACL)."""

from __future__ import annotations

import datetime as dt
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wholeplace.build import Build
from wholeplace.errors import WholeplaceError
from wholeplace.place.config import PublishSection
from wholeplace.place.periods import period_bounds
from wholeplace.publish.data_files import DataTable

if TYPE_CHECKING:
    from rdflib import Graph

#: Where a place that names no address is: links to the files then stay relative to the catalogue.
_NOWHERE = "https://published.invalid/"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
#: What the theme of an indicator may hold -> its theme in the EU's vocabulary of data themes; anything else is SOCI.
_THEMES = {
    "health": "HEAL", "wellbeing": "HEAL", "environment": "ENVI", "education": "EDUC", "crime": "JUST",
    "access": "TRAN", "transport": "TRAN", "work": "ECON", "income": "ECON", "digital": "TECH", "housing": "REGI",
}  # fmt: skip
#: The names of those themes in the same vocabulary; DCAT-AP wants each concept named where it is used.
_THEME_NAMES = {
    "HEAL": "Health", "ENVI": "Environment", "EDUC": "Education, culture and sport",
    "JUST": "Justice, legal system and public safety", "TRAN": "Transport", "ECON": "Economy and finance",
    "TECH": "Science and technology", "REGI": "Regions and cities", "SOCI": "Population and society",
}  # fmt: skip
SHAPES = Path(__file__).parent / "shapes" / "dcat-ap.ttl"


class ShapesError(WholeplaceError, ValueError):
    """A catalogue that does not fit the shapes, or shapes that cannot be used; the text names every problem."""


def make_catalogue(build: Build, settings: PublishSection, tables: Sequence[DataTable], page: str) -> Graph:
    """The catalogue as a graph: a data set for each table, with its CSV as the distribution.

    `page` is the file that lists all data. Mandatory and, where a place holds them, recommended properties of DCAT-AP
    3.0 are written. Whatever is linked to is given the class that is the range of the property, so that a validator
    need not load the vocabularies that pages, licences and themes belong to. A place without an address has relative
    links (see `write_catalogue`).
    """
    from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

    base = _base(settings)
    graph = Graph()
    graph.bind("dcat", DCAT)
    graph.bind("dct", DCTERMS)
    graph.bind("foaf", FOAF)
    here, agent = URIRef(f"{base}catalogue"), URIRef(f"{base}catalogue#publisher")
    name = str(build.place["name"])
    graph.add((agent, RDF.type, FOAF.Agent))
    graph.add((agent, FOAF.name, Literal(settings.publisher or name)))
    graph.add((here, RDF.type, DCAT.Catalog))
    graph.add((here, DCTERMS.title, Literal(settings.title or f"Open data of {name}", lang="en")))
    said = settings.description or f"Figures of {name} by area, with their sources. Small counts of people are hidden."
    graph.add((here, DCTERMS.description, Literal(said, lang="en")))
    graph.add((here, DCTERMS.publisher, agent))
    graph.add((here, DCTERMS.modified, _date(build.built[:10])))
    _link(graph, here, FOAF.homepage, f"{base}index.html", FOAF.Document)
    _link(graph, here, DCTERMS.language, f"{_AUTHORITY}language/ENG", DCTERMS.LinguisticSystem)
    place = _location(graph, base, name)
    for table in tables:
        graph.add((here, DCAT.dataset, _dataset(graph, build, table, base, agent, place, page)))
    return graph


def _base(settings: PublishSection) -> str:
    return settings.address.rstrip("/") + "/" if settings.address else _NOWHERE


def _link(graph: Graph, subject: Any, link: Any, address: str, kind: Any) -> Any:
    """Link to an address, and say of which class it is."""
    from rdflib import RDF, URIRef

    target = URIRef(address)
    graph.add((subject, link, target))
    graph.add((target, RDF.type, kind))
    return target


def _location(graph: Graph, base: str, name: str) -> Any:
    from rdflib import DCTERMS, RDF, SKOS, Literal, URIRef

    place = URIRef(f"{base}catalogue#place")
    graph.add((place, RDF.type, DCTERMS.Location))
    graph.add((place, SKOS.prefLabel, Literal(name)))
    return place


def _dataset(graph: Graph, build: Build, table: DataTable, base: str, agent: Any, place: Any, page: str) -> Any:
    from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, Literal, Namespace, URIRef

    vcard = Namespace("http://www.w3.org/2006/vcard/ns#")
    about = table.indicator
    one, csv = URIRef(f"{base}catalogue#{table.id}"), URIRef(f"{base}catalogue#{table.id}-csv")
    graph.add((one, RDF.type, DCAT.Dataset))
    graph.add((one, DCTERMS.title, Literal(about["name"], lang="en")))
    graph.add((one, DCTERMS.description, Literal(table.description, lang="en")))
    graph.add((one, DCTERMS.identifier, Literal(table.id)))
    graph.add((one, DCTERMS.publisher, agent))
    graph.add((one, DCTERMS.spatial, place))
    graph.add((one, DCTERMS.modified, _date(build.built[:10])))
    code = _theme(about["theme"])
    theme = _link(graph, one, DCAT.theme, f"{_AUTHORITY}data-theme/{code}", SKOS.Concept)
    graph.add((theme, SKOS.prefLabel, Literal(_THEME_NAMES[code], lang="en")))
    _link(graph, one, DCAT.landingPage, f"{base}indicators/{table.id}/index.html", FOAF.Document)
    for word in filter(None, (about["theme"], str(build.place["name"]))):
        graph.add((one, DCAT.keyword, Literal(word, lang="en")))
    if issued := _date(about["issued"]):
        graph.add((one, DCTERMS.issued, issued))
    _temporal(graph, one, table.periods)
    origin = URIRef(f"{one}-origin")
    credit = ", ".join(filter(None, (about["source"], about["publisher"], about["licence"])))
    graph.add((one, DCTERMS.provenance, origin))
    graph.add((origin, RDF.type, DCTERMS.ProvenanceStatement))
    graph.add((origin, RDFS.label, Literal(f"Made from: {credit}. Small counts are hidden, and figures moved to other "
                                           "areas are marked.", lang="en")))  # fmt: skip
    if address := _address(about["url"]):
        graph.add((origin, RDFS.seeAlso, URIRef(address)))  # not dct:source, which leads to a data set, not to a page
    if build.place.get("contact"):
        contact = URIRef(f"{base}catalogue#contact")
        graph.add((one, DCAT.contactPoint, contact))
        graph.add((contact, RDF.type, vcard.Kind))
        graph.add((contact, vcard.fn, Literal(build.place["name"])))
        graph.add((contact, vcard.hasEmail, URIRef(f"mailto:{build.place['contact']}")))
    graph.add((one, DCAT.distribution, csv))
    graph.add((csv, RDF.type, DCAT.Distribution))
    graph.add((csv, DCTERMS.title, Literal(f"{about['name']} (CSV)", lang="en")))
    graph.add((csv, DCAT.accessURL, URIRef(f"{base}{page}")))
    graph.add((csv, DCAT.downloadURL, URIRef(f"{base}{table.file}")))
    _link(graph, csv, DCTERMS.format, f"{_AUTHORITY}file-type/CSV", DCTERMS.MediaTypeOrExtent)
    _link(graph, csv, DCAT.mediaType, "https://www.iana.org/assignments/media-types/text/csv", DCTERMS.MediaType)
    _link(graph, csv, DCTERMS.license, table.licence, DCTERMS.LicenseDocument)
    _link(graph, csv, DCTERMS.conformsTo, "https://www.w3.org/TR/tabular-data-model/", DCTERMS.Standard)
    return one


def _address(url: str) -> str:
    """A web address that may stand in a graph, or ""."""
    return url if re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", url or "") else ""


def _theme(theme: str) -> str:
    return next((code for word, code in _THEMES.items() if word in theme.lower()), "SOCI")


def _date(text: str) -> Any:
    """A date, month or year as a literal of its kind; None for anything else."""
    from rdflib import XSD, Literal

    kinds = {10: XSD.date, 7: XSD.gYearMonth, 4: XSD.gYear}
    known = re.fullmatch(r"\d{4}(-\d{2}){0,2}", text or "")
    return Literal(text, datatype=kinds[len(text)]) if known else None


def _temporal(graph: Graph, dataset: Any, periods: Sequence[str]) -> None:
    """The time that a data set spans, where its periods are dates."""
    from rdflib import DCAT, DCTERMS, RDF, XSD, Literal, URIRef

    bounds = [found for period in periods if (found := period_bounds(period)) is not None]
    if bounds:
        span = URIRef(f"{dataset}-span")
        first, end = min(one[0] for one in bounds), max(one[1] for one in bounds) - dt.timedelta(days=1)
        graph.add((dataset, DCTERMS.temporal, span))
        graph.add((span, RDF.type, DCTERMS.PeriodOfTime))
        graph.add((span, DCAT.startDate, Literal(first.isoformat(), datatype=XSD.date)))
        graph.add((span, DCAT.endDate, Literal(end.isoformat(), datatype=XSD.date)))


def write_catalogue(graph: Graph, target: Path) -> None:
    """Write the catalogue as Turtle and as JSON-LD; links of a place without an address are relative.

    The same catalogue is written in the same order each time, so that two releases can be compared.
    """
    texts = {
        "catalogue.ttl": graph.serialize(format="turtle", encoding="utf-8").decode(),
        "catalogue.jsonld": json.dumps(_ordered(json.loads(graph.serialize(format="json-ld"))), indent=1) + "\n",
    }
    for file, text in texts.items():
        (target / file).write_text(text.replace(_NOWHERE, ""), encoding="utf-8")


def _ordered(value: Any) -> Any:
    """JSON-LD in a fixed order; its lists are sets."""
    if isinstance(value, list):
        return sorted((_ordered(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return {key: _ordered(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


@dataclass(frozen=True)
class Shapes:
    """Shapes (SHACL) that were read from a file."""

    file: Path
    rules: Graph


def read_shapes(file: Path) -> Shapes:
    """Read shapes.

    Raises
    ------
    ShapesError
        The file cannot be read as shapes.
    """
    from rdflib import RDF, SH, Graph

    rules = Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own reader of JSON-LD gives one
            rules.parse(file, format="json-ld" if file.suffix in {".json", ".jsonld"} else "turtle")
    except OSError as error:
        raise ShapesError(f"cannot read the shapes in {file}: {error.strerror or error}") from None
    except Exception as error:  # each parser has errors of its own
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ShapesError(f"{file} cannot be read as shapes (SHACL in Turtle or JSON-LD): {first}") from None
    if not any(rules.subjects(RDF.type, SH.NodeShape)) and not any(rules.subjects(RDF.type, SH.PropertyShape)):
        raise ShapesError(f"{file} holds no shapes: it has neither a sh:NodeShape nor a sh:PropertyShape")
    return Shapes(file, rules)


def check_catalogue(graph: Graph, shapes: Shapes | None = None) -> None:
    """Check a catalogue against shapes: given ones, or those that come with Wholeplace.

    Raises
    ------
    ShapesError
        The catalogue does not fit them, or they cannot be used.
    """
    import pyshacl
    from rdflib import Graph

    file, rules = (shapes.file, shapes.rules) if shapes else (SHAPES, read_shapes(SHAPES).rules)
    try:
        fits, report, _ = pyshacl.validate(graph, shacl_graph=rules, advanced=True, do_owl_imports=False)
    except Exception as error:  # shapes that pyshacl cannot follow
        raise ShapesError(f"{file} cannot be used: {error}") from None
    if not fits:
        assert isinstance(report, Graph)
        raise ShapesError(
            "\n".join([f"the catalogue does not fit the shapes in {file}:", *sorted(_violations(report))])
        )


def _violations(report: Graph) -> set[str]:
    from rdflib import RDF, SH

    found = set()
    for one in report.subjects(RDF.type, SH.ValidationResult):
        node, path = report.value(one, SH.focusNode), report.value(one, SH.resultPath)
        words = report.value(one, SH.resultMessage)
        where = str(node).replace(_NOWHERE, "")
        found.add(f"  {where}, {path or 'the node itself'}: {words}")
    return found
