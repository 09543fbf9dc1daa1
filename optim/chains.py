"""Schedules made of others: one after the other in every step, or in turn."""

import copy
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError
from optim.optimizer import Optimizer
from optim.plateau import ReduceLROnPlateau
from optim.schedules import LRScheduler, checked

__all__ = ["ChainedScheduler", "SequentialLR"]


class ChainedScheduler(LRScheduler):
    """Several schedules, each step one after the other: their factors multiply.

    Args:
        schedulers: The schedules, all of one optimizer.
        optimizer: That optimizer.

    >>> from autograd import Value
    >>> from optim import SGD, ConstantLR, ExponentialLR, StepLR
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = ChainedScheduler([ExponentialLR(optimizer, 0.5), StepLR(optimizer, 1, 0.5)])
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        _check_schedulers(schedulers, optimizer)
        self._schedulers = list(schedulers)
        self.optimizer = self._schedulers[0].optimizer
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Set the rates of the next step."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return the states of all schedules."""
        return _composite_state(self, self._schedulers)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self._check_state(state_dict)
        _load_composite(self, self._schedulers, state_dict)

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        super()._check_state(state_dict)
        _check_parts(self._schedulers, state_dict["_schedulers"])

    def _begin(self) -> None:
        for scheduler in self._schedulers:
            scheduler._begin()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _restart(self) -> None:
        for scheduler in self._schedulers:
            scheduler._restart()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _rewind(self) -> None:
        for scheduler in self._schedulers:
            scheduler._rewind()


class SequentialLR(LRScheduler):
    """Several schedules, one after the other; each starts anew at its milestone.

    Args:
        optimizer: Whose learning rates are set.
        schedulers: The schedules, all of this optimizer.
        milestones: The step at which each but the first takes over.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD, ConstantLR, ExponentialLR, StepLR
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> parts = [ConstantLR(optimizer, factor=0.5, total_iters=9), ExponentialLR(optimizer, 0.5)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.25, 0.25, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        _check_schedulers(schedulers, checked(optimizer))
        if len(milestones) != len(schedulers) - 1:
            raise OptimizerError(
                f"SequentialLR expects a milestone between every two schedules, got {len(milestones)} for "
                f"{len(schedulers)} schedules"
            )
        self.optimizer = optimizer
        self._schedulers = list(schedulers)
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self._rewind()
        self._begin()

    def step(self) -> None:
        """Set the rates of the next step."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            self._schedulers[turn]._restart()
        else:
            self._schedulers[turn].step()
        self._last_lr = self._schedulers[turn].get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """Return the step, and the states of all schedules."""
        return _composite_state(self, self._schedulers)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self._check_state(state_dict)
        _load_composite(self, self._schedulers, state_dict)

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        super()._check_state(state_dict)
        _check_parts(self._schedulers, state_dict["_schedulers"])

    def _begin(self) -> None:
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def _restart(self) -> None:
        self.last_epoch = 0
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._restart()
        self._last_lr = first.get_last_lr()

    def _rewind(self) -> None:
        for scheduler in self._schedulers:
            scheduler._rewind()


def _check_schedulers(schedulers: Sequence[Any], optimizer: Optimizer | None) -> None:
    if not schedulers:
        raise OptimizerError("a schedule made of others expects at least one, got none")
    for place, scheduler in enumerate(schedulers):
        if not isinstance(scheduler, LRScheduler):
            raise OptimizerTypeError(f"expected a schedule at place {place}, got {type(scheduler).__name__}")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise OptimizerError(f"ReduceLROnPlateau, at place {place}, needs a number at every step: step it yourself")
        if scheduler.optimizer is not (optimizer or schedulers[0].optimizer):
            raise OptimizerError(f"expected schedules of one optimizer, got one of another at place {place}")


def _check_parts(parts: Sequence[LRScheduler], states: Sequence[Mapping[str, Any]]) -> None:
    """Raise unless every saved state fits its schedule; before any of them is changed."""
    if len(states) != len(parts):
        raise OptimizerStateError(f"expected the states of {len(parts)} schedules, got {len(states)}")
    for part, state in zip(parts, states, strict=True):
        part._check_state(state)


def _composite_state(scheduler: LRScheduler, parts: Sequence[LRScheduler]) -> dict[str, Any]:
    own = {name: item for name, item in vars(scheduler).items() if name not in {"optimizer", "_schedulers"}}
    return {**copy.deepcopy(own), "_schedulers": [part.state_dict() for part in parts]}


def _load_composite(scheduler: LRScheduler, parts: Sequence[LRScheduler], state: Mapping[str, Any]) -> None:
    for part, saved in zip(parts, state["_schedulers"], strict=True):
        part.load_state_dict(saved)
    own = [name for name in vars(scheduler) if name not in {"optimizer", "_schedulers"}]
    vars(scheduler).update({name: copy.deepcopy(state[name]) for name in own})
