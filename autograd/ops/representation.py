"""The binary representation of numbers: their neighbours, and their mantissa and exponent."""

from typing import Any

import numpy as np

from ..node import raw
from .axes import constant_like, operand
from .elementwise import where

__all__ = ["frexp", "nextafter"]


def frexp(x: Any) -> tuple[Any, Any]:
    """Return mantissa and exponent: ``x = mantissa * 2 ** exponent``, the mantissa from 0.5 up to 1 in size.

    The exponent is an integer without gradient; the mantissa's is ``2 ** -exponent``.

    >>> [float(part) for part in frexp(np.array(6.0))]
    [0.75, 3.0]
    """
    x = operand(x)
    exponent = np.frexp(raw(x))[1]
    half = exponent // 2  # in two steps: 2 ** 1074, which the smallest number needs, is none
    one = np.ones((), dtype=raw(x).dtype)
    mantissa = x * np.ldexp(one, -half) * np.ldexp(one, half - exponent)
    return mantissa, constant_like(x, np.asarray(exponent))


def nextafter(x: Any, y: Any) -> Any:
    """Return the number next to ``x`` towards ``y``; its derivative with respect to ``x`` is 1.

    >>> float(nextafter(1.0, 2.0)) - 1.0 == 2.0**-52
    True
    """
    x = operand(x)
    there = np.nextafter(raw(x), raw(operand(y)), dtype=raw(x).dtype)
    finite = np.isfinite(raw(x))
    step = np.where(finite, there, 0.0) - np.where(finite, raw(x), 0.0)
    return where(finite, x + step, there)
