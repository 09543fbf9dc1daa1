"""Averages of the values that training passes through: EMA and SWA, spelled as ``torch.optim.swa_utils``.

A *model* is anything with ``parameters()``, ``buffers()`` and ``state_dict()``, or a list of parameters; this file
knows no network.
"""

import copy
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from optim.errors import OptimizerError
from optim.optimizer import Optimizer, raw
from optim.options import check_choice, for_each_group
from optim.schedules import LRScheduler, checked

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_swa_avg_fn", "update_bn"]

AverageFunction = Callable[[Any, Any, int], Any]


def get_ema_avg_fn(decay: float = 0.999) -> AverageFunction:
    """Return the exponential moving average: ``decay`` of the old one, the rest of the new value.

    From D. Ruppert, *Efficient estimations from a slowly convergent Robbins-Monro process*, 1988; for networks
    A. Tarvainen and H. Valpola, *Mean teachers are better role models*, 2017.

    >>> get_ema_avg_fn(0.75)(1.0, 2.0, 5)
    1.25
    """
    if not 0.0 <= decay <= 1.0:
        raise OptimizerError(f"decay expects a number from 0 to 1, got {decay}")
    return lambda average, value, count: decay * average + (1.0 - decay) * value


def get_swa_avg_fn() -> AverageFunction:
    """Return the plain mean of all values so far.

    From P. Izmailov et al., *Averaging weights leads to wider optima and better generalization*, 2018.

    >>> get_swa_avg_fn()(1.0, 4.0, 2)
    2.0
    """
    return lambda average, value, count: average + (value - average) / (count + 1)


class AveragedModel:
    """A copy of a model whose parameters are averages of the model's.

    Args:
        model: A model, or a list of parameters.
        avg_fn: ``(average, value, count) -> average``; the mean of all values when left out.
        use_buffers: Whether buffers are averaged too, not copied.

    Attributes:
        module: The copy.
        n_averaged: How many times values were taken.

    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> average = AveragedModel([x], avg_fn=get_ema_avg_fn(0.75))
    >>> for number in (1.0, 2.0):
    ...     x.data = number
    ...     average.update_parameters([x])
    >>> average.module[0].data
    1.25
    """

    def __init__(self, model: Any, avg_fn: AverageFunction | None = None, use_buffers: bool = False) -> None:
        self.module: Any = copy.deepcopy(list(model) if _is_list(model) else model)
        self.avg_fn = get_swa_avg_fn() if avg_fn is None else avg_fn
        self.use_buffers = use_buffers
        self.n_averaged = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the copy."""
        return self.module(*args, **kwargs)

    def parameters(self) -> list[Any]:
        """Return the averaged parameters."""
        return _parameters(self.module)

    def update_parameters(self, model: Any) -> None:
        """Take the values of the model into the average; the first time they are copied.

        Raises:
            OptimizerError: The model is another one: its parameters have other shapes. Nothing was changed then.
        """
        pairs = list(zip(_parameters(self.module), _parameters(model), strict=True))
        buffers = list(zip(_buffers(self.module), _buffers(model), strict=True))
        for average, value in pairs:
            if raw(average).shape != raw(value).shape:
                raise OptimizerError(
                    f"an average expects the model that it is of, got a parameter of shape {raw(value).shape} for one "
                    f"of {raw(average).shape}"
                )
        averaged = pairs + (buffers if self.use_buffers else [])
        for average, value in averaged:
            first = self.n_averaged == 0
            average.data = raw(value) if first else self.avg_fn(raw(average), raw(value), self.n_averaged)
        if not self.use_buffers:
            for average, value in buffers:
                average.data = raw(value)
        self.n_averaged += 1

    def state_dict(self) -> dict[str, Any]:
        """Return ``n_averaged`` and the copy's state under names that start with ``module.``, as PyTorch does."""
        state = (
            {str(place): np.array(raw(parameter)) for place, parameter in enumerate(self.module)}
            if _is_list(self.module)
            else self.module.state_dict()
        )
        return {"n_averaged": self.n_averaged, **{f"module.{name}": item for name, item in state.items()}}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        state = {name.removeprefix("module."): item for name, item in state_dict.items() if name.startswith("module.")}
        if "n_averaged" not in state_dict or (_is_list(self.module) and len(state) != len(self.module)):
            raise OptimizerError("expected n_averaged and an entry module.NAME for each parameter: see state_dict()")
        if _is_list(self.module):
            for place, parameter in enumerate(self.module):
                parameter.data = state[str(place)]
        else:
            self.module.load_state_dict(state)
        self.n_averaged = int(np.asarray(state_dict["n_averaged"]))


class SWALR(LRScheduler):
    """From the rate that stands there to a constant one, for the time in which values are averaged.

    Args:
        optimizer: Whose learning rates are set.
        swa_lr: The rate to go to, or one for each group.
        anneal_epochs: In how many steps.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = SWALR(SGD([Value(1.0)], lr=0.5), swa_lr=0.25, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.5, 0.375, 0.25, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        check_choice("anneal_strategy", anneal_strategy, "cos", "linear")
        if anneal_epochs < 0:
            raise OptimizerError(f"anneal_epochs expects an integer of 0 or more, got {anneal_epochs}")
        for group, rate in zip(
            optimizer.param_groups, for_each_group("swa_lr", checked(optimizer), swa_lr), strict=True
        ):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of this step: those that stand there, freed of their last part of the goal, mixed anew."""
        step = self._step_count - 1
        step = max(1, step) if self.anneal_epochs == 0 else step
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group in self.optimizer.param_groups:
            goal = group["swa_lr"]
            start = goal if before == 1 else (group["lr"] - before * goal) / (1 - before)
            rates.append(goal * now + start * (1 - now))
        return rates

    def _part(self, step: int) -> float:
        """Return how much of the goal is in the rate at a step."""
        done = max(0, min(1, step / max(1, self.anneal_epochs)))
        return done if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * done)) / 2


@runtime_checkable
class _Normalization(Protocol):
    """A layer that remembers the statistics of its inputs."""

    momentum: float | None

    def reset_running_stats(self) -> None: ...


def update_bn(loader: Iterable[Any], model: Any) -> None:
    """Compute the statistics of all batch normalizations anew, in one pass over the data.

    An averaged model needs it: the statistics of its layers are those of other weights.

    Args:
        loader: Batches; of a tuple or list the first item is the input.
        model: The model, or an :class:`AveragedModel`.
    """
    module: Any = model.module if isinstance(model, AveragedModel) else model
    layers = [layer for layer in module.modules() if isinstance(layer, _Normalization)]
    if not layers:
        return
    momenta, was_training = [layer.momentum for layer in layers], module.training
    module.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean over all batches
    for batch in loader:
        module(batch[0] if isinstance(batch, list | tuple) else batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    module.train(was_training)


def _is_list(model: Any) -> bool:
    return isinstance(model, list | tuple)


def _parameters(model: Any) -> list[Any]:
    return list(model) if _is_list(model) else list(model.parameters())


def _buffers(model: Any) -> list[Any]:
    return [] if _is_list(model) else list(model.buffers())
