"""What the operations on stacks of matrices have in common: shapes, triangles, and what is said when one does not fit.

A stack is an array whose last two axes are those of a matrix; the axes before them are the batch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import LinAlgError, ShapeError
from .complex_numbers import adjoint
from .diagonals import tril
from .elementwise import where
from .indexing import get_item
from .shape import broadcast_to, swapaxes

__all__ = ["matrix_transpose"]


def matrix_transpose(x: Any) -> Any:
    """Exchange the last two axes.

    >>> matrix_transpose(np.ones((4, 2, 3))).shape
    (4, 3, 2)
    """
    return swapaxes(x, axis1=-1, axis2=-2)


def check_matrix(name: str, *arrays: Any) -> None:
    """Refuse what has fewer than two axes.

    Raises:
        ShapeError: An array has.
    """
    for a in arrays:
        if np.ndim(a) < 2:
            raise ShapeError(f"expected a matrix or a stack of them in {name}, got shape {np.shape(a)}; reshape it")


def check_square(name: str, a: Any) -> None:
    """Refuse what is no square matrix.

    Raises:
        ShapeError: The last two axes differ in length.
    """
    check_matrix(name, a)
    if np.shape(a)[-1] != np.shape(a)[-2]:
        raise ShapeError(f"expected a square matrix or a stack of them in {name}, got shape {np.shape(a)}")


def attempt(name: str, wanted: str, compute: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """Run one of NumPy's routines, and say what was wanted when the matrix does not allow it.

    Raises:
        LinAlgError: It does not.
    """
    try:
        return compute(*args, **params)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"expected {wanted} in {name}, got one that is not ({error})") from None


def identity(x: Any) -> Any:
    """Return the identity matrix that multiplies ``x`` from the right."""
    return np.eye(x.shape[-1], dtype=x.dtype)


def unit_lower(x: Any) -> Any:
    """Keep what stands below the diagonal, and put ones on it."""
    return tril(x, -1) + np.eye(*x.shape[-2:], dtype=x.dtype)


def halved(x: Any) -> Any:
    """Keep the lower triangle with half of the diagonal, so that it and its adjoint add up to a matrix."""
    return tril(x) - 0.5 * where(np.eye(x.shape[-1], dtype=bool), x, 0.0)


def symmetric(x: Any) -> Any:
    """Return the symmetric part, the Hermitian one of complex matrices."""
    return 0.5 * (x + adjoint(x))


def stacked(x: Any, batch: tuple[int, ...]) -> Any:
    """Repeat matrices along the axes of a batch."""
    shape = (*batch, *x.shape[-2:])
    return x if x.shape == shape else broadcast_to(x, shape=shape)


def tall(x: Any) -> Any:
    """Return a vector, or a stack of them, as matrices of one column."""
    return get_item(x, index=(..., None))


def first_true(mask: Any) -> Any:
    """Return the place, from 1, of the first true element along the last axis; 0 where there is none."""
    before = np.sum(np.cumsum(mask, axis=-1) == 0, axis=-1)
    return np.where(np.any(mask, axis=-1), before + 1, 0).astype(np.int32)
