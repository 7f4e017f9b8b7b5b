"""The index file: what an index is made of, read and checked before anything is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isnan, nan
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wholeplace.measure.aggregate import Node
from wholeplace.measure.index_periods import check_periods
from wholeplace.measure.normalise import GOALPOSTS, METHODS, NormaliseSpec
from wholeplace.place.config import Section, Steps, Text, read_toml, validate_toml
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import is_id

Method = Literal[
    "min-max", "z-score", "rank", "percentile", "goalposts", "log-goalposts", "exponential-rank", "normal-rank", "none"
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
#: The id of the whole index among its parts; no part can have it.
ROOT = ""
#: Values in place of those at fault, where the key cannot be left out.
_STAND_INS = {
    "name": "", "geography": "", "higher_is": "worse", "weight": 1.0, "direction": "high-is-worse",
    "low": 5e-324, "high": 1e308,
}  # fmt: skip


class NormaliseSection(Section):
    method: Method | None = None
    constant: Finite | None = None
    ties: Literal["min", "max", "average"] | None = None
    range: list[Finite] | None = None
    reference: Literal["place", "source"] | None = None
    low: Finite | None = None
    high: Finite | None = None
    clip: bool | None = None

    def over(self, base: NormaliseSection) -> NormaliseSection:
        """These settings, and those of `base` where these say nothing."""
        return base.model_copy(update=self.model_dump(exclude_none=True, include=set(type(self).model_fields)))

    def spec(self) -> NormaliseSpec:
        given = self.model_dump(exclude_none=True, include=set(type(self).model_fields))
        if "range" in given:
            given["range"] = (given["range"][0], given["range"][1])
        return NormaliseSpec(**given)


class AggregateSection(Section):
    method: Literal["arithmetic", "geometric", "harmonic", "median"] | None = None
    rescale_weights: bool | None = None
    missing: Literal["error", "drop-part", "impute"] | None = None
    impute_from: str | None = None

    def over(self, base: AggregateSection) -> AggregateSection:
        """These settings, and those of `base` where these say nothing."""
        return base.model_copy(update=self.model_dump(exclude_none=True, include=set(type(self).model_fields)))


class UncertaintySection(Section):
    draws: int = Field(default=1000, ge=1, le=1_000_000)
    weight_concentration: float = Field(default=100.0, gt=0)
    normalisations: list[Method] | None = None
    aggregations: list[Literal["arithmetic", "geometric", "harmonic", "median"]] | None = None


class PartSection(Section):
    id: str
    name: str = ""
    weight: Finite = Field(default=nan, ge=0)  # required; a part without is told of with all other faults
    indicator: str = ""
    direction: Literal["high-is-worse", "high-is-better"] | None = None
    period: Text = ""
    periods: list[Text] = []
    from_: str = Field(default="", alias="from")
    from_in: dict[str, str] = {}
    shrink_to: str = ""
    normalise: NormaliseSection = NormaliseSection()
    renormalise: NormaliseSection | None = None
    aggregate: AggregateSection = AggregateSection()
    part: list[PartSection] = []


class MissingSection(Section):
    """A dimension that belongs to an index and has no data: named and shown, never computed."""

    id: str
    name: str
    why: str = ""
    where_to_get: str = ""


class ReasonsSection(Section):
    """What the makers of an index say of each step of making it; theory has keys of its own at the top."""

    selection: str = ""
    missing_data: str = ""
    multivariate: str = ""
    normalisation: str = ""
    weighting: str = ""
    robustness: str = ""
    back_to_data: str = ""
    links: str = ""
    presentation: str = ""


class IndexSpec(Section):
    """An index as its TOML file has it."""

    id: str
    name: str
    geography: str
    period: Text = ""
    periods: list[Text] = []
    description: str = ""
    purpose: str = ""
    definition: str = ""
    choices: list[str] = []
    sources: list[str] = []
    missing: list[MissingSection] = []
    reasons: ReasonsSection = ReasonsSection()
    higher_is: Literal["worse", "better"]
    rank_1: Literal["highest", "lowest"] = "highest"
    normalise: NormaliseSection = NormaliseSection()
    aggregate: AggregateSection = AggregateSection()
    uncertainty: UncertaintySection = UncertaintySection()
    part: list[PartSection] = []

    def parts(self) -> Iterator[tuple[PartSection, int, str]]:
        """Every part with its depth (1 at the top) and the id of the part it belongs to, depth first, as written."""

        def below(parts: list[PartSection], depth: int, parent: str) -> Iterator[tuple[PartSection, int, str]]:
            for part in parts:
                yield part, depth, parent
                yield from below(part.part, depth + 1, part.id)

        return below(self.part, 1, ROOT)

    def leaves(self) -> list[tuple[PartSection, NormaliseSection]]:
        """Every leaf in the order written, with the normalisation that holds for it."""
        found: list[tuple[PartSection, NormaliseSection]] = []

        def walk(parts: list[PartSection], base: NormaliseSection) -> None:
            for part in parts:
                settings = part.normalise.over(base)
                if part.part:
                    walk(part.part, settings)
                else:
                    found.append((part, settings))

        walk(self.part, self.normalise)
        return found

    def tree(self) -> Node:
        """The index as nodes; leaves are numbered in the order of `leaves()`."""
        numbers = {part.id: number for number, (part, _) in enumerate(self.leaves())}

        def node(part: PartSection) -> Node:
            if not part.part:
                return Node(part.id, part.weight, leaf=numbers[part.id], name=part.name)
            again = part.renormalise.over(self.normalise).spec() if part.renormalise is not None else None
            return self._group(part.id, part.name, part.aggregate, part.weight, tuple(map(node, part.part)), again)

        return self._group(ROOT, self.name, AggregateSection(), 1.0, tuple(map(node, self.part)), None)

    def _group(
        self,
        id_: str,
        name: str,
        own: AggregateSection,
        weight: float,
        children: tuple[Node, ...],
        again: NormaliseSpec | None,
    ) -> Node:
        settings = own.over(self.aggregate)
        return Node(
            id_,
            weight,
            children,
            method=settings.method or "arithmetic",
            rescale=bool(settings.rescale_weights),
            drop_missing=settings.missing == "drop-part",
            renormalise=again,
            name=name,
        )

    def missing_rule(self) -> dict[str, AggregateSection]:
        """How each leaf's group treats a missing value."""
        rules: dict[str, AggregateSection] = {}

        def walk(parts: list[PartSection], settings: AggregateSection) -> None:
            for part in parts:
                if part.part:
                    walk(part.part, part.aggregate.over(self.aggregate))
                else:
                    rules[part.id] = settings

        walk(self.part, self.aggregate)
        return rules


def index_files(folder: Path) -> dict[str, Path]:
    """The index files of a place folder by id (file stem)."""
    return {path.stem: path for path in sorted((folder / "indices").glob("*.toml"))}


def read_index(path: Path, findings: Findings, *, name: str | None = None) -> IndexSpec | None:
    """Read an index file; every fault is an error in `findings`, and with any the answer is None."""
    before = len(findings.errors)
    spec = load_index(path, findings, name=name)
    if spec is not None:
        check_spec(spec, findings, file=name or path.name)
    return spec if len(findings.errors) == before else None


def load_index(path: Path, findings: Findings, *, name: str | None = None) -> IndexSpec | None:
    """Read an index file without checking that its parts make an index (`check_spec`); None when it is no such file.

    Values that cannot be used are errors; others stand in for them, so that the rest can be checked.
    """
    file = name or path.name
    content = read_toml(path, findings, name=file)
    return None if content is None else validate_toml(IndexSpec, content, findings, file=file, stand_in=_stand_in)


def _stand_in(where: Steps) -> object:
    """A value that no check finds a fault with; None where the key can be left out."""
    if where[-1] == "id":
        return "-".join(map(str, where))  # no other part's
    if where[-1] == "method":
        return "arithmetic" if where[-2] == "aggregate" else "none"
    return _STAND_INS.get(str(where[-1]))


def check_spec(spec: IndexSpec, findings: Findings, *, file: str | None) -> None:
    """Add every fault of an index against the rules to `findings`, whatever values there are for it."""
    _check_ids(spec, findings, file)
    _check_missing(spec, findings, file)
    _check_parts(spec, findings, file)
    _check_weights(spec, findings, file)
    _check_aggregates(spec, findings, file)
    check_periods(spec, findings, file)


def open_index(folder: Path, index: str | Path) -> IndexSpec:
    """Read the index named by id or path. Raises FindingsError with every fault, or when there is no such index."""
    findings = Findings()
    found = find_index(folder, index, findings)
    spec = read_index(found[0], findings, name=found[1]) if found is not None else None
    findings.raise_errors(f"the index {index}")
    assert spec is not None  # without a spec there is an error
    return spec


def find_index(folder: Path, index: str | Path, findings: Findings) -> tuple[Path, str] | None:
    """The path of an index named by id (file stem) or path, and what to call its file; None with an error."""
    files = index_files(folder)
    if str(index) in files:
        return files[str(index)], f"indices/{index}.toml"
    path = Path(index)
    if path.suffix == ".toml" or path.is_file():
        return path, str(index)
    known = ", ".join(files) or "none"
    findings.error("no-index", f"there is no index {str(index)!r}; this place has: {known}", file="indices/")
    return None


def _check_ids(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    ids = Counter(part.id for part, _, _ in spec.parts())
    for part_id, count in ids.items():
        if count > 1:
            message = f"the part id {part_id!r} is there {count} times; each id is used once"
            findings.error("key-twice", message, file=file, column="part.id", value=part_id)
        if not is_id(part_id):
            message = "an id is made of lower-case letters, digits and hyphens"
            findings.error("id-form", message, file=file, column="part.id", value=part_id)
    if not is_id(spec.id):
        message = "an id is made of lower-case letters, digits and hyphens"
        findings.error("id-form", message, file=file, column="id", value=spec.id)

    def walk(parts: list[PartSection], above: tuple[str, ...]) -> None:
        for part in parts:
            if part.id in above:
                message = f"part {part.id!r} stands inside itself: {' > '.join((*above, part.id))}"
                findings.error("circular-part", message, file=file, column="part.id", value=part.id)
            walk(part.part, (*above, part.id))

    walk(spec.part, ())


def _check_missing(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    """A dimension without data has a name, a reason, and an id of its own."""
    taken = {part.id for part, _, _ in spec.parts()}
    for one in spec.missing:
        if not is_id(one.id):
            message = "an id is made of lower-case letters, digits and hyphens"
            findings.error("id-form", message, file=file, column="missing.id", value=one.id)
        if one.id in taken:
            message = f"{one.id!r} is a part or stands under [[missing]] already; each id is used once"
            findings.error("key-twice", message, file=file, column="missing.id", value=one.id)
        if not one.why.strip():
            message = f"{one.id!r} needs `why`: why there are no data for it"
            findings.error("required", message, file=file, column="missing.why", value=one.id)
        taken.add(one.id)


def _check_parts(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    if not spec.part:
        findings.error("required", "an index needs at least one [[part]]", file=file, column="part")
    for part, _, _ in spec.parts():
        where = f"part {part.id!r}"
        if bool(part.indicator) == bool(part.part):
            message = f"{where} needs either `indicator` or parts of its own, not both and not neither"
            findings.error("part-kind", message, file=file, column="part", value=part.id)
        if part.indicator and part.direction is None:
            message = f"{where} needs `direction`: high-is-worse or high-is-better"
            findings.error("required", message, file=file, column="part.direction", value=part.id)
        if part.shrink_to and part.part:
            message = f"{where} has parts of its own, and only an indicator is shrunk: write `shrink_to` there"
            findings.error("part-kind", message, file=file, column="part.shrink_to", value=part.id)
        if part.renormalise is not None and not part.part:
            message = f"{where} has no parts, so that there is nothing to `renormalise`"
            findings.error("part-kind", message, file=file, column="part.renormalise", value=part.id)
    for part, settings in spec.leaves():
        _check_normalise(settings, f"part {part.id!r}", findings, file)
    for part, _, _ in spec.parts():
        if part.renormalise is not None:
            again = part.renormalise.over(spec.normalise)
            _check_normalise(again, f"part {part.id!r} again", findings, file)
            if again.method == "normal-rank":
                message = f"part {part.id!r}: normal-rank is for indicators; normalise a group again in another way"
                findings.error("normalise", message, file=file, column="part.renormalise", value=part.id)


def _check_weights(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    levels: dict[str, list[float]] = {}
    for part, _, parent in spec.parts():
        levels.setdefault(parent, []).append(part.weight)
        if isnan(part.weight):
            message = f"part {part.id!r} needs a `weight`, 0 or more"
            findings.error("required", message, file=file, column="part.weight", value=part.id)
    for parent, weights in levels.items():
        if not any(weights):
            where = "the index" if parent == ROOT else f"part {parent!r}"
            message = f"all weights directly under {where} are 0; at least one must be above"
            findings.error("weights-zero", message, file=file, column="part.weight", value=parent or spec.id)


def _check_normalise(settings: NormaliseSection, where: str, findings: Findings, file: str | None) -> None:
    for key, message in normalise_faults(settings):
        findings.error("normalise", f"{where}: {message}", file=file, column=f"normalise.{key}")


def normalise_faults(settings: NormaliseSection) -> list[tuple[str, str]]:
    """What keeps settings from being used, whatever the values: key and message of each fault."""
    found = []

    def fault(message: str, key: str) -> None:
        found.append((key, message))

    if settings.method is None:
        fault(f"no `method`, here or under [normalise]; it is one of {', '.join(METHODS)}", "method")
    if settings.method in GOALPOSTS:
        if settings.low is None or settings.high is None:
            fault(f"{settings.method} needs `low` and `high`", "low")
        elif settings.low >= settings.high:
            fault(f"`low` ({settings.low:g}) must be below `high` ({settings.high:g})", "low")
        elif settings.method == "log-goalposts" and settings.low <= 0:
            fault(f"log-goalposts need `low` above 0, not {settings.low:g}", "low")
    if settings.range is not None and (len(settings.range) != 2 or settings.range[0] >= settings.range[1]):
        fault(f"`range` is two numbers, the lower first, not {settings.range}", "range")
    if settings.constant is not None and settings.constant <= 0:
        fault(f"`constant` must be above 0, not {settings.constant:g}", "constant")
    return found


def _check_aggregates(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    own = [("[aggregate]", spec.aggregate)]
    for part, _, _ in spec.parts():
        given = part.aggregate.model_fields_set
        if part.part and "missing" in given:
            own.append((f"`aggregate` of part {part.id!r}", part.aggregate.over(spec.aggregate)))
        if given and not part.part:
            message = f"part {part.id!r} has no parts to combine, so that its `aggregate` changes nothing"
            findings.warning("no-effect", message, file=file, column="part.aggregate", value=part.id)
    for where, section in own:
        if section.missing == "impute" and not section.impute_from:
            message = f"{where}: `impute` needs `impute_from`, the larger geography to take the mean from"
            findings.error("required", message, file=file, column="aggregate.impute_from")
