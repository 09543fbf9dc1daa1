"""Borders: what stands beyond the edges, as modules; each calls :func:`nn.functional.pad`."""

from collections.abc import Sequence
from typing import ClassVar

from autograd import Tensor
from autograd.errors import ShapeError
from nn import functional as F
from nn.errors import ArgumentError
from nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]

Widths = int | Sequence[int]


class _Pad(Module):
    """What they share: the widths of both borders of each axis, the last axis first, as PyTorch counts them."""

    rank: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Widths) -> None:
        widths = (padding,) * (2 * self.rank) if isinstance(padding, int) else tuple(padding)
        if len(widths) != 2 * self.rank:
            raise ArgumentError(
                f"{type(self).__name__} expects a width or {2 * self.rank} of them, two for each axis, got {padding}"
            )
        self.padding = widths

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with its borders."""
        if input.ndim not in (self.rank + 1, self.rank + 2):
            raise ShapeError(
                f"expected {self.rank + 1} or {self.rank + 2} axes in {type(self).__name__}, got {input.shape}"
            )
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """Return the widths."""
        return str(self.padding)


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Widths, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with its borders."""
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """Return the widths and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """Borders of ``(N, C, L)`` that hold a constant.

    >>> ConstantPad1d(1, 9.0)(Tensor([[1.0, 2.0, 3.0]])).data.ravel().tolist()
    [9.0, 1.0, 2.0, 3.0, 9.0]
    """

    rank = 1


class ConstantPad2d(_ConstantPad):
    """Borders of ``(N, C, H, W)`` that hold a constant.

    >>> ConstantPad2d((1, 1, 0, 0), 9.0)(Tensor([[[1.0, 2.0, 3.0]]])).data.ravel().tolist()
    [9.0, 1.0, 2.0, 3.0, 9.0]
    """

    rank = 2


class ConstantPad3d(_ConstantPad):
    """Borders of ``(N, C, D, H, W)`` that hold a constant.

    >>> ConstantPad3d((1, 1, 0, 0, 0, 0), 9.0)(Tensor([[[[1.0, 2.0, 3.0]]]])).data.ravel().tolist()
    [9.0, 1.0, 2.0, 3.0, 9.0]
    """

    rank = 3


class ZeroPad1d(_ConstantPad):
    """Borders of ``(N, C, L)`` that hold zeros.

    >>> ZeroPad1d(1)(Tensor([[1.0, 2.0, 3.0]])).data.ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """

    rank = 1

    def __init__(self, padding: Widths) -> None:
        super().__init__(padding, 0.0)


class ZeroPad2d(_ConstantPad):
    """Borders of ``(N, C, H, W)`` that hold zeros.

    >>> ZeroPad2d((1, 1, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]])).data.ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """

    rank = 2

    def __init__(self, padding: Widths) -> None:
        super().__init__(padding, 0.0)


class ZeroPad3d(_ConstantPad):
    """Borders of ``(N, C, D, H, W)`` that hold zeros.

    >>> ZeroPad3d((1, 1, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]])).data.ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """

    rank = 3

    def __init__(self, padding: Widths) -> None:
        super().__init__(padding, 0.0)


class ReflectionPad1d(_Pad):
    """Borders of ``(N, C, L)`` that hold the entries mirrored at the edge.

    >>> ReflectionPad1d(1)(Tensor([[1.0, 2.0, 3.0]])).data.ravel().tolist()
    [2.0, 1.0, 2.0, 3.0, 2.0]
    """

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """Borders of ``(N, C, H, W)`` that hold the entries mirrored at the edge.

    >>> ReflectionPad2d((1, 1, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]])).data.ravel().tolist()
    [2.0, 1.0, 2.0, 3.0, 2.0]
    """

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """Borders of ``(N, C, D, H, W)`` that hold the entries mirrored at the edge.

    >>> ReflectionPad3d((1, 1, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]])).data.ravel().tolist()
    [2.0, 1.0, 2.0, 3.0, 2.0]
    """

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """Borders of ``(N, C, L)`` that hold the entry at the edge.

    >>> ReplicationPad1d(1)(Tensor([[1.0, 2.0, 3.0]])).data.ravel().tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """Borders of ``(N, C, H, W)`` that hold the entry at the edge.

    >>> ReplicationPad2d((1, 1, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]])).data.ravel().tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """Borders of ``(N, C, D, H, W)`` that hold the entry at the edge.

    >>> ReplicationPad3d((1, 1, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]])).data.ravel().tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """

    rank = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """Borders of ``(N, C, L)`` that hold the entries from the other end.

    >>> CircularPad1d(1)(Tensor([[1.0, 2.0, 3.0]])).data.ravel().tolist()
    [3.0, 1.0, 2.0, 3.0, 1.0]
    """

    rank = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """Borders of ``(N, C, H, W)`` that hold the entries from the other end.

    >>> CircularPad2d((1, 1, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]])).data.ravel().tolist()
    [3.0, 1.0, 2.0, 3.0, 1.0]
    """

    rank = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """Borders of ``(N, C, D, H, W)`` that hold the entries from the other end.

    >>> CircularPad3d((1, 1, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]])).data.ravel().tolist()
    [3.0, 1.0, 2.0, 3.0, 1.0]
    """

    rank = 3
    mode = "circular"
