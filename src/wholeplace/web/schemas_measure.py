"""What the API takes and gives of portraits, bars, clusters and areas like one another."""

from __future__ import annotations

from typing import Any

from ninja import Field, Schema

from wholeplace.web.schemas import Page, Paging


class InAreaQuery(Paging):
    """Which areas' rows."""

    geography: str = Field("", description="Id of a geography; `place` is the place as a whole")
    area: str = Field("", description="Code of an area")


class DimensionQuery(InAreaQuery):
    """Which dimensions of which areas."""

    dimension: str = Field("", description="Id of a dimension")


class DemandQuery(InAreaQuery):
    """Which demands of which areas."""

    kind: str = Field("", description="One of device, bandwidth, skill, space, cost, confidence")


class BoundQuery(InAreaQuery):
    """Which bounds of which areas."""

    unit: str = Field("", description="Who is counted, as `adults`")


class Limit(Schema):
    """A figure of a dimension with its floor or ceiling, and who says so."""

    indicator: str
    direction: str
    threshold: float | str = Field(description="In the indicator's unit, or `source-mean`: the mean of all published")
    source: str
    url: str
    date: str
    period: str
    note: str


class Dimension(Schema):
    """A dimension of a doughnut; without measures `why` says why nobody measures it."""

    ring: str
    id: str
    name: str
    rule: str
    why: str
    measure: list[Limit]


class PortraitAnswer(Schema):
    """A doughnut: its dimensions with their floors and ceilings."""

    id: str
    name: str
    description: str
    dimension: list[Dimension]


class Portraits(Schema):
    """Every doughnut of a place."""

    count: int
    items: list[PortraitAnswer]


class Gap(Schema):
    """A dimension of an area: shortfall or overshoot as a share of its floor or ceiling, 0 where it is kept.

    Without a gap `status` says why (`unmeasured`, or the status of the figure that is not there, named in `without`);
    with a gap and without limits, a figure was published without an interval.
    """

    geography: str
    area: str
    dimension: str
    ring: str
    name: str
    gap: float | None
    gap_lower95: float | None
    gap_upper95: float | None
    status: str
    without: list[str]


class Gaps(Page):
    """Dimensions of areas."""

    items: list[Gap]


class MeasureOfArea(Schema):
    """A figure of a dimension of an area with its floor or ceiling (`threshold`) and gap."""

    geography: str
    area: str
    dimension: str
    indicator: str
    period: str
    value: float | None
    lower95: float | None
    upper95: float | None
    status: str
    moved_from: str | None
    threshold: float | None
    gap: float | None
    gap_lower95: float | None
    gap_upper95: float | None


class MeasuresOfAreas(Page):
    """Figures of dimensions of areas."""

    items: list[MeasureOfArea]


class Demand(Schema):
    """What a service asks: measured (`indicator`), not measured (`why`), or `asks` nothing."""

    kind: str
    asks: str
    indicator: str
    counts: str
    unit: str
    base: str
    period: str
    why: str


class BarAnswer(Schema):
    """A digital bar: what a service demands of people before they can use it."""

    id: str
    name: str
    service: str
    service_name: str
    geography: str
    description: str
    demand: list[Demand]


class Bars(Schema):
    """Every digital bar of a place."""

    count: int
    items: list[BarAnswer]


class DemandOfArea(Schema):
    """The share and number of people (or households) of an area below one demand."""

    geography: str
    area: str
    kind: str
    unit: str
    indicator: str
    period: str
    share: float | None
    lower95: float | None
    upper95: float | None
    count: float | None
    base: float | None
    status: str


class DemandsOfAreas(Page):
    """Demands in areas."""

    items: list[DemandOfArea]


class BoundOfArea(Schema):
    """Between what shares those below at least one measured demand of a unit lie, whatever the demands have in common.

    `known` of `of` demands have a figure; without all of them `most` is null.
    """

    geography: str
    area: str
    unit: str
    largest: str | None
    least: float | None
    least_lower95: float | None
    most: float | None
    most_upper95: float | None
    least_count: float | None
    most_count: float | None
    base: float | None
    known: int
    of: int


class BoundsOfAreas(Page):
    """Bounds in areas."""

    items: list[BoundOfArea]


class ClusterListQuery(Paging):
    """Which figures' clusters."""

    geography: str = Field("", description="Id of a geography")


class ClusterQuery(Paging):
    """Which areas' clusters."""

    geography: str = Field("", description="Id of a geography; the first with figures when blank")
    area: str = Field("", description="Code of an area")
    word: str = Field("", description="Only this word, such as `cluster of high`; `about.counts` has them all")


class IndexClusterQuery(Paging):
    """Which areas' clusters in the scores of an index."""

    area: str = Field("", description="Code of an area")
    word: str = Field("", description="Only this word, such as `cluster of high`; `about.counts` has them all")


class ClustersOf(Schema):
    """A figure in which clusters were looked for; `why_not` where they could not be."""

    kind: str
    id: str
    name: str
    geography: str
    period: str
    counts: dict[str, int] | None
    why_not: str | None


class ClusterLists(Page):
    """Figures in which clusters were looked for."""

    items: list[ClustersOf]


class Cluster(Schema):
    """An area beside its neighbours: `word` is by local Moran's I, `gi_word` by Gi*; see `about` for what is chance."""

    area: str
    name: str | None
    value: float | None
    status: str
    neighbours: int | None
    neighbours_mean: float | None
    local_i: float | None
    z: float | None
    p_value: float | None
    quadrant: str | None
    word: str
    gi_z: float | None
    gi_p_value: float | None
    gi_word: str


class Clusters(Page):
    """Clusters of one figure: `about` has sentences, cautions, Moran's I, counts and how neighbours were found."""

    about: dict[str, Any]
    items: list[Cluster]


class SimilarQuery(Schema):
    """Areas like which one, by what."""

    area: str = Field(description="Code of an area")
    by: str = Field("", description="`index:ID`, `theme:NAME`, `all` or ids with commas; the first index when blank")
    most: int = Field(10, ge=1, le=500, description="So many of the likest areas")
