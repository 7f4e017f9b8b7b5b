"""What the API takes and gives."""

from __future__ import annotations

from typing import Any

from ninja import Field, Schema


class Problem(Schema):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[str] | None = None


#: The faults that every operation may answer with.
FAULTS: dict[int, type[Schema]] = {404: Problem, 422: Problem}


class Paging(Schema):
    """Which rows of a list to give."""

    limit: int = Field(500, ge=1, le=5_000, description="How many rows at most")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many rows to leave out at the beginning")


class AreaQuery(Paging):
    """Which areas."""

    geography: str = Field("", description="Id of a geography; `place` is the place as a whole")


class IndicatorQuery(Paging):
    """Which indicators."""

    theme: str = Field("", description="Only this theme")


class ValueQuery(Paging):
    """Which values."""

    indicator: str = Field("", description="Id of an indicator")
    geography: str = Field("", description="Id of a geography; `place` is the place as a whole")
    period: str = Field("", description="Period as written, such as 2021 or 2021-Q1")
    area: str = Field("", description="Code of an area")
    status: str = Field("", description="Status code, such as Q for suppressed")


class ScoreQuery(Paging):
    """Which scores."""

    area: str = Field("", description="Code of an area")


class OverTimeQuery(ScoreQuery):
    """Which scores of an index over time."""

    period: str = Field("", description="Period as written")


class ChangeQuery(ScoreQuery):
    """Which changes of an index over time."""

    part: str = Field("", description="Id of a part; `index` is the whole")
    since: str = Field("", description="Earlier period")
    period: str = Field("", description="Later period")


class Page(Schema):
    """One page of a list."""

    count: int = Field(description="Rows on all pages")
    next: str | None = Field(description="Address of the next page")
    previous: str | None = Field(description="Address of the page before")


class Place(Schema):
    """A place."""

    slug: str
    code: str
    name: str
    built: str
    url: str


class Places(Schema):
    """Every place."""

    count: int
    items: list[Place]


class Area(Schema):
    """An area."""

    geography: str
    geography_name: str
    area: str
    name: str | None
    population: float | None
    population_period: str | None


class Areas(Page):
    """Areas."""

    items: list[Area]


class Indicator(Schema):
    """An indicator, as in indicators.csv."""

    id: str
    name: str
    value_type: str
    unit: str
    polarity: str
    source: str
    licence: str
    definition: str | None = None
    theme: str | None = None
    decimals: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    ci_method: str | None = None
    publisher: str | None = None
    url: str | None = None
    issued: str | None = None
    next_update: str | None = None
    caveats: str | None = None
    up: str | None = None


class Indicators(Page):
    """Indicators."""

    items: list[Indicator]


class Value(Schema):
    """A value; without one its status says why."""

    indicator: str
    geography: str
    area: str
    period: str
    value: float | None
    lower95: float | None
    upper95: float | None
    count: float | None
    denominator: float | None
    status: str
    moved_from: str | None


class Values(Page):
    """Values."""

    items: list[Value]


class Part(Schema):
    """A part of an index."""

    id: str
    name: str
    depth: int
    parent: str | None
    weight: float
    indicator: str | None
    direction: str | None
    period: str | None
    unit: str | None
    source: str | None
    moved_from: str | None = None
    shrunk_to: str | None = None
    within: str | None = None
    has_interval: bool | None = None


class Index(Schema):
    """An index."""

    id: str
    name: str
    geography: str
    periods: list[str]
    method: list[str]
    parts: list[Part]


class Indices(Schema):
    """Every index of a place."""

    count: int
    items: list[Index]


class Scores(Page):
    """Scores: `area`, `name`, `score`, `rank`, `decile`, one score a part, and the range of the rank where known."""

    items: list[dict[str, Any]]


class OverTimeScores(Page):
    """Scores of every period: `period`, `area`, `score`, its limits, `rank`, `decile`, one score a part."""

    items: list[dict[str, Any]]


class IndexChange(Schema):
    """What one part of an index did in one area; `word` holds with all areas looked at."""

    since: str
    period: str
    part: str
    depth: int
    area: str
    before: float | None
    after: float | None
    change: float | None
    lower95: float | None
    upper95: float | None
    p_value: float | None
    word_alone: str
    word: str
    weights_agree: float | None


class Changes(Page):
    """Changes of an index over time."""

    items: list[IndexChange]


class Summary(Schema):
    """A larger area's summary of an index."""

    geography: str
    area: str
    name: str | None
    areas: int
    population: float | None
    average_score: float | None
    average_rank: float | None
    share_decile_1: float | None
    extent: float | None
    local_concentration: float | None


class Summaries(Page):
    """Summaries of larger areas."""

    items: list[Summary]


class Piece(Schema):
    """A part of one area's score."""

    part: str
    name: str
    depth: int
    indicator: str | None
    period: str | None
    value: float | None
    lower95: float | None
    upper95: float | None
    unit: str | None
    status: str | None
    score: float | None
    weight: float | None
    contribution: float | None
    adjustment: float | None


class Apart(Schema):
    """The score of one area taken apart; contributions and adjustments add up to it."""

    index: str
    area: str
    parts: list[Piece]


class SourceTable(Schema):
    """A source table."""

    file: str
    geography: str
    period: str
    sha256: str
    indicators: list[str]
    sources: list[str]
    licences: list[str]
    rows: int
    rows_outside: int
    areas_missing: int
    missing: int
    suppressed: int


class Tables(Page):
    """Source tables."""

    items: list[SourceTable]


class AtQuery(Schema):
    """At what time."""

    at: str = Field("", description="A date (its end) or time, such as 2026-03-31; blank is now")


class RecordQuery(Paging, AtQuery):
    """Which records, at what time."""


class Register(Schema):
    """A register."""

    name: str
    title: str
    one: str
    meaning: str
    records: int
    from_log: bool


class Registers(Schema):
    """Every register."""

    count: int
    items: list[Register]


class Records(Page):
    """Records of a register."""

    items: list[dict[str, str]]


class Dependency(Schema):
    """A row of the dependencies register; `required` of the `alternatives` of its group must be up.

    `assumed` says that the row has no published source.
    """

    dependent: str
    provider: str
    group: str
    required: int
    alternatives: int
    assumed: bool


class GraphAnswer(Schema):
    """Things and dependencies."""

    things: list[dict[str, str]]
    dependencies: list[Dependency]


class ScenarioAnswer(Schema):
    """A scenario and what it comes to: chances from 0 to 1 with 95 % intervals; null where it was not run."""

    scenario: str
    name: str
    kinds: str
    sentence: str
    horizon_h: float
    trials: int | None
    p_any_down: float | None
    p_any_down_lower95: float | None
    p_any_down_upper95: float | None
    p_any_over_rto: float | None
    p_any_over_rto_lower95: float | None
    p_any_over_rto_upper95: float | None
    p_any_over_max_tolerable: float | None
    p_any_over_max_tolerable_lower95: float | None
    p_any_over_max_tolerable_upper95: float | None
    person_hours_lost_mean: float | None
    person_hours_lost_se: float | None
    person_hours_lost_p50: float | None
    person_hours_lost_p90: float | None
    person_hours_lost_p99: float | None


class Scenarios(Page):
    """Scenarios of a place."""

    items: list[ScenarioAnswer]


class History(Schema):
    """Entries about one thing."""

    count: int
    items: list[dict[str, Any]]


class ThingAnswer(Schema):
    """One thing with its links."""

    thing: str
    record: dict[str, str]
    used_by: list[dict[str, str]]
    depends_on: list[dict[str, Any]]
    needed_by: list[dict[str, Any]]
