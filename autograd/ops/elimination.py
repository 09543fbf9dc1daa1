"""Gaussian elimination and substitution, which NumPy does not hand out; of raw arrays, a stack of matrices at once.

G. Golub and C. Van Loan, Matrix Computations, 4th edition, chapter 3. Both go in blocks, so that most of the work is
products of matrices.
"""

import math
from typing import Any

import numpy as np

__all__ = ["eliminated", "substituted"]

_BLOCK = 32


def eliminated(a: Any, pivot: bool = True) -> tuple[Any, Any]:
    """Return the factors ``l u`` of a matrix whose rows were exchanged, and which were, counted from 0.

    The first array holds ``u`` and, below its diagonal, ``l`` without its ones. In step ``j`` row ``j`` was exchanged
    with row ``pivots[j]``.

    >>> eliminated(np.array([[1.0, 2.0], [2.0, 2.0]]))
    (array([[2. , 2. ],
           [0.5, 1. ]]), array([1, 1]))
    """
    a = np.asarray(a)
    *batch, rows, columns = a.shape
    size, steps = math.prod(batch), min(rows, columns)
    lu = np.array(a, dtype=np.result_type(a, np.float32)).reshape(size, rows, columns)
    pivots = np.tile(np.arange(steps), (size, 1))
    for start in range(0, steps if size else 0, _BLOCK):
        stop = min(start + _BLOCK, steps)
        for j in range(start, stop):
            if pivot:
                pivots[:, j] = _bring_up_the_largest(lu, j)
            top = lu[:, j, j]
            lu[:, j + 1 :, j] /= np.where(top == 0, top.dtype.type(1), top)[:, None]
            _subtract(lu, slice(j + 1, None), slice(j, j + 1), slice(j + 1, stop))
        for j in range(start, stop - 1):
            _subtract(lu, slice(j + 1, stop), slice(j, j + 1), slice(stop, None))
        _subtract(lu, slice(stop, None), slice(start, stop), slice(stop, None))
    return lu.reshape(a.shape), pivots.reshape(*batch, steps)


def _bring_up_the_largest(lu: Any, j: int) -> Any:
    """Exchange row ``j`` with the one below that has the largest element in column ``j``; return which it was."""
    which = np.arange(len(lu))
    largest = j + np.argmax(np.absolute(lu[:, j:, j]), axis=1)
    lu[which, j], lu[which, largest] = lu[which, largest], lu[which, j]
    return largest


def _subtract(lu: Any, rows: slice, inner: slice, columns: slice) -> None:
    lu[:, rows, columns] -= lu[:, rows, inner] @ lu[:, inner, columns]


def substituted(a: Any, b: Any) -> Any:
    """Solve ``a x = b`` for upper triangular ``a``; what stands below the diagonal must be zero.

    Raises:
        LinAlgError: NumPy's, where the diagonal holds a zero.

    >>> substituted(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([[3.0], [1.0]]))
    array([[1.],
           [1.]])
    """
    n = a.shape[-1]
    if n <= _BLOCK:
        return np.linalg.solve(a, b)  # whose elimination finds nothing to do
    half = n // 2
    last = substituted(a[..., half:, half:], b[..., half:, :])
    first = substituted(a[..., :half, :half], b[..., :half, :] - a[..., :half, half:] @ last)
    return np.concatenate([np.broadcast_to(first, (*last.shape[:-2], half, last.shape[-1])), last], axis=-2)
