"""Lion: the sign of a momentum, found by a search over programs."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.memory import moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_betas, check_not_negative
from optim.penalties import decoupled

__all__ = ["Lion"]


class Lion(Optimizer):
    """Every entry moves by ``lr``, up or down: ``value - lr * sign(b1 * m + (1 - b1) * g)``.

    After the step ``m = b2 * m + (1 - b2) * g``. From X. Chen et al., *Symbolic discovery of optimization algorithms*,
    2023, who advise a rate three to ten times smaller, and a weight decay as much larger, than AdamW's.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How much of the momentum counts in the step, and how slowly it forgets.
        weight_decay: Each step first multiplies the value by ``1 - lr * weight_decay``.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Lion([x], lr=0.5).step()
    >>> x.data
    2.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize})

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        check_not_negative(group, "lr", "weight_decay")
        check_betas(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        (beta1, beta2), lr = group["betas"], group["lr"]
        direction = np.sign(beta1 * state.get("exp_avg", 0.0) + (1.0 - beta1) * grad)
        moving_average(state, "exp_avg", grad, beta2)
        return stepped(decoupled(value, lr * group["weight_decay"]), direction, lr)
