"""Products of matrices that come out the same to the last bit on any machine and number of threads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def steady_product(left: Floats, right: Floats) -> Floats:
    """Multiply two matrices, whatever the order in which the library adds.

    Plain products are added up in an order that depends on the number of threads, and their last digits with it. Here
    each factor is cut into a high and a low part of whole numbers, so small that all sums of their products are exact.
    The product of the low parts is left out: the error is about 1e-12 of what the largest numbers of a row of `left`
    and a column of `right` would make.

    References
    ----------
    Ozaki K, Ogita T, Oishi S, Rump S M (2012), Error-free transformations of matrix multiplication by using fast
    routines of matrix multiplication and its applications. Numer. Algorithms 59:95-118.
    """
    inner = max(left.shape[1], 1)
    bits = (53 - (inner - 1).bit_length()) // 2
    left_high, left_low, left_unit = _cut(left, bits, axis=1)
    right_high, right_low, right_unit = _cut(right, bits, axis=0)
    low: Floats = (left_high @ right_low + left_low @ right_high) * 2.0**-bits
    product: Floats = (left_high @ right_high + low) * left_unit * right_unit
    return product


def _cut(matrix: Floats, bits: int, *, axis: int) -> tuple[Floats, Floats, Floats]:
    """Whole numbers of at most so many bits and a power of two: (high + low / 2^bits) x unit is the matrix, nearly."""
    most = np.abs(matrix).max(axis=axis, keepdims=True, initial=0.0)
    unit = np.ldexp(1.0, np.frexp(most)[1] - bits)
    scaled = matrix / unit
    high = np.rint(scaled)
    return high, np.rint((scaled - high) * 2.0**bits), unit
