"""Chains of outages in words: who stopped, when, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wholeplace.place import Place
from wholeplace.place.registers import assumed_rows
from wholeplace.resilience.results.clock import hours, moment
from wholeplace.resilience.results.sentences import names_of
from wholeplace.resilience.run import Run
from wholeplace.resilience.stories.chain import Link


@dataclass(frozen=True)
class Wording:
    """How a place and a scenario call things: what people call each thing, and when hour 0 is, if that is known.

    `assumed` has the dependencies without a published source, (dependent, provider): sentences that rest on one say so.
    """

    names: Mapping[str, str]
    start: dt.datetime | None
    kinds: Mapping[int, str]
    assumed: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, run: Run) -> Wording:
        kinds = {event.number: event.kind for event in run.scenario.events}
        return cls(names_of(run.place), run.scenario.settings.start, kinds, _assumed(run.place))

    def lines(self, link: Link, depth: int = 0) -> Iterator[tuple[int, str]]:
        """A chain as sentences, each with how far it is from the outage."""
        yield depth, f"{self._stopped(link)} because {self._because(link)}."
        for one in link.because:
            yield from self.lines(one, depth + 1)

    def sentence(self, link: Link) -> str:
        """A chain in one sentence: of several providers that were down, the last to go down is followed."""
        parts = [self._stopped(link)]
        while True:
            parts.append(self._because(link))
            if not link.because:
                return " because ".join(parts) + "."
            link = link.because[0]
            parts[-1] += f", and {self._stopped(link)}"

    def _stopped(self, link: Link) -> str:
        verb = "stopped" if link.level == 0 else f"went on at {link.level:.0%}"
        return f"{self.names.get(link.thing, link.thing)} {verb} {moment(link.start_h, self.start)}"

    def _because(self, link: Link) -> str:
        if link.told_before:
            return "of what is told above"
        event = "" if link.event is None else f"event {link.event} ({self.kinds[link.event]})"
        if link.why == "failed":
            if link.source is not None:
                return f"{event} reached it from {self.names.get(link.source, link.source)}"
            return f"{event} struck it" if event else "it failed by itself"
        if link.why == "absent":
            return f"{event} left {link.present} of the team"
        providers = [self.names.get(one, one) for one in link.providers]
        needs = providers[0] if len(providers) == 1 else f"{link.required} of {', '.join(providers)}"
        if any((link.thing, one) in self.assumed for one in link.providers):
            needs += " (an assumption)"
        if not link.tolerance_h:
            return f"it cannot do without {needs}"
        since = moment(link.since_h or 0.0, self.start)
        return f"it can do without {needs} for {hours(link.tolerance_h)}, which had begun {since}"


def _assumed(place: Place) -> frozenset[tuple[str, str]]:
    """The dependencies that have no published source."""
    register = place.registers.get("dependencies")
    if register is None:
        return frozenset()
    ends = (
        register.column(name).filter(assumed_rows(register)).str.strip_chars() for name in ("dependent", "provider")
    )
    return frozenset(zip(*ends, strict=True))
