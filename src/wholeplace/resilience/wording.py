"""Chains of outages in words: who stopped, when, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wholeplace.resilience.chain import Link
from wholeplace.resilience.results.sentences import names_of
from wholeplace.resilience.run import Run


@dataclass(frozen=True)
class Wording:
    """How a place and a scenario call things: what people call each thing, and when hour 0 is, if that is known."""

    names: Mapping[str, str]
    start: dt.datetime | None
    kinds: Mapping[int, str]

    @classmethod
    def of(cls, run: Run) -> Wording:
        kinds = {event.number: event.kind for event in run.scenario.events}
        return cls(names_of(run.place), run.scenario.settings.start, kinds)

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
        if not link.tolerance_h:
            return f"it cannot do without {needs}"
        since = moment(link.since_h or 0.0, self.start)
        return f"it can do without {needs} for {hours(link.tolerance_h)}, which had begun {since}"


def moment(hour: float, start: dt.datetime | None) -> str:
    """An hour as people say it: `at 09:40 on day 2`, or `after 33 h 40 min` where it is not known when hour 0 is."""
    if start is None:
        return "at the start" if hour == 0 else f"after {hours(hour)}"
    at = start + dt.timedelta(hours=hour)
    return f"at {at:%H:%M} on day {(at.date() - start.date()).days + 1}"


def hours(length_h: float) -> str:
    """A length of time in days, hours and minutes, the smallest left out where it says little."""
    minutes = round(length_h * 60)
    days, minutes = divmod(minutes, 24 * 60) if minutes >= 48 * 60 else (0, minutes)
    whole, minutes = divmod(minutes, 60)
    parts = [(days, "days"), (whole, "h"), (0 if days else minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "less than a minute"
