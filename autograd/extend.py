"""What one needs to add an operation of one's own: ``primitive`` with ``defvjp``, or a ``Function`` class."""

from typing import Any, ClassVar, NamedTuple

from .errors import GradientError, NotDifferentiableError
from .mode import current, no_grad, set_grad_enabled
from .node import Node
from .primitive import Primitive, check_fresh, primitive, scalar_gradient
from .tensor import Tensor, wrap

__all__ = ["Context", "Function", "Primitive", "primitive"]


class Context:
    """What a :class:`Function` keeps from its forward for its backward pass; attributes may be set at will."""

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._nodes: tuple[Any, ...] = ()
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, inputs or the output, for the backward pass."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that were kept."""
        return tuple(self._nodes[x.slot] if isinstance(x, _Place) else x for x in self._saved)


class _Place(NamedTuple):
    """Stands for an input that was saved, or with slot -1 for the output; a copied graph then finds its own."""

    slot: int


class Function:
    """An operation with ``forward(ctx, *args)`` and ``backward(ctx, grad)``, as PyTorch users write it.

    ``backward`` works on tensors; written in recorded operations it can be differentiated again.

    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = Tensor([2.0], requires_grad=True)
    >>> Cube.apply(x).backward(); x.grad
    tensor([12.])
    """

    symbol: ClassVar[str] = ""

    @staticmethod
    def forward(ctx: Context, *args: Any) -> Any:
        """Compute the result; tensors come as they were passed, nothing is recorded."""
        raise NotDifferentiableError("expected a Function with a forward(ctx, ...) method, got one without")

    @staticmethod
    def backward(ctx: Context, grad: Any) -> Any:
        """Return a gradient for each argument of ``forward``, ``None`` where there is none."""
        raise NotDifferentiableError("expected a Function with a backward(ctx, grad) method, got one without")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run the operation and record it."""
        ctx = Context()
        ctx.needs_input_grad = tuple(isinstance(x, Node) and x.requires_grad for x in args)
        with no_grad():
            out = cls.forward(ctx, *args)
        if not isinstance(out, Node):
            raise GradientError(
                f"expected {cls.__name__}.forward to return a Tensor or Value, got {type(out).__name__}"
            )
        result = wrap(out.payload) if isinstance(out, Tensor) else out.detach()
        places = {id(x): _Place(slot) for slot, x in enumerate((*args, out)) if isinstance(x, Node)}
        places[id(out)] = _Place(-1)
        ctx._saved = tuple(places.get(id(x), x) for x in ctx._saved)
        if current().grad and any(ctx.needs_input_grad):
            result.op, result.requires_grad = _FunctionOp(cls, ctx), True
            result.remember(args)
            result.args = tuple(x.payload if isinstance(x, Node) else x for x in args)
            result.scope = current().scope
        return result


def _identity(x: Any, /) -> Any:
    return x


class _FunctionOp:
    """The operation of one call of a Function."""

    elementwise = reduction = False

    def __init__(self, function: type[Function], ctx: Context) -> None:
        self.function, self.ctx = function, ctx
        self.name = function.__name__
        self.symbol = function.symbol or self.name
        self._rules = Primitive(_identity)  # brings gradients into shape
        self._rules.name = self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return _FunctionOp, (self.function, self.ctx)

    def rerun(self, node: Node, inputs: tuple[Any, ...]) -> Any:
        return self.function.apply(*inputs)

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        check_fresh(node, create_graph)
        upstream = grad if isinstance(grad, Node) else node.constant(grad)
        ctx = self.ctx
        seen = (*node.inputs, node)
        ctx._nodes = (
            seen
            if create_graph
            else tuple(
                wrap(arg) if isinstance(x, Tensor) else x.constant(arg) if isinstance(x, Node) else x
                for x, arg in zip(seen, (*node.args, node.payload), strict=True)
            )
        )
        try:
            with set_grad_enabled(create_graph):
                found = self.function.backward(ctx, upstream)
        finally:
            ctx._nodes = ()
        found = found if isinstance(found, tuple) else (found,)
        if len(found) != len(node.inputs):
            raise GradientError(
                f"expected {self.name}.backward to return {len(node.inputs)} gradients, one for each argument of "
                f"forward, got {len(found)}; return None for an argument without gradient"
            )
        fit = self._rules.fit
        contributions: list[Any] = []
        for slot, (g, x) in enumerate(zip(found, node.inputs, strict=True)):
            if not isinstance(x, Node) or not x.requires_grad or g is None:
                contributions.append(None)
            elif not isinstance(x, Tensor):
                known = scalar_gradient(g, slot, self.name)
                contributions.append(g if create_graph and isinstance(g, Node) else known)
            else:
                raw = g if create_graph or not isinstance(g, Node) else g.payload
                contributions.append(fit(raw, x, grad, slot, node, careful))
        return contributions
