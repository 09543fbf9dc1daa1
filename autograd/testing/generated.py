"""A whole test class for an operation of one's own, made from the operation.

Hypothesis draws shapes, values and parameters; it is imported when a class is made, and comes with the extra ``test``.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..extend import Function
from ..node import Node
from ..primitive import Primitive
from ..tensor import Tensor
from ..value import Value
from .laws import LAWS, Case, Law, Unjudged, laws_of

__all__ = ["op_test"]

_STEPS = 1022  # values between the ends of a domain; the ends themselves are left out


def op_test(
    op: Any,
    *,
    domain: Any = (-3.0, 3.0),
    shapes: Any = None,
    params: dict[str, Any] | Sequence[dict[str, Any]] = (),
    order: int = 2,
    elementwise: bool | None = None,
    reference: Callable[..., Any] | None = None,
    skip: Sequence[str] = (),
    examples: int = 20,
    **options: Any,
) -> type:
    """Return a test class for an operation.

    Each law of ``autograd.testing.LAWS`` that is meant for such an operation becomes a test, on inputs drawn by
    Hypothesis: gradients to the order asked for, jvp and vjp adjoint, nothing mutated, nothing aliased, dtypes and
    shapes kept, zero upstream, memory layouts; for elementwise operations also broadcasting, 0-d and empty arrays, odd
    values and Values. Points on a kink are passed over. In a file of tests this line is all there is to write::

        TestCube = op_test(cube, domain=(0.1, 3.0))

    Args:
        op: A primitive, a ``Function``, or any function of tensors. Each of its positional arguments without a default
            is an input.
        domain: Between which numbers the inputs lie; a list of such pairs when they differ.
        shapes: Shapes of the inputs, a list of alternatives such as ``[((2, 3), (3, 4)), ((3,), (3,))]``, for one
            input ``[(2, 3), (4,)]``; or a Hypothesis strategy of such. Left out, they are any that broadcast if the
            operation is elementwise, and any of one to three axes if it has one input.
        params: Static parameters, or a list of alternatives.
        order: To which order the operation is differentiable.
        elementwise: Whether each output element depends on one element of each input; found out when left out.
        reference: What the values should be, as a function of arrays such as ``np.sinh``.
        skip: Names of laws that shall not hold.
        examples: How many inputs are drawn for each law.
        **options: For ``check_gradients``: ``atol``, ``rtol``, ``step``, ``mode``.

    Raises:
        ImportError: Hypothesis is not installed.
        ValueError: The shapes cannot be guessed, a domain is not finite, or a law to skip does not exist.
    """
    drawing = _hypothesis()
    alternatives = [params] if isinstance(params, dict) else list(params) or [{}]
    call = op.apply if isinstance(op, type) and issubclass(op, Function) else op
    name = getattr(op, "__name__", type(op).__name__)
    count = _inputs(op, domain, shapes)
    domains = _domains(domain, count)
    unknown = sorted(set(skip) - set(LAWS))
    if unknown:
        raise ValueError(f"expected names of laws to skip, got {unknown[0]!r}; they are {', '.join(LAWS)}")
    plain = partial(_call, call, alternatives[0])
    middle = [0.45 * low + 0.55 * high for low, high in domains]
    if elementwise is None:
        elementwise = getattr(op, "elementwise", False) or _looks_elementwise(plain, domains)
    case = Case(
        name,
        plain,
        count,
        elementwise,
        order,
        raw=isinstance(op, Primitive),
        values=elementwise and _takes_values(plain, middle),
        reference=reference,
        options=options,
    )
    strategy = _strategy(drawing, shapes, case, domains)
    settings = drawing.settings(max_examples=examples, deadline=None)
    given = drawing.given(inputs=strategy, params=drawing.strategies.sampled_from(alternatives))
    body: dict[str, Any] = {
        "__doc__": f"The laws of an operation, for {name}.",
        "__module__": sys._getframe(1).f_globals.get("__name__", __name__),
    }
    for law in laws_of(case):
        if law.name not in skip:
            body[f"test_{law.name}"] = settings(given(_test(law, case, call, drawing)))
    return type("Test" + "".join(part.title() for part in name.split("_")), (), body)


def _hypothesis() -> Any:
    try:
        import hypothesis  # noqa: PLC0415 - an extra, needed by nothing else
        import hypothesis.extra.numpy  # noqa: PLC0415
        import hypothesis.strategies  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            f"expected hypothesis to be installed for op_test, but `import hypothesis` says: {error}; "
            'pip install "stepgrad[test]"'
        ) from None
    return hypothesis


def _call(call: Callable[..., Any], params: dict[str, Any], *inputs: Any) -> Any:
    if getattr(call, "sequence", False):
        return call(inputs, **params)
    return call(*inputs, **params)


def _test(law: Law, case: Case, call: Any, drawing: Any) -> Callable[..., None]:
    def test(self: Any, inputs: Any, params: Any) -> None:
        __tracebackhide__ = True
        reference = case.reference and partial(case.reference, **params)
        function = partial(_call, call, params)
        try:
            law.holds(replace(case, function=function, reference=reference), inputs)
        except Unjudged:
            drawing.reject()

    test.__name__ = f"test_{law.name}"
    test.__qualname__ = f"{case.name}.{test.__name__}"
    test.__doc__ = law.holds.__doc__
    return test


# -- what an operation takes --------------------------------------------------------------------------------------


def _inputs(op: Any, domain: Any, shapes: Any) -> int:
    """Return how many inputs an operation has."""
    if isinstance(op, Primitive) and not op.variadic and not op.sequence:
        return op.arity
    if isinstance(domain, list):
        return len(domain)
    if isinstance(shapes, (list, tuple)) and (op_is_open := _is_open(op)) and shapes:
        return len(shapes[0]) if isinstance(shapes[0][0], tuple) else int(op_is_open)
    function, first = (op.forward, 1) if isinstance(op, type) and issubclass(op, Function) else (op, 0)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [
        p
        for p in list(inspect.signature(function).parameters.values())[first:]
        if p.kind in kinds and p.default is inspect.Parameter.empty
    ]
    if not found:
        raise ValueError(
            "expected an operation with inputs, got one without; tell how many with shapes= or domain=[...]"
        )
    return len(found)


def _is_open(op: Any) -> bool:
    """Tell whether an operation takes any number of inputs."""
    if isinstance(op, Primitive):
        return op.variadic or op.sequence
    function = op.forward if isinstance(op, type) and issubclass(op, Function) else op
    return any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in inspect.signature(function).parameters.values())


def _domains(domain: Any, count: int) -> list[tuple[float, float]]:
    pairs = list(domain) if isinstance(domain, list) else [domain] * count
    for low, high in pairs:
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(f"expected a domain of two finite numbers, the smaller first, got ({low}, {high})")
    return pairs


def _looks_elementwise(function: Callable[..., Any], domains: list[tuple[float, float]]) -> bool:
    """Tell whether each element of the result is what the operation gives for the elements there alone."""
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(low, high, (2, 3)) for low, high in domains]
    try:
        with np.errstate(all="ignore"):
            out = function(*[Tensor(a) for a in arrays])
            alone = [function(*[Tensor(np.array(a.flat[i])) for a in arrays]) for i in range(6)]
        found = [np.asarray(o.payload).item() for o in alone]
        return bool(out.shape == (2, 3) and np.allclose(out.payload.ravel(), found, rtol=1e-12, equal_nan=True))
    except Exception:  # what it does with such arrays is its own affair
        return False


def _takes_values(function: Callable[..., Any], numbers: list[float]) -> bool:
    try:
        return isinstance(function(*[Value(x) for x in numbers]), Node)
    except Exception:  # made for arrays only
        return False


# -- what is drawn ------------------------------------------------------------------------------------------------


def _strategy(drawing: Any, shapes: Any, case: Case, domains: list[tuple[float, float]]) -> Any:
    st, extra = drawing.strategies, drawing.extra.numpy

    def arrays(found: Any) -> Any:
        return st.tuples(*[array(s, d) for s, d in zip(found, domains, strict=True)]).map(list)

    def array(shape: tuple[int, ...], domain: tuple[float, float]) -> Any:
        low, high = domain
        steps = extra.arrays(np.int64, shape, elements=st.integers(1, _STEPS + 1), fill=st.nothing())
        return steps.map(lambda k: np.asarray(low + (high - low) * (k / (_STEPS + 2.0))))

    return _shapes(drawing, shapes, case).flatmap(arrays)


def _shapes(drawing: Any, shapes: Any, case: Case) -> Any:
    st, extra = drawing.strategies, drawing.extra.numpy
    if isinstance(shapes, st.SearchStrategy):
        return shapes
    if shapes is not None:
        one = case.inputs == 1
        wrapped = [(s,) if one and not (s and isinstance(s[0], tuple)) else s for s in shapes]
        wrong = [s for s in wrapped if len(s) != case.inputs]
        if wrong or not wrapped:
            raise ValueError(f"expected {case.inputs} shapes in each alternative, got {wrong[0] if wrong else 'none'}")
        return st.sampled_from(wrapped)
    if case.elementwise:
        broadcast = extra.mutually_broadcastable_shapes(num_shapes=case.inputs, max_dims=3, max_side=3)
        return broadcast.map(lambda found: found.input_shapes).filter(lambda found: _size(found) <= _LARGEST)
    if case.inputs == 1:
        return extra.array_shapes(max_dims=3, max_side=3).map(lambda s: (s,)).filter(lambda s: _size(s) <= _LARGEST)
    raise ValueError(
        f"expected shapes= for {case.name}, which has {case.inputs} inputs and is not elementwise: a list of "
        "alternatives such as [((2, 3), (3, 4)), ((3,), (3,))]"
    )


_LARGEST = 12  # elements of a result: a whole Jacobian is computed


def _size(shapes: Any) -> int:
    return int(np.prod(np.broadcast_shapes(*shapes)))
