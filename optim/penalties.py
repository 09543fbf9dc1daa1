"""Weight decay and penalties: small functions on numbers and arrays, and the same between backward and step.

*Coupled* decay is a penalty: it adds to the gradient, and is scaled and averaged with it. *Decoupled* decay shrinks
the value itself, whatever the algorithm makes of the gradient (Loshchilov and Hutter 2019). L1 pulls with the same
force wherever a value stands, so that small ones end at zero (Tibshirani 1996).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor, Value
from optim.clip import each_gradient
from optim.optimizer import raw

__all__ = ["add_l1_", "add_l2_", "decay_"]


def coupled(grad: Any, value: Any, weight_decay: float) -> Any:
    """Return the gradient with that of ``weight_decay / 2 * value**2`` added.

    >>> coupled(1.0, 2.0, 0.5)
    2.0
    """
    return grad + weight_decay * value if weight_decay else grad


def decoupled(value: Any, rate: float) -> Any:
    """Return the value, shrunk by the part ``rate``.

    >>> decoupled(2.0, 0.25)
    1.5
    """
    return value * (1.0 - rate) if rate else value


def add_l2_(parameters: Iterable[Value | Tensor], strength: float) -> None:
    """Add the gradient of ``strength / 2 * sum(value**2)`` to gradients that are there, as SGD's ``weight_decay`` does.

    >>> x = Value(2.0)
    >>> x.grad = 1.0
    >>> add_l2_([x], 0.5)
    >>> x.grad
    2.0
    """
    each_gradient(parameters, lambda grad, value: coupled(grad, value, strength))


def add_l1_(parameters: Iterable[Value | Tensor], strength: float) -> None:
    """Add the gradient of ``strength * sum(abs(value))`` to gradients that are there; at zero it is zero.

    >>> x = Tensor([2.0, -3.0, 0.0], requires_grad=True)
    >>> x.grad = Tensor([1.0, 1.0, 1.0])
    >>> add_l1_([x], 0.5)
    >>> x.grad.tolist()
    [1.5, 0.5, 1.0]
    """
    each_gradient(parameters, lambda grad, value: grad + strength * np.sign(value))


def decay_(parameters: Iterable[Value | Tensor], rate: float) -> None:
    """Shrink every value that has a gradient by the part ``rate``; AdamW's is ``lr * weight_decay``.

    >>> x = Value(2.0)
    >>> x.grad = 0.0
    >>> decay_([x], 0.25)
    >>> x.data
    1.5
    """
    for parameter in parameters:
        if parameter.gradient is not None:
            parameter.data = decoupled(raw(parameter), rate)
