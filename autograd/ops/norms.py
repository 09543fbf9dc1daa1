"""Norms of vectors and matrices, distances, and condition numbers."""

import math
from typing import Any

import numpy as np

from ..errors import ShapeError
from .elementwise import absolute
from .indexing import get_item
from .matrices import check_matrix, check_square
from .reductions import max as largest
from .reductions import min as smallest
from .reductions import norm, sum
from .shape import expand_dims, moveaxis
from .solving import inv
from .spectral import svdvals

__all__ = ["cdist", "cond", "dist", "matrix_norm", "pdist", "vector_norm"]

Axis = int | tuple[int, ...] | None


def vector_norm(x: Any, ord: Any = 2, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm over axes, or of the flattened array, as ``numpy.linalg.vector_norm``; at the zero vector the gradient is 0.

    >>> float(vector_norm(np.array([3.0, 4.0])))
    5.0
    """
    if isinstance(ord, str):
        raise ValueError(f"expected a number as the order of a vector's norm, got {ord!r}, which is for matrices")
    return norm(x, ord=ord, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)


def _of_matrices(a: Any, ord: Any) -> Any:
    """Return a norm over the last two axes."""
    if ord in ("fro", None):
        return norm(a, ord=2, axis=(-2, -1))
    if ord == "nuc":
        return sum(svdvals(a), axis=-1)
    if isinstance(ord, str) or abs(ord) not in (1, 2, math.inf):
        raise ValueError(f"expected 'fro', 'nuc', inf, 1 or 2, or their negatives, as a matrix norm, got {ord!r}")
    extreme = largest if ord > 0 else smallest
    if abs(ord) == 2:
        return extreme(svdvals(a), axis=-1)
    return extreme(sum(absolute(a), axis=-2 if abs(ord) == 1 else -1), axis=-1)


def matrix_norm(a: Any, ord: Any = "fro", axis: tuple[int, int] = (-2, -1), keepdims: bool = False) -> Any:
    """Norm over two axes: ``"fro"``, ``"nuc"`` (sum of singular values), ``inf``, ``1`` or ``2``.

    A negative order takes the smallest column, row or singular value in place of the largest.

    Raises:
        ShapeError: The array has fewer than two axes, or the two are the same.
        ValueError: There is no such norm.

    >>> float(matrix_norm(np.diag([3.0, 4.0])))
    5.0
    """
    check_matrix("matrix_norm", a)
    row, column = axis = tuple(i % a.ndim for i in axis)
    if row == column:
        raise ShapeError(f"expected two different axes in matrix_norm, got {axis}")
    found = _of_matrices(moveaxis(a, source=axis, destination=(-2, -1)), ord)
    return expand_dims(found, axis=axis) if keepdims else found


def array_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of a vector over one axis or of a matrix over two, as ``numpy.linalg.norm``.

    Without an order it is the square root of the sum of squares, over all axes unless some are given.

    Raises:
        ShapeError: An order but no axis is given for an array of more than two axes.
        ValueError: There is no such norm.

    >>> float(array_norm(np.diag([3.0, 4.0]), "nuc"))
    7.0
    """
    axis = tuple(axis) if isinstance(axis, list) else axis
    if ord is None:
        return norm(x, axis=axis, keepdims=keepdims)
    if axis is None:
        if x.ndim not in (1, 2):
            raise ShapeError(f"expected an axis for the norm {ord!r} of an array of shape {x.shape}")
        axis = tuple(range(x.ndim))
    if isinstance(axis, int) or len(axis) == 1:
        return vector_norm(x, ord, axis=axis, keepdims=keepdims)
    if len(axis) != 2:
        raise ValueError(f"expected one axis or two for the norm {ord!r}, got {axis}")
    return matrix_norm(x, ord, axis, keepdims=keepdims)


def cond(a: Any, p: Any = None) -> Any:
    """Condition number: the norm ``p`` of a matrix times that of its inverse; by singular values for 2, the default.

    Raises:
        LinAlgError: The matrix is singular and ``p`` is not 2, -2 or ``None``.

    >>> float(cond(np.diag([4.0, 2.0])))
    2.0
    """
    check_matrix("cond", a)
    if not all(a.shape[-2:]):
        raise ShapeError(f"expected matrices that are not empty in cond, got shape {a.shape}")
    if p in (None, 2, -2):
        values = svdvals(a)
        ratio = values[..., 0] / values[..., -1]
        return ratio if p != -2 else 1.0 / ratio
    check_square("cond", a)
    return matrix_norm(a, p) * matrix_norm(inv(a), p)


# -- distances ---------------------------------------------------------------------------------------------------


def dist(x: Any, y: Any, p: float = 2) -> Any:
    """Norm of the difference of two arrays.

    >>> float(dist(np.array([3.0, 4.0]), np.zeros(2)))
    5.0
    """
    return norm(x - y, ord=p)


def cdist(x: Any, y: Any, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """Distance of every row of ``x`` from every row of ``y``, for stacks of matrices; at distance 0 the gradient is 0.

    Args:
        x: Of shape (..., rows, coordinates).
        y: Of shape (..., other rows, coordinates).
        p: The order of the norm.
        compute_mode: PyTorch's name for a way to compute it; there is one here, which does not cancel.

    Raises:
        ShapeError: The rows have different lengths.

    >>> cdist(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[5., 1.]])
    """
    check_matrix("cdist", x, y)
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(f"expected rows of one length in cdist, got shapes {x.shape} and {y.shape}")
    if p < 0:
        raise ValueError(f"expected an order of 0 or more in cdist, got {p}")
    return norm(expand_dims(x, axis=-2) - expand_dims(y, axis=-3), ord=p, axis=-1)


def pdist(x: Any, p: float = 2.0) -> Any:
    """Distance of each pair of rows, as ``scipy.spatial.distance.pdist`` orders them.

    Raises:
        ShapeError: ``x`` is no matrix.

    >>> pdist(np.array([[0.0], [1.0], [3.0]]))
    array([1., 3., 2.])
    """
    if x.ndim != 2:
        raise ShapeError(f"expected a matrix in pdist, got shape {x.shape}")
    if p < 0:
        raise ValueError(f"expected an order of 0 or more in pdist, got {p}")
    first, second = np.triu_indices(x.shape[0], 1)
    return norm(get_item(x, index=first) - get_item(x, index=second), ord=p, axis=-1)
