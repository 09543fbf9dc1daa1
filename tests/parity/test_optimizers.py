"""Every optimizer and every schedule of PyTorch, asked side by side with ours.

``make parity`` prints how many optimizers agree in every configuration of PyTorch's own table.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import optim
from autograd import Tensor

pytestmark = pytest.mark.parity

LEFT_OUT = {"SparseAdam": "there are no sparse gradients here"}
OPTIMIZERS = [
    "ASGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LBFGS",
    "Muon",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
]


@pytest.mark.parametrize("name", OPTIMIZERS + sorted(LEFT_OUT))
def test_optimizer(name: str, record_property: Callable[[str, object], None]) -> None:
    """R137: 50 steps in float64 agree to 1e-10, and what PyTorch refuses is refused."""
    from .optimizers import Outcome, judge, listed

    outcome = Outcome(name, total=listed(name)) if name in LEFT_OUT else judge(name)
    record_property("optimizer", vars(outcome))
    assert not outcome.problems, "\n".join(outcome.problems)
    assert name in LEFT_OUT or outcome.right == outcome.total > 0


def test_the_table_names_the_optimizers_there_are() -> None:
    from .optimizers import names

    assert set(OPTIMIZERS) | set(LEFT_OUT) == names()


SCHEDULERS = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


@pytest.mark.parametrize("name", OPTIMIZERS + SCHEDULERS)
def test_arguments_have_torchs_names_order_and_defaults(name: str) -> None:
    """But for those that choose among PyTorch's implementations."""
    import inspect

    import torch

    def arguments(kind: type) -> dict[str, Any]:
        skipped = {"self", "foreach", "fused", "capturable", "differentiable"}
        found = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
        return {argument: item for argument, item in found.items() if argument not in skipped}

    library = torch.optim if name in OPTIMIZERS else torch.optim.lr_scheduler
    ours, theirs = arguments(getattr(optim, name)), arguments(getattr(library, name))
    assert {argument: item.default for argument, item in ours.items()} == {
        argument: item.default for argument, item in theirs.items()
    }
    positional = [argument for argument, item in ours.items() if item.kind is item.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs)[: len(positional)]


def test_every_schedule_of_torch_is_here() -> None:
    import torch

    aliases = {"LRScheduler"}
    assert set(torch.optim.lr_scheduler.__all__) | aliases == set(SCHEDULERS) == set(optim.lr_scheduler.__all__)


def halving(epoch: int) -> float:
    return 0.5 ** (epoch // 30)


def waning(epoch: int) -> float:
    return 0.99 if epoch % 3 else 1.02


class Fading:
    """A function with something to remember."""

    def __init__(self, base: float) -> None:
        self.base = base

    def __call__(self, epoch: int) -> float:
        return self.base**epoch


SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "LambdaLR": lambda lib, o: lib.LambdaLR(o, halving),
    "LambdaLR, one for each group": lambda lib, o: lib.LambdaLR(o, [halving, Fading(0.97)]),
    "MultiplicativeLR": lambda lib, o: lib.MultiplicativeLR(o, waning),
    "StepLR": lambda lib, o: lib.StepLR(o, 30),
    "StepLR, gamma": lambda lib, o: lib.StepLR(o, step_size=7, gamma=0.9),
    "MultiStepLR": lambda lib, o: lib.MultiStepLR(o, [30, 80, 80, 150], gamma=0.3),
    "ConstantLR": lambda lib, o: lib.ConstantLR(o),
    "ConstantLR, long": lambda lib, o: lib.ConstantLR(o, factor=0.7, total_iters=90),
    "LinearLR": lambda lib, o: lib.LinearLR(o),
    "LinearLR, down": lambda lib, o: lib.LinearLR(o, start_factor=0.9, end_factor=0.1, total_iters=111),
    "ExponentialLR": lambda lib, o: lib.ExponentialLR(o, 0.97),
    "PolynomialLR": lambda lib, o: lib.PolynomialLR(o),
    "PolynomialLR, power": lambda lib, o: lib.PolynomialLR(o, total_iters=150, power=1.7),
    "CosineAnnealingLR": lambda lib, o: lib.CosineAnnealingLR(o, 30, eta_min=1e-4),
    "CosineAnnealingLR, long": lambda lib, o: lib.CosineAnnealingLR(o, T_max=200),
    "CosineAnnealingWarmRestarts": lambda lib, o: lib.CosineAnnealingWarmRestarts(o, 13),
    "CosineAnnealingWarmRestarts, longer": lambda lib, o: lib.CosineAnnealingWarmRestarts(o, 7, 2, 1e-4),
    "CyclicLR": lambda lib, o: lib.CyclicLR(o, 0.001, 0.1, step_size_up=11),
    "CyclicLR, halving": lambda lib, o: lib.CyclicLR(o, [0.001, 0.01], [0.1, 0.2], 11, 7, mode="triangular2"),
    "CyclicLR, shrinking": lambda lib, o: lib.CyclicLR(o, 0.001, 0.1, 11, 7, mode="exp_range", gamma=0.99),
    "CyclicLR, function": lambda lib, o: lib.CyclicLR(o, 0.001, 0.1, 11, scale_fn=Fading(0.9), cycle_momentum=False),
    "OneCycleLR": lambda lib, o: lib.OneCycleLR(o, 0.1, total_steps=200),
    "OneCycleLR, three phases": lambda lib, o: lib.OneCycleLR(o, [0.1, 0.3], total_steps=200, three_phase=True),
    "OneCycleLR, lines": lambda lib, o: lib.OneCycleLR(
        o, 0.1, epochs=20, steps_per_epoch=10, pct_start=0.2, anneal_strategy="linear", div_factor=5.0
    ),
    "ChainedScheduler": lambda lib, o: lib.ChainedScheduler([lib.ConstantLR(o), lib.ExponentialLR(o, 0.98)]),
    "SequentialLR": lambda lib, o: lib.SequentialLR(
        o,
        [lib.LinearLR(o, 0.1, total_iters=10), lib.CosineAnnealingLR(o, 100), lib.StepLR(o, 20, 0.5)],
        milestones=[10, 110],
    ),
    "SequentialLR of chains": lambda lib, o: lib.SequentialLR(
        o,
        [lib.ChainedScheduler([lib.ConstantLR(o, 0.5), lib.StepLR(o, 3, 0.9)]), lib.PolynomialLR(o, 90, 2.0)],
        milestones=[20],
    ),
    "SequentialLR, restarts and cycles": lambda lib, o: lib.SequentialLR(
        o,
        [lib.ConstantLR(o, 0.2, 5), lib.CosineAnnealingWarmRestarts(o, 9, 2), lib.MultiStepLR(o, [3, 9], 0.5)],
        milestones=[5, 80],
    ),
    "ReduceLROnPlateau": lambda lib, o: lib.ReduceLROnPlateau(o, factor=0.5, patience=3, cooldown=2),
    "ReduceLROnPlateau, max": lambda lib, o: lib.ReduceLROnPlateau(
        o, "max", 0.7, patience=1, threshold=0.01, threshold_mode="abs", min_lr=[1e-3, 1e-2]
    ),
    "SWALR": lambda lib, o: lib.SWALR(o, 0.05),
    "SWALR, lines": lambda lib, o: lib.SWALR(o, [0.05, 0.01], anneal_epochs=30, anneal_strategy="linear"),
}
every_schedule = pytest.mark.parametrize("name", SCHEDULES)
# PyTorch warns of its own first steps when it makes a sequence of chains.
whatever_torch_says = pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")


def ours_and_theirs(kind: str = "SGD") -> tuple[Any, Any]:
    """An optimizer of two groups in each library."""
    import torch

    options = {"momentum": 0.9} if kind == "SGD" else {"betas": (0.9, 0.99)}
    groups = [{"lr": 0.05}, {"lr": 0.3}]
    mine = [{"params": [Tensor(np.ones(2), requires_grad=True)], **group} for group in groups]
    other = [{"params": [torch.ones(2, requires_grad=True)], **group} for group in groups]
    return getattr(optim, kind)(mine, **options), getattr(torch.optim, kind)(other, **options)


def libraries(name: str) -> tuple[Any, Any]:
    import torch

    return (optim, torch.optim.swa_utils) if name.startswith("SWALR") else (optim, torch.optim.lr_scheduler)


def seen(optimizer: Any) -> list[Any]:
    """What schedules set."""
    return [(group["lr"], group.get("momentum"), group.get("betas")) for group in optimizer.param_groups]


def go(optimizer: Any, schedule: Any, step: int) -> None:
    optimizer.step()
    plateau = type(schedule).__name__ == "ReduceLROnPlateau"
    schedule.step(*([np.cos(step / 9.0) + 0.1 * np.sin(step * 1.7)] if plateau else []))


@every_schedule
@whatever_torch_says
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_schedule_is_exactly_torchs_for_200_steps(
    name: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("schedule", name.partition(",")[0].partition(" ")[0])
    mine, other = ours_and_theirs(kind)
    us, them = libraries(name)
    ours, theirs = SCHEDULES[name](us, mine), SCHEDULES[name](them, other)
    assert seen(mine) == seen(other)
    for step in range(200):
        go(mine, ours, step)
        go(other, theirs, step)
        assert seen(mine) == seen(other), f"after step {step + 1}"
        assert ours.get_last_lr() == theirs.get_last_lr()


@every_schedule
@whatever_torch_says
def test_schedule_goes_on_from_torchs_state(name: str) -> None:
    """A schedule half way through, moved over from PyTorch, ends where PyTorch's ends."""
    mine, other = ours_and_theirs()
    us, them = libraries(name)
    ours, theirs = SCHEDULES[name](us, mine), SCHEDULES[name](them, other)
    for step in range(90):
        go(other, theirs, step)
    ours.load_state_dict(theirs.state_dict())
    mine.load_state_dict(other.state_dict())
    for step in range(90, 200):
        go(mine, ours, step)
        go(other, theirs, step)
        assert seen(mine) == seen(other), f"after step {step + 1}"


OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.01, "momentum": 0.9},
    "Adam": {"amsgrad": True},
    "RMSprop": {"centered": True, "momentum": 0.5},
    "Adafactor": {"lr": 0.1},
    "LBFGS": {"line_search_fn": "strong_wolfe", "max_iter": 3},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("way", ["from torch", "to torch"])
def test_a_run_moves_over_half_way(name: str, way: str) -> None:
    """R143 between the libraries: parameters and state of PyTorch's optimizer load here, and ours there."""
    import torch

    from .optimizers import bowl, closure_of, float64, starts, without_bfloat16

    with float64(), without_bfloat16():
        ours = [Tensor(start, requires_grad=True) for start in starts(name == "Muon")]
        theirs = [torch.tensor(start, requires_grad=True) for start in starts(name == "Muon")]
        options = {"lr": 0.05, **OPTIONS.get(name, {})}
        mine, other = getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
        first, second = ((other, theirs), (mine, ours))[:: 1 if way == "from torch" else -1]
        for _ in range(4):
            first[0].step(closure_of(*first, bowl))
        for one, its in zip(ours, theirs, strict=True):
            if way == "from torch":
                one.data = its.detach().numpy().copy()
            else:
                its.data = torch.tensor(one.detach().numpy())
        state = first[0].state_dict()
        second[0].load_state_dict(as_arrays(state) if way == "from torch" else as_tensors(state))
        for _ in range(6):
            first[0].step(closure_of(*first, bowl))
            second[0].step(closure_of(*second, bowl))
        for one, its in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one.detach().numpy(), its.detach().numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(6, 4), (3, 8)])
def test_muon_is_torchs_but_for_its_bfloat16(shape: tuple[int, int]) -> None:
    """As PyTorch runs it: fifteen products of matrices in bfloat16 keep little more than one digit of a step."""
    import torch

    start, gradient = np.random.default_rng(1).normal(size=(2, *shape))
    ours, theirs = Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    ours.grad, theirs.grad = Tensor(gradient), torch.tensor(gradient)
    optim.Muon([ours], lr=1.0, weight_decay=0.0).step()
    torch.optim.Muon([theirs], lr=1.0, weight_decay=0.0).step()
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=0, atol=0.05)


def as_arrays(item: Any) -> Any:
    """Return a state of PyTorch's with arrays for its tensors."""
    import torch

    if isinstance(item, dict):
        return {key: as_arrays(entry) for key, entry in item.items()}
    if isinstance(item, list):
        return [as_arrays(entry) for entry in item]
    return item.numpy().copy() if isinstance(item, torch.Tensor) else item


def as_tensors(item: Any, key: Any = None) -> Any:
    """Return a state of ours with PyTorch's tensors for arrays and NumPy's numbers."""
    import torch

    if isinstance(item, dict):
        return {name: as_tensors(entry, name) for name, entry in item.items()}
    if isinstance(item, list):
        return [as_tensors(entry) for entry in item]
    return torch.tensor(item) if isinstance(item, np.ndarray | np.generic) or key == "step" else item


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"Adafactor", "Muon"}))
def test_complex_parameters_move_as_torchs(name: str) -> None:
    """Two numbers each; what is remembered is complex too, but for plain numbers."""
    import torch

    from .optimizers import closure_of, float64

    start = np.array([[1.0 + 2.0j, -0.5j], [0.3 - 1.0j, 2.0]])
    ours, theirs = Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    options = OPTIONS.get(name, {})
    with float64():
        mine, other = getattr(optim, name)([ours], **options), getattr(torch.optim, name)([theirs], **options)
        goal = np.array([1.0 - 1.0j, 0.5])
        for _ in range(10):
            mine.step(closure_of(mine, [ours], lambda p: (abs(p[0] - Tensor(goal)) ** 2).sum()))
            other.step(closure_of(other, [theirs], lambda p: (abs(p[0] - torch.tensor(goal)) ** 2).sum()))
            np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=0, atol=1e-10)
    mine.load_state_dict(as_arrays(other.state_dict()))


@pytest.mark.parametrize("norm_type", [2.0, 1.0, float("inf"), 3.0])
@pytest.mark.parametrize("max_norm", [0.5, 1e3])
def test_clipping_is_torchs(norm_type: float, max_norm: float) -> None:
    """R141."""
    import torch

    arrays = [np.random.default_rng(place).normal(size=shape) for place, shape in enumerate([(3, 2), (), (4,)])]
    ours = [Tensor(array, requires_grad=True) for array in arrays]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    for array, one, its in zip(arrays[:-1], ours, theirs, strict=False):
        one.grad, its.grad = Tensor(array * 2), torch.tensor(array * 2)
    mine = optim.clip_grad_norm_(ours, max_norm, norm_type)
    other = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert float(mine) == pytest.approx(float(other), rel=1e-14)
    optim.clip_grad_value_(ours[:1], 0.1)
    torch.nn.utils.clip_grad_value_(theirs[:1], 0.1)
    for one, its in zip(ours[:-1], theirs, strict=False):
        assert one.grad is not None
        np.testing.assert_allclose(one.grad.numpy(), its.grad.numpy(), rtol=1e-13)


@pytest.mark.parametrize("decay", [None, 0.9])
def test_averages_are_torchs(decay: float | None) -> None:
    import torch

    from nn import Linear

    theirs, ours = torch.nn.Linear(3, 2, dtype=torch.float64), Linear(3, 2, dtype="float64")
    swa = torch.optim.swa_utils
    average = optim.AveragedModel(ours, None if decay is None else optim.get_ema_avg_fn(decay))
    other = swa.AveragedModel(theirs, avg_fn=None if decay is None else swa.get_ema_avg_fn(decay))
    rng = np.random.default_rng(3)
    for _ in range(10):
        for one, its in zip(ours.parameters(), theirs.parameters(), strict=True):
            array = rng.normal(size=one.shape)
            one.data, its.data = array, torch.tensor(array)
        average.update_parameters(ours)
        other.update_parameters(theirs)
    for one, its in zip(average.parameters(), other.module.parameters(), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), its.detach().numpy(), rtol=1e-13)
    assert set(average.state_dict()) == set(other.state_dict())
    fresh = optim.AveragedModel(ours)
    fresh.load_state_dict({name: item.numpy() for name, item in other.state_dict().items()})
    assert fresh.n_averaged == 10
