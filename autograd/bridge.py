"""Crossing between numbers and arrays: ``Tensor.of(values)`` and ``tensor.values()``."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import DtypeError
from .mode import current
from .node import Node
from .ops import add_at
from .primitive import check_fresh
from .tensor import Tensor, wrap
from .value import Value

__all__ = ["tensor_of", "values_of"]


class _TensorOf:
    """Values gathered into a tensor: the gradient is dealt out to them, each edge once."""

    name = symbol = "tensor_of"
    elementwise = reduction = False

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        flat = grad.reshape(-1)
        return list(values_of(flat)) if isinstance(grad, Tensor) else [float(g) for g in flat]

    def rerun(self, node: Node, inputs: tuple[Any, ...]) -> Tensor:
        return _gather(list(inputs), node.payload.shape)

    def __reduce__(self) -> str:
        return "TENSOR_OF"


class _ValueOf:
    """One element of a tensor as a Value: the gradient goes back to its place."""

    name = symbol = "value_of"
    elementwise = reduction = False

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        check_fresh(node, leaves=False)
        (source,) = node.inputs
        index = node.params["index"]
        if isinstance(grad, Value):
            spread = add_at(tensor_of([grad]), index=tuple([i] for i in index), shape=source.shape)
            return [spread.astype(source.dtype)]
        out = np.zeros(source.shape, dtype=source.dtype)
        out[index] = grad
        return [out]

    def rerun(self, node: Node, inputs: tuple[Any, ...]) -> Value:
        return _pick(inputs[0], inputs[0].payload, node.params["index"])

    def __reduce__(self) -> str:
        return "VALUE_OF"


TENSOR_OF, VALUE_OF = _TensorOf(), _ValueOf()


def tensor_of(values: Sequence[Any]) -> Tensor:
    """Build a float64 tensor from a nested sequence of Values.

    Raises:
        DtypeError: An element is no Value.
    """
    flat: list[Value] = []

    def shape_of(item: Any) -> tuple[int, ...]:
        if isinstance(item, Value):
            flat.append(item)
            return ()
        if not isinstance(item, (list, tuple)):
            raise DtypeError(f"expected Values in Tensor.of, got {type(item).__name__}; use Tensor(...) for numbers")
        shapes = [shape_of(part) for part in item]
        if len(set(shapes)) > 1:
            raise DtypeError("expected nested lists of equal lengths in Tensor.of, got ragged ones")
        return (len(item), *(shapes[0] if shapes else ()))

    return _gather(flat, shape_of(values))


def _gather(flat: list[Value], shape: tuple[int, ...]) -> Tensor:
    out = wrap(np.array([v.payload for v in flat], dtype=np.float64).reshape(shape))
    if current().grad and any(v.requires_grad for v in flat):
        out.op, out.args, out.requires_grad = TENSOR_OF, tuple(v.payload for v in flat), True
        out.remember(tuple(flat))
    return out


def values_of(tensor: Tensor) -> Any:
    """Return the elements of a tensor as Values, in nested lists of its shape."""
    payload = tensor.payload

    def pick(index: tuple[int, ...]) -> Any:
        if len(index) < payload.ndim:
            return [pick((*index, i)) for i in range(payload.shape[len(index)])]
        return _pick(tensor, payload, index)

    return pick(())


def _pick(tensor: Tensor, payload: Any, index: tuple[int, ...]) -> Value:
    recording = current().grad and tensor.requires_grad
    value = Value(payload[index], requires_grad=recording)
    if recording:
        value.op, value.args, value.params = VALUE_OF, (payload,), {"index": index}
        value.remember((tensor,))
    return value
