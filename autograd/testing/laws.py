"""What holds for every operation with right derivatives: one function for each law, which raises when it does not.

A law takes a :class:`Case`, which says how the operation is called, and inputs. The library holds its own operations to
them; :func:`~autograd.testing.op_test` makes a test class of them for an operation of one's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..functional import jvp, vjp
from ..tensor import Tensor, wrap
from ..value import Value
from .check import GradientCheck, check_gradients
from .numeric import raw
from .subject import Subject, tensors_of

__all__ = ["LAWS", "Case", "Law", "Unjudged", "laws_of"]


class Unjudged(Exception):
    """The point is one where numeric derivatives say nothing, such as a kink."""


@dataclass(frozen=True)
class Case:
    """An operation as it is tested.

    Attributes:
        name: For messages.
        function: The operation, of its inputs alone.
        inputs: How many there are.
        elementwise: Whether each output element depends on one element of each, broadcast, input.
        order: To which order it is differentiable.
        raw: Whether it also takes plain arrays.
        values: Whether it also takes Values.
        reference: What its values should be, as a function of arrays.
        options: For :func:`~autograd.testing.check_gradients`.
    """

    name: str
    function: Callable[..., Any]
    inputs: int = 1
    elementwise: bool = False
    order: int = 2
    raw: bool = False
    values: bool = False
    reference: Callable[..., Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def subject(self, inputs: Any) -> Subject:
        """Return the operation as a function of its floating inputs."""
        return Subject.of(self.function, *inputs)


@dataclass(frozen=True)
class Law:
    """One law, and for which operations it is meant."""

    name: str
    holds: Callable[[Case, Any], None]
    meant_for: Callable[[Case], bool]


LAWS: dict[str, Law] = {}


def laws_of(case: Case) -> list[Law]:
    """Return the laws that are meant for an operation."""
    return [law for law in LAWS.values() if law.meant_for(case)]


def _law(meant_for: Callable[[Case], bool] = lambda case: True) -> Callable[..., Any]:
    def register(holds: Callable[[Case, Any], None]) -> Callable[[Case, Any], None]:
        LAWS[holds.__name__] = Law(holds.__name__, holds, meant_for)
        return holds

    return register


def _fail(case: Case, text: str) -> None:
    __tracebackhide__ = True
    raise AssertionError(f"{case.name}: {text}")


def _close(a: Any, b: Any, digits: float = 1e-9) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    size = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=digits, atol=digits * size, equal_nan=True))


def _pulled(subject: Subject, tensors: list[Tensor], seed: Any = None) -> tuple[Any, list[Any]]:
    """Return the value and the gradients, of a sum weighed by ``seed`` or else by fixed random numbers."""
    with np.errstate(all="ignore"):
        out = subject(*tensors)
        seed = np.random.default_rng(0).uniform(0.5, 1.5, out.shape).astype(out.dtype) if seed is None else seed
        for t in tensors:
            t.gradient = None
        if out.requires_grad:
            out.backward(seed)
    return out.payload, [np.zeros_like(t.payload) if t.grad is None else t.grad.payload for t in tensors]


# -- derivatives --------------------------------------------------------------------------------------------------


def _judge(result: GradientCheck) -> None:
    __tracebackhide__ = True
    if not result:
        if result.mismatch is not None and result.mismatch.verdict != "wrong":
            raise Unjudged(result.message)
        raise AssertionError(result.message)


@_law()
def gradients(case: Case, inputs: Any) -> None:
    """Every gradient is the numeric derivative."""
    _judge(check_gradients(case.function, *inputs, **case.options))


@_law(lambda case: case.order > 1)
def gradients_of_gradients(case: Case, inputs: Any) -> None:
    """So is every gradient of a gradient, up to the order that is asked for."""
    result = check_gradients(case.function, *inputs, order=case.order, **case.options)
    if result.order > 1:  # the first order is the business of the law above
        _judge(result)


@_law(lambda case: case.order > 1)
def jvp_and_vjp_are_adjoint(case: Case, inputs: Any) -> None:
    """For every tangent v and cotangent u, u with J v is u J with v."""
    subject = case.subject(inputs)
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        primals = tuple(Tensor(a) for a in subject.arrays)
        tangents = tuple(Tensor(rng.standard_normal(p.shape)) for p in primals)
        out, pull = vjp(subject, *primals)
        cotangent = rng.standard_normal(out.shape)
        _, pushed = jvp(subject, primals, tangents)
        ahead = cotangent * raw(pushed)
        back = [raw(g) * t.payload for g, t in zip(pull(Tensor(cotangent)), tangents, strict=True)]
    left, right = float(np.sum(ahead)), float(sum(np.sum(b) for b in back))
    size = float(np.sum(np.abs(ahead)) + sum(np.sum(np.abs(b)) for b in back))
    if np.isfinite(left) and np.isfinite(right) and abs(left - right) > 1e-9 * (1.0 + size):
        _fail(case, f"expected jvp and vjp to be adjoint, got {left:.12g} forwards and {right:.12g} backwards")


# -- memory -------------------------------------------------------------------------------------------------------


@_law()
def inputs_stay_as_they_are(case: Case, inputs: Any) -> None:
    """Neither pass writes into an input or into the upstream gradient."""
    subject = case.subject(inputs)
    arrays = subject.arrays
    tensors = [wrap(a).requires_grad_() for a in arrays]
    with np.errstate(all="ignore"):
        out = subject(*tensors)
        after_forward = [a.copy() for a in arrays]
        beside = Tensor(np.zeros(out.shape, out.dtype), requires_grad=True)
        (beside + out).backward(np.full(out.shape, 0.7, out.dtype))  # both get the same upstream gradient
    for name, before, between, after in zip(subject.names, subject.arrays, after_forward, arrays, strict=True):
        if not np.array_equal(before, between, equal_nan=True):
            _fail(case, f"the forward pass changes {name}; work on a copy")
        if not np.array_equal(before, after, equal_nan=True):
            _fail(case, f"the backward pass changes {name}; work on a copy")
    if not np.all(raw(beside.grad) == np.asarray(0.7, out.dtype)):
        _fail(case, "the backward pass changes the upstream gradient; work on a copy")


@_law()
def gradients_share_memory_with_nothing(case: Case, inputs: Any) -> None:
    """Whoever changes a gradient in place changes nothing else."""
    subject = case.subject(inputs)
    tensors = tensors_of(subject.arrays)
    with np.errstate(all="ignore"):
        out = subject(*tensors)
        seed = np.ones(out.shape, out.dtype)
        if not out.requires_grad:
            return
        out.backward(seed)
    others = [("the upstream gradient", seed), ("the output", out.payload)]
    others += [(name, t.payload) for name, t in zip(subject.names, tensors, strict=True)]
    for name, t in zip(subject.names, tensors, strict=True):
        found = t.grad.payload if t.grad is not None else np.zeros(0)
        for other, memory in others:
            if found.size and np.shares_memory(found, memory):
                _fail(case, f"the gradient of {name} shares memory with {other}")
        others.append((f"the gradient of {name}", found))


@_law()
def every_memory_layout_is_the_same(case: Case, inputs: Any) -> None:
    """Strided, reversed and Fortran arrays give what contiguous ones give."""
    subject = case.subject(inputs)
    value, grads = _pulled(subject, [wrap(a).requires_grad_() for a in subject.arrays])
    for name, lay in _LAYOUTS.items():
        found, others = _pulled(subject, [wrap(lay(a)).requires_grad_() for a in subject.arrays])
        if not _close(found, value):
            _fail(case, f"expected of {name} arrays the value of contiguous ones, got {found} for {value}")
        for slot, a, b in zip(subject.names, others, grads, strict=True):
            if not _close(a, b):
                _fail(case, f"expected of {name} arrays the gradient of contiguous ones, got {a} for {b} by {slot}")


def _strided(a: Any) -> Any:
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1])) if a.ndim else a
    if a.ndim:
        wide[..., ::2] = a
    return wide[..., ::2] if a.ndim else a


_LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "strided": _strided,
    "reversed": lambda a: a[::-1].copy()[::-1] if a.ndim else a,
    "Fortran": lambda a: np.array(a, order="F"),
}


# -- kinds of numbers ---------------------------------------------------------------------------------------------


@_law()
def dtype_and_shape_are_kept(case: Case, inputs: Any) -> None:
    """A gradient has its input's dtype and shape, and single precision stays single."""
    subject = case.subject(inputs)
    for dtype in (np.float64, np.float32):
        tensors = tensors_of([a.astype(dtype) for a in subject.arrays])
        value, grads = _pulled(subject, tensors)
        if value.dtype != dtype:
            _fail(case, f"expected {np.dtype(dtype)} of {np.dtype(dtype)} inputs, got {value.dtype}")
        for name, t, g in zip(subject.names, tensors, grads, strict=True):
            if (g.dtype, g.shape) != (t.dtype, t.shape):
                _fail(case, f"expected a gradient of {t.dtype} {t.shape} by {name}, got {g.dtype} {g.shape}")


@_law()
def zero_upstream_gives_zero(case: Case, inputs: Any) -> None:
    """An upstream gradient of exactly zero is no gradient, whatever the local derivative is."""
    subject = case.subject(inputs)
    tensors = tensors_of(subject.arrays)
    with np.errstate(all="ignore"):
        out = subject(*tensors)
    for name, g in zip(subject.names, _pulled(subject, tensors, np.zeros(out.shape, out.dtype))[1], strict=True):
        if np.any(g != 0):
            _fail(case, f"expected no gradient by {name} where the upstream gradient is zero, got {g}")


@_law(lambda case: case.raw)
def arrays_give_what_tensors_give(case: Case, inputs: Any) -> None:
    """Called with plain arrays it returns an array, and the same."""
    with np.errstate(all="ignore"):
        found = case.function(*inputs)
        expected = case.function(
            *[Tensor(x) if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else x for x in inputs]
        )
    parts = found if isinstance(found, tuple) else (found,)
    others = expected if isinstance(expected, tuple) else (expected,)
    for x, y in zip(parts, others, strict=True):
        if isinstance(x, Tensor) or not _close(x, raw(y), 1e-13):
            _fail(case, f"expected of arrays {raw(y)}, as of tensors, got {x!r}")


@_law(lambda case: case.reference is not None)
def values_are_the_references(case: Case, inputs: Any) -> None:
    """The values are those of the reference."""
    with np.errstate(all="ignore"):
        found = case.function(*[Tensor(x) if isinstance(x, np.ndarray) else x for x in inputs])
        expected = np.asarray(case.reference(*inputs)) if case.reference else None
    if not _close(raw(found), expected):
        _fail(case, f"expected {expected}, the value of the reference, got {raw(found)}")


# -- elementwise operations ---------------------------------------------------------------------------------------


def _elementwise(case: Case) -> bool:
    return case.elementwise


@_law(lambda case: case.elementwise and case.values)
def a_value_is_a_tensor_without_axes(case: Case, inputs: Any) -> None:
    """A Value gives the number and the derivatives that a 0-d tensor gives."""
    subject = case.subject(inputs)
    if any(not a.size for a in subject.arrays):
        return
    numbers = [float(a.flat[0]) for a in subject.arrays]
    tensors = [Tensor(np.float64(x), requires_grad=True) for x in numbers]
    values = [Value(x) for x in numbers]
    args = list(subject.given)
    for i, v in zip(subject.places, values, strict=True):
        args[i] = v
    args = [x.flat[0].item() if isinstance(x, np.ndarray) else x for x in args]
    expected, slopes = _pulled(subject, tensors, np.ones(()))
    with np.errstate(all="ignore"):
        out = case.function(*args)
        out.backward()
    found = [out.data, *(v.grad for v in values)]
    if not _close(found, [expected.item(), *(g.item() for g in slopes)]):
        _fail(case, f"expected of Values {expected.item()} and {slopes}, as of 0-d tensors, got {found}")


@_law(_elementwise)
def no_axes_and_no_elements_are_no_special_case(case: Case, inputs: Any) -> None:
    """0-d arrays give 0-d results, empty ones empty ones, with gradients of their shapes."""
    subject = case.subject(inputs)
    for shape in ((), (0,), (0, 3), (2, 0)):
        arrays = [np.full(shape, a.flat[0] if a.size else 0.5) for a in subject.arrays]
        value, grads = _pulled(subject, tensors_of(arrays))
        if value.shape != shape or any(g.shape != shape for g in grads):
            _fail(case, f"expected shape {shape} of inputs of {shape}, got {value.shape}, {[g.shape for g in grads]}")


@_law(lambda case: case.elementwise and case.inputs > 1)
def to_broadcast_is_to_repeat(case: Case, inputs: Any) -> None:
    """The gradient of a broadcast input is the sum over its repetitions."""
    subject = case.subject(inputs)
    arrays = subject.arrays
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    wide = [
        (*range(len(shape) - a.ndim), *(k for k in range(-a.ndim, 0) if a.shape[k] == 1 != shape[k])) for a in arrays
    ]
    _, found = _pulled(subject, tensors_of(arrays))
    _, full = _pulled(subject, tensors_of([np.broadcast_to(a, shape).copy() for a in arrays]))
    for name, a, g, f, axes in zip(subject.names, arrays, found, full, wide, strict=True):
        expected = f.sum(axis=axes).reshape(a.shape) if axes else f
        if not _close(g, expected):
            _fail(case, f"expected by {name} of shape {a.shape} the sum over axes {axes}, {expected}, got {g}")


@_law(_elementwise)
def an_odd_value_harms_no_other(case: Case, inputs: Any) -> None:
    """NaN, infinities, zeros, the largest and the smallest number change nothing beside themselves."""
    subject = case.subject(inputs)
    shape = np.broadcast_shapes(*(a.shape for a in subject.arrays))
    arrays = [np.broadcast_to(a, shape).copy() for a in subject.arrays]
    if not arrays[0].size:
        return
    value, grads = _pulled(subject, tensors_of(arrays))
    tiny, huge = np.finfo(np.float64).smallest_subnormal, np.finfo(np.float64).max
    for odd in (np.nan, np.inf, -np.inf, 0.0, -0.0, tiny, huge, 1.0, -1.0):
        for slot in range(len(arrays)):
            changed = [a.copy() for a in arrays]
            changed[slot].flat[0] = odd
            found, others = _pulled(subject, tensors_of(changed))
            if not all(_close(f.flat[1:], e.flat[1:]) for f, e in zip((found, *others), (value, *grads), strict=True)):
                _fail(case, f"{odd} in one element of {subject.names[slot]} changes the value or gradient of another")
