"""Orthogonal factors: the QR factorization, and products of Householder's reflections.

Derivative of the factorization: S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions with
application in optimum experimental design (2010), https://arxiv.org/abs/1001.1654.
"""

from typing import Any, NamedTuple

import numpy as np

from ..errors import NotDifferentiableError, ShapeError
from ..primitive import primitive
from .axes import constant_like
from .complex_numbers import adjoint
from .complex_parts import conj
from .diagonals import triu
from .matrices import check_matrix, halved, stacked, unit_lower
from .shape import concatenate
from .solving import solve_triangular

__all__ = ["householder_product", "ormqr", "qr"]


class QRResult(NamedTuple):
    """What :func:`qr` returns."""

    Q: Any
    R: Any


@primitive(
    formula="q r = a",
    derivative="(g_q + q copyltu(r g_r^T - g_q^T q)) r^-T",
    domain="derivative: full rank",
    analytic=False,
    on_complex="convention",
)
def qr(a: Any, /, *, mode: str = "reduced") -> Any:
    """Orthonormal ``q`` and upper triangular ``r`` with ``q r = a``, as ``numpy.linalg.qr``.

    Args:
        a: Matrices whose first columns, as many as there are rows, are linearly independent.
        mode: ``"reduced"``; ``"complete"`` for a square ``q``, which has no gradient where the matrix is higher than
            wide; ``"r"`` for ``r`` alone.

    Raises:
        ValueError: There is no such mode.
        LinAlgError: In the backward pass, the columns are linearly dependent.

    >>> qr(np.array([[3.0], [4.0]])).R
    array([[-5.]])
    """
    check_matrix("qr", a)
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"expected the mode 'reduced', 'complete' or 'r' in qr, got {mode!r}")
    found = np.linalg.qr(a, mode=mode)  # type: ignore[call-overload]
    return found if mode == "r" else QRResult(*found)


def _qr_rule(g: Any, out: Any, a: Any, mode: str = "reduced") -> Any:
    rows, columns = a.shape[-2:]
    (q, r), (g_q, g_r) = (qr(a), (None, g)) if mode == "r" else (out, g)
    if mode == "complete" and rows > columns:
        raise NotDifferentiableError(
            f"expected mode='reduced' for the gradient of qr of shape {a.shape}, got 'complete', whose last columns "
            "are not determined"
        )
    if rows >= columns:
        return _tall_qr_gradient(g_q, g_r, q, r)
    return _wide_qr_gradient(g_q, g_r, q, r, a[..., rows:])


def _tall_qr_gradient(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
    middle = 0.0 if g_r is None else r @ adjoint(triu(g_r))
    if g_q is not None:
        middle = middle - adjoint(g_q) @ q
    lower = halved(middle)
    turned = q @ (lower + adjoint(lower))
    return solve_triangular(adjoint(r), turned if g_q is None else g_q + turned, upper=False, left=False)


def _wide_qr_gradient(g_q: Any, g_r: Any, q: Any, r: Any, rest: Any) -> Any:
    """Take ``a`` apart: ``q`` and the first part of ``r`` come from its square part, the last is ``q^T rest``."""
    rows = q.shape[-1]
    if g_r is None:
        g_rest, g_square = 0.0 * rest, None
    else:
        g_square, g_last = g_r[..., :rows], g_r[..., rows:]
        g_rest = q @ g_last
        through = rest @ adjoint(g_last)
        g_q = through if g_q is None else g_q + through
    return concatenate([_tall_qr_gradient(g_q, g_square, q, r[..., :rows]), g_rest], axis=-1)


qr.defvjp(_qr_rule)


def _reflections(a: Any, tau: Any) -> list[tuple[Any, Any]]:
    """Return each reflection ``1 - tau v v^H`` as ``v`` and ``tau``, both as matrices.

    ``v`` is zero above the diagonal and one on it, the way LAPACK stores it in the columns of ``a``.
    """
    vectors = unit_lower(a)
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
        product = product - t * v @ (adjoint(v) @ product)
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
        return adjoint(ormqr(a, tau, adjoint(other), True, not transpose))
    reflections = _reflections(a, tau)
    for v, t in reflections if transpose else reversed(reflections):
        other = other - (conj(t) if transpose else t) * v @ (adjoint(v) @ other)
    return other
