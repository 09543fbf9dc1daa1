"""Checking derivative rules against numeric derivatives.

The reference is a complex step where the function is analytic (Squire and Trapp 1998: no cancellation), else
central differences at two step sizes, whose disagreement estimates their own error. The check runs over the whole
Jacobian, so that a rule that ignores its upstream gradient or is wrong in one element cannot pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import GradientError, StepgradError
from .functional import vjp
from .node import Node
from .ops import concatenate
from .tensor import Tensor
from .value import Value

__all__ = ["GradientCheck", "assert_gradients", "check_gradients", "numeric_jacobian"]


@dataclass(frozen=True)
class GradientCheck:
    """What a gradient check found; true when all is well.

    Attributes:
        passed: Whether analytic and numeric derivatives agree.
        order: The order of derivative that was looked at last.
        message: The report, empty when all is well.
    """

    passed: bool
    order: int
    message: str = ""

    def __bool__(self) -> bool:
        return self.passed


def _raw(x: Any) -> Any:
    return x.payload if isinstance(x, Node) else x


def _evaluate(function: Callable[..., Any], inputs: list[Any]) -> Any:
    out = function(*inputs)
    return np.asarray(_raw(out))


def numeric_jacobian(
    function: Callable[..., Any], inputs: list[Any], index: int, step: float = 1e-6
) -> tuple[Any, Any]:
    """Return the Jacobian with respect to one input by central differences, and an estimate of its error.

    Args:
        function: A function of float64 arrays or tensors.
        inputs: Its arguments.
        index: The argument to vary.
        step: The smaller of the two relative step sizes.

    >>> jacobian, error = numeric_jacobian(lambda x: x * x, [np.array([3.0])], 0)
    >>> round(float(jacobian[0, 0]), 6), bool(error[0, 0] < 1e-6)
    (6.0, True)
    """
    x = np.array(inputs[index], dtype=np.float64)
    columns, errors = [], []
    for i in range(x.size):
        scale = max(1.0, abs(float(x.flat[i])))
        slopes = [_slope(function, inputs, index, x, i, h * scale) for h in (step, 10 * step)]
        columns.append(slopes[0])
        errors.append(np.abs(slopes[0] - slopes[1]))
    size = _evaluate(function, inputs).size
    shape = (x.size, size)
    return (
        np.array(columns).reshape(shape).T if columns else np.zeros((size, 0)),
        np.array(errors).reshape(shape).T if errors else np.zeros((size, 0)),
    )


def _slope(function: Callable[..., Any], inputs: list[Any], index: int, x: Any, place: int, h: float) -> Any:
    values = []
    for sign in (1, -1):
        moved = x.copy()
        moved.flat[place] += sign * h
        values.append(_evaluate(function, [*inputs[:index], moved, *inputs[index + 1 :]]).ravel())
    return (values[0] - values[1]) / (2 * h)


def _complex_jacobian(function: Callable[..., Any], inputs: list[Any], index: int) -> Any:
    """Return the Jacobian by a complex step, on the raw forward of an analytic primitive."""
    x = np.array(inputs[index], dtype=np.complex128)
    columns = []
    for i in range(x.size):
        moved = x.copy()
        moved.flat[i] += 1e-30j
        columns.append(np.asarray(function(*inputs[:index], moved, *inputs[index + 1 :])).imag.ravel() / 1e-30)
    size = np.size(function(*inputs))
    return np.array(columns).reshape(x.size, size).T if columns else np.zeros((size, 0))


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
        *inputs: Floats or arrays; checked in float64.
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
    rng = rng if rng is not None else np.random.default_rng(0)
    arrays = [np.array(_raw(x), dtype=np.float64) for x in inputs]
    return _check(function, arrays, 1, order, atol, rtol, step, mode, rng)


def _check(
    function: Callable[..., Any],
    arrays: list[Any],
    order: int,
    last: int,
    atol: float,
    rtol: float,
    step: float,
    mode: str,
    rng: "np.random.Generator",
) -> GradientCheck:
    before = [a.copy() for a in arrays]
    try:
        problem = _compare_jacobians(function, arrays, order, atol, rtol, step, mode)
    except StepgradError as error:
        problem = f"order {order}: {type(error).__name__}: {error}"
    if not problem and not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arrays, before, strict=True)):
        problem = f"order {order}: the function changes its inputs; work on a copy"
    if problem or order == last:
        return GradientCheck(not problem, order, problem)

    shape = np.shape(_raw(function(*_tensors(arrays))))
    cotangent = rng.standard_normal(shape)

    def gradient(*args: Any) -> Any:
        _, pull = vjp(function, *args[:-1])
        flat = [g.reshape(-1) for g in pull(args[-1])]
        return concatenate(flat)

    return _check(gradient, [*arrays, cotangent], order + 1, last, atol, rtol, step, "central", rng)


def _tensors(arrays: list[Any]) -> list[Tensor]:
    return [Tensor(a, requires_grad=True) for a in arrays]


def _compare_jacobians(
    function: Callable[..., Any], arrays: list[Any], order: int, atol: float, rtol: float, step: float, mode: str
) -> str:
    """Return what is wrong with the first input whose Jacobian disagrees, or nothing."""
    tensors = _tensors(arrays)
    out = function(*tensors)
    if not isinstance(out, (Tensor, Value)):
        raise GradientError(f"expected a function that returns a Tensor, got {type(out).__name__}")
    analytic = [np.zeros((out.payload.size, a.size)) for a in arrays]
    for row in range(out.payload.size):
        seed = np.zeros(out.shape)
        seed.flat[row] = 1.0
        grads = _gradients(out, seed, tensors)
        again = _gradients(out, seed, tensors)
        for i, (g, g2, t) in enumerate(zip(grads, again, tensors, strict=True)):
            if not np.array_equal(g, g2, equal_nan=True):
                return f"order {order}, input {i}: two backward passes differ; the rule keeps a state or is random"
            if g.shape != t.shape:
                return f"order {order}, input {i}: expected a gradient of shape {t.shape}, got {g.shape}"
            analytic[i][row] = g.ravel()
    complex_step = mode == "complex" or (mode == "auto" and getattr(function, "analytic", False) and order == 1)
    for i, found in enumerate(analytic):
        if complex_step:
            with np.errstate(all="ignore"):
                expected = _complex_jacobian(function, arrays, i)
            error = np.zeros_like(expected)
        else:
            expected, error = numeric_jacobian(lambda *xs: function(*_tensors(list(xs))), arrays, i, step)
        problem = _report(found, expected, error, arrays[i].shape, atol, rtol)
        if problem:
            return f"order {order}, input {i}: {problem}"
    return ""


def _gradients(out: Any, seed: Any, tensors: list[Tensor]) -> list[Any]:
    if not out.requires_grad:
        return [np.zeros(t.shape) for t in tensors]
    for t in tensors:
        t.gradient = None
    out.backward(seed)
    return [np.zeros(t.shape) if t.gradient is None else t.gradient.payload for t in tensors]


def _report(found: Any, expected: Any, error: Any, shape: tuple[int, ...], atol: float, rtol: float) -> str:
    """Describe the worst disagreement of two Jacobians."""
    agree = (np.abs(found - expected) <= atol + rtol * np.abs(expected) + 10 * error) | (found == expected)
    agree |= np.isnan(found) & np.isnan(expected)
    wild = error > 0.01 * (1 + np.abs(expected))
    if agree.all() and not wild.any():
        return ""
    gap = np.where(agree, 0.0, np.abs(found - expected))
    gap = np.where(np.isnan(gap), np.inf, gap)
    if agree.all():
        row, column = np.unravel_index(int(np.argmax(error)), error.shape)
        return (
            f"the numeric derivative at element {_place(column, shape)} is uncertain (+- {error[row, column]:.2g}): "
            "you are on a kink or the step is too coarse; choose another point"
        )
    row, column = np.unravel_index(int(np.argmax(gap)), gap.shape)
    return (
        f"expected d out[{row}] / d x{_place(column, shape)} = {expected[row, column]:.8g} "
        f"(+- {error[row, column]:.2g}, numeric), got {found[row, column]:.8g} from the rule; "
        f"{int((~agree).sum())} of {agree.size} entries differ{_diagnosis(found, expected)}"
    )


def _place(column: Any, shape: tuple[int, ...]) -> str:
    return str([int(i) for i in np.unravel_index(int(column), shape)]) if shape else ""


def _diagnosis(found: Any, expected: Any) -> str:
    """Guess the mistake by trying the usual ones against the numeric Jacobian."""

    def close(candidate: Any) -> bool:
        return bool(candidate.shape == expected.shape and np.allclose(candidate, expected, rtol=1e-3, atol=1e-5))

    if not found.any():
        return "; the rule returns zero"
    if close(-found):
        return "; the sign is flipped"
    if found.shape == found.T.shape and close(found.T):
        return "; the Jacobian is transposed"
    big = np.abs(found) > 1e-8
    ratios = expected[big] / found[big]
    if np.allclose(ratios, ratios.flat[0], rtol=1e-3) and close(found * ratios.flat[0]):
        return f"; it is off by the factor {1 / ratios.flat[0]:.4g}"
    if found.shape[0] > 1 and np.allclose(found, found[0]):
        return "; the rule ignores the upstream gradient"
    return ""


def assert_gradients(function: Callable[..., Any], *inputs: Any, **options: Any) -> None:
    """Raise with a full report when :func:`check_gradients` fails; takes the same arguments.

    Raises:
        AssertionError: A derivative is wrong.

    >>> assert_gradients(lambda x: x * x, np.array([1.0]))
    """
    result = check_gradients(function, *inputs, **options)
    if not result:
        raise AssertionError(result.message)
