"""The graph of a small place, drawn by hand:

meals ── kitchen ──┐
  └──── vans       ├── grid
calls ── phones ───┤
                   └── (one of grid, generator) for phones
phones and phones-backup hold each other up.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.place import Findings
from wholeplace.place.registers import FolderSource
from wholeplace.resilience import Graph, as_dot, build_graph, estate_of

FILES = {
    "services": "id,name,owner\nmeals,Meals on wheels,team:care\ncalls,Care calls,\n",
    "teams": "id\ncare\n",
    "sites": "id,name,kind\nkitchen,Kitchen,other\n",
    "systems": "id,name,hosting\nphones,Phones,cloud\nphones-backup,Spare phones,\nvans,Vans,\n",
    "utilities": "id,name,kind\ngrid,Grid,power\ngenerator,Generator,power\n",
    "contracts": "id,name,supplier,end\nsoon,Soon,,2026-12-01\nlast-day,Last day,,2027-11-25\nlate,Late,,2027-11-26\ngone,Gone,,2026-11-24\n",
    "plans": "id,name,last_tested\nfresh,Fresh,2025-11-25\nold,Old,2025-11-24\nnever,Never,\n",
    "dependencies": (
        "dependent,provider,group,required\n"
        "service:meals,site:kitchen,,\nservice:meals,system:vans,,\nservice:calls,system:phones,,\n"
        "site:kitchen,utility:grid,,\n"
        "system:phones,utility:grid,power,1\nsystem:phones,utility:generator,power,\n"
        "system:phones,system:phones-backup,,\nsystem:phones-backup,system:phones,,\n"
    ),
}


def registers(folder: Path):
    (folder / "registers").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / "registers" / f"{name}.csv").write_text(text, encoding="utf-8")
    findings = Findings()
    found = FolderSource(folder).read(findings)
    assert findings.items == []
    return found


def told(links):
    return [(link.thing, link.again, told(link.links)) for link in links]


def graph_of(pairs: list[tuple[str, str]]) -> Graph:
    """A graph of rows (dependent, provider) alone."""
    names = sorted({name for pair in pairs for name in pair})
    things = pl.DataFrame({"thing": names, "register": ["systems"] * len(names), "label": names})
    rows = pl.DataFrame(pairs, schema=["dependent", "provider"], orient="row")
    return Graph(things, rows.with_columns(group=pl.lit(""), required=1, alternatives=1, assumed=False))


def test_two_steps_each_way(tmp_path: Path) -> None:
    graph = build_graph(registers(tmp_path))
    assert told(graph.depends_on("service:meals")) == [
        ("site:kitchen", False, [("utility:grid", False, [])]),
        ("system:vans", False, []),
    ]
    assert told(graph.needed_by("utility:grid")) == [
        ("site:kitchen", False, [("service:meals", False, [])]),
        ("system:phones", False, [("service:calls", False, []), ("system:phones-backup", False, [])]),
    ]


def test_a_loop_is_walked_once(tmp_path: Path) -> None:
    graph = build_graph(registers(tmp_path))
    phones = graph.depends_on("service:calls", steps=9)
    assert told(phones) == [
        (
            "system:phones",
            False,
            [
                ("system:phones-backup", False, [("system:phones", True, [])]),
                ("utility:generator", False, []),
                ("utility:grid", False, []),
            ],
        )
    ]
    power = [link for link in phones[0].links if link.group == "power"]
    assert [(link.required, link.alternatives) for link in power] == [(1, 2), (1, 2)]


def test_what_lies_behind_a_thing_is_told_where_the_thing_is_nearest() -> None:
    """a - b - c - d - f and a - e - d: within three steps f is there by e and d, though d is met by c as well."""
    pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "f"), ("a", "e"), ("e", "d")]
    links = graph_of(pairs).depends_on("a", steps=3)
    assert told(links) == [
        ("b", False, [("c", False, [("d", True, [])])]),
        ("e", False, [("d", False, [("f", False, [])])]),
    ]


def test_a_thing_in_two_groups_is_told_once() -> None:
    twice = graph_of([("a", "b"), ("a", "b"), ("b", "c")]).depends_on("a")
    assert told(twice) == [("b", False, [("c", False, [])]), ("b", True, [])]


def test_services_that_stand_on_a_thing_are_counted_through_loops_and_alternatives(tmp_path: Path) -> None:
    graph = build_graph(registers(tmp_path))
    counts = graph.standing_on((graph.things["register"] == "services").to_numpy())
    assert dict(zip(graph.things["thing"], counts.tolist(), strict=True)) == {
        "service:calls": 1,
        "service:meals": 1,
        "site:kitchen": 1,
        "system:phones": 1,
        "system:phones-backup": 1,
        "system:vans": 1,
        "team:care": 0,
        "utility:generator": 1,
        "utility:grid": 2,
    }


def test_more_than_a_word_of_services() -> None:
    """130 things in a row, each on the next: thing k is stood on by the k before it and itself."""
    names = [f"service:s{k:03}" for k in range(130)]
    things = pl.DataFrame({"thing": names, "register": ["services"] * 130, "label": names})
    rows = pl.DataFrame({"dependent": names[:-1], "provider": names[1:], "group": [""] * 129,
                         "required": [1] * 129, "alternatives": [1] * 129, "assumed": [False] * 129})  # fmt: skip
    counts = Graph(things, rows).standing_on(np.ones(130, dtype=bool))
    assert counts.tolist() == list(range(1, 131))


def test_the_estate_on_a_day(tmp_path: Path) -> None:
    found = registers(tmp_path)
    estate = estate_of(found, build_graph(found), day=dt.date(2026, 11, 25))
    assert estate.services == 2
    assert estate.hosting.rows() == [("", 2), ("cloud", 1)]
    assert estate.stood_on.select("thing", "services", "share").rows() == [
        ("utility:grid", 2, 1.0),
        ("site:kitchen", 1, 0.5),
        ("utility:generator", 1, 0.5),
    ]
    # 365 days from 2026-11-25 is 2027-11-25; a contract of yesterday has ended
    assert estate.ending.select("contract", "days_left").rows() == [("contract:soon", 6), ("contract:last-day", 365)]
    assert estate.unowned.select("thing", "field").rows() == [
        ("service:calls", "owner"), ("plan:fresh", "owner"), ("plan:old", "owner"), ("plan:never", "owner"),
        ("system:phones", "organisation"), ("system:phones-backup", "organisation"), ("system:vans", "organisation"),
        ("contract:soon", "organisation"), ("contract:last-day", "organisation"), ("contract:late", "organisation"),
        ("contract:gone", "organisation"),
    ]  # fmt: skip
    # a test 365 days ago counts, one of 366 days ago does not
    assert estate.untested["plan"].to_list() == ["plan:never", "plan:old"]


def test_graphviz(tmp_path: Path) -> None:
    dot = as_dot(build_graph(registers(tmp_path)))
    assert '  "service:meals" [label="Meals on wheels"];\n' in dot
    assert '  "system:phones" -> "utility:grid" [style="dashed"] [label="power"];\n' in dot


def test_rows_without_a_published_source_are_known_as_assumptions(tmp_path: Path) -> None:
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers/systems.csv").write_text("id\na\nb\nc\n", encoding="utf-8")
    (tmp_path / "registers/dependencies.csv").write_text(
        "dependent,provider,notes\nsystem:a,system:b, Assumption: nobody was asked\nsystem:a,system:c,No assumption\n",
        encoding="utf-8",
    )
    graph = build_graph(FolderSource(tmp_path).read(Findings()))
    assert [(link.thing, link.assumed) for link in graph.depends_on("system:a")] == [
        ("system:b", True),
        ("system:c", False),
    ]
