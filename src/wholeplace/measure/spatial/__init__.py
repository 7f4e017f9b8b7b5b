"""How areas lie together: neighbours, clusters and outliers, and areas that are alike wherever they lie."""

from wholeplace.measure.spatial.clusters import LEAST, Clusters, GlobalMoran, Looker, find_clusters
from wholeplace.measure.spatial.neighbours import Neighbours, SpatialError, neighbours_of
from wholeplace.measure.spatial.of_place import (
    PlaceClusters,
    PlaceSimilar,
    clusters_of,
    index_subject,
    indicator_subject,
    similar_to,
)
from wholeplace.measure.spatial.similar import Figures, Similar, choose_figures, standardise
from wholeplace.measure.spatial.words import Subject, summary

__all__ = [
    "LEAST",
    "Clusters",
    "Figures",
    "GlobalMoran",
    "Looker",
    "Neighbours",
    "PlaceClusters",
    "PlaceSimilar",
    "Similar",
    "SpatialError",
    "Subject",
    "choose_figures",
    "clusters_of",
    "find_clusters",
    "index_subject",
    "indicator_subject",
    "neighbours_of",
    "similar_to",
    "standardise",
    "summary",
]
