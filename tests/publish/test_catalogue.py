"""The catalogue against shapes of what DCAT-AP makes mandatory and of its ranges, and tables against CSV on the Web by another reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from csvw import CSVW
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, Graph, Literal, URIRef
from tests.commands import run
from tests.publish.places import table, write_place

from wholeplace.publish.catalogue import ShapesError, check_catalogue
from wholeplace.publish.licences import licence_address
from wholeplace.publish.release import Publication, publish_place

#: DCAT-AP 3.0: class -> properties of which each of its things must have one.
MANDATORY = [
    (DCAT.Catalog, DCTERMS.title), (DCAT.Catalog, DCTERMS.description), (DCAT.Catalog, DCTERMS.publisher),
    (DCAT.Dataset, DCTERMS.title), (DCAT.Dataset, DCTERMS.description),
    (DCAT.Distribution, DCAT.accessURL), (FOAF.Agent, FOAF.name), (SKOS.Concept, SKOS.prefLabel),
]  # fmt: skip
#: DCAT-AP 3.0: link -> the class of what it leads to (the column "Range" of its tables).
RANGES = [
    (FOAF.homepage, FOAF.Document), (DCTERMS.language, DCTERMS.LinguisticSystem), (DCTERMS.publisher, FOAF.Agent),
    (DCAT.dataset, DCAT.Dataset), (DCAT.theme, SKOS.Concept), (DCAT.landingPage, FOAF.Document),
    (DCTERMS.spatial, DCTERMS.Location), (DCTERMS.temporal, DCTERMS.PeriodOfTime),
    (DCTERMS.provenance, DCTERMS.ProvenanceStatement), (DCAT.distribution, DCAT.Distribution),
    (DCTERMS.format, DCTERMS.MediaTypeOrExtent), (DCAT.mediaType, DCTERMS.MediaType),
    (DCTERMS.license, DCTERMS.LicenseDocument), (DCTERMS.conformsTo, DCTERMS.Standard),
]  # fmt: skip


def read(published: Path) -> Graph:
    return Graph().parse(published / "catalogue.ttl", format="turtle", publicID="https://data.example.org/")


def test_the_catalogue_fits_the_shapes(rounded: Publication) -> None:
    graph = read(rounded.folder)
    check_catalogue(graph)
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == rounded.tables == 7


@pytest.mark.parametrize(("kind", "wanted"), MANDATORY)
def test_a_catalogue_without_a_mandatory_property_fails(rounded: Publication, kind: URIRef, wanted: URIRef) -> None:
    graph = read(rounded.folder)
    one = next(iter(graph.subjects(RDF.type, kind)))
    graph.remove((one, wanted, None))
    with pytest.raises(ShapesError, match=str(wanted)):
        check_catalogue(graph)


@pytest.mark.parametrize(("link", "kind"), RANGES)
def test_each_link_says_of_which_class_its_target_is(rounded: Publication, link: URIRef, kind: URIRef) -> None:
    graph = read(rounded.folder)
    targets = set(graph.objects(None, link))
    assert targets
    assert all((target, RDF.type, kind) in graph for target in targets)
    graph.remove((next(iter(targets)), RDF.type, kind))
    with pytest.raises(ShapesError, match=str(link)):
        check_catalogue(graph)


@pytest.mark.parametrize(("kind", "link"), [(DCAT.Dataset, DCTERMS.modified), (DCTERMS.PeriodOfTime, DCAT.endDate)])
def test_a_date_that_is_none_fails(rounded: Publication, kind: URIRef, link: URIRef) -> None:
    graph = read(rounded.folder)
    graph.set((next(iter(graph.subjects(RDF.type, kind))), link, Literal("last spring")))
    with pytest.raises(ShapesError, match=str(link)):
        check_catalogue(graph)


@pytest.mark.usefixtures("without_pages")
def test_the_page_of_a_source_is_no_data_set(tmp_path: Path) -> None:
    """`dct:source` leads to a data set (DCAT-AP 3.0, Dataset: source); a page stands with the words on the origin."""
    town, page = write_place(tmp_path / "town"), "https://stats.example.org/census"
    file = town / "indicators" / "indicators.csv"
    first, *others = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([f"{first},url", *(f"{line},{page}" for line in others)]) + "\n", encoding="utf-8")
    graph = read(publish_place(town, tmp_path / "out").folder)
    check_catalogue(graph)
    origins = set(graph.objects(None, DCTERMS.provenance))
    assert len(origins) == 7
    assert all((origin, RDFS.seeAlso, URIRef(page)) in graph for origin in origins)
    assert not set(graph.objects(None, DCTERMS.source))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # of rdflib, about its own reader
def test_both_forms_say_the_same_and_links_lead_to_files(rounded: Publication) -> None:
    graph = read(rounded.folder)
    text = (rounded.folder / "catalogue.jsonld").read_text(encoding="utf-8")
    assert "invalid" not in text + (rounded.folder / "catalogue.ttl").read_text(encoding="utf-8")
    other = Graph().parse(data=text, format="json-ld", publicID="https://data.example.org/")
    assert len(other) == len(graph)
    for link in (DCAT.downloadURL, DCAT.accessURL, DCAT.landingPage):
        targets = set(graph.objects(None, link))
        assert targets
        for target in targets:
            assert (rounded.folder / str(target).removeprefix("https://data.example.org/")).is_file()


def test_each_data_set_carries_its_licence_and_source(rounded: Publication) -> None:
    graph = read(rounded.folder)
    [thefts] = graph.subjects(DCTERMS.identifier, None, unique=True) and [
        one for one in graph.subjects(RDF.type, DCAT.Dataset) if str(one).endswith("#thefts")
    ]
    [csv] = graph.objects(thefts, DCAT.distribution)
    address = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
    assert str(graph.value(csv, DCTERMS.license)) == address
    assert {str(span) for span in graph.objects(graph.value(thefts, DCTERMS.temporal), DCAT.endDate)} == {"2021-12-31"}


@pytest.mark.usefixtures("without_pages")
def test_an_address_makes_the_links_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = '[publish]\naddress = "https://data.example.org/town"\npublisher = "Town council"\n'
    done = run(capfd, "publish", write_place(tmp_path / "town", settings=settings), tmp_path / "out")
    assert done.code == 0, done.err
    graph = Graph().parse(tmp_path / "out" / "catalogue.ttl", format="turtle")
    assert URIRef("https://data.example.org/town/data/thefts.csv") in set(graph.objects(None, DCAT.downloadURL))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read the shapes"),
        ("this is not turtle", "cannot be read as shapes"),
        ("<a:b> <a:c> <a:d> .", "holds no shapes"),
        ("@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> ."
         "<a:s> a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:version ; sh:minCount 1 ] .",
         "does not fit the shapes"),
    ],
)  # fmt: skip
def test_shapes_of_ones_own_are_checked_and_faults_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    shapes = tmp_path / "shapes.ttl"
    if content is not None:
        shapes.write_text(content)
    done = run(capfd, "publish", write_place(tmp_path / "town"), tmp_path / "out", "--shapes", shapes)
    assert done.code == 1
    assert words in (done.out + done.err)
    assert "Traceback" not in (done.out + done.err)
    assert not (tmp_path / "out").exists()
    assert ("reading and checking" in done.err) == words.startswith("does not fit")  # what is unusable is told at once


def test_another_reader_of_csv_on_the_web_finds_the_same_rows(rounded: Publication) -> None:
    """The `csvw` package (Glottobank) reads the table by its metadata, and its types fit."""
    metadata = rounded.folder / "data" / "thefts.csv-metadata.json"
    content = json.loads(metadata.read_text(encoding="utf-8"))
    assert content["url"] == "thefts.csv"
    package = CSVW(str(metadata), validate=True)
    assert package.is_valid
    rows = list(package.tables[0])
    frame = table(rounded.folder, "thefts")
    assert [row["status"] for row in rows] == frame["status"].to_list()
    assert [None if row["count"] is None else float(row["count"]) for row in rows] == frame["count"].to_list()


def test_the_data_package_names_every_table_and_column(rounded: Publication) -> None:
    data = rounded.folder / "data"
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    assert {one["path"] for one in package["resources"]} == {path.name for path in data.glob("*.csv")}
    for one in package["resources"]:
        header = (data / one["path"]).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert [field["name"] for field in one["schema"]["fields"]] == header
        assert one["licenses"][0]["path"].startswith("https://")


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("Open Government Licence v3.0", True), ("CC BY 4.0", True), ("cc0 1.0", True), ("ODbL", True),
        ("CC BY-NC 4.0", False), ("CC BY 4.0 except logos", False), ("", False), ("Open", False), ("CC BY-ND 4.0", False),
    ],
)  # fmt: skip
def test_which_licences_are_open(text: str, open_: bool) -> None:
    assert bool(licence_address(text)) is open_
