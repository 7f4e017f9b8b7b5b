"""Cases of the rule on loops (dependencies 7): what waits only on itself, and how a black start brings it back."""

from __future__ import annotations

from tests.resilience.rule_cases import RuleCase, crews, down, event, fail, needs, systems, table

ALL = "tolerance_h,degraded_to,restart_h"
GROUPED = "group,required"
#: a and b need each other; a can start with nothing else running.
PAIR = systems("a,,yes", "b", columns="id,repair,black_start")
PLAIN = systems("a", "b")
RING = needs("a b", "b a")

#: a (failed 0-1) is needed by b, which restarts for 20 h; b also needs y, which fails 5-15. So b cannot start until 15,
#: and is down until 35. In between a, which goes on without b for its tolerance, can be held up only while y is up.
_TWICE = PAIR | {"sites": table("id", "y")}
_Y_FAILS = fail(0, "a", 1) + fail(5, "site:y", 10)

CASES = [
    # The tolerance of 3 h is over at 3: a black start takes no time. At 5 y fails and a new one starts: a is down 8-15.
    RuleCase("tolerance starts anew when a loop can no longer stand",
             _TWICE | needs("a b 3", "b a 0 - 20", "b site:y", columns=ALL), _Y_FAILS,
             {"site:y": down(10), "system:a": (8, 2, 7), "system:b": down(35)}, 35),
    # The tolerance of 6 h runs on from 0 when y fails: a is down 6-15. A longer tolerance was worse.
    RuleCase("tolerance goes on when a loop can no longer stand",
             _TWICE | needs("a b 6", "b a 0 - 20", "b site:y", columns=ALL), _Y_FAILS,
             {"site:y": down(10), "system:a": (10, 2, 9), "system:b": down(35)}, 35),
    RuleCase("a loop waits on itself for ever", PLAIN | RING, fail(0, "a", 5),
             {"system:a": down(100), "system:b": down(100)}, None),
    RuleCase("a thing that needs itself", systems("a") | needs("a a"), fail(0, "a", 5), {"system:a": down(100)}, None),
    RuleCase("a thing that needs itself, with black start", systems("a,,yes", columns="id,repair,black_start")
             | needs("a a 0 - 2", columns=ALL), fail(0, "a", 5), {"system:a": down(7)}, 7),
    # a is back at 5 before its tolerance of 6 h of b runs out: b is up again, nothing happened to a's group.
    RuleCase("a loop that comes back in time", PLAIN | needs("a b 6", "b a"), fail(0, "a", 5),
             {"system:a": down(5), "system:b": down(5)}, 5),
    RuleCase("black start", PAIR | RING, fail(0, "a", 5), {"system:a": down(5), "system:b": down(5)}, 5),
    # a can start once it is repaired at 5; up at 7; b, met at 7, is up at 10.
    RuleCase("black start after a restart", PAIR | needs("a b 0 - 2", "b a 0 - 3", columns=ALL), fail(0, "a", 5),
             {"system:a": down(7), "system:b": down(10)}, 10),
    # The one that failed has no black start. While b is failed no set can stand; at 5 a starts: 7; b: 10.
    RuleCase("black start of the other", PAIR | needs("a b 0 - 2", "b a 0 - 3", columns=ALL), fail(0, "b", 5),
             {"system:a": down(7), "system:b": down(10)}, 10),
    # c of the ring a <- c <- b <- a is never repaired.
    RuleCase("no black start while a member is failed", systems("a,,yes", "b", "c", columns="id,repair,black_start")
             | needs("a c", "b a", "c b"), fail(0, "a", 5) + fail(0, "c"),
             {f"system:{one}": down(100) for one in "abc"}, None),
    # a needs one of b and c; c is never repaired, b will do.
    RuleCase("black start of a part of the loop", systems("a,,yes", "b", "c", columns="id,repair,black_start")
             | needs("a b g", "a c g", "b a", "c a", columns=GROUPED), fail(0, "a", 5) + fail(0, "c"),
             {"system:a": down(5), "system:b": down(5), "system:c": down(100)}, None),
    # The same with two required: nothing can stand.
    RuleCase("not enough of the loop to start", systems("a,,yes", "b", "c", columns="id,repair,black_start")
             | needs("a b g 2", "a c g 2", "b a", "c a", columns=GROUPED), fail(0, "a", 5) + fail(0, "c"),
             {f"system:{one}": down(100) for one in "abc"}, None),
    # b needs x too, at once: the loop can stand from 9.
    RuleCase("black start waits for what is outside", PAIR | {"sites": table("id", "x")}
             | needs("a b", "b a", "b site:x"), fail(0, "a", 5) + fail(0, "site:x", 9),
             {"site:x": down(9), "system:a": down(9), "system:b": down(9)}, 9),
    # b goes on without x for 20 h: the loop can stand from 5.
    RuleCase("black start within a tolerance", PAIR | {"sites": table("id", "x")}
             | needs("a b", "b a", "b site:x 20"), fail(0, "a", 5) + fail(0, "site:x", 9),
             {"site:x": down(9), "system:a": down(5), "system:b": down(5)}, 9),
    # A group with degraded_to asks nothing of a black start: b is at 0.5 without x, 5-9 (and down 0-5).
    RuleCase("black start of what is degraded", PAIR | {"sites": table("id", "x")}
             | needs("a b", "b a", "b site:x 0 0.5", columns=ALL), fail(0, "a", 5) + fail(0, "site:x", 9),
             {"site:x": down(9), "system:a": down(5), "system:b": (7, 1, 5)}, 9),
    # A row that did not come up counts: a's group of b has it, so a is up as soon as repaired.
    RuleCase("a row of a loop that does not come up", PLAIN | needs("a b 0", "b a 1", columns="chance"),
             fail(0, "a", 5), {"system:a": down(5), "system:b": down(5)}, 5),
    # a goes on 1 h without b, so a is down 0-2 (failed), up by black start at 2, b would restart until 12. At 6 b fails:
    # a's tolerance starts, and runs out at 7, b's restart is interrupted. At 9 the loop can stand: a is up, b is at 19.
    RuleCase("black start lost while held up", PAIR | needs("a b 1", "b a 0 - 10", columns=ALL),
             fail(0, "a", 2) + fail(6, "b", 3), {"system:a": (4, 2, 2), "system:b": down(19)}, 19),
    # The same, and b is back at 19, met; then a's tolerance is full: 1 h without b, 30-31, is nothing.
    RuleCase("really met after a black start", PAIR | needs("a b 1", "b a 0 - 10", columns=ALL),
             fail(0, "a", 2) + fail(30, "b", 1), {"system:a": down(2), "system:b": (13, 2, 12)}, 31),
    # a would be up at 6 (2 + 4), but b fails 3-5: anew from 5, up at 9 and b with it.
    RuleCase("black start lost while restarting", PAIR | needs("a b 0 - 4", "b a", columns=ALL),
             fail(0, "a", 2) + fail(3, "b", 2), {"system:a": down(9), "system:b": down(9)}, 9),
    # The black start from 2 ends at 6; that x is up at 3, which meets a's group, does not put it off to 7.
    RuleCase("really met during a black start", PAIR | {"sites": table("id", "x")}
             | needs("a b g 1 4", "a site:x g 1 4", "b a", columns="group,required,restart_h"),
             fail(0, "a", 2) + fail(0, "site:x", 3),
             {"site:x": down(3), "system:a": down(6), "system:b": down(6)}, 6),
    # Without black start the loop comes back through x at 8.
    RuleCase("a loop that something outside brings back", PLAIN | {"sites": table("id", "x")}
             | needs("a b", "b a g", "b site:x g", columns=GROUPED), fail(0, "a", 5) + fail(0, "site:x", 8),
             {"site:x": down(8), "system:a": down(8), "system:b": down(8)}, 8),
    # Repair of a, held up by x: b never goes down.
    RuleCase("a loop that something outside keeps up", PLAIN | {"sites": table("id", "x")}
             | needs("a b", "b a g", "b site:x g", columns=GROUPED), fail(0, "a", 5), {"system:a": down(5)}, 5),
    # b needs a with degraded_to: no loop. b is at 0.5 while a is down.
    RuleCase("a degraded group makes no loop", PLAIN | needs("a b", "b a 0 0.5", columns=ALL), fail(0, "a", 5),
             {"system:a": down(5), "system:b": (2.5, 0, 0)}, 5),
    # A team below its minimum until 6 cannot be in the set; at 6 both come back.
    RuleCase("black start waits for a team", systems("a,,yes", columns="id,repair,black_start")
             | {"teams": table("id,headcount", "t,1")} | needs("a team:t", "team:t system:a"),
             event("absence", 0, "team:t", share="fixed(1)", lasts=6), {"system:a": down(6), "team:t": down(6)}, 6),
    # A black start itself is no help to a thing that has failed.
    RuleCase("a failed thing with black start waits for its repair", PAIR | RING, fail(0, "a b", 5),
             {"system:a": down(5), "system:b": down(5)}, 5),
    # b (failed 0-2) is down from 0, and starts from 2 to 6; then both are up, a with it. That a fails at 6 comes after:
    # b goes on 1 h, to 7. From 8, when a is repaired, it starts again, to 12. a is at level 0 all along.
    RuleCase("a black start ends before a failure", systems("a,,", "b,,yes", columns="id,repair,black_start")
             | needs("b a 1 - 4", "a b", columns=ALL), fail(0, "b", 2) + fail(6, "a", 2),
             {"system:a": down(12), "system:b": (11, 2, 6)}, 12),
    # b, back at 5 and up at 7 by its black start, is all that a0 needs, which can wait 7 h.
    RuleCase("a black start ends before a tolerance", systems("a,,", "a0,,", "b,,yes", columns="id,repair,black_start")
             | needs("b a 0 - 2", "a b", "a0 b 7", columns=ALL), fail(0, "b", 5),
             {"system:a": down(7), "system:b": down(7)}, 7),
    # a (failed 0-1) goes on without b, which restarts from 1 to 11, until 3. At 3 b fails first, so that there is no
    # black start: a is down 3-5, until b is repaired. Then b restarts, 5-15.
    RuleCase("a failure comes before the tolerance of a black start", PAIR | needs("a b 3", "b a 0 - 10", columns=ALL),
             fail(0, "a", 1) + fail(3, "b", 2), {"system:a": (3, 2, 2), "system:b": down(15)}, 15),
    # Both have one; a restarts in 4 h, b in 1 h: b is up at 6, so a's group is really met; a ends its own at 9.
    RuleCase("two black starts", systems("a,,yes", "b,,yes", columns="id,repair,black_start")
             | needs("a b 0 - 4", "b a 0 - 1", columns=ALL), fail(0, "a b", 5),
             {"system:a": down(9), "system:b": down(6)}, 9),
    # The crew repairs a 0-4 and b 4-7; no set stands before 7.
    RuleCase("black start and crews", systems("a,4,it,yes", "b,3,it,", columns="id,repair,crew,black_start")
             | crews(it=1) | RING, fail(0, "a b"), {"system:a": down(7), "system:b": down(7)}, 7),
    # What hangs on the loop comes back with it: c at once, d 2 h later.
    RuleCase("what depends on a black start", systems("a,,yes", "b", "c", "d", columns="id,repair,black_start")
             | needs("a b", "b a", "c a", "d b 0 - 2", columns=ALL), fail(0, "a", 5),
             {"system:a": down(5), "system:b": down(5), "system:c": down(5), "system:d": down(7)}, 7),
    # Two loops, a-b and c-d, and a needs c: each needs its own black start.
    RuleCase("a loop above a loop", systems("a,,yes", "b", "c,,yes", "d", columns="id,repair,black_start")
             | needs("a b", "b a", "c d", "d c", "a c"), fail(0, "d", 5),
             {f"system:{one}": down(5) for one in "abcd"}, 5),
    RuleCase("a loop above one that does not come back", systems("a,,yes", "b", "c", "d", columns="id,repair,black_start")
             | needs("a b", "b a", "c d", "d c", "a c"), fail(0, "d", 5),
             {f"system:{one}": down(100) for one in "abcd"}, None),
    # After the tolerance of 3 h has run out at 3, black start takes effect after the repair at 5: a is failed 0-5.
    RuleCase("black start after a tolerance", PAIR | needs("a b 3 - 1", "b a", columns=ALL), fail(0, "a", 5),
             {"system:a": down(6), "system:b": down(6)}, 6),
    # b fails 0-9, a's tolerance runs out at 3; at 9 the loop can stand.
    RuleCase("the tolerance of a black start runs out first", PAIR | needs("a b 3", "b a"), fail(0, "b", 9),
             {"system:a": down(6), "system:b": down(9)}, 9),
]  # fmt: skip
