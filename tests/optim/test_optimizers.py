"""Every optimizer: the first steps by hand, the same for numbers and arrays, equal to PyTorch's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value
from optim import SGD, Adam, AdamW, Optimizer, OptimizerError, OptimizerStateError, OptimizerTypeError

OPTIONS: list[tuple[str, type[Optimizer], dict[str, Any]]] = [
    ("SGD", SGD, {"lr": 0.1}),
    ("SGD", SGD, {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("SGD", SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    ("SGD", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", SGD, {"lr": 0.01, "momentum": 0.5, "maximize": True}),
    ("Adam", Adam, {"lr": 0.1}),
    ("Adam", Adam, {"lr": 0.1, "betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.2}),
    ("Adam", Adam, {"lr": 0.1, "amsgrad": True}),
    ("AdamW", AdamW, {"lr": 0.1}),
    ("AdamW", AdamW, {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}),
    ("AdamW", AdamW, {"lr": 0.01, "maximize": True}),
]
every_option = pytest.mark.parametrize(("name", "kind", "options"), OPTIONS)


def some_gradients(steps: int, shape: tuple[int, ...] = (3,)) -> list[np.ndarray]:
    """Gradients that shrink, so that amsgrad differs from Adam."""
    rng = np.random.default_rng(5)
    return [rng.normal(size=shape) / (1 + step) for step in range(steps)]


def run(make: Callable[[list[Any]], Optimizer], leaf: Tensor, gradients: list[np.ndarray]) -> np.ndarray:
    optimizer = make([leaf])
    for gradient in gradients:
        leaf.grad = Tensor(gradient.astype(leaf.dtype))
        optimizer.step()
    return leaf.detach().numpy()


def leaf(numbers: Any = (0.5, -1.0, 2.0), dtype: Any = np.float64) -> Tensor:
    return Tensor(np.array(numbers, dtype), requires_grad=True)


@pytest.mark.parity
@every_option
def test_equals_torch_for_fifty_steps(name: str, kind: Any, options: dict[str, Any]) -> None:
    """R137."""
    import torch
    ours, theirs = leaf(), torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    mine, other = kind([ours], **options), getattr(torch.optim, name)([theirs], **options)
    for gradient in some_gradients(50):
        ours.grad, theirs.grad = Tensor(gradient), torch.from_numpy(gradient.copy())
        mine.step()
        other.step()
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


@every_option
def test_moves_a_value_as_it_moves_a_tensor(name: str, kind: Any, options: dict[str, Any]) -> None:
    gradients = some_gradients(10, ())
    tensor, value = leaf(0.5), Value(0.5)
    for_tensor, for_value = kind([tensor], **options), kind([value], **options)
    for gradient in gradients:
        tensor.grad, value.grad = Tensor(gradient), float(gradient)
        for_tensor.step()
        for_value.step()
    assert type(value.data) is float
    assert value.data == pytest.approx(tensor.item(), rel=1e-14)


@every_option
def test_float32_stays_float32(name: str, kind: Any, options: dict[str, Any]) -> None:
    """R114: also in the state, also without axes."""
    tensors = [leaf(dtype=np.float32), leaf(0.5, np.float32)]
    optimizer = kind(tensors, **options)
    for _ in range(3):
        for tensor in tensors:
            tensor.grad = Tensor(np.ones(tensor.shape, np.float32))
        optimizer.step()
    found = [item.dtype for state in optimizer.state for item in state.values() if hasattr(item, "dtype")]
    assert {tensor.dtype for tensor in tensors} | set(found) == {np.dtype(np.float32)}


@every_option
def test_update_is_pure(name: str, kind: Any, options: dict[str, Any]) -> None:
    optimizer = kind([leaf()], **options)
    value, grad, state = np.ones(3), np.arange(3.0), {}
    for array in (value, grad):
        array.flags.writeable = False
    for _ in range(2):
        for item in state.values():
            if isinstance(item, np.ndarray):
                item.flags.writeable = False
        optimizer.update(value, grad, state, optimizer.param_groups[0])


@every_option
def test_save_and_go_on_is_the_same_as_to_go_on(name: str, kind: Any, options: dict[str, Any]) -> None:
    """R143."""
    gradients = some_gradients(6)
    whole = run(lambda p: kind(p, **options), leaf(), gradients)
    tensor = leaf()
    first = kind([tensor], **options)
    for gradient in gradients[:3]:
        tensor.grad = Tensor(gradient)
        first.step()
    again = Tensor(tensor.detach().numpy(), requires_grad=True)
    second = kind([again], lr=123.0)
    second.load_state_dict(first.state_dict())
    for gradient in gradients[3:]:
        again.grad = Tensor(gradient)
        second.step()
    assert (again.detach().numpy() == whole).all()


def test_a_saved_state_does_not_follow() -> None:
    tensor = leaf()
    optimizer = Adam([tensor])
    tensor.grad = Tensor(np.ones(3))
    optimizer.step()
    saved = optimizer.state_dict()
    before = saved["state"][0]["exp_avg"].copy()
    optimizer.step()
    assert saved["state"][0]["step"] == 1
    assert (saved["state"][0]["exp_avg"] == before).all()


def test_first_steps_by_hand() -> None:
    """R137: the first momentum step is undamped; Adam's L2 differs from AdamW's decay."""
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1, momentum=0.9, dampening=0.5)
    seen = []
    for grad in (1.0, 2.0):
        x.grad = grad
        optimizer.step()
        seen.append(x.data)
    assert seen == pytest.approx([0.9, 0.71])


@pytest.mark.parametrize(("kind", "expected"), [(AdamW, 0.917710), (Adam, 0.931064)])
def test_weight_decay_two_ways(kind: Any, expected: float) -> None:
    """R137: after the gradients 1 and -2."""
    x = leaf(1.0)
    for_x = kind([x], lr=0.1, weight_decay=0.1)
    for grad in (1.0, -2.0):
        x.grad = Tensor(np.array(grad))
        for_x.step()
    assert x.item() == pytest.approx(expected, abs=5e-7)


def test_no_gradient_no_step_and_zero_gradient_decays() -> None:
    """R138."""
    without, zero, number = leaf([1.0]), leaf([1.0]), Value(1.0)
    zero.grad = Tensor(np.zeros(1))
    SGD([without, zero, number], lr=0.1, weight_decay=0.5).step()
    assert (without.item(), zero.item(), number.data) == (1.0, 0.95, 1.0)


def test_groups_have_options_of_their_own() -> None:
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    a.grad = b.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.9, 0.5)
    assert optimizer.state_dict()["param_groups"][1]["params"] == [1]
    assert "lr: 0.5" in repr(optimizer)


def test_step_runs_a_closure() -> None:
    x = Value(2.0)
    optimizer = SGD([x], lr=0.25)

    def closure() -> float:
        optimizer.zero_grad()
        loss = x * x
        loss.backward()
        return loss.data

    assert optimizer.step(closure) == 4.0
    assert x.data == 1.0


def test_zero_grad_forgets_or_fills() -> None:
    """R142."""
    tensor, value = leaf(), Value(1.0)
    tensor.grad, value.grad = Tensor(np.ones(3)), 2.0
    optimizer = SGD([tensor, value])
    optimizer.zero_grad(set_to_none=False)
    assert tensor.grad is not None
    assert (tensor.grad.tolist(), value.grad) == ([0.0, 0.0, 0.0], 0.0)
    optimizer.zero_grad()
    assert tensor.grad is None


def test_step_does_not_change_a_recorded_graph() -> None:
    """R079: the second backward gives the gradient at the recorded values."""
    x = leaf([3.0])
    loss = (x * x).sum()
    loss.backward()
    optimizer = SGD([x], lr=0.5)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    assert x.grad is not None
    assert x.grad.item() == 6.0


@pytest.mark.parametrize(
    "repeat",
    [
        lambda x: SGD([x, x]),
        lambda x: SGD([{"params": [x]}, {"params": [x]}]),
        lambda x: SGD([x]).add_param_group({"params": [x]}),
    ],
    ids=["one group", "two groups", "added"],
)
@pytest.mark.parametrize("x", [Value(1.0), leaf()], ids=["value", "tensor"])
def test_refuses_duplicates(repeat: Any, x: Any) -> None:
    """R139: PyTorch only warns within one group, and moves the parameter twice."""
    with pytest.raises(OptimizerError, match="every parameter once"):
        repeat(x)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD([]), ValueError, "at least one parameter"),
        (lambda: SGD(Value(1.0)), TypeError, "put it into a list"),
        (lambda: SGD(leaf()), TypeError, "put it into a list"),
        (lambda: SGD([1.0]), TypeError, "expects Values or Tensors, got float"),
        (lambda: SGD([leaf() * 2]), ValueError, "expects leaves"),
        (lambda: SGD([Value(1.0) * 2]), ValueError, "expects leaves"),
        (lambda: SGD([{"lr": 1.0}]), TypeError, '"params"'),
        (lambda: SGD([{"params": {Value(1.0)}}]), TypeError, "order changes"),
        (lambda: SGD([Value(1.0)], lr=-1.0), ValueError, "lr expects"),
        (lambda: SGD([Value(1.0)], lr=float("nan")), ValueError, "lr expects"),
        (lambda: SGD([{"params": [Value(1.0)], "lr": -1.0}]), ValueError, "lr expects"),
        (lambda: SGD([Value(1.0)], nesterov=True), ValueError, "nesterov expects"),
        (lambda: SGD([Value(1.0)], momentum=0.9, dampening=0.1, nesterov=True), ValueError, "nesterov"),
        (lambda: Adam([Value(1.0)], betas=(0.9, 1.0)), ValueError, "betas expects"),
        (lambda: AdamW([Value(1.0)], eps=-1.0), ValueError, "eps expects"),
    ],
)
def test_refuses_what_cannot_be_meant(make: Any, error: Any, message: str) -> None:
    """R140."""
    with pytest.raises(error, match=message):
        make()


def test_a_misfit_state_changes_nothing() -> None:
    other = Adam([leaf([1.0, 2.0])])
    other.param_groups[0]["params"][0].grad = Tensor(np.ones(2))
    other.step()
    optimizer = Adam([leaf()], lr=0.5)
    with pytest.raises(OptimizerStateError, match=r"exp_avg of parameter 0: expected shape \(3,\), got"):
        optimizer.load_state_dict(other.state_dict())
    with pytest.raises(OptimizerStateError, match=r"groups of \[1\] parameters, got \[2\]"):
        optimizer.load_state_dict(Adam([Value(1.0), Value(2.0)]).state_dict())
    with pytest.raises(OptimizerStateError, match="param_groups"):
        optimizer.load_state_dict({})
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.state == [{}]


def test_optim_never_imports_nn() -> None:
    from pathlib import Path

    import optim

    for path in Path(optim.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import nn" not in text, path
        assert "from nn" not in text, path


def test_unknown_kind_of_parameter_group() -> None:
    with pytest.raises(OptimizerTypeError, match="a parameter group is a dict"):
        SGD([Value(1.0)]).add_param_group([Value(2.0)])  # type: ignore[arg-type]
