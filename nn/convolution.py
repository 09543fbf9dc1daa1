"""Convolutions and transposed convolutions in one, two and three dimensions, with PyTorch's options and layouts."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import functional as F
from nn import init
from nn.errors import ArgumentError
from nn.module import Module
from nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

Sizes = int | Sequence[int]
_PADDINGS = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _per_axis(sizes: Sizes, rank: int, name: str) -> tuple[int, ...]:
    found = (int(sizes),) * rank if isinstance(sizes, (int, np.integer)) else tuple(int(n) for n in sizes)
    if len(found) != rank:
        raise ArgumentError(f"expected {name} of one number or of {rank}, got {sizes}")
    return found


class _Convolution(Module):
    """What all of them share: options, and kernels that start evenly distributed up to ``1 / sqrt(fan_in)``."""

    rank: ClassVar[int]
    transposed: ClassVar[bool] = False

    def _prepare(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: Any,
        rng: "np.random.Generator | None",
    ) -> None:
        name = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ArgumentError(
                f"{name} expects groups that divide in_channels={in_channels} and out_channels={out_channels}, "
                f"got {groups}"
            )
        if padding_mode not in _PADDINGS or (self.transposed and padding_mode != "zeros"):
            known = "zeros" if self.transposed else ", ".join(_PADDINGS)
            raise ArgumentError(f"{name} expects a padding_mode of {known}, got {padding_mode!r}")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _per_axis(kernel_size, self.rank, "kernel_size")
        self.stride = _per_axis(stride, self.rank, "stride")
        self.padding = padding if isinstance(padding, str) else _per_axis(padding, self.rank, "padding")
        self.dilation = _per_axis(dilation, self.rank, "dilation")
        self.groups = groups
        self.padding_mode = padding_mode
        rows, columns = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (rows, columns // groups, *self.kernel_size)
        bound = 1.0 / math.sqrt(max(1, math.prod(shape[1:])))
        self.weight = init.uniform_(_blank(*shape, dtype=dtype), -bound, bound, rng)
        self.bias = init.uniform_(_blank(out_channels, dtype=dtype), -bound, bound, rng) if bias else None

    def extra_repr(self) -> str:
        """Return the sizes, and the options that are not the defaults."""
        usual: dict[str, Any] = {"padding": 0, "dilation": 1, "output_padding": 0}
        parts = [f"{self.in_channels}, {self.out_channels}", f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        for name, value in usual.items():
            found = vars(self).get(name, value)
            if found not in (value, (value,) * self.rank):
                parts.append(f"{name}={found}")
        parts += [f"groups={self.groups}"] if self.groups != 1 else []
        parts += ["bias=False"] if self.bias is None else []
        parts += [f"padding_mode={self.padding_mode}"] if self.padding_mode != "zeros" else []
        return ", ".join(parts)


def _blank(*shape: int, dtype: Any) -> Parameter:
    return Parameter(np.zeros(shape, dtype or get_default_dtype()))


class _Conv(_Convolution):
    """What the plain ones add: borders that hold something."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        self._prepare(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype, rng
        )

    def forward(self, input: Tensor) -> Tensor:
        """Return ``(batch, out_channels, ...)``, or without the batch."""
        convolve = getattr(F, f"conv{self.rank}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._borders(), mode=_PADDINGS[self.padding_mode])
            padding = 0
        out: Tensor = convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
        return out

    def _borders(self) -> list[int]:
        """Return the width of both borders of each axis, the last axis first, as :func:`nn.functional.pad` wants it."""
        if self.padding == "valid":
            return [0] * 2 * self.rank
        if isinstance(self.padding, str):
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            pairs = [(total // 2, total - total // 2) for total in totals]
        else:
            pairs = [(n, n) for n in self.padding]
        return [n for pair in reversed(pairs) for n in pair]


class Conv1d(_Conv):
    """Cross-correlation of ``(batch, in_channels, L)`` with learnt kernels; see :func:`nn.functional.conv1d`.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Taps, one number or one for each axis of space.
        stride: Steps, likewise.
        padding: Width of the borders, likewise; or ``"same"`` or ``"valid"``.
        dilation: Distances of taps, likewise.
        groups: How many groups of channels keep to themselves.
        bias: Whether to add a bias to each channel.
        padding_mode: What the borders hold: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        dtype: Of the parameters.
        rng: Where to draw them from.

    Raises:
        ArgumentError: ``groups`` does not divide the channels, or an option has no meaning.

    >>> Conv1d(2, 4, kernel_size=3)(Tensor(np.ones((5, 2, 8), np.float32))).shape
    (5, 4, 6)
    """

    rank = 1


class Conv2d(_Conv):
    """Cross-correlation of ``(batch, in_channels, H, W)`` with learnt kernels; options as in :class:`Conv1d`.

    >>> Conv2d(2, 4, kernel_size=3)(Tensor(np.ones((5, 2, 8, 8), np.float32))).shape
    (5, 4, 6, 6)
    """

    rank = 2


class Conv3d(_Conv):
    """Cross-correlation of ``(batch, in_channels, D, H, W)`` with learnt kernels; options as in :class:`Conv1d`.

    >>> Conv3d(2, 4, kernel_size=3)(Tensor(np.ones((5, 2, 8, 8, 8), np.float32))).shape
    (5, 4, 6, 6, 6)
    """

    rank = 3


class _TransposedConvolution(_Convolution):
    """What the transposed ones add: an output that may be longer at its upper end."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        self._prepare(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype, rng
        )
        self.output_padding = _per_axis(output_padding, self.rank, "output_padding")

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Return ``(batch, out_channels, ...)``, of ``output_size`` where several are possible."""
        extra = self.output_padding if output_size is None else self._missing(input, output_size)
        convolve = getattr(F, f"conv_transpose{self.rank}d")
        out: Tensor = convolve(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
        return out

    def _missing(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """Return how much longer than the shortest output the wanted one is."""
        wanted = tuple(int(n) for n in output_size)[-self.rank :]
        padding = _per_axis(self.padding, self.rank, "padding") if not isinstance(self.padding, str) else ()
        taps = zip(input.shape[-self.rank :], self.stride, padding, self.dilation, self.kernel_size, strict=True)
        least = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in taps)
        extra = tuple(w - n for w, n in zip(wanted, least, strict=True))
        if any(not 0 <= e < s for e, s in zip(extra, self.stride, strict=True)):
            most = tuple(n + s - 1 for n, s in zip(least, self.stride, strict=True))
            raise ArgumentError(f"expected an output_size from {least} to {most}, got {wanted}")
        return extra


class ConvTranspose1d(_TransposedConvolution):
    """The transposed convolution of ``(batch, in_channels, L)``; see :func:`nn.functional.conv_transpose1d`.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Taps, one number or one for each axis of space.
        stride: Steps, likewise.
        padding: What is cut off at both ends, likewise.
        output_padding: What is added at the upper end, likewise.
        groups: How many groups of channels keep to themselves.
        bias: Whether to add a bias to each channel.
        dilation: Distances of taps, one number or one for each axis of space.
        padding_mode: ``"zeros"``.
        dtype: Of the parameters.
        rng: Where to draw them from.

    Raises:
        ArgumentError: ``groups`` does not divide the channels, or an option has no meaning.

    >>> ConvTranspose1d(2, 4, kernel_size=3, stride=2)(Tensor(np.ones((5, 2, 4), np.float32))).shape
    (5, 4, 9)
    """

    rank = 1


class ConvTranspose2d(_TransposedConvolution):
    """The transposed convolution of ``(batch, in_channels, H, W)``; options as in :class:`ConvTranspose1d`.

    >>> ConvTranspose2d(2, 4, kernel_size=3, stride=2)(Tensor(np.ones((5, 2, 4, 4), np.float32))).shape
    (5, 4, 9, 9)
    """

    rank = 2


class ConvTranspose3d(_TransposedConvolution):
    """The transposed convolution of ``(batch, in_channels, D, H, W)``; options as in :class:`ConvTranspose1d`.

    >>> ConvTranspose3d(2, 4, kernel_size=3, stride=2)(Tensor(np.ones((5, 2, 4, 4, 4), np.float32))).shape
    (5, 4, 9, 9, 9)
    """

    rank = 3
