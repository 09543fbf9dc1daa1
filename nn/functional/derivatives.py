"""Two derivatives that PyTorch names, for those who write a backward pass by hand or replay PyTorch's own."""

from typing import Any

import autograd
from autograd import Tensor

__all__ = ["native_dropout_backward", "softmax_backward_data"]


def softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any = None) -> Tensor:
    """Return the gradient of a softmax' input: ``output * (grad - sum(grad * output))``.

    >>> softmax_backward_data(Tensor([1.0, 0.0]), Tensor([0.5, 0.5]), 0).data.tolist()
    [0.25, -0.25]
    """
    flow = output * (grad_output - autograd.sum(grad_output * output, axis=dim, keepdims=True))
    out: Tensor = flow if input_dtype is None else autograd.astype(flow, dtype=input_dtype)
    return out


def native_dropout_backward(grad_output: Tensor, mask: Any, scale: float) -> Tensor:
    """Return the gradient of a dropout's input: ``grad * mask * scale``.

    >>> native_dropout_backward(Tensor([1.0, 1.0]), [True, False], 2.0).data.tolist()
    [2.0, 0.0]
    """
    out: Tensor = autograd.where(mask, grad_output * scale, 0.0)
    return out
