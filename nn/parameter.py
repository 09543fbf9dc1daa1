"""Parameter: a tensor that a module wants to learn. It adds no behaviour, only the name."""

from typing import Any

from autograd import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A leaf tensor that :meth:`Module.parameters` finds. Operations on it give a plain ``Tensor``.

    The data are copied, so that two parameters never share memory.

    >>> w = Parameter([1.0, 2.0])
    >>> w.requires_grad
    True
    >>> type(w * 2).__name__
    'Tensor'
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, dtype: Any = None) -> None:
        raw = data.detach().numpy() if isinstance(data, Tensor) else data
        super().__init__(raw, requires_grad=requires_grad, dtype=dtype)
