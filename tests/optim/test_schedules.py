"""Schedules: the curves, how they go on from a saved state, and what they refuse; PyTorch's are in tests/parity."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import optim
from autograd import Value
from optim import SGD, Adam, OptimizerError, OptimizerStateError, OptimizerTypeError


def optimizer(lr: float = 0.5) -> SGD:
    return SGD([Value(1.0)], lr=lr, momentum=0.9)


def rates(schedule: Any, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found += schedule.get_last_lr()
        schedule.step()
    return found


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "LambdaLR": lambda o: optim.LambdaLR(o, lambda epoch: 0.9**epoch),
    "MultiplicativeLR": lambda o: optim.MultiplicativeLR(o, lambda epoch: 0.9),
    "StepLR": lambda o: optim.StepLR(o, 3),
    "MultiStepLR": lambda o: optim.MultiStepLR(o, [2, 5]),
    "ConstantLR": optim.ConstantLR,
    "LinearLR": lambda o: optim.LinearLR(o, 0.2, total_iters=9),
    "ExponentialLR": lambda o: optim.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: optim.PolynomialLR(o, 12, 2.0),
    "CosineAnnealingLR": lambda o: optim.CosineAnnealingLR(o, 8, 0.01),
    "CosineAnnealingWarmRestarts": lambda o: optim.CosineAnnealingWarmRestarts(o, 3, 2),
    "CyclicLR": lambda o: optim.CyclicLR(o, 0.1, 0.9, 3),
    "OneCycleLR": lambda o: optim.OneCycleLR(o, 0.9, 30),
    "ChainedScheduler": lambda o: optim.ChainedScheduler([optim.ExponentialLR(o, 0.9), optim.StepLR(o, 4)]),
    "SequentialLR": lambda o: optim.SequentialLR(o, [optim.LinearLR(o), optim.ExponentialLR(o, 0.9)], [5]),
    "SWALR": lambda o: optim.SWALR(o, 0.05, 7),
    "WarmupCosineLR": lambda o: optim.WarmupCosineLR(o, 4, 15, 0.1),
    "NoamLR": lambda o: optim.NoamLR(o, 16, 5),
    "WarmupStableDecayLR": lambda o: optim.WarmupStableDecayLR(o, 3, 4, 5, decay="1-sqrt"),
}
every_schedule = pytest.mark.parametrize("name", SCHEDULES)


@every_schedule
def test_saved_and_continued_is_the_same(name: str) -> None:
    """R143: optimizer and schedule saved together."""
    whole = rates(SCHEDULES[name](optimizer()), 20)
    first = optimizer()
    schedule = SCHEDULES[name](first)
    start = rates(schedule, 8)
    second = optimizer()
    again = SCHEDULES[name](second)
    second.load_state_dict(first.state_dict())
    again.load_state_dict(schedule.state_dict())
    assert start + rates(again, 12) == whole


@every_schedule
def test_a_saved_state_does_not_follow_and_is_plain(name: str) -> None:
    schedule = SCHEDULES[name](optimizer())
    saved = schedule.state_dict()
    text = json.dumps(saved)
    rates(schedule, 5)
    assert json.dumps(saved) == text


@pytest.mark.parametrize(
    "name",
    [
        "StepLR",
        "MultiStepLR",
        "ConstantLR",
        "LinearLR",
        "ExponentialLR",
        "PolynomialLR",
        "CosineAnnealingLR",
        "LambdaLR",
    ],
)
def test_the_closed_form_is_the_same_curve(name: str) -> None:
    schedule = SCHEDULES[name](optimizer())
    for _ in range(30):
        assert schedule.get_last_lr() == pytest.approx(schedule.closed_form(), rel=1e-12, abs=1e-15)
        schedule.step()


def test_milestones_survive_json() -> None:
    schedule, fresh = optim.MultiStepLR(optimizer(), [2, 5]), optim.MultiStepLR(optimizer(), [])
    fresh.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    assert fresh.milestones == schedule.milestones


def test_a_chain_multiplies_and_a_sequence_of_sequences_goes_on() -> None:
    mine = optimizer(1.0)
    inner = optim.SequentialLR(mine, [optim.ConstantLR(mine, 0.5, 99), optim.ExponentialLR(mine, 0.5)], [2])
    outer = optim.SequentialLR(mine, [optim.ConstantLR(mine, 0.1, 99), inner], [3])
    assert rates(outer, 7) == [0.1, 0.1, 0.1, 0.5, 0.5, 1.0, 0.5]


def test_a_sequence_may_start_with_a_chain() -> None:
    """PyTorch takes the first step of every schedule of the chain twice there."""
    mine = optimizer(1.0)
    chain = optim.ChainedScheduler([optim.ConstantLR(mine, 0.5, 99), optim.ExponentialLR(mine, 0.5)])
    assert rates(optim.SequentialLR(mine, [chain, optim.ExponentialLR(mine, 0.1)], [2]), 4) == [0.5, 0.25, 1.0, 0.1]


def test_two_groups_keep_their_proportion() -> None:
    mine = SGD([{"params": [Value(1.0)], "lr": 0.1}, {"params": [Value(1.0)], "lr": 0.4}])
    schedule = optim.WarmupCosineLR(mine, 2, 6)
    for _ in range(6):
        first, second = schedule.get_last_lr()
        assert second == pytest.approx(4 * first)
        schedule.step()


def test_warm_up_and_cosine() -> None:
    found = rates(optim.WarmupCosineLR(optimizer(1.0), 4, 12, 0.2), 14)
    assert found[:5] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found[8] == pytest.approx(0.6)
    assert found[12:] == pytest.approx([0.2, 0.2])


def test_noam_is_the_formula_of_the_paper() -> None:
    found = rates(optim.NoamLR(Adam([Value(1.0)], lr=1.0), d_model=512, warmup_steps=10), 40)
    expected = [512**-0.5 * min(t**-0.5, t * 10**-1.5) for t in range(1, 41)]
    assert found == pytest.approx(expected)
    assert max(found) == found[9]


@pytest.mark.parametrize(("decay", "middle"), [("linear", 0.5), ("cos", 0.5), ("1-sqrt", 1.0 - math.sqrt(0.5))])
def test_warm_up_stable_decay(decay: str, middle: float) -> None:
    found = rates(optim.WarmupStableDecayLR(optimizer(1.0), 2, 3, 4, decay=decay), 11)
    assert found[:6] == [0.0, 0.5, 1.0, 1.0, 1.0, 1.0]
    assert found[7] == pytest.approx(middle)
    assert found[9:] == pytest.approx([0.0, 0.0])


def test_warm_restarts_go_to_any_step() -> None:
    mine = optimizer()
    schedule = optim.CosineAnnealingWarmRestarts(mine, 4, 2)
    whole = rates(optim.CosineAnnealingWarmRestarts(optimizer(), 4, 2), 20)
    for epoch in (0, 3, 5, 13):
        schedule.step(epoch)
        assert schedule.get_last_lr() == pytest.approx([whole[epoch]])
    schedule.step(2.5)
    assert whole[2] > schedule.get_last_lr()[0] > whole[3]
    with pytest.raises(OptimizerError, match="epoch expects"):
        schedule.step(-1)


def test_a_plateau_is_seen_in_values_and_cools_down() -> None:
    mine = optimizer(1.0)
    schedule = optim.ReduceLROnPlateau(mine, factor=0.5, patience=1, cooldown=2, min_lr=0.2)
    found = []
    for _ in range(14):
        schedule.step(Value(1.0))
        found += schedule.get_last_lr()
    assert found == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]
    fresh = optim.ReduceLROnPlateau(optimizer())
    fresh.load_state_dict(schedule.state_dict())
    assert fresh.best == 1.0


def test_a_schedule_resumed_by_last_epoch_needs_the_first_rates() -> None:
    with pytest.raises(OptimizerError, match="initial_lr"):
        optim.ExponentialLR(optimizer(), 0.5, last_epoch=3)
    mine = optimizer(1.0)
    rates(optim.StepLR(mine, 2, 0.5), 3)
    assert rates(optim.StepLR(mine, 2, 0.5, last_epoch=mine.param_groups[0].get("at", 2)), 3) == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.StepLR(Value(1.0), 3), OptimizerTypeError, "expects an optimizer"),
        (lambda: optim.StepLR(optimizer(), 0), OptimizerError, "step_size expects"),
        (lambda: optim.LambdaLR(optimizer(), [abs, abs]), OptimizerError, "lr_lambda expects"),
        (lambda: optim.ConstantLR(optimizer(), factor=0.0), OptimizerError, "factor expects"),
        (lambda: optim.LinearLR(optimizer(), start_factor=1.5), OptimizerError, "start_factor expects"),
        (lambda: optim.CosineAnnealingWarmRestarts(optimizer(), 2.5), OptimizerError, "T_0 expects"),
        (lambda: optim.CyclicLR(optimizer(), 0.1, [1, 2]), OptimizerError, "max_lr expects"),
        (lambda: optim.CyclicLR(optimizer(), 0.1, 1, mode="square"), OptimizerError, "mode expects"),
        (lambda: optim.CyclicLR(optim.Adagrad([Value(1.0)]), 0.1, 1), OptimizerError, "cycle_momentum"),
        (lambda: optim.OneCycleLR(optimizer(), 1.0), OptimizerError, "total_steps"),
        (lambda: optim.OneCycleLR(optimizer(), 1.0, 10, anneal_strategy="up"), OptimizerError, "anneal_strategy"),
        (lambda: optim.ReduceLROnPlateau(optimizer(), "least"), OptimizerError, "mode expects"),
        (lambda: optim.ReduceLROnPlateau(optimizer(), factor=1.0), OptimizerError, "below 1"),
        (lambda: optim.ChainedScheduler([]), OptimizerError, "at least one"),
        (
            lambda: optim.ChainedScheduler([optim.StepLR(optimizer(), 1), optim.StepLR(optimizer(), 1)]),
            OptimizerError,
            "one optimizer",
        ),
        (lambda: optim.ChainedScheduler([optim.ReduceLROnPlateau(optimizer())]), OptimizerError, "yourself"),
        (lambda: optim.SequentialLR(o := optimizer(), [optim.StepLR(o, 1)], [3]), OptimizerError, "milestone"),
        (lambda: optim.WarmupCosineLR(optimizer(), 5, 5), OptimizerError, "warmup_steps"),
        (lambda: optim.WarmupStableDecayLR(optimizer(), 5, 5, 5, decay="no"), OptimizerError, "decay expects"),
        (lambda: optim.NoamLR(optimizer(), 0), OptimizerError, "d_model expects"),
    ],
)
def test_refuses_what_cannot_be_meant(make: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_refused_schedule_changes_nothing() -> None:
    mine = optimizer()
    before = json.dumps(mine.state_dict())
    for make in (
        lambda: optim.OneCycleLR(mine, 1.0, 10, max_momentum=[1.0, 2.0]),
        lambda: optim.CyclicLR(mine, 0.1, 1.0, base_momentum=[1.0, 2.0]),
        lambda: optim.SWALR(mine, [0.1, 0.2]),
    ):
        with pytest.raises(OptimizerError):
            make()
    assert json.dumps(mine.state_dict()) == before


def test_the_state_of_another_schedule_is_refused() -> None:
    schedule = optim.StepLR(optimizer(), 3)
    with pytest.raises(
        OptimizerStateError, match=r"missing \['gamma', 'step_size'\], not expected \['T_max', 'eta_min'\]"
    ):
        schedule.load_state_dict(optim.CosineAnnealingLR(optimizer(), 3).state_dict())
    assert schedule.step_size == 3


def test_a_chain_loads_all_of_its_states_or_none() -> None:
    mine, other = optimizer(), optimizer()
    chain = optim.ChainedScheduler([optim.StepLR(mine, 3), optim.StepLR(mine, 4)])
    saved = optim.ChainedScheduler([optim.StepLR(other, 5), optim.ExponentialLR(other, 0.5)]).state_dict()
    with pytest.raises(OptimizerStateError, match=r"missing \['step_size'\]"):
        chain.load_state_dict(saved)
    with pytest.raises(OptimizerStateError, match="2 schedules, got 1"):
        chain.load_state_dict({**saved, "_schedulers": saved["_schedulers"][:1]})
    assert chain.state_dict()["_schedulers"][0]["step_size"] == 3


def test_too_many_steps_of_one_cycle_are_an_error() -> None:
    schedule = optim.OneCycleLR(optimizer(), 1.0, 3)
    with pytest.raises(OptimizerError, match="3 steps at most"):
        rates(schedule, 5)
    assert np.isfinite(schedule.get_last_lr()[0])
