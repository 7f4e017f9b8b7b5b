"""Hide what must not be published, and what would tell it, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wholeplace.measure.disclosure.audit import Published, aligned
from wholeplace.measure.disclosure.network import HIDDEN, KNOWN, UNPUBLISHED, Network, chain, network
from wholeplace.measure.disclosure.repair import repair
from wholeplace.measure.disclosure.tables import ALL, EACH, Grouping, Ints, Mask, Release, Rules
from wholeplace.place import Findings

#: (whether blocks are closed, steps a search may take): most cells are safe within their block, the last pass is exact.
_PASSES = ((True, 60), (False, 400), (False, 1 << 40))


@dataclass(frozen=True)
class Protected:
    """A release that may be published, and why its hidden cells are hidden.

    `small`, `before` and `hidden` are masks over cells: hidden for the count itself, hidden because an earlier release
    hides the same cell, hidden at all. `because` is, for a cell hidden to protect another, that other cell (flat; -1
    where it protects a cell of an earlier release).
    """

    release: Release
    rules: Rules
    small: Mask
    before: Mask
    hidden: Mask
    because: Ints

    @property
    def published(self) -> Published:
        """What readers have in hand once this is out; pass it as `earlier` for the next release of the same people."""
        return Published(self.release, self.hidden)


def protect(
    release: Release,
    *,
    rules: Rules | None = None,
    earlier: Sequence[Published] = (),
    told: Mask | None = None,
    withheld: Mask | None = None,
) -> Protected:
    """Hide small counts, and as many others as it takes that nobody can work them out.

    Hidden are counts from 1 to threshold - 1 (and 0 where the rules say so), cells that an earlier release hides, then
    second cells until every hidden cell could be anything in an interval at least `threshold` wide, whatever a reader
    adds up or takes off over margins, levels and all releases given. Which second cells is chosen to hide few and low
    ones; another choice may hide somewhat fewer. Nothing is written when a cell cannot be protected.

    Parameters
    ----------
    release
        The table with all totals that will be published with it (`count_table`).
    rules
        Threshold and treatment of zeros; the defaults where none are given.
    earlier
        What is already out about the same people at the same date: other groupings, other editions. Rates and shares
        that were published with a known denominator count as the cell itself: give them as a cell that is not hidden.
    told, withheld
        Masks over the cells: those that everybody knows anyway, such as denominators, which are never hidden; and those
        that are not printed for a reason of their own, such as every count under a hidden denominator. Zeros that may
        be shown are not hidden by `withheld`.

    Raises
    ------
    FindingsError
        An earlier release with other base areas or categories; hidden cells that earlier releases give away whatever is
        hidden now (each named).

    References
    ----------
    Cox L H (1995), J. Am. Stat. Assoc. 90:1453-1462; Hundepool A and others (2012), Statistical Disclosure Control,
    chapter 4. When not to use it: for samples with weights, for amounts of money (where one large contributor is known
    to exist), and for figures about different dates, whose difference is itself a small count.
    """
    rules = rules or Rules()
    before = [Published(aligned(one.release, release), one.hidden) for one in _checked(earlier, release)]
    values = release.values()
    hidden_before, known = _in_earlier(release, before)
    known |= _mask(told, values)
    hidden_before |= _mask(withheld, values) & ~known
    small = rules.small(values)
    hidden = small | (hidden_before & (values >= rules.lowest_hidden))
    needed, because = hidden.copy(), np.full(hidden.size, -1)
    lost: list[tuple[int, int]] = []
    for cells, part in _parts(release):
        net = network(part)
        if net is None:
            continue
        hidden[cells], part_because, failed = _cover(net, hidden[cells], known[cells], rules)
        flat = np.arange(hidden.size).reshape(hidden.shape)[cells].ravel()
        chosen = part_because >= 0
        because[flat[chosen]] = flat[part_because[chosen]]
        lost = [(0, int(cell)) for cell in np.union1d(flat[failed], np.flatnonzero(hidden & known))]
    if network(release) is None or not _holds(release, before):
        mended = repair(Published(release, hidden), before, needed=needed, known=known, rules=rules, because=because)
        lost, hidden, because = mended.lost, mended.hidden, mended.because
    _refuse(lost, release, before)
    return Protected(release, rules, small, hidden_before & ~small & hidden, hidden, because.reshape(hidden.shape))


def unsafe(protected: Protected) -> int:
    """How many hidden cells of one hierarchy have too narrow an interval: 0, unless something is wrong.

    It searches anew with no cell left to hide, so that it needs no trust in how cells were chosen, and keeps up with
    tables far beyond what `audit` can do; it does not look at other releases.
    """
    net = network(protected.release)
    if net is None:
        raise ValueError("groupings cross or categories are banded: use `audit`")
    known = np.zeros_like(protected.hidden)
    return len(_cover(net, protected.hidden, known, protected.rules, new_cells=False)[2])


def _cover(net: Network, hidden: Mask, known: Mask, rules: Rules, *, new_cells: bool = True) -> tuple[Mask, Ints, Ints]:
    """Hidden cells of the network, the cell each was hidden for, and those that stay too narrow."""
    from wholeplace.measure.disclosure import covering

    state = net.states(hidden & ~known, known, rules)
    state = np.ascontiguousarray(state)
    flat, blocks = state.reshape(-1), np.repeat(net.artificial, state.shape[1])
    graph = covering.graph(net)
    because = np.full(flat.size, -1)
    targets = np.flatnonzero(flat == HIDDEN)
    for closed, patience in _PASSES:
        flat[blocks] = KNOWN if closed else UNPUBLISHED
        left = covering.cover(graph, flat, targets, rules.threshold, new_cells, rules.lowest_hidden, patience, because)
        targets = np.unique(np.array(left, dtype=np.int64))
    position = net.positions(hidden.shape).reshape(-1)
    found = np.full(hidden.size, -1)
    chosen = np.flatnonzero(because >= 0)
    found[position[chosen]] = position[because[chosen]]
    return net.mask(state, hidden.shape) | hidden, found, position[targets]


def _parts(release: Release) -> list[tuple[tuple[Ints, ...], Release]]:
    """Parts of a release with one hierarchy each, and which cells each is made of.

    Where groupings do not cross there is one, the release itself. Else the parts are only a good start: what they tell
    together is for `repair` to find.
    """
    if network(release) is not None:
        return [(_where(release, release), release)]
    shared = [grouping for grouping in release.rows if grouping.name in {EACH, ALL}]
    chains: list[list[Grouping]] = []
    for grouping in release.rows:
        if grouping.name in {EACH, ALL}:
            continue
        held = next((one for one in chains if chain((*shared, *one, grouping)) is not None), None)
        if held is None:
            chains.append([grouping])
        else:
            held.append(grouping)
    columns = tuple(grouping for grouping in release.columns if grouping.name in {EACH, ALL})
    parts = [replace(release, rows=(*shared, *one), columns=columns) for one in chains or [[]]]
    return [(_where(part, release), part) for part in parts if part.rows and part.columns]


def _where(part: Release, release: Release) -> tuple[Ints, ...]:
    """Index of the cells of a part among those of the release."""
    return np.ix_(_positions(part.rows, release.rows), _positions(part.columns, release.columns))


def _positions(some: tuple[Grouping, ...], every: tuple[Grouping, ...]) -> Ints:
    starts = dict(zip([g.name for g in every], np.cumsum([0, *(g.size for g in every)]), strict=False))
    return np.concatenate([starts[grouping.name] + np.arange(grouping.size) for grouping in some])


def _checked(earlier: Sequence[Published], release: Release) -> Sequence[Published]:
    findings = Findings()
    for one in earlier:
        for what, theirs, ours in (
            ("areas", one.release.areas, release.areas),
            ("categories", one.release.categories, release.categories),
        ):
            differing = sorted(set(theirs) ^ set(ours))
            if differing:
                message = (
                    f"{one.release.name!r} and {release.name!r} do not stand on the same {what}: {len(differing):,} "
                    f"are in one only ({', '.join(differing[:5])}); give both by the finest {what} of either"
                )
                findings.error("base", message)
    findings.raise_errors("earlier releases")
    return earlier


def _mask(given: Mask | None, values: Ints) -> Mask:
    return np.zeros(values.shape, dtype=bool) if given is None else given


def _in_earlier(release: Release, earlier: Sequence[Published]) -> tuple[Mask, Mask]:
    """Cells that some earlier release hides and none shows, and cells that some earlier release shows."""
    keys = _keys(release)
    hidden = np.zeros(keys.shape, dtype=bool)
    shown = np.zeros(keys.shape, dtype=bool)
    for one in earlier:
        theirs = _keys(one.release)
        hidden |= np.isin(keys, theirs[one.hidden])
        shown |= np.isin(keys, theirs[~one.hidden])
    return hidden & ~shown, shown


def _holds(release: Release, earlier: Sequence[Published]) -> bool:
    """Whether every cell of the earlier releases is one of this one, so that they add no sums to it."""
    keys = _keys(release)
    return all(bool(np.isin(_keys(one.release), keys).all()) for one in earlier)


def _keys(release: Release) -> np.ndarray:
    """A number for every cell that is the same for the same people: sums of random numbers of areas and categories."""
    draw = np.random.default_rng(20_240_229).integers(1, 2**63, size=max(len(release.areas), len(release.categories)))
    rows, columns = (_sums(draw, groupings) for groupings in (release.rows, release.columns))
    products: np.ndarray = rows[:, None] * (2 * columns[None, :] + 1)  # modulo 2**64
    return products


def _sums(draw: np.ndarray, groupings: tuple[Grouping, ...]) -> np.ndarray:
    sums = []
    for grouping in groupings:
        total = np.zeros(grouping.size, dtype=np.uint64)
        np.add.at(total, grouping.of, draw[: len(grouping.of)].astype(np.uint64))
        sums.append(total)
    return np.concatenate(sums)


def _refuse(lost: list[tuple[int, int]], release: Release, earlier: Sequence[Published]) -> None:
    findings = Findings()
    for number, cell in lost:
        of = release if number < 0 else [release, *(one.release for one in earlier)][number]
        if number < 0:
            area, category = divmod(cell, len(of.categories))
            what = f"{of.areas[area]}, {of.categories[category]} (printed nowhere)"
        else:
            rows, columns = of.labels()
            what = ", ".join([*rows[cell // len(columns)], *columns[cell % len(columns)]])
        findings.error(
            "told-before" if earlier else "cannot-hide",
            "can be worked out, or nearly, from what is already published, whatever is hidden now; withdraw or correct "
            "the earlier release"
            if earlier
            else "can be worked out, or nearly, whatever is hidden; leave out a grouping or use coarser categories",
            file=of.name,
            value=what,
        )
    findings.raise_errors("publishing")
