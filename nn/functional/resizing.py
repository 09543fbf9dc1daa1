"""Another size, another place, another border: resampling, padding and shuffling."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .space import for_each_axis

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "grid_sample",
    "interpolate",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "upsample_bilinear",
    "upsample_nearest",
]


# Resampling

_RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_KERNELS = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize the space of ``(N, C, *space)``.

    Args:
        input: The input, with one to three axes of space.
        size: The new size, or
        scale_factor: by how much to multiply it, rounded down.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"area"``, and ``"linear"``, ``"bilinear"``, ``"bicubic"`` or
            ``"trilinear"`` for one, two, two and three axes.
        align_corners: Whether the middles of the outermost pixels, not their borders, stay where they are; for the
            modes named after polynomials only.
        recompute_scale_factor: Whether to go by the scale of the rounded sizes rather than by ``scale_factor``.
        antialias: Whether to smooth what is made smaller; for ``"bilinear"`` and ``"bicubic"``.

    >>> interpolate(Tensor([[[1.0, 3.0]]]), 4, mode="linear").data.tolist()
    [[[1.0, 1.5, 2.5, 3.0]]]
    """
    rank = input.ndim - 2
    if rank not in (1, 2, 3) or _RANKS.get(mode, rank) != rank:
        raise ShapeError(
            f"interpolate expects (N, C, *space) with {_RANKS.get(mode, '1 to 3')} axes of space for mode {mode!r}, "
            f"got shape {input.shape}"
        )
    if align_corners is not None and mode not in _RANKS:
        raise ArgumentError(f"align_corners expects one of the modes {', '.join(_RANKS)}, got {mode!r}: leave it out")
    if (size is None) == (scale_factor is None):
        raise ArgumentError(f"expected size or scale_factor, one of them, got {size} and {scale_factor}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ArgumentError(f'antialias expects mode "bilinear" or "bicubic", got {mode!r}')
    scales = None
    if scale_factor is not None:
        factors = [float(f) for f in for_each_axis("scale_factor", scale_factor, rank)]
        size = [math.floor(n * f) for n, f in zip(input.shape[2:], factors, strict=True)]
        scales = None if recompute_scale_factor else factors
    elif recompute_scale_factor:
        raise ArgumentError("recompute_scale_factor expects a scale_factor, got a size: leave it out")
    out: Tensor = autograd.interpolate(
        input,
        for_each_axis("size", size, rank),
        mode=_KERNELS.get(mode, mode),
        align_corners=bool(align_corners),
        scales=scales,
        antialias=antialias,
    )
    return out


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Resize ``(N, C, *space)`` to the nearest pixels, as :func:`interpolate` does.

    >>> upsample_nearest(Tensor([[[1.0, 3.0]]]), scale_factor=2).data.tolist()
    [[[1.0, 1.0, 3.0, 3.0]]]
    """
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Resize ``(N, C, H, W)`` bilinearly, with the middles of the corners where they were.

    >>> upsample_bilinear(Tensor([[[[1.0, 3.0]]]]), (1, 3)).data.tolist()
    [[[[1.0, 2.0, 3.0]]]]
    """
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


_SAMPLERS = ("bilinear", "nearest", "bicubic")
_OUTSIDE = ("zeros", "border", "reflection")


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str | int = "bilinear",
    padding_mode: str | int = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Read ``(N, C, H, W)`` or ``(N, C, D, H, W)`` at places ``(N, *places, 2 or 3)`` between -1 and 1, x first.

    Args:
        input: The pixels.
        grid: Where to read.
        mode: ``"bilinear"`` (of all axes), ``"nearest"`` or ``"bicubic"``, or its number in ``torch.grid_sampler``.
        padding_mode: What lies outside: ``"zeros"``, the ``"border"`` or a ``"reflection"``, or its number there.
        align_corners: Whether -1 and 1 are the middles of the outermost pixels, not their borders.

    >>> grid_sample(Tensor([[[[1.0, 3.0]]]]), Tensor([[[[0.0, 0.0]]]])).data.tolist()
    [[[[2.0]]]]
    """
    mode = _word("mode", mode, _SAMPLERS)
    if input.ndim not in (4, 5) or (mode == "bicubic" and input.ndim == 5):
        raise ShapeError(f"grid_sample expects 2 or 3 axes of space, 2 for bicubic, got shape {input.shape}")
    out: Tensor = autograd.grid_sample(
        input,
        grid,
        mode=_KERNELS.get(mode, mode),
        padding_mode=_word("padding_mode", padding_mode, _OUTSIDE),
        align_corners=bool(align_corners),
    )
    return out


def _word(name: str, given: str | int, words: Sequence[str]) -> str:
    if isinstance(given, int) and 0 <= given < len(words):
        return words[given]
    if given not in words:
        raise ArgumentError(f"expected {name} out of {', '.join(words)}, got {given!r}")
    return str(given)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Return the grid ``(N, *space, 2 or 3)`` that affine maps ``(N, 2, 3)`` or ``(N, 3, 4)`` make of space.

    ``size`` is the shape ``(N, C, *space)`` of what :func:`grid_sample` shall return.

    >>> affine_grid(Tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2)).data.tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    rank = len(size) - 2
    if rank not in (2, 3) or theta.shape != (size[0], rank, rank + 1):
        raise ShapeError(
            f"affine_grid expects maps (N, {rank}, {rank + 1}) for a size (N, C, *space) with 2 or 3 axes of space, "
            f"got {theta.shape} and {tuple(size)}"
        )
    inner = [1.0 if align_corners or not n else (n - 1) / n for n in size[2:]]
    axes = [np.linspace(-1.0, 1.0, n) * f if n > 1 else np.zeros(n) for n, f in zip(size[2:], inner, strict=True)]
    places = np.meshgrid(*axes, indexing="ij")[::-1]  # x, the last axis of space, comes first
    base = np.stack([*places, np.ones(tuple(size[2:]))], axis=-1).astype(theta.dtype)
    flat = autograd.matmul(base.reshape(-1, rank + 1), theta.swapaxes(1, 2))
    return autograd.reshape(flat, shape=(size[0], *size[2:], rank))  # type: ignore[no-any-return]


# Borders


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Add borders to the last axes, or cut off where a width is negative.

    Args:
        input: The input; modes other than ``"constant"`` pad its space, ``(C, *space)`` or ``(N, C, *space)``.
        pad: Widths in pairs, low and high, for the last axis, then for the one before it, and so on.
        mode: ``"constant"``; ``"reflect"`` without and ``"replicate"`` with the outermost entry; ``"circular"``.
        value: The constant, 0 when left out.

    >>> pad(Tensor([1.0, 2.0]), (1, 2)).data.tolist()
    [0.0, 1.0, 2.0, 0.0, 0.0]
    """
    widths = list(zip(pad[::2], pad[1::2], strict=False))
    if len(pad) % 2 or len(widths) > input.ndim:
        raise ShapeError(f"pad expects pairs of widths for at most {input.ndim} axes, got {tuple(pad)}")
    axes = [input.ndim - 1 - i for i in range(len(widths))]
    if any(input.shape[a] + low + high < 0 for a, (low, high) in zip(axes, widths, strict=True)):
        raise ShapeError(f"pad expects widths that leave a shape, got {tuple(pad)} for shape {input.shape}")
    if mode == "constant":
        return _pad_with(input, axes, widths, 0.0 if value is None else value)
    if mode not in _BORDERS:
        raise ArgumentError(f"pad expects a mode out of constant, {', '.join(_BORDERS)}, got {mode!r}")
    if value is not None:
        raise ArgumentError(f"value expects the mode constant, got {mode!r}: leave it out")
    if len(widths) not in (input.ndim - 1, input.ndim - 2) or not widths or not all(input.shape[-len(widths) - 1 :]):
        raise ShapeError(
            f"pad in mode {mode} expects (N, C, *space) or (C, *space) that is not empty and a pair for each axis of "
            f"space, got shape {input.shape} and {tuple(pad)}"
        )
    out: Any = input
    for axis, (low, high) in zip(axes, widths, strict=True):
        places = _border_places(mode, input.shape[axis], low, high)[:, None]
        out = autograd.resample(out, places=places, weights=np.ones(places.shape), axis=axis)
    return out  # type: ignore[no-any-return]


_BORDERS = ("reflect", "replicate", "circular")


def _pad_with(input: Tensor, axes: list[int], widths: list[tuple[int, int]], value: float) -> Tensor:
    inner, outer = [slice(None)] * input.ndim, [(0, 0)] * input.ndim
    for axis, (low, high) in zip(axes, widths, strict=True):
        inner[axis] = slice(max(0, -low), input.shape[axis] + min(0, high))
        outer[axis] = (max(0, low), max(0, high))
    out: Tensor = autograd.pad(input[tuple(inner)], pad_width=tuple(outer), constant_values=value)
    return out


def _border_places(mode: str, size: int, low: int, high: int) -> Any:
    """Return which entry of an axis each entry of the padded axis repeats."""
    places = np.arange(-low, size + high)
    if mode == "replicate":
        return places.clip(0, size - 1)
    if mode == "reflect":
        if max(low, high) >= size:
            raise ShapeError(f"pad expects a reflected border shorter than the axis of {size}, got {(low, high)}")
        return size - 1 - np.abs(size - 1 - np.abs(places))
    if max(low, high) > size:
        raise ShapeError(f"pad expects a circular border no longer than the axis of {size}, got {(low, high)}")
    first, kept = max(0, -low), size + min(0, low) + min(0, high)  # what is cut off does not come back
    return first + (places - first) % kept


# Shuffling


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Make of ``(*, C r r, H, W)`` larger pictures ``(*, C, H r, W r)`` (Shi et al. 2016).

    >>> pixel_shuffle(Tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2).data.tolist()
    [[[1.0, 2.0], [3.0, 4.0]]]
    """
    r = upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise ShapeError(f"pixel_shuffle expects (*, C * {r * r}, H, W) for a factor of {r}, got shape {input.shape}")
    *lead, channels, height, width = input.shape
    parts = input.reshape(*lead, channels // (r * r), r, r, height, width)
    n = len(lead)
    order = parts.transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return order.reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Make of ``(*, C, H r, W r)`` smaller pictures ``(*, C r r, H, W)``: the inverse of :func:`pixel_shuffle`.

    >>> pixel_unshuffle(Tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).shape
    (4, 1, 1)
    """
    r = downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-2] % r or input.shape[-1] % r:
        raise ShapeError(f"pixel_unshuffle expects (*, C, H * {r}, W * {r}), got shape {input.shape}")
    *lead, channels, height, width = input.shape
    parts = input.reshape(*lead, channels, height // r, r, width // r, r)
    n = len(lead)
    order = parts.transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return order.reshape(*lead, channels * r * r, height // r, width // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Deal the channels of ``(N, C, *space)`` out to groups in turn (Zhang et al. 2018).

    >>> channel_shuffle(Tensor([[[1.0], [2.0], [3.0], [4.0]]]), 2).data.tolist()
    [[[1.0], [3.0], [2.0], [4.0]]]
    """
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise ShapeError(f"channel_shuffle expects (N, C, *space) with C in {groups} groups, got shape {input.shape}")
    batch, channels, *space = input.shape
    parts = input.reshape(batch, groups, channels // groups, *space)
    out: Tensor = parts.swapaxes(1, 2).reshape(batch, channels, *space)
    return out
