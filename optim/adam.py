"""Adam and AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019)."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.optimizer import Group, Optimizer, State
from optim.options import check_betas, check_not_negative

__all__ = ["Adam", "AdamW"]


def _adam_step(grad: Any, state: State, group: Group) -> Any:
    """Return how far to go: the average gradient over the root of the average square, without bias."""
    beta1, beta2 = group["betas"]
    count = state["step"] = state.get("step", 0) + 1
    mean = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1.0 - beta1) * grad
    square = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0.0) + (1.0 - beta2) * grad * grad
    if group["amsgrad"]:
        square = state["max_exp_avg_sq"] = _larger(state.get("max_exp_avg_sq", 0.0), square)
    root = square**0.5 / (1.0 - beta2**count) ** 0.5
    return (group["lr"] / (1.0 - beta1**count)) * mean / (root + group["eps"])


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(a, b) if isinstance(b, np.ndarray) else max(a, b)


class Adam(Optimizer):
    """Adam, as ``torch.optim.Adam``: every entry moves at a rate of its own.

    ``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g**2``, and with ``m`` and ``v`` freed of the bias
    of their start at zero, ``value - lr * m / (sqrt(v) + eps)``.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        amsgrad: Whether to divide by the largest ``v`` so far.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adam([x], lr=0.5).step()
    >>> round(x.data, 6)
    2.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, _defaults(lr, betas, eps, weight_decay, amsgrad, maximize))

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * value
        return value - _adam_step(grad, state, group)


class AdamW(Optimizer):
    """Adam whose weight decay shrinks the value itself, not through the gradient, as ``torch.optim.AdamW``.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: Each step first multiplies the value by ``1 - lr * weight_decay``.
        amsgrad: Whether to divide by the largest ``v`` so far.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> (x * x).backward()
    >>> AdamW([x], lr=0.5, weight_decay=0.1).step()
    >>> round(x.data, 6)
    0.45
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, _defaults(lr, betas, eps, weight_decay, amsgrad, maximize))

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        return value * (1.0 - group["lr"] * group["weight_decay"]) - _adam_step(grad, state, group)


def _defaults(
    lr: float, betas: tuple[float, float], eps: float, weight_decay: float, amsgrad: bool, maximize: bool
) -> dict[str, Any]:
    return {
        "lr": lr,
        "betas": betas,
        "eps": eps,
        "weight_decay": weight_decay,
        "amsgrad": amsgrad,
        "maximize": maximize,
    }


def _check(group: Group) -> None:
    check_not_negative(group, "lr", "eps", "weight_decay")
    check_betas(group)
