"""Operations with several results: one node for the operation, and a pick of it for each result.

The node's payload is a tuple of arrays, and so is what flows back to it: :class:`Parts`, the upstream gradient of each
result, ``None`` for those that no gradient came to. A derivative rule of such an operation gets ``g`` and ``out`` as
these tuples, and need not compute what belongs to a part that is ``None``.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .mode import current
from .node import Node, raw
from .primitive import Primitive, conjugated, has_nan
from .tensor import Tensor, wrap
from .watch import caller, check_finite

__all__ = ["Outputs", "Parts", "record"]


class Parts(tuple[Any, ...]):
    """The gradients of several results; sums add part by part, where ``None`` is nothing.

    >>> Parts([1.0, None, 2.0]) + Parts([None, None, 5.0])
    (1.0, None, 7.0)
    """

    only: int | None = None  # the place of the only part there is, where that is known

    @staticmethod
    def of(grad: Any, index: int, count: int) -> "Parts":
        """Return the gradient of one of several results."""
        parts = Parts((*(None,) * index, grad, *(None,) * (count - index - 1)))
        parts.only = index
        return parts

    def __add__(self, other: Any) -> "Parts":
        found = list(self)
        for i in range(len(self)) if other.only is None else (other.only,):
            x, y = found[i], other[i]
            found[i] = y if x is None else x if y is None else x + y
        return Parts(found)

    @property
    def dtype(self) -> Any:
        """The data type of the gradients together: complex if one of them is."""
        return np.result_type(*(raw(part) for part in self if part is not None))

    def conjugate(self) -> "Parts":
        """Return the complex conjugates."""
        return Parts(conjugated(part) for part in self)

    def any(self) -> bool:
        """Tell whether anything in it is not zero."""
        return any(part is not None and np.any(raw(part)) for part in self)

    @property
    def recorded(self) -> bool:
        """Whether the gradients are nodes themselves."""
        return any(isinstance(part, Node) for part in self)


class Outputs(Node):
    """The node of an operation with several results. Nobody but the graph and the pictures sees it."""

    __slots__ = ()

    payload: tuple[Any, ...]

    @staticmethod
    def apply(op: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run an operation again, as a replay does."""
        results = Tensor.apply(op, inputs, params)
        found = [x for x in results if isinstance(x, Tensor) and x.op is pick]
        if found:
            return found[0].inputs[0]
        node = Outputs()
        node.payload = tuple(raw(x) for x in results)
        return node

    def pick(self, index: int) -> Tensor:
        """Return one of the results."""
        out = wrap(self.payload[index])
        if self.requires_grad and out.payload.dtype.kind in "fc":
            out.op, out.operands, out.args, out.params = pick, (self,), (self.payload,), {"index": index}
            out.requires_grad, out.scope, out.source = True, self.scope, self.source
        return out

    @property
    def output(self) -> Any:
        """The results as nodes, for a derivative that is to be differentiated again."""
        return _like(self.payload, (self.pick(i) for i in range(len(self.payload))))

    def results(self, op: Primitive) -> Any:
        """Return the picks that the caller of the operation gets."""
        wanted = op.results(self.payload)
        count = len(wanted) if isinstance(wanted, tuple) else 1
        picks = (self.pick(i) for i in range(count))
        return _like(wanted, picks) if isinstance(wanted, tuple) else next(picks)

    def contributions(self, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        """Return what this node passes to each of its inputs."""
        return self.op.contributions(self, grad, create_graph, careful)  # type: ignore[no-any-return]

    @staticmethod
    def has_nan(grad: Any) -> bool:
        """Tell whether a gradient holds a NaN."""
        return any(part is not None and has_nan(raw(part)) for part in grad)

    def receive(self, grad: Any, chosen: bool, create_graph: bool) -> None:
        """Take the gradient of a finished backward pass; nobody asks an inner node of this kind for it."""

    constant = staticmethod(Tensor.constant)


class _Pick(Primitive):
    """The operation that takes one of several results."""

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        return [Parts.of(grad, node.params["index"], len(node.args[0]))]

    def rerun(self, node: Node, inputs: tuple[Any, ...]) -> Any:
        return inputs[0].pick(node.params["index"])


def _pick(outputs: Any, /, *, index: int) -> Any:
    """Take one of several results."""
    return outputs[index]


pick = _Pick(_pick, symbol="[ ]", formula="outputs[index]", derivative="g at index")
pick.name = pick.__name__ = pick.__qualname__ = "pick"


def record(
    op: Primitive, payload: tuple[Any, ...], inputs: tuple[Any, ...], args: Any, params: Any, tracked: bool
) -> Any:
    """Return the results of an operation in a tuple like ``payload``, and record it when ``tracked``."""
    node = Outputs()
    node.payload, node.requires_grad = payload, tracked
    mode = current()
    if mode.source:
        node.source = caller()
        if mode.anomaly:
            check_finite(op, payload, args, node.source)
    if tracked:
        node.op, node.operands, node.args, node.params, node.scope = op, inputs, args, params, mode.scope
    return node.results(op)


def _like(payload: tuple[Any, ...], results: Iterable[Tensor]) -> Any:
    """Return results in a tuple, or a named tuple, as the operation does."""
    make = getattr(type(payload), "_make", tuple)
    return make(results)
