"""Adam and its kin: two running averages, of the gradient and of its square, for every entry."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.memory import count, moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_betas, check_not_negative
from optim.penalties import coupled, decoupled

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


def _decay(value: Any, grad: Any, group: Group) -> tuple[Any, Any]:
    """Return value and gradient after weight decay, which works on the one or on the other."""
    if group["decoupled_weight_decay"]:
        return decoupled(value, group["lr"] * group["weight_decay"]), grad
    return value, coupled(grad, value, group["weight_decay"])


def _averages(grad: Any, state: State, group: Group) -> tuple[Any, Any]:
    """Return the new averages of the gradient and of its square, both still drawn towards zero."""
    beta1, beta2 = group["betas"]
    return moving_average(state, "exp_avg", grad, beta1), moving_average(state, "exp_avg_sq", grad * grad, beta2)


def _adam(value: Any, grad: Any, state: State, group: Group) -> Any:
    """Return the value after a step along the average gradient over the root of the average square, without bias."""
    beta1, beta2 = group["betas"]
    number = count(state)
    value, grad = _decay(value, grad, group)
    mean, square = _averages(grad, state, group)
    if group["amsgrad"]:
        square = state["max_exp_avg_sq"] = np.maximum(state.get("max_exp_avg_sq", 0.0), square)
    root = square**0.5
    root /= (1.0 - beta2**number) ** 0.5
    root += group["eps"]
    return stepped(value, mean / root, group["lr"] / (1.0 - beta1**number))


def _check(group: Group) -> None:
    check_not_negative(group, "lr", "eps", "weight_decay")
    check_betas(group)


class Adam(Optimizer):
    """Adam, as ``torch.optim.Adam``: every entry moves at a rate of its own.

    ``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g**2``, and with ``m`` and ``v`` freed of the bias
    of their start at zero, ``value - lr * m / (sqrt(v) + eps)``. From D. Kingma and J. Ba, *Adam: a method for
    stochastic optimization*, 2015; ``amsgrad`` from S. Reddi, S. Kale and S. Kumar, *On the convergence of Adam and
    beyond*, 2018.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        amsgrad: Whether to divide by the largest ``v`` so far.
        maximize: Whether to climb instead.
        decoupled_weight_decay: Whether weight decay shrinks the value instead, as in :class:`AdamW`.

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
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        return _adam(value, grad, state, group)


class AdamW(Optimizer):
    """Adam whose weight decay shrinks the value itself, not through the gradient, as ``torch.optim.AdamW``.

    From I. Loshchilov and F. Hutter, *Decoupled weight decay regularization*, 2019.

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": True,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        return _adam(value, grad, state, group)


class NAdam(Optimizer):
    """Adam that looks one step of momentum ahead, as ``torch.optim.NAdam``.

    The momentum ``mu[t] = b1 * (1 - 0.96 ** (t * momentum_decay) / 2)`` grows with the steps, and the step mixes the
    average of the next moment with the gradient of this one. From T. Dozat, *Incorporating Nesterov momentum into
    Adam*, 2016.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        momentum_decay: How fast the momentum reaches ``betas[0]``.
        decoupled_weight_decay: Whether weight decay shrinks the value instead, as in :class:`AdamW`.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> NAdam([x], lr=0.5).step()
    >>> round(x.data, 4)
    2.4718
    """

    numbers = frozenset({"step", "mu_product"})

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)
        check_not_negative(group, "momentum_decay")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        (beta1, beta2), lr, decay = group["betas"], group["lr"], group["momentum_decay"]
        number = count(state)
        value, grad = _decay(value, grad, group)
        mean, square = _averages(grad, state, group)
        now = beta1 * (1.0 - 0.5 * 0.96 ** (number * decay))
        then = beta1 * (1.0 - 0.5 * 0.96 ** ((number + 1) * decay))
        product = state["mu_product"] = state.get("mu_product", 1.0) * now
        root = (square / (1.0 - beta2**number)) ** 0.5 + group["eps"]
        by_grad, by_mean = lr * (1.0 - now) / (1.0 - product), lr * then / (1.0 - product * then)
        return stepped(value, (by_grad * grad + by_mean * mean) / root, 1.0)


class RAdam(Optimizer):
    """Adam that adapts only once the average square is worth it, as ``torch.optim.RAdam``.

    While fewer than about five gradients stand behind ``v``, the step is ``lr * m``; after that it is Adam's, times the
    rectification of the variance of ``1 / sqrt(v)``. From L. Liu et al., *On the variance of the adaptive learning rate
    and beyond*, 2020.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the two averages forget.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        decoupled_weight_decay: Whether weight decay shrinks the value instead, as in :class:`AdamW`.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> RAdam([x], lr=0.25).step()
    >>> round(x.data, 6)
    1.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        beta1, beta2 = group["betas"]
        number = count(state)
        value, grad = _decay(value, grad, group)
        mean, square = _averages(grad, state, group)
        step = (group["lr"] / (1.0 - beta1**number)) * mean
        bias = 1.0 - beta2**number
        longest = 2.0 / (1.0 - beta2) - 1.0
        length = longest - 2.0 * number * beta2**number / bias
        if length <= 5.0:
            return value - step
        share = (length - 4.0) * (length - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * length)
        return value - step * (bias * share) ** 0.5 / (square**0.5 + group["eps"])


class Adamax(Optimizer):
    """Adam that divides by the largest gradient, as ``torch.optim.Adamax``.

    ``u = max(b2 * u, abs(g) + eps)`` takes the place of the root of the average square. From D. Kingma and J. Ba,
    *Adam: a method for stochastic optimization*, 2015, section 7.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        betas: How slowly the average and the maximum forget.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adamax([x], lr=0.5).step()
    >>> round(x.data, 6)
    2.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options and averages that never forget."""
        _check(group)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        beta1, beta2 = group["betas"]
        number = count(state)
        grad = coupled(grad, value, group["weight_decay"])
        mean = moving_average(state, "exp_avg", grad, beta1)
        largest = np.maximum(beta2 * state.get("exp_inf", 0.0), abs(grad) + group["eps"])
        state["exp_inf"] = largest
        return stepped(value, mean / largest, group["lr"] / (1.0 - beta1**number))
