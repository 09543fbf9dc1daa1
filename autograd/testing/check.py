"""Compare the gradients of a function with numeric ones, over the whole Jacobian and to any order.

So a rule that ignores its upstream gradient or is wrong in one element cannot pass.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import GradientError, ShapeError, StepgradError
from ..functional import vjp
from ..ops import concatenate
from ..tensor import Tensor
from ..value import Value
from .diagnosis import careless, detached, detached_rule, diagnose, suspects
from .numeric import complex_jacobian, in_real_numbers, numeric_jacobian, one_sided, raw
from .report import Mismatch, Tolerance, agreement, place, side_by_side

__all__ = ["GradientCheck", "assert_gradients", "check_gradients"]


@dataclass(frozen=True)
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


class _Found(Exception):  # noqa: N818 - not an error of the program: it carries the report out of the check
    def __init__(self, message: str, diagnosis: str = "", mismatch: Mismatch | None = None) -> None:
        super().__init__(message)
        self.message, self.diagnosis, self.mismatch = message, diagnosis, mismatch


@dataclass(frozen=True)
class _Settings:
    last: int
    tolerance: Tolerance
    step: float
    mode: str
    rng: "np.random.Generator"


def check_gradients(
    function: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    step: float = 1e-6,
    mode: str = "auto",
    rng: "np.random.Generator | None" = None,
) -> GradientCheck:
    """Compare the gradients of a function with numeric ones, to any order.

    Args:
        function: Takes as many arrays (as tensors) as there are inputs, returns one tensor or Value.
        *inputs: Floats or arrays; checked in float64, complex ones as pairs of real and imaginary parts.
        order: 1 for gradients, 2 for gradients of gradients, and so on, with random cotangents.
        atol: The allowed absolute difference, beside the numeric error.
        rtol: The allowed relative difference.
        step: The step of the central differences.
        mode: ``"central"``, ``"complex"``, or ``"auto"``: complex steps where ``function`` is an analytic primitive.
        rng: For the cotangents of the higher orders.

    Returns:
        A result that is true when all agree, and whose message says what is wrong otherwise.

    >>> bool(check_gradients(lambda x: (x * x).sum(), np.array([1.0, 2.0]), order=2))
    True
    """
    settings = _Settings(order, Tolerance(atol, rtol), step, mode, rng if rng is not None else np.random.default_rng(0))
    function, arrays = in_real_numbers(function, inputs)
    return _check(function, arrays, 1, settings, function)


def _check(
    function: Callable[..., Any], arrays: list[Any], order: int, settings: _Settings, base: Callable[..., Any]
) -> GradientCheck:
    try:
        _compare_jacobians(function, arrays, order, settings, base)
    except _Found as found:
        return GradientCheck(False, order, f"order {order}{found.message}", found.diagnosis, found.mismatch)
    except StepgradError as error:
        diagnosis = "missing un-broadcast" if isinstance(error, ShapeError) and "return a gradient" in str(error) else ""
        return GradientCheck(False, order, f"order {order}: {type(error).__name__}: {error}", diagnosis)
    if order == settings.last:
        return GradientCheck(True, order)
    cotangent = settings.rng.standard_normal(np.shape(raw(function(*_tensors(arrays)))))

    def gradient(*args: Any) -> Any:
        _, pull = vjp(function, *args[:-1])
        return concatenate([g.reshape(-1) for g in pull(args[-1])])

    return _check(gradient, [*arrays, cotangent], order + 1, replace(settings, mode="central"), base)


def _tensors(arrays: list[Any]) -> list[Tensor]:
    return [Tensor(a, requires_grad=True) for a in arrays]


def _compare_jacobians(
    function: Callable[..., Any], arrays: list[Any], order: int, settings: _Settings, base: Callable[..., Any]
) -> None:
    """Raise what is wrong with the first input whose Jacobian disagrees."""
    before = [a.copy() for a in arrays]
    tensors = _tensors(arrays)
    out = function(*tensors)
    if not isinstance(out, (Tensor, Value)):
        raise GradientError(f"expected a function that returns a Tensor, got {type(out).__name__}")
    if order == 1:
        _unchanged(arrays, before, tensors)
        name, text = careless(out)
        if name:
            raise _Found(f": {text}", name)
    analytic = _analytic(out, tensors)
    _unchanged(arrays, before, tensors)
    on_complex = settings.mode == "complex" or (
        settings.mode == "auto" and getattr(function, "analytic", False) and order == 1
    )
    for i, found in enumerate(analytic):
        if on_complex:
            with np.errstate(all="ignore"):
                expected = complex_jacobian(function, arrays, i)
            error = np.zeros_like(expected)
        else:
            expected, error = numeric_jacobian(lambda *xs: function(*_tensors(list(xs))), arrays, i, settings.step)
        _judge(function, arrays, i, (found, expected, error), order, settings, base, out)
    _linear(out, tensors, analytic, settings)


def _unchanged(arrays: list[Any], before: list[Any], tensors: list[Tensor]) -> None:
    for i, (a, b, t) in enumerate(zip(arrays, before, tensors, strict=True)):
        if not (np.array_equal(a, b, equal_nan=True) and np.array_equal(t.payload, b, equal_nan=True)):
            raise _Found(f", input {i}: the function changes its inputs; work on a copy", "mutates its input")


def _analytic(out: Any, tensors: list[Tensor]) -> list[Any]:
    """Return the Jacobian that the rules give, by each input; every row is asked for twice."""
    analytic = [np.zeros((out.payload.size, t.payload.size)) for t in tensors]
    for row in range(out.payload.size):
        seed = np.zeros(out.shape)
        seed.flat[row] = 1.0
        for i, (g, again) in enumerate(zip(_gradients(out, seed, tensors), _gradients(out, seed, tensors), strict=True)):
            if not np.array_equal(g, again, equal_nan=True):
                raise _Found(f", input {i}: two backward passes differ; the rule keeps a state or is random")
            if g.shape != tensors[i].shape:
                raise _Found(f", input {i}: expected a gradient of shape {tensors[i].shape}, got {g.shape}")
            analytic[i][row] = g.ravel()
    return analytic


def _gradients(out: Any, seed: Any, tensors: list[Tensor]) -> list[Any]:
    if not out.requires_grad:
        return [np.zeros(t.shape) for t in tensors]
    for t in tensors:
        t.gradient = None
    out.backward(seed)
    return [np.zeros(t.shape) if t.gradient is None else t.gradient.payload for t in tensors]


def _linear(out: Any, tensors: list[Tensor], analytic: list[Any], settings: _Settings) -> None:
    """A gradient is linear in its upstream; where there is one output, one row alone cannot show it."""
    seed = np.full(out.payload.shape, 0.75) if isinstance(out, Tensor) else 0.75
    for i, (g, jacobian) in enumerate(zip(_gradients(out, seed, tensors), analytic, strict=True)):
        expected = 0.75 * jacobian.sum(axis=0)
        if not agreement(g.ravel(), expected, 0.0, settings.tolerance).all():
            raise _Found(
                f", input {i}: expected a gradient that grows with the upstream gradient, got {g.ravel()[:3]} where "
                f"0.75 of the Jacobian is {expected[:3]}; the rule ignores the upstream gradient or is not linear in it",
                "ignores the upstream gradient",
            )


def _judge(
    function: Callable[..., Any],
    arrays: list[Any],
    i: int,
    jacobians: tuple[Any, Any, Any],
    order: int,
    settings: _Settings,
    base: Callable[..., Any],
    out: Any,
) -> None:
    """Raise a report on the worst disagreement of two Jacobians, if there is one."""
    found, expected, error = jacobians
    agree = agreement(found, expected, error, settings.tolerance)
    wild = error > 0.01 * (1 + np.abs(expected))
    if agree.all() and not wild.any():
        return
    shape = arrays[i].shape
    gap = error if agree.all() else np.where(agree, 0.0, np.nan_to_num(np.abs(found - expected), nan=np.inf))
    row, column = (int(k) for k in np.unravel_index(int(np.argmax(gap)), gap.shape))
    worst = Mismatch(
        input=i,
        index=tuple(int(k) for k in np.unravel_index(column, shape)) if shape else (),
        output=row,
        analytic=float(found[row, column]),
        numeric=float(expected[row, column]),
        uncertainty=float(error[row, column]),
    )
    verdict, slopes = _certainty(function, arrays, worst, column, settings, agree.all())
    if verdict != "wrong":
        worst = replace(worst, verdict=verdict)
        raise _Found(f", input {i}: {_uncertain(worst, slopes, shape, column)}", "", worst)
    name, text = _explain(function, arrays, order, base, out, settings)
    worst = replace(worst, diagnosis=name, explanation=text)
    raise _Found(f", input {i}: {_wrong(worst, jacobians, agree, shape, column)}", name, worst)


def _certainty(
    function: Callable[..., Any],
    arrays: list[Any],
    worst: Mismatch,
    column: int,
    settings: _Settings,
    agrees: bool,
) -> tuple[str, tuple[float, float]]:
    """Tell a wrong rule from a numeric derivative that cannot be trusted.

    At a kink the slopes from both sides stay apart however small the step; with a step too coarse for the
    curvature they come together.
    """

    def sides(h: float) -> tuple[float, float]:
        left, right = one_sided(lambda *xs: function(*_tensors(list(xs))), arrays, worst.input, column, h)
        return float(left[worst.output]), float(right[worst.output])

    with np.errstate(all="ignore"):
        (left, right), (nearer, too) = sides(settings.step), sides(settings.step / 10)
    apart, still = abs(right - left), abs(too - nearer)
    allowed = 0.01 * (1 + abs(worst.numeric))
    low, high = min(nearer, too), max(nearer, too)
    between = low - allowed <= worst.analytic <= high + allowed
    if apart > allowed and still > 0.5 * apart and between:
        return "kink", (nearer, too)
    if worst.uncertainty > allowed or (agrees and apart > allowed):
        return ("step too coarse" if still < 0.5 * apart or apart <= allowed else "kink"), (nearer, too)
    return "wrong", (nearer, too)


def _uncertain(worst: Mismatch, slopes: tuple[float, float], shape: tuple[int, ...], column: int) -> str:
    where = f"the numeric derivative at element {place(column, shape)} is uncertain (+- {worst.uncertainty:.2g})"
    sides = f"the slope is {slopes[0]:.6g} from the left and {slopes[1]:.6g} from the right"
    if worst.verdict == "kink":
        return f"{where}: you are on a kink, where {sides} and the rule gives {worst.analytic:.6g}; choose another point"
    return f"{where}: the step is too coarse; make step= smaller, or you are close to a kink and another point is better"


def _wrong(worst: Mismatch, jacobians: tuple[Any, Any, Any], agree: Any, shape: tuple[int, ...], column: int) -> str:
    lines = [
        f"expected d out[{worst.output}] / d x{place(column, shape)} = {worst.numeric:.8g} "
        f"(+- {worst.uncertainty:.2g}, numeric), got {worst.analytic:.8g} from the rule",
        f"  absolute error {worst.absolute:.3g}, relative {worst.relative:.3g}, {worst.ulp:.3g} ULP; "
        f"{int((~agree).sum())} of {agree.size} entries differ",
    ]
    if worst.explanation:
        lines.append(f"  diagnosis: {worst.explanation}")
    return "\n".join([*lines, *side_by_side(*jacobians, agree, shape)])


def _explain(
    function: Callable[..., Any], arrays: list[Any], order: int, base: Callable[..., Any], out: Any, settings: _Settings
) -> tuple[str, str]:
    """Find the operation that is to blame and what is wrong with it."""
    if order > 1:
        first = base(*_tensors(arrays[: len(arrays) - (order - 1)]))
        culprit = detached_rule(first)
        if not culprit and detached(function, arrays):
            culprit = "an operation"
        if culprit:
            return "detached inside backward", (
                f"the rule of {culprit} leaves the graph, so that the second order is missing: "
                "compute with operations on its arguments, not with .data, .detach() or NumPy"
            )
        return "", "the first order is right; the rule holds something that is not differentiated as it should be"
    for evidence in suspects(out, settings.tolerance, settings.step):
        name, text = diagnose(evidence)
        return name, f"{evidence.node.op.name}, input {evidence.slot}: {text or 'its rule is not its derivative'}"
    if hidden := detached(function, arrays):
        return "forgets one path", f"the function forgets one path: {hidden} depends on the input but is detached"
    return "", ""


def assert_gradients(function: Callable[..., Any], *inputs: Any, **options: Any) -> None:
    """Raise with a full report when :func:`check_gradients` fails; takes the same arguments.

    Raises:
        AssertionError: A derivative is wrong.

    >>> assert_gradients(lambda x: x * x, np.array([1.0]))
    """
    result = check_gradients(function, *inputs, **options)
    if not result:
        raise AssertionError(result.message)
