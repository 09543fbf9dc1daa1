"""Points without a derivative: where a recorded graph sat on one, and what is used there by policy.

What is used stands with each operation as text (``Primitive.kinks``). Whether an element is at that point is asked of a
predicate where one is written down here, which is exact and quick, and else of the slopes on its two sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph import topological_order
from ..node import Node
from ..primitive import REGISTRY, Primitive
from ..value import Value
from .numeric import raw

__all__ = ["AT_A_KINK", "Kink", "kinks"]


@dataclass(frozen=True)
class Kink:
    """One element of a recorded graph that sat on a point without a derivative.

    Attributes:
        op: The operation.
        input: Which operand.
        index: Which element of it; empty for a number.
        value: The element.
        subgradient: The sum of the derivatives of all outputs by the element, as it was used.
        policy: The text of the registry.
        source: File and line, inside ``record_source()``.
        node: The result of the operation.
    """

    op: str
    input: int
    index: tuple[int, ...]
    value: float
    subgradient: float
    policy: str
    source: tuple[str, int] | None
    node: Node

    def __str__(self) -> str:
        where = f" element {list(self.index)}" if self.index else ""
        line = f" at {self.source[0]}:{self.source[1]}" if self.source else ""
        return f"{self.op}, input {self.input}{where} = {self.value:g}: subgradient {self.subgradient:g}{line}"


def _elements(condition: Callable[..., Any]) -> Callable[..., Any]:
    """Tell for elementwise operations: a condition on the operands alone."""
    return lambda args, params, out: [np.broadcast_to(condition(*args), np.shape(out))] * len(args)


def _ties(args: Any, params: Any, out: Any) -> list[Any]:
    """Tell which elements share an extreme or a median."""
    x = np.asarray(args[0])
    axis = params.get("axis")
    kept = out if params.get("keepdims") or not x.ndim else _expanded(out, x, axis)
    same = x == kept
    return [same & (np.sum(same, axis=axis, keepdims=True) > 1)]


def _expanded(out: Any, x: Any, axis: Any) -> Any:
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return np.expand_dims(out, tuple(a % x.ndim for a in axes))


def _neighbours(args: Any, params: Any, out: Any) -> list[Any]:
    """Tell which elements of a sorted array have an equal."""
    x, axis = np.asarray(args[0]), params.get("axis", -1)
    if not x.ndim:
        return [np.zeros((), dtype=bool)]
    line = np.moveaxis(x, axis, -1)
    equal = (line[..., :, None] == line[..., None, :]).sum(axis=-1) > 1
    return [np.moveaxis(equal, -1, axis)]


def _no_spread(args: Any, params: Any, out: Any) -> list[Any]:
    """Tell where a norm or a standard deviation is zero; a norm has kinks of its own for other orders."""
    x, ord_ = np.asarray(args[0]), params.get("ord", 2)
    if abs(ord_) == np.inf:
        (tied,) = _ties([np.abs(x)], params, out)
        return [tied | (x == 0) & (np.abs(x) == _kept(out, x, params))]
    zero = np.broadcast_to(_kept(out, x, params) == 0, x.shape)
    return [zero | (x == 0) if ord_ == 1 else zero]


def _kept(out: Any, x: Any, params: Any) -> Any:
    return out if params.get("keepdims") or not x.ndim else _expanded(out, x, params.get("axis"))


# For each operation: operands, parameters and output to one mask for each operand.
AT_A_KINK: dict[str, Callable[[Any, Any, Any], list[Any]]] = {
    "absolute": _elements(lambda x: x == 0),
    "clip": _elements(lambda x, low, high: _equal(x, low) | _equal(x, high)),
    "copysign": _elements(lambda x, y: (x == 0) | (y == 0)),
    "fmax": _elements(np.equal),
    "fmin": _elements(np.equal),
    "hardtanh": _elements(lambda x: np.abs(x) == 1),
    "hypot": _elements(lambda x, y: (x == 0) & (y == 0)),
    "i0e": _elements(lambda x: x == 0),
    "leaky_relu": _elements(lambda x: x == 0),
    "max": _ties,
    "maximum": _elements(np.equal),
    "median": _ties,
    "min": _ties,
    "minimum": _elements(np.equal),
    "norm": _no_spread,
    "relu": _elements(lambda x: x == 0),
    "relu6": _elements(lambda x: (x == 0) | (x == 6)),
    "sort": _neighbours,
    "std": _no_spread,
}


_FAR, _NEAR = 1e-5, 1e-9  # two steps: what bends between them is a curve, not a kink


def _equal(x: Any, bound: Any) -> Any:
    return np.zeros(np.shape(x), dtype=bool) if bound is None else np.equal(x, bound)


def kinks(y: Node) -> list[Kink]:
    """Return every element of a recorded graph that sat on a point without a derivative.

    A condition that the program decides itself, ``where(x > 0, ...)``, is no operation's and cannot be seen.

    Operations of one's own take part when their ``kinks=`` says what they have.

    Args:
        y: The result; the graph behind it must not have been let go.

    >>> from autograd import Tensor, relu
    >>> [str(kink) for kink in kinks(relu(Tensor([-1.0, 0.0, 2.0], requires_grad=True)).sum())]
    ['relu, input 0 element [1] = 0: subgradient 0']
    """
    found: list[Kink] = []
    for node in topological_order(y, every=False):
        if isinstance(node.op, Primitive) and node.op.kinks:
            found += _kinks_of(node)
    return found


def _masks(node: Any, args: list[Any], slots: list[int]) -> dict[int, Any]:
    """Tell for the operands that are asked for which elements are at a kink."""
    op: Primitive = node.op
    if op.name in AT_A_KINK and REGISTRY.get(op.name) is op:
        found = AT_A_KINK[op.name](args, node.params, node.payload)
        return {i: found[i] for i in slots}
    return {i: _bent(lambda *a: op.forward(*a, **node.params), args, i, op.elementwise) for i in slots}


def _bent(function: Callable[..., Any], args: list[Any], slot: int, elementwise: bool) -> Any:
    """Tell where the slopes on both sides stay apart however small the step; an element at a time if need be."""
    x = np.array(args[slot], dtype=np.float64)

    def at(moved: Any) -> Any:
        out = function(*args[:slot], moved, *args[slot + 1 :])
        return np.hstack([np.ravel(o) for o in out]) if isinstance(out, tuple) else np.asarray(out)

    here = at(x)

    def apart(h: Any) -> Any:
        left, right = (here - at(x - h)) / np.max(h), (at(x + h) - here) / np.max(h)
        return np.abs(right - left) > 1e-3 * (1.0 + np.abs(left) + np.abs(right))

    if elementwise:
        return apart(_FAR) & apart(_NEAR)
    mask = np.zeros(x.shape, dtype=bool)
    for i in range(x.size):
        unit = np.zeros(x.shape)
        unit.flat[i] = 1.0
        mask.flat[i] = np.any(apart(_FAR * unit) & apart(_NEAR * unit))
    return mask


def _kinks_of(node: Any) -> list[Kink]:
    number = isinstance(node, Value)
    args = [raw(x) for x in node.inputs] if number else list(node.args)
    slots = [i for i, x in enumerate(node.inputs) if isinstance(x, Node) and x.requires_grad]
    with np.errstate(all="ignore"):
        masks = _masks(node, args, slots)
        if not any(np.any(mask) for mask in masks.values()):
            return []
        slopes = node.partials if number else node.op.contributions(node, np.ones_like(node.payload), False)
    found = []
    for i in slots:
        mask = _folded(masks[i], np.shape(args[i]))
        for at in np.argwhere(mask):
            index = tuple(int(k) for k in at)
            slope = slopes[i] if number else 0.0 if slopes[i] is None else np.asarray(slopes[i])[index]
            value = float(np.asarray(args[i])[index])
            name, text = node.op.name, node.op.kinks
            found.append(Kink(name, i, index, value, float(slope or 0.0), text, node.source, node))
    return found


def _folded(mask: Any, shape: tuple[int, ...]) -> Any:
    """Tell for each element of a broadcast operand whether it was at a kink anywhere."""
    mask = np.asarray(mask)
    lead = mask.ndim - len(shape)
    axes = (*range(max(lead, 0)), *(k + lead for k, n in enumerate(shape) if n == 1 and mask.shape[k + lead] != 1))
    return np.any(mask, axis=axes, keepdims=True).reshape(shape) if axes else mask
