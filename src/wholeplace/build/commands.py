"""Commands that join the rooms: check and build."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from wholeplace import output
from wholeplace.place.findings import counted

LEVELS = ("error", "warning", "notice")
_PLACE = click.argument("place", type=click.Path(path_type=Path))


@click.command()
@_PLACE
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--fix", is_flag=True, help="List what can be mended, then mend it (in a terminal: after asking).")
def check(place: Path, as_json: bool, strict: bool, fix: bool) -> None:
    """List every problem of a place folder, with file, row, column, value and what to do.

    Exit code 0 when no finding is an error, else 1. Example:  wholeplace check leeds --strict
    """
    from wholeplace.build.check import check_place

    if fix:
        _fix(place, quiet=as_json)
    report = check_place(place, strict=strict)
    if as_json:
        output.write_json("-", report.as_dict())
    else:
        ordered = [finding for level in LEVELS for finding in report.findings if finding.level == level]
        output.echo_lines(ordered)
        for file, count in report.rows_outside.items():
            if count:
                verbs = "is of another place and serves" if count == 1 else "are of other places and serve"
                click.echo(f"{counted(count, 'row')} of {file} {verbs} as comparison")
        areas = ", ".join(f"{count:,} areas of {geography}" for geography, count in report.areas.items())
        levels = Counter(finding.level for finding in report.findings)
        counts = ", ".join(counted(levels[level], level) for level in ("error", "warning", "notice"))
        click.echo(f"{areas or 'no areas'}: {counts}")
    sys.exit(0 if report.ok else 1)


def _fix(place: Path, *, quiet: bool) -> None:
    from wholeplace.place.fixing import apply_fixes, find_fixes
    from wholeplace.records import PlaceRegisters

    found = find_fixes(place, PlaceRegisters(place))
    for fix in found.fixes:
        click.echo(f"would mend: {fix}", err=quiet)
    if found.to_import:
        click.echo(
            f"the records log holds {found.to_import[0].file}, so it is left as it is; to add these rows save them as "
            f"dependencies.csv elsewhere, then run  wholeplace records import {place} dependencies.csv",
            err=quiet,
        )
        rows = [[column for column, _ in found.to_import[0].cells]]
        rows += [[text for _, text in row.cells] for row in found.to_import]
        output.echo_lines((",".join(row) for row in rows), err=quiet)
    if not found.fixes:
        click.echo("nothing that can be mended by itself", err=quiet)
        return
    if sys.stdin.isatty() and not click.confirm("Mend these?"):
        return
    kept = apply_fixes(place, found.fixes)
    click.echo(f"{len(found.fixes)} mended; the files as they were are in {kept}", err=quiet)


@click.command()
@_PLACE
@click.option("--build", "target", type=click.Path(path_type=Path), metavar="DIR", help="Write here instead.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def build(place: Path, target: Path | None, strict: bool) -> None:
    """Check a place and compute everything its pages show; with any error nothing is written.

    Steps whose inputs are unchanged are not run again. Example:  wholeplace build leeds
    """
    from wholeplace.build import build_place

    report = build_place(place, target, strict=strict, progress=lambda line: click.echo(f"… {line}", err=True))
    shown = [finding for finding in report.findings if finding.level == "warning"]
    output.echo_lines(shown, err=True)
    done = f"{len(report.ran)} steps computed, {len(report.unchanged)} unchanged, {report.seconds:.1f} s"
    click.echo(f"{report.folder}: {done}")
