"""Gradient descent, with or without momentum, and its averaged form."""

from collections.abc import Iterable
from typing import Any

from optim.errors import OptimizerError
from optim.memory import count, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_not_negative
from optim.penalties import coupled, decoupled

__all__ = ["ASGD", "SGD"]


class SGD(Optimizer):
    """Gradient descent: ``value - lr * grad``, as ``torch.optim.SGD``.

    With ``momentum`` the step is a running sum ``b = momentum * b + (1 - dampening) * grad`` that starts
    at the first gradient, undamped; with ``nesterov`` it is ``grad + momentum * b``. From B. Polyak, *Some methods of
    speeding up the convergence of iteration methods*, 1964, and I. Sutskever et al., *On the importance of
    initialization and momentum in deep learning*, 2013.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        momentum: How much of the last step remains.
        dampening: How much of the gradient is left out of the running sum.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        nesterov: Whether to look ahead; needs momentum and no dampening.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> SGD([x], lr=0.5).step()
    >>> x.data
    0.0
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options, and Nesterov without momentum or with dampening."""
        check_not_negative(group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise OptimizerError(
                f"nesterov expects momentum > 0 and dampening 0, got momentum={group['momentum']} and "
                f"dampening={group['dampening']}"
            )

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        momentum = group["momentum"]
        grad = coupled(grad, value, group["weight_decay"])
        if momentum:
            buffer = state["momentum_buffer"] = _accumulated(state.get("momentum_buffer"), grad, group)
            grad = grad + momentum * buffer if group["nesterov"] else buffer
        return stepped(value, grad, group["lr"])


def _accumulated(past: Any, grad: Any, group: Group) -> Any:
    """Return the running sum of the gradients, which starts at the first."""
    if past is None:
        return 1.0 * grad
    total = group["momentum"] * past
    total += (1.0 - group["dampening"]) * grad if group["dampening"] else grad
    return total


class ASGD(Optimizer):
    """Averaged gradient descent, as ``torch.optim.ASGD``; the average is ``state[i]["ax"]``.

    ``value * (1 - lambd * eta) - eta * grad``, where ``eta = lr / (1 + lambd * lr * t) ** alpha`` falls with the steps
    ``t``; from step ``t0`` on, ``ax`` is the mean of the values since. From B. Polyak and A. Juditsky, *Acceleration of
    stochastic approximation by averaging*, 1992.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        lambd: How fast the values and the rate decay.
        alpha: The power of the rate's decay.
        t0: The step from which on values are averaged.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> optimizer = ASGD([x], lr=0.5, lambd=0.0, t0=0)
    >>> for _ in range(2):
    ...     x.grad = 1.0
    ...     optimizer.step()
    >>> x.data, float(optimizer.state[0]["ax"])
    (2.0, 2.0)
    """

    numbers = frozenset({"step", "eta", "mu"})

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options."""
        check_not_negative(group, "lr", "weight_decay")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        lr, lambd = group["lr"], group["lambd"]
        number = count(state)
        eta: Any = state.get("eta", lr)
        mu: Any = state.get("mu", 1.0)
        grad = coupled(grad, value, group["weight_decay"])
        value = stepped(decoupled(value, lambd * eta), grad, eta)
        state["ax"] = value if mu == 1.0 else state["ax"] + mu * (value - state["ax"])
        state["eta"] = lr / (1.0 + lambd * lr * number) ** group["alpha"]
        state["mu"] = 1.0 / max(1.0, number - group["t0"])
        return value
