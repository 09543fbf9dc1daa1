"""Further arithmetic: ufuncs of NumPy, PyTorch's combined operations, and its names for what NumPy calls otherwise.

A plain function here is a composition of operations; a plain name is another name of one operation.
"""

import math
from typing import Any

import numpy as np

from ..node import Node
from ..primitive import primitive
from .complex_parts import is_complex
from .elementwise import (
    absolute,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    astype,
    clip,
    divide,
    exp2,
    floor_divide,
    multiply,
    negative,
    power,
    rint,
    sign,
    trunc,
    where,
)

__all__ = [
    "abs",
    "acos",
    "acosh",
    "addcdiv",
    "addcmul",
    "arctan2",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "clamp",
    "clamp_max",
    "clamp_min",
    "copysign",
    "deg2rad",
    "div",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "frac",
    "heaviside",
    "isfinite",
    "isinf",
    "isnan",
    "ldexp",
    "lerp",
    "logaddexp2",
    "mul",
    "nan_to_num",
    "neg",
    "pow",
    "rad2deg",
    "round",
    "rsqrt",
    "rsub",
    "sgn",
    "signbit",
    "sub",
    "true_divide",
]

acos, acosh, asin, asinh, atan, atan2, atanh = arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh
mul, neg, true_divide, clamp, sgn, fix = multiply, negative, divide, clip, sign, trunc
abs, pow = absolute, power


# -- operations --------------------------------------------------------------------------------------------------


@primitive(
    elementwise=True,
    formula="|x| with the sign of y",
    derivative="sign(x) sign(y), 0",
    kinks="x = 0: 0; y = 0: 0",
    analytic=False,
)
def copysign(x: Any, y: Any, /) -> Any:
    """Magnitude of ``x`` with the sign of ``y``, where zero has a sign; the derivative at ``x = 0`` is 0.

    >>> float(copysign(3.0, -0.0))
    -3.0
    """
    return np.copysign(x, y)


copysign.defvjp(lambda g, out, x, y: g * (sign(x) * copysign(1.0, y)), lambda g, out, x, y: 0.0)


def _share_by_order(g: Any, x: Any, y: Any) -> Any:
    """Pass to ``x`` what an extremum that ignores NaN takes from it, half at a tie."""
    return where(y != y, g, where(x == y, 0.5 * g, 0.0))


@primitive(elementwise=True, formula="max(x, y), NaN ignored", kinks="x = y: split evenly", analytic=False)
def fmax(x: Any, y: Any, /) -> Any:
    """Larger of the two; a NaN gives way to the other. At a tie each gets half of the gradient.

    >>> float(fmax(1.0, np.nan))
    1.0
    """
    return np.fmax(x, y)


@primitive(elementwise=True, formula="min(x, y), NaN ignored", kinks="x = y: split evenly", analytic=False)
def fmin(x: Any, y: Any, /) -> Any:
    """Smaller of the two; a NaN gives way to the other. At a tie each gets half of the gradient.

    >>> float(fmin(1.0, np.nan))
    1.0
    """
    return np.fmin(x, y)


fmax.defvjp(
    lambda g, out, x, y: where(x > y, g, _share_by_order(g, x, y)),
    lambda g, out, x, y: where(y > x, g, where(y != y, 0.0, _share_by_order(g, y, x))),
)
fmin.defvjp(
    lambda g, out, x, y: where(x < y, g, _share_by_order(g, x, y)),
    lambda g, out, x, y: where(y < x, g, where(y != y, 0.0, _share_by_order(g, y, x))),
)


@primitive(
    elementwise=True, formula="0, y or 1 as x < 0, x = 0 or x > 0", derivative="0, x = 0", analytic=False, kinks="0: 0"
)
def heaviside(x: Any, y: Any, /) -> Any:
    """Step function with the value ``y`` at 0.

    >>> float(heaviside(0.0, 0.5))
    0.5
    """
    return np.heaviside(x, y)


heaviside.defvjp(lambda g, out, x, y: 0.0, lambda g, out, x, y: where(x == 0, g, 0.0))


@primitive(elementwise=True, formula="log2(2^x + 2^y)", derivative="2^(x - out), 2^(y - out)", analytic=False)
def logaddexp2(x: Any, y: Any, /) -> Any:
    """Logarithm to the base 2 of a sum of powers of 2; of two minus infinities the gradient is 0.

    >>> float(logaddexp2(0.0, 0.0))
    1.0
    """
    return np.logaddexp2(x, y)


def _share(g: Any, out: Any, x: Any) -> Any:
    same = x == out
    return g * where(same, 1.0, exp2(where(same, 0.0, x - out))) * where(out == -math.inf, 0.0, 1.0)


logaddexp2.defvjp(lambda g, out, x, y: _share(g, out, x), lambda g, out, x, y: _share(g, out, y))


@primitive(elementwise=True, formula="x, where it is finite", derivative="1 where finite, else 0", analytic=False)
def nan_to_num(x: Any, /, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN and the infinities by numbers, which have no gradient.

    >>> float(nan_to_num(np.nan))
    0.0
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num.defvjp(lambda g, out, x, nan=0.0, posinf=None, neginf=None: where(absolute(x) < math.inf, g, 0.0))


@primitive(elementwise=True, formula="1 / sqrt(x)", derivative="-out / (2 x)", domain="x > 0")
def rsqrt(x: Any, /) -> Any:
    """Reciprocal of the square root.

    >>> float(rsqrt(4.0))
    0.5
    """
    return 1.0 / np.sqrt(x)


rsqrt.defvjp(lambda g, out, x: -0.5 * g * out / x)


# -- compositions ------------------------------------------------------------------------------------------------


def sub(x: Any, y: Any, *, alpha: float = 1.0) -> Any:
    """Return ``x - alpha y``.

    >>> float(sub(3.0, 1.0, alpha=2.0))
    1.0
    """
    return x - alpha * y


def rsub(x: Any, y: Any, *, alpha: float = 1.0) -> Any:
    """Return ``y - alpha x``.

    >>> float(rsub(1.0, 3.0, alpha=2.0))
    1.0
    """
    return y - alpha * x


def addcmul(x: Any, y: Any, z: Any, *, value: float = 1.0) -> Any:
    """Return ``x + value y z``.

    >>> float(addcmul(1.0, 2.0, 3.0, value=0.5))
    4.0
    """
    return x + value * y * z


def addcdiv(x: Any, y: Any, z: Any, *, value: float = 1.0) -> Any:
    """Return ``x + value y / z``.

    >>> float(addcdiv(1.0, 6.0, 3.0, value=0.5))
    2.0
    """
    return x + value * y / z


def div(x: Any, y: Any, *, rounding_mode: str | None = None) -> Any:
    """Quotient, as it is or rounded: ``rounding_mode`` is None, ``"trunc"`` or ``"floor"``.

    >>> float(div(-7.0, 2.0, rounding_mode="trunc"))
    -3.0
    """
    if rounding_mode not in (None, "trunc", "floor"):
        raise ValueError(f"expected rounding_mode to be None, 'trunc' or 'floor', got {rounding_mode!r}")
    if rounding_mode == "floor":
        return floor_divide(x, y)
    return trunc(divide(x, y)) if rounding_mode else divide(x, y)


def lerp(start: Any, end: Any, weight: Any) -> Any:
    """Point at ``weight`` of the way from ``start`` to ``end``; exact at both ends.

    >>> float(lerp(1.0, 3.0, 0.25))
    1.5
    """
    way = end - start
    return where(absolute(weight) < 0.5, start + weight * way, end - way * (1.0 - weight))


def deg2rad(x: Any) -> Any:
    """Convert degrees to radians.

    >>> float(deg2rad(180.0)) == math.pi
    True
    """
    return x * (math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Convert radians to degrees.

    >>> float(rad2deg(math.pi))
    180.0
    """
    return x * (180.0 / math.pi)


def ldexp(x: Any, exponent: Any) -> Any:
    """Return ``x`` times two to the power ``exponent``.

    >>> float(ldexp(3.0, 2.0))
    12.0
    """
    return x * exp2(exponent)


def float_power(x: Any, y: Any) -> Any:
    """Power in double precision, whatever the inputs' precision.

    >>> float(float_power(2.0, -1.0))
    0.5
    """

    def double(z: Any) -> Any:
        payload = z.payload if isinstance(z, Node) else z
        if isinstance(payload, float) and not isinstance(payload, np.generic):
            return z
        wide = "complex128" if is_complex(z) else "float64"
        return astype(z, dtype=wide) if isinstance(z, Node) else np.asarray(z, dtype=wide)

    return power(double(x), double(y))


def frac(x: Any) -> Any:
    """Fractional part, with the sign of ``x``.

    >>> float(frac(-1.75))
    -0.75
    """
    return x - trunc(x)


def round(x: Any, decimals: int = 0) -> Any:
    """Round to a number of decimals, ties to even; the derivative is zero.

    >>> float(round(1.26, decimals=1))
    1.3
    """
    if not decimals:
        return rint(x)
    scale = float(10 ** (decimals if decimals > 0 else -decimals))
    return rint(x * scale) / scale if decimals > 0 else rint(x / scale) * scale


def clamp_min(x: Any, low: Any) -> Any:
    """Limit ``x`` from below.

    >>> float(clamp_min(1.0, 2.0))
    2.0
    """
    return clip(x, low, None)


def clamp_max(x: Any, high: Any) -> Any:
    """Limit ``x`` from above.

    >>> float(clamp_max(3.0, 2.0))
    2.0
    """
    return clip(x, None, high)


def isnan(x: Any) -> Any:
    """Tell where ``x`` is not a number.

    >>> bool(isnan(math.nan))
    True
    """
    return x != x


def isinf(x: Any) -> Any:
    """Tell where ``x`` is infinite.

    >>> bool(isinf(-math.inf))
    True
    """
    return absolute(x) == math.inf


def isfinite(x: Any) -> Any:
    """Tell where ``x`` is neither infinite nor NaN.

    >>> bool(isfinite(math.nan))
    False
    """
    return absolute(x) < math.inf


def signbit(x: Any) -> Any:
    """Tell where ``x`` has a minus sign, which zero may have too.

    >>> bool(signbit(-0.0))
    True
    """
    return copysign(1.0, x) < 0
