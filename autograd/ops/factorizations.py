"""Triangular factorizations of matrices: Cholesky's, and the one of elimination.

Derivatives: of Cholesky's factor I. Murray, Differentiation of the Cholesky decomposition (2016),
https://arxiv.org/abs/1602.07527. Of ``l u = a``: multiplied by ``l^-1`` and ``u^-1`` from both sides, ``da`` falls
apart into a strictly lower triangle, which is ``l^-1 dl``, and an upper one, which is ``du u^-1``.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import LinAlgError
from ..node import raw
from ..primitive import primitive
from .axes import constant_like
from .complex_numbers import adjoint as adjoint_of
from .diagonals import diagonal, tril, triu
from .elementwise import where
from .elimination import eliminated
from .indexing import take_along_axis
from .matrices import (
    attempt,
    check_matrix,
    check_square,
    first_true,
    halved,
    identity,
    matrix_transpose,
    symmetric,
    unit_lower,
)
from .shape import concatenate
from .solving import solve_triangular

__all__ = [
    "cholesky",
    "cholesky_ex",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "lu_unpack",
]


# -- Cholesky ----------------------------------------------------------------------------------------------------


@primitive(
    symbol="chol",
    formula="l with l l^H = a",
    derivative="l^-H phi(l^H g) l^-1, its Hermitian part",
    domain="positive definite a",
    analytic=False,
    on_complex="convention",
)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Lower triangular ``l`` with ``l l^H = a``, or its adjoint with ``upper=True``; ``a`` is symmetric or Hermitian.

    One triangle of ``a`` is read, as NumPy does; the gradient is the symmetric one.

    Raises:
        ShapeError: ``a`` is not square.
        LinAlgError: ``a`` is not positive definite.

    >>> cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    check_square("cholesky", a)
    factor = attempt(
        "cholesky", "a positive definite matrix", np.linalg.cholesky, adjoint_of(np.asarray(a)) if upper else a
    )
    return adjoint_of(factor) if upper else factor


def _cholesky_rule(g: Any, out: Any, a: Any, upper: bool = False) -> Any:
    g, factor = (adjoint_of(g), adjoint_of(out)) if upper else (g, out)
    middle = halved(adjoint_of(factor) @ tril(g))
    inner = solve_triangular(factor, middle, upper=False, left=False)
    return symmetric(solve_triangular(adjoint_of(factor), inner, upper=True))


cholesky.defvjp(_cholesky_rule)


def _is_positive_definite(a: Any) -> bool:
    try:
        np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return False
    return True


def _first_bad_minor(a: Any) -> int:
    """Return the size of the first leading block of one matrix that is not positive definite; 0 when there is none."""
    if _is_positive_definite(a):
        return 0
    return next(k for k in range(1, len(a) + 1) if not _is_positive_definite(a[:k, :k]))


def cholesky_ex(a: Any, *, upper: bool = False, check_errors: bool = False) -> tuple[Any, Any]:
    """Return Cholesky's factor and, for each matrix, 0 or the size of the first leading block that has none.

    There the factor is NaN, and no exception is raised unless ``check_errors`` asks for it.

    >>> cholesky_ex(np.array([[-1.0]]))[1]
    array(1, dtype=int32)
    """
    check_square("cholesky_ex", a)
    values = np.swapaxes(raw(a), -1, -2) if upper else raw(a)
    n = a.shape[-1]
    found = [_first_bad_minor(m) for m in values.reshape(math.prod(a.shape[:-2]), n, n)]
    info = np.asarray(found, dtype=np.int32).reshape(a.shape[:-2])
    if check_errors and info.any():
        raise LinAlgError(f"expected a positive definite matrix, got another one at {np.argwhere(info).tolist()}")
    bad = (info > 0)[..., None, None]
    factor = cholesky(where(bad, identity(a), a), upper=upper)
    return where(bad, math.nan, factor), constant_like(a, info)


# -- triangular factors ------------------------------------------------------------------------------------------


class LUFactors(NamedTuple):
    """What :func:`lu_factor` returns."""

    LU: Any
    pivots: Any


@primitive(formula="l u = p^T a, packed", derivative="p l^-T (tril(l^T g) + triu(g u^T)) u^-T", domain="full rank")
def lu_factor(a: Any, /, *, pivot: bool = True) -> Any:
    """Return both triangular factors in one array, and the rows that were exchanged, counted from 1 as in PyTorch.

    Args:
        a: Matrices of any shape whose leading square block, once the rows are in order, is invertible.
        pivot: Whether to exchange rows.

    Raises:
        LinAlgError: In the backward pass, that block is singular.

    >>> packed, pivots = lu_factor(np.array([[1.0, 2.0], [2.0, 2.0]]))
    >>> packed
    array([[2. , 2. ],
           [0.5, 1. ]])
    >>> pivots.tolist()
    [2, 2]
    """
    check_matrix("lu_factor", a)
    packed, pivots = eliminated(a, pivot)
    return LUFactors(packed, (pivots + 1).astype(np.int32))


def _lu_rule(g: Any, out: Any, a: Any, pivot: bool = True) -> Any:
    (g, _), (packed, pivots) = g, out
    rows, columns = packed.shape[-2:]
    k = min(rows, columns)
    square = packed[..., :k, :k]
    g_lower, g_upper = tril(g[..., :k, :k], -1), triu(g[..., :k, :k])
    if rows < columns:  # the last columns of u are l^-1 times those of a
        rest = solve_triangular(matrix_transpose(square), g[..., k:], upper=True, unitriangular=True)
        g_lower = g_lower - tril(rest @ matrix_transpose(packed[..., k:]), -1)
        gradient = concatenate([_square_lu_gradient(g_lower, g_upper, square), rest], axis=-1)
    elif rows > columns:  # the last rows of l are those of a times u^-1
        rest = solve_triangular(matrix_transpose(square), g[..., k:, :], upper=False, left=False)
        g_upper = g_upper - triu(matrix_transpose(packed[..., k:, :]) @ rest)
        gradient = concatenate([_square_lu_gradient(g_lower, g_upper, square), rest], axis=-2)
    else:
        gradient = _square_lu_gradient(g_lower, g_upper, square)
    back = np.argsort(_order_of(raw(pivots), rows), axis=-1)
    return take_along_axis(gradient, indices=back[..., None], axis=-2)


def _square_lu_gradient(g_lower: Any, g_upper: Any, packed: Any) -> Any:
    l_transposed, u_transposed = matrix_transpose(unit_lower(packed)), matrix_transpose(triu(packed))
    middle = tril(l_transposed @ g_lower, -1) + triu(g_upper @ u_transposed)
    inner = solve_triangular(u_transposed, middle, upper=False, left=False)
    return solve_triangular(l_transposed, inner, upper=True, unitriangular=True)


lu_factor.defvjp(_lu_rule)


def lu_factor_ex(a: Any, *, pivot: bool = True, check_errors: bool = False) -> tuple[Any, Any, Any]:
    """Return what :func:`lu_factor` does and, for each matrix, 0 or the place of the first pivot that is zero.

    >>> lu_factor_ex(np.zeros((1, 1)))[2]
    array(1, dtype=int32)
    """
    packed, pivots = lu_factor(a, pivot=pivot)
    info = first_true(diagonal(raw(packed), axis1=-2, axis2=-1) == 0)
    if check_errors and info.any():
        raise LinAlgError(f"expected an invertible matrix in lu_factor_ex, got a singular one at {np.argwhere(info)}")
    return packed, pivots, constant_like(a, info)


def _permutation(order: Any, dtype: Any) -> Any:
    """Return the matrices ``p`` with ``p @ x[order] = x``."""
    return np.swapaxes(np.eye(order.shape[-1], dtype=dtype)[order], -1, -2)


def _order_of(pivots: Any, rows: int) -> Any:
    """Return the order of rows that a list of exchanges, counted from 1, leads to."""
    pivots = np.asarray(raw(pivots)) - 1
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1])
    order = np.tile(np.arange(rows), (len(flat), 1))
    which = np.arange(len(flat))
    for j, other in enumerate(flat.T):
        order[which, j], order[which, other] = order[which, other], order[which, j]
    return order.reshape(*pivots.shape[:-1], rows)


def _factors(packed: Any) -> tuple[Any, Any]:
    k = min(packed.shape[-2:])
    return unit_lower(packed[..., :k]), triu(packed[..., :k, :])


def lu(a: Any, *, pivot: bool = True) -> tuple[Any, Any, Any]:
    """Return ``p``, ``l``, ``u`` with ``a = p l u``: a permutation, unit lower and upper triangular matrices.

    >>> p, l, u = lu(np.array([[1.0, 2.0], [2.0, 2.0]]))
    >>> p @ l @ u
    array([[1., 2.],
           [2., 2.]])
    """
    check_matrix("lu", a)
    packed, pivots = lu_factor(a, pivot=pivot)
    return lu_unpack(packed, pivots)


def lu_unpack(packed: Any, pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> tuple[Any, Any, Any]:
    """Return ``p``, ``l``, ``u`` from what :func:`lu_factor` returns; empty arrays for what is not asked for.

    >>> lu_unpack(*lu_factor(np.array([[1.0, 2.0], [2.0, 2.0]])))[0]
    array([[0., 1.],
           [1., 0.]])
    """
    check_matrix("lu_unpack", packed)
    nothing = np.zeros(0, dtype=packed.dtype)
    p = _permutation(_order_of(pivots, packed.shape[-2]), packed.dtype) if unpack_pivots else nothing
    l_factor, u_factor = _factors(packed) if unpack_data else (constant_like(packed, nothing),) * 2
    return constant_like(packed, p), l_factor, u_factor


def lu_solve(packed: Any, pivots: Any, b: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """Solve ``a x = b`` (``x a = b`` with ``left=False``) from what :func:`lu_factor` returns for ``a``.

    ``adjoint`` puts the transpose in the place of ``a``.

    Raises:
        ShapeError: ``b`` has another length.

    >>> lu_solve(*lu_factor(np.array([[1.0, 2.0], [2.0, 2.0]])), np.array([[3.0], [4.0]]))
    array([[1.],
           [1.]])
    """
    check_square("lu_solve", packed)
    if not left:
        return adjoint_of(lu_solve(packed, pivots, adjoint_of(b), adjoint=not adjoint))
    order = _order_of(pivots, packed.shape[-1])
    p = _permutation(order, packed.dtype)
    if adjoint:
        t = adjoint_of(packed)
        return p @ solve_triangular(t, solve_triangular(t, b, upper=False), upper=True, unitriangular=True)
    inner = solve_triangular(packed, np.swapaxes(p, -1, -2) @ b, upper=False, unitriangular=True)
    return solve_triangular(packed, inner, upper=True)
