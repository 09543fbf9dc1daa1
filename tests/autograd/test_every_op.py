"""Laws that hold for every registered operation, on the samples of ``op_samples``."""

import inspect

import numpy as np
import pytest

from autograd import REGISTRY, Tensor, Value
from autograd.testing import assert_gradients
from tests.op_samples import SAMPLES
from tests.op_samples.calling import call, is_float

CASES = [(name, i) for name, samples in SAMPLES.items() for i in range(len(samples))]
NO_GRADIENT = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
DIFFERENTIABLE = [case for case in CASES if case[0] not in NO_GRADIENT]


def test_every_op_has_samples() -> None:
    assert set(REGISTRY) == set(SAMPLES)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_op_is_documented_and_wired(name: str) -> None:
    op = REGISTRY[name]
    assert op.__doc__
    assert ">>>" in op.__doc__
    assert op.formula
    assert op.indexed_rule or op.joint or op.rules is not None
    for rule in op.rules or ():
        if rule is not None and rule.__name__ != "_zero":
            positional = [p.name for p in inspect.signature(rule).parameters.values()][2 : 2 + op.arity]
            assert len(positional) == op.arity


@pytest.mark.parametrize(("name", "index"), DIFFERENTIABLE, ids=[f"{n}-{i}" for n, i in DIFFERENTIABLE])
def test_gradients_to_second_order(name: str, index: int) -> None:
    function, inputs = call(name, SAMPLES[name][index])
    assert_gradients(function, *inputs, order=2, mode="central")


@pytest.mark.parametrize(("name", "index"), DIFFERENTIABLE, ids=[f"{n}-{i}" for n, i in DIFFERENTIABLE])
def test_analytic_ops_pass_the_complex_step(name: str, index: int) -> None:
    function, inputs = call(name, SAMPLES[name][index])
    negative_base = name == "power" and np.min(np.asarray(inputs[0]), initial=1.0) < 0  # a complex power there
    analytic = REGISTRY[name].analytic and name != "astype" and not negative_base
    mode = "complex" if analytic else "central"
    with np.errstate(all="ignore"):
        assert_gradients(function, *inputs, mode=mode, rtol=1e-9 if mode == "complex" else 1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "index"), DIFFERENTIABLE, ids=[f"{n}-{i}" for n, i in DIFFERENTIABLE])
def test_dtype_shape_memory_and_zero_upstream(name: str, index: int, dtype: str) -> None:
    """R080, R112, R118: gradients have their input's dtype and shape, share memory with nothing; inputs stay."""
    if name == "astype" and dtype == "float32":
        dtype = "float64"
    function, inputs = call(name, SAMPLES[name][index])
    arrays = [np.asarray(x, dtype=dtype) for x in inputs]
    before = [a.copy() for a in arrays]
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    out = function(*tensors)
    assert out.payload.real.dtype == np.dtype(dtype)
    seed = np.ones(out.shape, dtype=dtype)
    out.backward(seed)
    buffers = [seed, out.payload, *(t.payload for t in tensors)]
    for t, a, b in zip(tensors, arrays, before, strict=True):
        assert np.array_equal(t.payload, b)
        assert np.array_equal(a, b)
        assert t.grad.shape == t.shape
        assert t.grad.dtype == t.dtype
        assert not any(np.shares_memory(t.grad.payload, other) for other in buffers)
        buffers.append(t.grad.payload)
        t.zero_grad()
    out.backward(np.zeros(out.shape, dtype=dtype))
    assert all(not t.grad.payload.any() for t in tensors)


SCALAR = [n for n in sorted(REGISTRY) if REGISTRY[n].elementwise and n not in {"astype", "copy", *NO_GRADIENT}]


@pytest.mark.parametrize("name", SCALAR)
def test_value_agrees_with_a_tensor_of_no_dimensions(name: str) -> None:
    op = REGISTRY[name]
    for sample in SAMPLES[name][:4]:
        if any(isinstance(x, np.ndarray) and not x.size for x in sample.inputs):
            continue
        numbers = [x.flat[0].item() if isinstance(x, np.ndarray) else x for x in sample.inputs]
        values = [Value(x) if isinstance(x, float) else x for x in numbers]
        tensors = [Tensor(np.float64(x), requires_grad=True) if isinstance(x, float) else x for x in numbers]
        a, b = op(*values, **sample.params), op(*tensors, **sample.params)
        a.backward()
        b.backward()
        assert a.data == pytest.approx(b.item(), rel=1e-14)
        for v, t in zip(values, tensors, strict=True):
            if isinstance(v, Value):
                assert v.grad == pytest.approx(t.grad.item(), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", SCALAR)
def test_scalar_kernels_equal_their_rules(name: str) -> None:
    op = REGISTRY[name]
    for sample in SAMPLES[name]:
        numbers = [x.flat[0].item() if isinstance(x, np.ndarray) and x.size else x for x in sample.inputs]
        if any(isinstance(x, np.ndarray) for x in numbers):
            continue
        fast, slow = op.scalar(*numbers, **sample.params), op._scalar_from_rules(*numbers, **sample.params)
        assert fast[0] == pytest.approx(slow[0], rel=1e-14)
        for a, b in zip(fast[1:], slow[1:], strict=True):
            assert (a is None) == (b is None) or not isinstance(a, float)
            if a is not None and b is not None:
                assert a == pytest.approx(b, rel=1e-12, nan_ok=True)


@pytest.mark.parity
@pytest.mark.parametrize(("name", "index"), DIFFERENTIABLE, ids=[f"{n}-{i}" for n, i in DIFFERENTIABLE])
def test_agrees_with_torch(name: str, index: int) -> None:
    sample = SAMPLES[name][index]
    if sample.torch is None:
        return
    import torch

    theirs = [
        torch.tensor(np.array(x), requires_grad=is_float(x)) if x is not None and not isinstance(x, bool) else x
        for x in sample.inputs
    ]
    function, inputs = call(name, sample)
    ours = [Tensor(np.asarray(x), requires_grad=True) for x in inputs]
    expected = sample.torch(*theirs, **sample.params)
    found = function(*ours)
    np.testing.assert_allclose(found.payload, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    seed = np.random.default_rng(0).standard_normal(found.shape).astype(found.dtype)
    found.backward(seed)
    expected.backward(torch.tensor(seed))
    leaves = [t for t in theirs if isinstance(t, torch.Tensor) and t.requires_grad]
    for mine, other in zip(ours, leaves, strict=True):
        np.testing.assert_allclose(mine.grad.payload, other.grad.numpy(), rtol=1e-10, atol=1e-12)
