"""The command `wholeplace`: finds the room that has a sub-command and loads only that one."""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from wholeplace import __version__
from wholeplace.errors import WholeplaceError

#: Command -> module and attribute that hold it, and its line in the help; rooms are loaded only when asked for.
COMMANDS = {
    "new": ("wholeplace.place.commands:new", "Make a place folder to fill in."),
    "demo": ("wholeplace.web.commands:demo", "Make and build an invented town to try everything on."),
    "check": ("wholeplace.build.commands:check", "List every problem of a place folder."),
    "build": ("wholeplace.build.commands:build", "Check a place and compute everything its pages show."),
    "serve": ("wholeplace.web.commands:serve", "Show the pages of a place in a browser."),
    "publish": (
        "wholeplace.publish.commands:publish",
        "Write pages, tables and a catalogue for everybody, with small counts hidden.",
    ),
    "index": ("wholeplace.measure.commands:index", "Build, take apart and compare indices."),
    "indicator": ("wholeplace.measure.commands:indicator", "Values of one indicator, for every geography."),
    "values": (
        "wholeplace.measure.values.commands:values",
        "Compare values, with a benchmark, in time, by deprivation.",
    ),
    "left-behind": (
        "wholeplace.measure.left_behind.commands:left_behind",
        "Who lives in the worst-off areas, group by group.",
    ),
    "portrait": ("wholeplace.build.portrait_commands:portrait", "A doughnut: social floors, ecological ceilings."),
    "bar": ("wholeplace.build.portrait_commands:bar", "How many people are below what a service demands."),
    "spatial": ("wholeplace.measure.spatial.commands:spatial", "Clusters and outliers on the map, areas alike."),
    "records": ("wholeplace.records.commands:records", "Import, export and look back at registers; verify their log."),
    "depends": ("wholeplace.build.depends:depends", "What a thing depends on, and what depends on it."),
    "scenario": ("wholeplace.build.scenario:scenario", "What fails when something fails, and for how long."),
    "report": ("wholeplace.web.report.command:report", "The report of one area as an accessible PDF."),
    "area": ("wholeplace.measure.commands:area", "Every value of one area."),
}

EPILOG = "Start here:  wholeplace demo --serve   Then:  wholeplace new my-place"


class Rooms(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Rooms, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wholeplace")
def cli() -> None:
    """See, measure, watch, protect, redesign and plan a place as one whole."""


def _write_utf8() -> None:
    """Write UTF-8 to files and pipes, whatever the system's own encoding is; a terminal keeps its own."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def main() -> None:
    """Run the command line: exit 0 when done, 1 when refused, 2 on wrong usage; never show a traceback."""
    _write_utf8()
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except WholeplaceError as error:
        click.echo(str(error), err=True)
        code = 1
    except MemoryError:
        click.echo("there is not enough memory for this; try fewer areas, draws or files", err=True)
        code = 1
    except Exception as error:
        if os.environ.get("WHOLEPLACE_DEBUG"):
            raise
        words = f"Wholeplace has failed: {type(error).__name__}: {error}"
        click.echo(f"{words}\nThis is our fault, not yours. WHOLEPLACE_DEBUG=1 shows where, for a report.", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
