"""A schedule that looks at how training goes."""

import math
from collections.abc import Sequence
from typing import Any

from optim.errors import OptimizerError
from optim.optimizer import Optimizer
from optim.options import check_choice, for_each_group
from optim.schedules import LRScheduler, checked

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """Times ``factor`` when a number, such as the loss on held-out data, has not got better for a while.

    Args:
        optimizer: Whose learning rates are set.
        mode: Whether better is ``"min"``, less, or ``"max"``, more.
        factor: The factor, less than 1.
        patience: For how many steps in a row it may not get better.
        threshold: By how much it must get better to count.
        threshold_mode: Whether that is a part of the best, ``"rel"``, or a difference, ``"abs"``.
        cooldown: For how many steps after a change nothing is counted.
        min_lr: The lowest rate, or one for each group.
        eps: The smallest change that is made.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = ReduceLROnPlateau(SGD([Value(1.0)], lr=0.5), factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if not factor < 1.0:
            raise OptimizerError(f"factor expects a number below 1, got {factor}")
        check_choice("mode", mode, "min", "max")
        check_choice("threshold_mode", threshold_mode, "rel", "abs")
        self.optimizer = checked(optimizer)
        self.factor = factor
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = for_each_group("min_lr", optimizer, min_lr)
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Look at the number, and set the rates.

        Args:
            metrics: The number: a float, a value or a tensor of one element.
        """
        found = float(metrics)
        self.last_epoch += 1
        better = self.is_better(found)
        self.best = found if better else self.best
        self.num_bad_epochs = 0 if better else self.num_bad_epochs + 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def is_better(self, found: float) -> bool:
        """Tell whether a number is better than the best so far by more than the threshold."""
        part = self.threshold if self.threshold_mode == "rel" else 0.0
        difference = self.threshold if self.threshold_mode == "abs" else 0.0
        if self.mode == "min":
            return found < self.best * (1.0 - part) - difference
        return found > self.best * (1.0 + part) + difference

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise OptimizerError(
                    f"ReduceLROnPlateau expects one of its min_lrs for each of {len(groups)} groups, got "
                    f"{len(self.min_lrs)}: groups were added since; set min_lrs anew"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, lowest in zip(groups, self.min_lrs, strict=True):
            rate = max(group["lr"] * self.factor, lowest)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate
