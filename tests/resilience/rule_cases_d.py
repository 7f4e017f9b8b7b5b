"""Cases of the rules on dependencies 1 to 6: groups, tolerances, chance, levels, repairs and crews, the same instant."""

from __future__ import annotations

from tests.resilience.rule_cases import RuleCase, crews, down, fail, needs, systems, table

ABC = systems("a", "b", "c")
ONE = crews(it=1)
GROUPED = "group,required,tolerance_h"

RULE_1 = [
    # One of two is enough: a is down 0-5, b never.
    RuleCase("one of two providers is enough", ABC | needs("c a g", "c b g", columns=GROUPED),
             fail(0, "a", 5), {"system:a": down(5)}, 5),
    # a down 0-5, b down 3-7: neither is up 3-5.
    RuleCase("both alternatives down", ABC | needs("c a g", "c b g", columns=GROUPED),
             fail(0, "a", 5) + fail(3, "b", 4),
             {"system:a": down(5), "system:b": down(4), "system:c": down(2)}, 7),
    # Two of a, b, d must be up: fewer are while both a (0-5) and b (3-7) are down.
    RuleCase("two of three", systems("a", "b", "c", "d") | needs("c a g 2", "c b g 2", "c d g 2", columns=GROUPED),
             fail(0, "a", 5) + fail(3, "b", 4),
             {"system:a": down(5), "system:b": down(4), "system:c": down(2)}, 7),
    # Both of two: from the first failure at 0 to the last repair at 7.
    RuleCase("all that a group has are required", ABC | needs("c a g 2", "c b g 2", columns=GROUPED),
             fail(0, "a", 5) + fail(3, "b", 4),
             {"system:a": down(5), "system:b": down(4), "system:c": down(7)}, 7),
    # Two groups of one row: down 0-2 by a and 5-8 by b.
    RuleCase("all groups are needed", ABC | needs("c a", "c b"), fail(0, "a", 2) + fail(5, "b", 3),
             {"system:a": down(2), "system:b": down(3), "system:c": (5, 2, 3)}, 8),
    # The tolerance of 2 h in one row is that of the group: unmet 0-5, in effect 2-5.
    RuleCase("a blank agrees with the group", ABC | needs("c a g - 2", "c b g", columns=GROUPED), fail(0, "a b", 5),
             {"system:a": down(5), "system:b": down(5), "system:c": down(3)}, 5),
    # Each row without a group has its own tolerance: b would take effect at 3, a does at 1.
    RuleCase("rows without a group are groups of their own", ABC | needs("c a 1", "c b 3"), fail(0, "a b", 5),
             {"system:a": down(5), "system:b": down(5), "system:c": down(4)}, 5),
    # Two dependents may use one group name: they are two groups.
    RuleCase("a group belongs to its dependent",
             systems("a", "b", "c", "d") | needs("c a g", "d b g", columns=GROUPED), fail(0, "a", 5),
             {"system:a": down(5), "system:c": down(5)}, 5),
]  # fmt: skip

EFFECT = "tolerance_h,degraded_to,restart_h"
PAIR = systems("a", "c")
RULE_2 = [
    RuleCase("without tolerance at once", PAIR | needs("c a"), fail(1, "a", 5),
             {"system:a": down(5), "system:c": down(5)}, 6),
    # Unmet 5 h, tolerance 6 h; nothing happened, so nothing restarts either.
    RuleCase("met again in time", PAIR | needs("c a 6 - 4", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5)}, 5),
    RuleCase("tolerance runs out", PAIR | needs("c a 2"), fail(0, "a", 5),
             {"system:a": down(5), "system:c": down(3)}, 5),
    # With any effect at all it would restart for 3 h.
    RuleCase("unmet for exactly the tolerance", PAIR | needs("c a 5 - 3", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5)}, 5),
    # A second longer than the tolerance of 5 h.
    RuleCase("unmet for a second more", PAIR | needs("c a 5"), fail(0, "a", "18001s"),
             {"system:a": (18001 / 3600, 1, 18001 / 3600), "system:c": (1 / 3600, 1, 1 / 3600)}, 18001 / 3600),
    # 0-4 and 5-9, each within 5 h.
    RuleCase("the tolerance is full again", PAIR | needs("c a 5"), fail(0, "a", 4) + fail(5, "a", 4),
             {"system:a": (8, 2, 4)}, 9),
    # Within 5 h at first; 6-13 is not: down from 11.
    RuleCase("the tolerance runs out the second time", PAIR | needs("c a 5"), fail(0, "a", 4) + fail(6, "a", 7),
             {"system:a": (11, 2, 7), "system:c": down(2)}, 13),
    # 0.6 for 10 h loses 4, and is no outage.
    RuleCase("degraded", PAIR | needs("c a 0 0.6", columns=EFFECT), fail(0, "a", 10),
             {"system:a": down(10), "system:c": (4, 0, 0)}, 10),
    # d needs c, which is up though degraded.
    RuleCase("degraded is up", systems("a", "c", "d") | needs("c a 0 0.6", "d c", columns=EFFECT), fail(0, "a", 10),
             {"system:a": down(10), "system:c": (4, 0, 0)}, 10),
    # Degraded 3-10 at 0.5.
    RuleCase("degraded after its tolerance", PAIR | needs("c a 3 0.5", columns=EFFECT), fail(0, "a", 10),
             {"system:a": down(10), "system:c": (3.5, 0, 0)}, 10),
    RuleCase("restart", PAIR | needs("c a 0 - 2", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5), "system:c": down(7)}, 7),
    # 0.5 for 0-4 and until the restart ends at 6.
    RuleCase("restart from degraded", PAIR | needs("c a 0 0.5 2", columns=EFFECT), fail(0, "a", 4),
             {"system:a": down(4), "system:c": (3, 0, 0)}, 6),
    # Met at 5, unmet at 6 before the restart of 3 h ended, met at 8: back at 11.
    RuleCase("restart interrupted", PAIR | needs("c a 0 - 3", columns=EFFECT), fail(0, "a", 5) + fail(6, "a", 2),
             {"system:a": (7, 2, 5), "system:c": down(11)}, 11),
    # In effect 2-5 and to 6 for the restart; then 7-9 is within the tolerance of 2 h.
    RuleCase("the tolerance is full when the effect has ended", PAIR | needs("c a 2 - 1", columns=EFFECT),
             fail(0, "a", 5) + fail(7, "a", 2), {"system:a": (7, 2, 5), "system:c": down(4)}, 9),
    # While the effect goes on the tolerance does not: unmet again at 6, in the restart 5-8, is in effect to 9 + 3.
    RuleCase("no tolerance within a restart", PAIR | needs("c a 2 - 3", columns=EFFECT),
             fail(0, "a", 5) + fail(6, "a", 3), {"system:a": (8, 2, 5), "system:c": down(10)}, 12),
    # Its own repair takes 3 h; the restart of its group is of no concern.
    RuleCase("restart is not of its own repair", PAIR | needs("c a 0 - 5", columns=EFFECT), fail(0, "c", 3),
             {"system:c": down(3)}, 3),
    # a back at 5, b 1 h later, c another 2 h later.
    RuleCase("restarts one after the other", ABC | needs("b a 0 - 1", "c b 0 - 2", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5), "system:b": down(6), "system:c": down(8)}, 8),
    # b down from 2 to 5, c from 2 + 1 to 5.
    RuleCase("tolerances one after the other", ABC | needs("b a 2", "c b 1"), fail(0, "a", 5),
             {"system:a": down(5), "system:b": down(3), "system:c": down(2)}, 5),
]  # fmt: skip

CHANCE = "group,required,chance"
RULE_3 = [
    RuleCase("a row that does not come up counts as up", PAIR | needs("c a - - 0", columns=CHANCE), fail(0, "a", 5),
             {"system:a": down(5)}, 5),
    RuleCase("it counts among alternatives", ABC | needs("c a g - 0", "c b g - 1", columns=CHANCE), fail(0, "a b", 5),
             {"system:a": down(5), "system:b": down(5)}, 5),
    # Two are required: a counts as up, b is down 0-5.
    RuleCase("it counts as one", ABC | needs("c a g 2 0", "c b g 2 1", columns=CHANCE), fail(0, "a b", 5),
             {"system:a": down(5), "system:b": down(5), "system:c": down(5)}, 5),
]  # fmt: skip

RULE_4 = [
    # b has 0.6 at 0-10, a takes 0.3 at 4-6: 8 h x 0.4 + 2 h x 0.7.
    RuleCase("the least of two levels", ABC | needs("c a 0 0.3", "c b 0 0.6", columns=EFFECT),
             fail(4, "a", 2) + fail(0, "b", 10), {"system:a": down(2), "system:b": down(10), "system:c": (4.6, 0, 0)}, 10),
    # c itself fails 0-2, then is at 0.5 to 10: 2 + 8 x 0.5.
    RuleCase("down goes before degraded", PAIR | needs("c a 0 0.5", columns=EFFECT), fail(0, "a", 10) + fail(0, "c", 2),
             {"system:a": down(10), "system:c": (6, 1, 2)}, 10),
    # c fails 0-3; a is away from 1, so its tolerance of 4 h runs out at 5: down 0-3 and 5-10.
    RuleCase("clocks run while down", PAIR | needs("c a 4"), fail(0, "c", 3) + fail(1, "a", 9),
             {"system:a": down(9), "system:c": (8, 2, 5)}, 10),
    # The tolerance runs out at 2, while c is failed 0-6: it stays down until a is back.
    RuleCase("tolerance runs out while down", PAIR | needs("c a 2"), fail(0, "c", 6) + fail(0, "a", 10),
             {"system:a": down(10), "system:c": down(10)}, 10),
    # The restart (met at 5, over at 8) runs while c is failed 4-9.
    RuleCase("restart runs while down", PAIR | needs("c a 0 - 3", columns=EFFECT), fail(0, "a", 5) + fail(4, "c", 5),
             {"system:a": down(5), "system:c": down(9)}, 9),
]  # fmt: skip

CREW = [
    RuleCase("never repaired", systems("a,never"), fail(2, "a"), {"system:a": down(98)}, None),
    RuleCase("no repair anywhere is never", systems("a"), fail(0, "a"), {"system:a": down(100)}, None),
    RuleCase("its own repair", systems("a,4"), fail(0, "a"), {"system:a": down(4)}, 4),
    RuleCase("the repair of the event goes before its own", systems("a,4"), fail(0, "a", "1d"), {"system:a": down(24)}, 24),
    # a first by its name, 0-5; b then, 5-8.
    RuleCase("one crew, one at a time", systems("a,5,it", "b,3,it") | ONE, fail(0, "a b"),
             {"system:a": down(5), "system:b": down(8)}, 8),
    # - comes before 1, and a10 before a2: a-1 0-1, a10 1-2, a2 2-3; a site before all systems would be first, see below.
    RuleCase("code-point order within a register", systems("a2,1,it", "a10,1,it", "a-1,1,it") | ONE, fail(0, "a2 a10 a-1"),
             {"system:a-1": down(1), "system:a10": down(2), "system:a2": down(3)}, 3),
    RuleCase("code-point order between registers",
             systems("a,2,it") | {"sites": table("id,repair,crew", "z,3,it"), "teams": table("id,repair,crew", "b,1,it")} | ONE,
             fail(0, "a team:b site:z"), {"site:z": down(3), "system:a": down(5), "team:b": down(6)}, 6),
    # b 0-10; then c, which asked at 1, 10-11; then a, which asked at 2, 11-12.
    RuleCase("first come, first served", systems("a,1,it", "b,10,it", "c,1,it") | ONE,
             fail(2, "a") + fail(0, "b") + fail(1, "c"),
             {"system:a": down(10), "system:b": down(10), "system:c": down(10)}, 12),
    # a 0-5 and b 0-3; c from 3 to 7.
    RuleCase("two at a time", systems("a,5,it", "b,3,it", "c,4,it") | crews(it=2), fail(0, "a b c"),
             {"system:a": down(5), "system:b": down(3), "system:c": down(7)}, 7),
    RuleCase("a crew that the scenario makes larger", systems("a,5,it", "b,3,it", "c,4,it") | ONE,
             fail(0, "a b c") + "[crews]\nit = 2\n", {"system:a": down(5), "system:b": down(3), "system:c": down(7)}, 7),
    RuleCase("crews do not help each other", systems("a,5,it", "b,3,works") | crews(it=1, works=1), fail(0, "a b"),
             {"system:a": down(5), "system:b": down(3)}, 5),
    RuleCase("never holds no crew", systems("a,never,it", "b,3,it") | ONE, fail(0, "a b"),
             {"system:a": down(100), "system:b": down(3)}, None),
    # At 4 a can no longer be repaired: b has the crew 4-6.
    RuleCase("turning to never frees the crew", systems("a,10,it", "b,2,it") | ONE, fail(0, "a b") + fail(4, "a", "never"),
             {"system:a": down(100), "system:b": down(6)}, None),
    # b leaves the queue at 4; a 0-10, c 10-12.
    RuleCase("turning to never while waiting", systems("a,10,it", "b,2,it", "c,2,it") | ONE,
             fail(0, "a b c") + fail(4, "b", "never"),
             {"system:a": down(10), "system:b": down(100), "system:c": down(12)}, None),
    RuleCase("never stays never", systems("a,never"), fail(0, "a") + fail(4, "a", 2), {"system:a": down(100)}, None),
    # At 4 there are 6 h left, more than 3.
    RuleCase("what is left of a repair is kept", systems("a,10"), fail(0, "a") + fail(4, "a", 3), {"system:a": down(10)}, 10),
    # At 4 there are 6 h left, less than 8.
    RuleCase("a longer repair is taken", systems("a,10"), fail(0, "a") + fail(4, "a", 8), {"system:a": down(12)}, 12),
    # b keeps its place before c, with 4 h: a 0-10, b 10-14, c 14-16.
    RuleCase("struck again while waiting", systems("a,10,it", "b,2,it", "c,2,it") | ONE, fail(0, "a b c") + fail(5, "b", 4),
             {"system:a": down(10), "system:b": down(14), "system:c": down(16)}, 16),
    # a keeps the crew: 2 h left or 6: to 8; then b 8-10.
    RuleCase("struck again while being repaired", systems("a,4,it", "b,2,it") | ONE, fail(0, "a b") + fail(2, "a", 6),
             {"system:a": down(8), "system:b": down(10)}, 10),
    # Two events at once: the larger.
    RuleCase("struck twice at once", systems("a"), fail(0, "a", 3) + fail(0, "a", 7) + fail(0, "a", 5), {"system:a": down(7)}, 7),
    # a is repaired at 3, and down through b until 10; repair after b would end at 13.
    RuleCase("repair does not wait for providers", systems("a", "b") | needs("a b"), fail(0, "a", 3) + fail(0, "b", 10),
             {"system:a": down(10), "system:b": down(10)}, 10),
    # c is down through a, which holds no crew for c: b is repaired at once.
    RuleCase("down through others asks for no crew", systems("a,9", "b,2,it", "c,5,it") | needs("c a") | ONE,
             fail(0, "a") + fail(1, "b"), {"system:a": down(9), "system:b": down(2), "system:c": down(9)}, 9),
    RuleCase("no background unless the scenario says so", systems("a,1,0.001", columns="id,repair,mtbf_h"), "", {}, 0),
]  # fmt: skip

RULE_6 = [
    # At 5 a is repaired before b fails: one of the two is always up.
    RuleCase("repairs come before failures", ABC | needs("c a g", "c b g", columns=GROUPED),
             fail(0, "b", 5) + fail(5, "a", 4), {"system:a": down(4), "system:b": down(5)}, 9),
    # c restarts from 3, when a is back, to 7. That a fails at 5 as b is repaired does not interrupt it.
    RuleCase("a repair comes before a failure in a restart",
             ABC | needs("c a g 1 4", "c b g 1 4", columns="group,required,restart_h"),
             fail(0, "a", 3) + fail(0, "b", 5) + fail(5, "a", 1),
             {"system:a": (4, 2, 3), "system:b": down(5), "system:c": down(7)}, 7),
    # a needs b, whose repair comes before the tolerance runs out though its name comes after.
    RuleCase("a repair comes before a tolerance whatever the names", systems("a", "b")
             | needs("a b 5 - 3", columns=EFFECT), fail(0, "b", 5), {"system:b": down(5)}, 5),
    # a is repaired at 5, so b has the crew 5-7; a, which fails again at 5, waits for it: 7-10.
    RuleCase("failed again as it is repaired, it waits again", systems("a,5,it", "b,2,it") | ONE,
             fail(0, "a b") + fail(5, "a", 3), {"system:a": down(10), "system:b": down(7)}, 10),
    # Repaired and failed again at 5, at level 0 all along: one outage of 8 h.
    RuleCase("failed again as it is repaired", systems("a"), fail(0, "a", 5) + fail(5, "a", 3), {"system:a": down(8)}, 8),
    # So at 5 the effect of 2-5 on c has ended, and its tolerance of 2 h is full: 5-7 of 5-8 it is up.
    RuleCase("a moment is enough to be met", PAIR | needs("c a 2"), fail(0, "a", 5) + fail(5, "a", 3),
             {"system:a": down(8), "system:c": (4, 2, 3)}, 8),
    # Repair ends at 5 and frees the crew before b fails: b 5-7.
    RuleCase("the crew is free before the failure", systems("a,5,it", "b,2,it") | ONE, fail(0, "a") + fail(5, "b"),
             {"system:a": down(5), "system:b": down(2)}, 7),
    # At 5 c, which waited, has the crew before b asks: c 5-8, b 8-10.
    RuleCase("those who wait come before those who fail now", systems("a,5,it", "b,2,it", "c,3,it") | ONE,
             fail(0, "a") + fail(5, "b") + fail(4, "c"),
             {"system:a": down(5), "system:b": down(5), "system:c": down(4)}, 10),
    RuleCase("a repair of no time", PAIR | needs("c a 0 - 4", columns=EFFECT), fail(3, "a", 0), {}, 0),
    # In effect 1-5 and to 7 for the restart, which ends before the failure at 7; then 7-8 is within the tolerance.
    RuleCase("a restart ends before a failure", PAIR | needs("c a 1 - 2", columns=EFFECT),
             fail(0, "a", 5) + fail(7, "a", 1), {"system:a": (6, 2, 5), "system:c": down(6)}, 8),
    # b is back at 6, when the tolerance of c (from 0) would run out.
    RuleCase("a restart comes before a tolerance", ABC | needs("b a 0 - 1", "c b 6", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5), "system:b": down(6)}, 6),
    # All down and back at the same instants.
    RuleCase("a chain at once", systems("a", "b", "c", "d") | needs("b a", "c b", "d c"), fail(1, "a", 2),
             {f"system:{one}": down(2) for one in "abcd"}, 3),
    # The same against the order of names.
    RuleCase("a chain at once, backwards", systems("a", "b", "c", "d") | needs("a b", "b c", "c d"), fail(1, "d", 2),
             {f"system:{one}": down(2) for one in "abcd"}, 3),
    # c: 4 h tolerated of a, and b takes effect at 4 as a's runs out: down 4-9 by both, one outage.
    RuleCase("two tolerances at once", ABC | needs("c a 4", "c b 2"), fail(0, "a", 9) + fail(2, "b", 7),
             {"system:a": down(9), "system:b": down(7), "system:c": down(5)}, 9),
    RuleCase("at the horizon nothing happens", systems("a"), fail(100, "a", 5), {}, 0),
    RuleCase("a spell that runs at the horizon", systems("a"), fail(98, "a", 5), {"system:a": down(2)}, None),
    RuleCase("a repair at the horizon does not happen", systems("a"), fail(95, "a", 5), {"system:a": down(5)}, None),
    RuleCase("a tolerance at the horizon does not run out", PAIR | needs("c a 10"), fail(90, "a", 50),
             {"system:a": down(10)}, None),
    # a is back at 5; c, at 0.5, not before 9.
    RuleCase("restored when everything is at level 1", PAIR | needs("c a 0 0.5 4", columns=EFFECT), fail(0, "a", 5),
             {"system:a": down(5), "system:c": (4.5, 0, 0)}, 9),
]  # fmt: skip

CASES = [*RULE_1, *RULE_2, *RULE_3, *RULE_4, *CREW, *RULE_6]
