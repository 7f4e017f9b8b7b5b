"""Publish a place: protect it, make its pages and data from what is left, check the catalogue, and swap it in."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import wholeplace
from wholeplace.build import open_build
from wholeplace.build.build import DEFAULT
from wholeplace.measure.checking import check_measures
from wholeplace.place import Findings, Place, read_place
from wholeplace.place.config import DisclosureSection
from wholeplace.publish.building import build_indices, write_build
from wholeplace.publish.catalogue import Shapes, check_catalogue, make_catalogue, read_shapes, write_catalogue
from wholeplace.publish.data_files import write_maps, write_tables
from wholeplace.publish.earlier import MARK, write_memory
from wholeplace.publish.pages import FILES, CannotPublishError, StaticPages
from wholeplace.publish.protected import Protection, protect_place
from wholeplace.publish.report import write_report
from wholeplace.publish.swap import replacing

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Publication:
    """What was published: the folder, how many files and tables, what was held back, and where the report is."""

    folder: Path
    files: int
    tables: int
    protection: Protection
    report: Path


def publish_place(
    folder: str | Path, target: str | Path, *, shapes: str | Path | None = None, progress: Progress | None = None
) -> Publication:
    """Write the pages, tables and catalogue of a place that may be published.

    Parameters
    ----------
    folder
        The place folder.
    target
        A folder that is new, empty, or made by an earlier call. An earlier release in it counts as published: it is
        protected together with the new one.
    shapes
        Shapes (SHACL) that the catalogue must fit too, such as those that are published with DCAT-AP.
    progress
        Called with a line of text before each step.

    Raises
    ------
    FindingsError
        When the check of the place finds an error.
    CannotPublishError, ShapesError
        A folder that is not ours to replace; a catalogue that does not fit the shapes. Whatever is raised, what was
        published before stays as it was.
    """
    say = progress or (lambda line: None)
    target = Path(target)
    more_shapes = None if shapes is None else read_shapes(Path(shapes))  # first: the rest takes long
    with replacing(target) as draft, tempfile.TemporaryDirectory() as room:
        say("reading and checking")
        place = _checked(Path(folder), target)
        say("hiding small counts and what would tell them")
        protection = protect_place(place)
        say("computing indices from what is left")
        indices, lost = build_indices(protection.place)
        protection.left_out.update(lost)
        copy = Path(room) / (Path(folder).resolve().name or "place")
        write_build(protection.place, indices, copy / DEFAULT, _words(place.sections.disclosure, protection))
        say("writing tables, maps and catalogue")
        tables = _write_data(place, copy, draft, more_shapes)
        write_memory(protection.earlier, draft)
        say("writing pages")
        files = _write_pages(copy, draft, say)
        _mark(draft, place)
    return Publication(target, files, tables, protection, _report(place, protection, target))


def _report(place: Place, protection: Protection, target: Path) -> Path:
    """Write the report of what is published, and so not before it is."""
    try:
        return write_report(place, protection)
    except OSError as error:
        raise CannotPublishError(
            f"{target} is published, but the report of what was hidden cannot be written into {place.folder}: "
            f"{error.strerror or error}; make that folder writable and publish again"
        ) from None


def _checked(folder: Path, target: Path) -> Place:
    """The place, free of errors, with what is published already among its earlier releases."""
    findings = Findings()
    place = read_place(folder, findings)
    if place is not None and not findings.errors:
        check_measures(place, findings)
    findings.raise_errors(f"the place in {folder}")
    assert place is not None  # without a place there is an error
    if not (target / MARK).is_file():
        return place
    settings = place.sections.disclosure
    previous = [*settings.previous, str(target.resolve())]
    sections = place.sections.model_copy(update={"disclosure": settings.model_copy(update={"previous": previous})})
    return replace(place, sections=sections)


def _words(settings: DisclosureSection, protection: Protection) -> dict[str, object]:
    """What every page says of hidden figures."""
    least = "0" if settings.zeros == "hidden" else "1"
    hidden = f"Counts of {least} to {settings.threshold - 1} people, and what would tell them, are shown as suppressed."
    unless = ", unless they were open data before" if protection.exempt else ""
    rounded = f" Other counts are rounded to {settings.rounding}{unless}." if settings.rounding > 1 else ""
    return {"words": hidden + rounded, "exempt": bool(protection.exempt)}


def _write_data(place: Place, copy: Path, draft: Path, shapes: Shapes | None) -> int:
    build = open_build(copy)
    tables = write_tables(build, draft)
    write_maps(build, draft)
    graph = make_catalogue(build, place.sections.publish, tables, FILES)
    check_catalogue(graph)
    if shapes is not None:
        check_catalogue(graph, shapes)
    write_catalogue(graph, draft)
    return len(tables)


def _write_pages(copy: Path, draft: Path, say: Progress) -> int:
    pages = StaticPages(copy, draft)
    pages.write(say)
    pages.list_files()
    return sum(path.is_file() for path in draft.rglob("*"))


def _mark(draft: Path, place: Place) -> None:
    """Leave the mark by which the folder is known as ours; written last, so that nothing half-written has it.

    It names every file, so that one that somebody has added is not swept away by the next release.
    """
    files = sorted(path.relative_to(draft).as_posix() for path in draft.rglob("*") if path.is_file())
    content = {"schema": "wholeplace.published/1", "place": place.settings.code, "version": wholeplace.__version__,
               "files": files}  # fmt: skip
    (draft / MARK).write_text(json.dumps(content, indent=0, ensure_ascii=False), encoding="utf-8")
