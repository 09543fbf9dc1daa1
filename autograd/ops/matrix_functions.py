"""Functions of square matrices: powers and the exponential."""

import math
from operator import index
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import where
from .matrices import check_square, identity, matrix_transpose
from .shape import concatenate
from .solving import inv

__all__ = ["matrix_exp", "matrix_power"]


def matrix_power(a: Any, n: int) -> Any:
    """Power of square matrices by repeated squaring; of the inverse where ``n`` is negative.

    Raises:
        ShapeError: ``a`` is not square.
        LinAlgError: ``a`` is singular and ``n`` is negative.

    >>> matrix_power(np.array([[1.0, 1.0], [0.0, 1.0]]), 3)
    array([[1., 3.],
           [0., 1.]])
    """
    check_square("matrix_power", a)
    if n == 0:
        return where(np.True_, identity(a), a)
    square, rest = (a if n > 0 else inv(a)), abs(index(n))
    power = None
    while rest:
        if rest & 1:
            power = square if power is None else power @ square
        rest >>= 1
        square = square @ square if rest else square
    return power


# Numerators of the diagonal Padé approximants of e^x, and the norm up to which each is exact in double precision.
# N. Higham, The scaling and squaring method for the matrix exponential revisited (2005), table 2.3.
_DEGREES = {3: 1.495585217958292e-2, 5: 2.539398330063230e-1, 7: 9.504178996162932e-1, 9: 2.097847961257068}
_LAST, _LAST_NORM = 13, 5.371920351148152


def _pade_coefficients(m: int) -> list[float]:
    """Return the coefficients of the numerator of degree ``m``; the denominator's alternate in sign."""
    half = [math.comb(m, k) * math.factorial(2 * m - k) / math.factorial(m) for k in range(m + 1)]
    return [c / half[m] for c in half]


def _pade(a: Any, m: int) -> Any:
    """Evaluate the approximant of degree ``m``: even powers once, odd ones by one more product."""
    b = _pade_coefficients(m)
    square = a @ a
    power = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    even, odd = b[0] * power, b[1] * power
    for k in range(2, m, 2):
        power = power @ square
        even, odd = even + b[k] * power, odd + b[k + 1] * power
    odd = a @ odd
    return np.linalg.solve(even - odd, even + odd)


@primitive(symbol="expm", formula="e^a", derivative="the derivative of e^a at a^T in direction g")
def matrix_exp(a: Any, /) -> Any:
    """Exponential of stacks of square matrices, by scaling and squaring (Higham 2005).

    Its derivative in a direction is a block of the exponential of a matrix of twice the size: A. Al-Mohy and
    N. Higham, Computing the Fréchet derivative of the matrix exponential (2009).

    Raises:
        ShapeError: ``a`` is not square.

    >>> matrix_exp(np.array([[0.0, 1.0], [0.0, 0.0]]))
    array([[1., 1.],
           [0., 1.]])
    """
    check_square("matrix_exp", a)
    a = np.asarray(a)
    if not a.size:
        return np.copy(a)
    norm = np.max(np.sum(np.absolute(a), axis=-2), axis=-1)
    largest = np.max(norm)
    for degree, limit in _DEGREES.items():
        if largest <= limit:
            return _pade(a, degree)
    halvings = np.ceil(np.log2(np.maximum(norm / _LAST_NORM, 1.0)))
    halvings = np.where(np.isfinite(halvings), halvings, 0.0)[..., None, None]
    power = _pade(a * np.exp2(-halvings).astype(a.dtype), _LAST)
    for k in range(int(np.max(halvings))):
        power = np.where(k < halvings, power @ power, power)
    return power


def _matrix_exp_rule(g: Any, out: Any, a: Any) -> Any:
    n = a.shape[-1]
    t = matrix_transpose(a)
    rows = [concatenate([t, g], axis=-1), concatenate([0.0 * t, t], axis=-1)]
    return matrix_exp(concatenate(rows, axis=-2))[..., :n, n:]


matrix_exp.defvjp(_matrix_exp_rule)
