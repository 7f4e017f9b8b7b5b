"""Portraits and bars as they were built, for pages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from wholeplace.measure.portraits import BarSpec, PortraitSpec

if TYPE_CHECKING:
    from wholeplace.build.store import Build


class PortraitView:
    """A portrait as it was built."""

    def __init__(self, build: Build, name: str) -> None:
        self._build, self.id = build, name
        self.spec = PortraitSpec.model_validate(build.json(f"portrait-{name}"))

    @cached_property
    def dimensions(self) -> pl.DataFrame:
        """The columns of `wholeplace.measure.portraits.Portrait.frame`, every area of every geography."""
        return self._build.frame(f"portrait-{self.id}-dimensions")

    @cached_property
    def measures(self) -> pl.DataFrame:
        """The columns of `wholeplace.measure.portraits.Portrait.measures`."""
        return self._build.frame(f"portrait-{self.id}-measures")


class BarView:
    """A digital bar as it was built."""

    def __init__(self, build: Build, name: str) -> None:
        self._build, self.id = build, name
        about = build.json(f"bar-{name}")
        self.spec = BarSpec.model_validate(about["spec"])
        self.service: str = about["service"]

    @cached_property
    def demands(self) -> pl.DataFrame:
        """The columns of `wholeplace.measure.portraits.Bar.demands`."""
        return self._build.frame(f"bar-{self.id}-demands")

    @cached_property
    def bounds(self) -> pl.DataFrame:
        """The columns of `wholeplace.measure.portraits.Bar.frame`."""
        return self._build.frame(f"bar-{self.id}-bounds")

    @cached_property
    def users(self) -> pl.DataFrame:
        """area, people who use the service and notes on the source; empty where not counted on the areas of the bar."""
        return self._build.frame(f"bar-{self.id}-users")
