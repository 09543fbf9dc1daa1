"""RMSprop and Rprop: the size of a step apart from the size of its gradient."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.errors import OptimizerError
from optim.memory import count, moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_not_negative
from optim.penalties import coupled

__all__ = ["RMSprop", "Rprop"]


class RMSprop(Optimizer):
    """Divide by the root of the average squared gradient, as ``torch.optim.RMSprop``.

    ``v = alpha * v + (1 - alpha) * g**2``, then ``value - lr * g / (sqrt(v) + eps)``. From G. Hinton, *Neural networks
    for machine learning*, lecture 6e, 2012; ``centered``, which takes the squared average gradient off ``v``, from
    A. Graves, *Generating sequences with recurrent neural networks*, 2013.

    Args:
        params: Parameters or parameter groups.
        lr: The learning rate.
        alpha: How slowly the average forgets.
        eps: Keeps the division finite.
        weight_decay: L2 penalty: ``weight_decay * value`` is added to the gradient.
        momentum: How much of the last step remains.
        centered: Whether to divide by the deviation from the average gradient.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> RMSprop([x], lr=0.5, alpha=0.75).step()
    >>> round(x.data, 6)
    2.0
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse negative options."""
        check_not_negative(group, "lr", "eps", "momentum", "weight_decay", "alpha")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        alpha, momentum = group["alpha"], group["momentum"]
        count(state)
        grad = coupled(grad, value, group["weight_decay"])
        square = moving_average(state, "square_avg", grad * grad, alpha)
        if group["centered"]:
            mean = moving_average(state, "grad_avg", grad, alpha)
            square = square - mean * mean
        step = grad / (square**0.5 + group["eps"])
        if momentum:
            step = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0.0) + step
        return stepped(value, step, group["lr"])


class Rprop(Optimizer):
    """Steps by the sign of the gradient alone, as ``torch.optim.Rprop``; for gradients of the whole data.

    Every entry has a step size of its own: it grows while the sign of the gradient stays, and shrinks when it turns;
    then that gradient is left out. From M. Riedmiller and H. Braun, *A direct adaptive method for faster
    backpropagation learning: the RPROP algorithm*, 1993.

    Args:
        params: Parameters or parameter groups.
        lr: The step size at first.
        etas: The factors by which a step size shrinks and grows.
        step_sizes: The smallest and the largest step size.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Rprop([x], lr=0.5).step()
    >>> x.data
    2.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def check(self, group: Group) -> None:
        """Refuse a negative rate, and factors that do not shrink and grow."""
        check_not_negative(group, "lr")
        shrink, grow = group["etas"]
        if not 0.0 < shrink < 1.0 < grow:
            raise OptimizerError(f"etas expects one factor between 0 and 1 and one above 1, got {group['etas']}")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        shrink, grow = group["etas"]
        count(state)
        turn = np.sign(grad * state.get("prev", 0.0))
        factor = grow * np.maximum(turn, 0.0) - shrink * np.minimum(turn, 0.0) + (1.0 - abs(turn))
        size = np.clip(state.get("step_size", group["lr"]) * factor, *group["step_sizes"])
        grad = np.where(turn < 0.0, 0.0, grad)[()]
        state["step_size"], state["prev"] = size, grad
        return value - size * np.sign(grad)
