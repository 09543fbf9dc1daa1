"""Schedules that go up and down, and take the momentum along."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optim.errors import OptimizerError
from optim.optimizer import Group, Optimizer
from optim.options import check_choice, check_count, check_part, for_each_group
from optim.schedules import LRScheduler, attributes, checked, plain_names

__all__ = ["CyclicLR", "OneCycleLR"]


class CyclicLR(LRScheduler):
    """Up and down between two rates in straight lines, and the momentum the other way.

    From L. Smith, *Cyclical learning rates for training neural networks*, 2017.

    Args:
        optimizer: Whose learning rates, and ``momentum`` or ``betas[0]``, are set.
        base_lr: The lowest rate, or one for each group.
        max_lr: The highest, likewise.
        step_size_up: How many steps up.
        step_size_down: How many steps down; as many when left out.
        mode: ``"triangular"``, always of the same height; ``"triangular2"``, each of half the last one's;
            ``"exp_range"``, of ``gamma ** t`` of it.
        gamma: That number.
        scale_fn: A function of one's own in place of ``mode``, to multiply the height by.
        scale_mode: Whether it is of the ``"cycle"``, from 1, or of the ``"iterations"``.
        cycle_momentum: Whether the momentum is set.
        base_momentum: The lowest momentum, at the highest rate.
        max_momentum: The highest, at the lowest rate.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5, momentum=0.9)
    >>> schedule = CyclicLR(optimizer, base_lr=0.25, max_lr=0.75, step_size_up=2)
    >>> schedule.step()
    >>> schedule.get_last_lr(), round(optimizer.param_groups[0]["momentum"], 6)
    ([0.5], 0.85)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        lowest = for_each_group("base_lr", checked(optimizer), base_lr)
        self.max_lrs = for_each_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if scale_fn is None:
            check_choice("mode", mode, "triangular", "triangular2", "exp_range")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else ("iterations" if mode == "exp_range" else "cycle")
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = _has_betas(optimizer)
            self.base_momentums = for_each_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = for_each_group("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, lowest, strict=True):
                group["lr"] = lr
            if cycle_momentum:
                _start_momentum(optimizer, self.use_beta1, self.base_momentums, self.max_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def scale_fn(self, x: float) -> float:
        """Return by how much the height of a cycle or step is less than at first."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return float(1 / 2.0 ** (x - 1)) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list[float]:
        """Return the rates of this step, and set the momenta."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        place = 1.0 + self.last_epoch / self.total_size - cycle
        rising = place <= self.step_ratio
        height = place / self.step_ratio if rising else (place - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in bounds:
                _set_momentum(group, high - (high - low) * height * scale, self.use_beta1)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer; of ``scale_fn`` only the attributes of an object that is called."""
        state = {name: copy.deepcopy(item) for name, item in vars(self).items() if name in plain_names(self)}
        return {**state, "_scale_fn_custom": attributes(self._scale_fn_custom)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self._check_state(state_dict)
        vars(self).update({name: copy.deepcopy(state_dict[name]) for name in plain_names(self)})
        if state_dict["_scale_fn_custom"] is not None:
            vars(self._scale_fn_custom).update(copy.deepcopy(state_dict["_scale_fn_custom"]))


class OneCycleLR(LRScheduler):
    """Once up to a high rate and down to almost nothing, and the momentum the other way.

    From L. Smith and N. Topin, *Super-convergence: very fast training of neural networks using large learning rates*,
    2018.

    Args:
        optimizer: Whose learning rates, and ``momentum`` or ``betas[0]``, are set.
        max_lr: The highest rate, or one for each group.
        total_steps: How many steps in all; or else
        epochs: how many epochs, and
        steps_per_epoch: how many steps in each.
        pct_start: The part of the steps that goes up.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        cycle_momentum: Whether the momentum is set.
        base_momentum: The lowest momentum, at the highest rate.
        max_momentum: The highest.
        div_factor: The first rate is ``max_lr / div_factor``.
        final_div_factor: The last is the first over this.
        three_phase: Whether to go down as fast as up, and then slowly to the end.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = OneCycleLR(SGD([Value(1.0)], momentum=0.9), max_lr=0.5, total_steps=10, anneal_strategy="linear")
    >>> for _ in range(2):
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is not None:
            check_count("total_steps", total_steps)
        elif epochs is not None and steps_per_epoch is not None:
            check_count("epochs", epochs)
            check_count("steps_per_epoch", steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        else:
            raise OptimizerError("OneCycleLR expects total_steps, or epochs and steps_per_epoch, got neither")
        check_part("pct_start", pct_start)
        check_choice("anneal_strategy", anneal_strategy, "cos", "linear")
        highest = for_each_group("max_lr", checked(optimizer), max_lr)
        self.total_steps = total_steps
        self._schedule_phases = _phases(total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = _has_betas(optimizer)
            low = for_each_group("base_momentum", optimizer, base_momentum)
            high = for_each_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                _start_momentum(optimizer, self.use_beta1, low, high)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, highest, strict=True):
                group["initial_lr"], group["max_lr"] = lr / div_factor, lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of this step, and set the momenta."""
        if self.last_epoch > self.total_steps:
            raise OptimizerError(
                f"OneCycleLR expects {self.total_steps} steps at most, got step {self.last_epoch}: give it more"
            )
        phase, start = self._phase()
        length = phase["end_step"] - start
        part = (self.last_epoch - start) / length if length else 1.0
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                first, last = group[phase["start_momentum"]], group[phase["end_momentum"]]
                _set_momentum(group, self._between(first, last, part), self.use_beta1)
        return rates

    def _phase(self) -> tuple[dict[str, Any], float]:
        """Return the phase of this step, and where it started."""
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if self.last_epoch <= phase["end_step"]:
                return phase, start
            start = phase["end_step"]
        return self._schedule_phases[-1], start

    def _between(self, first: float, last: float, part: float) -> float:
        if self._anneal_func_type == "linear":
            return (last - first) * part + first
        return last + (first - last) / 2.0 * (math.cos(math.pi * part) + 1)


def _phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """Return where each phase of one cycle ends, and between which rates and momenta it goes."""

    def phase(end: float, lr: str, to_lr: str, momentum: str, to_momentum: str) -> dict[str, Any]:
        return {
            "end_step": end,
            "start_lr": lr,
            "end_lr": to_lr,
            "start_momentum": momentum,
            "end_momentum": to_momentum,
        }

    top, end = float(pct_start * total_steps) - 1, total_steps - 1
    up = phase(top, "initial_lr", "max_lr", "max_momentum", "base_momentum")
    if not three_phase:
        return [up, phase(end, "max_lr", "min_lr", "base_momentum", "max_momentum")]
    bottom = float(2 * pct_start * total_steps) - 2
    down = phase(bottom, "max_lr", "initial_lr", "base_momentum", "max_momentum")
    return [up, down, phase(end, "initial_lr", "min_lr", "max_momentum", "max_momentum")]


def _has_betas(optimizer: Optimizer) -> bool:
    """Tell whether the optimizer's momentum is ``betas[0]``."""
    if not {"momentum", "betas"} & set(optimizer.defaults):
        raise OptimizerError(
            f"cycle_momentum expects an optimizer with momentum or betas, got {type(optimizer).__name__}: "
            "pass cycle_momentum=False"
        )
    return "betas" in optimizer.defaults


def _set_momentum(group: Group, momentum: float, use_beta1: bool) -> None:
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def _start_momentum(optimizer: Optimizer, use_beta1: bool, low: Sequence[float], high: Sequence[float]) -> None:
    for group, lowest, highest in zip(optimizer.param_groups, low, high, strict=True):
        _set_momentum(group, highest, use_beta1)
        group["base_momentum"], group["max_momentum"] = lowest, highest
