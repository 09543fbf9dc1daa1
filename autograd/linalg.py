"""Linear algebra under the names of ``numpy.linalg``, and of ``torch.linalg`` for what only PyTorch has.

All take stacks of matrices: arrays whose last two axes are those of a matrix. ``np.linalg.solve(a, b)`` of tensors
comes here too.

>>> import numpy as np
>>> from autograd import Tensor, linalg
>>> a = Tensor(np.array([[2.0, 0.0], [0.0, 4.0]]), requires_grad=True)
>>> linalg.det(a).backward()
>>> a.grad.tolist()
[[4.0, 0.0], [0.0, 2.0]]
"""

from typing import Any

from .ops.determinants import det, slogdet
from .ops.diagonals import diagonal as _diagonal
from .ops.factorizations import (
    cholesky,
    cholesky_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
)
from .ops.linalg import cross, matmul, multi_dot, outer, tensordot, vecdot
from .ops.linalg import trace as _trace
from .ops.linalg import vander as _vander
from .ops.matrices import matrix_transpose
from .ops.matrix_functions import matrix_exp, matrix_power
from .ops.norms import array_norm as norm
from .ops.norms import cond, matrix_norm, vector_norm
from .ops.orthogonal import householder_product, qr
from .ops.solving import inv, inv_ex, solve, solve_ex, solve_triangular, tensorinv, tensorsolve
from .ops.spectral import eig, eigh, eigvals, eigvalsh, lstsq, matrix_rank, pinv, svd, svdvals

__all__ = [
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vander",
    "vecdot",
    "vector_norm",
]


def diagonal(x: Any, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Any:
    """Read a diagonal of each matrix, of the last two axes; :func:`autograd.diagonal` takes the first two.

    >>> import numpy as np
    >>> diagonal(np.eye(2))
    array([1., 1.])
    """
    return _diagonal(x, offset, axis1, axis2)


def trace(x: Any, offset: int = 0) -> Any:
    """Sum along a diagonal of each matrix, of the last two axes; :func:`numpy.trace` takes the first two.

    >>> import numpy as np
    >>> float(trace(np.eye(3)))
    3.0
    """
    return _trace(x, offset, -2, -1)


def vander(x: Any, N: int | None = None) -> Any:
    """Vandermonde's matrix with rising powers, PyTorch's; :func:`autograd.vander` is NumPy's, with falling ones.

    >>> import numpy as np
    >>> vander(np.array([2.0, 3.0]))
    array([[1., 2.],
           [1., 3.]])
    """
    return _vander(x, N, increasing=True)
