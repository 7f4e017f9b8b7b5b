"""Every worked example of the background pages is run, and comes to what the page works out by hand.

An example begins with `**Example` and has tables of registers (`text`), events (`toml`), files that they name, and at its
end a table of figures. What the registers of an example do not have is added to them with nothing but its id. Figures
that are drawn must lie within four standard errors; what is fixed has none, so that it must be equal to the last
figure written. Things that are not in the table must lose nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.places import default_files, write_place

from wholeplace import open_place, run_scenario
from wholeplace.resilience import Options, ScenarioResult

BACKGROUND = Path(__file__).parents[2] / "docs" / "background"
PAGES = (
    "dependencies-in-time.md",
    "repairs-and-crews.md",
    "loops-and-black-start.md",
    "events.md",
    "what-a-result-counts.md",
)
EXAMPLE = re.compile(
    r"^\*\*Example: (?P<title>[^*]+)\.\*\*(?P<body>.*?)(?=^\*\*Example|^#|\Z)", re.MULTILINE | re.DOTALL
)
FENCE = re.compile(r"(?P<before>[^\n]*)\n+```(?:text|toml|json)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(?P<file>[\w./-]+\.(?:csv|geojson))`:$")
THING = re.compile(r"\b(team|site|utility|system|supplier|dataset|service):([a-z0-9-]*[a-z0-9])\b(?![-*])")
REGISTERS = {
    "team": "teams",
    "site": "sites",
    "utility": "utilities",
    "system": "systems",
    "supplier": "suppliers",
    "dataset": "datasets",
    "service": "services",
}
SCENARIO = '[scenario]\nname = "Example"\nhorizon_h = 100\n'
TRIALS = 20_480


@dataclass(frozen=True)
class Example:
    """`files` by path in the place folder; `figures` by thing and name of the figure, as they are written."""

    title: str
    files: dict[str, str]
    figures: dict[str, dict[str, str]]


def examples() -> list[Example]:
    pages = [(BACKGROUND / name).read_text(encoding="utf-8") for name in PAGES]
    return [example(match["title"], match["body"]) for text in pages for match in EXAMPLE.finditer(text)]


def example(title: str, body: str) -> Example:
    files, scenario = {}, ""
    for fence in FENCE.finditer(body):
        name = NAMED.search(fence["before"])
        if name:
            files[name["file"] if "/" in name["file"] else f"registers/{name['file']}"] = fence["text"]
        elif fence["text"].startswith("dependent,"):
            files["registers/dependencies.csv"] = fence["text"]
        else:
            scenario += fence["text"]
    files["scenarios/example.toml"] = scenario if "[scenario]" in scenario else scenario + SCENARIO
    add_things(files)
    return Example(title, files, figures(body))


def add_things(files: dict[str, str]) -> None:
    """Give every thing that is named a record in its register."""
    rows: dict[str, list[list[str]]] = {}
    for prefix, thing in sorted(set(THING.findall("\n".join(files.values())))):
        name = f"registers/{REGISTERS[prefix]}.csv"
        if name not in rows:
            rows[name] = list(csv.reader(io.StringIO(files.get(name, "id\n"))))
        if thing not in [row[0] for row in rows[name]]:
            rows[name].append([thing] + [""] * (len(rows[name][0]) - 1))
    for name, table in rows.items():
        files[name] = "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in table) + "\n"


def figures(body: str) -> dict[str, dict[str, str]]:
    lines = [line for line in body.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    assert head[0] == "thing", head
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row[0]] = {name: cell.replace(",", "") for name, cell in zip(head[1:], row[1:], strict=True) if cell}
    return found


def place_with(files: dict[str, str], folder: Path) -> Path:
    """A town of four areas, A1 to A4, with 100 to 400 residents, of whom 0.1 to 0.4 live where it floods."""
    town = {name: text.replace("no-car", "flood-share") if isinstance(text, str) else text
            for name, text in default_files().items()}  # fmt: skip
    return write_place(folder, town | files)


def told(result: ScenarioResult, thing: str, figure: str) -> tuple[float, float]:
    """A figure of a result and its standard error; besides things there are `area A1`, `group G` and `everything`."""
    document = result.as_dict()
    kind, _, name = thing.partition(" ")
    if kind == "everything":
        found = document["total_person_hours_lost" if figure == "person_hours_lost" else figure]
    elif name:
        found = document[f"{kind}s"][name][figure]
    else:
        found = document["items"][thing][figure]
    if isinstance(found, dict):
        return found["mean"], found["se"]
    return found, document["items"][thing][f"{figure}_se"]


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.title.strip())
def test_an_example_comes_to_what_the_page_says(example: Example, tmp_path: Path) -> None:
    place = open_place(place_with(example.files, tmp_path))
    result = run_scenario(place, "example", options=Options(method="simulate", trials=TRIALS, all_items=True))
    assert example.figures
    for thing, wanted in example.figures.items():
        for figure, text in wanted.items():
            value, error = told(result, thing, figure)
            written = 0.5 * 10.0 ** -len(text.partition(".")[2]) if "." in text else 1e-6
            assert abs(value - float(text)) <= 4 * error + written, (thing, figure, value, error)
    others = result.items.filter(~result.items["item"].is_in(list(example.figures)))
    assert others.filter(others["downtime_h_mean"] > 0)["item"].to_list() == []


def test_every_page_has_examples() -> None:
    for name in PAGES:
        assert EXAMPLE.search((BACKGROUND / name).read_text(encoding="utf-8")), name
