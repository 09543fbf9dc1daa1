"""Products of matrices and tensors."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .complex_parts import conj
from .diagonals import diagonal
from .elementwise import power
from .indexing import add_at, get_item
from .reductions import sum
from .shape import expand_dims, moveaxis, reshape, stack, swapaxes, transpose

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "linear",
    "matmul",
    "multi_dot",
    "outer",
    "tensordot",
    "vander",
    "vdot",
    "vecdot",
]


@primitive(symbol="@", formula="x y", derivative="g y^T, x^T g")
def matmul(x: Any, y: Any, /) -> Any:
    """Matrix product at every rank, as NumPy's ``@``.

    Raises:
        ShapeError: The inner lengths differ.

    >>> float(matmul(np.ones(2), np.ones(2)))
    2.0
    """
    if not np.ndim(x) or not np.ndim(y):
        raise ShapeError(f"expected arrays of one or more dimensions in matmul, got {np.shape(x)} and {np.shape(y)}")
    try:
        return np.matmul(x, y)
    except ValueError:
        raise ShapeError(
            f"expected inner lengths that agree in matmul, got shapes {np.shape(x)} and {np.shape(y)}; "
            "transpose or reshape one of them"
        ) from None


def _as_matrices(g: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Give one-dimensional operands of a product their second axis, and the result with them."""
    if x.ndim == 1:
        g = expand_dims(g, axis=-2 if y.ndim > 1 else -1)
    if y.ndim == 1:
        g = expand_dims(g, axis=-1)
    x = x if x.ndim > 1 else expand_dims(x, axis=0)
    y = y if y.ndim > 1 else expand_dims(y, axis=1)
    return g, x, y


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    g, _, matrix = _as_matrices(g, x, y)
    product = matmul(g, swapaxes(matrix, axis1=-1, axis2=-2))
    return product if x.ndim > 1 else product[..., 0, :]


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    g, matrix, _ = _as_matrices(g, x, y)
    product = matmul(swapaxes(matrix, axis1=-1, axis2=-2), g)
    return product if y.ndim > 1 else product[..., 0]


matmul.defvjp(_matmul_left, _matmul_right)


@primitive(formula="x w^T + b", derivative="g w, g^T x, g")
def linear(*operands: Any) -> Any:
    """Affine map ``x @ weight.T + bias`` for a weight of shape (out, in), as ``torch.nn.functional.linear``.

    Call it as ``linear(x, weight)`` or ``linear(x, weight, bias)``. One operation rather than three, so that the
    gradient of the weight comes in the weight's own memory order.

    Raises:
        ShapeError: The last axis of ``x`` is not as long as that of ``weight``.

    >>> linear(np.ones((1, 2)), np.ones((3, 2)), np.zeros(3))
    array([[2., 2., 2.]])
    """
    x, weight, *bias = operands
    if not np.ndim(x) or np.shape(x)[-1] != np.shape(weight)[-1]:
        raise ShapeError(
            f"expected a last axis of {np.shape(weight)[-1]} entries in linear for a weight of shape "
            f"{np.shape(weight)}, got shape {np.shape(x)}; reshape the input, or build the layer for it"
        )
    out = np.matmul(x, weight.T)
    return out + bias[0] if bias else out


def _linear_rule(index: int, g: Any, out: Any, x: Any, weight: Any, *bias: Any) -> Any:
    if index == 0:
        return matmul(g, weight)
    if index == 2:  # the bias
        return g
    rows, columns = (reshape(a, shape=(math.prod(a.shape[:-1]), a.shape[-1])) for a in (g, x))
    return matmul(swapaxes(rows, axis1=0, axis2=1), columns)


linear.defvjp_indexed(_linear_rule)


@primitive(formula="sum of products over named axes", derivative="einsum with g in the operand's place")
def einsum(*operands: Any, subscripts: str) -> Any:
    """Sum of products over named axes; call it as ``autograd.einsum("ij,jk->ik", x, y)``.

    Axes under an ellipsis that the result does not name are summed over, as in PyTorch.

    >>> float(einsum(np.ones(3), np.ones(3), subscripts="i,i->"))
    3.0
    """
    left, _, right = subscripts.partition("->")
    if right and "..." in left and "..." not in right:
        terms, result = _explicit(subscripts, operands)
        subscripts = f"{','.join(terms)}->{result}"
    return np.einsum(subscripts, *operands)


def _explicit(subscripts: str, operands: Sequence[Any]) -> tuple[list[str], str]:
    """Return the labels of each operand and of the output, with every ellipsis spelled out."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in text]
    lengths = [np.ndim(o) - len(t.replace("...", "")) for t, o in zip(terms, operands, strict=True)]
    widest = max((n for t, n in zip(terms, lengths, strict=True) if "..." in t), default=0)
    extra = "".join(free[:widest])
    terms = [t.replace("...", extra[widest - n :] if n else "") for t, n in zip(terms, lengths, strict=True)]
    if not arrow:
        joined = "".join(terms)
        right = ("..." if "..." in text else "") + "".join(
            sorted(c for c in set(joined) if joined.count(c) == 1 and c not in extra)
        )
    return terms, right.replace("...", extra)


def _einsum_rule(index: int, g: Any, out: Any, *operands: Any, subscripts: str) -> Any:
    raw = [getattr(o, "payload", o) for o in operands]
    terms, result = _explicit(subscripts, raw)
    shape = np.shape(raw[index])
    own = "".join(dict.fromkeys(terms[index]))  # a repeated label is a diagonal: work on it, then put it back
    sizes = {c: n for t, o in zip(terms, raw, strict=True) for c, n in zip(t, np.shape(o), strict=True) if n != 1}
    length = dict(zip(terms[index], shape, strict=True))
    others = [(t, o) for i, (t, o) in enumerate(zip(terms, operands, strict=True)) if i != index]
    known = result + "".join(t for t, _ in others)
    ones = [(c, np.ones(length[c], dtype=raw[index].dtype)) for c in own if c not in known]
    pieces = [(result, g), *others, *ones]
    grad = einsum(*(o for _, o in pieces), subscripts=",".join(t for t, _ in pieces) + "->" + own)
    stretched = tuple(i for i, c in enumerate(own) if length[c] == 1 and sizes.get(c, 1) != 1)
    if stretched:
        grad = sum(grad, axis=stretched, keepdims=True)
    if own == terms[index]:
        return grad
    place = dict(zip(own, np.ogrid[tuple(slice(length[c]) for c in own)], strict=True))
    return add_at(grad, index=tuple(place[c] for c in terms[index]), shape=shape)


einsum.defvjp_indexed(_einsum_rule)


@primitive(formula="x_i y_j", derivative="g y, x g")
def outer(x: Any, y: Any, /) -> Any:
    """Outer product of two flattened arrays.

    >>> outer(np.ones(2), np.ones(3)).shape
    (2, 3)
    """
    return np.outer(x, y)


def _outer_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    return reshape(matmul(g, reshape(y, shape=(-1,))), shape=x.shape)


def _outer_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    return reshape(matmul(reshape(x, shape=(-1,)), g), shape=y.shape)


outer.defvjp(_outer_left, _outer_right)


@primitive(formula="sum of products over the given axes")
def tensordot(x: Any, y: Any, /, *, axes: Any = 2) -> Any:
    """Tensor product summed over axes, as ``numpy.tensordot``.

    >>> float(tensordot(np.ones(3), np.ones(3), axes=1))
    3.0
    """
    return np.tensordot(x, y, axes)


def _contracted(x: Any, y: Any, axes: Any) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        return list(range(x.ndim - axes, x.ndim)), list(range(axes))
    first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    return [a % x.ndim for a in first], [a % y.ndim for a in second]


def _tensordot_rule(g: Any, x: Any, y: Any, own: list[int], other: list[int], *, left: bool) -> Any:
    """Contract ``g`` with the other operand, then bring the axes into this operand's order."""
    kept = [a for a in range(x.ndim) if a not in own]
    kept_other = [a for a in range(y.ndim) if a not in other]
    n = len(kept_other)
    mine = list(range(g.ndim - n, g.ndim)) if left else list(range(n))
    product = tensordot(g, y, axes=(mine, kept_other))
    # What is left of y are its contracted axes, in ascending order.
    names = kept + [own[other.index(a)] for a in sorted(other)]
    return transpose(product, axes=tuple(int(i) for i in np.argsort(names)))


def _tensordot_left(g: Any, out: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    own, other = _contracted(x, y, axes)
    return _tensordot_rule(g, x, y, own, other, left=True)


def _tensordot_right(g: Any, out: Any, x: Any, y: Any, axes: Any = 2) -> Any:
    other, own = _contracted(x, y, axes)
    return _tensordot_rule(g, y, x, own, other, left=False)


tensordot.defvjp(_tensordot_left, _tensordot_right)


def dot(x: Any, y: Any) -> Any:
    """Dot product with ``numpy.dot``'s rules for ranks.

    >>> float(dot(np.ones(2), np.ones(2)))
    2.0
    """
    if not x.ndim or not y.ndim:
        return x * y
    return matmul(x, y) if y.ndim <= 2 else tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 2,)))


def inner(x: Any, y: Any) -> Any:
    """Sum of products over the last axes, as ``numpy.inner``.

    Raises:
        ShapeError: The last axes have different lengths.

    >>> inner(np.ones((2, 3)), np.ones(3))
    array([3., 3.])
    """
    if not x.ndim or not y.ndim:
        return x * y
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(f"expected last axes of one length in inner, got shapes {x.shape} and {y.shape}")
    return tensordot(x, y, axes=([x.ndim - 1], [y.ndim - 1]))


def vdot(x: Any, y: Any) -> Any:
    """Dot product of two arrays, flattened and the first of them conjugated, as ``numpy.vdot``.

    Raises:
        ShapeError: They have different numbers of elements.

    >>> float(vdot(np.ones((2, 2)), np.ones((2, 2))))
    4.0
    """
    if math.prod(x.shape) != math.prod(y.shape):
        raise ShapeError(f"expected as many elements in both operands of vdot, got shapes {x.shape} and {y.shape}")
    return matmul(conj(reshape(x, shape=(-1,))), reshape(y, shape=(-1,)))


def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """Dot products of vectors along an axis, the other axes broadcast, as ``numpy.vecdot``.

    Raises:
        ShapeError: The axes have different lengths.

    >>> vecdot(np.ones((2, 3)), np.ones(3))
    array([3., 3.])
    """
    if x.shape[axis] != y.shape[axis]:
        raise ShapeError(f"expected vectors of one length in vecdot, got shapes {x.shape} and {y.shape}, axis {axis}")
    return sum(conj(moveaxis(x, source=axis, destination=-1)) * moveaxis(y, source=axis, destination=-1), axis=-1)


def kron(x: Any, y: Any) -> Any:
    """Kronecker product: ``x`` with each element replaced by its product with ``y``, as ``numpy.kron``.

    >>> kron(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([1., 1., 2., 2.])
    """
    n = max(x.ndim, y.ndim)
    wide, fine = ((1,) * (n - a.ndim) + a.shape for a in (x, y))
    coarse = reshape(x, shape=tuple(length for m in wide for length in (m, 1)))
    small = reshape(y, shape=tuple(length for m in fine for length in (1, m)))
    return reshape(coarse * small, shape=tuple(a * b for a, b in zip(wide, fine, strict=True)))


def cross(x: Any, y: Any, axis: int = -1) -> Any:
    """Cross product of vectors of three coordinates along an axis; the other axes broadcast, as ``numpy.linalg.cross``.

    Raises:
        ShapeError: An axis has another length.

    >>> cross(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    array([0., 0., 1.])
    """
    if x.shape[axis] != 3 or y.shape[axis] != 3:
        raise ShapeError(f"expected three coordinates along axis {axis} in cross, got {x.shape} and {y.shape}")
    last = (moveaxis(v, source=axis, destination=-1) for v in (x, y))
    (a, b, c), (d, e, f) = ([get_item(v, index=(..., i)) for i in range(3)] for v in last)
    return moveaxis(stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1), source=-1, destination=axis)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum along a diagonal of two axes, as ``numpy.trace``.

    Raises:
        ShapeError: The array has fewer than two axes.

    >>> float(trace(np.eye(3)))
    3.0
    """
    if x.ndim < 2:
        raise ShapeError(f"expected two or more axes in trace, got shape {x.shape}")
    return sum(diagonal(x, offset, axis1, axis2), axis=-1)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Vandermonde's matrix: the powers of each element along a new last axis, falling unless ``increasing``.

    >>> vander(np.array([2.0, 3.0]), 3)
    array([[4., 2., 1.],
           [9., 3., 1.]])
    """
    n = (x.shape[-1] if x.ndim else 1) if N is None else N
    if n < 0:
        raise ValueError(f"expected a number of columns of 0 or more in vander, got {n}")
    exponents = np.arange(n) if increasing else np.arange(n)[::-1]
    base = get_item(x, index=(..., None)) if x.ndim else reshape(x, shape=(1, 1))
    return power(base, exponents.astype(x.dtype))


# -- products of several matrices ----------------------------------------------------------------------------------


def multi_dot(arrays: Sequence[Any]) -> Any:
    """Product of a chain of matrices in the order that takes the fewest multiplications.

    The first and the last may be vectors. Order: T. Cormen and others, Introduction to Algorithms, dynamic programming.

    Raises:
        ShapeError: There are fewer than two, or one of them has the wrong number of axes.

    >>> multi_dot([np.ones((1, 9)), np.ones((9, 9)), np.ones(9)])
    array([81.])
    """
    wanted = [(1, 2) if i in (0, len(arrays) - 1) else (2,) for i in range(len(arrays))]
    if len(arrays) < 2 or any(a.ndim not in n for a, n in zip(arrays, wanted, strict=True)):
        raise ShapeError(
            "expected two or more matrices in multi_dot, of which the first and last may be vectors, got shapes "
            f"{[a.shape for a in arrays]}"
        )
    lengths = [1 if arrays[0].ndim == 1 else arrays[0].shape[0], *(a.shape[-1] for a in arrays)]
    lengths[-1] = 1 if arrays[-1].ndim == 1 else lengths[-1]
    return _product(arrays, _splits(lengths), 0, len(arrays) - 1)


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Return for every part of a chain, first to last, where it is best divided."""
    n = len(lengths) - 1
    cost = {(i, i): 0 for i in range(n)}
    best: dict[tuple[int, int], int] = {}
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            tries = {k: cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1] for k in range(i, j)}
            best[i, j] = min(tries, key=tries.__getitem__)
            cost[i, j] = tries[best[i, j]]
    return best


def _product(arrays: Sequence[Any], split: dict[tuple[int, int], int], first: int, last: int) -> Any:
    if first == last:
        return arrays[first]
    k = split[first, last]
    return matmul(_product(arrays, split, first, k), _product(arrays, split, k + 1, last))


def _plus(x: Any, product: Any, beta: float, alpha: float) -> Any:
    """Return ``beta x + alpha product``, where ``beta = 0`` leaves ``x`` out whatever it holds."""
    scaled = product if alpha == 1 else product * alpha
    if beta == 0:
        return scaled
    return (x if beta == 1 else x * beta) + scaled


def _check_axes(name: str, wanted: tuple[int, int], x: Any, y: Any) -> None:
    if (x.ndim, y.ndim) != wanted:
        raise ShapeError(
            f"expected operands of {wanted[0]} and {wanted[1]} axes in {name}, got {x.shape} and {y.shape}"
        )


def addmm(x: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return ``beta x + alpha (mat1 @ mat2)``.

    >>> addmm(np.ones(1), np.eye(1), np.eye(1), alpha=2)
    array([[3.]])
    """
    _check_axes("addmm", (2, 2), mat1, mat2)
    return _plus(x, matmul(mat1, mat2), beta, alpha)


def addmv(x: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return ``beta x + alpha (mat @ vec)``.

    >>> addmv(np.ones(1), np.eye(1), np.ones(1), beta=0)
    array([1.])
    """
    _check_axes("addmv", (2, 1), mat, vec)
    return _plus(x, matmul(mat, vec), beta, alpha)


def addr(x: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return ``beta x + alpha outer(vec1, vec2)``.

    >>> addr(np.zeros(1), np.ones(1), np.ones(1), alpha=3)
    array([[3.]])
    """
    _check_axes("addr", (1, 1), vec1, vec2)
    return _plus(x, outer(vec1, vec2), beta, alpha)


def baddbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return ``beta x + alpha (batch1 @ batch2)`` for stacks of matrices.

    >>> baddbmm(np.zeros(1), np.ones((2, 1, 1)), np.ones((2, 1, 1))).shape
    (2, 1, 1)
    """
    _check_axes("baddbmm", (3, 3), batch1, batch2)
    return _plus(x, matmul(batch1, batch2), beta, alpha)


def addbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return ``beta x`` and ``alpha`` times the sum of the products of the matrices of two stacks.

    >>> addbmm(np.zeros(1), np.ones((2, 1, 1)), np.ones((2, 1, 1)))
    array([[2.]])
    """
    _check_axes("addbmm", (3, 3), batch1, batch2)
    return _plus(x, sum(matmul(batch1, batch2), axis=0), beta, alpha)
