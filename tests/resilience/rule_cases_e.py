"""Cases of the rules on events: chance, absence, spread and exit.

Something that spreads at a rate of 1e12 an hour strikes a neighbour at once: the draw is less than half a microsecond.
"""

from __future__ import annotations

from tests.resilience.rule_cases import RuleCase, crews, down, event, fail, needs, systems, table

AT_ONCE = 1e12
ONE = crews(it=1)
CHAIN = systems("a,3", "b,3", "c,3") | needs("b a", "c b")

STRUCK = [
    RuleCase("chance 0", systems("a,5"), fail(0, "a", chance=0), {}, 0),
    RuleCase("vulnerability 0", systems("a,5,0", columns="id,repair,vulnerability"), fail(0, "a"), {}, 0),
    # 0.25 x 8 is cut at 1.
    RuleCase("vulnerability multiplies the chance", systems("a,5,8", columns="id,repair,vulnerability"),
             fail(0, "a", chance=0.25), {"system:a": down(5)}, 5),
    RuleCase("a pattern", systems("a,5", "b,5") | {"sites": table("id,repair", "a,5")}, fail(2, "system:*"),
             {"system:a": down(5), "system:b": down(5)}, 7),
    RuleCase("items that meet a condition", systems("a,5,cloud", "b,5,", columns="id,repair,hosting"),
             fail(0, "system:*", where="hosting == 'cloud'"), {"system:a": down(5)}, 5),
    RuleCase("together", systems("a,5", "b,4"), fail(0, "a b", together=True),
             {"system:a": down(5), "system:b": down(4)}, 5),
]  # fmt: skip


def _away(at_h: float, items: str = "team:t", **others: object) -> str:
    return event("absence", at_h, items, **{"share": "fixed(1)", **others})


def _teams(*rows: str) -> dict[str, str]:
    return {"teams": table("id,headcount,minimum_staff,repair", *rows)}


ABSENCE = [
    RuleCase("all are away", _teams("t,4,2,"), _away(3, lasts=10), {"team:t": down(10)}, 13),
    RuleCase("the least staff is one where none is given", _teams("t,3,,"), _away(0, lasts=10), {"team:t": down(10)}, 10),
    RuleCase("nobody is away", _teams("t,4,4,"), _away(0, lasts=10, share="fixed(0)"), {}, 0),
    # Nobody away, and yet below the minimum that the register gives.
    RuleCase("fewer than the minimum at all times", _teams("t,2,3,"), _away(0, lasts=10, share="fixed(0)"),
             {"team:t": down(10)}, 10),
    RuleCase("away for good", _teams("t,4,2,"), _away(3), {"team:t": down(97)}, None),
    RuleCase("away for no time", _teams("t,4,2,"), _away(3, lasts=0), {}, 0),
    RuleCase("a team of nobody knows how many", _teams("t,,,"), _away(0, lasts=10), {}, 0),
    RuleCase("absences overlap", _teams("t,4,2,"), _away(0, lasts=10) + _away(5, lasts=10), {"team:t": down(15)}, 15),
    RuleCase("an absence within another", _teams("t,4,2,"), _away(0, lasts=10) + _away(5, lasts=2), {"team:t": down(10)}, 10),
    # Returns at 5 come before the absence at 5: level 0 all along.
    RuleCase("one absence after another", _teams("t,4,2,"), _away(0, lasts=5) + _away(5, lasts=4), {"team:t": down(9)}, 9),
    # Back at 5, before x fails and before the tolerance of 5 h of b runs out, which would take 2 h to restart.
    RuleCase("a return comes before failures and tolerances", _teams("t,4,2,") | systems("b", "c", "x")
             | needs("b team:t - 5 2", "c team:t g - 2", "c x g", columns="group,tolerance_h,restart_h"), _away(0, lasts=5) + fail(5, "x", 2),
             {"team:t": down(5), "system:x": down(2)}, 7),
    RuleCase("what needs a team", _teams("t,4,2,") | systems("a") | needs("a team:t 4"), _away(0, lasts=10),
             {"team:t": down(10), "system:a": down(6)}, 10),
    # Failed 0-4, away 2-8.
    RuleCase("a team that has failed is away too", _teams("t,4,2,4"), fail(0, "team:t") + _away(2, lasts=6), {"team:t": down(8)}, 8),
    # With a minimum of 0 it is never down: at level 0 / 4, an outage of its own, and those who need it do not notice.
    RuleCase("a team that may be empty", _teams("t,4,0,") | systems("a") | needs("a team:t"), _away(0, lasts=10),
             {"team:t": down(10)}, 10),
    RuleCase("absence with chance 0", _teams("t,4,2,"), _away(0, lasts=10, chance=0), {}, 0),
]  # fmt: skip


def _spread(at_h: float, start: str, *, contain_h: float | None = None, **others: object) -> str:
    contained = {} if contain_h is None else {"contain_h": contain_h}
    return event("spread", at_h, start, **{"chance_per_h": AT_ONCE, **contained, **others})


_NO_RATE = {"chance_per_h": 0.0}
SPREAD = [
    # Struck at 0, repaired from 10.
    RuleCase("spread to all dependents", CHAIN, _spread(0, "a", contain_h=10),
             {f"system:{one}": down(13) for one in "abc"}, 13),
    RuleCase("never contained", CHAIN, _spread(1, "a"), {f"system:{one}": down(99) for one in "abc"}, None),
    # c needs b: down with it.
    RuleCase("not from dependents to providers", CHAIN, _spread(0, "b", contain_h=10),
             {"system:b": down(13), "system:c": down(13)}, 13),
    # Contained at once: a alone is struck, 0-3; b goes down through it, not c's own.
    RuleCase("contained at once", systems("a,3", "b,90") | needs("b a"), _spread(0, "a", contain_h=0),
             {"system:a": down(3), "system:b": down(3)}, 3),
    # Services are not struck; this one can do without for 200 h.
    RuleCase("only what it applies to", systems("a,3") | {"services": table("id,repair", "s,3")}
             | needs("service:s a 200"), _spread(0, "a", contain_h=10), {"system:a": down(13)}, 13),
    RuleCase("applies to what is named", systems("a,3") | {"services": table("id,repair", "s,3")}
             | needs("service:s a 200"), _spread(0, "a", contain_h=10, applies_to=["service"]),
             {"system:a": down(13), "service:s": down(13)}, 13),
    # The site starts it, whatever its kind; the system that needs it (in 200 h) is struck.
    RuleCase("a start of any kind", systems("a,3") | {"sites": table("id,repair", "x,2")} | needs("a site:x 200"),
             _spread(0, "site:x", contain_h=10), {"site:x": down(12), "system:a": down(13)}, 13),
    RuleCase("no rate", CHAIN | needs("b a 200", "c b 200"), _spread(0, "a", contain_h=10, **_NO_RATE),
             {"system:a": down(13)}, 13),
    RuleCase("no vulnerability, no spread", systems("a,3,1", "b,3,0", columns="id,repair,vulnerability")
             | needs("b a 200"), _spread(0, "a", contain_h=10), {"system:a": down(13)}, 13),
    RuleCase("along edges of its own", systems("a,3", "b,3", "c,3"),
             event("spread", 0, "a", along="edges.csv", contain_h=10), {"system:a": down(13), "system:b": down(13)}, 13,
             files={"edges.csv": "from,to,chance_per_h\nsystem:a,system:b,1e12\nsystem:b,system:c,0\n"}),
    RuleCase("round in a ring, each once", systems("a,3,yes", "b,3,", columns="id,repair,black_start")
             | needs("a b", "b a"), _spread(0, "a", contain_h=10), {"system:a": down(13), "system:b": down(13)}, 13),
    # Struck anew by the fail event at 5, with 7 h: the larger of 3 and 7, from 10.
    RuleCase("failing before containment", CHAIN | needs("b a 200", "c b 200"),
             _spread(0, "a", contain_h=10, **_NO_RATE) + fail(5, "a", 7), {"system:a": down(17)}, 17),
    # Contained at 4 by one and at 10 by the other.
    RuleCase("the later containment counts", systems("a,2"),
             _spread(0, "a", contain_h=4) + _spread(1, "a", contain_h=9), {"system:a": down(12)}, 12),
    # b fails at 2: 2-6. c at 8: 8-13. a asks for the crew at 10, and has it 13-16.
    RuleCase("a crew is asked for at containment", systems("a,3,it", "b,4,it", "c,5,it") | ONE,
             _spread(0, "a", contain_h=10) + fail(2, "b") + fail(8, "c"),
             {"system:a": down(16), "system:b": down(4), "system:c": down(5)}, 16),
    # At 4 a has 2 h left, more than 1; b has the crew 4-6; a goes on at 9 and ends at 11.
    RuleCase("a repair under way stops", systems("a,6,it", "b,2,it") | ONE,
             fail(0, "a b") + _spread(4, "a", contain_h=5, repair=1), {"system:a": down(11), "system:b": down(6)}, 11),
    # a 0-10. b leaves the queue at 3 and is back in it at 7, behind c: c 10-12, b 12-14.
    RuleCase("a place in the queue is lost", systems("a,10,it", "b,2,it", "c,2,it") | ONE,
             fail(0, "a b c") + _spread(3, "b", contain_h=4, repair=0),
             {"system:a": down(10), "system:b": down(14), "system:c": down(12)}, 14),
    # Both ask for the crew at 10, a first.
    RuleCase("those released at once go by name", systems("a,3,it", "b,4,it") | needs("b a") | ONE,
             _spread(0, "b", contain_h=10) + _spread(0, "a", contain_h=10),
             {"system:a": down(13), "system:b": down(17)}, 17),
    # At 10 b is repaired and frees the crew, then a, which asks after it by name, would be first: releases and repairs
    # are of one phase, by name: a asks at 10 before b's repair ends at 10, so it waits, and has the crew at once: 10-13.
    RuleCase("released as the crew is freed", systems("a,3,it", "b,8,it") | ONE,
             _spread(0, "a", contain_h=10) + fail(2, "b"), {"system:a": down(13), "system:b": down(8)}, 13),
    # b asks for the crew at 10 before a, which fails then: b 10-13, a 13-15.
    RuleCase("containment comes before failures", systems("a,2,it", "b,3,it") | ONE,
             _spread(0, "b", contain_h=10) + fail(10, "a"), {"system:a": down(5), "system:b": down(13)}, 15),
    # Two are contained at 10, and a asks once: b 0-12, a 12-15, c 15-16.
    RuleCase("two contained at once", systems("a,3,it", "b,12,it", "c,1,it") | ONE,
             fail(0, "b") + _spread(1, "a", contain_h=9) + _spread(2, "a", contain_h=8) + fail(11, "c"),
             {"system:a": down(14), "system:b": down(12), "system:c": down(5)}, 16),
    # Never repaired, contained or not.
    RuleCase("spread without repair", systems("a,never,it", "b,2,it") | ONE, _spread(0, "a", contain_h=5) + fail(6, "b"),
             {"system:a": down(100), "system:b": down(2)}, None),
    # b does not strike a again, which would change nothing; and what is contained strikes no more.
    RuleCase("once a thing an event", systems("a,1", "b,1") | needs("a b 200", "b a 200"),
             _spread(0, "a", contain_h=2), {"system:a": down(3), "system:b": down(3)}, 3),
    RuleCase("spread with chance 0", CHAIN, _spread(0, "a", contain_h=10, chance=0), {}, 0),
    # The chance of the start is multiplied by its vulnerability too: 0.25 x 8 is cut at 1.
    RuleCase("vulnerability of the start", systems("a,3,8", columns="id,repair,vulnerability"),
             _spread(0, "a", contain_h=1, chance=0.25), {"system:a": down(4)}, 4),
    # The repair stops for ever: contain never.
    RuleCase("a repair stops for good", systems("a,6,it", "b,2,it") | ONE, fail(0, "a b") + _spread(4, "a"),
             {"system:a": down(100), "system:b": down(6)}, None),
]  # fmt: skip

SUPPLIER = {"suppliers": table("id,repair", "acme,6", "other,6")} | systems("a,2,acme", "b,2,other", "c,2,supplier:acme",
                                                                          columns="id,repair,supplier")  # fmt: skip
EXIT = [
    # At 2, with 3 h of notice: 5, for 4 h.
    RuleCase("exit with notice", SUPPLIER, event("exit", 2, "supplier:acme", notice_h=3, repair=4),
             {"supplier:acme": down(4), "system:a": down(4), "system:c": down(4)}, 9),
    RuleCase("exit with own repairs", SUPPLIER, event("exit", 0, "supplier:acme"),
             {"supplier:acme": down(6), "system:a": down(2), "system:c": down(2)}, 6),
    RuleCase("exit with chance 0", SUPPLIER, event("exit", 0, "supplier:acme", chance=0), {}, 0),
    RuleCase("exit at the horizon by its notice", SUPPLIER, event("exit", 1, "supplier:acme", notice_h=99), {}, 0),
]  # fmt: skip

CASES = [*STRUCK, *ABSENCE, *SPREAD, *EXIT]
