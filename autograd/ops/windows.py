"""Windows that slide over space: where they lie, how to see them, and how to add them up again.

Convolution, pooling and the columns of both are made of these. Arrays are laid out as in PyTorch, ``(batch, channels,
*space)``, with any number of axes of space; tap ``k`` of the window at position ``p`` reads place ``s p + d k - low``
for a stride ``s``, a dilation ``d`` and a lower padding ``low`` (Dumoulin and Visin 2016).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .shape import reshape

__all__ = ["col2im", "im2col", "overlap_add", "sliding_windows"]

PerAxis = int | Sequence[int]
Padding = int | str | Sequence[Any]
Pairs = tuple[tuple[int, int], ...]


def per_axis(name: str, value: PerAxis, rank: int, least: int) -> tuple[int, ...]:
    """Return one whole number for each axis of space; a single one stands for all.

    Raises:
        ShapeError: There is another number of them.
        TypeError: They are no whole numbers.
        ValueError: One is too small.
    """
    try:
        numbers = tuple(n.__index__() for n in (value if isinstance(value, Sequence) else (value,)))
    except AttributeError:
        raise TypeError(f"expected {name} as a whole number, or one for each axis of space, got {value!r}") from None
    if len(numbers) == 1:
        numbers *= rank
    if len(numbers) != rank:
        raise ShapeError(f"expected {name} of 1 or {rank} numbers, got {value}; give one for each axis of space")
    if any(n < least for n in numbers):
        raise ValueError(f"expected {name} of at least {least}, got {value}")
    return numbers


@dataclass(frozen=True)
class Windows:
    """Where windows lie, one number for each axis of space."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Pairs

    @property
    def rank(self) -> int:
        """Return the number of axes of space."""
        return len(self.kernel)

    @property
    def taps(self) -> int:
        """Return how many places a window reads."""
        return math.prod(self.kernel)

    @property
    def span(self) -> tuple[int, ...]:
        """Return the length of a window from its first tap to its last."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def positions(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return how many windows fit into a space of a size.

        Raises:
            ShapeError: Not even one does (R130).
        """
        padded = tuple(n + low + high for n, (low, high) in zip(size, self.padding, strict=True))
        if any(n < span for n, span in zip(padded, self.span, strict=True)):
            raise ShapeError(
                f"expected a padded input of at least the kernel's size, got an input of size {padded} with padding "
                f"and a kernel that spans {self.span}; pad more, or take a smaller kernel or dilation"
            )
        return tuple((n - span) // s + 1 for n, span, s in zip(padded, self.span, self.stride, strict=True))

    def fitted(self, size: Sequence[int], positions: Sequence[int]) -> "Windows":
        """Return windows that end where space does: with an upper padding that is negative where rows are left over."""
        shape = zip(size, positions, self.span, self.stride, self.padding, strict=True)
        padding = tuple((low, (p - 1) * s + span - n - low) for n, p, span, s, (low, _) in shape)
        return Windows(self.kernel, self.stride, self.dilation, padding)

    def size(self, positions: Sequence[int]) -> tuple[int, ...]:
        """Return the size of the space that ends where so many windows do."""
        shape = zip(positions, self.span, self.stride, self.padding, strict=True)
        return tuple((p - 1) * s + span - low - high for p, span, s, (low, high) in shape)

    def parts(self, positions: Sequence[int]) -> Iterator[tuple[tuple[int, ...], tuple[Any, ...]]]:
        """Yield each tap, and the index of what it reads of the padded space."""
        for tap in product(*map(range, self.kernel)):
            starts = [k * d for k, d in zip(tap, self.dilation, strict=True)]
            ranges = zip(starts, positions, self.stride, strict=True)
            yield tap, (..., *(slice(a, a + (p - 1) * s + 1, s) if p else slice(0, 0) for a, p, s in ranges))


def windows_of(kernel: Sequence[int], stride: PerAxis, padding: Padding, dilation: PerAxis) -> Windows:
    """Return checked windows.

    Args:
        kernel: Taps for each axis.
        stride: Steps, one or one for each axis.
        padding: ``"valid"``; ``"same"``, which keeps the size and puts the odd one at the end; a number, or one for
            each axis; or a pair ``(low, high)`` for each axis, where a negative number cuts off.
        dilation: Distances of taps, one or one for each axis.

    Raises:
        ShapeError: The number of numbers is not that of the axes.
        ValueError: A word or a number that has no meaning, or ``"same"`` with a stride.
    """
    rank = len(kernel)
    steps, gaps = per_axis("stride", stride, rank, 1), per_axis("dilation", dilation, rank, 1)
    kernel = per_axis("kernel_size", tuple(kernel), rank, 1)
    if padding == "same":
        if any(s != 1 for s in steps):
            raise ValueError(f'expected stride 1 with padding="same", got {steps}; give the padding in numbers')
        totals = [d * (k - 1) for k, d in zip(kernel, gaps, strict=True)]
        return Windows(kernel, steps, gaps, tuple((total // 2, total - total // 2) for total in totals))
    return Windows(kernel, steps, gaps, _pairs(0 if padding == "valid" else padding, rank))


def _pairs(padding: Any, rank: int) -> Pairs:
    if isinstance(padding, str):
        raise ValueError(f'expected padding of "valid", "same" or numbers, got {padding!r}')
    if isinstance(padding, int) or not all(isinstance(p, Sequence) for p in padding):
        return tuple((p, p) for p in per_axis("padding", padding, rank, 0))
    if len(padding) != rank:
        raise ShapeError(f"expected {rank} pairs of padding, got {padding}; give one for each axis of space")
    return tuple((int(low), int(high)) for low, high in padding)


def bordered(x: Any, padding: Pairs, fill: float = 0.0) -> Any:
    """Add a constant at both ends of each axis of space of a raw array, or cut off where a width is negative."""
    if not any(low or high for low, high in padding):
        return x
    size = x.shape[2:]
    wide = tuple(max(0, n + a + b) for n, (a, b) in zip(size, padding, strict=True))
    out = np.full(x.shape[:2] + wide, fill, x.dtype)
    source = [slice(max(0, -a), max(0, -a, min(n, n + b))) for n, (a, b) in zip(size, padding, strict=True)]
    target = [slice(part.start + a, part.stop + a) for part, (a, _) in zip(source, padding, strict=True)]
    whole = (slice(None),) * 2
    out[(*whole, *target)] = x[(*whole, *source)]
    return out


def view_windows(x: Any, at: Windows, fill: float = 0.0) -> Any:
    """Return the windows of a raw array as a view ``(batch, channels, *kernel, *positions)``, which copies nothing."""
    positions = at.positions(x.shape[2:])
    x = bordered(x, at.padding, fill)
    if not x.size:
        return np.zeros((*x.shape[:2], *at.kernel, *positions), x.dtype)
    view = np.lib.stride_tricks.sliding_window_view(x, at.span, axis=tuple(range(2, 2 + at.rank)))
    steps = (slice(None, None, n) for n in (*at.stride, *at.dilation))
    places = range(2, 2 + at.rank)
    return view[(slice(None), slice(None), *steps)].transpose(0, 1, *(a + at.rank for a in places), *places)


def add_windows(view: Any, at: Windows) -> Any:
    """Add raw windows ``(batch, channels, *kernel, *positions)`` into their space: the adjoint of the view."""
    positions = view.shape[2 + at.rank :]
    whole = tuple((p - 1) * s + span if p else 0 for p, s, span in zip(positions, at.stride, at.span, strict=True))
    out = np.zeros(view.shape[:2] + whole, view.dtype)
    for tap, part in at.parts(positions):
        out[part] += view[(slice(None), slice(None), *tap)]
    return bordered(out, tuple((-low, -high) for low, high in at.padding))


@primitive(formula="x[n, c, s p + d k - low] at [n, c, k, p]", derivative="overlap_add(g)")
def sliding_windows(
    x: Any, /, *, kernel_size: Sequence[int], stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    """Show the windows of ``(batch, channels, *space)`` as ``(batch, channels, *kernel_size, *positions)``.

    Raises:
        ShapeError: The kernel is larger than the padded input, or has another number of axes.
        ValueError: A stride, padding or dilation that has no meaning.

    >>> sliding_windows(np.arange(4.0).reshape(1, 1, 4), kernel_size=(2,)).tolist()
    [[[[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]]]
    """
    at = windows_of(kernel_size, stride, padding, dilation)
    if np.ndim(x) != 2 + at.rank:
        raise ShapeError(
            f"expected (batch, channels, *space) with {at.rank} axes of space for a kernel of size {at.kernel}, "
            f"got shape {np.shape(x)}"
        )
    return view_windows(x, at)


@primitive(formula="sum of windows[n, c, k, p] over s p + d k - low = i", derivative="sliding_windows(g)")
def overlap_add(
    windows: Any,
    /,
    *,
    output_size: Sequence[int],
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:
    """Add windows ``(batch, channels, *kernel, *positions)`` up where :func:`sliding_windows` takes them from.

    Raises:
        ShapeError: The windows are not those of a space of ``output_size``.
        ValueError: A stride, padding or dilation that has no meaning.

    >>> overlap_add(np.ones((1, 1, 2, 3)), output_size=(4,)).tolist()
    [[[1.0, 2.0, 2.0, 1.0]]]
    """
    rank = len(output_size)
    at = windows_of(windows.shape[2 : 2 + rank], stride, padding, dilation)
    positions = at.positions(output_size)
    if windows.shape[2 + rank :] != positions:
        raise ShapeError(
            f"expected {positions} windows over a space of size {tuple(output_size)} for a kernel of size {at.kernel}, "
            f"got windows of shape {windows.shape}"
        )
    return add_windows(windows, at.fitted(output_size, positions))


sliding_windows.defvjp(lambda g, out, x, kernel_size, **where: overlap_add(g, output_size=x.shape[2:], **where))
overlap_add.defvjp(
    lambda g, out, windows, output_size, **where: sliding_windows(
        g, kernel_size=windows.shape[2 : 2 + len(output_size)], **where
    )
)


def im2col(
    x: Any, kernel_size: Sequence[int], *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    """Lay each window of ``(batch, channels, *space)`` out as a column, to shape ``(batch, channels * taps, windows)``.

    PyTorch calls it ``nn.functional.unfold``; the name is that of the literature (Chellapilla et al. 2006).

    Raises:
        ShapeError: The kernel is larger than the padded input, or has another number of axes.
        ValueError: A stride, padding or dilation that has no meaning.

    >>> im2col(np.arange(4.0).reshape(1, 1, 4), (2,)).tolist()
    [[[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]]
    """
    seen = sliding_windows(x, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
    batch, channels, *rest = seen.shape
    rank = len(kernel_size)
    return reshape(seen, shape=(batch, channels * math.prod(rest[:rank]), math.prod(rest[rank:])))


def col2im(
    columns: Any,
    output_size: Sequence[int],
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:
    """Add columns of windows up where they came from: the adjoint of :func:`im2col`, PyTorch's ``nn.functional.fold``.

    Raises:
        ShapeError: The columns are not those of a space of ``output_size``.
        ValueError: A stride, padding or dilation that has no meaning.

    >>> col2im(np.ones((1, 2, 3)), (4,), (2,)).tolist()
    [[[1.0, 2.0, 2.0, 1.0]]]
    """
    at = windows_of(kernel_size, stride, padding, dilation)
    positions = at.positions(output_size)
    if columns.ndim != 3 or columns.shape[1] % at.taps or columns.shape[2] != math.prod(positions):
        raise ShapeError(
            f"expected columns of shape (batch, a multiple of {at.taps}, {math.prod(positions)}) for an output of size "
            f"{tuple(output_size)} and a kernel of size {at.kernel}, got {columns.shape}"
        )
    shape = (columns.shape[0], columns.shape[1] // at.taps, *at.kernel, *positions)
    seen = reshape(columns, shape=shape)
    return overlap_add(seen, output_size=output_size, stride=stride, padding=padding, dilation=dilation)
