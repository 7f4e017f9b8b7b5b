"""What the build folder keeps of registers: their records, which names which, the graph, and the estate at a glance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from wholeplace.build.files import Files, json_text, parquet
from wholeplace.build.folder import BuildFolder
from wholeplace.place import Place
from wholeplace.place.registers import Register, references_of
from wholeplace.records import FILE
from wholeplace.resilience import build_graph, estate_of

#: The column of a kept register that holds the full name of each thing.
THING = "_thing"


def is_of_registers(file: str) -> bool:
    """Whether a file of a place folder holds registers or their log."""
    return file.startswith("registers/") or file == FILE.as_posix()


def register_frames(registers: Mapping[str, Register], day: dt.date) -> dict[str, pl.DataFrame]:
    """Every table that the pages of registers read, by file name without its ending."""
    graph = build_graph(registers)
    estate = estate_of(registers, graph, day=day)
    tables = ("hosting", "stood_on", "ending", "unowned", "untested")
    return {
        **{f"register-{name}": _kept(register) for name, register in registers.items()},
        "references": references_of(registers),
        "graph-things": graph.things,
        "graph-rows": graph.rows,
        **{f"estate-{name}": getattr(estate, name) for name in tables},
    }


def registers_about(registers: Mapping[str, Register], day: dt.date) -> dict[str, Any]:
    """What registers there are, and the day on which the estate was looked at."""
    return {
        "day": day.isoformat(),
        "registers": [
            {
                "name": name,
                "title": register.kind.title,
                "one": register.kind.one,
                "meaning": register.kind.meaning,
                "records": register.frame.height,
                "from_log": register.file == FILE.as_posix(),
            }
            for name, register in registers.items()
        ],
    }


def _kept(register: Register) -> pl.DataFrame:
    return register.frame.insert_column(0, register.names.alias(THING)).sort(THING)


def register_files(registers: Mapping[str, Register], day: dt.date) -> Files:
    """The tables of registers as files of a build."""
    frames = {f"{name}.parquet": parquet(frame) for name, frame in register_frames(registers, day).items()}
    return {**frames, "registers.json": json_text(registers_about(registers, day))}


def quality_files(place: Place, target: BuildFolder, day: dt.date) -> Files:
    """Quality of the registers; its history grows by the figures when they are others than those of the last build."""
    from wholeplace.records.quality import quality_of

    found = quality_of(place.folder, place.settings, today=day, registers=place.registers)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    history = found.figures.select(pl.lit(now).alias("built"), pl.all())
    before = target.last_frame("quality", "quality-history.parquet")
    if before is not None and before.columns == history.columns:
        last = before.filter(pl.col("built") == pl.col("built").last())
        same = last.drop("built").equals(history.drop("built"))
        history = before if same else pl.concat([before, history])
    return {
        "quality.parquet": parquet(found.figures),
        "quality-mends.parquet": parquet(found.mends),
        "quality-history.parquet": parquet(history),
    }
