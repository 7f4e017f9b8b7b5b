"""The published folder: it opens from a disk, holds nothing that is hidden, and is never found half-written."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl
import pytest
from tests.commands import run
from tests.publish.places import figures, table, write_place

from wholeplace.place import SeriesKey
from wholeplace.publish import release
from wholeplace.publish.pages import CannotPublishError
from wholeplace.publish.release import Publication, publish_place


class Links(HTMLParser):
    """Links and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "action", "data-boundaries"} and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.add(value)


def check_links(folder: Path) -> int:
    """Follow every link of every page to a file, and to the place in it; return how many pages there are."""
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(unescape(link))
            if parts.scheme in {"http", "https", "mailto"}:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            absolute = link.startswith("/") or parts.query
            lost = parts.fragment and target.suffix == ".html" and parts.fragment not in pages[target].ids
            if absolute or not target.is_file() or not target.is_relative_to(folder.resolve()) or lost:
                wrong.append((path.relative_to(folder).as_posix(), link))
    assert wrong == []
    return len(pages)


def test_every_link_leads_to_a_file_of_the_folder(rounded: Publication) -> None:
    assert check_links(rounded.folder.resolve()) > 25  # 20 areas, 4 wards and the pages about them


@pytest.mark.long
def test_the_demo_is_published_with_every_link_whole(demo_place: Path, tmp_path: Path) -> None:
    done = publish_place(demo_place, tmp_path / "out")
    assert check_links(done.folder.resolve()) > 200
    assert not list(done.folder.glob("estate*"))
    assert all("Small grid" not in path.read_text(encoding="utf-8") for path in done.folder.rglob("*.html"))


def test_nothing_needs_a_server_or_a_script(rounded: Publication) -> None:
    for path in rounded.folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<form|/estate|/find|/weights|map\.json", text), path


def test_every_page_says_that_figures_are_hidden(rounded: Publication) -> None:
    for path in rounded.folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "Counts of 1 to 9 people, and what would tell them, are shown as suppressed." in text
        assert "Other counts are rounded to 5." in text


def test_no_file_holds_the_true_count_of_a_hidden_cell(exact: Publication) -> None:
    _, long = figures()
    true = {(area, name): (count, total) for area, name, count, total in long.iter_rows()}
    hidden = exact.protection.hidden.filter(pl.col("geography") == "area")
    assert hidden.height > 10
    for indicator, area in hidden.select("indicator", "area").iter_rows():
        count, total = true[area, indicator]
        row = table(exact.folder, indicator).filter((pl.col("geography") == "area") & (pl.col("area") == area))
        assert row.select("value", "lower95", "upper95", "count").row(0) == (None,) * 4
        assert row["status"][0] == "Q"
        share = f"{100 * count / total:.1f}%"
        profile = (exact.folder / "areas" / area / "index.html").read_text(encoding="utf-8")
        [line] = [part for part in profile.split("<tr") if f"indicators/{indicator}/" in part]
        assert "suppressed" in line
        assert share not in line
        features = json.loads((exact.folder / "data" / "area.geojson").read_text(encoding="utf-8"))["features"]
        [shape] = [one["properties"] for one in features if one["properties"]["area"] == area]
        assert (shape[indicator], shape[f"{indicator}_status"]) == (None, "Q")


def test_shares_and_intervals_are_worked_out_from_rounded_counts(rounded: Publication) -> None:
    rows = table(rounded.folder, "group-a").filter(pl.col("count").is_not_null())
    share = 100 * rows["count"] / rows["denominator"]
    assert (rows["value"] - share).abs().max() < 1e-9  # type: ignore[operator]
    assert (rows["denominator"] % 5 == 0).all()
    n, p, z = rows["denominator"], rows["count"] / rows["denominator"], 1.959963984540054
    lower = (p + z * z / (2 * n) - z * (p * (1 - p) / n + z * z / (4 * n * n)).sqrt()) / (1 + z * z / n)  # Wilson 1927
    assert (rows["lower95"] / 100 - lower).abs().max() < 1e-9  # type: ignore[operator]


def test_what_is_not_open_is_not_published_and_named(rounded: Publication) -> None:
    assert "licence is not known to be open: All rights reserved" in rounded.protection.left_out["secret"]
    everything = "".join(path.read_text(encoding="utf-8") for path in rounded.folder.rglob("*") if path.is_file())
    assert "secret" not in everything.lower()


def test_the_report_lies_in_the_place_and_not_in_what_is_published(rounded: Publication) -> None:
    assert rounded.report.parent.name == ".wholeplace"
    assert "Keep this to yourselves" in rounded.report.read_text(encoding="utf-8")
    cells = pl.read_csv(rounded.report.parent / "published-hidden.csv")
    assert cells.height == rounded.protection.hidden.height
    assert not list(rounded.folder.rglob("*report*"))
    assert not list(rounded.folder.rglob("*hidden*"))


@pytest.mark.usefixtures("without_pages")
def test_an_exempt_source_is_published_as_it_is(tmp_path: Path) -> None:
    settings = '[[disclosure.exempt]]\nsources = ["Coun*"]\nreason = "Open data already"\n'
    done = publish_place(write_place(tmp_path / "town", settings=settings), tmp_path / "out")
    assert table(done.folder, "group-c")["status"].unique().to_list() == ["A"]
    assert done.protection.exempt["group-c"] == "Open data already"
    assert table(done.folder, "thefts").filter(pl.col("status") == "Q").height


@pytest.mark.usefixtures("without_pages")
def test_a_derived_figure_is_hidden_with_what_it_is_made_of(tmp_path: Path) -> None:
    settings = '[disclosure.derived]\nscore = ["thefts"]\n'
    done = publish_place(write_place(tmp_path / "town", settings=settings), tmp_path / "out")
    place, key = done.protection.place, SeriesKey("area", "score", "2021")
    hidden = place.series[key].frame.filter(pl.col("status") == "Q")["area"]
    small = table(done.folder, "thefts").filter((pl.col("geography") == "area") & (pl.col("status") == "Q"))["area"]
    assert set(hidden) == set(small)


@pytest.mark.usefixtures("without_pages")
def test_a_run_that_stops_half_way_leaves_the_old_folder_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, out = write_place(tmp_path / "town"), tmp_path / "out"
    publish_place(town, out)
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}

    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(release, "write_catalogue", stop)
    with pytest.raises(KeyboardInterrupt):
        publish_place(town, out)
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "town"]


@pytest.mark.usefixtures("without_pages")
def test_a_run_that_was_killed_between_two_renames_is_put_right(tmp_path: Path) -> None:
    town, out = write_place(tmp_path / "town"), tmp_path / "out"
    publish_place(town, out)
    out.rename(tmp_path / ".out.0123abcd.old")
    (tmp_path / ".out.0123abcd.draft").mkdir()
    with pytest.raises(CannotPublishError), release.replacing(out) as draft:
        (draft / "half").write_text("half")
        raise CannotPublishError("stopped")
    assert (out / "catalogue.ttl").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "town"]


@pytest.mark.parametrize("published", [False, True])
def test_a_folder_with_other_files_is_refused(
    published: bool, rounded: Publication, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    town, mine = write_place(tmp_path / "town"), tmp_path / "mine"
    if published:
        shutil.copytree(rounded.folder, mine)
    (mine / "letters").mkdir(parents=True)
    (mine / "letters" / "one.txt").write_text("dear")
    before = sorted(mine.rglob("*"))
    done = run(capfd, "publish", town, mine)
    assert done.code == 1
    said = " ".join((done.out + done.err).split())
    assert "holds files that `wholeplace publish` did not write, and would take away: letters/one.txt;" in said
    assert sorted(mine.rglob("*")) == before


@pytest.mark.usefixtures("without_pages")
def test_the_command_tells_what_was_hidden(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    town = write_place(tmp_path / "town")
    done = run(capfd, "publish", town, tmp_path / "out", "--json")
    assert done.code == 0, done.err
    document = done.document
    assert document["schema"] == "wholeplace.publication/1"
    assert sum(row["small"] + row["second"] for row in document["hidden"]) > 10
    assert list(document["left_out"]) == ["secret"]


def test_settings_with_faults_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = 'threshold = 1\ncolour = "red"\n[[disclosure.exempt]]\nindicators = ["carer"]\nreason = " "\n'
    done = run(capfd, "check", write_place(tmp_path / "town", settings=settings), "--json")
    found = {(one["rule"], one["level"]) for one in done.document["findings"]}
    assert {("toml-value", "error"), ("unknown-key", "warning")} <= found
    settings = settings.replace("threshold = 1\n", "")
    done = run(capfd, "check", write_place(tmp_path / "town", settings=settings), "--json")
    found = {(one["rule"], one["level"]) for one in done.document["findings"]}
    assert {("exempt-reason", "error"), ("disclosure-name", "warning")} <= found


def test_an_earlier_release_that_is_not_there_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done = run(capfd, "publish", write_place(tmp_path / "town", settings='previous = ["../none"]\n'), tmp_path / "out")
    assert done.code == 1
    assert "is no folder that `wholeplace publish` made" in (done.out + done.err)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("without_pages")
def test_a_report_is_of_what_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, out = write_place(tmp_path / "town"), tmp_path / "out"
    report = publish_place(town, out).report
    before = report.read_bytes()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("wholeplace.publish.swap._swap", full)
        with pytest.raises(CannotPublishError, match="nothing is published"):
            publish_place(town, out)
    assert report.read_bytes() == before
    monkeypatch.setattr(release, "write_report", full)
    with pytest.raises(CannotPublishError, match="is published, but the report"):
        publish_place(town, out)
