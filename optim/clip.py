"""What is done to gradients between backward and step: clipping, and noise.

A gradient is never written into: a new one takes its place, so that no other tensor that shares its memory changes.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Tensor, Value, default_rng
from optim.errors import OptimizerError
from optim.optimizer import raw

__all__ = ["add_grad_noise_", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Parameters = Iterable[Value | Tensor] | Value | Tensor


def get_total_norm(
    tensors: Iterable[Tensor | float] | Tensor | float, norm_type: float = 2.0, error_if_nonfinite: bool = True
) -> Any:
    """Return the norm of all tensors taken together as one long vector: a tensor, or for numbers a number.

    Args:
        tensors: Tensors or numbers, most often gradients.
        norm_type: The order ``p`` of ``sum(abs(x) ** p) ** (1 / p)``; infinite for the largest magnitude.
        error_if_nonfinite: Whether a norm that is infinite or NaN is an error (PyTorch's default is that it is not).

    >>> get_total_norm([3.0, 4.0])
    5.0
    >>> get_total_norm([Tensor([3.0, -1.0]), Tensor([4.0])], norm_type=float("inf")).item()
    4.0
    """
    items = [tensors] if isinstance(tensors, Tensor | float | int) else list(tensors)
    with np.errstate(all="ignore"):
        norms = np.array([_norm(raw(item), float(norm_type)) for item in items])
        total = _norm(norms, float(norm_type)) if items else np.float64(0.0)
    if error_if_nonfinite and not np.isfinite(total):
        raise OptimizerError(
            f"clipping expects gradients with a finite norm of order {norm_type}, got {total}: look for the first "
            "operation that overflowed, or pass error_if_nonfinite=False to scale by that norm anyway"
        )
    return Tensor(np.asarray(total)) if any(isinstance(item, Tensor) for item in items) else float(total)


def clip_grad_norm_(
    parameters: Parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = True
) -> Any:
    """Scale all gradients together so that their norm is ``max_norm`` at most; return the norm they had.

    From R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks*, 2013.

    Args:
        parameters: Values or tensors; those without gradient count as zero.
        max_norm: The largest norm. Gradients of a smaller one stay exactly as they are.
        norm_type: The order of the norm, as in :func:`get_total_norm`.
        error_if_nonfinite: Whether a norm that is infinite or NaN is an error; if not, every gradient is multiplied
            by ``max_norm`` over that norm.

    >>> x = Tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm_([x], 1.0).item()
    5.0
    >>> [round(g, 4) for g in x.grad.tolist()]
    [0.6, 0.8]
    """
    found = _listed(parameters)
    grads = [parameter.grad for parameter in found if parameter.gradient is not None]
    total_norm = get_total_norm(grads, norm_type, error_if_nonfinite)
    clip_grads_with_norm_(found, max_norm, total_norm)
    return total_norm


def clip_grads_with_norm_(parameters: Parameters, max_norm: float, total_norm: Any) -> None:
    """Scale all gradients by ``max_norm / total_norm``, if that is less than one.

    >>> x = Value(0.0)
    >>> x.grad = 3.0
    >>> clip_grads_with_norm_([x], 1.0, 6.0)
    >>> round(x.grad, 4)
    0.5
    """
    with np.errstate(all="ignore"):
        factor = float(np.minimum(max_norm / (np.float64(float(total_norm)) + 1e-6), 1.0))
        if factor != 1.0:
            each_gradient(parameters, lambda grad, value: grad * factor)


def clip_grad_value_(parameters: Parameters, clip_value: float) -> None:
    """Cut every entry of every gradient to the range from ``-clip_value`` to ``clip_value``.

    >>> x = Tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = Tensor([3.0, -0.5])
    >>> clip_grad_value_([x], 1.0)
    >>> x.grad.tolist()
    [1.0, -0.5]
    """
    each_gradient(parameters, lambda grad, value: np.clip(grad, -float(clip_value), float(clip_value)))


def add_grad_noise_(
    parameters: Parameters,
    step: int,
    eta: float = 0.3,
    gamma: float = 0.55,
    rng: "np.random.Generator | None" = None,
) -> None:
    """Add normal noise of variance ``eta / (1 + step) ** gamma`` to every gradient that is there.

    From A. Neelakantan et al., *Adding gradient noise improves learning for very deep networks*, 2015, who choose
    ``eta`` from 0.01, 0.3 and 1.

    Args:
        parameters: Values or tensors.
        step: How many steps were done before.
        eta: The variance at first.
        gamma: How fast it falls.
        rng: Where the noise is drawn; the library's generator when left out.

    >>> x = Value(0.0)
    >>> x.grad = 3.0
    >>> add_grad_noise_([x], step=0, eta=0.0)
    >>> x.grad
    3.0
    """
    if not (eta >= 0.0 and step >= 0):
        raise OptimizerError(f"gradient noise expects eta and step of 0 or more, got eta={eta} and step={step}")
    generator, deviation = rng or default_rng(), (eta / (1.0 + step) ** gamma) ** 0.5
    each_gradient(parameters, lambda grad, value: grad + _noise(grad, deviation, generator))


def each_gradient(parameters: Parameters, change: Callable[[Any, Any], Any]) -> None:
    """Replace every gradient that is there by ``change(grad, value)``, computed on numbers and arrays."""
    for parameter in _listed(parameters):
        if parameter.gradient is not None:
            new = change(raw(parameter.gradient), raw(parameter))
            parameter.grad = Tensor(np.asarray(new)) if isinstance(parameter, Tensor) else float(new)


def _noise(grad: Any, deviation: float, rng: "np.random.Generator") -> Any:
    """Return noise of the gradient's shape and dtype."""
    return np.asarray(rng.normal(0.0, deviation, np.shape(grad))).astype(grad.dtype)[()]


def _norm(x: Any, order: float) -> Any:
    """Return the norm of an array as if it were a vector, in its dtype."""
    return np.linalg.norm(np.ravel(x), order)


def _listed(parameters: Parameters) -> list[Any]:
    return [parameters] if isinstance(parameters, Value | Tensor) else list(parameters)
