"""The report of an area as a PDF: accessible, saying what the profile says, and naming things as they are."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from wholeplace.build import open_build
from wholeplace.web.report import area_contents, write_pdf
from wholeplace.web.report.command import report
from wholeplace.web.report.pictures import picture_of
from wholeplace.web.site import Site


@pytest.fixture(scope="module")
def site(demo_place: Path) -> Site:
    return Site("harrowmere", demo_place, open_build(demo_place))


@pytest.fixture(scope="module")
def area(site: Site) -> str:
    return str(site.build.index("deprivation").scores["area"][0])


@pytest.fixture(scope="module")
def reader(site: Site, area: str) -> PdfReader:
    return PdfReader(io.BytesIO(write_pdf(area_contents(site, area))))


def texts_of(reader: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def elements(node: Any, kind: str) -> list[DictionaryObject]:
    """The elements of one kind in the structure tree of a PDF."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        return [found for one in node for found in elements(one, kind)]
    if not isinstance(node, DictionaryObject):
        return []
    own = [node] if node.get("/S") == f"/{kind}" else []
    return own + (elements(node["/K"], kind) if "/K" in node else [])


def test_the_file_says_that_it_is_pdf_ua_1_and_has_what_that_asks_for(reader: PdfReader, area: str) -> None:
    """ISO 14289-1, 5 and 7: identifier, marked and tagged, title shown, language, tab order by structure."""
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part(=\"|>)1", metadata)
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a boolean of pypdf's own
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert str(root["/Lang"]).lower() == "en-gb"
    assert "Report on" in str(reader.metadata.title)
    assert all(page["/Tabs"] == "/S" for page in reader.pages if "/Annots" in page)


def test_every_picture_has_words_and_every_table_has_heads(reader: PdfReader) -> None:
    tree = reader.trailer["/Root"]["/StructTreeRoot"]["/K"]
    figures, tables = elements(tree, "Figure"), elements(tree, "Table")
    assert figures and all(len(str(one.get("/Alt", ""))) > 10 for one in figures)
    assert tables and all(elements(one["/K"], "TH") for one in tables)
    assert elements(tree, "H1") and elements(tree, "H2") and elements(tree, "H3")


def test_it_says_what_the_profile_says(client: Client, reader: PdfReader, site: Site, area: str) -> None:
    said = texts_of(reader)
    index = site.build.index("deprivation")
    row = next(one for one in index.scores.iter_rows(named=True) if one["area"] == area)
    assert f"Rank {row['rank']} of 60" in said
    assert f"from {row['rank_p05']} to {row['rank_p95']} in nine draws of ten" in said
    page = client.get(f"/p/harrowmere/areas/{area}/").content.decode()
    for name in ("Households without broadband", "Deaths under 75"):
        assert name in page and name in said
    assert "suppressed" in said and "published without" in said
    assert "CC0" in said and "figures@harrowmere.example" in said


def test_a_name_that_looks_like_markup_stays_a_name(site: Site, area: str) -> None:
    contents = area_contents(site, area) | {"title": "#panic() $x$ *_`<a>@b// \\ ["}
    assert "#panic() $x$ *_`<a>@b// \\ [" in texts_of(PdfReader(io.BytesIO(write_pdf(contents))))


def test_the_whole_place_and_a_larger_area_have_reports(client: Client, site: Site) -> None:
    ward = site.build.areas.filter(site.build.areas["geography"] == "ward")["area"][0]
    for code in (site.code, ward):
        answer = client.get(f"/p/harrowmere/areas/{code}/report.pdf")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-1.7")
    assert client.get("/p/harrowmere/areas/nowhere/report.pdf").status_code == 404


def test_a_picture_takes_its_colours_and_words_with_it() -> None:
    markup = (
        '<div class="wp-desk"><svg viewBox="0 0 9 9" role="img" aria-labelledby="a-t a-d"><title id="a-t">Rank &amp; '
        'range</title><desc id="a-d">From 1 to 2.</desc><rect class="c-bar"/></svg></div><div><svg></svg></div>'
    )
    picture = picture_of(markup)
    assert picture["alt"] == "Rank & range. From 1 to 2."
    assert picture["svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"')
    assert re.search(r"<style>.*\.c-bar\{fill:#\w+\}", picture["svg"])
    assert ".c-text{fill:#17303f" in picture["svg"] and "underline" not in picture["svg"]
    with pytest.raises(ValueError, match="no drawing"):
        picture_of("<p>none</p>")


def test_the_command_writes_the_file_or_says_what_is_wrong(demo_place: Path, tmp_path: Path, area: str) -> None:
    runner, out = CliRunner(), tmp_path / "one.pdf"
    done = runner.invoke(report, [str(demo_place), area, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF")
    unknown = runner.invoke(report, [str(demo_place), area[:-1] + "?", "--out", str(tmp_path / "two.pdf")])
    assert unknown.exit_code == 1
    assert "there is no area" in str(unknown.exception) and "did you mean" in str(unknown.exception)
    nowhere = runner.invoke(report, [str(demo_place), area, "--out", str(tmp_path / "no" / "two.pdf")])
    assert nowhere.exit_code == 1 and "there is no folder" in str(nowhere.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["one.pdf"]


def test_without_typst_nothing_offers_a_pdf(
    client: Client, demo_place: Path, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.setattr("wholeplace.web.report.pdf.find_spec", lambda name: None)
    page = f"/p/harrowmere/areas/{area}/"
    assert "report.pdf" not in client.get(page).content.decode()
    answer = client.get(f"{page}report.pdf")
    assert answer.status_code == 404 and "wholeplace[pdf]" in answer.content.decode()
    refused = CliRunner().invoke(report, [str(demo_place), area])
    assert refused.exit_code == 1 and "wholeplace[pdf]" in str(refused.exception)
