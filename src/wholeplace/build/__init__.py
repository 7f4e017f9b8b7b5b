"""Join the rooms: compute everything a place shows, keep it in a build folder, and read it back."""

from wholeplace.build.build import BuildReport, build_place
from wholeplace.build.opening import open_place
from wholeplace.build.portrait_views import BarView, PortraitView
from wholeplace.build.scenario_results import ScenarioView
from wholeplace.build.store import Build, IndexView, NoBuildError, Shapes, open_build

__all__ = [
    "BarView",
    "Build",
    "BuildReport",
    "IndexView",
    "NoBuildError",
    "PortraitView",
    "ScenarioView",
    "Shapes",
    "build_place",
    "open_build",
    "open_place",
]
