"""Systems of linear equations and inverses.

Derivatives: M. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation
(2008).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import LinAlgError, ShapeError
from ..node import raw
from ..primitive import primitive
from .axes import constant_like
from .complex_numbers import adjoint
from .diagonals import diagonal, tril, triu
from .elementwise import copy, where
from .elimination import eliminated, substituted
from .matrices import attempt, check_matrix, check_square, first_true, identity, matrix_transpose, stacked, tall
from .shape import expand_dims, reshape, transpose

__all__ = [
    "cholesky_inverse",
    "cholesky_solve",
    "inv",
    "inv_ex",
    "solve",
    "solve_ex",
    "solve_triangular",
    "tensorinv",
    "tensorsolve",
    "triangular_solve",
]

_INVERTIBLE = "an invertible matrix"


# -- systems -----------------------------------------------------------------------------------------------------


def _check_system(name: str, a: Any, b: Any, left: bool = True) -> None:
    """Refuse a right-hand side whose length is not the matrix's."""
    check_square(name, a)
    shape, n = np.shape(b), np.shape(a)[-1]
    if not shape or shape[-1 if len(shape) == 1 or not left else -2] != n:
        raise ShapeError(
            f"expected {n} {'rows' if left else 'columns'} on the right-hand side in {name} for a matrix of shape "
            f"{np.shape(a)}, got shape {shape}; a stack of vectors needs a last axis of length one"
        )


@primitive(formula="x with a x = b", derivative="-(a^-T g) x^T, a^-T g", domain="invertible a")
def solve(a: Any, b: Any, /) -> Any:
    """Solve ``a x = b`` for stacks of square matrices.

    ``b`` is one vector when it has one axis and a stack of matrices otherwise, as in NumPy 2 (Giles 2008).

    Raises:
        ShapeError: ``a`` is not square, or ``b`` has another length.
        LinAlgError: ``a`` is singular.

    >>> solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([1.0, 2.0]))
    array([0.5, 0.5])
    """
    _check_system("solve", a, b)
    return attempt("solve", _INVERTIBLE, np.linalg.solve, a, b)


def _solve_matrix(g: Any, out: Any, a: Any, b: Any) -> Any:
    y = _solve_right(g, out, a, b)
    return -(y @ matrix_transpose(out)) if b.ndim > 1 else -(tall(y) * expand_dims(out, axis=-2))


def _solve_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    return solve(matrix_transpose(a), g) if b.ndim > 1 else solve(matrix_transpose(a), tall(g))[..., 0]


solve.defvjp(_solve_matrix, _solve_right)


@primitive(
    formula="x with a x = b, a triangular",
    derivative="the triangle of -(a^-T g) x^T, a^-T g",
    domain="no 0 on the diagonal",
)
def solve_triangular(a: Any, b: Any, /, *, upper: bool = True, left: bool = True, unitriangular: bool = False) -> Any:
    """Solve ``a x = b``, or ``x a = b`` with ``left=False``, for stacks of triangular matrices.

    Only the triangle that is named is read, without its diagonal if ``unitriangular`` says that it is one.

    Raises:
        ShapeError: ``a`` is not square, or ``b`` is no matrix of the same length.
        LinAlgError: The diagonal holds a zero.

    >>> solve_triangular(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([[3.0], [1.0]]))
    array([[1.],
           [1.]])
    """
    check_matrix("solve_triangular", a, b)
    _check_system("solve_triangular", a, b, left)
    a, b = np.asarray(a), np.asarray(b)
    if not left:
        a, b, upper = np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2), not upper
    if not upper:  # with its rows and columns in reverse it is an upper one
        a, b = a[..., ::-1, ::-1], b[..., ::-1, :]
    triangle = np.triu(a, 1) + np.eye(a.shape[-1], dtype=a.dtype) if unitriangular else np.triu(a)
    x = attempt("solve_triangular", "a diagonal without zeros", substituted, triangle, b)
    x = x if upper else x[..., ::-1, :]
    return x if left else np.swapaxes(x, -1, -2)


def _triangular_matrix(
    g: Any, out: Any, a: Any, b: Any, upper: bool = True, left: bool = True, unitriangular: bool = False
) -> Any:
    y = _triangular_right(g, out, a, b, upper, left, unitriangular)
    product = -(y @ matrix_transpose(out)) if left else -(matrix_transpose(out) @ y)
    return (triu if upper else tril)(product, int(unitriangular) if upper else -int(unitriangular))


def _triangular_right(
    g: Any, out: Any, a: Any, b: Any, upper: bool = True, left: bool = True, unitriangular: bool = False
) -> Any:
    return solve_triangular(matrix_transpose(a), g, upper=not upper, left=left, unitriangular=unitriangular)


solve_triangular.defvjp(_triangular_matrix, _triangular_right)


def triangular_solve(
    b: Any, a: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple[Any, Any]:
    """Solve ``a x = b`` for a triangular ``a`` and return ``x`` and ``a``; PyTorch's older spelling.

    >>> triangular_solve(np.array([[3.0], [1.0]]), np.array([[2.0, 1.0], [0.0, 1.0]]))[0]
    array([[1.],
           [1.]])
    """
    matrix, above = (matrix_transpose(a), not upper) if transpose else (a, upper)
    return solve_triangular(matrix, b, upper=above, unitriangular=unitriangular), copy(a)


def cholesky_solve(b: Any, factor: Any, *, upper: bool = False) -> Any:
    """Solve ``a x = b`` from the Cholesky factor of ``a``.

    >>> cholesky_solve(np.array([[4.0]]), np.array([[2.0]]))
    array([[1.]])
    """
    first, second = (adjoint(factor), factor) if upper else (factor, adjoint(factor))
    return solve_triangular(second, solve_triangular(first, b, upper=False), upper=True)


def cholesky_inverse(factor: Any, *, upper: bool = False) -> Any:
    """Return the inverse of the matrix of which ``factor`` is the Cholesky factor.

    >>> cholesky_inverse(np.array([[2.0]]))
    array([[0.25]])
    """
    check_square("cholesky_inverse", factor)
    half = solve_triangular(factor, stacked(identity(factor), factor.shape[:-2]), upper=upper)
    return half @ adjoint(half) if upper else adjoint(half) @ half


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """Solve ``tensordot(a, x, x.ndim) = b``, as ``numpy.linalg.tensorsolve``.

    Raises:
        ShapeError: The axes of ``a`` after those of ``b`` do not make it square.

    >>> tensorsolve(np.eye(4).reshape(2, 2, 4), np.ones((2, 2)))
    array([1., 1., 1., 1.])
    """
    if axes is not None:
        moved = [axis % a.ndim for axis in axes]
        a = transpose(a, axes=[*(i for i in range(a.ndim) if i not in moved), *moved])
    shape, n = a.shape[b.ndim :], math.prod(b.shape)
    if math.prod(shape) != n:
        raise ShapeError(
            f"expected as many elements after the first {b.ndim} axes of a in tensorsolve as b has, {n}, got {shape}"
        )
    return reshape(solve(reshape(a, shape=(n, n)), reshape(b, shape=(n,))), shape=shape)


# -- inverses ----------------------------------------------------------------------------------------------------


@primitive(symbol="inv", formula="a^-1", derivative="-out^T g out^T", domain="invertible a")
def inv(a: Any, /) -> Any:
    """Inverse of stacks of square matrices (Giles 2008).

    Raises:
        ShapeError: ``a`` is not square.
        LinAlgError: ``a`` is singular.

    >>> inv(np.array([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    check_square("inv", a)
    return attempt("inv", _INVERTIBLE, np.linalg.inv, a)


def _inv_rule(g: Any, out: Any, a: Any) -> Any:
    t = matrix_transpose(out)
    return -(t @ g @ t)


inv.defvjp(_inv_rule)


def _first_zero_pivot(a: Any) -> Any:
    """Return for each matrix the place, from 1, of the first pivot that is zero; 0 when there is none."""
    if np.all(np.linalg.slogdet(a)[0]):  # by LAPACK, which does not say where
        return np.zeros(a.shape[:-2], dtype=np.int32)
    return first_true(diagonal(eliminated(a)[0], axis1=-2, axis2=-1) == 0)


def _unless(info: Any, a: Any, check_errors: bool, name: str) -> Any:
    """Put the identity in the place of matrices that cannot be used, or raise if that is asked for."""
    if check_errors and info.any():
        raise LinAlgError(f"expected {_INVERTIBLE} in {name}, got a singular one at {np.argwhere(info).tolist()}")
    return where((info > 0)[..., None, None], identity(a), a)


def inv_ex(a: Any, *, check_errors: bool = False) -> tuple[Any, Any]:
    """Return the inverse and, for each matrix, 0 or the place of the pivot that is zero; NaN there, and no exception.

    >>> inv_ex(np.zeros((1, 1)))[1]
    array(1, dtype=int32)
    """
    check_square("inv_ex", a)
    info = _first_zero_pivot(raw(a))
    found = inv(_unless(info, a, check_errors, "inv_ex"))
    return where((info > 0)[..., None, None], math.nan, found), constant_like(a, info)


def solve_ex(a: Any, b: Any, *, check_errors: bool = False) -> tuple[Any, Any]:
    """Return the solution of ``a x = b`` and what :func:`inv_ex` tells about ``a``.

    >>> solve_ex(np.eye(1), np.ones(1))
    (array([1.]), array(0, dtype=int32))
    """
    _check_system("solve_ex", a, b)
    info = _first_zero_pivot(raw(a))
    found = solve(_unless(info, a, check_errors, "solve_ex"), b)
    singular = (info > 0)[..., None] if b.ndim == 1 else (info > 0)[..., None, None]
    return where(singular, math.nan, found), constant_like(a, info)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse for ``tensordot``, as ``numpy.linalg.tensorinv``: the first ``ind`` axes are one side of the matrix.

    Raises:
        ShapeError: The two sides have different numbers of elements.
        ValueError: ``ind`` is not positive.

    >>> tensorinv(np.eye(4).reshape(2, 2, 4), 2).shape
    (4, 2, 2)
    """
    if ind < 1:
        raise ValueError(f"expected one or more axes in tensorinv, got ind={ind}")
    left, right = a.shape[:ind], a.shape[ind:]
    if math.prod(left) != math.prod(right):
        raise ShapeError(f"expected two sides of as many elements in tensorinv, got {left} and {right}; choose ind")
    return reshape(inv(reshape(a, shape=(math.prod(left), math.prod(right)))), shape=(*right, *left))
