"""Eigenvalues, singular values, and what is built on them.

Derivatives: J. Townsend, Differentiating the singular value decomposition (2016); M. Giles, Collected matrix
derivative results (2008); of the pseudo-inverse G. Golub and V. Pereyra, The differentiation of pseudo-inverses
and nonlinear least squares problems whose variables separate (1973).

Values alone have a gradient at repeated values too. Vectors are not determined there, and a function of them has a
gradient only where it does not depend on which ones were chosen.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import NotDifferentiableError, ShapeError
from ..node import raw
from ..primitive import primitive
from ..random import default_rng
from .axes import constant_like
from .complex_numbers import adjoint
from .complex_parts import conj, real
from .diagonals import diag_embed, diagonal
from .elementwise import where
from .linalg import vecdot
from .matrices import attempt, check_matrix, check_square, tall
from .orthogonal import qr
from .reductions import mean
from .solving import solve

__all__ = [
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "lstsq",
    "matrix_rank",
    "pca_lowrank",
    "pinv",
    "svd",
    "svd_lowrank",
    "svdvals",
]

_FINITE = "a matrix of finite numbers"


def _divided(x: Any, gap: Any) -> Any:
    """Divide, where nothing by nothing is nothing."""
    nothing = (raw(x) == 0) & (raw(gap) == 0)
    return x / where(nothing, math.inf, gap)


def _gaps(x: Any) -> Any:
    """Return ``x[j] - x[i]`` at ``[i, j]``, infinite on the diagonal, so that what it divides vanishes there."""
    return where(np.eye(x.shape[-1], dtype=bool), math.inf, x[..., None, :] - x[..., None])


def _antihermitian(x: Any) -> Any:
    return x - adjoint(x)


# -- symmetric matrices ------------------------------------------------------------------------------------------


class EighResult(NamedTuple):
    """What :func:`eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


@primitive(
    formula="a v = v diag(w)",
    derivative="v (diag(g_w) + antisymmetric(v^T g_v) / (w_j - w_i)) v^T",
    kinks="repeated eigenvalues: vectors not determined",
    analytic=False,
    on_complex="convention",
)
def eigh(a: Any, /, *, UPLO: str = "L") -> Any:
    """Eigenvalues in ascending order and orthonormal eigenvectors of symmetric or Hermitian matrices.

    One triangle of ``a`` is read, the lower or the upper one, as NumPy does; the gradient is that by symmetric ones.

    Raises:
        ShapeError: ``a`` is not square.
        ValueError: ``UPLO`` is neither ``"L"`` nor ``"U"``.

    >>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    array([1., 2.])
    """
    check_square("eigh", a)
    if UPLO not in ("L", "U"):
        raise ValueError(f"expected UPLO to be 'L' or 'U' in eigh, got {UPLO!r}")
    return EighResult(*attempt("eigh", _FINITE, np.linalg.eigh, a, UPLO=UPLO))


def _eigh_rule(g: Any, out: Any, a: Any, UPLO: str = "L") -> Any:
    (g_values, g_vectors), (values, vectors) = g, out
    inner: Any = 0.0 if g_values is None else diag_embed(g_values)
    if g_vectors is not None:
        inner = inner + _divided(0.5 * _antihermitian(adjoint(vectors) @ g_vectors), _gaps(values))
    return vectors @ inner @ adjoint(vectors)


eigh.defvjp(_eigh_rule)


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of symmetric matrices in ascending order; the gradient is finite at repeated ones.

    >>> eigvalsh(np.eye(2))
    array([1., 1.])
    """
    return eigh(a, UPLO=UPLO)[0]


class EigResult(NamedTuple):
    """What :func:`eig` returns."""

    eigenvalues: Any
    eigenvectors: Any


@primitive(
    formula="a v = v diag(w)",
    derivative="v^-H (diag(g_w) + (v^H g_v - v^H v Re diag(v^H g_v)) / conj(w_j - w_i)) v^H",
    kinks="repeated eigenvalues: vectors not determined",
    analytic=False,
    on_complex="convention",
)
def eig(a: Any, /) -> Any:
    """Eigenvalues and eigenvectors of length one of square matrices, complex as in PyTorch, whatever the values are.

    A vector is determined up to a factor of absolute value one; the gradient of what depends on it means nothing.

    Raises:
        ShapeError: ``a`` is not square.

    >>> eig(np.array([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    array([0.+1.j, 0.-1.j])
    """
    check_square("eig", a)
    found = attempt("eig", _FINITE, np.linalg.eig, a)
    return EigResult(*(part.astype(np.result_type(part, np.complex64), copy=False) for part in found))


def _eig_rule(g: Any, out: Any, a: Any) -> Any:
    """Differentiate ``a v = v diag(w)``, multiplied by ``v^-1`` from the left; vectors keep their length.

    C. Boeddeker and others, On the computation of complex-valued gradients (2017), https://arxiv.org/abs/1701.00392.
    """
    (g_values, g_vectors), (values, vectors) = g, out
    back = adjoint(vectors)
    inner: Any = 0.0 if g_values is None else diag_embed(g_values)
    if g_vectors is not None:
        along = back @ g_vectors
        lengths = real(diagonal(along, axis1=-2, axis2=-1))[..., None, :]
        inner = inner + _divided(along - (back @ vectors) * lengths, conj(_gaps(values)))
    return solve(back, inner @ back)


eig.defvjp(_eig_rule)


def eigvals(a: Any) -> Any:
    """Eigenvalues of square matrices, complex; the gradient is finite where they are distinct.

    >>> eigvals(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    array([0.+1.j, 0.-1.j])
    """
    return eig(a)[0]


# -- singular values ---------------------------------------------------------------------------------------------


class SVDResult(NamedTuple):
    """What :func:`svd` returns."""

    U: Any
    S: Any
    Vh: Any


@primitive(
    formula="a = u diag(s) v^T",
    derivative="u (diag(g_s) + ...) v^T + (1 - u u^T) g_u / s v^T + u / s g_v^T (1 - v v^T)",
    kinks="repeated or zero singular values: vectors not determined",
    analytic=False,
    on_complex="convention",
)
def svd(a: Any, /, *, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular value decomposition ``u @ diag(s) @ vh``, as ``numpy.linalg.svd``; singular values are descending.

    Args:
        a: Matrices of any shape.
        full_matrices: Complete ``u`` and ``vh`` to square ones. What was added has no gradient.
        compute_uv: ``False`` for the singular values alone.

    >>> svd(np.array([[0.0, 2.0], [1.0, 0.0]])).S
    array([2., 1.])
    """
    check_matrix("svd", a)
    found = attempt("svd", _FINITE, np.linalg.svd, a, full_matrices=full_matrices, compute_uv=compute_uv)
    return SVDResult(*found) if compute_uv else found


def _svd_rule(g: Any, out: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    if not compute_uv:
        (u, s, vh), (g_u, g_s, g_vh) = svd(a, full_matrices=False), (None, g, None)
    else:
        (u, s, vh), (g_u, g_s, g_vh) = out, g
    k = s.shape[-1]
    g_u, g_vt = _determined(g_u, k), _determined(None if g_vh is None else adjoint(g_vh), k)
    u, v = u[..., :k], adjoint(vh[..., :k, :])
    inner: Any = 0.0 if g_s is None else diag_embed(g_s)
    if g_u is not None or g_vt is not None:
        inner = inner + _rotations(g_u, g_vt, u, s, v)
    total = u @ inner @ adjoint(v)
    if g_u is not None and u.shape[-2] > k:
        total = total + _divided(g_u - u @ (adjoint(u) @ g_u), s[..., None, :]) @ adjoint(v)
    if g_vt is not None and v.shape[-2] > k:
        total = total + u @ adjoint(_divided(g_vt - v @ (adjoint(v) @ g_vt), s[..., None, :]))
    return total


def _determined(g: Any, k: int) -> Any:
    """Return the part of a gradient that belongs to the first ``k`` columns, and refuse what the others got."""
    if g is None or g.shape[-1] == k:
        return g
    if raw(g)[..., k:].any():
        raise NotDifferentiableError(
            "expected no gradient at the columns that full_matrices=True adds in svd, which are not determined, "
            "got one; use full_matrices=False"
        )
    return g[..., :k]


def _rotations(g_u: Any, g_v: Any, u: Any, s: Any, v: Any) -> Any:
    """Return what turns of ``u`` and ``v`` within their spans contribute.

    It is ``(x s_j + s_i y) / (s_j^2 - s_i^2)`` at ``[i, j]``, with ``x`` and ``y`` the antisymmetric parts of
    ``u^T g_u`` and ``v^T g_v``, in two fractions: the first is nothing by nothing where singular values are equal and
    the function does not depend on the choice of vectors, and the second one stays.
    """
    x = 0.0 if g_u is None else _antihermitian(adjoint(u) @ g_u)
    y = 0.0 if g_v is None else _antihermitian(adjoint(v) @ g_v)
    gaps = _gaps(s)
    sums = s[..., None, :] + s[..., None]
    return _divided(0.5 * (x + y), gaps) + _divided(0.5 * (x - y), sums)


svd.defvjp(_svd_rule)


def svdvals(a: Any) -> Any:
    """Singular values in descending order; the gradient is finite at repeated ones and at 0.

    >>> svdvals(np.eye(2))
    array([1., 1.])
    """
    return svd(a, compute_uv=False)


def matrix_rank(a: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Number of singular values that are not zero, as ``numpy.linalg.matrix_rank``; it has no gradient.

    >>> int(matrix_rank(np.ones((2, 2))))
    1
    """
    options = {} if rtol is None else {"rtol": rtol}
    return constant_like(a, np.asarray(np.linalg.matrix_rank(raw(a), tol, hermitian, **options)))


# -- pseudo-inverse and least squares ----------------------------------------------------------------------------


@primitive(
    formula="a^+",
    derivative="-p^T g p^T + (1 - a p) g^T p p^T + p^T p g^T (1 - p a)",
    kinks="a change of rank",
    analytic=False,
    on_complex="convention",
)
def pinv(a: Any, /, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    """Pseudo-inverse of Moore and Penrose; its gradient is right for every rank, as long as the rank stays.

    Args:
        a: Matrices of any shape.
        rcond: Singular values below this fraction of the largest count as zero; PyTorch's and NumPy's newer name for
            it is ``rtol``. The precision of the numbers times the longer side when neither is given.
        hermitian: Whether ``a`` is symmetric; only its lower triangle is read then.
        rtol: See ``rcond``.

    >>> pinv(np.array([[2.0, 0.0], [0.0, 0.0]]))
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    (check_square if hermitian else check_matrix)("pinv", a)
    a = np.asarray(a)
    limit = raw(rcond if rtol is None else rtol)
    if limit is None:
        limit = max(a.shape[-2:]) * np.finfo(a.dtype if a.dtype.kind in "fc" else float).eps
    return attempt("pinv", _FINITE, np.linalg.pinv, a, rcond=limit, hermitian=hermitian)


def _pinv_rule(g: Any, out: Any, a: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    g, t = adjoint(g), adjoint(out)
    right = g @ out
    outer = right @ t
    return outer - a @ (out @ outer) + t @ (out @ (g - right @ a)) - adjoint(out @ right)


pinv.defvjp(_pinv_rule)


def lstsq(a: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> tuple[Any, Any, Any, Any]:
    """Solve ``a x = b`` in the sense of least squares; the shortest solution where there are many.

    Args:
        a: Matrices of any shape.
        b: Right-hand sides; one vector when it has one axis.
        rcond: See :func:`pinv`.
        driver: PyTorch's name for a routine of LAPACK; there is one way here.

    Returns:
        The solution; the sums of squares that remain, empty unless ``a`` is higher than wide and has full rank; the
        rank and the singular values of ``a``.

    Raises:
        ShapeError: ``b`` has another length.

    >>> lstsq(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))[0]
    array([2.])
    """
    check_matrix("lstsq", a)
    rows, columns = a.shape[-2:]
    if not b.ndim or b.shape[-1 if b.ndim == 1 else -2] != rows:
        raise ShapeError(f"expected {rows} rows on the right-hand side in lstsq, got shape {b.shape}")
    values = np.linalg.svd(raw(a), compute_uv=False)
    limit = max(rows, columns) * np.finfo(a.dtype).eps if rcond is None else rcond
    rank = np.sum(values > limit * np.max(values, axis=-1, keepdims=True, initial=0.0), axis=-1)
    inverse = pinv(a, rcond=limit)
    x = inverse @ b if b.ndim > 1 else (inverse @ tall(b))[..., 0]
    left = a @ x - b if b.ndim > 1 else a @ tall(x) - tall(b)
    full = rows > columns and bool(np.all(rank == columns))
    residuals = real(vecdot(left, left, axis=-2)) if full else constant_like(x, np.zeros(0, dtype=values.dtype))
    return x, residuals, constant_like(x, rank), constant_like(x, values)


# -- random approximations of low rank ---------------------------------------------------------------------------


def _orthonormal_range(a: Any, q: int, niter: int, rng: "np.random.Generator") -> Any:
    """Return orthonormal columns that nearly span what ``a`` maps to.

    N. Halko, P. Martinsson and J. Tropp, Finding structure with randomness (2011), algorithm 4.4.
    """
    test = rng.standard_normal((a.shape[-1], q)).astype(a.dtype)
    columns = qr(a @ test)[0]
    for _ in range(niter):
        columns = qr(a @ qr(adjoint(a) @ columns)[0])[0]
    return columns


def svd_lowrank(
    a: Any, q: int = 6, niter: int = 2, M: Any = None, *, rng: "np.random.Generator | None" = None
) -> tuple[Any, Any, Any]:
    """Return ``u``, ``s``, ``v`` (not transposed) of rank ``q`` with ``u @ diag(s) @ v^T`` near ``a``, found by chance.

    Args:
        a: Matrices of a rank not much above ``q``.
        q: The rank to find.
        niter: How many rounds make it more precise.
        M: What to subtract from ``a`` first.
        rng: Where the test vectors come from.

    Raises:
        ShapeError: ``q`` is negative or more than the matrix allows.

    >>> u, s, v = svd_lowrank(np.diag([2.0, 1.0, 0.0]), 2)
    >>> np.round(u * s @ v.T, 6) + 0.0
    array([[2., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    check_matrix("svd_lowrank", a)
    a = a if M is None else a - M
    if not 0 <= q <= min(a.shape[-2:]):
        raise ShapeError(f"expected a rank from 0 to {min(a.shape[-2:])} in svd_lowrank, got {q}")
    if a.shape[-2] < a.shape[-1]:
        v, s, u = svd_lowrank(adjoint(a), q, niter, rng=rng)
        return u, s, v
    columns = _orthonormal_range(a, q, niter, default_rng() if rng is None else rng)
    u, s, vh = svd(adjoint(columns) @ a, full_matrices=False)
    return columns @ u, s, adjoint(vh)


def pca_lowrank(
    a: Any, q: int | None = None, center: bool = True, niter: int = 2, *, rng: "np.random.Generator | None" = None
) -> tuple[Any, Any, Any]:
    """Principal components of rows, by :func:`svd_lowrank` of ``a`` without the mean of its rows.

    ``v`` holds ``q`` components in its columns; as many as the matrix allows, up to six, when none are asked for.

    >>> pca_lowrank(np.array([[1.0, 0.0], [3.0, 0.0]]), 1)[1]
    array([1.41421356])
    """
    check_matrix("pca_lowrank", a)
    rank = min(6, *a.shape[-2:]) if q is None else q
    return svd_lowrank(a - mean(a, axis=-2, keepdims=True) if center else a, rank, niter, rng=rng)
