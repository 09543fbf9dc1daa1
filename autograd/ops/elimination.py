"""Gaussian elimination with partial pivoting, which NumPy does not hand out; raw arrays only.

G. Golub and C. Van Loan, Matrix Computations, 4th edition, algorithm 3.4.1, for all matrices of a stack at once.
"""

import math
from typing import Any

import numpy as np

__all__ = ["eliminated"]


def eliminated(a: Any, pivot: bool = True) -> tuple[Any, Any, Any]:
    """Return ``(packed, order, pivots)`` with ``a[order] = l u``.

    ``packed`` holds ``u`` and, below its diagonal, ``l`` without its ones; ``pivots`` names, from 0, the row that
    each row was exchanged with.

    >>> eliminated(np.array([[1.0, 2.0], [2.0, 2.0]]))
    (array([[2. , 2. ],
           [0.5, 1. ]]), array([1, 0]), array([1, 1]))
    """
    a = np.asarray(a)
    *batch, rows, columns = a.shape
    size, steps = math.prod(batch), min(rows, columns)
    lu = np.array(a, dtype=np.result_type(a, np.float32)).reshape(size, rows, columns)
    order = np.tile(np.arange(rows), (size, 1))
    pivots = np.tile(np.arange(steps), (size, 1))
    which = np.arange(size)
    for j in range(steps if size else 0):
        if pivot:
            largest = j + np.argmax(np.absolute(lu[:, j:, j]), axis=1)
            pivots[:, j] = largest
            for table in (lu, order):
                table[which, j], table[which, largest] = table[which, largest], table[which, j]
        top = lu[:, j, j]
        factors = lu[:, j + 1 :, j] / np.where(top == 0, top.dtype.type(1), top)[:, None]
        lu[:, j + 1 :, j] = factors
        lu[:, j + 1 :, j + 1 :] -= factors[:, :, None] * lu[:, j, None, j + 1 :]
    return lu.reshape(a.shape), order.reshape(*batch, rows), pivots.reshape(*batch, steps)
