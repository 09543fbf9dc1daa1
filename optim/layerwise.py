"""LARS and LAMB: steps in proportion to the size of what they change, for very large batches.

The *trust ratio* of a parameter is the norm of its value over the norm of its step.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.memory import count, moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_betas, check_not_negative
from optim.penalties import coupled

__all__ = ["LAMB", "LARS"]


def _norm(x: Any) -> Any:
    return np.linalg.norm(np.ravel(x))


class LARS(Optimizer):
    """Momentum with a learning rate for every parameter, from the ratio of its norm to that of its gradient.

    ``r = trust_coefficient * norm(value) / (norm(grad) + weight_decay * norm(value) + eps)``, or 1 where one of the
    norms is zero; ``b = momentum * b + lr * r * (grad + weight_decay * value)``; then ``value - b``. From Y. You,
    I. Gitman and B. Ginsburg, *Large batch training of convolutional networks*, 2017.

    Args:
        params: Parameters or parameter groups; biases best in a group with ``trust_coefficient=0``, which turns the
            ratio off.
        lr: The learning rate.
        momentum: How much of the last step remains.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        trust_coefficient: How far a parameter may move in one step, as a part of its norm.
        eps: Keeps the division finite.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> LARS([x], lr=1.0, trust_coefficient=0.5).step()
    >>> round(x.data, 6)
    1.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-1,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 1e-3,
        eps: float = 1e-8,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust_coefficient": trust_coefficient,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options."""
        check_not_negative(group, "lr", "momentum", "weight_decay", "trust_coefficient", "eps")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        size, slope, decay = _norm(value), _norm(grad), group["weight_decay"]
        trusted = group["trust_coefficient"] and size > 0.0 and slope > 0.0
        ratio = group["trust_coefficient"] * size / (slope + decay * size + group["eps"]) if trusted else 1.0
        step = group["lr"] * ratio * coupled(grad, value, decay)
        state["momentum_buffer"] = group["momentum"] * state.get("momentum_buffer", 0.0) + step
        return value - state["momentum_buffer"]


class LAMB(Optimizer):
    """Adam whose step, with decoupled weight decay, is scaled to the norm of the parameter.

    ``u = m / (sqrt(v) + eps) + weight_decay * value`` with Adam's averages freed of bias, then
    ``value - lr * norm(value) / norm(u) * u``; where one of the norms is zero the ratio is 1. From Y. You et al.,
    *Large batch optimization for deep learning: training BERT in 76 minutes*, 2020.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: How much of the value is part of the step.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> LAMB([x], lr=0.5).step()
    >>> round(x.data, 6)
    1.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        check_not_negative(group, "lr", "eps", "weight_decay")
        check_betas(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        beta1, beta2 = group["betas"]
        number = count(state)
        mean = moving_average(state, "exp_avg", grad, beta1)
        square = moving_average(state, "exp_avg_sq", grad * grad, beta2)
        root = (square / (1.0 - beta2**number)) ** 0.5 + group["eps"]
        step = coupled(mean / (1.0 - beta1**number) / root, value, group["weight_decay"])
        size, length = _norm(value), _norm(step)
        ratio = size / length if size > 0.0 and length > 0.0 else 1.0
        return stepped(value, step, group["lr"] * ratio)
