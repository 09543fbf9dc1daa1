"""What must hold for every operation whatever it computes: layouts, memory, adjoints, documented domains and kinks."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import REGISTRY, Tensor, jvp, vjp
from autograd.testing import assert_gradients
from tests.op_samples import SAMPLES
from tests.op_samples.calling import call, joined

NO_GRADIENT = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
CASES = [(name, i) for name, samples in SAMPLES.items() for i in range(len(samples)) if name not in NO_GRADIENT]
IDS = [f"{name}-{i}" for name, i in CASES]
each_sample = pytest.mark.parametrize(("name", "index"), CASES, ids=IDS)


def _strided(x: Any) -> Any:
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x


def _reversed(x: Any) -> Any:
    turned = (slice(None, None, -1),) * x.ndim
    return np.ascontiguousarray(x[turned])[turned]


def _readonly(x: Any) -> Any:
    x = x.copy()
    x.flags.writeable = False
    return x


def _swapped(x: Any) -> Any:
    return x.astype(x.dtype.newbyteorder())


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "Fortran": np.asfortranarray,
    "strided": _strided,
    "reversed": _reversed,
    "read-only": _readonly,
    "byte-swapped": _swapped,
}


def _run(name: str, index: int, layout: Callable[[Any], Any]) -> tuple[Any, list[Any]]:
    function, inputs = call(name, SAMPLES[name][index])
    tensors = [Tensor(layout(np.asarray(x)), requires_grad=True) for x in inputs]
    out = function(*tensors)
    out.backward(np.random.default_rng(5).standard_normal(out.shape))
    return out.payload, [t.grad.payload for t in tensors]


@each_sample
def test_the_layout_of_an_array_does_not_matter(name: str, index: int) -> None:
    value, gradients = _run(name, index, np.array)
    for layout in LAYOUTS.values():
        again, others = _run(name, index, layout)
        np.testing.assert_allclose(again, value, rtol=1e-13, atol=1e-13, err_msg=layout.__name__)
        for ours, other in zip(gradients, others, strict=True):
            np.testing.assert_allclose(other, ours, rtol=1e-11, atol=1e-12, err_msg=layout.__name__)


@each_sample
def test_forward_takes_read_only_memory_and_leaves_its_parameters_alone(name: str, index: int) -> None:
    """R080: raw operands are never written to, nor are static parameters."""
    op, sample = REGISTRY[name], SAMPLES[name][index]
    inputs = [_readonly(x) if isinstance(x, np.ndarray) else x for x in sample.inputs]
    params = copy.deepcopy(sample.params)
    with np.errstate(all="ignore"):
        joined(op(inputs, **sample.params) if op.sequence else op(*inputs, **sample.params))
    assert params.keys() == sample.params.keys()
    assert repr(params) == repr(sample.params)


@each_sample
def test_forward_and_reverse_products_are_adjoint(name: str, index: int) -> None:
    """``<u, J v> = <Jᵀ u, v>`` for random ``u`` and ``v``."""
    function, inputs = call(name, SAMPLES[name][index])
    rng = np.random.default_rng(11)
    points = [Tensor(np.asarray(x)) for x in inputs]
    tangents = [Tensor(np.asarray(rng.standard_normal(x.shape))) for x in points]
    out, pushed = jvp(function, tuple(points), tuple(tangents))
    u = np.asarray(rng.standard_normal(out.shape))
    if out.dtype.kind == "c":
        u = u + 1j * rng.standard_normal(out.shape)
    _, pull = vjp(function, *points)
    pulled = pull(Tensor(u))
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    left = float(np.vdot(u, pushed.data).real)
    right = sum(float((p.data * t.data).sum()) for p, t in zip(pulled, tangents, strict=True))
    size = sum(float(np.abs(p.data * t.data).sum()) for p, t in zip(pulled, tangents, strict=True))
    assert left == pytest.approx(right, rel=1e-10, abs=1e-12 * (1 + size), nan_ok=True)


# Domains and kinks say what the numbers do

GRID = [-1e3, -5.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.75, -0.5, -0.25, 0.0]
GRID += [-x for x in reversed(GRID[:-1])] + [6.0]
ELEMENTWISE = [n for n, op in REGISTRY.items() if op.elementwise and n not in {"astype", "copy", *NO_GRADIENT}]
HAS_NO_KINK_IN_VALUE = {"nan_to_num"}  # its kinks are NaN and infinities
JOINTLY = {"fmax", "fmin", "maximum", "minimum", "hypot"}  # a kink where both operands meet, looked for there


def _points(name: str) -> list[tuple[Callable[[float], float], float]]:
    """Return the operation as a function of each operand alone, at each point of the grid."""
    op, sample = REGISTRY[name], SAMPLES[name][0]
    base = [x.flat[0].item() if isinstance(x, np.ndarray) else x for x in sample.inputs]
    found = []
    for slot, start in enumerate(base):
        if not isinstance(start, float):
            continue

        def at(x: float, slot: int = slot) -> float:
            args = [
                np.float64(x) if i == slot else np.float64(b) if isinstance(b, float) else b for i, b in enumerate(base)
            ]
            with np.errstate(all="ignore"):
                return float(op.forward(*args, **sample.params))

        points = [b for b in base if isinstance(b, float)] if name in JOINTLY else []
        found += [(at, point) for point in (*GRID, *points)]
    return found


def _kinked(at: Callable[[float], float], x: float) -> bool:
    """Tell whether the slopes from both sides differ, more than curvature explains, or the value jumps."""
    differences, jumps = [], []
    for step in (1e-5, 1e-6):
        h = step * max(1.0, abs(x))
        middle, left, right = at(x), at(x - h), at(x + h)
        if not all(map(math.isfinite, (left, middle, right))):
            return False
        slopes = (middle - left) / h, (right - middle) / h
        differences.append(abs(slopes[0] - slopes[1]) / max(1.0, *map(abs, slopes)))
        jumps.append(abs(right - left))
    bent = differences[1] > 1e-3 and differences[1] > 0.5 * differences[0]
    return bent or jumps[1] > max(1e-3, 0.5 * jumps[0])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_domain_and_kinks_are_documented(name: str) -> None:
    """Where a real number gives no real number there is a domain; where the slopes differ there is a kink."""
    op, points = REGISTRY[name], _points(name)
    outside = [x for at, x in points if not math.isfinite(at(x)) and abs(x) < 100.0]
    if outside:
        assert op.domain, f"no finite value at {outside[:3]}"
    kinked = [x for at, x in points if _kinked(at, x)]
    if kinked:
        assert op.kinks, f"the slopes differ at {kinked[:3]}"
    if op.kinks and name not in HAS_NO_KINK_IN_VALUE:
        assert kinked or name in JOINTLY, f"smooth, but documented as {op.kinks!r}"


THIRD = ["norm", "standardize", "std", "var", "softmax_cross_entropy", "attention"]


@pytest.mark.parametrize("name", THIRD)
def test_third_derivatives(name: str) -> None:
    """R089: what layers are normalised by, and fused operations, are exact to the third order."""
    sample = min(SAMPLES[name], key=lambda s: sum(np.size(x) for x in s.inputs))
    function, inputs = call(name, sample)
    assert_gradients(function, *inputs, order=3, mode="central")
