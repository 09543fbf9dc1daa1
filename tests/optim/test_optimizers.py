"""Every optimizer: the first steps by hand, the same for numbers and arrays, equal to PyTorch's."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value
from optim import (
    ASGD,
    LAMB,
    LARS,
    LBFGS,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Muon,
    NAdam,
    Optimizer,
    OptimizerError,
    OptimizerStateError,
    OptimizerTypeError,
    RAdam,
    RMSprop,
    Rprop,
)

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
    ("NAdam", NAdam, {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", RAdam, {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.1}),
    ("Adamax", Adamax, {"lr": 0.1, "weight_decay": 0.1}),
    ("Adagrad", Adagrad, {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1}),
    ("Adadelta", Adadelta, {"weight_decay": 0.1}),
    ("RMSprop", RMSprop, {"lr": 0.1, "centered": True, "momentum": 0.5, "eps": 1e-3}),
    ("Rprop", Rprop, {"lr": 0.1}),
    ("ASGD", ASGD, {"lr": 0.1, "t0": 2, "lambd": 0.1}),
    ("Adafactor", Adafactor, {"lr": 0.1, "weight_decay": 0.1}),
]
NOT_IN_TORCH: list[tuple[str, type[Optimizer], dict[str, Any]]] = [
    ("LARS", LARS, {"lr": 0.1, "weight_decay": 0.1, "trust_coefficient": 0.1}),
    ("LAMB", LAMB, {"lr": 0.1, "weight_decay": 0.1}),
    ("Lion", Lion, {"lr": 0.1, "weight_decay": 0.1}),
]
torchs_option = pytest.mark.parametrize(("name", "kind", "options"), OPTIONS)
OPTIONS = OPTIONS + NOT_IN_TORCH
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


@pytest.fixture
def torch_in_float64() -> Iterator[None]:
    """PyTorch keeps its counters, and rates that it derives from them, in the default dtype."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parity
@torchs_option
def test_equals_torch_for_fifty_steps(name: str, kind: Any, options: dict[str, Any], torch_in_float64: None) -> None:
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
        (lambda: Adam([Value(1.0)], lr="fast"), ValueError, "lr expects"),
        (lambda: SGD([Value(1.0)], lr=np.ones(2)), ValueError, "lr expects one number"),
        (lambda: SGD([("w", Value(1.0)), Value(2.0)]), ValueError, "names for all parameters"),
        (
            lambda: SGD([{"params": [Value(1.0)]}, {"params": [("w", Value(2.0))]}]),
            ValueError,
            "names for all groups",
        ),
        (lambda: Adadelta([Value(1.0)], rho=1.1), ValueError, "rho expects"),
        (lambda: Adagrad([Value(1.0)], lr_decay=-0.5), ValueError, "lr_decay expects"),
        (lambda: Rprop([Value(1.0)], etas=(1.0, 0.5)), ValueError, "etas expects"),
        (lambda: Adafactor([Value(1.0)], d=0.0), ValueError, "d expects"),
        (lambda: Adafactor([Value(1.0)], beta2_decay=0.8), ValueError, "beta2_decay expects"),
        (lambda: Adafactor([Value(1.0)], eps=(-1e-30, 1e-3)), ValueError, "eps expects"),
        (lambda: Adafactor([Tensor(np.ones(2, complex), requires_grad=True)]), ValueError, "real parameters"),
        (lambda: Muon([leaf()]), ValueError, "expects matrices"),
        (lambda: Muon([leaf([[1.0]])], adjust_lr_fn="no"), ValueError, "adjust_lr_fn expects"),
        (lambda: Muon([leaf([[1.0]])], ns_steps=100), ValueError, "fewer than 100"),
        (lambda: LBFGS([{"params": [Value(1.0)]}, {"params": [Value(2.0)]}]), ValueError, "one group"),
        (lambda: LBFGS([Value(1.0)], line_search_fn="armijo"), ValueError, "line_search_fn expects"),
        (lambda: LBFGS([Value(1.0)], history_size=0), ValueError, "history_size expects"),
        (lambda: LBFGS([Value(1.0)]).step(), TypeError, "expects a closure"),
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
    for nothing in ({}, {"state": [], "param_groups": []}, {"state": {}, "param_groups": [{}]}):
        with pytest.raises(OptimizerStateError, match="param_groups"):
            optimizer.load_state_dict(nothing)
    groups = optimizer.state_dict()["param_groups"]
    with pytest.raises(OptimizerStateError, match="which is in no group"):
        optimizer.load_state_dict({"state": {7: {}}, "param_groups": groups})
    with pytest.raises(OptimizerError, match="lr expects"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{**groups[0], "lr": -1.0}]})
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


def test_parameters_may_have_names() -> None:
    a, b = Value(1.0), Value(2.0)
    optimizer = SGD([("a", a), ("b", b)], lr=0.5)
    a.grad = 1.0
    optimizer.step()
    assert (a.data, optimizer.state_dict()["param_groups"][0]["param_names"]) == (0.5, ["a", "b"])


def test_a_number_may_come_as_a_tensor() -> None:
    assert SGD([Value(1.0)], lr=Tensor(0.5)).param_groups[0]["lr"] == 0.5  # type: ignore[arg-type]


def test_numbers_follow_ieee_as_arrays_do() -> None:
    """Choice 5 of the cases: 0 / 0 is NaN, for a number too, and no exception."""
    number, array = Value(1.0), leaf([1.0])
    number.grad, array.grad = 0.0, Tensor(np.zeros(1))
    Adam([number, array], eps=0.0).step()
    assert np.isnan(number.data)
    assert np.isnan(array.item())


def test_hooks_around_a_step() -> None:
    x = Value(2.0)
    optimizer, seen = SGD([x], lr=0.25), []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", x.data)))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", x.data)))
    x.grad = 4.0
    optimizer.step()
    before.remove()
    optimizer.step()
    assert seen == [("before", 2.0), ("after", 1.0), ("after", 0.0)]


def test_a_closure_is_recorded_even_without_grad() -> None:
    from autograd import no_grad

    x = Value(2.0)
    optimizer = SGD([x], lr=0.25)

    def closure() -> Value:
        optimizer.zero_grad()
        loss = x * x
        loss.backward()
        return loss

    with no_grad():
        optimizer.step(closure)
    assert x.data == 1.0


def test_a_parameter_keeps_no_array_that_others_may_write_to() -> None:
    x = leaf()
    optimizer = SGD([x], lr=0.5, momentum=0.9)
    x.grad = Tensor(np.ones(3))
    optimizer.step()
    loss = (x * x).sum()
    x.data[:] = 100.0
    optimizer.step()
    loss.backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), [1.0, -2.0, 4.0])  # 1 of before, and 2 x at the recorded values


def test_lion_by_hand() -> None:
    """Chen et al. 2023, algorithm 2: the step mixes with beta1, the memory with beta2."""
    x = Value(1.0)
    optimizer = Lion([x], lr=0.1, betas=(0.5, 0.75), weight_decay=0.5)
    seen = []
    for grad in (4.0, -0.5):
        x.grad = grad
        optimizer.step()
        seen.append(x.data)
    # m = 1 after the first step; 0.5 * 1 + 0.5 * -0.5 > 0 still
    assert seen == pytest.approx([0.85, 0.85 * 0.95 - 0.1])


def test_lars_by_hand() -> None:
    """You et al. 2017: the ratio is 0.1 * 5 / (10 + 0.2 * 5) at first."""
    x = leaf([3.0, 4.0])
    optimizer = LARS([x], lr=2.0, momentum=0.5, weight_decay=0.2, trust_coefficient=0.1, eps=0.0)
    x.grad = Tensor(np.array([6.0, 8.0]))
    optimizer.step()
    ratio = 0.1 * 5.0 / 11.0
    first = 2.0 * ratio * (np.array([6.0, 8.0]) + 0.2 * np.array([3.0, 4.0]))
    np.testing.assert_allclose(x.detach().numpy(), np.array([3.0, 4.0]) - first)
    x.grad = Tensor(np.zeros(2))
    before = x.detach().numpy().copy()
    optimizer.step()  # a gradient of zero: the ratio is 1
    np.testing.assert_allclose(x.detach().numpy(), before - 0.5 * first - 2.0 * 0.2 * before)


def test_lamb_by_hand() -> None:
    """You et al. 2020: the first step of Adam is the sign, scaled to the norm of the value."""
    x = leaf([3.0, 4.0])
    optimizer = LAMB([x], lr=0.5, eps=0.0, weight_decay=0.1)
    x.grad = Tensor(np.array([2.0, -7.0]))
    optimizer.step()
    step = np.array([1.0, -1.0]) + 0.1 * np.array([3.0, 4.0])
    np.testing.assert_allclose(x.detach().numpy(), np.array([3.0, 4.0]) - 0.5 * 5.0 / np.linalg.norm(step) * step)


def test_zero_values_move_under_lamb_and_lars() -> None:
    for kind in (LAMB, LARS):
        x = leaf([0.0, 0.0])
        x.grad = Tensor(np.ones(2))
        kind([x], lr=0.5).step()
        np.testing.assert_allclose(x.detach().numpy(), -0.5, rtol=1e-5)


@pytest.mark.parametrize("line_search", [None, "strong_wolfe"])
def test_lbfgs_moves_values_as_it_moves_a_tensor(line_search: str | None) -> None:
    numbers, array = [Value(-1.2), Value(1.0)], leaf([-1.2, 1.0])
    options: dict[str, Any] = {"lr": 0.5, "max_iter": 5, "line_search_fn": line_search}
    for_numbers, for_array = LBFGS(numbers, **options), LBFGS([array], **options)

    def closure(optimizer: Optimizer, x: Any) -> Any:
        optimizer.zero_grad()
        loss = (1.0 - x[0]) ** 2 + 2.0 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    for _ in range(4):
        for_numbers.step(lambda: closure(for_numbers, numbers))
        for_array.step(lambda: closure(for_array, array))
    np.testing.assert_allclose([x.data for x in numbers], array.detach().numpy(), rtol=1e-9)


def test_lbfgs_saved_and_continued_is_bitwise_the_same() -> None:
    """R143."""

    def closure(optimizer: Optimizer, x: Tensor) -> Any:
        optimizer.zero_grad()
        loss = ((1.0 - x[0]) ** 2 + 5.0 * (x[1] - x[0] ** 2) ** 2).sum()
        loss.backward()
        return loss

    whole, x = leaf([-1.2, 1.0], np.float32), leaf([-1.2, 1.0], np.float32)
    options: dict[str, Any] = {"max_iter": 3, "line_search_fn": "strong_wolfe"}
    straight, first = LBFGS([whole], **options), LBFGS([x], **options)
    for _ in range(5):
        straight.step(lambda: closure(straight, whole))
    for _ in range(2):
        first.step(lambda: closure(first, x))
    again = leaf(x.detach().numpy(), np.float32)
    second = LBFGS([again])
    second.load_state_dict(first.state_dict())
    for _ in range(3):
        second.step(lambda: closure(second, again))
    assert (again.detach().numpy() == whole.detach().numpy()).all()
    assert {item.dtype for item in second.state[0]["old_dirs"]} == {np.dtype(np.float32)}


def test_every_public_name_is_listed() -> None:
    import optim

    assert sorted(optim.__all__) == sorted(set(optim.__all__))
    assert all(hasattr(optim, name) for name in optim.__all__)
    classes = {name: item for name, item in vars(optim).items() if isinstance(item, type)}
    kinds = {name for name, item in classes.items() if issubclass(item, Optimizer)}
    assert kinds - {"Optimizer", "LBFGS", "Muon"} == {name for name, _, _ in OPTIONS}
