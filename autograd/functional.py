"""Derivatives of functions: grad, vjp, jvp, jacobian, hessian, and checkpoint.

Every derivative is itself made of recorded operations when something outside wants to differentiate it, so they
nest to any order. Each call differentiates with respect to nodes of its own, so that nested derivatives cannot
be confused (Siskind and Pearlmutter 2005).
"""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import graph, ops
from .errors import DtypeError, GraphError, StaleGraphError
from .mode import current, enable_grad
from .node import Node
from .primitive import check_fresh
from .tensor import Tensor, wrap
from .tree import leaves, map_leaves, unflatten
from .value import Value

__all__ = ["checkpoint", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def _fresh(x: Any) -> Node:
    """Return a node of our own for an argument; a node that is watched from outside stays connected to it."""
    if isinstance(x, Node):
        if x.requires_grad:
            same: Node = ops.positive(x) if isinstance(x, Value) else ops.astype(x, dtype=x.dtype)
            return same
        raw = x.payload
        return Value(raw) if isinstance(x, Value) else wrap(raw).requires_grad_()
    if isinstance(x, (list, tuple, dict)) or x is None or isinstance(x, str):
        raise DtypeError(f"expected numbers, arrays or nodes as arguments, got {type(x).__name__}")
    if isinstance(x, (int, float)) and not isinstance(x, (bool, np.generic)):
        return Value(x)
    return Tensor(np.asarray(x)).requires_grad_()


def _watched(x: Any) -> bool:
    return isinstance(x, Node) and x.requires_grad


def _seed_like(out: Node, cotangent: Any, create_graph: bool) -> Any:
    if isinstance(out, Value):
        seed = 1.0 if cotangent is None else cotangent
        return (seed if isinstance(seed, Value) else Value(seed, requires_grad=False)) if create_graph else float(seed)
    return out._seed(cotangent, create_graph)


def _pull(outputs: list[Any], cotangents: list[Any], targets: list[Node], create_graph: bool) -> list[Any]:
    """Return the gradient of every target, zeros where none arrives."""
    grads: dict[Node, Any] = {}
    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if isinstance(o, Node) and o.requires_grad]
    with np.errstate(all="ignore"), enable_grad():
        for out, cotangent in pairs:
            order = graph.topological_order(out, every=False)
            wanted = graph.ancestors_of(order, targets)
            if out not in wanted:
                continue
            seed = _seed_like(out, cotangent, create_graph)
            found = graph.gradients(order, {out: seed}, create_graph=create_graph, wanted=wanted)
            for target in targets:
                if target in found:
                    grads[target] = found[target] if target not in grads else grads[target] + found[target]
    return [_as_node(grads.get(t), t) for t in targets]


def _as_node(grad: Any, target: Node) -> Any:
    if isinstance(grad, Node):
        return grad
    if isinstance(target, Value):
        return Value(0.0 if grad is None else grad, requires_grad=False)
    return wrap(np.zeros_like(target.payload) if grad is None else np.array(grad))


def _plain(x: Any, like: Any) -> Any:
    """Return a result in the kind of thing that was passed in: floats for floats, arrays for arrays."""
    if isinstance(like, Node) or not isinstance(x, Node) or x.requires_grad:
        return x
    return x.payload


def _argnums(argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def value_and_grad(
    function: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that computes a scalar function's value and its gradient.

    Args:
        function: Returns one number, or ``(number, anything)`` with ``has_aux``.
        argnums: The arguments to differentiate with respect to; each may be a nest of lists, tuples and dicts.
        has_aux: Whether the function returns something beside its value.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    @functools.wraps(function)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        numbers = _argnums(argnums)
        given = [args[i] for i in numbers]
        create = any(_watched(x) for arg in [*args, *kwargs.values()] for x in leaves(arg)) or _nested()
        with enable_grad():
            fresh = [map_leaves(_fresh, arg) for arg in given]
            call = list(args)
            for i, arg in zip(numbers, fresh, strict=True):
                call[i] = arg
            with _differentiating():
                result = function(*call, **kwargs)
        out, aux = result if has_aux else (result, None)
        if isinstance(out, Node) and np.size(out.payload) != 1:
            raise GraphError(f"expected a function that returns one number, got shape {np.shape(out.payload)}; use vjp")
        if not isinstance(out, (Node, int, float, np.number)):
            raise GraphError(f"expected a function that returns one number, got {type(out).__name__}")
        flat = leaves(fresh)
        pulled = _pull([out], [None], flat, create)
        flat_given = leaves(given)
        grads = unflatten(given, [_plain(g, like) for g, like in zip(pulled, flat_given, strict=True)])
        grads = grads[0] if isinstance(argnums, int) else tuple(grads)
        value = _plain(out if create or not isinstance(out, Node) else out.detach(), flat_given[0])
        return ((value, aux), grads) if has_aux else (value, grads)

    return differentiated


_inside: ContextVar[int] = ContextVar("stepgrad_differentiating", default=0)


class _differentiating:
    """Marks that a derivative is being computed, so that one inside it is recorded.

    A closure may carry a watched node into an inner ``grad`` where its arguments do not show it.
    """

    def __enter__(self) -> None:
        self.token = _inside.set(_inside.get() + 1)

    def __exit__(self, *exc: object) -> None:
        _inside.reset(self.token)


def _nested() -> bool:
    return _inside.get() > 0


def grad(function: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the gradient function of a function that returns one number.

    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x: x * grad(lambda y: x + y)(x))(5.0)
    1.0
    """
    both = value_and_grad(function, argnums)

    @functools.wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def vjp(function: Callable[..., Any], *args: Any) -> tuple[Any, Callable[..., Any]]:
    """Return ``function(*args)`` and the function from a cotangent to the gradients of the arguments.

    >>> y, pull = vjp(lambda a, b: a * b, 2.0, 3.0)
    >>> y, pull(1.0)
    (6.0, (3.0, 2.0))
    """
    create = any(_watched(x) for x in leaves(args)) or _nested()
    with enable_grad():
        fresh = map_leaves(_fresh, args)
        with _differentiating():
            out = function(*fresh)

    def pull(cotangent: Any) -> Any:
        outs, seeds = leaves(out), leaves(cotangent)
        if len(outs) != len(seeds):
            raise GraphError(f"expected a cotangent for each of {len(outs)} outputs, got {len(seeds)}")
        again = create or _nested() or any(_watched(s) for s in seeds)
        found = _pull(outs, seeds, leaves(fresh), again)
        return unflatten(args, [_plain(g, like) for g, like in zip(found, leaves(args), strict=True)])

    first = leaves(args)[0] if leaves(args) else None
    return map_leaves(lambda o: _plain(o if create or not isinstance(o, Node) else o.detach(), first), out), pull


def jvp(function: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return ``function(*primals)`` and its directional derivative along ``tangents``.

    The vector-Jacobian product is linear in its cotangent; its own vector-Jacobian product is the
    Jacobian-vector product.

    >>> jvp(lambda x: x**3, (2.0,), (1.0,))
    (8.0, 12.0)
    """
    flat_primals, flat_tangents = leaves(primals), leaves(tangents)
    if len(flat_primals) != len(flat_tangents):
        raise GraphError(f"expected a tangent for each of {len(flat_primals)} primals, got {len(flat_tangents)}")
    create = any(_watched(x) for x in [*flat_primals, *flat_tangents]) or _nested()
    with enable_grad():
        fresh = map_leaves(_fresh, primals)
        with _differentiating():
            out = function(*fresh)
    outs = leaves(out)
    dummies = [_dummy(o) for o in outs]
    pulled = _pull(outs, dummies, leaves(fresh), True)
    seeds = [_cotangent(t, p) for t, p in zip(flat_tangents, pulled, strict=True)]
    found = _pull(pulled, seeds, dummies, create)
    first = flat_primals[0]
    values = [_plain(o if create or not isinstance(o, Node) else o.detach(), first) for o in outs]
    return unflatten(out, values), unflatten(out, [_plain(f, first) for f in found])


def _dummy(out: Any) -> Node:
    if isinstance(out, Tensor):
        return wrap(np.ones_like(out.payload)).requires_grad_()
    return Value(1.0)


def _cotangent(tangent: Any, like: Any) -> Any:
    if isinstance(like, Value) or isinstance(tangent, Node):
        return tangent
    return np.asarray(tangent, dtype=like.dtype)


def jacobian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return the function that computes the Jacobian, of shape ``(*output.shape, *input.shape)``.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @functools.wraps(function)
    def full(*args: Any) -> Any:
        given = args[argnums]
        create = _watched(given) or _nested()
        with enable_grad():
            x = _fresh(given)
            with _differentiating():
                y = function(*args[:argnums], x, *args[argnums + 1 :])
        if isinstance(y, Value) or isinstance(x, Value):
            (only,) = _pull([y], [None], [x], create)
            return _plain(only, given)
        if y.dtype.kind == "c":
            raise DtypeError(f"expected real outputs in jacobian, got {y.dtype}; differentiate view_as_real(y)")
        rows = []
        for i in range(y.size):
            seed = np.zeros(y.size, dtype=y.dtype)
            seed[i] = 1
            (row,) = _pull([y], [seed.reshape(y.shape)], [x], create)
            rows.append(row)
        if not rows:
            return np.zeros((*y.shape, *x.payload.shape), dtype=y.dtype)
        with enable_grad():
            whole = ops.reshape(ops.stack(rows), shape=(*y.shape, *x.payload.shape))
        return _plain(whole, given)

    return full


def hessian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return the function that computes the matrix of second derivatives of a scalar function.

    >>> hessian(lambda x: (x * x * x).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(function, argnums), argnums)


def hvp(function: Callable[..., Any], x: Any, v: Any) -> Any:
    """Return the Hessian of a scalar function times a vector, without building the matrix.

    >>> hvp(lambda x: (x * x * x).sum(), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    _, pull = vjp(grad(function), x)
    return pull(v)[0]


def checkpoint(function: Callable[..., Any], *args: Any) -> Any:
    """Run a function without keeping its inner graph; it is run again in the backward pass.

    Gradients of parameters that the function closes over arrive too. The function must be deterministic.

    >>> x = Tensor([2.0], requires_grad=True)
    >>> checkpoint(lambda t: (t * t).exp(), x).sum().backward(); x.grad
    tensor([218.3926])
    """
    stand_ins = [_leaf_of(x) if isinstance(x, Node) else x for x in args]
    with enable_grad():
        run = function(*stand_ins)
    if not isinstance(run, (Tensor, Value)):
        raise DtypeError(f"expected a function that returns one Tensor or Value, got {type(run).__name__}")
    own = {id(x) for x in stand_ins}
    closed = [n for n in graph.topological_order(run, every=False) if n.op is None and id(n) not in own]
    sources = (*(x for x in args if isinstance(x, Node)), *closed)
    out = run.detach()
    if current().grad and any(x.requires_grad for x in sources):
        form = tuple(_SLOT if isinstance(x, Node) else x for x in args)
        out.op, out.args, out.requires_grad = _Checkpoint(function, form), tuple(x.payload for x in sources), True
        out.remember(sources)
    return out


class _Checkpoint:
    """A piece of a program that is run again when its gradient is wanted.

    Its arguments that are nodes are the first inputs of the graph's node; what it closes over are the others.
    """

    symbol = name = "checkpoint"
    elementwise = reduction = False

    def __init__(self, function: Callable[..., Any], form: tuple[Any, ...]) -> None:
        self.function, self.form = function, form

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        check_fresh(node, leaves=True)
        count = sum(x is _SLOT for x in self.form)
        with enable_grad():
            own = [_fresh(x) if create_graph else _leaf_of(x) for x in node.inputs[:count]]
            rest = iter(own)
            out = self.function(*(next(rest) if x is _SLOT else x for x in self.form))
        if not np.array_equal(out.payload, node.payload, equal_nan=True):
            raise StaleGraphError(
                "expected a checkpointed function to compute the same again in the backward pass, but its result "
                "differs; draw random numbers and read changing data outside of it"
            )
        found = _pull([out], [grad], [*own, *node.inputs[count:]], create_graph)
        return [g if create_graph else g.payload for g in found]


_SLOT = object()


def _leaf_of(x: Any) -> Node:
    return Value(x.payload) if isinstance(x, Value) else wrap(x.payload).requires_grad_(x.dtype.kind in "fc")
