"""Schedules: learning rates that change with the steps, spelled as ``torch.optim.lr_scheduler``.

A schedule sets ``group["lr"]`` of every parameter group when it is made and at each of its :meth:`LRScheduler.step`, to
be called after the optimizer's. Most multiply the rate that stands there by a factor, so that several can be chained;
each also knows its *closed form*, the rate at a step computed from the first one.
"""

import copy
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError
from optim.optimizer import Optimizer
from optim.options import check_count, check_part, for_each_group

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]


class LRScheduler:
    """The base of every schedule; subclasses write :meth:`get_lr`.

    Args:
        optimizer: Whose learning rates are set.
        last_epoch: The number of steps done before, -1 for a new run.

    Attributes:
        last_epoch: The number of steps done.
        base_lrs: The rate of every group that the schedule starts from.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / (1 + self.last_epoch) for lr in self.base_lrs]
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = Halving(optimizer)
    >>> schedule.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    _initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(optimizer)
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise OptimizerError(
                    f"a schedule that goes on from step {last_epoch} expects initial_lr in group {number}, got none: "
                    "load the optimizer's state first, or start with last_epoch=-1"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def get_lr(self) -> list[float]:
        """Return the rate of every group at step ``last_epoch``, from the rates that stand there."""
        raise NotImplementedError(f"{type(self).__name__} has no get_lr(): return the rate of every group")

    def closed_form(self) -> list[float]:
        """Return the rate of every group at step ``last_epoch`` from ``base_lrs`` alone, where it can be told."""
        return self.get_lr()

    def step(self) -> None:
        """Set the rates of the next step."""
        self._step_count += 1
        self.last_epoch += 1
        self._assign(self.get_lr())

    def get_last_lr(self) -> list[float]:
        """Return the rate of every group, as last set."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer, as a copy."""
        return {name: copy.deepcopy(item) for name, item in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned, or PyTorch's schedule of the same name.

        Raises:
            OptimizerStateError: Something is missing, or of another schedule. Nothing was changed then.
        """
        self._check_state(state_dict)
        vars(self).update({name: copy.deepcopy(state_dict[name]) for name in vars(self) if name != "optimizer"})

    # For the schedules that are made of others

    def _begin(self) -> None:
        """Take the first step, which sets the rates of step 0."""
        self._step_count, self._initial = 0, True
        self.step()
        del self._initial

    def _restart(self) -> None:
        """Set the rates of step 0 again, when this schedule takes over from another."""
        self.last_epoch = 0
        self._assign(self.closed_form())

    def _rewind(self) -> None:
        """Undo the first step, which came too early."""
        self.last_epoch -= 1

    def _assign(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    def _scaled(self, factor: float) -> list[float]:
        """Return the rates that stand there times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _from_base(self, factor: float) -> list[float]:
        return [lr * factor for lr in self.base_lrs]

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        """Raise unless a saved state has the names that are expected, and besides none but PyTorch's flags."""
        flags = {"_get_lr_called_within_step", "_is_initial", "_step_count", "verbose"}
        found, expected = set(state_dict), vars(self).keys() - {"optimizer"}
        missing, strange = sorted(expected - found), sorted(found - expected - flags)
        if missing or strange:
            raise OptimizerStateError(
                f"the state does not fit {type(self).__name__}: missing {missing}, not expected {strange}"
            )


class _FunctionLR(LRScheduler):
    """What schedules by a function of the user's share."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = for_each_group("lr_lambda", checked(optimizer), lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer; of the functions only the attributes of objects that are called."""
        state = {name: copy.deepcopy(item) for name, item in vars(self).items() if name in plain_names(self)}
        return {**state, "lr_lambdas": [attributes(function) for function in self.lr_lambdas]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self._check_state(state_dict)
        vars(self).update({name: copy.deepcopy(state_dict[name]) for name in plain_names(self)})
        for function, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                vars(function).update(copy.deepcopy(saved))


class LambdaLR(_FunctionLR):
    """The first rate times a function of the step.

    Args:
        optimizer: Whose learning rates are set.
        lr_lambda: The function, or one for each group.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = LambdaLR(SGD([Value(1.0)], lr=0.5), lambda epoch: 0.5**epoch)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list[float]:
        """Return the first rates times the function of the step."""
        return [lr * function(self.last_epoch) for lr, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(_FunctionLR):
    """The last rate times a function of the step.

    Args:
        optimizer: Whose learning rates are set.
        lr_lambda: The function, or one for each group.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = MultiplicativeLR(SGD([Value(1.0)], lr=0.5), lambda epoch: 0.5)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list[float]:
        """Return the rates that stand there times the function of the step."""
        rates = self._scaled(1.0)
        if self._initial:
            return rates
        return [lr * function(self.last_epoch) for lr, function in zip(rates, self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    """Times ``gamma`` every ``step_size`` steps.

    Args:
        optimizer: Whose learning rates are set.
        step_size: After how many steps the rate changes.
        gamma: The factor.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = StepLR(SGD([Value(1.0)], lr=0.5), step_size=2, gamma=0.5)
    >>> for _ in range(2):
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        check_count("step_size", step_size)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there, every ``step_size`` steps times ``gamma``."""
        due = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return self._scaled(self.gamma if due else 1.0)

    def closed_form(self) -> list[float]:
        """Return ``base_lr * gamma ** (t // step_size)``."""
        return self._from_base(self.gamma ** (self.last_epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """Times ``gamma`` at each milestone.

    Args:
        optimizer: Whose learning rates are set.
        milestones: The steps at which the rate changes.
        gamma: The factor.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = MultiStepLR(SGD([Value(1.0)], lr=0.5), milestones=[1, 3], gamma=0.5)
    >>> for _ in range(3):
    ...     schedule.step()
    >>> schedule.get_last_lr()
    [0.125]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there, at a milestone times ``gamma``."""
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def closed_form(self) -> list[float]:
        """Return ``base_lr * gamma ** n`` after ``n`` milestones."""
        return self._from_base(self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch))

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned, also if it went through JSON, whose keys are text."""
        super().load_state_dict(state_dict)
        self.milestones = Counter({int(step): times for step, times in self.milestones.items()})


class ConstantLR(LRScheduler):
    """A part of the rate for the first steps, then all of it.

    Args:
        optimizer: Whose learning rates are set.
        factor: The part.
        total_iters: For how many steps.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = ConstantLR(SGD([Value(1.0)], lr=0.5), factor=0.5, total_iters=1)
    >>> first = schedule.get_last_lr()
    >>> schedule.step()
    >>> first, schedule.get_last_lr()
    ([0.25], [0.5])
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        check_part("factor", factor, above_zero=True)  # the rate comes back by a division
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there, at step 0 times the factor, at ``total_iters`` times its inverse."""
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        return self._scaled(1.0 / self.factor if self.last_epoch == self.total_iters else 1.0)

    def closed_form(self) -> list[float]:
        """Return ``base_lr``, before ``total_iters`` times the factor."""
        return self._from_base(self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor))


class LinearLR(LRScheduler):
    """From one part of the rate to another in a straight line.

    Args:
        optimizer: Whose learning rates are set.
        start_factor: The part at first.
        end_factor: The part from ``total_iters`` on.
        total_iters: How many steps lie between.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = LinearLR(SGD([Value(1.0)], lr=0.5), start_factor=0.5, total_iters=2)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.375]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        check_part("start_factor", start_factor, above_zero=True)
        check_part("end_factor", end_factor)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there times the quotient of two neighbours on the line."""
        epoch, start, rise = self.last_epoch, self.start_factor, self.end_factor - self.start_factor
        if epoch == 0:
            return self._scaled(start)
        if self._initial or epoch > self.total_iters:
            return self._scaled(1.0)
        return self._scaled(1.0 + rise / (self.total_iters * start + (epoch - 1) * rise))

    def closed_form(self) -> list[float]:
        """Return ``base_lr`` times the place on the line."""
        rise = self.end_factor - self.start_factor
        done = min(self.total_iters, self.last_epoch)
        return [lr * (self.start_factor + rise * done / max(1, self.total_iters)) for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Times ``gamma`` at every step.

    Args:
        optimizer: Whose learning rates are set.
        gamma: The factor.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = ExponentialLR(SGD([Value(1.0)], lr=0.5), gamma=0.5)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there times ``gamma``."""
        return self._scaled(1.0 if self._initial else self.gamma)

    def closed_form(self) -> list[float]:
        """Return ``base_lr * gamma ** t``."""
        return self._from_base(self.gamma**self.last_epoch)


class PolynomialLR(LRScheduler):
    """Down to zero in ``total_iters`` steps, as ``(1 - t / total_iters) ** power``.

    Args:
        optimizer: Whose learning rates are set.
        total_iters: After how many steps the rate is zero.
        power: The power; 1 is a straight line.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = PolynomialLR(SGD([Value(1.0)], lr=0.5), total_iters=2)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        check_count("total_iters", total_iters)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there times the quotient of two neighbours on the curve."""
        epoch, total = self.last_epoch, self.total_iters
        if self._initial or epoch > total:
            return self._scaled(1.0)
        return self._scaled(((1.0 - epoch / total) / (1.0 - (epoch - 1) / total)) ** self.power)

    def closed_form(self) -> list[float]:
        """Return ``base_lr * (1 - t / total_iters) ** power``."""
        return self._from_base((1.0 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power)


class CosineAnnealingLR(LRScheduler):
    """Down to ``eta_min`` in ``T_max`` steps along half a cosine, and up again, without end.

    From I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017.

    Args:
        optimizer: Whose learning rates are set.
        T_max: How many steps down.
        eta_min: The lowest rate.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(1.0)], lr=0.5), T_max=2)
    >>> schedule.step()
    >>> [round(lr, 6) for lr in schedule.get_last_lr()]
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        check_count("T_max", T_max)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates that stand there, moved by the quotient of two neighbours on the curve."""
        if self._initial:
            return self._scaled(1.0)
        rates, period, low = self._scaled(1.0), self.T_max, self.eta_min
        if (self.last_epoch - 1 - period) % (2 * period) == 0:  # from the lowest point no quotient leads away
            rise = 1 - math.cos(math.pi / period)
            return [lr + (base - low) * rise / 2 for lr, base in zip(rates, self.base_lrs, strict=True)]
        now, before = (1 + math.cos(math.pi * epoch / period) for epoch in (self.last_epoch, self.last_epoch - 1))
        return [now / before * (lr - low) + low for lr in rates]

    def closed_form(self) -> list[float]:
        """Return ``eta_min + (base_lr - eta_min) * (1 + cos(pi * t / T_max)) / 2``."""
        return [cosine(lr, self.eta_min, self.last_epoch, self.T_max) for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down to ``eta_min`` along half a cosine, then at the first rate again, each time ``T_mult`` times as slowly.

    From I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017.

    Args:
        optimizer: Whose learning rates are set.
        T_0: How many steps until the first restart.
        T_mult: The factor on the number of steps at a restart.
        eta_min: The lowest rate.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = CosineAnnealingWarmRestarts(SGD([Value(1.0)], lr=0.5), T_0=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> [round(lr, 6) for lr in rates]
    [0.5, 0.25, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        check_count("T_0", T_0)
        check_count("T_mult", T_mult)
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates at step ``T_cur`` of ``T_i``."""
        return [cosine(lr, self.eta_min, self.T_cur, self.T_i) for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next step, or of any step, whole or in between.

        Args:
            epoch: Which; ``epoch + batch / batches`` moves the rate within an epoch.
        """
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        self._assign(self.get_lr())

    def _restart(self) -> None:
        self._go_to(0)
        super()._restart()

    def _go_to(self, epoch: float) -> None:
        if epoch < 0:
            raise OptimizerError(f"epoch expects a number of 0 or more, got {epoch}")
        if epoch < self.T_0:
            self.T_cur, self.T_i = epoch, self.T_0
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            rounds = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**rounds - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**rounds


# What several schedules share


def cosine(high: float, low: float, step: float, period: float) -> float:
    """Return the place on half a cosine from ``high`` at step 0 to ``low`` after a period."""
    return low + (high - low) * (1 + math.cos(math.pi * step / period)) / 2


def checked(optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise OptimizerTypeError(f"a schedule expects an optimizer, got {type(optimizer).__name__}")
    return optimizer


def plain_names(scheduler: LRScheduler) -> list[str]:
    """Return the names of what is no function."""
    return [name for name in vars(scheduler) if name not in {"optimizer", "lr_lambdas", "_scale_fn_custom"}]


def attributes(function: Any) -> dict[str, Any] | None:
    """Return a copy of the attributes of an object that is called; ``None`` for a function, which has none to save."""
    return None if function is None or isinstance(function, FunctionType) else copy.deepcopy(vars(function))
