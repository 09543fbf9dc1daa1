"""Diagonals and triangles: read, written, or made into whole matrices."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import ShapeError
from .elementwise import where
from .indexing import add_at, get_item, set_item
from .shape import moveaxis, ravel

__all__ = ["diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "tril", "triu"]


def _plane(ndim: int, axis1: int, axis2: int) -> tuple[int, int]:
    """Return the two axes of the matrices, counted from the first."""
    plane = normalize_axis_index(axis1, ndim), normalize_axis_index(axis2, ndim)
    if plane[0] == plane[1]:
        raise ShapeError(f"expected two different axes, got axis1={axis1} and axis2={axis2} of {ndim} axes")
    return plane


def _places(shape: tuple[int, ...], offset: int) -> tuple[Any, ...]:
    """Return the index of a diagonal of the last two axes, empty where it lies outside."""
    rows, columns = shape[-2:]
    row, column = max(-offset, 0), max(offset, 0)
    steps = np.arange(max(min(rows - row, columns - column), 0))
    return (..., row + steps, column + steps)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Read a diagonal of two axes; it becomes the last axis, as in ``numpy.diagonal``.

    Raises:
        ShapeError: The axes are one and the same.

    >>> diagonal(np.arange(6.0).reshape(2, 3), offset=1)
    array([1., 5.])
    """
    plane = _plane(np.ndim(x), axis1, axis2)
    matrices = moveaxis(x, source=plane, destination=(-2, -1))
    return get_item(matrices, index=_places(matrices.shape, offset))


def diagonal_scatter(x: Any, src: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a copy of ``x`` in which a diagonal of two axes is ``src``, as ``torch.diagonal_scatter``.

    Raises:
        ShapeError: ``src`` has not the shape of :func:`diagonal`.

    >>> diagonal_scatter(np.zeros((2, 2)), np.ones(1), offset=-1)
    array([[0., 0.],
           [1., 0.]])
    """
    plane = _plane(np.ndim(x), axis1, axis2)
    matrices = moveaxis(x, source=plane, destination=(-2, -1))
    places = _places(matrices.shape, offset)
    expected = (*matrices.shape[:-2], len(places[1]))
    if np.shape(src) != expected:
        raise ShapeError(f"expected src of the diagonal's shape {expected} in diagonal_scatter, got {np.shape(src)}")
    return moveaxis(set_item(matrices, src, index=places), source=(-2, -1), destination=plane)


def diag_embed(x: Any, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Any:
    """Make the last axis a diagonal of square matrices of zeros, which lie in two new axes of the result.

    Raises:
        ShapeError: The axes are one and the same, or there is none to begin with.

    >>> diag_embed(np.array([1.0, 2.0]), offset=1)
    array([[0., 1., 0.],
           [0., 0., 2.],
           [0., 0., 0.]])
    """
    shape = np.shape(x)
    if not shape:
        raise ShapeError("expected one or more axes in diag_embed, got a number; use reshape(x, (1,))")
    plane = _plane(len(shape) + 1, axis1, axis2)
    side = shape[-1] + abs(offset)
    matrices = add_at(x, index=_places((side, side), offset), shape=(*shape[:-1], side, side))
    return moveaxis(matrices, source=(-2, -1), destination=plane)


def diag(x: Any, k: int = 0) -> Any:
    """Read the diagonal of a matrix, or make the matrix that has a vector there, as ``numpy.diag``.

    Raises:
        ShapeError: ``x`` is neither a vector nor a matrix.

    >>> diag(diag(np.array([1.0, 2.0])))
    array([1., 2.])
    """
    if np.ndim(x) not in (1, 2):
        raise ShapeError(f"expected 1 or 2 axes in diag, got shape {np.shape(x)}; use diagonal or diag_embed")
    return diagonal(x, k) if np.ndim(x) == 2 else diag_embed(x, k)


def diagflat(x: Any, k: int = 0) -> Any:
    """Make the matrix that has all elements of an array on a diagonal, as ``numpy.diagflat``.

    >>> diagflat(np.array([[1.0], [2.0]]))
    array([[1., 0.],
           [0., 2.]])
    """
    return diag_embed(ravel(x), k)


def _below(x: Any, k: int, name: str) -> Any:
    """Return where the last two axes are on or below a diagonal."""
    if np.ndim(x) < 2:
        raise ShapeError(f"expected 2 or more axes in {name}, got shape {np.shape(x)}")
    rows, columns = np.shape(x)[-2:]
    return np.tri(rows, columns, k, dtype=bool)


def tril(x: Any, k: int = 0) -> Any:
    """Keep the lower triangle of the last two axes, up to the ``k``-th diagonal, as ``numpy.tril``.

    Raises:
        ShapeError: There are fewer than two axes.

    >>> tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return where(_below(x, k, "tril"), x, 0)


def triu(x: Any, k: int = 0) -> Any:
    """Keep the upper triangle of the last two axes, from the ``k``-th diagonal on, as ``numpy.triu``.

    Raises:
        ShapeError: There are fewer than two axes.

    >>> triu(np.ones((2, 2)), k=1)
    array([[0., 1.],
           [0., 0.]])
    """
    return where(_below(x, k - 1, "triu"), 0, x)
