"""Normalisations: shift and scale over some axes, then a learnt scale and shift."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .checks import checked_dim, raw

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm"]


def layer_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """Standardise over the last axes, which must be of ``normalized_shape`` (Ba, Kiros and Hinton 2016).

    >>> layer_norm(Tensor([[1.0, 3.0], [5.0, 5.0]]), (2,), eps=0.0625).data.round(2).tolist()
    [[-0.97, 0.97], [0.0, 0.0]]
    """
    shape = _normalized(input, normalized_shape, weight=weight, bias=bias)
    out = autograd.standardize(input, axis=_last(shape), eps=eps)
    return _scaled(out, weight, bias, shape)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None
) -> Tensor:
    """Divide by the root of the mean square over the last axes, without centring (Zhang and Sennrich 2019).

    ``eps`` is the dtype's resolution when not given.

    >>> rms_norm(Tensor([3.0, 3.0]), (2,)).data.round(3).tolist()
    [1.0, 1.0]
    """
    shape = _normalized(input, normalized_shape, weight=weight)
    if eps is None:
        eps = float(np.finfo(input.dtype).eps)
    power = autograd.mean(autograd.square(input), axis=_last(shape), keepdims=True) if input.size else 1.0
    return _scaled(input * autograd.rsqrt(power + eps), weight, None, shape)


def _normalized(input: Tensor, normalized_shape: int | Sequence[int], **learnt: Any) -> tuple[int, ...]:
    """Return the shape as a tuple, checked against the input and the learnt numbers."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or input.shape[-len(shape) :] != shape:
        raise ShapeError(
            f"expected normalized_shape to be the last axes of the input, of shape {input.shape}, got {shape}"
        )
    for name, numbers in learnt.items():
        if numbers is not None and np.shape(raw(numbers)) != shape:
            raise ShapeError(f"expected {name} of normalized_shape {shape}, got {np.shape(raw(numbers))}")
    return shape


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(shape), 0))


def _scaled(out: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Tensor:
    """Multiply by the weight and add the bias, both brought into a shape that broadcasts."""
    if weight is not None:
        out = out * _shaped(weight, shape)
    if bias is not None:
        out = out + _shaped(bias, shape)
    return out  # type: ignore[no-any-return]


def _shaped(numbers: Any, shape: tuple[int, ...]) -> Any:
    return numbers if np.ndim(raw(numbers)) == len(shape) else autograd.reshape(numbers, shape=shape)


def group_norm(input: Tensor, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Standardise each of ``num_groups`` groups of channels of each example (Wu and He 2018).

    Args:
        input: Of shape ``(N, C, ...)``.
        num_groups: A divisor of ``C``.
        weight: A factor for each channel.
        bias: A summand for each channel.
        eps: Added to the variance.

    >>> group_norm(Tensor([[1.0, 3.0, 5.0, 5.0]]), 2, eps=0.0625).data.round(2).tolist()
    [[-0.97, 0.97, 0.0, 0.0]]
    """
    if input.ndim < 2:
        raise ShapeError(f"group_norm expects an input of shape (N, C, ...), got {input.shape}")
    batch, channels = input.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise ShapeError(f"group_norm expects num_groups to divide the {channels} channels, got {num_groups}")
    size = input.size // max(batch * num_groups, 1)
    groups = autograd.reshape(input, shape=(batch, num_groups, size))
    out = autograd.reshape(autograd.standardize(groups, axis=-1, eps=eps), shape=input.shape)
    _check_channels(channels, weight=weight, bias=bias)
    return _scaled(out, weight, bias, _spread(input))


def _check_channels(channels: int, **numbers: Any) -> None:
    for name, given in numbers.items():
        if given is not None and np.shape(raw(given)) != (channels,):
            raise ShapeError(
                f"expected one number in {name} for each of {channels} channels, got shape {np.shape(raw(given))}"
            )


def _spread(input: Tensor) -> tuple[int, ...]:
    """Return the shape in which one number for each channel broadcasts with the input."""
    return (-1,) + (1,) * (input.ndim - 2)


def batch_norm(
    input: Tensor,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Standardise each channel: by the batch in training, by the running numbers otherwise (Ioffe and Szegedy 2015).

    Training moves the running numbers by ``momentum`` towards the batch's mean and unbiased variance, in place.

    Args:
        input: Of shape ``(N, C, ...)``.
        running_mean: The mean of each channel so far, or ``None``.
        running_var: The variance of each channel so far, or ``None``.
        weight: A factor for each channel.
        bias: A summand for each channel.
        training: Whether to use the batch's numbers.
        momentum: How far the running numbers move.
        eps: Added to the variance.

    >>> batch_norm(Tensor([[1.0], [3.0]]), None, None, training=True, eps=0.0625).data.round(2).tolist()
    [[-0.97], [0.97]]
    """
    axis = min(1, input.ndim - 1)
    channels = input.shape[axis] if input.ndim else 0
    _check_channels(channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        out = _by_running(input, running_mean, running_var, eps)
        return _scaled(out, weight, bias, _spread(input))
    if 0 < input.size == channels:
        raise ArgumentError(
            f"batch_norm expects more than 1 value per channel in training, got input of shape {input.shape}"
        )
    axes = tuple(a for a in range(input.ndim) if a != axis)
    _update_running(running_mean, running_var, raw(input), axes, momentum)
    return _scaled(autograd.standardize(input, axis=axes, eps=eps), weight, bias, _spread(input))


def _by_running(input: Tensor, running_mean: Any, running_var: Any, eps: float) -> Any:
    if running_mean is None or running_var is None:
        raise ArgumentError("expected running_mean and running_var, as nothing is measured here, got None")
    shape = _spread(input)
    centred = input - autograd.reshape(running_mean, shape=shape)
    return centred * autograd.rsqrt(autograd.reshape(running_var, shape=shape) + eps)


def _update_running(mean: Any, var: Any, batch: Any, axes: tuple[int, ...], momentum: float) -> None:
    """Move the running numbers towards those over ``axes``, averaged over the batch where it is not among them."""
    if not batch.size:
        return
    rest = tuple(range(batch.ndim - len(axes) - 1)) if 0 not in axes else ()
    if mean is not None:
        _move(mean, np.mean(np.mean(batch, axis=axes), axis=rest), momentum)
    if var is not None:
        _move(var, np.mean(np.var(batch, axis=axes, ddof=1), axis=rest), momentum)


def _move(running: Any, measured: Any, momentum: float) -> None:
    moved = ((1.0 - momentum) * raw(running) + momentum * measured).astype(raw(running).dtype)
    if isinstance(running, Tensor):
        running.data = moved
    else:
        running[...] = moved


def instance_norm(
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Standardise each channel of each example over its space (Ulyanov, Vedaldi and Lempitsky 2016).

    Args:
        input: Of shape ``(N, C, L, ...)``.
        running_mean: The mean of each channel so far, moved in place; or ``None``.
        running_var: The variance of each channel so far, moved in place; or ``None``.
        weight: A factor for each channel.
        bias: A summand for each channel.
        use_input_stats: Whether to use the example's own numbers; the running ones otherwise.
        momentum: How far the running numbers move.
        eps: Added to the variance.

    >>> instance_norm(Tensor([[[1.0, 3.0], [5.0, 5.0]]]), eps=0.0625).data.round(2).tolist()
    [[[-0.97, 0.97], [0.0, 0.0]]]
    """
    if input.ndim < 3:
        raise ShapeError(f"instance_norm expects an input of shape (N, C, L, ...), got {input.shape}")
    channels = input.shape[1]
    _check_channels(channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not use_input_stats:
        out = _by_running(input, running_mean, running_var, eps)
        return _scaled(out, weight, bias, _spread(input))
    if input.size == input.shape[0] * channels:
        raise ArgumentError(f"instance_norm expects more than 1 value in space, got input of shape {input.shape}")
    axes = tuple(range(2, input.ndim))
    _update_running(running_mean, running_var, raw(input), axes, momentum)
    return _scaled(autograd.standardize(input, axis=axes, eps=eps), weight, bias, _spread(input))


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide by ``(k + alpha * mean of squares) ** beta`` over ``size`` neighbouring channels.

    Krizhevsky, Sutskever and Hinton (2012), with the mean in place of the sum, as in PyTorch.

    >>> local_response_norm(Tensor([[[2.0], [0.0]]]), 1, alpha=1.0, beta=0.5, k=0.0).data.tolist()[0][0]
    [1.0]
    """
    if input.ndim < 3:
        raise ShapeError(f"local_response_norm expects an input of shape (N, C, L, ...), got {input.shape}")
    before, after = size // 2, (size - 1) // 2
    widths = [(before, after) if axis == 1 else (0, 0) for axis in range(input.ndim)]
    squares = autograd.pad(autograd.square(input), pad_width=widths)
    channels = input.shape[1]
    total = sum(autograd.get_item(squares, index=(slice(None), slice(i, i + channels))) for i in range(size))
    out: Tensor = input / (total * (alpha / size) + k) ** beta
    return out


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Divide by the norm of order ``p`` along ``dim``, or by ``eps`` where the norm is smaller.

    >>> normalize(Tensor([[3.0, 4.0], [0.0, 0.0]])).data.round(2).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    length = autograd.norm(input, ord=p, axis=checked_dim(dim, input.ndim), keepdims=True)
    out: Tensor = input / autograd.clip(length, eps, None)
    return out
