"""Factorizations of matrices: Cholesky's, with triangular factors, with reflections.

Derivatives: of Cholesky's factor I. Murray, Differentiation of the Cholesky decomposition (2016), section 3.1; of a
triangular factorization M. Giles, Collected matrix derivative results (2008).
"""

import math
from typing import Any

import numpy as np

from ..errors import LinAlgError, ShapeError
from ..primitive import primitive
from .elementwise import where
from .elimination import eliminated
from .indexing import take_along_axis
from .matrices import (
    attempt,
    check_matrix,
    check_square,
    constant_like,
    diagonal_of,
    first_true,
    identity,
    lower,
    matrix_transpose,
    raw,
    stacked,
    symmetric,
    upper,
)
from .shape import concatenate
from .solving import solve_triangular

__all__ = [
    "cholesky",
    "cholesky_ex",
    "householder_product",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_packed",
    "lu_solve",
    "lu_unpack",
    "ormqr",
]


# -- Cholesky ----------------------------------------------------------------------------------------------------


@primitive(symbol="chol", formula="l with l l^T = a", derivative="l^-T phi(l^T g) l^-1, symmetric")
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Lower triangular ``l`` with ``l l^T = a``, or its transpose with ``upper=True``; ``a`` is symmetric.

    One triangle of ``a`` is read, as NumPy does; the gradient is the symmetric one.

    Raises:
        ShapeError: ``a`` is not square.
        LinAlgError: ``a`` is not positive definite.

    >>> cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    check_square("cholesky", a)
    a = np.swapaxes(a, -1, -2) if upper else a
    factor = attempt("cholesky", "a positive definite matrix", np.linalg.cholesky, a)
    return np.swapaxes(factor, -1, -2) if upper else factor


def _cholesky_rule(g: Any, out: Any, a: Any, upper: bool = False) -> Any:
    g, factor = (matrix_transpose(g), matrix_transpose(out)) if upper else (g, out)
    middle = lower(matrix_transpose(factor) @ lower(g))
    half = middle - 0.5 * where(np.eye(a.shape[-1], dtype=bool), middle, 0.0)
    inner = solve_triangular(factor, half, upper=False, left=False)
    return symmetric(solve_triangular(matrix_transpose(factor), inner, upper=True))


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


@primitive(symbol="lu", formula="l u = a, packed", derivative="l^-T (tril(l^T g) + triu(g u^T)) u^-1")
def lu_packed(a: Any, /) -> Any:
    """Factors ``l u = a`` of square matrices without exchanging rows: ``u``, and ``l`` below without its ones.

    :func:`lu` and :func:`lu_factor` bring the rows into order first.

    Raises:
        ShapeError: ``a`` is not square.

    >>> lu_packed(np.array([[2.0, 2.0], [1.0, 2.0]]))
    array([[2. , 2. ],
           [0.5, 1. ]])
    """
    check_square("lu_packed", a)
    return eliminated(a, pivot=False)[0]


def _lu_packed_rule(g: Any, out: Any, a: Any) -> Any:
    l_transposed, u_transposed = matrix_transpose(_unit_lower(out)), matrix_transpose(upper(out))
    middle = lower(l_transposed @ lower(g, -1), -1) + upper(upper(g) @ u_transposed)
    inner = solve_triangular(u_transposed, middle, upper=False, left=False)
    return solve_triangular(l_transposed, inner, upper=True, unitriangular=True)


lu_packed.defvjp(_lu_packed_rule)


def _unit_lower(packed: Any) -> Any:
    return lower(packed, -1) + np.eye(*packed.shape[-2:], dtype=packed.dtype)


def _packed(ordered: Any) -> Any:
    """Factor matrices of any shape whose rows are in order: the square part, and the rest by a triangular solution."""
    rows, columns = ordered.shape[-2:]
    k = min(rows, columns)
    square = lu_packed(ordered[..., :k, :k])
    if rows < columns:
        rest = solve_triangular(square, ordered[..., k:], upper=False, unitriangular=True)
        return concatenate([square, rest], axis=-1)
    if rows > columns:
        rest = solve_triangular(square, ordered[..., k:, :], upper=True, left=False)
        return concatenate([square, rest], axis=-2)
    return square


def _ordered(a: Any, pivot: bool) -> tuple[Any, Any, Any]:
    """Return the matrix with its rows in the order of elimination, that order, and the exchanges that lead to it."""
    _, order, pivots = eliminated(raw(a), pivot)
    return take_along_axis(a, indices=order[..., None], axis=-2) if pivot else a, order, pivots


def lu_factor(a: Any, *, pivot: bool = True) -> tuple[Any, Any]:
    """Return both triangular factors in one array, and the rows that were exchanged, counted from 1 as in PyTorch.

    Raises:
        LinAlgError: The leading block of a tall matrix is singular.

    >>> lu_factor(np.array([[1.0, 2.0], [2.0, 2.0]]))
    (array([[2. , 2. ],
           [0.5, 1. ]]), array([2, 2], dtype=int32))
    """
    check_matrix("lu_factor", a)
    ordered, _, pivots = _ordered(a, pivot)
    return _packed(ordered), constant_like(a, (pivots + 1).astype(np.int32))


def lu_factor_ex(a: Any, *, pivot: bool = True, check_errors: bool = False) -> tuple[Any, Any, Any]:
    """Return what :func:`lu_factor` does and, for each matrix, 0 or the place of the first pivot that is zero.

    >>> lu_factor_ex(np.zeros((1, 1)))[2]
    array(1, dtype=int32)
    """
    packed, pivots = lu_factor(a, pivot=pivot)
    info = first_true(diagonal_of(raw(packed)) == 0)
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
    return _unit_lower(packed[..., :k]), upper(packed[..., :k, :])


def lu(a: Any, *, pivot: bool = True) -> tuple[Any, Any, Any]:
    """Return ``p``, ``l``, ``u`` with ``a = p l u``: a permutation, unit lower and upper triangular matrices.

    >>> p, l, u = lu(np.array([[1.0, 2.0], [2.0, 2.0]]))
    >>> p @ l @ u
    array([[1., 2.],
           [2., 2.]])
    """
    check_matrix("lu", a)
    ordered, order, _ = _ordered(a, pivot)
    return constant_like(a, _permutation(order, a.dtype)), *_factors(_packed(ordered))


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
        return matrix_transpose(lu_solve(packed, pivots, matrix_transpose(b), adjoint=not adjoint))
    order = _order_of(pivots, packed.shape[-1])
    p = _permutation(order, packed.dtype)
    if adjoint:
        t = matrix_transpose(packed)
        return p @ solve_triangular(t, solve_triangular(t, b, upper=False), upper=True, unitriangular=True)
    inner = solve_triangular(packed, np.swapaxes(p, -1, -2) @ b, upper=False, unitriangular=True)
    return solve_triangular(packed, inner, upper=True)


# -- reflections -------------------------------------------------------------------------------------------------


def _reflections(a: Any, tau: Any) -> list[tuple[Any, Any]]:
    """Return each reflection ``1 - tau v v^T`` as ``v`` and ``tau``, both as matrices.

    ``v`` is zero above the diagonal and one on it, the way LAPACK stores it in the columns of ``a``.
    """
    vectors = _unit_lower(a)
    count = tau.shape[-1]
    return [(vectors[..., i : i + 1], tau[..., i, None, None]) for i in range(count)]


def _check_reflections(name: str, a: Any, tau: Any) -> None:
    check_matrix(name, a)
    if tau.ndim != a.ndim - 1 or tau.shape[:-1] != a.shape[:-2] or tau.shape[-1] > min(a.shape[-2:]):
        raise ShapeError(
            f"expected one factor for each of the first columns of a in {name}, got tau of shape {tau.shape} "
            f"for a of shape {a.shape}"
        )


def householder_product(a: Any, tau: Any) -> Any:
    """Return the first columns of the product of the reflections stored in the columns of ``a``, LAPACK's ``orgqr``.

    Raises:
        ShapeError: ``a`` is wider than high, or ``tau`` does not fit it.

    >>> householder_product(np.array([[1.0], [1.0]]), np.array([1.0]))
    array([[ 0.],
           [-1.]])
    """
    _check_reflections("householder_product", a, tau)
    if a.shape[-2] < a.shape[-1]:
        raise ShapeError(f"expected at least as many rows as columns in householder_product, got shape {a.shape}")
    product = constant_like(a, stacked(np.eye(*a.shape[-2:], dtype=a.dtype), a.shape[:-2]))
    for v, t in reversed(_reflections(a, tau)):
        product = product - t * v @ (matrix_transpose(v) @ product)
    return product


def ormqr(a: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Multiply ``other`` by the product of the reflections in ``a`` (see :func:`householder_product`), not building it.

    Raises:
        ShapeError: ``tau`` or ``other`` does not fit ``a``.

    >>> ormqr(np.array([[1.0], [1.0]]), np.array([1.0]), np.ones((2, 1)))
    array([[-1.],
           [-1.]])
    """
    check_matrix("ormqr", a, other)
    _check_reflections("ormqr", a, tau)
    if other.shape[-2 if left else -1] != a.shape[-2] or other.shape[:-2] != a.shape[:-2]:
        raise ShapeError(f"expected an operand that fits reflections of shape {a.shape} in ormqr, got {other.shape}")
    if not left:
        return matrix_transpose(ormqr(a, tau, matrix_transpose(other), True, not transpose))
    reflections = _reflections(a, tau)
    for v, t in reflections if transpose else reversed(reflections):
        other = other - t * v @ (matrix_transpose(v) @ other)
    return other
