"""Build a place: check it, compute everything, and write what pages and exports read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time
import zoneinfo
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from wholeplace.build import artefacts, portraits, scenario_results
from wholeplace.build.clusters import Clustering
from wholeplace.build.files import Files
from wholeplace.build.folder import BuildFolder, code_digest, digest_files, step_key
from wholeplace.build.registers import is_of_registers, quality_files, register_files
from wholeplace.build.shapes import MOST_DRAWN, is_drawn
from wholeplace.place import Finding, Findings, Place, read_place
from wholeplace.place.config import PlaceFile, read_toml, resolve, validate_toml
from wholeplace.records import FILE, PlaceRegisters, has_log, open_log
from wholeplace.resilience import (
    Scenario,
    build_graph,
    check_graph,
    check_placing,
    check_scenarios,
    positions_of,
)

if TYPE_CHECKING:
    from subprocess import Popen

    from wholeplace.measure import IndexResult
    from wholeplace.measure.portraits import Bar, Portrait

    Drawn = tuple[dict[str, Portrait], dict[str, Bar]]

DEFAULT = Path(".wholeplace") / "build"

Progress = Callable[[str], None]


@dataclass
class BuildReport:
    """What a build did: steps run, steps taken over unchanged, the findings of the check, seconds taken."""

    folder: Path
    ran: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0


def build_place(
    folder: str | Path, build: str | Path | None = None, *, progress: Progress | None = None, strict: bool = False
) -> BuildReport:
    """Check a place and compute everything its pages show.

    Parameters
    ----------
    folder
        The place folder.
    build
        Where to write; `.wholeplace/build` in the place folder when None.
    progress
        Called with a line of text before each step.
    strict
        Treat warnings as errors.

    Returns
    -------
    report
        A step whose inputs, code and settings are unchanged is not run again.

    Raises
    ------
    FindingsError
        When the check finds an error. Nothing is written then, and the last good build stays.
    """
    started = time.perf_counter()
    folder = Path(folder)
    target = BuildFolder(Path(build) if build is not None else folder / DEFAULT)
    say = progress or (lambda line: None)
    report = BuildReport(target.path)
    digests = {**digest_files(input_files(folder)), **log_digest(folder)}
    code = code_digest()
    key = step_key(code, strict, digests, _environment_of(folder), _day(digests))
    last = target.unchanged("findings", key)
    steps = (target.manifest or {}).get("steps", {})
    if last and all(target.unchanged(name, step["key"]) for name, step in steps.items()):
        report.unchanged = list(steps)
        report.seconds = time.perf_counter() - started
        return report
    say("reading and checking")
    try:
        _Builder(folder, target, digests, code, key, say, report).run(strict=strict)
    except BaseException:  # Ctrl-C too: what is half-done goes, the last good build stays
        target.discard()
        raise
    report.seconds = time.perf_counter() - started
    return report


def _environment_of(folder: Path) -> list[str]:
    return [str(path) for _, path in input_files(folder)]


def log_digest(folder: Path) -> dict[str, str]:
    """The head of the records log, which stands for all that is in it."""
    if not has_log(folder):
        return {}
    with open_log(folder) as log:
        return {FILE.as_posix(): log.head}


def _day(digests: dict[str, str]) -> str:
    """Today, where there are registers: what ends soon or was not tested for a year changes with the day."""
    return dt.datetime.now(dt.UTC).date().isoformat() if any(map(is_of_registers, digests)) else ""


#: Folders whose files change nothing of the tables of a place.
_NOT_OF_TABLES = ("indices/", "scenarios/", "hazards/", *portraits.FOLDERS)


def input_files(folder: Path) -> list[tuple[str, Path]]:
    """Every file that the results of a place depend on, by the name place.toml gives it."""
    from wholeplace.measure import index_files
    from wholeplace.measure.portraits import bar_files, portrait_files
    from wholeplace.resilience import scenario_files

    files = [("place.toml", folder / "place.toml"), ("indicators/indicators.csv", folder / "indicators/indicators.csv")]
    files += [(f"indices/{path.name}", path) for path in index_files(folder).values()]
    files += [(f"portraits/{path.name}", path) for path in portrait_files(folder).values()]
    files += [(f"bars/{path.name}", path) for path in bar_files(folder).values()]
    files += [(f"registers/{path.name}", path) for path in sorted((folder / "registers").glob("*.csv"))]
    files += [(f"scenarios/{path.name}", path) for path in scenario_files(folder).values()]
    files += [(f"hazards/{path.name}", path) for path in sorted((folder / "hazards").glob("*")) if path.is_file()]
    findings = Findings()
    content = read_toml(folder / "place.toml", findings)
    sections = None if content is None else validate_toml(PlaceFile, content, findings, file="place.toml")
    if sections is not None:
        named = [section.file for section in sections.geography if section.file]
        for group in (sections.lookup, sections.table, sections.values, sections.postcode, sections.crosstab):
            named += [section.file for section in group if section.file]  # a look-up by area has none
        files += [
            (name, path) for name in dict.fromkeys(named) if (path := resolve(folder, name, findings)) is not None
        ]
    return files


@dataclass
class _Builder:
    folder: Path
    target: BuildFolder
    digests: dict[str, str]
    code: str
    key: str
    say: Progress
    report: BuildReport

    def run(self, *, strict: bool) -> None:
        from wholeplace.compiling import compiling_ahead
        from wholeplace.measure.uncertainty import DRAWS, wait_for
        from wholeplace.resilience.compiling import ENGINE

        with ExitStack() as running:
            draws = running.enter_context(compiling_ahead(DRAWS)) if self._has("indices/") else None
            engine = running.enter_context(compiling_ahead(ENGINE)) if self._has_engine_work() else None
            place, results, scenarios, (drawings, bars) = self._checked(strict=strict)
            steps: dict[str, Any] = {}
            tables = {name: digest for name, digest in self.digests.items()
                      if not name.startswith(_NOT_OF_TABLES) and not is_of_registers(name)}  # fmt: skip
            data_key = step_key(self.code, tables)
            steps["place"] = self._step("place", data_key, lambda: artefacts.place_files(place, self.digests))
            drawn = [one for one in place.geographies.values() if is_drawn(one)]
            drawn_from = {name: self.digests[name] for name in ("place.toml", *(one.file for one in drawn))}
            shape_key = step_key(self.code, drawn_from)
            steps["shapes"] = self._step("shapes", shape_key, lambda: artefacts.shape_files(drawn))
            if many := [one for one in drawn if one.areas.height >= MOST_DRAWN]:
                steps["tiles"] = self._step("tiles", shape_key, lambda: artefacts.tile_files(many))
            clustering = Clustering(place)
            steps["clusters"] = self._step("clusters", step_key(shape_key, data_key), clustering.indicator_files)
            if draws is not None:
                self.say("compiling, once after installation")
                wait_for(draws)
            for name, result in results.items():
                index_key = step_key(data_key, name, self.digests[f"indices/{name}.toml"])
                step = self._step(
                    f"index-{name}", index_key, functools.partial(artefacts.index_files, place, name, result)
                )
                steps[f"index-{name}"] = step
                steps[f"clusters-{name}"] = self._step(
                    f"clusters-{name}", index_key, functools.partial(clustering.index_files, name, result)
                )
                scores = pl.read_parquet(self.target.path / step["files"][f"index-{name}-scores.parquet"])
                results[name] = dataclasses.replace(result, frame=scores)  # as built, with rank intervals
            steps |= self._portrait_steps(place, drawings, bars, data_key)
            if place.registers:
                steps |= self._register_steps(place)
            steps |= self._scenario_steps(place, scenarios, engine)
        steps["sentences"] = self._step("sentences", self.key, lambda: artefacts.sentence_files(place, results))
        steps["findings"] = self._step("findings", self.key, lambda: artefacts.finding_files(self.report.findings))
        settings = place.settings.model_dump(include=set(type(place.settings).model_fields))
        self.target.commit({"place": settings, "inputs": self.digests, "steps": steps, "indices": list(results),
                            "scenarios": list(scenarios), "portraits": list(drawings), "bars": list(bars)})  # fmt: skip

    def _has(self, folder: str) -> bool:
        return any(name.startswith(folder) for name in self.digests)

    def _has_engine_work(self) -> bool:
        """Whether scenarios are likely to be run: where nothing stands on anything, most of them strike nothing."""
        log = FILE.as_posix() in self.digests
        return self._has("scenarios/") and (log or "registers/dependencies.csv" in self.digests)

    def _register_steps(self, place: Place) -> dict[str, Any]:
        day = dt.datetime.now(zoneinfo.ZoneInfo(place.settings.timezone)).date()
        of_records = {name: digest for name, digest in self.digests.items() if is_of_registers(name)}
        key = step_key(self.code, of_records, place.settings.review_months, day)
        return {
            "registers": self._step("registers", key, lambda: register_files(place.registers, day)),
            "quality": self._step("quality", key, lambda: quality_files(place, self.target, day)),
        }

    def _portrait_steps(
        self, place: Place, drawings: Mapping[str, Portrait], bars: Mapping[str, Bar], data_key: str
    ) -> dict[str, Any]:
        """Each portrait and bar hangs on its file and the tables, a bar on the registers too."""
        steps = {}
        for name, portrait in drawings.items():
            key = step_key(data_key, name, self.digests[f"portraits/{name}.toml"])
            make = functools.partial(portraits.portrait_result_files, name, portrait)
            steps[f"portrait-{name}"] = self._step(f"portrait-{name}", key, make)
        registers = {name: digest for name, digest in self.digests.items() if is_of_registers(name)}
        for name, bar in bars.items():
            key = step_key(data_key, registers, name, self.digests[f"bars/{name}.toml"])
            make = functools.partial(
                portraits.bar_result_files, name, bar, portraits.service_name(bar, place.registers)
            )
            steps[f"bar-{name}"] = self._step(f"bar-{name}", key, make)
        return steps

    def _scenario_steps(
        self, place: Place, scenarios: Mapping[str, Scenario], engine: Popen[bytes] | None
    ) -> dict[str, Any]:
        """Each scenario hangs on its own file and on all else but indices, portraits and other scenarios."""
        apart = ("indices/", "scenarios/", *portraits.FOLDERS)
        others = [(name, digest) for name, digest in self.digests.items() if not name.startswith(apart)]
        shared = step_key(self.code, scenario_results.SETTINGS, others)
        positions = functools.cache(lambda: positions_of(place))

        def files_of(scenario: Scenario) -> Files:
            if engine is not None and engine.poll() is None:
                self.say("compiling what simulates, once after installation")
                engine.wait()
            return scenario_results.result_files(place, scenario, positions())

        return {
            f"scenario-{name}": self._step(
                f"scenario-{name}",
                step_key(shared, name, self.digests[f"scenarios/{name}.toml"]),
                functools.partial(files_of, scenario),
            )
            for name, scenario in scenarios.items()
        }

    def _checked(self, *, strict: bool) -> tuple[Place, dict[str, IndexResult], dict[str, Scenario], Drawn]:
        """The place, its indices, its scenarios, its portraits and bars, or all their errors."""
        from wholeplace.measure.checking import check_measures
        from wholeplace.measure.portraits import check_portraits

        findings = Findings(strict=strict)
        place = read_place(self.folder, findings, registers=PlaceRegisters(self.folder))
        results, scenarios = {}, {}
        drawn: Drawn = ({}, {})
        if place is not None and not findings.errors:
            check_graph(build_graph(place.registers), place.registers, findings)
            results = check_measures(place, findings)
            drawn = check_portraits(place, findings)
        if place is not None:
            scenarios = check_scenarios(place, findings)
            check_placing(place, scenarios, findings)
        findings.raise_errors(f"the place in {self.folder}")
        assert place is not None  # without a place there is an error
        self.report.findings = findings.items
        return place, results, scenarios, drawn

    def _step(self, name: str, key: str, make: Callable[[], dict[str, Callable[[Path], object]]]) -> dict[str, Any]:
        """Run one step, or take it over from the last build when nothing it depends on has changed."""
        known = self.target.unchanged(name, key)
        if known is not None:
            self.report.unchanged.append(name)
            return known
        self.say(f"computing {name}")
        started = time.perf_counter()
        files = {file: self.target.write(file, key, put) for file, put in make().items()}
        self.report.ran.append(name)
        return {"key": key, "files": files, "seconds": round(time.perf_counter() - started, 3)}
