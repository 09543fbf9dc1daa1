"""Numeric derivatives and how far they can be trusted.

The reference is a complex step where the function is analytic (Squire and Trapp 1998: no cancellation), else central
differences at two step sizes, whose disagreement estimates their own error.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import raw
from ..ops import view_as_complex, view_as_real
from ..tensor import Tensor

__all__ = ["complex_jacobian", "in_parts", "numeric_jacobian", "on_pairs", "one_sided", "raw"]


def in_parts(out: Any) -> Any:
    """Return the real and imaginary parts of a complex tensor along a new last axis; anything else as it is."""
    return view_as_real(out) if isinstance(out, Tensor) and out.dtype.kind == "c" else out


def on_pairs(function: Callable[..., Any], inputs: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return a function and its inputs with pairs of real and imaginary parts in place of complex inputs.

    >>> function, (pair,) = on_pairs(lambda z: z * z, (1.0 + 2.0j,))
    >>> pair, function(pair)
    (array([1., 2.]), np.complex128(-3+4j))
    """
    places = [i for i, x in enumerate(inputs) if np.iscomplexobj(raw(x))]
    if not places:
        return function, inputs

    def of_pairs(*args: Any) -> Any:
        return function(*(view_as_complex(x) if i in places else x for i, x in enumerate(args)))

    pairs = tuple(view_as_real(np.asarray(raw(x))) if i in places else x for i, x in enumerate(inputs))
    return of_pairs, pairs


def _evaluate(function: Callable[..., Any], inputs: list[Any]) -> Any:
    return np.asarray(raw(function(*inputs)))


def numeric_jacobian(
    function: Callable[..., Any], inputs: list[Any], index: int, step: float = 1e-6
) -> tuple[Any, Any]:
    """Return the Jacobian with respect to one input by central differences, and an estimate of its error.

    Args:
        function: A function of float64 arrays or tensors.
        inputs: Its arguments.
        index: The argument to vary.
        step: The smaller of the two relative step sizes.

    >>> jacobian, error = numeric_jacobian(lambda x: x * x, [np.array([3.0])], 0)
    >>> round(float(jacobian[0, 0]), 6), bool(error[0, 0] < 1e-6)
    (6.0, True)
    """
    x = np.array(inputs[index], dtype=np.float64)
    columns, errors = [], []
    for i in range(x.size):
        slopes = [_central(function, inputs, index, i, h) for h in (step, 10 * step)]
        columns.append(slopes[0])
        errors.append(np.abs(slopes[0] - slopes[1]))
    size = _evaluate(function, inputs).size
    shape = (x.size, size)
    return (
        np.array(columns).reshape(shape).T if columns else np.zeros((size, 0)),
        np.array(errors).reshape(shape).T if errors else np.zeros((size, 0)),
    )


def _moved(function: Callable[..., Any], inputs: list[Any], index: int, place: int, by: float) -> Any:
    """Evaluate the function with one element of one input moved, relative to its size."""
    x = np.array(inputs[index], dtype=np.float64)
    x.flat[place] += by * max(1.0, abs(float(x.flat[place])))
    return _evaluate(function, [*inputs[:index], x, *inputs[index + 1 :]]).ravel()


def _scale(inputs: list[Any], index: int, place: int) -> float:
    return max(1.0, abs(float(np.asarray(inputs[index]).flat[place])))


def _central(function: Callable[..., Any], inputs: list[Any], index: int, place: int, h: float) -> Any:
    ahead, behind = (_moved(function, inputs, index, place, sign * h) for sign in (1, -1))
    return (ahead - behind) / (2 * h * _scale(inputs, index, place))


def one_sided(function: Callable[..., Any], inputs: list[Any], index: int, place: int, h: float) -> tuple[Any, Any]:
    """Return the slopes from the left and from the right with respect to one element."""
    scale = h * _scale(inputs, index, place)
    here = _evaluate(function, inputs).ravel()
    ahead, behind = (_moved(function, inputs, index, place, sign * h) for sign in (1, -1))
    return (here - behind) / scale, (ahead - here) / scale


def complex_jacobian(function: Callable[..., Any], inputs: list[Any], index: int) -> Any:
    """Return the Jacobian by a complex step, on the raw forward of an analytic primitive."""
    x = np.array(inputs[index], dtype=np.complex128)
    columns = []
    for i in range(x.size):
        moved = x.copy()
        moved.flat[i] += 1e-30j
        columns.append(np.asarray(function(*inputs[:index], moved, *inputs[index + 1 :])).imag.ravel() / 1e-30)
    size = np.size(function(*inputs))
    return np.array(columns).reshape(x.size, size).T if columns else np.zeros((size, 0))
