"""Schedules that start from almost nothing, as transformers need it."""

import math

from optim.errors import OptimizerError
from optim.optimizer import Optimizer
from optim.options import check_choice, check_count, check_part
from optim.schedules import LRScheduler, cosine

__all__ = ["NoamLR", "WarmupCosineLR", "WarmupStableDecayLR"]


class WarmupCosineLR(LRScheduler):
    """In a straight line from zero to the rate, then down along half a cosine.

    The schedule of most transformers, as A. Radford et al., *Improving language understanding by generative
    pre-training*, 2018, have it.

    Args:
        optimizer: Whose learning rates are set.
        warmup_steps: How many steps up.
        total_steps: How many steps in all; after that the rate stays.
        min_factor: The part of the rate at the end.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = WarmupCosineLR(SGD([Value(1.0)], lr=0.5), warmup_steps=2, total_steps=6)
    >>> rates = []
    >>> for _ in range(7):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> [round(lr, 3) for lr in rates]
    [0.0, 0.25, 0.5, 0.427, 0.25, 0.073, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        min_factor: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= warmup_steps < total_steps:
            raise OptimizerError(
                f"WarmupCosineLR expects 0 <= warmup_steps < total_steps, got {warmup_steps} and {total_steps}"
            )
        check_part("min_factor", min_factor)
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_factor = min_factor
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of this step."""
        done = min(self.last_epoch, self.total_steps) - self.warmup_steps
        if done < 0:
            return self._from_base(self.last_epoch / self.warmup_steps)
        return self._from_base(cosine(1.0, self.min_factor, done, self.total_steps - self.warmup_steps))


class NoamLR(LRScheduler):
    """Up in a straight line, then down as one over the root of the step: the schedule of the first transformer.

    In step ``t``, from 1, the rate is ``lr * d_model**-0.5 * min(t**-0.5, t * warmup_steps**-1.5)``, highest at
    ``t = warmup_steps``; ``lr`` is 1 as a rule. From A. Vaswani et al., *Attention is all you need*, 2017, section 5.3.

    Args:
        optimizer: Whose learning rates are set.
        d_model: The width of the model.
        warmup_steps: How many steps up.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import Adam
    >>> schedule = NoamLR(Adam([Value(1.0)], lr=1.0, betas=(0.9, 0.98), eps=1e-9), d_model=4, warmup_steps=4)
    >>> rates = []
    >>> for _ in range(16):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates[0], rates[3], rates[15]
    (0.0625, 0.25, 0.125)
    """

    def __init__(self, optimizer: Optimizer, d_model: int, warmup_steps: int = 4000, last_epoch: int = -1) -> None:
        check_count("d_model", d_model)
        check_count("warmup_steps", warmup_steps)
        self.d_model = d_model
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of this step."""
        step = self.last_epoch + 1
        return self._from_base(float(self.d_model**-0.5 * min(step**-0.5, step * self.warmup_steps**-1.5)))


class WarmupStableDecayLR(LRScheduler):
    """Up in a straight line, constant for long, and down at the end, whose time need not be known at first.

    From S. Hu et al., *MiniCPM: unveiling the potential of small language models with scalable training strategies*,
    2024; ``"1-sqrt"`` from A. Hägele et al., *Scaling laws and compute-optimal training beyond fixed training
    durations*, 2024.

    Args:
        optimizer: Whose learning rates are set.
        warmup_steps: How many steps up.
        stable_steps: How many steps at the rate.
        decay_steps: How many steps down; after that the rate stays.
        min_factor: The part of the rate at the end.
        decay: How it goes down: ``"linear"``, ``"cos"`` or ``"1-sqrt"``.
        last_epoch: The number of steps done before, -1 for a new run.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> schedule = WarmupStableDecayLR(SGD([Value(1.0)], lr=1.0), warmup_steps=2, stable_steps=2, decay_steps=2)
    >>> rates = []
    >>> for _ in range(7):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        stable_steps: int,
        decay_steps: int,
        min_factor: float = 0.0,
        decay: str = "linear",
        last_epoch: int = -1,
    ) -> None:
        if not (warmup_steps >= 0 and stable_steps >= 0):
            raise OptimizerError(
                f"WarmupStableDecayLR expects 0 steps or more, got {warmup_steps=} and {stable_steps=}"
            )
        check_count("decay_steps", decay_steps)
        check_part("min_factor", min_factor)
        check_choice("decay", decay, "linear", "cos", "1-sqrt")
        self.warmup_steps = warmup_steps
        self.stable_steps = stable_steps
        self.decay_steps = decay_steps
        self.min_factor = min_factor
        self.decay = decay
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the rates of this step."""
        if self.last_epoch < self.warmup_steps:
            return self._from_base(self.last_epoch / self.warmup_steps)
        part = min(1.0, max(0, self.last_epoch - self.warmup_steps - self.stable_steps) / self.decay_steps)
        left = {"linear": 1.0 - part, "cos": (1.0 + math.cos(math.pi * part)) / 2.0, "1-sqrt": 1.0 - part**0.5}
        return self._from_base(self.min_factor + (1.0 - self.min_factor) * left[self.decay])
