"""Commands of the records log: `wholeplace records …`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wholeplace import output
from wholeplace.errors import WholeplaceError

if TYPE_CHECKING:
    from wholeplace.place.config import PlaceSection
    from wholeplace.records.importing import ImportPlan
    from wholeplace.records.mapping import MappedTable

Form = Literal["csv", "xlsx", "json"]
#: So many differences, and so many things to mend, are listed; --json lists all.
MOST_DIFFERENCES, MOST_MENDS = 1_000, 50
_WHERE = "they are tables such as systems.csv in the folder registers/, or in a workbook that you import"
_PLACE = click.argument("place", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
_FORM = click.option(
    "--format", "form", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True,
    help="One CSV a register, or one workbook or JSON file for all.",
)  # fmt: skip


@click.group()
def records() -> None:
    """Import and export registers, look back at what they were, and verify their log."""


@records.command("import")
@_PLACE
@click.argument("source", required=False, metavar="[FILE|DIR]", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Apply it; without, only say what would change.")
@click.option("--whole", is_flag=True, help="Each register given is the whole of it: remove records it does not have.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="Mapping file that makes a register of FILE.")
@click.option("--review", type=click.Path(path_type=Path), help="With --map: write the list of merged spellings here.")
@click.option("--person", help="Who answers for it; your user name when not given.")
@click.option("--reason", help="Why, in words that an auditor will understand; needed with --yes.")
@_JSON
def import_(
    place: Path, source: Path | None, yes: bool, whole: bool, mapping: Path | None, review: Path | None,
    person: str | None, reason: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Import registers into the records log: those of the place folder, or of a file or folder.

    Says what would change, removed records first; --yes applies it. With --map, FILE is any table. Example:

      wholeplace records import my-place systems.xlsx --yes --reason "Spring review"

      wholeplace records import my-place payments.csv --map payments.toml --review merges.csv
    """
    from wholeplace.place.findings import FindingsError
    from wholeplace.records.importing import ImportRequest, apply_import, plan_import

    _need_place(place)
    if yes and not (reason or "").strip():
        raise click.UsageError("--yes needs --reason with a few words that say why")
    mapped = _mapped(source, mapping, review)
    request = ImportRequest(place, source, whole)
    if mapped is not None:
        request = ImportRequest(place, source, whole, {mapped.register.kind.name: mapped.register}, mapped.fields)
    try:
        plan = apply_import(request, person=_who(person), reason=reason or "") if yes else plan_import(request)
    except FindingsError as error:
        if as_json:
            findings = [finding.as_dict() for finding in error.findings]
            output.write_json("-", {"ok": False, "applied": False, "findings": findings})
        raise
    if as_json:
        mapping_part = {"mapping": mapped.as_dict()} if mapped is not None else {}
        output.write_json("-", {**plan.as_dict(), "applied": yes, **mapping_part})
        return
    found = [*(mapped.findings if mapped is not None else ()), *plan.findings]
    output.echo_lines(found)
    _tell_differences(plan)
    output.echo_lines(mapped.lines() if mapped is not None else ())
    counts = ", ".join(f"{plan.count(action):,} {action}" for action in ("removed", "changed", "added"))
    click.echo(
        f"{counts}, {plan.unchanged:,} unchanged" + ("" if yes or not plan.differences else "; --yes applies this")
    )
    if not plan.differences and not plan.unchanged:
        click.echo(f"there are no records to import; {_WHERE}")


def _mapped(source: Path | None, mapping: Path | None, review: Path | None) -> MappedTable | None:
    """The table as its mapping file makes a register of it; None without a mapping file."""
    from wholeplace.records.mapping import map_table

    if mapping is not None and source is None:
        raise click.UsageError("--map needs the FILE that is to be mapped")
    if review is not None and mapping is None:
        raise click.UsageError("--review needs --map")
    if source is None or mapping is None:
        return None
    mapped = map_table(source, mapping)
    if review is not None:
        mapped.write_review(review)
    return mapped


def _tell_differences(plan: ImportPlan) -> None:
    """List what an import does to each record, as far as it can be read at a glance."""
    for one in plan.differences[:MOST_DIFFERENCES]:
        click.echo(f"{one.action} {one.name}")
        if one.action == "changed":
            for field, before, after in one.fields():
                click.echo(f"    {field}: {before or '(blank)'} → {after or '(blank)'}")
    if len(plan.differences) > MOST_DIFFERENCES:
        click.echo(f"… and {len(plan.differences) - MOST_DIFFERENCES:,} more; --json lists all")


def _who(person: str | None) -> str:
    """Who answers for a change: the person given, else the user of the operating system."""
    if (person or "").strip():
        return str(person)
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account that the system has no name for
        raise click.UsageError("the system does not say who you are; give --person") from None


def _need_place(place: Path) -> None:
    """Refuse a folder that is no place, before anything is made in it."""
    if not (place / "place.toml").is_file():
        raise NoPlaceError(f"{place} is no place folder: it has no place.toml; `wholeplace new {place}` makes one")


class NoPlaceError(WholeplaceError, FileNotFoundError):
    """A folder without a place.toml."""


@records.command()
@_PLACE
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_FORM
def export(place: Path, folder: Path, form: Form) -> None:
    """Write every register as it is now into a folder.

    Example:  wholeplace records export my-place spreadsheets --format xlsx
    """
    from wholeplace.place.findings import Findings
    from wholeplace.records.exporting import export_registers
    from wholeplace.records.state import PlaceRegisters

    _need_place(place)
    findings = Findings()
    registers = PlaceRegisters(place).read(findings)
    findings.raise_errors(f"the registers of {place}")
    if not registers:
        click.echo(f"{place} has no registers yet; {_WHERE}", err=True)
    _tell(folder, export_registers(registers, folder, form=form))


def _tell(folder: Path, written: list[Path]) -> None:
    """Say what was written, and what else lies there and would be imported with it."""
    from wholeplace.records.files import importable

    output.echo_lines(f"wrote {path}" for path in written)
    others = [path.name for path in importable(folder) if path not in written]
    if others:
        click.echo(f"{folder} holds from before, and not as of now: {', '.join(others)}", err=True)


@records.command("as-at")
@_PLACE
@click.argument("when")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_FORM
def as_at(place: Path, when: str, folder: Path, form: Form) -> None:
    """Write every register as the log had it at a date (its end) or a time.

    Example:  wholeplace records as-at my-place 2026-03-31 spring
    """
    from wholeplace.records.exporting import export_registers
    from wholeplace.records.log import open_log
    from wholeplace.records.state import parse_when, registers_as_at

    _need_place(place)
    time = parse_when(when, _settings(place).timezone)
    with open_log(place) as log, log.snapshot():
        registers = registers_as_at(log, time)
    _tell(folder, export_registers(registers, folder, form=form))
    if not registers:
        click.echo(f"the log has no entry up to {time}")


def _settings(place: Path) -> PlaceSection:
    """The [place] of place.toml; a place.toml that cannot be read is an error."""
    from wholeplace.place.config import read_toml, validate_place
    from wholeplace.place.findings import Findings
    from wholeplace.place.settings import check_settings

    findings = Findings()
    content = read_toml(place / "place.toml", findings)
    sections = None if content is None else validate_place(content, findings)
    if sections is not None:
        check_settings(sections, findings)
    findings.raise_errors(f"the place in {place}")
    assert sections is not None  # without them there is an error
    return sections.place


@records.command()
@_PLACE
@_JSON
def quality(place: Path, as_json: bool) -> None:
    """What is missing, wrong, pointing nowhere, there twice or long not looked at, and what to mend.

    Records are to be looked at every twelve months, or as [place] review_months says. Example:

      wholeplace records quality my-place
    """
    import polars as pl

    from wholeplace.records.quality import quality_of

    _need_place(place)
    found = quality_of(place, _settings(place))
    if as_json:
        figures, mends = found.figures.to_dicts(), found.mends.to_dicts()
        about = {"day": found.day.isoformat(), "review_months": found.review_months}
        output.write_json("-", {**about, "figures": figures, "mends": mends})
        return
    if found.figures.is_empty():
        click.echo(f"{place} has no registers yet; {_WHERE}")
        return
    whole = found.figures.filter(pl.col("organisation").is_null()).drop("organisation")
    output.show_table(whole, title=f"Registers on {found.day}, to be looked at every {found.review_months} months")
    for one in found.mends.head(MOST_MENDS).iter_rows(named=True):
        where = f", {one['field']} {one['value']!r}:" if one["rule"] in {"invalid", "dangling"} else ""
        click.echo(f"{one['thing']}{where} {one['message']}")
    if found.mends.height > MOST_MENDS:
        click.echo(f"… and {found.mends.height - MOST_MENDS:,} more to mend; --json lists all")


@records.command()
@_PLACE
@click.argument("thing")
@_JSON
def history(place: Path, thing: str, as_json: bool) -> None:
    """Every entry of one thing, oldest first, with who made it and why.

    Example:  wholeplace records history my-place system:email
    """
    from wholeplace.records.history import history_of, readable

    _need_place(place)
    entries = history_of(place, thing)
    if as_json:
        output.write_json("-", [entry._asdict() for entry in entries])
        return
    for line in readable(place, entries):
        click.echo(line)


@records.command()
@_PLACE
@_JSON
@click.option("--expect", metavar="HEAD", help="The last hash as you wrote it down before, or any earlier one.")
def verify(place: Path, as_json: bool, expect: str | None) -> None:
    """Work every hash of the log out again; exit code 1 when anything was altered.

    Write down the head somewhere else: it shows later whether entries were cut off. Example:

      wholeplace records verify my-place --expect 5f2a…
    """
    from wholeplace.records.log import LogError, has_log, open_log
    from wholeplace.records.verify import Verification, verify_log

    _need_place(place)
    try:
        with open_log(place) as log:
            found = verify_log(log, expect=expect)
    except LogError as error:
        if not has_log(place):
            raise
        found = Verification(problems=[str(error)])  # so damaged that it is no log any more
    if as_json:
        output.write_json("-", found.as_dict())
    else:
        output.echo_lines(found.problems)
        click.echo(f"{found.entries:,} entries, {'sound' if found.ok else 'broken'}; head {found.head}")
    sys.exit(0 if found.ok else 1)


@records.command()
@_PLACE
@click.argument("file", type=click.Path(path_type=Path))
def backup(place: Path, file: Path) -> None:
    """Copy the log into one file and verify the copy.  Example:  wholeplace records backup my-place march.sqlite3"""
    from wholeplace.records.backup import backup_log

    _need_place(place)
    found = backup_log(place, file)
    output.echo_lines(found.problems)
    click.echo(f"wrote {file}: {found.entries:,} entries, head {found.head}")
    sys.exit(0 if found.ok else 1)


@records.command()
@_PLACE
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(place: Path, file: Path) -> None:
    """Put a backup in the place of the log; the log as it was is kept beside it.

    Example:  wholeplace records restore my-place march.sqlite3
    """
    from wholeplace.records.backup import restore_log

    _need_place(place)
    found, kept = restore_log(place, file)
    click.echo(f"restored {found.entries:,} entries, head {found.head}")
    if kept is not None:
        click.echo(f"the log as it was is in {kept}")


@records.command()
@_PLACE
@click.argument("thing")
@click.argument("field")
@click.option("--person", help="Who answers for it; your user name when not given.")
@click.option("--reason", required=True, help="Why it is erased, for example a request under data protection law.")
@click.option("--yes", is_flag=True, help="Erase it; without, only say what would be erased. There is no way back.")
def erase(place: Path, thing: str, field: str, person: str | None, reason: str, yes: bool) -> None:
    """Erase every value that a personal field of a thing has ever had; the log still verifies.

    Example:  wholeplace records erase my-place service:meals contact --reason "Asked to" --yes
    """
    from wholeplace.records.history import erase_field

    _need_place(place)
    count = erase_field(place, thing, field, person=_who(person), reason=reason, apply=yes)
    click.echo(f"{count} values of {field} of {thing} " + ("are erased" if yes else "would be erased; --yes does it"))
    if yes:
        kept = place / ".wholeplace" / "build"
        click.echo(
            f"they still stand in what was made of them before: remove {kept}, and look through backups, exports "
            "and the tables they were imported from"
        )


@records.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True,
    help="One CSV a register with a page about their fields, or one workbook with notes and drop-downs.",
)  # fmt: skip
def template(folder: Path, form: str) -> None:
    """Write empty registers to fill in; nothing is written over.

    Example:  wholeplace records template to-fill-in --format xlsx
    """
    from wholeplace.place.registers.templates import write_templates

    output.echo_lines(f"wrote {path}" for path in write_templates(folder, form=form))  # type: ignore[arg-type]


@records.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def schema(folder: Path) -> None:
    """Write JSON Schema and Table Schema of every register into a folder of their own.

    Example:  wholeplace records schema schemas
    """
    from wholeplace.place.registers.schemas import write_schemas

    output.echo_lines(f"wrote {path}" for path in write_schemas(folder))
