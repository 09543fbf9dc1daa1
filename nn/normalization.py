"""Normalisations as modules, with PyTorch's names, options and running numbers."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, get_default_dtype
from autograd.errors import ShapeError
from nn import functional as F
from nn.errors import ArgumentError
from nn.module import Module
from nn.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


def _full(value: float, shape: int | Sequence[int], dtype: Any) -> Any:
    return np.full(shape, value, dtype or get_default_dtype())


class _RunningNorm(Module):
    """What batch and instance norm share: a scale and a shift, and numbers that follow the batches."""

    axes: ClassVar[tuple[int, ...]]

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
        dtype: Any,
    ) -> None:
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = Parameter(_full(1.0, num_features, dtype)) if affine else None
        self.bias = Parameter(_full(0.0, num_features, dtype)) if affine and bias else None
        self.running_mean = Tensor(_full(0.0, num_features, dtype)) if track_running_stats else None
        self.running_var = Tensor(_full(1.0, num_features, dtype)) if track_running_stats else None
        self.num_batches_tracked = Tensor(np.array(0)) if track_running_stats else None

    def _check(self, input: Tensor) -> None:
        if input.ndim not in self.axes:
            raise ShapeError(
                f"expected an input of {' or '.join(map(str, self.axes))} axes in {type(self).__name__}, "
                f"got {input.shape}"
            )

    def _step(self) -> float:
        """Count a batch, and return how far the running numbers move; without a momentum they are plain averages."""
        if self.num_batches_tracked is None or not self.training:
            return self.momentum or 0.0
        self.num_batches_tracked.data = self.num_batches_tracked.data + 1
        return 1.0 / float(self.num_batches_tracked.data) if self.momentum is None else self.momentum

    def extra_repr(self) -> str:
        """Return the size and the options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_RunningNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Standardise each channel, by the batch in training and without running numbers, else by these."""
        self._check(input)
        step = self._step()
        by_batch = self.training or self.running_mean is None
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, by_batch, step, self.eps
        )


class _InstanceNorm(_RunningNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Standardise each channel of each item, in evaluation by the running numbers if there are any."""
        self._check(input)
        batched = input if input.ndim == self.axes[-1] else input.reshape(1, *input.shape)
        by_item = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        out = F.instance_norm(
            batched, self.running_mean, self.running_var, self.weight, self.bias, by_item, momentum, self.eps
        )
        return out.reshape(*input.shape)


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of ``(N, C)`` or ``(N, C, L)`` (Ioffe and Szegedy 2015).

    In training by the mean and variance of the batch, which the running numbers follow; in evaluation by these.

    Args:
        num_features: Channels.
        eps: Added to the variance.
        momentum: How far the running numbers move towards each batch's; ``None`` for their plain average.
        affine: Whether to learn a factor and a summand for each channel.
        track_running_stats: Whether to keep running numbers; without, evaluation goes by the batch too.
        bias: Whether the summand is learnt.
        dtype: Of the parameters.

    >>> BatchNorm1d(3)(Tensor(np.eye(3, dtype=np.float32))).data.sum().round(5).item()
    0.0
    """

    axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of ``(N, C, H, W)``; see :class:`BatchNorm1d`.

    >>> BatchNorm2d(3)(Tensor(np.ones((2, 3, 4, 4), np.float32))).shape
    (2, 3, 4, 4)
    """

    axes = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of ``(N, C, D, H, W)``; see :class:`BatchNorm1d`.

    >>> BatchNorm3d(3)(Tensor(np.ones((2, 3, 2, 2, 2), np.float32))).shape
    (2, 3, 2, 2, 2)
    """

    axes = (5,)


class InstanceNorm1d(_InstanceNorm):
    """Normalisation of each channel of each item of ``(N, C, L)`` or ``(C, L)`` (Ulyanov et al. 2016).

    Args:
        num_features: Channels.
        eps: Added to the variance.
        momentum: How far the running numbers move.
        affine: Whether to learn a factor and a summand for each channel.
        track_running_stats: Whether to keep running numbers for evaluation.
        bias: Whether the summand is learnt.
        dtype: Of the parameters.

    >>> InstanceNorm1d(1)(Tensor([[[1.0, 3.0]]])).data.round(3).tolist()
    [[[-1.0, 1.0]]]
    """

    axes = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Normalisation of each channel of each item of ``(N, C, H, W)`` or ``(C, H, W)``; see :class:`InstanceNorm1d`.

    >>> InstanceNorm2d(3)(Tensor(np.ones((2, 3, 4, 4), np.float32))).shape
    (2, 3, 4, 4)
    """

    axes = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Normalisation of each channel of each item in three dimensions of space; see :class:`InstanceNorm1d`.

    >>> InstanceNorm3d(3)(Tensor(np.ones((2, 3, 2, 2, 2), np.float32))).shape
    (2, 3, 2, 2, 2)
    """

    axes = (4, 5)


class LayerNorm(Module):
    """Standardise the last axes of each item (Ba et al. 2016); see :func:`nn.functional.layer_norm`.

    Args:
        normalized_shape: The sizes of these axes.
        eps: Added to the variance.
        elementwise_affine: Whether to learn a factor for each entry, and a summand.
        bias: Whether that summand is learnt.
        dtype: Of the parameters.

    >>> LayerNorm(2)(Tensor([[1.0, 3.0]])).data.round(3).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(_full(1.0, self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = Parameter(_full(0.0, self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with mean 0 and variance 1 over the last axes, scaled and shifted."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the shape and the options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class RMSNorm(Module):
    """Divide the last axes of each item by their root mean square (Zhang and Sennrich 2019).

    Args:
        normalized_shape: The sizes of these axes.
        eps: Added to the mean square; the dtype's precision when ``None``.
        elementwise_affine: Whether to learn a factor for each entry.
        dtype: Of the parameters.

    >>> RMSNorm(2)(Tensor([[3.0, 3.0]])).data.round(3).tolist()
    [[1.0, 1.0]]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(_full(1.0, self.normalized_shape, dtype)) if elementwise_affine else None

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with mean square 1 over the last axes, scaled."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Return the shape and the options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


def _shape(sizes: int | Sequence[int]) -> tuple[int, ...]:
    return (int(sizes),) if isinstance(sizes, (int, np.integer)) else tuple(int(n) for n in sizes)


class GroupNorm(Module):
    """Standardise groups of channels of each item (Wu and He 2018); see :func:`nn.functional.group_norm`.

    Args:
        num_groups: How many groups.
        num_channels: Channels, which they must divide.
        eps: Added to the variance.
        affine: Whether to learn a factor and a summand for each channel.
        bias: Whether the summand is learnt.
        dtype: Of the parameters.

    Raises:
        ArgumentError: The groups do not divide the channels.

    >>> GroupNorm(2, 4)(Tensor(np.ones((3, 4, 5), np.float32))).shape
    (3, 4, 5)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ArgumentError(f"GroupNorm expects num_groups that divide {num_channels} channels, got {num_groups}")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.weight = Parameter(_full(1.0, num_channels, dtype)) if affine else None
        self.bias = Parameter(_full(0.0, num_channels, dtype)) if affine and bias else None

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with mean 0 and variance 1 in each group of each item, scaled and shifted."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the sizes and the options."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class LocalResponseNorm(Module):
    """Divide by what the neighbouring channels say (Krizhevsky et al. 2012).

    Args:
        size: How many channels count as neighbours.
        alpha: Factor of their mean square.
        beta: Exponent.
        k: Summand.

    >>> LocalResponseNorm(2)(Tensor(np.ones((1, 4, 3), np.float32))).shape
    (1, 4, 3)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input / (k + alpha * mean of squares) ** beta``."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
