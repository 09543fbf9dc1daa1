"""Compare the gradients of a function with numeric ones, over the whole Jacobian and to any order.

So a rule that ignores its upstream gradient or is wrong in one element cannot pass.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import GradientError, ShapeError, StepgradError
from ..functional import vjp
from ..ops import concatenate
from ..tensor import Tensor
from ..value import Value
from .diagnosis import aliases, careless, detached, detached_rule, diagnose, suspects, writes
from .numeric import complex_jacobian, in_parts, numeric_jacobian, on_pairs, one_sided, raw
from .report import Jacobians, Mismatch, Tolerance, agreement, element, uncertain, wrong

__all__ = ["GradientCheck", "assert_gradients", "check_gradients"]


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """What a gradient check found; true when all is well.

    Attributes:
        passed: Whether analytic and numeric derivatives agree.
        order: The order of derivative that was looked at last.
        message: The report, empty when all is well.
        diagnosis: Which of ``DIAGNOSES`` it looks like; empty when all is well or the mistake is an unusual one.
        mismatch: The worst disagreement in numbers, where there is one.
    """

    passed: bool
    order: int
    message: str = ""
    diagnosis: str = ""
    mismatch: Mismatch | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.message or f"all gradients are right, to order {self.order}"

    def __repr__(self) -> str:
        verdict = self.diagnosis or (self.mismatch.verdict if self.mismatch else "")
        failed = f"failed at order {self.order}" + (f": {verdict}" if verdict else "")
        return f"<GradientCheck {f'passed to order {self.order}' if self.passed else failed}>"


class _Found(Exception):
    def __init__(self, message: str, diagnosis: str = "", mismatch: Mismatch | None = None) -> None:
        super().__init__(message)
        self.message, self.diagnosis, self.mismatch = message, diagnosis, mismatch


@dataclass(frozen=True)
class _Settings:
    last: int
    tolerance: Tolerance
    step: float | None
    mode: str
    rng: "np.random.Generator"

    def suited_to(self, dtype: Any) -> "_Settings":
        """Return settings for a function that computes with so many digits."""
        eps = float(np.finfo(dtype).eps)
        if eps < 1e-10:
            return self if self.step else replace(self, step=1e-6)
        coarse = Tolerance(max(self.tolerance.atol, 1e-3), max(self.tolerance.rtol, 1e-2))
        return replace(self, step=self.step or eps ** (1 / 3), tolerance=coarse)


@dataclass(frozen=True)
class _Subject:
    """A function as it is checked: of its floating inputs alone, and with one output.

    Attributes:
        function: The function as it was given.
        given: Its inputs as they were given.
        places: Which of them are checked; the others have no gradient.
        names: What the checked ones are called in a report.
        outputs: Name and shape of each output, found when it first runs.
    """

    function: Callable[..., Any]
    given: tuple[Any, ...]
    places: tuple[int, ...]
    names: tuple[str, ...]
    outputs: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def __call__(self, *inputs: Any) -> Any:
        args = list(self.given)
        for i, x in zip(self.places, inputs, strict=True):
            args[i] = x
        out = self.function(*args)
        parts = [o for o in (out if isinstance(out, (tuple, list)) else [out]) if _is_float(raw(o), "fc")]
        if not parts:
            raise GradientError(f"expected a function that returns a Tensor, got {type(out).__name__}")
        if not self.outputs:
            single = len(parts) == 1
            self.outputs[:] = [("out" if single else f"out{i}", np.shape(raw(o))) for i, o in enumerate(parts)]
        parts = [Tensor.of([o]).reshape(()) if isinstance(o, Value) else in_parts(o) for o in parts]
        return parts[0] if len(parts) == 1 else concatenate([o.reshape(-1) for o in parts])

    @property
    def analytic(self) -> bool:
        """Whether a complex step may be tried."""
        return bool(getattr(self.function, "analytic", False))

    def numbers(self, *inputs: Any) -> Any:
        """Run on arrays, through tensors."""
        return self(*_tensors(inputs)).payload


def _is_float(x: Any, kinds: str = "f") -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "-") in kinds


def _floating(x: Any) -> Any:
    """Return an input as an array where it has a gradient, and else as it is."""
    x = raw(x)
    return np.asarray(x) if isinstance(x, list) and x and np.asarray(x).dtype.kind == "f" else x


def check_gradients(
    function: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    step: float | None = None,
    mode: str = "auto",
    rng: "np.random.Generator | None" = None,
) -> GradientCheck:
    """Compare the gradients of a function with numeric ones, to any order.

    Args:
        function: Takes the inputs, the floating ones as tensors; returns a tensor, or several in a tuple.
        *inputs: Floats and floating arrays are checked, in float64; those of another precision once more in their own.
            Complex numbers are checked as pairs of real and imaginary parts. What is not floating, such as integers,
            is passed on as it is.
        order: 1 for gradients, 2 for gradients of gradients, and so on, with random cotangents.
        atol: The allowed absolute difference, beside the numeric error.
        rtol: The allowed relative difference.
        step: The step of the central differences; 1e-6, or coarser where the function computes in single precision.
        mode: ``"central"``, ``"complex"``, or ``"auto"``: complex steps where ``function`` is an analytic primitive.
        rng: For the cotangents of the higher orders.

    Returns:
        A result that is true when all agree, and whose message says what is wrong otherwise.

    Raises:
        GradientError: No input is floating.
        ValueError: ``mode`` is none of the three.

    >>> bool(check_gradients(lambda x: (x * x).sum(), np.array([1.0, 2.0]), order=2))
    True
    """
    if mode not in {"auto", "central", "complex"}:
        raise ValueError(f"expected mode= to be 'auto', 'central' or 'complex', got {mode!r}")
    function, given = on_pairs(function, tuple(_floating(x) for x in inputs))
    places = tuple(i for i, x in enumerate(given) if _is_float(x))
    if not places:
        raise GradientError(
            f"expected an input to differentiate with respect to, got {', '.join(type(x).__name__ for x in inputs)}; "
            "write numbers as floats and arrays with a floating dtype"
        )
    settings = _Settings(order, Tolerance(atol, rtol), step, mode, rng if rng is not None else np.random.default_rng(0))
    subject = _Subject(function, given, places, tuple(f"input {i}" for i in places))
    arrays = [np.array(given[i], dtype=np.float64) for i in places]
    result = _check(subject, arrays, 1, settings, subject)
    return result and _check_in_own_precision(subject, arrays, result, settings)


def _check(subject: _Subject, arrays: list[Any], order: int, settings: _Settings, base: _Subject) -> GradientCheck:
    try:
        _compare_jacobians(subject, arrays, order, settings, base)
    except _Found as found:
        return GradientCheck(False, order, f"order {order}{found.message}", found.diagnosis, found.mismatch)
    except StepgradError as error:
        of_a_rule = isinstance(error, ShapeError) and "return a gradient" in str(error)
        diagnosis = "missing un-broadcast" if of_a_rule else ""
        return GradientCheck(False, order, f"order {order}: {type(error).__name__}: {error}", diagnosis)
    if order == settings.last:
        return GradientCheck(True, order)
    value = subject.numbers(*arrays)
    settings = settings.suited_to(value.dtype)  # what is computed in single precision stays so at every order
    cotangent = settings.rng.standard_normal(value.shape)

    def gradient(*args: Any) -> Any:
        _, pull = vjp(subject, *args[:-1])
        return tuple(pull(args[-1]))

    given = (*arrays, cotangent)
    outputs = [(f"gradient of {name}", a.shape) for name, a in zip(subject.names, arrays, strict=True)]
    names = (*subject.names, "the upstream gradient")
    higher = _Subject(gradient, given, tuple(range(len(given))), names, outputs)
    return _check(higher, list(given), order + 1, settings, base)


def _tensors(arrays: Any) -> list[Tensor]:
    return [Tensor(a, requires_grad=True) for a in arrays]


def _compare_jacobians(subject: _Subject, arrays: list[Any], order: int, settings: _Settings, base: _Subject) -> None:
    """Raise what is wrong with the first input whose Jacobian disagrees."""
    before = [a.copy() for a in arrays]
    tensors = _tensors(arrays)
    out = subject(*tensors)
    if not isinstance(out, Tensor):
        raise GradientError(f"expected a function that returns a Tensor, got {type(out).__name__}")
    settings = settings.suited_to(out.dtype)
    if order == 1:
        _unchanged(subject, arrays, before, tensors)
        if text := careless(out, writes):
            raise _Found(f": {text}", "mutates its input")
    analytic = _analytic(subject, out, tensors)
    _unchanged(subject, arrays, before, tensors)
    for i, found in enumerate(analytic):
        expected, error = _reference(subject, arrays, i, settings, order)
        _judge(subject, arrays, i, Jacobians(found, expected, error), order, settings, base, out)
    _linear(subject, out, tensors, analytic, settings)
    if order == 1 and (text := careless(out, aliases)):
        raise _Found(f": {text}", "aliases its gradient")


def _reference(subject: _Subject, arrays: list[Any], i: int, settings: _Settings, order: int) -> tuple[Any, Any]:
    """Return the numeric Jacobian by one input and its error: by complex steps where they can be trusted."""
    if settings.mode == "complex" and order == 1:
        with np.errstate(all="ignore"):
            exact = complex_jacobian(subject, arrays, i)
        return exact, np.zeros_like(exact)
    expected, error = numeric_jacobian(subject.numbers, arrays, i, settings.step or 1e-6)
    if settings.mode == "auto" and order == 1 and subject.analytic and not _wild(expected, error).any():
        with suppress(Exception), np.errstate(all="ignore"):  # not every forward pass takes complex numbers
            exact = complex_jacobian(subject, arrays, i)
            if agreement(exact, expected, error, settings.tolerance).all():
                return exact, np.zeros_like(exact)
    return expected, error


def _wild(expected: Any, error: Any) -> Any:
    """Tell where a numeric derivative cannot be trusted."""
    return error > 0.01 * (1 + np.abs(expected))


def _unchanged(subject: _Subject, arrays: list[Any], before: list[Any], tensors: list[Tensor]) -> None:
    for name, a, b, t in zip(subject.names, arrays, before, tensors, strict=True):
        if not (np.array_equal(a, b, equal_nan=True) and np.array_equal(t.payload, b, equal_nan=True)):
            raise _Found(f", {name}: the function changes its inputs; work on a copy", "mutates its input")


def _analytic(subject: _Subject, out: Any, tensors: list[Tensor]) -> list[Any]:
    """Return the Jacobian that the rules give, by each input; every row is asked for twice."""
    analytic = [np.zeros((out.payload.size, t.payload.size)) for t in tensors]
    for row in range(out.payload.size):
        seed = np.zeros(out.shape, dtype=out.dtype)
        seed.flat[row] = 1.0
        twice = [_gradients(out, seed, tensors) for _ in range(2)]
        for i, (g, again) in enumerate(zip(*twice, strict=True)):
            name, shape = subject.names[i], tensors[i].shape
            if not np.array_equal(g, again, equal_nan=True):
                raise _Found(f", {name}: two backward passes differ; the rule keeps a state or is random")
            if g.shape != shape:
                raise _Found(f", {name}: expected a gradient of shape {shape}, got {g.shape}")
            analytic[i][row] = g.ravel()
    return analytic


def _gradients(out: Any, seed: Any, tensors: list[Tensor]) -> list[Any]:
    if not out.requires_grad:
        return [np.zeros(t.shape) for t in tensors]
    for t in tensors:
        t.gradient = None
    out.backward(seed)
    return [np.zeros(t.shape) if t.gradient is None else t.gradient.payload for t in tensors]


def _linear(subject: _Subject, out: Any, tensors: list[Tensor], analytic: list[Any], settings: _Settings) -> None:
    """A gradient is linear in its upstream; where there is one output, one row alone cannot show it."""
    seed = np.full(out.payload.shape, 0.75, dtype=out.dtype)
    for name, g, jacobian in zip(subject.names, _gradients(out, seed, tensors), analytic, strict=True):
        expected = 0.75 * jacobian.sum(axis=0)
        if not agreement(g.ravel(), expected, 0.0, settings.tolerance).all():
            raise _Found(
                f", {name}: expected a gradient that grows with the upstream gradient, got {g.ravel()[:3]} where "
                f"0.75 of the Jacobian is {expected[:3]}; it ignores the upstream gradient or is not linear in it",
                "ignores the upstream gradient",
            )


def _check_in_own_precision(
    subject: _Subject, arrays: list[Any], result: GradientCheck, settings: _Settings
) -> GradientCheck:
    """Compare the gradients of inputs of less than double precision with those of the same numbers in double."""
    dtypes = [getattr(subject.given[i], "dtype", np.dtype(np.float64)) for i in subject.places]
    if not any(d.itemsize < 8 for d in dtypes):
        return result
    tensors = _tensors([a.astype(d) for a, d in zip(arrays, dtypes, strict=True)])
    doubles = _tensors(arrays)
    with np.errstate(all="ignore"):
        found = _analytic(subject, subject(*tensors), tensors)
        expected = _analytic(subject, subject(*doubles), doubles)
    digits = float(np.sqrt(max(np.finfo(d).eps for d in dtypes)))
    for i, (f, e) in enumerate(zip(found, expected, strict=True)):
        allowed = digits * np.max(np.abs(e), initial=0.0, where=np.isfinite(e))
        agree = agreement(f, e, 0.1 * allowed, settings.tolerance)
        if not agree.all():
            row, column = (int(k) for k in np.argwhere(~agree)[0])
            return GradientCheck(
                False,
                1,
                f"order 1, {subject.names[i]}: in {dtypes[i]} {element(subject.outputs, row)} / d x"
                f"{_at(arrays[i].shape, column)} is {f[row, column]:.8g}, in float64 it is {e[row, column]:.8g}; "
                "the rule loses more than half of its digits",
                "loses precision",
            )
    return result


def _at(shape: tuple[int, ...], column: int) -> str:
    return str([int(k) for k in np.unravel_index(column, shape)]) if shape else ""


def _judge(
    subject: _Subject,
    arrays: list[Any],
    i: int,
    jacobians: Jacobians,
    order: int,
    settings: _Settings,
    base: _Subject,
    out: Any,
) -> None:
    """Raise a report on the worst disagreement of two Jacobians, if there is one."""
    found, expected, error = jacobians
    agree = agreement(found, expected, error, settings.tolerance)
    if agree.all() and not _wild(expected, error).any():
        return
    shape = arrays[i].shape
    gap = error if agree.all() else np.where(agree, 0.0, np.nan_to_num(np.abs(found - expected), nan=np.inf))
    row, column = (int(k) for k in np.unravel_index(int(np.argmax(gap)), gap.shape))
    worst = Mismatch(
        input=subject.places[i],
        index=tuple(int(k) for k in np.unravel_index(column, shape)) if shape else (),
        output=row,
        analytic=float(found[row, column]),
        numeric=float(expected[row, column]),
        uncertainty=float(error[row, column]),
    )
    head = f", {subject.names[i]}: "
    verdict, slopes = _certainty(subject, arrays, worst, (i, column), settings, agree.all())
    if verdict != "wrong":
        worst = replace(worst, verdict=verdict)
        raise _Found(head + uncertain(worst, slopes), "", worst)
    name, text = _explain(subject, arrays, order, base, out, settings)
    worst = replace(worst, diagnosis=name, explanation=text)
    raise _Found(head + wrong(worst, jacobians, agree, shape, subject.outputs), name, worst)


def _certainty(
    subject: _Subject,
    arrays: list[Any],
    worst: Mismatch,
    where: tuple[int, int],
    settings: _Settings,
    agrees: bool,
) -> tuple[str, tuple[float, float]]:
    """Tell a wrong rule from a numeric derivative that cannot be trusted.

    At a kink the slopes from both sides stay apart however small the step; with a step too coarse for the
    curvature they come together.
    """

    def sides(h: float) -> tuple[float, float]:
        left, right = one_sided(subject.numbers, arrays, *where, h)
        return float(left[worst.output]), float(right[worst.output])

    step = settings.step or 1e-6
    with np.errstate(all="ignore"):
        (left, right), (nearer, too) = sides(step), sides(step / 10)
    apart, still = abs(right - left), abs(too - nearer)
    allowed = 0.01 * (1 + abs(worst.numeric))
    low, high = min(nearer, too), max(nearer, too)
    between = low - allowed <= worst.analytic <= high + allowed
    if apart > allowed and still > 0.5 * apart and between:
        return "kink", (nearer, too)
    if worst.uncertainty > allowed or (agrees and apart > allowed):
        return ("step too coarse" if still < 0.5 * apart or apart <= allowed else "kink"), (nearer, too)
    return "wrong", (nearer, too)


def _explain(
    subject: _Subject, arrays: list[Any], order: int, base: _Subject, out: Any, settings: _Settings
) -> tuple[str, str]:
    """Find the operation that is to blame and what is wrong with it."""
    if order > 1:
        first = base(*_tensors(arrays[: len(arrays) - (order - 1)]))
        culprit = detached_rule(first)
        if not culprit and detached(subject, arrays):
            culprit = "an operation"
        if culprit:
            return "detached inside backward", (
                f"the rule of {culprit} leaves the graph, so that the second order is missing: "
                "compute with operations on its arguments, not with .data, .detach() or NumPy"
            )
        return "", "the first order is right; the rule holds something that is not differentiated as it should be"
    for evidence in suspects(out, settings.tolerance, settings.step or 1e-6):
        name, text = diagnose(evidence)
        return name, f"{evidence.node.op.name}, input {evidence.slot}: {text or 'its rule is not its derivative'}"
    if hidden := detached(subject, arrays):
        return "forgets one path", f"the function forgets one path: {hidden} depends on the input but is detached"
    return "", ""


def assert_gradients(function: Callable[..., Any], *inputs: Any, **options: Any) -> None:
    """Raise with a full report when :func:`check_gradients` fails; takes the same arguments.

    Raises:
        AssertionError: A derivative is wrong.

    >>> assert_gradients(lambda x: x * x, np.array([1.0]))
    """
    __tracebackhide__ = True
    result = check_gradients(function, *inputs, **options)
    if not result:
        raise AssertionError(result.message)
