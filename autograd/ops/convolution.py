"""Convolutions in any number of dimensions.

Everything follows from one trilinear form, with positions ``p``, taps ``k``, stride ``s`` and dilation ``d``::

    T(x, w, y) = sum over n, o, c, p, k of  x[n, c, s p + d k - low] * w[o, c, k] * y[n, o, p]

Its derivative by ``y`` is the convolution, by ``x`` the transposed convolution, by ``w`` the correlation of inputs with
outputs that trains a kernel. Each is linear in the two others, so that the derivatives of each are the other two.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .windows import Padding, PerAxis, Windows, add_windows, view_windows, windows_of

__all__ = ["convolution", "convolution_transpose", "convolution_weight"]

_BLOCK = 1 << 20  # bytes of columns that are multiplied at once, so that they stay in the cache


@primitive(symbol="*", formula="sum x[n, c, s p + d k - low] w[o, c, k]", derivative="w *ᵀ g, x ⋆ g")
def convolution(
    x: Any, weight: Any, /, *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1
) -> Any:
    """Cross-correlate ``(batch, channels, *space)`` with kernels ``(out, channels / groups, *taps)``.

    Any number of axes of space; the number of windows along an axis is ``(n + padding - d (k - 1) - 1) // s + 1``
    (Dumoulin and Visin 2016). ``padding`` is a number or one for each axis, ``"same"``, ``"valid"``, or pairs.

    Raises:
        ShapeError: Channels do not match, or the kernel is larger than the padded input.
        ValueError: ``groups`` does not divide the channels; a stride, dilation or padding has no meaning.

    >>> convolution(np.arange(4.0).reshape(1, 1, 4), np.array([[[1.0, -1.0]]])).tolist()
    [[[-1.0, -1.0, -1.0]]]
    """
    _check_kernels("convolution", x, weight, groups, channels_axis=1)
    at = windows_of(weight.shape[2:], stride, padding, dilation)
    positions = at.positions(x.shape[2:])
    matrix = _matrices(weight, groups)
    out = np.empty((x.shape[0], groups, matrix.shape[1], math.prod(positions)), np.result_type(x, weight))
    for items, columns in _columns(x, at, groups):
        np.matmul(matrix, columns, out=out[items])
    return out.reshape(x.shape[0], weight.shape[0], *positions)


@primitive(symbol="*ᵀ", formula="sum y[n, o, p] w[o, c, k] over s p + d k - low = i", derivative="g * w, g ⋆ y")
def convolution_transpose(
    y: Any, weight: Any, /, *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1
) -> Any:
    """Add the kernels ``(channels, out / groups, *taps)`` up, each weighted by ``(batch, channels, *positions)``.

    The adjoint of :func:`convolution`; the result has ``(p - 1) s + d (k - 1) + 1 - padding`` entries along an axis.
    More at the upper end, PyTorch's ``output_padding``, is an upper padding that is smaller by as much.

    Raises:
        ShapeError: Channels do not match, or the padding leaves nothing.
        ValueError: ``groups`` does not divide the channels; a stride, dilation or padding has no meaning.

    >>> convolution_transpose(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 1.0]]]), stride=2).tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """
    _check_kernels("convolution_transpose", y, weight, groups, channels_axis=0)
    at = windows_of(weight.shape[2:], stride, padding, dilation)
    batch, positions = y.shape[0], y.shape[2:]
    size = at.size(positions)
    if min(size) < 1:
        raise ShapeError(f"expected an output of one or more entries, got size {size}; pad less")
    matrix, rows = _matrices(weight, groups).swapaxes(1, 2), _rows(y, groups)
    out = np.empty((batch, groups * weight.shape[1], *size), np.result_type(y, weight))
    for items in _blocks(batch, groups * matrix.shape[1] * rows.shape[3] * out.itemsize):
        columns = np.matmul(matrix, rows[items])
        out[items] = add_windows(columns.reshape(-1, out.shape[1], *at.kernel, *positions), at)
    return out


@primitive(symbol="⋆", formula="sum x[n, c, s p + d k - low] y[n, o, p]", derivative="y *ᵀ g, x * g")
def convolution_weight(
    x: Any,
    y: Any,
    /,
    *,
    kernel_size: Sequence[int],
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    """Correlate ``(batch, channels, *space)`` with ``(batch, out, *positions)`` to ``(out, channels / groups, *taps)``.

    What :func:`convolution` is to inputs and kernels, this is to inputs and outputs: the gradient of a kernel.

    Raises:
        ShapeError: ``y`` has another shape than the convolution of ``x`` with such a kernel.
        ValueError: ``groups`` does not divide the channels; a stride, dilation or padding has no meaning.

    >>> convolution_weight(np.arange(4.0).reshape(1, 1, 4), np.ones((1, 1, 3)), kernel_size=(2,)).tolist()
    [[[3.0, 6.0]]]
    """
    at = windows_of(kernel_size, stride, padding, dilation)
    _check_groups(groups, x.shape[1], y.shape[1])
    expected = (x.shape[0], y.shape[1], *at.positions(x.shape[2:]))
    if y.shape != expected:
        raise ShapeError(f"expected shape {expected} of what a convolution gives for {x.shape}, got {y.shape}")
    rows = _rows(y, groups)
    taps = x.shape[1] // groups * at.taps
    out = np.zeros((groups, rows.shape[2], taps), np.result_type(x, y))
    for items, columns in _columns(x, at, groups):
        out += np.matmul(rows[items], columns.swapaxes(2, 3)).sum(axis=0)
    return out.reshape(y.shape[1], x.shape[1] // groups, *at.kernel)


# The two others, for each of the three


def _fitted(x: Any, y: Any, kernel: Sequence[int], where: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the parameters of a convolution from ``x`` to ``y`` with a padding that leaves no row over."""
    given = {"stride": 1, "padding": 0, "dilation": 1, **where}
    groups = given.pop("groups", 1)
    at = windows_of(kernel, **given).fitted(x.shape[2:], y.shape[2:])
    return {"stride": at.stride, "padding": at.padding, "dilation": at.dilation}, groups


def _by_x(x: Any, weight: Any, y: Any, where: dict[str, Any]) -> Any:
    exact, groups = _fitted(x, y, weight.shape[2:], where)
    return convolution_transpose(y, weight, **exact, groups=groups)


def _by_weight(x: Any, y: Any, kernel: Sequence[int], where: dict[str, Any]) -> Any:
    return convolution_weight(x, y, kernel_size=kernel, **where)


convolution.defvjp(
    lambda g, out, x, weight, **where: _by_x(x, weight, g, where),
    lambda g, out, x, weight, **where: _by_weight(x, g, weight.shape[2:], where),
)
convolution_transpose.defvjp(
    lambda g, out, y, weight, **where: convolution(g, weight, **where),
    lambda g, out, y, weight, **where: _by_weight(g, y, weight.shape[2:], where),
)
convolution_weight.defvjp(
    lambda g, out, x, y, kernel_size, **where: _by_x(x, g, y, where),
    lambda g, out, x, y, kernel_size, **where: convolution(x, g, **where),
)


# Raw arrays as matrices, one for each group


def _check_groups(groups: int, *channels: int) -> None:
    if groups < 1 or any(n % groups for n in channels):
        raise ValueError(f"expected groups that divide the channels {channels}, got {groups}")


def _check_kernels(name: str, x: Any, weight: Any, groups: int, channels_axis: int) -> None:
    """Refuse operands that do not fit together (R130)."""
    shape, kernel = np.shape(x), np.shape(weight)
    if len(kernel) < 3 or len(shape) != len(kernel):
        raise ShapeError(
            f"expected an input (batch, channels, *space) and a weight of as many axes, three or more, in {name}, "
            f"got shapes {shape} and {kernel}"
        )
    _check_groups(groups, kernel[0])
    wanted = kernel[0] if channels_axis == 0 else kernel[1] * groups
    if shape[1] != wanted:
        raise ShapeError(
            f"expected an input of {wanted} channels in {name} for a weight of shape {kernel} and groups={groups}, "
            f"got {shape[1]} in shape {shape}"
        )


def _matrices(weight: Any, groups: int) -> Any:
    """Return the kernels of each group as a matrix ``(groups, rows, channels * taps)``."""
    return weight.reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


def _rows(y: Any, groups: int) -> Any:
    """Return outputs as matrices ``(batch, groups, rows, positions)``."""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, math.prod(y.shape[2:]))


def _columns(x: Any, at: Windows, groups: int) -> Iterator[tuple[slice, Any]]:
    """Yield the windows of a part of the batch at a time as matrices ``(batch, groups, taps, positions)``."""
    view = view_windows(x, at)
    batch, channels = x.shape[:2]
    taps, many = channels // groups * at.taps, math.prod(view.shape[2 + at.rank :])
    for items in _blocks(batch, groups * taps * many * view.itemsize):
        part = view[items]
        yield items, part.reshape(part.shape[0], groups, taps, many)


def _blocks(batch: int, item: int) -> Iterator[slice]:
    """Cut a batch into parts whose columns fit the cache, given the bytes of one item's."""
    step = max(1, _BLOCK // max(1, item))
    return (slice(start, min(start + step, batch)) for start in range(0, batch, step))
