"""Gradient descent, with or without momentum."""

from collections.abc import Iterable
from typing import Any

from optim.errors import OptimizerError
from optim.optimizer import Group, Optimizer, State
from optim.options import check_not_negative

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent: ``value - lr * grad``, as ``torch.optim.SGD``.

    With ``momentum`` the step is a running sum ``b = momentum * b + (1 - dampening) * grad`` that starts
    at the first gradient, undamped; with ``nesterov`` it is ``grad + momentum * b``.

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
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * value
        if momentum:
            past = state.get("momentum_buffer")
            buffer = 1.0 * grad if past is None else momentum * past + (1.0 - group["dampening"]) * grad
            state["momentum_buffer"] = buffer
            grad = grad + momentum * buffer if group["nesterov"] else buffer
        return value - group["lr"] * grad
