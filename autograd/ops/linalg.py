"""Products of matrices and tensors."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .indexing import add_at
from .reductions import sum
from .shape import expand_dims, reshape, swapaxes, transpose

__all__ = ["dot", "einsum", "linear", "matmul", "outer", "tensordot"]


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

    >>> float(einsum(np.ones(3), np.ones(3), subscripts="i,i->"))
    3.0
    """
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
