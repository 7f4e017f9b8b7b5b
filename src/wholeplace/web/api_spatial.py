"""The API of how areas lie together: clusters and outliers of figures, and the areas that are like one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import polars as pl
from django.http import Http404, HttpRequest
from ninja import Query, Router
from ninja.errors import HttpError

from wholeplace.measure.spatial import PlaceSimilar, SpatialError
from wholeplace.measure.spatial.clusters import WORDS
from wholeplace.measure.spatial.similar import likeness_sentences
from wholeplace.web import schemas_measure as schemas
from wholeplace.web.http import find_site
from wholeplace.web.pages.indicators import find_indicator
from wholeplace.web.pages.indices import find_index
from wholeplace.web.pages.similar import Asked, read
from wholeplace.web.paging import known_area, known_geography, narrowed, one_of, paged, refuse_unknown
from wholeplace.web.schemas import FAULTS
from wholeplace.web.site import PLACE, Site
from wholeplace.web.words import first_upper

router = Router(tags=["how areas lie together"])


@router.get("/p/{place}/clusters", response={200: schemas.ClusterLists, **FAULTS})
def lists(request: HttpRequest, place: str, query: Annotated[schemas.ClusterListQuery, Query()]) -> Any:
    """Figures in which clusters were looked for: how many areas each word is said of, or why they could not be."""
    refuse_unknown(request, schemas.ClusterListQuery)
    site = find_site(place)
    found = [index.clusters for index in site.indices()] + list(site.build.clusters.values())
    rows = [
        {**{key: one[key] for key in ("kind", "id", "name", "geography", "period")},
         "counts": one.get("counts"), "why_not": one.get("why_not")} for one in found
    ]  # fmt: skip
    schema = {**dict.fromkeys(("kind", "id", "name", "geography", "period"), pl.String), "counts": pl.Object,
              "why_not": pl.String}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return paged(request, narrowed(frame, {"geography": known_geography(site, query.geography)}), query)


@router.get("/p/{place}/indicators/{indicator}/clusters", response={200: schemas.Clusters, **FAULTS})
def of_indicator(
    request: HttpRequest, place: str, indicator: str, query: Annotated[schemas.ClusterQuery, Query()]
) -> Any:
    """Every area of a geography beside its neighbours, for an indicator at its latest date there."""
    refuse_unknown(request, schemas.ClusterQuery)
    site = find_site(place)
    find_indicator(site, indicator)
    kinds = [geography for one, geography in site.build.clusters if one == indicator]
    geography = query.geography or next(iter(kinds), "")
    if geography not in kinds:
        have = ", ".join(kinds) or "none"
        raise HttpError(422, f"Clusters of {indicator} are not looked for on {geography!r}; there are: {have}.")
    about = site.build.clusters[indicator, geography]
    return _answer(request, site, about, lambda: site.build.clusters_of(indicator, geography), query)


@router.get("/p/{place}/indices/{index}/clusters", response={200: schemas.Clusters, **FAULTS})
def of_index(request: HttpRequest, place: str, index: str, query: Annotated[schemas.IndexClusterQuery, Query()]) -> Any:
    """Every area beside its neighbours, for the scores of an index."""
    refuse_unknown(request, schemas.IndexClusterQuery)
    site = find_site(place)
    one = find_index(site, index)
    return _answer(request, site, one.clusters, lambda: one.clusters_frame, query)


def _answer(request: HttpRequest, site: Site, about: Mapping[str, Any], frame: Any, query: Any) -> dict[str, Any]:
    """One page of the areas that a query asks for, with what is said of the whole."""
    if "why_not" in about:
        raise Http404(f"Clusters of {about['name']} are not known: {about['why_not']}.")
    names = site.build.areas.filter(pl.col("geography") == about["geography"]).select("area", "name")
    rows = names.join(frame(), on="area", how="right", maintain_order="right")
    wanted = {"area": known_area(site, query.area), "word": one_of(query.word, list(WORDS), "word")}
    return {"about": about, **paged(request, narrowed(rows, wanted), query)}


@router.get("/p/{place}/similar", response={200: dict[str, Any], **FAULTS})
def similar(request: HttpRequest, place: str, query: Annotated[schemas.SimilarQuery, Query()]) -> Any:
    """The areas whose figures are likest to those of one: the document that `wholeplace spatial similar --json` writes.

    Compared are areas of the first geography that has the area.
    """
    refuse_unknown(request, schemas.SimilarQuery)
    site = find_site(place)
    asked = read(site, {"area": known_area(site, query.area), "by": query.by})
    try:
        return _similar(site, asked, query.most).as_dict(query.most)
    except SpatialError as error:
        raise HttpError(422, first_upper(f"{error}.")) from None


def _similar(site: Site, asked: Asked, most: int) -> PlaceSimilar:
    home = site.homes[asked.area]
    if home == PLACE:
        raise SpatialError("the place as a whole has no other areas to be compared with")
    found = site.figures_of(home, asked.by).similar_to(asked.area, most=most)
    names = {name: about["name"] for name, about in site.indicators.items()}
    about = site.build.areas.filter(pl.col("geography") == home).select("area", "name", "population")
    frame = found.frame.join(about, on="area", how="left", maintain_order="left")
    return PlaceSimilar(
        asked.area, site.names[home, asked.area], home, asked.by, found,
        frame.select("area", "name", "population", pl.exclude("area", "name", "population")),
        likeness_sentences(found, names, site.geography_name(home)),
    )  # fmt: skip
