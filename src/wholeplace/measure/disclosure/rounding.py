"""Rounding instead of hiding: every count a multiple of the base, and all totals still add up."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from wholeplace.measure.disclosure.audit import Published
from wholeplace.measure.disclosure.tables import Ints, Release, Rules
from wholeplace.place import Findings, FindingsError


def rounded(values: Ints, base: int) -> Ints:
    """Each count for itself to the nearest multiple of the base, a half upwards."""
    return (2 * values + base) // (2 * base) * base


def round_table(release: Release, *, rules: Rules | None = None) -> Ints:
    """Round every cell up or down to a multiple of the base so that all totals are the sums of their parts.

    Rounded totals that do not add up can give counts away: four cells printed as 0 with a total of 10 are 2 each. Here
    a reader learns of a base count no more than that it is less than one base from what is printed: put any such count
    for it and leave every other as printed, and each total differs from the printed one by less than the base too. Of
    all such roundings one with the least sum of changes is taken. Always possible with one hierarchy of areas.

    It does not hide that a count is small, and it protects one release only: rounding other groupings of the same
    people again narrows what they can be. Round the finest table once and add it up. For tables of up to some ten
    thousand cells.

    Returns
    -------
    counts
        As `Release.values`, multiples of `rules.rounding_base`.

    Raises
    ------
    FindingsError
        Crossing groupings of which no such rounding exists.

    References
    ----------
    Cox L H (1987), A constructive procedure for unbiased controlled rounding, J. Am. Stat. Assoc. 82:520-524.
    """
    base = (rules or Rules()).rounding_base
    values = release.values()
    sums = Published(release, np.zeros(values.shape, dtype=bool)).sums
    floor, rest = values.ravel() // base, values.ravel() % base
    atoms, part = release.counts.ravel() // base, release.counts.ravel() % base
    slack = floor - sums @ atoms  # multiples that the parts, rounded down, leave to make up
    alone = np.diff(sums.indptr) == 1
    # the change of a total is linear in the choices of its parts, so only base counts are chosen
    up = np.zeros(len(atoms))
    np.add.at(up, sums.indices, np.repeat(base - 2 * rest, np.diff(sums.indptr)).astype(float))
    totals = np.flatnonzero(~alone)
    choices = optimize.milp(
        up,
        constraints=optimize.LinearConstraint(
            sparse.csc_array(sums[totals]), slack[totals], slack[totals] + (rest[totals] > 0)
        ),
        bounds=optimize.Bounds(0, (part > 0).astype(float)),
        integrality=np.ones(len(atoms), dtype=np.int64),
    )
    if choices.x is None:
        findings = Findings()
        findings.error("rounding", "groupings cross so that no rounding adds up; leave one out", file=release.name)
        raise FindingsError(findings.items, "rounding")
    multiples = atoms + np.round(choices.x).astype(np.int64)
    return (sums.astype(np.int64) @ multiples * base).reshape(values.shape)
