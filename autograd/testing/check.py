"""Compare the gradients of a function with numeric ones, over the whole Jacobian and to any order.

So a rule that ignores its upstream gradient or is wrong in one element cannot pass.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import GradientError, ShapeError, StepgradError
from ..functional import vjp
from ..tensor import Tensor
from .diagnosis import aliases, careless, detached, detached_rule, diagnose, suspects, writes
from .numeric import complex_jacobian, numeric_jacobian, one_sided
from .report import Jacobians, Mismatch, Tolerance, agreement, element, uncertain, wrong
from .subject import Subject, tensors_of

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
        if self.passed:
            return f"<GradientCheck passed to order {self.order}>"
        found = [f"failed at order {self.order}"]
        if worst := self.mismatch:
            found.append(f"input {worst.input}{list(worst.index) or ''}: {worst.analytic:.6g} for {worst.numeric:.6g}")
        verdict = self.diagnosis or (worst.verdict if worst else "")
        return f"<GradientCheck {', '.join(found)}{verdict and ': '}{verdict}>"


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
            What is not floating, such as integers, is passed on as it is.
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
    settings = _Settings(order, Tolerance(atol, rtol), step, mode, rng if rng is not None else np.random.default_rng(0))
    subject = Subject.of(function, *inputs)
    result = _check(subject, subject.arrays, 1, settings, subject)
    return result and _check_in_own_precision(subject, subject.arrays, result, settings)


def _check(subject: Subject, arrays: list[Any], order: int, settings: _Settings, base: Subject) -> GradientCheck:
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
    higher = Subject(gradient, given, tuple(range(len(given))), names, outputs)
    return _check(higher, list(given), order + 1, settings, base)


def _compare_jacobians(subject: Subject, arrays: list[Any], order: int, settings: _Settings, base: Subject) -> None:
    """Raise what is wrong with the first input whose Jacobian disagrees."""
    before = [a.copy() for a in arrays]
    tensors = tensors_of(arrays)
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


def _reference(subject: Subject, arrays: list[Any], i: int, settings: _Settings, order: int) -> tuple[Any, Any]:
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


def _unchanged(subject: Subject, arrays: list[Any], before: list[Any], tensors: list[Tensor]) -> None:
    for name, a, b, t in zip(subject.names, arrays, before, tensors, strict=True):
        if not (np.array_equal(a, b, equal_nan=True) and np.array_equal(t.payload, b, equal_nan=True)):
            raise _Found(f", {name}: the function changes its inputs; work on a copy", "mutates its input")


def _analytic(subject: Subject, out: Any, tensors: list[Tensor]) -> list[Any]:
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


def _linear(subject: Subject, out: Any, tensors: list[Tensor], analytic: list[Any], settings: _Settings) -> None:
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
    subject: Subject, arrays: list[Any], result: GradientCheck, settings: _Settings
) -> GradientCheck:
    """Compare the gradients of inputs of less than double precision with those of the same numbers in double."""
    dtypes = [getattr(subject.given[i], "dtype", np.dtype(np.float64)) for i in subject.places]
    if not any(d.itemsize < 8 for d in dtypes):
        return result
    tensors = tensors_of([a.astype(d) for a, d in zip(arrays, dtypes, strict=True)])
    doubles = tensors_of(arrays)
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
    subject: Subject,
    arrays: list[Any],
    i: int,
    jacobians: Jacobians,
    order: int,
    settings: _Settings,
    base: Subject,
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
    subject: Subject,
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
    subject: Subject, arrays: list[Any], order: int, base: Subject, out: Any, settings: _Settings
) -> tuple[str, str]:
    """Find the operation that is to blame and what is wrong with it."""
    if order > 1:
        first = base(*tensors_of(arrays[: len(arrays) - (order - 1)]))
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
