"""Primitive: one operation, its derivative rules, and the registry of all of them.

An operation is a pure function on raw payloads. Called with nodes it runs and records; called with raw numbers
and arrays it falls straight through. So a derivative rule, written in operations, is the fast first-order
backward on raw payloads and the backward of any higher order on nodes.
"""

from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, overload

import numpy as np

from .errors import GradientError, NotDifferentiableError, ShapeError, StaleGraphError
from .graph import gradients, topological_order
from .mode import enable_grad
from .node import Node

__all__ = ["REGISTRY", "Primitive", "check_fresh", "conjugated", "has_nan", "policy", "primitive"]

Rule = Callable[..., Any]
_VARIADIC = 0x04  # inspect.CO_VARARGS

REGISTRY: dict[str, "Primitive"] = {}


def policy() -> dict[str, str]:
    """Return for each operation with points without a derivative these points and the subgradient used there.

    >>> policy()["relu"]
    '0: 0'
    """
    return {name: op.kinks for name, op in sorted(REGISTRY.items()) if op.kinks}


class Primitive:
    """One operation. Made by :func:`primitive`; see ``CONTRIBUTING.md`` for how to write one.

    Attributes:
        name: The function's name, the key in :data:`REGISTRY`.
        symbol: What pictures show.
        elementwise: Whether each output element depends on one element of each (broadcast) input.
        reduction: Whether it reduces over ``axis``.
        formula, derivative: For the docs and for pictures.
        domain: Where it has a value and a derivative, as text; everywhere when empty.
        kinks: Where it has no derivative, and what the rule gives there, as text: ``"0: 0"``.
        kept: How many of the last arrays that the forward returns are for the derivative alone, and no results.
        analytic: Whether its forward takes complex numbers as the mathematics does, so that a complex step checks it.
        on_complex: What complex numbers mean to it: ``"holomorphic"``, ``"convention"`` or ``"refuse"``; see below.
        rules: One derivative rule for each positional argument; ``None`` where there is no gradient.

    The gradient of a real ``L`` with respect to a complex ``z`` is ``dL/dRe z + i dL/dIm z``, as in PyTorch: a step
    against it descends. Where an operation has a complex derivative (``"holomorphic"``, the default of an analytic
    one) the upstream gradient meets the conjugate of it. A rule is linear in ``g``, and written with plain products
    and transposes; so conjugating what goes in and what comes out, in the one place where rules are called, makes
    every rule right. An operation without complex derivative (absolute value, real part, norms) has rules that are in
    the convention themselves (``"convention"``), or knows real numbers only (``"refuse"``, the default then).
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        *,
        symbol: str | None = None,
        elementwise: bool = False,
        reduction: bool = False,
        sequence: bool = False,
        formula: str = "",
        derivative: str = "",
        domain: str = "",
        kinks: str = "",
        analytic: bool = True,
        kept: int = 0,
        on_complex: str | None = None,
    ) -> None:
        self.forward = forward
        self.name = forward.__name__
        self.__name__, self.__qualname__ = forward.__name__, forward.__qualname__
        self.__module__, self.__doc__, self.__wrapped__ = forward.__module__, forward.__doc__, forward
        self.symbol = symbol or self.name
        self.elementwise, self.reduction, self.sequence = elementwise, reduction, sequence
        self.formula, self.derivative, self.analytic = formula, derivative, analytic
        self.domain, self.kinks = domain, kinks
        self.kept = kept
        self.on_complex = on_complex or ("holomorphic" if analytic else "refuse")
        code = forward.__code__  # inspect.signature says the same and takes a hundred times as long
        names = code.co_varnames
        self.variadic = bool(code.co_flags & _VARIADIC)
        self.argument_names = list(names[: code.co_posonlyargcount])
        self.parameter_names = list(names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])
        if not self.variadic and not self.argument_names:
            raise TypeError(
                f"expected positional-only arguments in {self.name}(x, ..., /), got none; "
                "the arguments before '/' are the differentiable ones"
            )
        self.arity = len(self.argument_names)
        self.rules: tuple[Rule | None, ...] | None = None
        self.indexed_rule: Rule | None = None
        self.joint: Rule | None = None
        self.composition: Callable[..., Any] | None = None
        self.scalar: Callable[..., tuple[Any, ...]] = self._scalar_from_rules

    # -- definition ------------------------------------------------------------------------------------------

    def defvjp(self, *rules: Rule | None) -> None:
        """Give one rule ``(g, out, *inputs, **params)`` for each positional argument, in order.

        A rule returns the upstream gradient ``g`` times the local derivative, in any shape that broadcasts
        from or to its input's. ``None`` says that there is no gradient with respect to that argument.
        """
        if len(rules) != self.arity:
            raise TypeError(
                f"expected {self.arity} rules for {self.name}({', '.join(self.argument_names)}), got {len(rules)}; "
                "write None for an argument without gradient"
            )
        self.rules = rules

    def defvjp_indexed(self, rule: Rule) -> None:
        """Give the rule ``(index, g, out, *inputs, **params)`` of an operation with any number of inputs."""
        self.indexed_rule = rule

    def defjoint(self, rule: Rule, composition: Callable[..., Any]) -> None:
        """Give a raw rule that returns all gradients at once, and the composition of plain ops it equals.

        The joint rule serves the first order; higher orders go through the composition.
        """
        self.joint, self.composition = rule, composition

    def defscalar(self, kernel: Callable[..., tuple[Any, ...]]) -> None:
        """Give a fast form for plain floats: ``kernel(x, ...) -> (value, local derivative by each argument...)``.

        The rules stay the truth; a test holds the two equal.
        """
        self.scalar = kernel

    # -- run -------------------------------------------------------------------------------------------------

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Run the operation; record it when an input is a node that requires a gradient."""
        if self.sequence:
            inputs, rest = tuple(inputs[0]), inputs[1:]
            params = self._by_position(rest, params) if rest else params
        elif len(inputs) > self.arity and not self.variadic:  # NumPy lets static parameters stand by position
            params = self._by_position(inputs[self.arity :], params)
            inputs = inputs[: self.arity]
        for x in inputs:
            if isinstance(x, Node):
                return x.apply(self, inputs, params)
        for x in params.values():
            if isinstance(x, Node):
                return x.apply(self, inputs, params)
        out = self.forward(*inputs, **params)
        return self.results(out) if self.kept else out

    def results(self, out: tuple[Any, ...]) -> Any:
        """Return what a caller gets of what the forward returned: a tuple of the same kind, or the only result."""
        if not self.kept:
            return out
        return out[0] if len(out) == self.kept + 1 else out[: -self.kept]

    def _by_position(self, given: tuple[Any, ...], params: dict[str, Any]) -> dict[str, Any]:
        """Name the static parameters that stand by position, as Python would, so that none is dropped in silence."""
        named = dict(zip(self.parameter_names, given, strict=False))
        twice = sorted(named.keys() & params.keys())
        if twice or len(given) > len(self.parameter_names):
            wrong = f"{twice[0]!r} twice" if twice else f"{len(given)} of them by position"
            raise TypeError(
                f"expected the parameters ({', '.join(self.parameter_names)}) of {self.name} once each at most, "
                f"got {wrong}; drop what is too much"
            )
        return named | params

    def rerun(self, node: Node, inputs: tuple[Any, ...]) -> Any:
        """Run the operation again as ``node`` recorded it, on other inputs."""
        return node.apply(self, inputs, node.params)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind as a method, so that a class may take an operation as it is."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        if REGISTRY.get(self.name) is self:
            return _lookup, (self.name,)
        return self.__qualname__  # a user's own: pickled by reference, as functions are

    def __deepcopy__(self, memo: dict[int, Any]) -> "Primitive":
        return self

    # -- differentiate ---------------------------------------------------------------------------------------

    def rule(self, slot: int) -> Rule | None:
        """Return the derivative rule for one input.

        Raises:
            NotDifferentiableError: No rule was given for the operation.
        """
        if self.indexed_rule is not None:
            indexed = self.indexed_rule
            return lambda g, out, *inputs, **params: indexed(slot, g, out, *inputs, **params)
        if self.rules is None:
            raise NotDifferentiableError(
                f"expected a derivative rule for {self.name}, which has none; give one with {self.name}.defvjp(...)"
            )
        return self.rules[slot]

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        """Return the gradient that ``node``, computed by this operation, passes to each of its inputs."""
        if careful or self.rules is None or self.joint is not None or grad.dtype.kind == "c":
            return self._careful_contributions(node, grad, create_graph, careful)
        out, args, params, rules = node.payload, node.args, node.params, self.rules
        contributions: list[Any] = []
        for slot, x in enumerate(node.operands or ()):
            found = None
            if isinstance(x, Node) and x.requires_grad:
                rule = rules[slot]
                if rule is not None:
                    payload = x.payload
                    if payload is not args[slot] and x.op is not None:
                        check_fresh(node, leaves=False)
                    found = rule(grad, out, *args, **params) if params else rule(grad, out, *args)
                    if not (
                        found.__class__ is np.ndarray and found.shape == payload.shape and found.dtype is payload.dtype
                    ):
                        found = self.fit(found, x, grad, slot, node, careful)
            contributions.append(found)
        return contributions

    def _careful_contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool) -> list[Any]:
        check_fresh(node, leaves=create_graph)
        inputs, args, out = node.inputs, node.args, node.payload
        if create_graph:
            args, out = inputs, node.output
        flowing = [isinstance(x, Node) and x.requires_grad for x in inputs]
        if self.joint is not None and create_graph:
            found = self._differentiate_composition(node, grad, flowing)
        else:
            found = self._differentiate(grad, out, args, node.params, flowing)
        return [
            self.fit(contribution, x, grad, slot, node, careful) if flowing[slot] else None
            for slot, (contribution, x) in enumerate(zip(found, inputs, strict=True))
        ]

    def _differentiate(self, grad: Any, out: Any, args: Any, params: dict[str, Any], flowing: list[bool]) -> list[Any]:
        """Return what the rules make of an upstream gradient, conjugated on the way in and out where it is complex."""
        holomorphic = self.on_complex == "holomorphic" and _is_complex(grad)
        upstream = conjugated(grad) if holomorphic else grad
        if self.joint is not None:
            found = list(self.joint(upstream, out, *args, **params))
        else:
            rules = [self.rule(slot) if flows else None for slot, flows in enumerate(flowing)]
            found = [None if rule is None else rule(upstream, out, *args, **params) for rule in rules]
        return [conjugated(contribution) for contribution in found] if holomorphic else found

    def _differentiate_composition(self, node: Node, grad: Any, flowing: list[bool]) -> list[Any]:
        """Return the gradients of a fused operation as nodes, out of the plain operations that it equals.

        The composition runs on leaves in place of the inputs, so that its walk ends there; afterwards each leaf becomes
        a copy of its input, and a derivative of the gradients goes on to it.
        """
        leaves = [x.constant(x.payload) if flows else x for x, flows in zip(node.inputs, flowing, strict=True)]
        for leaf, flows in zip(leaves, flowing, strict=True):
            if flows:
                leaf.requires_grad = True
        with enable_grad():
            out = self.composition(*leaves, **node.params)  # type: ignore[misc]
            upstream = zip(out, grad, strict=False) if isinstance(out, tuple) else [(out, grad)]
            seeds = {y: g for y, g in upstream if g is not None and y.requires_grad}
            order = list(dict.fromkeys(n for y in seeds for n in topological_order(y, every=False)))
            grads = gradients(order, seeds, create_graph=True)
        for leaf, x, flows in zip(leaves, node.inputs, flowing, strict=True):
            if flows:
                leaf.op, leaf.operands, leaf.args = REGISTRY["copy"], (x,), (x.payload,)
        return [grads.get(leaf) if flows else None for leaf, flows in zip(leaves, flowing, strict=True)]

    def fit(self, contribution: Any, x: Node, grad: Any, slot: int, node: Node, careful: bool = True) -> Any:
        """Bring what a rule returned into its input's shape and dtype; the one place where broadcasting is undone.

        The gradient of a real input is the real part of a complex contribution.

        Where the upstream gradient is exactly zero the contribution is zero, even if the local derivative is
        infinite or NaN; ``careful`` says to look for that.
        """
        if contribution is None:
            return None
        if contribution.__class__ is not np.ndarray:
            if isinstance(contribution, Node) or isinstance(grad, Node):
                return _fit_node(self, contribution, x, grad, slot, node)
            contribution = _as_gradient(contribution, slot, self.name)
        elif isinstance(grad, Node) or (grad.__class__ is not np.ndarray and getattr(grad, "recorded", False)):
            return _fit_node(self, contribution, x, grad, slot, node)
        if careful and contribution is not grad and has_nan(contribution):
            contribution = self._without_zero_upstream(contribution, grad, node)
        payload = x.payload
        if contribution.shape != payload.shape:
            contribution = _unbroadcast(contribution, payload.shape, self, slot)
        return contribution if contribution.dtype is payload.dtype else _cast(contribution, payload.dtype)

    def _without_zero_upstream(self, contribution: Any, grad: Any, node: Node) -> Any:
        upstream = grad
        if self.reduction:
            upstream = _expand(grad, node)
        elif not self.elementwise:
            return contribution if _any(grad) else np.zeros_like(contribution)
        return np.where(upstream == 0, contribution.dtype.type(0), contribution)

    # -- scalars ---------------------------------------------------------------------------------------------

    def _scalar_from_rules(self, *inputs: Any, **params: Any) -> tuple[Any, ...]:
        """Compute a number and its local derivatives from the forward and the rules; without rules the number alone."""
        with np.errstate(all="ignore"):
            args = [np.float64(x) if isinstance(x, float) else x for x in inputs]
            out = np.float64(self.forward(*args, **params))
            if self.rules is None and self.indexed_rule is None:
                return (float(out),)
            rules = [self.rule(slot) for slot in range(len(args))]
            one = np.float64(1.0)
            return float(out), *(
                None if rule is None or x is None else scalar_gradient(rule(one, out, *args, **params), slot, self.name)
                for slot, (rule, x) in enumerate(zip(rules, args, strict=True))
            )


def check_fresh(node: Node, leaves: bool) -> None:
    """Refuse to go on when an input changed after it was read and the gradient would be wrong.

    A leaf may change as long as nothing reads it again; ``leaves`` says that something will. A result that was
    assigned into is another result, whatever it holds.
    """
    for slot, (x, arg) in enumerate(zip(node.inputs, node.args, strict=False)):  # numbers keep no raw operands
        if x is arg or not isinstance(x, Node):  # a constant stands for itself
            continue
        if (x.op is None and not leaves) or x.payload is arg:
            continue
        rebound = x.op is not None and isinstance(arg, np.ndarray)
        if rebound or not np.array_equal(x.payload, arg, equal_nan=True):
            raise StaleGraphError(
                f"expected input {slot} of {node.op.name} (shape {np.shape(arg)}) to be as it was when the operation "
                "ran, but it was overwritten since; work on a copy, or run the forward pass again"
            )


def _is_complex(x: Any) -> bool:
    dtype = getattr(x.payload if isinstance(x, Node) else x, "dtype", None)
    return isinstance(x, complex) if dtype is None else dtype.kind == "c"


def conjugated(x: Any) -> Any:
    """Return the complex conjugate of a gradient; what is real, or nothing, stays as it is."""
    if not _is_complex(x):
        return x
    return REGISTRY["conjugate"](x) if isinstance(x, Node) else x.conjugate()


def _cast(array: Any, dtype: Any) -> Any:
    """Convert a gradient to its input's dtype: its real part where the input is real."""
    return (array.real if array.dtype.kind == "c" and dtype.kind != "c" else array).astype(dtype)


def _as_gradient(contribution: Any, slot: int, name: str) -> Any:
    """Return what a rule gave as an array, or say that it is none."""
    array = np.asarray(contribution)
    if array.dtype.kind not in "fiubc":
        raise GradientError(
            f"expected rule {slot} of {name} to return an array, got {type(contribution).__name__}; "
            "return the gradient, or None for no gradient"
        )
    return array


def scalar_gradient(contribution: Any, slot: int, name: str) -> float | None:
    """Return what a rule gave for a number as a float; ``None`` stays "no gradient"."""
    if contribution is None or contribution.__class__ is float:
        return contribution
    array = _as_gradient(contribution.payload if isinstance(contribution, Node) else contribution, slot, name)
    if array.size != 1 or array.dtype.kind == "c":
        raise GradientError(
            f"expected rule {slot} of {name} to return one real number for a Value, got shape {array.shape} of "
            f"{array.dtype}; correct the rule"
        )
    return float(array.item())


def _lookup(name: str) -> Primitive:
    return REGISTRY[name]


def has_nan(array: Any) -> bool:
    """Tell whether a float array holds a NaN, in one pass without a temporary."""
    if array.dtype.kind not in "fc":
        return False
    if array.size == 1:
        value = array.item()
        return bool(value != value)
    flat = array.ravel("K")  # in memory order, so that a transposed array is not copied
    if flat.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    total = np.dot(flat, flat)  # squares cannot cancel, so only a NaN makes a NaN
    return bool(total != total)


def _any(grad: Any) -> bool:
    """Tell whether anything in an upstream gradient is not zero: of a number, an array, or several arrays."""
    return bool(grad if isinstance(grad, float) else grad.any())


def _expand(grad: Any, node: Node) -> Any:
    """Give the upstream gradient of a reduction back the axes that were reduced."""
    axis, keepdims = node.params.get("axis"), node.params.get("keepdims", False)
    ndim = node.args[0].ndim
    if keepdims or np.ndim(grad) == ndim:
        return grad
    axes = range(ndim) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    return np.expand_dims(grad, tuple(a % ndim for a in axes))


def _excess_axes(shape: Sequence[int], target: Sequence[int], op: Primitive, slot: int) -> tuple[int, ...]:
    """Return the axes to sum over on the way from ``shape`` to ``target``."""
    lead = len(shape) - len(target)
    stretched = tuple(i + lead for i, n in enumerate(target) if lead + i >= 0 and n == 1 and shape[i + lead] != 1)
    fits = all(n in (1, m) or m == 1 for n, m in zip(reversed(shape), reversed(target), strict=False))
    if not fits:
        raise ShapeError(
            f"expected rule {slot} of {op.name} to return a gradient of its input's shape {tuple(target)}, "
            f"or one that broadcasts with it, got shape {tuple(shape)}; correct the rule"
        )
    return (*range(max(lead, 0)), *stretched)


def _unbroadcast(array: Any, shape: tuple[int, ...], op: Primitive, slot: int) -> Any:
    axes = _excess_axes(array.shape, shape, op, slot)
    if axes:
        array = array.sum(axis=axes, keepdims=True)
        lead = max(array.ndim - len(shape), 0)
        array = array.reshape(array.shape[lead:])
    return array if array.shape == shape else np.broadcast_to(array, shape)


def _fit_node(op: Primitive, contribution: Any, x: Node, grad: Any, slot: int, node: Node) -> Any:
    """Do the same as :meth:`Primitive.fit` with recorded operations."""
    call = REGISTRY
    target = x.payload
    if not isinstance(contribution, Node):
        contribution = _as_gradient(contribution, slot, op.name)
    value = contribution.payload if isinstance(contribution, Node) else contribution
    shape = np.shape(target)
    if contribution is not grad and has_nan(np.asarray(value, dtype=float) if isinstance(value, float) else value):
        upstream = grad.payload if isinstance(grad, Node) else grad
        if op.reduction:
            upstream = _expand(upstream, node)
        elif not op.elementwise:
            upstream = np.asarray(_any(upstream), dtype=float)
        zero = np.broadcast_to(np.asarray(upstream) == 0, np.shape(value))
        contribution = call["where"](zero if np.ndim(value) else bool(zero), 0.0, contribution)
    if not isinstance(contribution, Node):
        own = _cast(contribution, target.dtype) if isinstance(target, np.ndarray) else contribution
        contribution = x.constant(own)
    if np.shape(contribution.payload) != shape:
        axes = _excess_axes(np.shape(contribution.payload), shape, op, slot)
        if axes:
            lead = max(np.ndim(contribution.payload) - len(shape), 0)
            contribution = call["sum"](contribution, axis=axes, keepdims=True)
            contribution = call["reshape"](contribution, shape=contribution.payload.shape[lead:])
        if contribution.payload.shape != shape:
            contribution = call["broadcast_to"](contribution, shape=shape)
    if _is_complex(contribution) and not _is_complex(x):
        contribution = call["real"](contribution)
    if isinstance(target, np.ndarray) and contribution.payload.dtype != target.dtype:
        contribution = call["astype"](contribution, dtype=target.dtype)
    return contribution


@overload
def primitive(function: Callable[..., Any], /) -> Primitive: ...
@overload
def primitive(function: None = None, /, **options: Any) -> Callable[[Callable[..., Any]], Primitive]: ...
def primitive(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Turn a pure function on raw arrays into an operation that is recorded and differentiated.

    Positional-only arguments are differentiable, keyword-only ones are static parameters.

    Args:
        function: The forward pass.
        **options: ``symbol``, ``elementwise``, ``reduction``, ``formula``, ``derivative``, ``domain``, ``kinks``,
            ``analytic``, ``on_complex``, ``kept``; and
            ``register=False`` to keep it out of the registry (the default for code outside this library).

    >>> import numpy as np
    >>> from autograd import Value
    >>> @primitive(elementwise=True)
    ... def cube(x, /):
    ...     return x * x * x
    >>> cube.defvjp(lambda g, out, x: g * 3 * x * x)
    >>> x = Value(2.0); cube(x).backward(); x.grad
    12.0
    """

    def make(forward: Callable[..., Any]) -> Primitive:
        own = options.pop("register", (forward.__module__ or "").startswith("autograd.ops"))
        op = Primitive(forward, **options)
        if own:
            if op.name in REGISTRY:
                raise ValueError(f"expected a new name, got {op.name!r}, which is registered; choose another")
            REGISTRY[op.name] = op
        return op

    return make if function is None else make(function)
