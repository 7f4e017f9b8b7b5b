"""What a trial works on: records of things, groups, clocks and crews, laid out for compiled code.

Fixed fields say what the place and the scenario are; the others change during a trial and are put back after it, which
costs only what the trial touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import from_dtype, types
from numba.extending import intrinsic
from numpy.typing import NDArray

#: The constants here are numpy's, as each whole number written out would have compiled functions compiled anew.
#: States of a group. In TIMING it is unmet and its tolerance runs; in EFFECT it is unmet and its dependent suffers; in
#: RESTARTING it is met, in BLACK_RESTARTING its loop could stand, and the effect
#: ends when the clock has run; HELD is unmet but held up by its loop.
MET, TIMING, EFFECT, RESTARTING, BLACK_RESTARTING, HELD = map(np.int64, range(6))
#: Where a failed thing is with its repair.
WHOLE, AT_WORK, QUEUED, BEYOND, CONFINED = map(np.int64, range(5))
#: What an entry of the queue does. The first three are of phase 1 of an instant, the others of phase 2.
REPAIRED, RETURNED, RELEASED, STRUCK, BACKGROUND, SPREAD = map(np.int64, range(6))
#: What a trace tells of.
(
    TOLD_FAILED,
    TOLD_REPAIRED,
    TOLD_UNMET,
    TOLD_MET,
    TOLD_EFFECT,
    TOLD_ENDED,
    TOLD_ABSENT,
    TOLD_RETURNED,
    TOLD_HELD,
    TOLD_AT_WORK,
    TOLD_LEVEL,
) = map(np.int64, range(11))
#: Nothing: no thing, group, crew or loop.
NONE = np.int64(-1)

#: Whether a thing is up, and who it serves. Small, as every step of a cascade reads one.
THING = np.dtype(
    [
        ("first_out", "i4"),  # the rows that it provides: first those by which it is all that a group has
        ("counted_out", "i4"),  # then those that are counted
        ("last_out", "i4"),
        ("kept", "i4"),  # its place among the things whose figures are kept
        # changing
        ("level", "f8"),
        ("reasons", "i4"),  # why it is down: failed, hard groups in effect, absences below the minimum
        ("touched", "i1"),
        ("failed", "i1"),
        ("apart", "i1"),  # its level is worked out (`take_stock`): it is lessened, kept, or told of
        ("many", "i1"),  # fixed: its rows are gone through one by one
    ],
    align=True,
)
#: What lessens the level of a thing, and what it needs.
BURDEN = np.dtype(
    [
        ("first_group", "i8"),
        ("last_group", "i8"),
        ("black_start", "i8"),
        ("loop", "i8"),  # only loops that can start by themselves
        # changing
        ("lessened", "i8"),  # there is, or was, more to its level than up or down
        ("soft", "i8"),  # groups in effect that only degrade it
        ("below", "i8"),  # absences that leave fewer than the minimum
        ("absence", "i8"),  # the first of those that leave it some members
        ("standing", "i8"),  # scratch: in the set that its loop could stand in
    ]
)
#: How the repair of a thing goes.
REPAIR = np.dtype(
    [
        ("crew", "i8"),
        # changing
        ("stage", "i8"),
        ("left", "i8"),  # to be done, when not at work
        ("end", "i8"),  # when at work
        ("release", "i8"),  # when nothing that struck it still spreads
        ("fails_next", "i8"),  # by itself
        ("runs", "i8"),  # how often its clock was started, and how often it failed by itself
        ("own_failures", "i8"),
        ("queue_next", "i8"),
        ("queue_before", "i8"),
    ]
)
#: How a group stands; small for the same reason.
GROUP = np.dtype(
    [
        ("dependent", "i4"),
        ("tolerance", "i2"),  # the clock
        ("restart", "i2"),  # the clock, or NONE for at once
        ("soft", "i1"),
        ("watched", "i1"),  # its dependent is in a loop that can start by itself
        ("plain", "i1"),  # neither soft nor watched nor told of, and without a restart
        # changing
        ("state", "i1"),
        ("place", "i4"),  # where it waits in the line of its clock
    ],
    align=True,
)
#: What is asked of a group less often.
MEMBERS = np.dtype(
    [
        ("first_row", "i8"),
        ("last_row", "i8"),
        ("degraded_to", "f8"),
        ("reached", "i8"),  # scratch: rows that count as up in the judging of a loop
    ]
)
#: Providers of a group that are up beyond those required, now or at the start.
SPARE = np.dtype([("now", "i4")])
ROW = np.dtype([("group", "i8"), ("provider", "i8"), ("chance", "f8"), ("key", "u8")])
#: The group of a row by provider; below 0 where the row may not have come up: then the place of the row (-1 for 0).
#: In `reached` and `turned` it is a group always.
OUT = np.dtype([("group", "i4")])
#: So many groups of these fit into, to be copied at once.
AT_ONCE = 8
EIGHT = np.dtype([("a", "i8"), ("b", "i8"), ("c", "i8"), ("d", "i8")])
#: Clocks of one length wait in one line (see clocks.py), which has room in `waiting` from `begin` to `end`.
CLOCKS = np.dtype(
    [
        ("length", "i8"),
        ("begin", "i8"),
        ("end", "i8"),
        # changing
        ("first", "i8"),
        ("last", "i8"),
        ("due", "i8"),  # of the first
        ("spare_1", "i8"),  # so that each has a line of the cache of its own
        ("spare_2", "i8"),
    ]
)
WAITING = np.dtype([("due", "i8"), ("group", "i8")])
CREW = np.dtype([("size", "i8"), ("busy", "i8"), ("first", "i8"), ("last", "i8")], align=True)
ENTRY = np.dtype([("time", "i8"), ("what", "i8")])
FIGURES = np.dtype(
    [("changed", "i8"), ("lost", "f8"), ("since", "i8"), ("until", "i8"), ("longest", "i8"), ("outages", "i8")]
)
STRIKE = np.dtype(
    [
        ("thing", "i8"),
        ("event", "i8"),
        ("chance", "f8"),
        ("key", "u8"),
        ("repair", "i8"),  # the row of the table of durations
        ("repair_key", "u8"),
        # of absences, changing
        ("next", "i8"),
        ("below", "i8"),
        ("level", "f8"),
        ("everyone", "i8"),  # fixed: whoever is struck is away as a whole
        ("scale", "f8"),  # of its draw, below 1 where draws are guided; changing
    ],
    align=True,
)
EVENT = np.dtype(
    [("kind", "i8"), ("first", "i8"), ("last", "i8"), ("first_infection", "i8")],
    align=True,
)
EDGE = np.dtype(
    [("source", "i8"), ("target", "i8"), ("event", "i8"), ("per_h", "f8"), ("key", "u8")],
    align=True,
)
TOLD = np.dtype(
    [("time", "i8"), ("what", "i8"), ("subject", "i8"), ("cause", "i8"), ("source", "i8"), ("level", "f8")],
    align=True,
)
DURATION = np.dtype([("kind", "i8"), ("a", "f8"), ("b", "f8"), ("c", "f8")])
#: What a thing is but does not need at every step.
MANNER = np.dtype(
    [
        ("headcount", "i8"),
        ("minimum_staff", "i8"),
        ("own_repair", "i8"),  # the row of the table of durations
        ("own_repair_key", "u8"),
        ("running_key", "u8"),
        ("mtbf_h", "f8"),  # 0 where it does not fail by itself
    ]
)
#: How a thing is repaired that one spreading event strikes, and whether it did.
INFECTION = np.dtype([("repair", "i8"), ("repair_key", "u8"), ("first", "i8"), ("last", "i8"), ("struck", "i8")])
#: What an event draws once a trial; `order` has the events by time, whatever event the rest is of.
MOMENT = np.dtype([("order", "i8"), ("at", "i8"), ("share", "f8"), ("lasts", "i8"), ("contained", "i8")])
#: What a trial has to show of a kept thing.
OUTCOME = np.dtype([("lost_h", "f8"), ("outages", "i8"), ("longest", "i8")])
#: A strike whose draw is scaled in one trial.
SCALED = np.dtype([("strike", "i8"), ("scale", "f8")])
#: A thing of a place in which nothing needs itself (see together.py), in the order of what needs what.
ORDERED = np.dtype(
    [
        ("first_need", "i4"),
        ("last_need", "i4"),
        ("kept", "i4"),
        # changing
        ("own", "i4"),  # the first and the last of the spells for which it is failed
        ("last_own", "i4"),
        ("first", "i4"),  # of its spells, one for each trial in which it is down
        ("down", "i8"),  # the trials in which it is down at all
        ("several", "i8"),  # those in which it is so more than once: then its spell says where they are listed
    ],
    align=True,
)
#: A group of such a place.
NEED = np.dtype(
    [
        ("first_row", "i4"),
        ("last_row", "i4"),
        ("short", "i4"),  # it is unmet while so many of its providers are down
        ("simple", "i4"),  # that is all of them or two, all are sure, and nothing restarts
        ("tolerance", "i8"),
        ("restart", "i8"),
        ("mask", "i8"),  # changing: the trials in which it may be unmet
    ],
    align=True,
)
#: A time for which something is down, from `start` up to but not including `end`.
SPELL = np.dtype([("start", "i8"), ("end", "i8")])
OWN_SPELL = np.dtype([("start", "i8"), ("end", "i8"), ("lane", "i8"), ("next", "i8")])
NUMBER = np.dtype([("value", "i8")])
SHARE = np.dtype([("value", "f8")])
KEY = np.dtype([("value", "u8")])

MOMENT_BYTES, OUTCOME_BYTES = MOMENT.itemsize, OUTCOME.itemsize

#: A trial of those that are worked out together.
LANE = np.dtype([("stream", "u8"), ("restored", "i8")])

#: Every table by name: its record. `out` and `out_rows` have the rows by provider, `rows` by group; `struck` is what is
#: struck at one instant; `reached` the groups counted in one step of a cascade; `infections` has the things of
#: each spreading event in turn, and `edges` those along which each goes on, by source; `fallen`, `risen`,
#: `turned` (groups), `touched`, `dirty` and `infected` are lists of numbers. Those from `ordered` on are empty where
#: trials are run one by one (see ordered.py): `place_of` has the places of things in `ordered`, `providers` those of
#: providers by row; `spells` has one for each trial in which a thing is down, `spell_of` those of the thing at hand.
TABLES = {
    "things": THING,
    "burdens": BURDEN,
    "repairs": REPAIR,
    "manners": MANNER,
    "groups": GROUP,
    "members": MEMBERS,
    "spares": SPARE,
    "spares_at_start": SPARE,
    "rows": ROW,
    "out": OUT,
    "reached": OUT,
    "out_rows": ROW,
    "clocks": CLOCKS,
    "waiting": WAITING,
    "crews": CREW,
    "queue": ENTRY,
    "figures": FIGURES,
    "events": EVENT,
    "strikes": STRIKE,
    "away_keys": KEY,
    "infections": INFECTION,
    "edges": EDGE,
    "durations": DURATION,
    "betas": SHARE,
    "running": NUMBER,
    "loop_starts": NUMBER,
    "loop_things": NUMBER,
    "dirty_loops": NUMBER,
    "fallen": NUMBER,
    "risen": NUMBER,
    "turned": OUT,
    "touched": NUMBER,
    "dirty": NUMBER,
    "infected": NUMBER,
    "struck": NUMBER,
    "told": TOLD,
    "ordered": ORDERED,
    "place_of": NUMBER,
    "needs": NEED,
    "providers": NUMBER,
    "own_spells": OWN_SPELL,
    "spells": SPELL,
    "listed": SPELL,
    "spell_of": SPELL,
    "turns": NUMBER,
    "at_least": NUMBER,
    "lanes": LANE,
}
#: Large ones that are written before they are read.
SCRATCH = {"own_spells", "spells", "listed"}
_COUNTS = ("event_count", "clock_count", "crew_count", "running_count", "kept_count", "most_told",
           "ordered_count", "own_room", "listed_room", "turns_room")  # fmt: skip
_STACKS = ("queue_length", "fallen_length", "risen_length", "touched_length", "dirty_length", "infected_length",
           "struck_length", "told_length")  # fmt: skip
#: The root of it all: where each table lies, how long some are, and what a trial counts. A pointer to it is all that
#: compiled functions hand to one another, which makes calls cheap.
ROOT = np.dtype(
    [
        *((name, "i8") for name in (*TABLES, *_COUNTS, *_STACKS)),
        ("moments", "i8"),  # where those of the trial begin, and its outcomes
        ("outcomes", "i8"),
        ("scaled", "i8"),  # where the scaled strikes of all trials lie, and where those of each trial begin, or 0
        ("scaled_starts", "i8"),
        ("now", "i8"),
        ("horizon", "i8"),
        ("stream", "u8"),
        ("lowered", "i8"),  # things below level 1
        ("was_lowered", "i8"),
        ("lessened", "i8"),  # something was lessened in this trial
        ("restored", "i8"),
        ("background", "i8"),
        ("telling", "i8"),
        ("nobody", "i8"),  # the group of rows that are not there
        ("tolerance_count", "i8"),  # of the clocks, the first so many are of tolerances
        ("watching", "i8"),  # there are loops that can start by themselves
        ("in_order", "i8"),  # nothing needs itself, and so on: trials can be worked out together
        ("noting", "i8"),  # only what fails by itself happens, and is noted
        ("lane", "i8"),
        ("left_over", "i8"),  # trials that have to be run each by itself after all
        ("own_length", "i8"),
        ("spells_length", "i8"),
        ("listed_length", "i8"),
    ]
)
#: A root inside compiled functions.
State = Any


def _reader(layout: np.dtype[Any]) -> Any:
    """Make the compiled function that gives the record at a place of a table, by the address of the table."""
    record = from_dtype(layout)

    @intrinsic
    def at(_: Any, address: Any, place: Any) -> Any:
        def build(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            size = context.get_constant(types.int64, layout.itemsize)
            where = builder.add(arguments[0], builder.mul(arguments[1], size))
            return builder.inttoptr(where, context.get_value_type(record))

        return record(types.int64, types.int64), build

    return at


thing_at, burden_at, repair_at, manner_at = _reader(THING), _reader(BURDEN), _reader(REPAIR), _reader(MANNER)
group_at, members_at, spare_at = _reader(GROUP), _reader(MEMBERS), _reader(SPARE)
row_at, out_at, eight_at = _reader(ROW), _reader(OUT), _reader(EIGHT)
clocks_at, waiting_at, crew_at = _reader(CLOCKS), _reader(WAITING), _reader(CREW)
entry_at, figures_at = _reader(ENTRY), _reader(FIGURES)
event_at, strike_at, infection_at, edge_at = _reader(EVENT), _reader(STRIKE), _reader(INFECTION), _reader(EDGE)
duration_at, told_at = _reader(DURATION), _reader(TOLD)
moment_at, outcome_at, scaled_at = _reader(MOMENT), _reader(OUTCOME), _reader(SCALED)
number_at, share_at, key_at = _reader(NUMBER), _reader(SHARE), _reader(KEY)
ordered_at, need_at, spell_at = _reader(ORDERED), _reader(NEED), _reader(SPELL)
own_spell_at, lane_at = _reader(OWN_SPELL), _reader(LANE)


class Tables:
    """The tables of a trial in memory, with a root that says where they lie."""

    def __init__(self, tables: Mapping[str, NDArray[Any]], **fields: int) -> None:
        """Take the tables over; `fields` are the numbers of the root that do not change."""
        self.tables = {name: np.ascontiguousarray(tables[name], dtype=layout) for name, layout in TABLES.items()}
        self.root = np.zeros(1, dtype=ROOT)
        for name, table in self.tables.items():
            self.root[name] = table.ctypes.data
        lengths = {"event_count": "events", "clock_count": "clocks", "crew_count": "crews", "most_told": "told",
                   "running_count": "running", "kept_count": "figures", "ordered_count": "ordered",
                   "own_room": "own_spells", "listed_room": "listed", "turns_room": "turns"}  # fmt: skip
        for count, name in lengths.items():
            self.root[count] = len(self.tables[name])
        for name, value in fields.items():
            self.root[name] = value

    def copy(self) -> Tables:
        """The same for another thread."""
        fields = {
            name: int(self.root[name][0])
            for name in ("horizon", "background", "telling", "watching", "nobody", "tolerance_count", "in_order")
        }
        tables = {name: np.empty(len(table), table.dtype) if name in SCRATCH else table.copy()
                  for name, table in self.tables.items()}  # fmt: skip
        return Tables(tables, **fields)
