"""How areas lie together: neighbours, clusters and outliers, and areas that are alike wherever they lie."""

from wholeplace.measure.spatial.clusters import Clusters, GlobalMoran, Looker, find_clusters
from wholeplace.measure.spatial.neighbours import Neighbours, SpatialError, neighbours_of
from wholeplace.measure.spatial.of_place import PlaceClusters, clusters_of

__all__ = [
    "Clusters",
    "GlobalMoran",
    "Looker",
    "Neighbours",
    "PlaceClusters",
    "SpatialError",
    "clusters_of",
    "find_clusters",
    "neighbours_of",
]
