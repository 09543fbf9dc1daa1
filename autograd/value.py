"""Value: a node that holds one Python float."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import graph, ops
from .errors import DtypeError, GraphError, MixedNodesError, NotDifferentiableError, StaleGraphError
from .mode import current
from .node import Node
from .numpy_protocol import op_for_ufunc
from .operators import Operators
from .primitive import Primitive
from .watch import caller, check_finite, listener_of

__all__ = ["Value"]

_new = object.__new__


def _binary(op: Primitive) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """Return an operator and its reflection without the detours of :meth:`Value.apply`, which serves all else."""
    kernel = op.scalar

    def operator(x: Any, y: Any) -> Any:
        mode = current()
        if mode.unusual or not x.requires_grad:
            return Value.apply(op, (x, y), {})
        out = _new(Value)
        if y.__class__ is Value:
            out.payload, out.left_partial, partial = kernel(x.payload, y.payload)
            out.right_partial = partial if y.requires_grad else None
        elif y.__class__ is float or y.__class__ is int:
            y = float(y)
            out.payload, out.left_partial, _ = kernel(x.payload, y)
            out.right_partial = None
        else:
            return Value.apply(op, (x, y), {})
        out.op = op
        out.operands = None
        out.left, out.right = x, y
        out.hooks = ()
        out.requires_grad = True
        out.scope = mode.scope
        return out

    def reflected(x: Any, y: Any) -> Any:
        return Value.apply(op, (y, x), {})

    return operator, reflected


def _unary(op: Primitive) -> Callable[[Any], Any]:
    """Return a method of one Value without the detours of :meth:`Value.apply`."""
    kernel = op.scalar

    def method(x: Any) -> Any:
        mode = current()
        if mode.unusual or not x.requires_grad:
            return Value.apply(op, (x,), {})
        out = _new(Value)
        out.payload, out.left_partial = kernel(x.payload)
        out.right = out.right_partial = None
        out.op = op
        out.operands = None
        out.left = x
        out.hooks = ()
        out.requires_grad = True
        out.scope = mode.scope
        return out

    method.__doc__ = f"Return {op.formula}, recorded."
    return method


class Value(Operators, Node):
    """One float that remembers how it was computed.

    Arithmetic follows IEEE 754: overflow is infinity, ``log(0)`` is minus infinity, ``sqrt(-1)`` is NaN; never
    an exception and never a complex number.

    Args:
        data: A real number.
        label: A name for pictures.
        requires_grad: Whether a gradient is wanted; as in micrograd, it is unless one says no.

    Raises:
        DtypeError: ``data`` is no real number.

    >>> a = Value(2.0, label="a")
    >>> b = a * a + 3
    >>> b.backward()
    >>> b.data, a.grad
    (7.0, 4.0)
    """

    __slots__ = ()

    def __init__(self, data: Any, label: str = "", requires_grad: bool = True) -> None:
        self.payload = as_float(data)
        self.op = None
        self.requires_grad = requires_grad
        self.hooks = ()
        if label:
            self.label = label

    __add__, __radd__ = _binary(ops.add)
    __sub__, __rsub__ = _binary(ops.subtract)
    __mul__, __rmul__ = _binary(ops.multiply)
    __truediv__, __rtruediv__ = _binary(ops.divide)
    __pow__, __rpow__ = _binary(ops.power)

    exp, log, tanh, sigmoid, relu = map(_unary, (ops.exp, ops.log, ops.tanh, ops.sigmoid, ops.relu))
    __neg__ = _unary(ops.negative)

    retains_grad = True  # every number keeps its gradient: it is what learners look at

    # -- record ----------------------------------------------------------------------------------------------

    @staticmethod
    def apply(op: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> "Value":
        """Run an operation on numbers and record it."""
        mode = current()
        args = [x.payload if x.__class__ is Value else Value._constant(x, op) for x in inputs]
        payload, *partials = op.scalar(*args, **params)
        out = _new(Value)
        out.payload = payload
        out.hooks = ()
        wanting = [x.__class__ is Value and x.requires_grad for x in inputs]
        if mode.grad and True in wanting:
            out.op = op
            kept = tuple([x if x.__class__ is Value else arg for x, arg in zip(inputs, args, strict=True)])
            flowing = [d if want else None for d, want in zip(partials, wanting, strict=True)] if partials else None
            out.remember(kept, None if flowing is None else tuple(flowing))
            out.requires_grad = True
            out.scope = mode.scope
            if params:
                out.params = params
        else:
            out.op = None
            out.requires_grad = False
        if mode.source:
            out.source = caller()
            if mode.anomaly:
                check_finite(op, payload, args, out.source)
        return out

    @staticmethod
    def _constant(x: Any, op: Primitive) -> Any:
        if x is None or x.__class__ is bool:
            return x
        if isinstance(x, Node):
            raise MixedNodesError(
                f"expected numbers in {op.name}, got a Value and a {type(x).__name__}; "
                "cross over with Tensor.of(values) or tensor.values()"
            )
        return as_float(x, f"an operand of {op.name}")

    # -- differentiate ---------------------------------------------------------------------------------------

    def contributions(self, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        """Return what this node passes to each input: the upstream gradient times the local derivative."""
        partials = self.partials
        if partials is None or create_graph:
            return self._differentiable_contributions(grad, create_graph)
        if grad == 0.0:  # zero upstream is no gradient, whatever the local derivative
            return [None if d is None else 0.0 for d in partials]
        return [None if d is None else grad * d for d in partials]

    @staticmethod
    def has_nan(grad: Any) -> bool:
        """Tell whether a gradient is NaN."""
        return bool(grad != grad)

    def _differentiable_contributions(self, grad: Any, create_graph: bool) -> list[Any]:
        if isinstance(self.op, Primitive):
            args = [x.payload if isinstance(x, Node) else x for x in self.inputs]
            value, *partials = self.op.scalar(*args, **self.params)
            known = self.partials or ()
            kept = [None if old is None else new for old, new in zip(known, partials, strict=True)]
            if not _same([value, *kept], [self.payload, *known]):
                raise StaleGraphError(
                    f"expected the inputs of {self.op.name} to be as they were in the forward pass, but .data was "
                    "assigned since; run the forward pass again before asking for a differentiable gradient"
                )
        return list(self.op.contributions(self, grad, create_graph))

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool = True,
        create_graph: bool = False,
        inputs: Iterable["Value"] | None = None,
    ) -> None:
        """Compute the gradient of this number with respect to every node it was computed from.

        Leaf gradients accumulate over calls, inner ones are fresh for each call.

        Args:
            gradient: The upstream gradient; 1 when not given.
            retain_graph: ``False`` lets go of the graph, so that a second call is refused.
            create_graph: Make the gradients nodes, so that they can be differentiated again.
            inputs: Give a gradient to these only.

        Raises:
            GraphError: The node requires no gradient, or its graph was let go.

        >>> x = Value(3.0)
        >>> (x * x).backward(); x.grad
        6.0
        """
        if not self.requires_grad:
            raise GraphError(
                "expected a Value that requires a gradient, got one that does not (it was made under no_grad(), or "
                "from constants only); compute it from Values with requires_grad=True"
            )
        seed: Any = 1.0 if gradient is None else as_float(gradient, "the seed of backward()")
        if create_graph:
            seed = gradient if isinstance(gradient, Value) else Value(seed, requires_grad=False)
        graph.backward(
            self,
            seed,
            inputs=None if inputs is None else list(inputs),
            create_graph=create_graph,
            retain_graph=retain_graph,
            listen=listener_of(self),
        )

    @staticmethod
    def constant(value: Any) -> "Value":
        """Return a number as a node without gradient."""
        return Value(value, requires_grad=False)

    def receive(self, grad: Any, chosen: bool, create_graph: bool) -> None:
        """Take the gradient of a finished backward pass: leaves add it up, inner nodes are set."""
        if self.op is not None or self.gradient is None:
            self.gradient = grad
        else:
            self.gradient = self.gradient + grad

    def run_hooks(self, grad: Any) -> Any:
        """Pass a gradient through the hooks, in order of registration."""
        for hook in self.hooks:
            new = hook(grad)
            if new is not None:
                grad = new if isinstance(new, Value) else as_float(new, "the result of a hook")
        return grad

    def register_hook(self, hook: Callable[[float], Any]) -> "Handle":
        """Call ``hook(grad)`` in every backward pass; what it returns, if anything, replaces the gradient.

        >>> x = Value(1.0)
        >>> handle = x.register_hook(lambda grad: grad * 10)
        >>> (x * 2).backward(); x.grad
        20.0
        >>> handle.remove()
        """
        return Handle(self, hook)

    # -- look ------------------------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number. Assigning a new one changes no graph that is already recorded."""
        number: float = self.payload
        return number

    @data.setter
    def data(self, value: Any) -> None:
        self.payload = as_float(value)

    @property
    def grad(self) -> Any:
        """The gradient: 0.0 before a backward pass reached the node (pictures then show a dash)."""
        gradient = self.gradient
        return 0.0 if gradient is None else gradient

    @grad.setter
    def grad(self, value: Any) -> None:
        self.gradient = value if value is None or isinstance(value, Value) else as_float(value, "a gradient")

    def zero_grad(self) -> None:
        """Set the gradient back to "not computed"."""
        self.gradient = None

    def detach(self) -> "Value":
        """Return the same number without its history."""
        return Value(self.payload, requires_grad=False)

    def item(self) -> float:
        """Return the number as a float."""
        return self.data

    @property
    def _prev(self) -> set["Value"]:
        """The operands as micrograd's drawing code wants them; constants become Values without gradient."""
        return {x if isinstance(x, Value) else Value(x, requires_grad=False) for x in self.inputs if x is not None}

    @property
    def _op(self) -> str:
        return "" if self.op is None else str(self.op.symbol)

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.payload}, grad={self.grad}{name})"

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.data, digits)

    def __trunc__(self) -> int:
        return math.trunc(self.data)

    def __eq__(self, other: object) -> Any:
        return self._compare(other, float.__eq__)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, float.__ne__)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, float.__lt__)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, float.__le__)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, float.__gt__)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, float.__ge__)

    __hash__ = Node.__hash__

    def _compare(self, other: object, relation: Callable[[float, float], bool]) -> Any:
        if isinstance(other, Value):
            return relation(self.payload, other.payload)
        if isinstance(other, (int, float, np.number, np.bool_)):
            return relation(self.payload, float(other))
        return NotImplemented

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Record ``np.exp(value)`` and ``np.float64(2) * value``; refuse arrays with a hint."""
        op = op_for_ufunc(ufunc)
        if op is None or method != "__call__" or kwargs:
            raise NotDifferentiableError(f"expected a ufunc with a derivative rule, got np.{ufunc.__name__} on a Value")
        return op(*inputs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise DtypeError(
            "expected numbers to build an array from, got a Value, whose gradient would be lost; "
            "use Tensor.of([...]) to keep it, or value.data"
        )

    def draw(self, **options: Any) -> Any:
        """Draw the graph of this node; see ``viz.draw``."""
        from viz import draw  # noqa: PLC0415 - the engine must not need the pictures

        return draw(self, **options)

    def steps(self, **options: Any) -> Any:
        """Step through the forward and the backward pass of this node; see ``viz.steps``."""
        from viz import steps  # noqa: PLC0415 - the engine must not need the pictures

        return steps(self, **options)


class Handle:
    """Removes the hook that it was returned for."""

    def __init__(self, node: Node, hook: Callable[..., Any]) -> None:
        self._node, self._hook = node, hook
        node.hooks = (*node.hooks, hook)

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._node.hooks = tuple(h for h in self._node.hooks if h is not self._hook)


def as_float(x: Any, what: str = "the data of a Value") -> float:
    """Return a real number as a float.

    Raises:
        DtypeError: ``x`` is no real number.
    """
    if x.__class__ is float:
        return x
    if isinstance(x, Value):
        return x.data
    if isinstance(x, (int, float, np.integer, np.floating, np.bool_)):
        try:
            return float(x)
        except OverflowError:
            return math.inf if x > 0 else -math.inf
    if isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "fiub":
        return float(x)
    raise DtypeError(
        f"expected {what} to be a real number, got {type(x).__name__} {str(x)[:60]}; use a Tensor for arrays"
    )


def _same(found: list[Any], recorded: list[Any]) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(found, recorded, strict=True))
