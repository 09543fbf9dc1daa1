"""Adafactor: Adam's average square, kept as one row and one column of every matrix."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.errors import OptimizerError
from optim.memory import count, moving_average, stepped
from optim.optimizer import Group, Optimizer, State
from optim.options import check_not_negative, check_real
from optim.penalties import decoupled

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Adapt as Adam does, in memory that grows with the edges of a matrix, as ``torch.optim.Adafactor``.

    The average square of a gradient with two axes or more is the outer product of its means along the last two, over
    their mean. The step is clipped to a root mean square of ``d``, and is in proportion to that of the value. From
    N. Shazeer and M. Stern, *Adafactor: adaptive learning rates with sublinear memory cost*, 2018.

    Args:
        params: Parameters or parameter groups.
        lr: The largest rate; in step ``t`` it is ``min(lr, 1 / sqrt(t))``.
        beta2_decay: In step ``t`` the averages forget ``t ** beta2_decay``.
        eps: What keeps the division finite, ``None`` for the dtype's smallest step at 1; and the smallest root mean
            square of a value that steps are scaled to.
        d: The largest root mean square of a step before it is scaled.
        weight_decay: Each step first multiplies the value by ``1 - lr * weight_decay``.
        maximize: Whether to climb instead.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adafactor([x], lr=0.5).step()
    >>> round(x.data, 6)
    1.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse options without meaning."""
        check_real(group, "Adafactor")
        check_not_negative(group, "lr", "weight_decay")
        eps1, eps2 = group["eps"]
        if not ((eps1 is None or eps1 >= 0.0) and eps2 >= 0.0):
            raise OptimizerError(f"eps expects None or a number of 0 or more, and one, got {group['eps']}")
        if not group["d"] >= 1.0:
            raise OptimizerError(f"d expects a number of 1 or more, got {group['d']}")
        if not group["beta2_decay"] <= 0.0:
            raise OptimizerError(f"beta2_decay expects a number of 0 or less, got {group['beta2_decay']}")

    def shape_of(self, name: str, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the shape of what is remembered under ``name`` of a parameter of ``shape``."""
        if name == "row_var":
            return (*shape[:-1], 1)
        if name == "col_var":
            return (*shape[:-2], 1, *shape[-1:])
        return super().shape_of(name, shape)

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        lr, (eps1, eps2) = group["lr"], group["eps"]
        eps1 = float(np.finfo(grad.dtype).eps) if eps1 is None else eps1
        number = count(state)
        rate = max(eps2, _rms(value)) * min(lr, 1.0 / number**0.5)
        square = _average_square(grad, state, 1.0 - number ** group["beta2_decay"], eps1)
        step = grad / np.maximum(square, eps1 * eps1) ** 0.5
        length = rate / max(1.0, _rms(step) / group["d"])
        return stepped(decoupled(value, lr * group["weight_decay"]), step, length)


def _average_square(grad: Any, state: State, keep: float, eps: float) -> Any:
    """Return the average of the squared gradient, from its means by row and by column if it has two axes."""
    square = grad * grad
    if np.ndim(grad) < 2:
        return moving_average(state, "variance", square, keep)
    rows = moving_average(state, "row_var", np.mean(square, axis=-1, keepdims=True), keep)
    columns = moving_average(state, "col_var", np.mean(square, axis=-2, keepdims=True), keep)
    return rows @ columns / np.maximum(np.mean(rows, axis=-2, keepdims=True), eps)


def _rms(x: Any) -> float:
    """Return the root of the mean square."""
    return float(np.linalg.norm(np.ravel(x))) / math.sqrt(np.size(x))
