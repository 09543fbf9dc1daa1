"""NumPy's protocols: ``np.exp(tensor)`` and ``np.sum(tensor, axis=0)`` record like the operations of the same name.

Three kinds of functions: those with an operation of their name, which record; those whose result has no gradient,
because it is an index, a truth or a text, which run as they are; and all others, which are refused by name.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .errors import NotDifferentiableError
from .node import Node
from .ops.quantiles import middle, nanmiddle  # NumPy's, where ``median`` is the lower one (R024)

__all__ = ["array_function", "array_ufunc", "op_for_ufunc"]

_RENAMED = {
    "true_divide": "divide",
    "mod": "remainder",
    "pow": "power",
    "abs": "absolute",
    "fabs": "absolute",
    "amax": "max",
    "amin": "min",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "around": "round",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
}

_GRADIENT_FREE = frozenset(
    {
        "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string",
        "array_equal", "array_equiv", "array_repr", "array_str", "bincount", "bitwise_and", "bitwise_count",
        "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
        "bitwise_xor", "can_cast", "common_type", "count_nonzero", "diag_indices_from", "digitize",
        "empty_like", "flatnonzero", "gcd", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd",
        "invert", "isclose", "iscomplex", "iscomplexobj", "isin", "isneginf", "isposinf", "isreal", "isrealobj",
        "ix_", "lcm", "left_shift", "lexsort", "logical_and", "logical_not", "logical_or", "logical_xor",
        "matrix_rank", "may_share_memory", "min_scalar_type", "nanargmax", "nanargmin", "ndim", "nonzero", "ones_like",
        "printoptions", "result_type", "right_shift", "save", "savetxt", "savez", "savez_compressed",
        "searchsorted", "shape", "shares_memory", "size", "tril_indices_from", "triu_indices_from", "zeros_like",
    }
)  # fmt: skip

_REDUCTION = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp"}
_ACCUMULATION = {"add": "cumsum", "multiply": "cumprod", "logaddexp": "logcumsumexp"}


def op_for_ufunc(ufunc: Any) -> Callable[..., Any] | None:
    """Return the operation of a NumPy ufunc's name, if there is one."""
    return getattr(ops, _RENAMED.get(ufunc.__name__, ufunc.__name__), None)


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Record a ufunc; name the one that has no derivative rule."""
    name = ufunc.__name__
    if name in _GRADIENT_FREE:
        return getattr(ufunc, method)(*_raw(inputs), **_raw(kwargs))
    if method == "outer" and op_for_ufunc(ufunc) is not None:
        x, y = inputs
        inputs, method = (ops.reshape(x, shape=(*np.shape(x), *(1,) * np.ndim(y))), y), "__call__"
    op = op_for_ufunc(ufunc) if method == "__call__" else _op_for_method(name, method)
    shown = f"np.{name}{'' if method == '__call__' else '.' + method}"
    if op is None:
        raise NotDifferentiableError(_refusal(shown))
    axis = kwargs.pop("axis", 0) if method != "__call__" else None
    kwargs = {k: v for k, v in kwargs.items() if v is not None}
    unknown = sorted(kwargs if method == "__call__" else kwargs.keys() - {"keepdims"})
    if unknown:
        raise NotDifferentiableError(
            f"expected {shown} without {', '.join(unknown)}=, which cannot be recorded; assign its result"
        )
    if method == "__call__":
        return op(*inputs)
    return op(inputs[0], axis=axis, **kwargs)


def _op_for_method(name: str, method: str) -> Callable[..., Any] | None:
    """Return what ``np.add.reduce`` and its like are called here."""
    names = {"reduce": _REDUCTION, "accumulate": _ACCUMULATION}.get(method, {})
    return getattr(ops, names[name]) if name in names else None


def array_function(self: Any, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Record a NumPy function; name the one that has no derivative rule."""
    name = func.__name__
    if name in _GRADIENT_FREE:
        if isinstance(kwargs.get("weights"), Node):
            raise NotDifferentiableError(_refusal(f"np.{name} with weights"))
        return func(*_raw(args), **_raw(kwargs))
    if name in _OTHERWISE:
        return _OTHERWISE[name](*args, **kwargs)
    op = _op_for_function(func)
    if op is None:
        raise NotDifferentiableError(_refusal(f"{func.__module__.replace('numpy', 'np', 1)}.{name}"))
    kwargs = {k: v for k, v in kwargs.items() if v is not None}
    if "out" in kwargs:
        raise NotDifferentiableError(f"expected np.{name} without out=, which cannot be recorded; assign its result")
    return op(*args, **kwargs)


def _op_for_function(func: Any) -> Callable[..., Any] | None:
    """Return our function of a NumPy function's name: ``np.fft.rfft`` is found in ``autograd.fft``."""
    submodule = func.__module__.partition(".")[2]
    home = sys.modules.get(f"{__package__}.{submodule}") if submodule else ops
    return getattr(home, _RENAMED.get(func.__name__, func.__name__), None)


def _refusal(name: str) -> str:
    return f"expected a function with a derivative rule, got {name}; detach first: {name}(t.detach().numpy())"


# Where NumPy's arguments or meaning are others than ours


def _einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    if not isinstance(subscripts, str):
        raise NotDifferentiableError(
            "expected np.einsum('ij,jk->ik', a, b), got operands with lists of axes; write the subscripts as a text"
        )
    kwargs.pop("optimize", None)
    return ops.einsum(*operands, subscripts=subscripts, **kwargs)


def _full_like(a: Any, fill_value: Any, **kwargs: Any) -> Any:
    filled = np.full_like(_raw(a), _raw(fill_value), **kwargs)
    return ops.broadcast_to(fill_value, shape=filled.shape) if isinstance(fill_value, Node) else filled


def _put(a: Any, *args: Any, **kwargs: Any) -> Any:
    """NumPy's writes into its argument, where ``autograd.put`` returns a copy."""
    raise NotDifferentiableError("expected a function that leaves its arguments, got np.put; use autograd.put")


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Keep ``axis=None``, which has a meaning."""
    return ops.take_along_axis(arr, indices=indices, axis=axis)


_OTHERWISE: dict[str, Callable[..., Any]] = {
    "einsum": _einsum,
    "full_like": _full_like,
    "median": middle,
    "nanmedian": nanmiddle,
    "put": _put,
    "sliding_window_view": ops.sliding_window_view,
    "take_along_axis": _take_along_axis,
}


def _raw(x: Any) -> Any:
    """Return what nodes hold, wherever they stand in a call."""
    if isinstance(x, Node):
        return x.payload
    if isinstance(x, dict):
        return {k: _raw(v) for k, v in x.items()}
    if x.__class__ is tuple:
        return tuple(map(_raw, x))
    return list(map(_raw, x)) if x.__class__ is list else x
