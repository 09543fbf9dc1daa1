"""Convolutions, and the columns they are made of."""

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError

from .space import PerAxis, for_each_axis, on_batch

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]

Padding = PerAxis | str


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate ``(N, C, L)`` or ``(C, L)`` with a weight ``(out, C / groups, taps)``.

    ``padding`` is a number, one for each axis, ``"same"`` or ``"valid"``.

    >>> conv1d(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]])).data.tolist()
    [[[1.0, 2.0]]]
    """
    return _conv(1, input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate ``(N, C, H, W)`` or ``(C, H, W)`` with a weight ``(out, C / groups, *taps)``.

    ``padding`` is a number, one for each axis, ``"same"`` or ``"valid"``.

    >>> conv2d(Tensor([[[1.0, 2.0], [3.0, 4.0]]]), Tensor([[[[1.0, 1.0]]]])).data.tolist()
    [[[3.0], [7.0]]]
    """
    return _conv(2, input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate ``(N, C, D, H, W)`` or ``(C, D, H, W)`` with a weight ``(out, C / groups, *taps)``.

    ``padding`` is a number, one for each axis, ``"same"`` or ``"valid"``.

    >>> conv3d(Tensor([[[[1.0, 2.0]]]]), Tensor([[[[[1.0, 1.0]]]]])).data.tolist()
    [[[[3.0]]]]
    """
    return _conv(3, input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups)


def _conv(rank: int, input: Tensor, weight: Tensor, bias: Tensor | None, **options: Any) -> Tensor:
    name = f"conv{rank}d"
    _check_dtypes(name, input, weight, bias)
    out: Tensor = on_batch(name, input, rank, lambda x: _biased(name, autograd.convolution(x, weight, **options), bias))
    return out


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    dilation: PerAxis = 1,
) -> Tensor:
    """Add kernels of a weight ``(C, out / groups, taps)`` up, weighted by ``(N, C, L)``: the adjoint of :func:`conv1d`.

    ``padding`` takes away at both ends; ``output_padding`` adds at the upper one, less than a step.

    >>> conv_transpose1d(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 1.0]]])).data.tolist()
    [[[1.0, 3.0, 2.0]]]
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    dilation: PerAxis = 1,
) -> Tensor:
    """Add kernels of a weight ``(C, out / groups, *taps)`` up, weighted by ``(N, C, H, W)``.

    The adjoint of :func:`conv2d`; options as in :func:`conv_transpose1d`.

    >>> conv_transpose2d(Tensor([[[1.0, 2.0]]]), Tensor([[[[1.0, 1.0]]]]), stride=2).data.tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    dilation: PerAxis = 1,
) -> Tensor:
    """Add kernels of a weight ``(C, out / groups, *taps)`` up, weighted by ``(N, C, D, H, W)``.

    The adjoint of :func:`conv3d`; options as in :func:`conv_transpose1d`.

    >>> conv_transpose3d(Tensor([[[[1.0, 2.0]]]]), Tensor([[[[[1.0, 1.0]]]]])).data.tolist()
    [[[[1.0, 3.0, 2.0]]]]
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _conv_transpose(
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: int,
    dilation: PerAxis,
) -> Tensor:
    name = f"conv_transpose{rank}d"
    _check_dtypes(name, input, weight, bias)
    given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    steps, pads, extra, gaps = (for_each_axis(key, value, rank) for key, value in given.items())
    if min(pads) < 0 or any(not 0 <= e < max(s, d) for e, s, d in zip(extra, steps, gaps, strict=True)):
        raise ArgumentError(
            f"{name} expects padding of at least 0 and an output_padding from 0 to less than the stride or the "
            f"dilation, got padding {padding}, output_padding {output_padding}, stride {stride}, dilation {dilation}"
        )
    pairs = [(p, p - e) for p, e in zip(pads, extra, strict=True)]

    def whole(x: Tensor) -> Tensor:
        out = autograd.convolution_transpose(x, weight, stride=stride, padding=pairs, dilation=dilation, groups=groups)
        return _biased(name, out, bias)

    out: Tensor = on_batch(name, input, rank, whole)
    return out


def _check_dtypes(name: str, *operands: Tensor | None) -> None:
    dtypes = {x.dtype for x in operands if x is not None}
    if len(dtypes) > 1:
        raise DtypeError(
            f"{name} expects input, weight and bias of one dtype, got {', '.join(sorted(map(str, dtypes)))}"
        )


def _biased(name: str, out: Tensor, bias: Tensor | None) -> Tensor:
    if bias is None:
        return out
    if bias.shape != (out.shape[1],):
        raise ShapeError(f"{name} expects one bias for each of {out.shape[1]} channels, got shape {bias.shape}")
    whole: Tensor = out + bias.reshape(-1, *(1,) * (out.ndim - 2))
    return whole


def unfold(
    input: Tensor, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0, stride: PerAxis = 1
) -> Tensor:
    """Lay each window of ``(N, C, H, W)`` or ``(C, H, W)`` out as a column: ``(N, C * taps, windows)``.

    >>> unfold(Tensor([[[1.0, 2.0, 3.0]]]), (1, 2)).data.tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    kernel = for_each_axis("kernel_size", kernel_size, 2)
    out: Tensor = on_batch(
        "unfold",
        input,
        2,
        lambda x: autograd.im2col(x, kernel, stride=stride, padding=padding, dilation=dilation),
    )
    return out


def fold(
    input: Tensor,
    output_size: PerAxis,
    kernel_size: PerAxis,
    dilation: PerAxis = 1,
    padding: PerAxis = 0,
    stride: PerAxis = 1,
) -> Tensor:
    """Add columns ``(N, C * taps, windows)`` up where :func:`unfold` takes them from; places that overlap add up.

    >>> fold(Tensor([[1.0, 2.0], [2.0, 3.0]]), (1, 3), (1, 2)).data.tolist()
    [[[1.0, 4.0, 3.0]]]
    """
    size, kernel = for_each_axis("output_size", output_size, 2), for_each_axis("kernel_size", kernel_size, 2)
    out: Tensor = on_batch(
        "fold",
        input,
        1,
        lambda x: autograd.col2im(x, size, kernel, stride=stride, padding=padding, dilation=dilation),
    )
    return out
