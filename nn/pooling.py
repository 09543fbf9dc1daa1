"""Pooling as modules, with PyTorch's names and options; each calls its function in :mod:`nn.functional`."""

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd import Tensor
from nn import functional as F
from nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]

Sizes = int | Sequence[int]


class _MaxPool(Module):
    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Return the largest entry of each window, and where it stood if ``return_indices``."""
        pool = getattr(F, f"max_pool{self.rank}d")
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        """Return the options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class _AdaptivePool(Module):
    rank: ClassVar[int]

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def extra_repr(self) -> str:
        """Return the size of the output."""
        return f"output_size={self.output_size}"


class _AdaptiveAvgPool(_AdaptivePool):
    def forward(self, input: Tensor) -> Tensor:
        """Return the mean of so many parts of the space."""
        out: Tensor = getattr(F, f"adaptive_avg_pool{self.rank}d")(input, self.output_size)
        return out


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Return the largest entry of so many parts of the space, and where it stood if ``return_indices``."""
        return getattr(F, f"adaptive_max_pool{self.rank}d")(input, self.output_size, self.return_indices)


class _MaxUnpool(Module):
    rank: ClassVar[int]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, input: Tensor, indices: Any, output_size: Sequence[int] | None = None) -> Tensor:
        """Put each entry back where it stood, zeros elsewhere."""
        unpool = getattr(F, f"max_unpool{self.rank}d")
        out: Tensor = unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return out

    def extra_repr(self) -> str:
        """Return the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(Module):
    """The mean of each window of ``(N, C, L)``; see :func:`nn.functional.avg_pool1d`.

    >>> AvgPool1d(2)(Tensor([[[1.0, 3.0, 5.0, 7.0]]])).data.tolist()
    [[[2.0, 6.0]]]
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """Return the means."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Return the means."""
        out: Tensor = getattr(F, f"avg_pool{self.rank}d")(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )
        return out

    def extra_repr(self) -> str:
        """Return the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of each window of ``(N, C, H, W)``; see :func:`nn.functional.avg_pool2d`.

    >>> import numpy as np
    >>> AvgPool2d(2)(Tensor(np.ones((1, 1, 4, 4)))).shape
    (1, 1, 2, 2)
    """

    rank = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of ``(N, C, D, H, W)``; see :func:`nn.functional.avg_pool3d`.

    >>> import numpy as np
    >>> AvgPool3d(2)(Tensor(np.ones((1, 1, 4, 4, 4)))).shape
    (1, 1, 2, 2, 2)
    """

    rank = 3


class MaxPool1d(_MaxPool):
    """The largest entry of each window of ``(N, C, L)``; see :func:`nn.functional.max_pool1d`.

    >>> import numpy as np
    >>> MaxPool1d(2)(Tensor(np.ones((1, 1, 4)))).shape
    (1, 1, 2)
    """

    rank = 1


class MaxPool2d(_MaxPool):
    """The largest entry of each window of ``(N, C, H, W)``; see :func:`nn.functional.max_pool2d`.

    >>> import numpy as np
    >>> MaxPool2d(2)(Tensor(np.ones((1, 1, 4, 4)))).shape
    (1, 1, 2, 2)
    """

    rank = 2


class MaxPool3d(_MaxPool):
    """The largest entry of each window of ``(N, C, D, H, W)``; see :func:`nn.functional.max_pool3d`.

    >>> import numpy as np
    >>> MaxPool3d(2)(Tensor(np.ones((1, 1, 4, 4, 4)))).shape
    (1, 1, 2, 2, 2)
    """

    rank = 3


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of each part of the space of ``(N, C, L)``; see :func:`nn.functional.adaptive_avg_pool1d`.

    >>> import numpy as np
    >>> AdaptiveAvgPool1d(2)(Tensor(np.ones((1, 1, 4)))).shape
    (1, 1, 2)
    """

    rank = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of each part of the space of ``(N, C, H, W)``; see :func:`nn.functional.adaptive_avg_pool2d`.

    >>> import numpy as np
    >>> AdaptiveAvgPool2d(2)(Tensor(np.ones((1, 1, 4, 4)))).shape
    (1, 1, 2, 2)
    """

    rank = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of each part of the space of ``(N, C, D, H, W)``; see :func:`nn.functional.adaptive_avg_pool3d`.

    >>> import numpy as np
    >>> AdaptiveAvgPool3d(2)(Tensor(np.ones((1, 1, 4, 4, 4)))).shape
    (1, 1, 2, 2, 2)
    """

    rank = 3


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest entry of each part of the space of ``(N, C, L)``; see :func:`nn.functional.adaptive_max_pool1d`.

    >>> import numpy as np
    >>> AdaptiveMaxPool1d(2)(Tensor(np.ones((1, 1, 4)))).shape
    (1, 1, 2)
    """

    rank = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest entry of each part of the space of ``(N, C, H, W)``; see :func:`nn.functional.adaptive_max_pool2d`.

    >>> import numpy as np
    >>> AdaptiveMaxPool2d(2)(Tensor(np.ones((1, 1, 4, 4)))).shape
    (1, 1, 2, 2)
    """

    rank = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest entry of each part of ``(N, C, D, H, W)``; see :func:`nn.functional.adaptive_max_pool3d`.

    >>> import numpy as np
    >>> AdaptiveMaxPool3d(2)(Tensor(np.ones((1, 1, 4, 4, 4)))).shape
    (1, 1, 2, 2, 2)
    """

    rank = 3


class MaxUnpool1d(_MaxUnpool):
    """What :class:`MaxPool1d` leaves, put back where it stood; see :func:`nn.functional.max_unpool1d`.

    >>> import numpy as np
    >>> x = Tensor(np.arange(4.0**1).reshape(1, 1, 4))
    >>> MaxUnpool1d(2)(*MaxPool1d(2, return_indices=True)(x)).shape
    (1, 1, 4)
    """

    rank = 1


class MaxUnpool2d(_MaxUnpool):
    """What :class:`MaxPool2d` leaves, put back where it stood; see :func:`nn.functional.max_unpool2d`.

    >>> import numpy as np
    >>> x = Tensor(np.arange(4.0**2).reshape(1, 1, 4, 4))
    >>> MaxUnpool2d(2)(*MaxPool2d(2, return_indices=True)(x)).shape
    (1, 1, 4, 4)
    """

    rank = 2


class MaxUnpool3d(_MaxUnpool):
    """What :class:`MaxPool3d` leaves, put back where it stood; see :func:`nn.functional.max_unpool3d`.

    >>> import numpy as np
    >>> x = Tensor(np.arange(4.0**3).reshape(1, 1, 4, 4, 4))
    >>> MaxUnpool3d(2)(*MaxPool3d(2, return_indices=True)(x)).shape
    (1, 1, 4, 4, 4)
    """

    rank = 3


class _LPPool(Module):
    rank: ClassVar[int]

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Return the norms."""
        pool = getattr(F, f"lp_pool{self.rank}d")
        out: Tensor = pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
        return out

    def extra_repr(self) -> str:
        """Return the options."""
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}"


class LPPool1d(_LPPool):
    """The ``norm_type`` norm of each window of ``(N, C, L)``; see :func:`nn.functional.lp_pool1d`.

    >>> LPPool1d(2.0, 2)(Tensor([[3.0, 4.0]])).item()
    5.0
    """

    rank = 1


class LPPool2d(_LPPool):
    """The ``norm_type`` norm of each window of ``(N, C, H, W)``; see :func:`nn.functional.lp_pool2d`.

    >>> LPPool2d(2.0, (1, 2))(Tensor([[[3.0, 4.0]]])).item()
    5.0
    """

    rank = 2


class LPPool3d(_LPPool):
    """The ``norm_type`` norm of each window of ``(N, C, D, H, W)``; see :func:`nn.functional.lp_pool3d`.

    >>> LPPool3d(2.0, (1, 1, 2))(Tensor([[[[3.0, 4.0]]]])).item()
    5.0
    """

    rank = 3
