"""Adagrad and Adadelta: rates of their own for all entries, from the gradients so far."""

from collections.abc import Iterable
from typing import Any

from optim.memory import count, moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_not_negative, check_range
from optim.penalties import coupled

__all__ = ["Adadelta", "Adagrad"]


class Adagrad(Optimizer):
    """Divide by the root of the sum of all squared gradients, as ``torch.optim.Adagrad``.

    ``s = s + g**2``, then ``value - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)``. From J. Duchi, E. Hazan and
    Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, 2011.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        lr_decay: How fast it falls with the steps ``t``.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        initial_accumulator_value: Where the sum starts.
        eps: Keeps the division finite.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adagrad([x], lr=0.5).step()
    >>> round(x.data, 6)
    2.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options."""
        check_not_negative(group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        done = count(state) - 1
        grad = coupled(grad, value, group["weight_decay"])
        total = state.get("sum", group["initial_accumulator_value"]) + grad * grad
        state["sum"] = total
        return stepped(value, grad / (total**0.5 + group["eps"]), group["lr"] / (1.0 + done * group["lr_decay"]))


class Adadelta(Optimizer):
    """Steps as long as the last ones were, in units of the gradients, as ``torch.optim.Adadelta``.

    With running averages ``v`` of ``g**2`` and ``u`` of ``d**2``: ``d = sqrt(u + eps) / sqrt(v + eps) * g``, then
    ``value - lr * d``. From M. Zeiler, *Adadelta: an adaptive learning rate method*, 2012.

    Args:
        params: Parameters or parameter groups.
        lr: A factor on the step, which has the right scale without it.
        rho: How slowly the averages forget.
        eps: Where the steps start from.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adadelta([x]).step()
    >>> round(x.data, 4)
    2.9968
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options, and a ``rho`` beyond 1."""
        check_not_negative(group, "lr", "eps", "weight_decay")
        check_range(group, "rho", 0.0, 1.0)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        rho, eps = group["rho"], group["eps"]
        count(state)
        grad = coupled(grad, value, group["weight_decay"])
        square = moving_average(state, "square_avg", grad * grad, rho)
        step = ((state.get("acc_delta", 0.0) + eps) ** 0.5 / (square + eps) ** 0.5) * grad
        moving_average(state, "acc_delta", step * step, rho)
        return stepped(value, step, group["lr"])
