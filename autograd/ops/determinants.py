"""Determinants, with derivatives that are right at singular matrices too.

The derivative of a determinant is the matrix of cofactors (Jacobi's formula), a polynomial in the elements. Where the
matrix is far from singular it is ``det(a) a^-T``. Elsewhere that is 0 times infinity; there the matrix is turned by
its own singular vectors, taken as constants, into a nearly diagonal one, the well-conditioned block is eliminated, and
the small rest is left to the recursion of Faddeev and Le Verrier, which does not divide by anything small. All of it is
made of operations, so that every order of derivative is right.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..node import raw
from ..primitive import primitive
from .complex_numbers import adjoint
from .complex_parts import conj, imag, is_complex
from .diagonals import diagonal
from .elementwise import log, where
from .indexing import add_at, get_item
from .matrices import check_square, identity, matrix_transpose
from .reductions import sum
from .shape import concatenate, expand_dims, stack
from .solving import inv

__all__ = ["det", "logdet", "slogdet"]


@primitive(symbol="det", formula="det a", derivative="g adj(a)^T")
def det(a: Any, /) -> Any:
    """Determinant of stacks of square matrices; its derivatives are right at singular matrices too.

    Raises:
        ShapeError: ``a`` is not square.

    >>> float(det(np.array([[2.0, 0.0], [0.0, 4.0]])))
    8.0
    """
    check_square("det", a)
    return np.linalg.det(a)


det.defvjp(lambda g, out, a: g[..., None, None] * _cofactors(out, a))


def _cofactors(determinant: Any, a: Any) -> Any:
    """Return the cofactor of every element, ``adj(a)^T``."""
    zero = raw(determinant) == 0
    invertible = where(zero[..., None, None], identity(a), a) if zero.any() else a
    inverse = inv(invertible)
    regular = determinant[..., None, None] * matrix_transpose(inverse)
    singular = zero | _loses_half_its_digits(raw(invertible), raw(inverse))
    if not singular.any():
        return regular
    if a.ndim == 2:
        return _singular_cofactors(a)
    places = np.nonzero(singular)
    alone = stack([_singular_cofactors(get_item(a, index=place)) for place in zip(*places, strict=True)])
    return where(singular[..., None, None], add_at(alone, index=places, shape=a.shape), regular)


def _loses_half_its_digits(a: Any, inverse: Any) -> Any:
    """Tell for each matrix whether its condition number is that large."""
    condition = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    return condition > 1.0 / math.sqrt(np.finfo(a.dtype).eps)


def _singular_cofactors(a: Any) -> Any:
    """Return the cofactors of one matrix of any rank: of ``b = u^T a v``, scaled and turned back."""
    u, s, vh = np.linalg.svd(raw(a))
    size = float(s[0]) or 1.0
    rank = int(np.count_nonzero(s > s[0] * math.sqrt(np.finfo(s.dtype).eps)))
    sign = np.linalg.det(u) * np.linalg.det(vh)
    scale = (sign / np.absolute(sign)).item() * size ** (a.shape[-1] - 1)
    turned = _adjugate(adjoint(u) @ a @ adjoint(vh) / size, rank)
    return scale * (u.conj() @ matrix_transpose(turned) @ vh.conj())


def _adjugate(b: Any, rank: int) -> Any:
    """Return the adjugate of a matrix whose leading block of size ``rank`` is well conditioned.

    With ``x`` the inverse of that block and ``s`` its Schur complement, the blocks of the inverse times
    ``det(b) = det(leading) det(s)``.
    """
    leading, right, below, rest = b[:rank, :rank], b[:rank, rank:], b[rank:, :rank], b[rank:, rank:]
    x = inv(leading)
    y, z = x @ right, below @ x
    determinant, adjugate = _faddeev_le_verrier(rest - below @ y)
    upper = concatenate([determinant * x + y @ adjugate @ z, -(y @ adjugate)], axis=1)
    lower = concatenate([-(adjugate @ z), adjugate], axis=1)
    return det(leading) * concatenate([upper, lower], axis=0)


def _faddeev_le_verrier(s: Any) -> tuple[Any, Any]:
    """Return the determinant and the adjugate of one small matrix, as polynomials in its elements."""
    one = identity(s)
    n = s.shape[-1]
    determinant: Any = one.dtype.type(1)
    adjugate = coefficient = one
    for k in range(1, n + 1):
        adjugate = coefficient
        product = s @ adjugate
        determinant = -sum(diagonal(product, axis1=-2, axis2=-1)) / float(k)
        coefficient = product + determinant * one
    return (-1.0) ** n * determinant, (-1.0) ** (n - 1) * adjugate


# -- logarithms --------------------------------------------------------------------------------------------------


class SlogdetResult(NamedTuple):
    """What :func:`slogdet` returns."""

    sign: Any
    logabsdet: Any


@primitive(
    formula="sign det a, log |det a|",
    derivative="g a^-T",
    domain="derivative: invertible a",
    analytic=False,
    on_complex="convention",
)
def slogdet(a: Any, /) -> Any:
    """Sign and logarithm of the absolute value of a determinant, which does not overflow; 0 and -inf of a singular one.

    There the gradient is NaN: the function has none.

    Raises:
        ShapeError: ``a`` is not square.

    >>> float(slogdet(np.array([[math.e, 0.0], [0.0, 1.0]])).logabsdet)
    1.0
    """
    check_square("slogdet", a)
    return SlogdetResult(*np.linalg.slogdet(a))


def _slogdet_rule(g: Any, out: Any, a: Any) -> Any:
    (g_sign, g_logarithm), (sign, _) = g, out
    turning = is_complex(a) and g_sign is not None  # a real sign is constant
    if g_logarithm is None and not turning:
        return None
    upstream = 0.0 if g_logarithm is None else g_logarithm
    if turning:
        upstream = upstream - 1j * imag(conj(g_sign) * sign)
    upstream = expand_dims(upstream, axis=(-2, -1))
    singular = (raw(sign) == 0)[..., None, None]
    inverse = inv(where(singular, identity(a), a))
    return where(singular & (raw(upstream) != 0), math.nan, upstream * adjoint(inverse))


slogdet.defvjp(_slogdet_rule)


def logdet(a: Any) -> Any:
    """Logarithm of a determinant; NaN of a negative one, minus infinity of a singular one, complex of complex matrices.

    >>> float(logdet(np.eye(2)))
    0.0
    """
    sign, logarithm = slogdet(a)
    return logarithm + log(sign) if is_complex(a) else where(sign < 0, math.nan, logarithm)
