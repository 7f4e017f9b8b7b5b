"""Published fault trees as networks: gates are things that need others, basic events are things that an event strikes.

The trees are benchmarks of the Aralia collection (Dutuit and Rauzy 1997, Exact and truncated computations of prime
implicants of coherent and non-coherent fault trees within Aralia, Reliability Engineering & System Safety 58); every
basic event has the chance 0.01. One gate a line: `g = a | b` fails when any does, `g = a & b` when all do, `g = 2: a b c`
when two or more do.
"""

from __future__ import annotations

from typing import Any

from tests.resilience.networks import Case, Hit, Need, case

CHANCE = 0.01
#: 25 basic events, 36 gates.
CHINESE = """
r1 = g1 & g2
g2 = g5 & g4
g4 = e5 | e7 | e4 | e6 | g8
g8 = g11 & g12
g12 = g18 & g19
g19 = e24 | e25
g18 = e22 | e23
g11 = e14 | e15 | e16 | g17
g17 = g22 & g23
g23 = e20 | e19
g22 = e18 | e17 | e21
g5 = e8 | g9
g9 = g13 & g14
g14 = e5 | e7 | e4 | e6 | g21
g21 = g26 & g27
g27 = e12 | e13
g26 = e10 | e9 | e11 | g31
g31 = g34 & g35
g35 = e18 | e17
g34 = e20 | e19 | e21
g13 = e1 | e2 | e3 | g20
g20 = g24 & g25
g25 = g29 & g30
g30 = e24 | e25
g29 = e22 | e23
g24 = e14 | e15 | e16 | g28
g28 = g32 & g33
g33 = e20 | e19
g32 = e18 | e17 | e21
g1 = e1 | e2 | e3 | g3
g3 = g7 & g6
g6 = e10 | e9 | e11 | g10
g10 = g16 & g15
g15 = e18 | e17
g16 = e20 | e19 | e21
g7 = e12 | e13
"""
#: 32 basic events, 40 gates, of which many are of the kind k of n.
BAOBAB_2 = """
r1 = 3: g1 g2 g3 g4 g5
g1 = g6 | e1
g2 = g7 | e2
g3 = g8 | e3
g4 = g9 | e4
g5 = g10 | e5
g6 = g11 & g12
g7 = g13 & g12
g8 = g14 & g12
g9 = g15 & g12
g10 = g16 & g12
g11 = g17 | e6
g12 = g18 | e11
g13 = g17 | e7
g14 = g17 | e8
g15 = g17 | e9
g16 = g17 | e10
g17 = 2: g19 g20 g21
g18 = 2: g22 g23 g24
g19 = g25 | e12
g20 = g26 | e13
g21 = g27 | e14
g22 = g25 | e15
g23 = g26 | e16
g24 = g27 | e17
g25 = g28 | e18
g26 = g29 | e19
g27 = g30 | e20
g28 = 2: g31 g32 g33
g29 = 2: g34 g35 g36
g30 = 2: g37 g38 g39
g31 = e21 | e22
g32 = e25 | e26
g33 = e29 | e30
g34 = e23 | e22
g35 = e27 | e26
g36 = e31 | e30
g37 = e24 | e22
g38 = e28 | e26
g39 = e32 | e30
"""

Gates = dict[str, tuple[int, list[str]]]


def gates_of(tree: str) -> Gates:
    """How many of which inputs take each gate down."""
    found: Gates = {}
    for line in tree.strip().splitlines():
        gate, _, rest = line.partition(" = ")
        many, _, inputs = rest.rpartition(":")
        names = inputs.replace("|", " ").replace("&", " ").split()
        found[gate] = (int(many) if many else 1 if "|" in rest else len(names), names)
    return found


def tree_case(tree: str, chance: float = CHANCE) -> Case:
    """The tree as a network; its top is `system:r1`."""
    gates = gates_of(tree)
    needs: list[Need] = []
    for gate, (losses, inputs) in gates.items():
        names = [f"system:{name}" for name in inputs]
        if losses == 1:
            needs += [Need(f"system:{gate}", [name]) for name in names]
        else:
            needs.append(Need(f"system:{gate}", names, len(names) - losses + 1))
    basic = {name for _, inputs in gates.values() for name in inputs if name not in gates}
    return case(needs, [Hit({f"system:{name}": chance for name in basic})])


def as_faultree(tree: str) -> dict[str, Any]:
    """The tree in the words of the faultree package."""
    gates = gates_of(tree)

    def node(name: str) -> dict[str, Any]:
        if name not in gates:
            return {"id": name, "prob": CHANCE}
        losses, inputs = gates[name]
        kind = "OR" if losses == 1 else "AND" if losses == len(inputs) else "K_OF_N"
        k = {"k": losses} if kind == "K_OF_N" else {}
        return {"id": name, "gate": kind, "children": [node(one) for one in inputs], **k}

    return node("r1")
