"""Pooling: the largest entry or the mean of windows, of parts, and of windows at uneven steps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from autograd.random import default_rng
from nn.errors import ArgumentError

from .checks import raw
from .space import PerAxis, for_each_axis, on_batch

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]

# The largest


def max_pool1d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest entry of each window of ``(N, C, L)`` or ``(C, L)``.

    Args:
        input: The input.
        kernel_size: Taps of a window.
        stride: Steps of the window; as long as the kernel when left out.
        padding: Borders, which never win; at most half the kernel.
        dilation: Distance of the taps.
        ceil_mode: Whether a last window may stick out at the upper end.
        return_indices: Whether to return the winners' places in the flattened space too. Of equal entries the first
            one wins and takes the gradient.

    >>> max_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2).data.tolist()
    [[3.0, 2.0]]
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest entry of each window of ``(N, C, H, W)`` or ``(C, H, W)``; options as in :func:`max_pool1d`.

    >>> max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2).data.tolist()
    [[[3.0]]]
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest entry of each window of ``(N, C, D, H, W)``; options as in :func:`max_pool1d`.

    >>> max_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), (1, 2, 2)).data.tolist()
    [[[[3.0]]]]
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(
    rank: int,
    input: Tensor,
    kernel: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    dilation: PerAxis,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    return on_batch(
        f"max_pool{rank}d",
        input,
        rank,
        lambda x: autograd.max_pool(x, kernel, return_indices=return_indices, **options),
        empty=False,
    )


def max_unpool1d(
    input: Tensor,
    indices: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put entries back where :func:`max_pool1d` found them, among zeros.

    Args:
        input: ``(N, C, L)`` or ``(C, L)``.
        indices: The places that the pool returned. Two windows must not name one place.
        kernel_size: That of the pool.
        stride: That of the pool.
        padding: That of the pool.
        output_size: The size or the shape of what was pooled, where it cannot be told from the others.

    >>> max_unpool1d(Tensor([[3.0, 2.0]]), np.array([[1, 2]]), 2).data.tolist()
    [[0.0, 3.0, 2.0, 0.0]]
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put entries back where :func:`max_pool2d` found them, among zeros; options as in :func:`max_unpool1d`.

    >>> max_unpool2d(Tensor([[[3.0]]]), np.array([[[1]]]), 2).data.tolist()
    [[[0.0, 3.0], [0.0, 0.0]]]
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put entries back where :func:`max_pool3d` found them, among zeros; options as in :func:`max_unpool1d`.

    >>> max_unpool3d(Tensor([[[[3.0]]]]), np.array([[[[1]]]]), (1, 1, 2)).data.tolist()
    [[[[0.0, 3.0]]]]
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    rank: int,
    input: Tensor,
    indices: Any,
    kernel: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    output_size: Sequence[int] | None,
) -> Tensor:
    name = f"max_unpool{rank}d"
    places = raw(indices)
    taps = for_each_axis("kernel_size", kernel, rank)
    steps = for_each_axis("stride", stride or kernel, rank)
    pads = for_each_axis("padding", padding, rank)
    least = [(p - 1) * s - 2 * b + k for p, s, b, k in zip(input.shape[-rank:], steps, pads, taps, strict=True)]
    size = least if output_size is None else list(output_size)[-rank:]
    if any(abs(n - m) >= s for n, m, s in zip(size, least, steps, strict=True)):
        raise ShapeError(f"{name} expects an output_size that differs from {least} by less than a step, got {size}")

    def whole(x: Tensor) -> Tensor:
        out: Tensor = autograd.max_unpool(x, places if x is input else places[None], size)
        return out

    out: Tensor = on_batch(name, input, rank, whole)
    return out


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: PerAxis,
    output_size: PerAxis | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
    rng: np.random.Generator | None = None,
) -> Any:
    """Return the largest entries of windows at uneven steps in ``(N, C, H, W)`` or ``(C, H, W)`` (Graham 2014).

    Args:
        input: The input.
        kernel_size: Taps of a window.
        output_size: How many windows, or
        output_ratio: how many for each entry of the input, from 0 to 1.
        return_indices: Whether to return the winners' places in the flattened space too.
        _random_samples: Numbers from 0 to 1, ``(N, C, 2)``, that shift the steps; drawn when left out.
        rng: What draws them.

    >>> fractional_max_pool2d(Tensor([[[1.0, 3.0, 2.0]]]), 1, (1, 3)).data.tolist()
    [[[1.0, 3.0, 2.0]]]
    """
    wanted = _fractional_size(2, input, output_size, output_ratio)
    return _fractional_max_pool(2, input, kernel_size, wanted, return_indices, _random_samples, rng)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: PerAxis,
    output_size: PerAxis | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
    rng: np.random.Generator | None = None,
) -> Any:
    """Return the largest entries of windows at uneven steps in ``(N, C, D, H, W)``, as :func:`fractional_max_pool2d`.

    >>> fractional_max_pool3d(Tensor([[[[1.0, 3.0, 2.0]]]]), 1, (1, 1, 3)).data.tolist()
    [[[[1.0, 3.0, 2.0]]]]
    """
    wanted = _fractional_size(3, input, output_size, output_ratio)
    return _fractional_max_pool(3, input, kernel_size, wanted, return_indices, _random_samples, rng)


def _fractional_size(rank: int, input: Tensor, size: PerAxis | None, ratio: Any) -> tuple[int, ...]:
    if (size is None) == (ratio is None):
        raise ArgumentError(f"expected output_size or output_ratio, one of them, got {size} and {ratio}")
    if size is not None:
        return for_each_axis("output_size", size, rank)
    ratios = for_each_axis("output_ratio", ratio, rank)
    if not all(0 < r < 1 for r in ratios):
        raise ArgumentError(f"expected an output_ratio between 0 and 1, got {ratio}")
    return tuple(int(n * r) for n, r in zip(input.shape[-rank:], ratios, strict=True))


def _fractional_max_pool(
    rank: int,
    input: Tensor,
    kernel: PerAxis,
    size: tuple[int, ...],
    return_indices: bool,
    samples: Any,
    rng: np.random.Generator | None,
) -> Any:
    def whole(x: Tensor) -> Any:
        shifts = (rng or default_rng()).random((*x.shape[:2], rank)) if samples is None else raw(samples)
        if rank == 2:
            shifts = shifts[..., ::-1]  # PyTorch gives the last axis first, with two axes only
        return autograd.fractional_max_pool(x, kernel, size, shifts, return_indices=return_indices)

    return on_batch(f"fractional_max_pool{rank}d", input, rank, whole, empty=False)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest entries of ``output_size`` parts of ``(N, C, L)`` or ``(C, L)``.

    >>> adaptive_max_pool1d(Tensor([[1.0, 3.0, 2.0]]), 2).data.tolist()
    [[3.0, 3.0]]
    """
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest entries of ``output_size`` parts of ``(N, C, H, W)``, of an axis whole where it is ``None``.

    >>> adaptive_max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (None, 1)).data.tolist()
    [[[3.0], [2.0]]]
    """
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest entries of ``output_size`` parts of ``(N, C, D, H, W)``, as :func:`adaptive_max_pool2d`.

    >>> adaptive_max_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 1).data.tolist()
    [[[[3.0]]]]
    """
    return _adaptive_max_pool(3, input, output_size, return_indices)


def _adaptive_max_pool(rank: int, input: Tensor, size: Any, return_indices: bool) -> Any:
    sizes = for_each_axis("output_size", size, rank)
    return on_batch(
        f"adaptive_max_pool{rank}d",
        input,
        rank,
        lambda x: autograd.adaptive_max_pool(x, sizes, return_indices=return_indices),
        empty=False,
    )


# The mean


def avg_pool1d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Return the mean of each window of ``(N, C, L)`` or ``(C, L)``.

    Args:
        input: The input.
        kernel_size: Taps of a window.
        stride: Steps of the window; as long as the kernel when left out.
        padding: Borders of zeros; at most half the kernel.
        ceil_mode: Whether a last window may stick out at the upper end; what sticks out does not count.
        count_include_pad: Whether the border counts.

    >>> avg_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2).data.tolist()
    [[2.0, 1.0]]
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of each window of ``(N, C, H, W)`` or ``(C, H, W)``; options as in :func:`avg_pool1d`.

    ``divisor_override`` is what to divide by instead of the count.

    >>> avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2).data.tolist()
    [[[1.5]]]
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of each window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``; options as in :func:`avg_pool2d`.

    >>> avg_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), (1, 2, 2)).data.tolist()
    [[[[1.5]]]]
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _avg_pool(
    rank: int,
    input: Tensor,
    kernel: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:
    options: dict[str, Any] = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    counting: dict[str, Any] = {"count_include_pad": count_include_pad, "divisor_override": divisor_override}
    out: Tensor = on_batch(
        f"avg_pool{rank}d",
        input,
        rank,
        lambda x: autograd.avg_pool(x, kernel, **options, **counting),
        empty=False,
    )
    return out


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of ``output_size`` parts of ``(N, C, L)`` or ``(C, L)``.

    >>> adaptive_avg_pool1d(Tensor([[1.0, 3.0, 2.0]]), 2).data.tolist()
    [[2.0, 2.5]]
    """
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of ``output_size`` parts of ``(N, C, H, W)``, of an axis whole where it is ``None``.

    >>> adaptive_avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (None, 1)).data.tolist()
    [[[2.0], [1.0]]]
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of ``output_size`` parts of ``(N, C, D, H, W)``, as :func:`adaptive_avg_pool2d`.

    >>> adaptive_avg_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 1).data.tolist()
    [[[[1.5]]]]
    """
    return _adaptive_avg_pool(3, input, output_size)


def _adaptive_avg_pool(rank: int, input: Tensor, size: Any) -> Tensor:
    sizes = for_each_axis("output_size", size, rank)
    out: Tensor = on_batch(
        f"adaptive_avg_pool{rank}d",
        input,
        rank,
        lambda x: autograd.adaptive_avg_pool(x, sizes),
        empty=False,
    )
    return out


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: PerAxis, stride: PerAxis | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the ``norm_type`` norm of each window of ``(N, C, L)`` or ``(C, L)``, without absolute values.

    >>> lp_pool1d(Tensor([[3.0, 4.0]]), 2.0, 2).data.tolist()
    [[5.0]]
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: PerAxis, stride: PerAxis | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the ``norm_type`` norm of each window of ``(N, C, H, W)`` or ``(C, H, W)``; see :func:`lp_pool1d`.

    >>> lp_pool2d(Tensor([[[3.0, 4.0]]]), 2.0, (1, 2)).data.tolist()
    [[[5.0]]]
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: PerAxis, stride: PerAxis | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the ``norm_type`` norm of each window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``; see :func:`lp_pool1d`.

    >>> lp_pool3d(Tensor([[[[3.0, 4.0]]]]), 2.0, (1, 1, 2)).data.tolist()
    [[[[5.0]]]]
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    rank: int, input: Tensor, norm_type: float, kernel: PerAxis, stride: PerAxis | None, ceil_mode: bool
) -> Tensor:
    """Mean of powers, times their number, to the inverse power; NaN where that sum is negative, as in PyTorch."""
    taps = int(np.prod(np.broadcast_to(kernel, rank)))
    means = _avg_pool(rank, input**norm_type, kernel, stride, 0, ceil_mode, True, None)
    out: Tensor = (means * float(taps)) ** (1.0 / norm_type)
    return out
