"""NumPy's protocols: ``np.exp(tensor)`` and ``np.sum(tensor, axis=0)`` record like the operations of the same name."""

import sys
from collections.abc import Callable
from typing import Any

from . import ops
from .errors import NotDifferentiableError
from .ops.quantiles import middle, nanmiddle

__all__ = ["array_function", "array_ufunc", "op_for_ufunc"]

_RENAMED = {
    "true_divide": "divide",
    "mod": "remainder",
    "pow": "power",
    "abs": "absolute",
    "amax": "max",
    "amin": "min",
}


_OTHERWISE = {"median": middle, "nanmedian": nanmiddle}  # the mean of the middle two; ours is the lower of them


def op_for_ufunc(ufunc: Any) -> Callable[..., Any] | None:
    """Return the operation of a NumPy ufunc's name, if there is one."""
    return getattr(ops, _RENAMED.get(ufunc.__name__, ufunc.__name__), None)


def _op_for_function(func: Any) -> Callable[..., Any] | None:
    """Return our function of a NumPy function's name: ``np.fft.rfft`` is found in ``autograd.fft``."""
    submodule = func.__module__.partition(".")[2]
    home = sys.modules.get(f"{__package__}.{submodule}", ops) if submodule else ops
    return _OTHERWISE.get(func.__name__) or getattr(home, _RENAMED.get(func.__name__, func.__name__), None)


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Record a ufunc; name the one that has no derivative rule."""
    op = op_for_ufunc(ufunc)
    if op is None or method != "__call__":
        raise NotDifferentiableError(
            f"expected a function with a derivative rule, got np.{ufunc.__name__}"
            f"{'' if method == '__call__' else '.' + method}; detach first: np.{ufunc.__name__}(t.detach().numpy())"
        )
    if kwargs:
        raise NotDifferentiableError(
            f"expected np.{ufunc.__name__} without {', '.join(kwargs)}=, which cannot be recorded; assign its result"
        )
    return op(*inputs)


def array_function(self: Any, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Record a NumPy function; name the one that has no derivative rule."""
    name = func.__name__
    if name == "shape":
        return self.shape
    if name == "ndim":
        return self.ndim
    if name == "size":
        return self.size
    op = _op_for_function(func)
    if op is None:
        full = f"{func.__module__.replace('numpy', 'np', 1)}.{name}"
        raise NotDifferentiableError(
            f"expected a function with a derivative rule, got {full}; detach first: {full}(t.detach().numpy())"
        )
    if name == "einsum":
        return op(*args[1:], subscripts=args[0])
    return op(*args, **{k: v for k, v in kwargs.items() if v is not None})
