"""`wholeplace depends on|of`: what a thing depends on, and what depends on it, as the registers of a place have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wholeplace import output
from wholeplace.errors import WholeplaceError
from wholeplace.place.findings import counted, did_you_mean

if TYPE_CHECKING:
    from wholeplace.resilience import Graph, Link

#: More steps than any way through an estate that a person could follow.
MOST_STEPS = 100


class UnknownThingError(WholeplaceError, LookupError):
    """A thing that is in no register, or is of a kind that cannot fail."""


@click.group()
def depends() -> None:
    """What a thing depends on, and what depends on a thing."""


def _walk_options(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options that both walks have."""
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    steps = click.option("--steps", type=click.IntRange(1, MOST_STEPS), default=2, show_default=True, metavar="N",
                         help="How many steps to walk.")  # fmt: skip
    thing = click.argument("thing")
    place = click.argument("place", type=click.Path(path_type=Path))
    return place(thing(steps(as_json(command))))


@depends.command("on")
@_walk_options
def on(place: Path, thing: str, steps: int, as_json: bool) -> None:
    """What THING depends on, and what that depends on in turn.

    Example:  wholeplace depends on harrowmere service:home-care --steps 3
    """
    _tell(place, thing, steps, as_json, "depends_on", "{} depends on", "{} depends on nothing")


@depends.command("of")
@_walk_options
def of(place: Path, thing: str, steps: int, as_json: bool) -> None:
    """What depends on THING, and what depends on that in turn.

    Example:  wholeplace depends of harrowmere utility:town-grid
    """
    _tell(place, thing, steps, as_json, "needed_by", "what depends on {}", "nothing depends on {}")


def _tell(place: Path, thing: str, steps: int, as_json: bool, way: str, some: str, none: str) -> None:
    """Walk one way (a method of the graph) and show what is met, in words that hold the name of the thing."""
    graph = _graph(place, thing)
    links = getattr(graph, way)(thing, steps=steps)
    if as_json:
        output.write_json("-", _document(graph, thing, steps, way, links))
        return
    name = _called(graph, thing)
    click.echo(f"{some.format(name)}, {_within(steps)}:" if links else none.format(name))
    output.echo_lines(_lines(links, graph))


def _graph(place: Path, thing: str) -> Graph:
    """The graph of a place, which has the thing."""
    from wholeplace.build.opening import open_place
    from wholeplace.resilience import build_graph

    graph = build_graph(open_place(place).registers)
    if thing not in graph.labels:
        raise UnknownThingError(_unknown(thing, list(graph.labels)))
    return graph


def _unknown(asked: str, known: list[str]) -> str:
    """That there is no such thing, with those that have its id, else with the name most like it."""
    same = [one for one in known if one.partition(":")[2] == asked.rpartition(":")[2]]
    hint = f"; did you mean {' or '.join(map(repr, same))}?" if same else did_you_mean(asked, known)
    return f"no register has a thing {asked!r} that can fail{hint}"


def _called(graph: Graph, thing: str) -> str:
    """The name of a thing in the registers, and what it is called."""
    label = " ".join(graph.labels[thing].split())
    return thing if label in ("", thing) else f"{thing} ({label})"


def _within(steps: int) -> str:
    return f"within {counted(steps, 'step')}"


def _lines(links: tuple[Link, ...], graph: Graph) -> Iterator[str]:
    """One line for each row met, further in with each step."""
    for link in links:
        group = f", group {link.group}" if link.group else ""
        choice = f": {link.required} of {link.alternatives} must be up" if link.alternatives > 1 else ""
        again = "; named already" if link.again else ""
        again += "; an assumption" if link.assumed else ""
        yield f"{'  ' * link.step}{_called(graph, link.thing)}{group}{choice}{again}"
        yield from _lines(link.links, graph)


def _document(graph: Graph, thing: str, steps: int, way: str, links: tuple[Link, ...]) -> dict[str, Any]:
    return {"thing": thing, "label": graph.labels[thing], "steps": steps, way: _nested(graph, links)}


def _nested(graph: Graph, links: tuple[Link, ...]) -> list[dict[str, Any]]:
    return [
        {
            "thing": link.thing,
            "label": graph.labels[link.thing],
            "group": link.group,
            "required": link.required,
            "alternatives": link.alternatives,
            "step": link.step,
            "again": link.again,
            "links": _nested(graph, link.links),
        }
        for link in links
    ]
