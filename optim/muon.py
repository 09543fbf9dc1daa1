"""Muon: momentum made orthogonal, for the matrices of a network."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from optim.errors import OptimizerError
from optim.memory import moving_average, stepped
from optim.optimizer import Group, Optimizer, State, raw
from optim.options import check_not_negative, check_real
from optim.penalties import decoupled

__all__ = ["Muon"]


def orthogonalized(matrix: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """Return about ``U @ V.T`` of a matrix ``U @ S @ V.T``, by Newton-Schulz iteration of fifth order.

    Every step maps the singular values ``s``, at most 1 at first, to ``a * s + b * s**3 + c * s**5``.

    >>> near = orthogonalized(np.diag([3.0, 0.5]), (3.4445, -4.7750, 2.0315), 5, 1e-7)
    >>> bool((abs(np.diag(near) - 1.0) < 0.4).all())
    True
    """
    a, b, c = coefficients
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = wide / np.maximum(np.linalg.norm(wide), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Muon(Optimizer):
    """Move a matrix along its momentum with all singular values near 1, as ``torch.optim.Muon``.

    Meant for the hidden matrices of a network; other parameters go to AdamW. From K. Jordan et al., *Muon: an optimizer
    for hidden layers in neural networks*, 2024; ``match_rms_adamw`` from J. Liu et al., *Muon is scalable for LLM
    training*, 2025.

    The iteration runs in the matrix's own dtype; PyTorch's runs in bfloat16.

    Args:
        params: Matrices, or groups of them.
        lr: The learning rate.
        weight_decay: Each step first multiplies the value by ``1 - lr * weight_decay``.
        momentum: How slowly the average gradient forgets.
        nesterov: Whether to look ahead.
        ns_coefficients: The polynomial of the iteration.
        eps: Keeps the division finite.
        ns_steps: How many iterations.
        adjust_lr_fn: How a step is scaled by the shape ``(A, B)``: ``"original"``, by ``sqrt(max(1, A / B))``, which
            ``None`` means too; or ``"match_rms_adamw"``, by ``0.2 * sqrt(max(A, B))``.

    >>> from autograd import Tensor
    >>> w = Tensor([[3.0, 0.0], [0.0, 2.0]], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> Muon([w], lr=1.0, weight_decay=0.0, ns_coefficients=(1.875, -1.25, 0.375)).step()
    >>> w.detach().numpy().round(2).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def check(self, group: Group) -> None:
        """Refuse what is no matrix, and options without meaning."""
        check_real(group, "Muon")
        check_not_negative(group, "lr", "weight_decay", "momentum")
        if group["adjust_lr_fn"] not in {None, "original", "match_rms_adamw"}:
            raise OptimizerError(
                f"adjust_lr_fn expects None, 'original' or 'match_rms_adamw', got {group['adjust_lr_fn']!r}"
            )
        if len(group["ns_coefficients"]) != 3 or not 0 <= group["ns_steps"] < 100:
            raise OptimizerError(
                f"Muon expects three ns_coefficients and fewer than 100 ns_steps, got {group['ns_coefficients']} and "
                f"{group['ns_steps']}"
            )
        shapes = [np.shape(raw(parameter)) for parameter in group["params"]]
        if any(len(shape) != 2 for shape in shapes):
            wrong = next(shape for shape in shapes if len(shape) != 2)
            raise OptimizerError(f"Muon expects matrices, got shape {wrong}: give other parameters to AdamW")

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the value one step further down."""
        lr, momentum = group["lr"], group["momentum"]
        mean = moving_average(state, "momentum_buffer", grad, momentum)
        ahead = (1.0 - momentum) * grad + momentum * mean if group["nesterov"] else mean
        step = orthogonalized(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        length = lr * _scale(value.shape, group["adjust_lr_fn"])
        return stepped(decoupled(value, lr * group["weight_decay"]), step, length)


def _scale(shape: tuple[int, int], adjust_lr_fn: str | None) -> float:
    """Return by how much a step is longer for a matrix of this shape."""
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return float(0.2 * max(rows, columns) ** 0.5)
    return float(max(1.0, rows / columns) ** 0.5)
