"""How indicators hang together: correlations, Cronbach's alpha, eigenvalues, importance, intervals."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Fewer areas than this, and importance is told by a straight line, as groups of areas would be too small.
FEWEST_IN_GROUPS = 100
#: No unique variance of a factor analysis is let below this.
FLOOR = 0.005
#: Groups of equal size that areas are put in by one indicator, to see what is left of the scatter of scores in them.
GROUPS = 10


def correlations(columns: Floats) -> tuple[Floats, int]:
    """Pearson correlations of columns over the rows without a gap, and how many rows these are.

    A column that does not vary has the correlation NaN with every other. Fewer than three rows give NaN throughout.
    """
    whole = columns[np.isfinite(columns).all(axis=1)]
    if len(whole) < 3:
        return np.full((columns.shape[1],) * 2, np.nan), len(whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.atleast_2d(np.corrcoef(whole, rowvar=False))
    return found, len(whole)


def cronbach_alpha(correlation: Floats) -> float | None:
    """Cronbach's alpha of standardised items from their correlations; None for one item or without correlations.

    Cronbach (1951), Psychometrika 16: k/(k-1) · (1 - k / sum of all correlations). It says how far items speak of one
    thing; a high one is not proof of it, and an index may bring unlike things together on purpose.
    """
    k = len(correlation)
    if k < 2 or not np.isfinite(correlation).all():
        return None
    return float(k / (k - 1) * (1 - k / correlation.sum()))


def eigenvalues(correlation: Floats) -> list[float]:
    """Eigenvalues of a correlation matrix (principal components), largest first; none where one is not known."""
    if not np.isfinite(correlation).all():
        return []
    return [float(value) for value in np.linalg.eigvalsh(correlation)[::-1]]


def sampling_adequacy(correlation: Floats) -> float | None:
    """The Kaiser-Meyer-Olkin measure of a correlation matrix, 0 to 1; None for one item or a matrix without inverse.

    Kaiser (1974), Psychometrika 39: how much of the correlations is left once all other items are held fixed. Below
    0.5 items share too little for a factor analysis to mean anything.
    """
    if len(correlation) < 2 or not _has_inverse(correlation):
        return None
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    off = ~np.eye(len(correlation), dtype=bool)
    plain = float((correlation[off] ** 2).sum())
    partial = float(((inverse / np.outer(scale, scale))[off] ** 2).sum())
    return plain / (plain + partial) if plain + partial else None


def _has_inverse(correlation: Floats) -> bool:
    return bool(np.isfinite(correlation).all() and np.linalg.matrix_rank(correlation) == len(correlation))


def one_factor(correlation: Floats) -> tuple[Floats, Floats] | None:
    """Loadings and unique variances of one common factor by maximum likelihood; None where there is no such fit.

    Jöreskog (1967), Psychometrika 32. Fewer than three items do not determine a factor. A unique variance at its floor
    of 0.005 (a Heywood case) means that one item takes the factor over; that is no fit to weigh by.
    """
    k = len(correlation)
    if k < 3 or not _has_inverse(correlation):
        return None
    from scipy import optimize  # takes half a second to load

    def unfit(unique: Floats) -> float:
        scaled = correlation / np.sqrt(np.outer(unique, unique))
        rest = np.linalg.eigvalsh(scaled)[:-1]
        return float((rest - np.log(rest)).sum())

    start = np.clip(1 / np.diag(np.linalg.inv(correlation)), 0.05, 0.95)
    found = optimize.minimize(unfit, start, method="L-BFGS-B", bounds=[(FLOOR, 1.0)] * k, options={"ftol": 1e-14})
    unique = found.x
    if not found.success or (unique <= FLOOR * 1.01).any():
        return None
    roots, vectors = np.linalg.eigh(correlation / np.sqrt(np.outer(unique, unique)))
    loadings: Floats = vectors[:, -1] * np.sqrt(max(roots[-1] - 1, 0.0)) * np.sqrt(unique)
    return loadings * np.sign(loadings.sum() or 1.0), unique


def factor_weights(correlation: Floats) -> Floats | None:
    """Weights (sum 1) by which items best tell their one common factor; None without a fit or with one below 0.

    Those of the regression factor score (Thomson 1951), loading over unique variance; the English indices of
    deprivation weigh indicators so within some of their domains. Items that all tell little have weights all the same.
    """
    fit = one_factor(correlation)
    if fit is None:
        return None
    weights: Floats = fit[0] / fit[1]
    return weights / weights.sum() if (weights > 0).all() else None


def importance(score: Floats, indicator: Floats) -> float | None:
    """The share of the variance of scores that goes with one indicator: its correlation ratio, 0 to 1.

    Areas are put in ten groups of equal size by the indicator; what lies between the groups is the share, less what
    chance alone puts there (epsilon squared, Kelley 1935). With fewer than 100 areas, or many equal values, it is the
    squared correlation. The idea of measuring importance so: Paruolo, Saisana and Saltelli (2013), J. R. Statist. Soc.
    A 176; they smooth by splines, not in groups. Shares of indicators that go together overlap: their sum is not 1.
    """
    both = np.isfinite(score) & np.isfinite(indicator)
    y, x = score[both], indicator[both]
    n = len(y)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    edges = np.unique(np.quantile(x, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    if n < FEWEST_IN_GROUPS or len(edges) < GROUPS - 1:
        return float(np.corrcoef(x, y)[0, 1] ** 2)
    group = np.searchsorted(edges, x, side="left")
    sizes = np.bincount(group, minlength=GROUPS)
    means = np.bincount(group, y, GROUPS) / np.maximum(sizes, 1)
    within = float(((y - means[group]) ** 2).sum()) / (n - np.count_nonzero(sizes))
    return max(0.0, 1 - within / float(y.var(ddof=1)))


def fisher_interval(correlation: float, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a correlation over n areas by Fisher's z; None for n below 4 or a correlation of ±1.

    Neighbouring areas are alike, so that n areas say less than n drawn by lot would: true intervals are wider.
    """
    if n < 4 or abs(correlation) >= 1:
        return None
    middle, half = atanh(correlation), 1.959964 / sqrt(n - 3)
    return tanh(middle - half), tanh(middle + half)
