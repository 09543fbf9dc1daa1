"""Elementwise operations: arithmetic, exponentials, trigonometry, activations.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions; the derivative stands under each function.
Rules call operations and operators only, so that they serve raw arrays and nodes alike.
"""

import math
from typing import Any

import numpy as np

from ..errors import DtypeError
from ..primitive import primitive
from .complex_parts import conjugate, is_complex, real
from .error_functions import erf_array

__all__ = [
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "astype",
    "cbrt",
    "ceil",
    "clip",
    "copy",
    "cos",
    "cosh",
    "divide",
    "elu",
    "equal",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "fmod",
    "gelu",
    "greater",
    "greater_equal",
    "hardtanh",
    "hypot",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logsigmoid",
    "maximum",
    "minimum",
    "mish",
    "multiply",
    "negative",
    "not_equal",
    "positive",
    "power",
    "reciprocal",
    "relu",
    "relu6",
    "remainder",
    "rint",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
    "xlogy",
]  # fmt: skip

_NAN = math.nan
_INF = math.inf


def _zero(g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
    """Return the derivative of a step function."""
    return 0.0


# -- arithmetic ----------------------------------------------------------------------------------------------


@primitive(symbol="+", elementwise=True, formula="x + y", derivative="1, 1")
def add(x: Any, y: Any, /) -> Any:
    """Sum ``x + y``.

    >>> add(1.0, 2.0)
    3.0
    """
    return x + y


add.defvjp(lambda g, out, x, y: g, lambda g, out, x, y: g)
add.defscalar(lambda x, y: (x + y, 1.0, 1.0))


@primitive(symbol="-", elementwise=True, formula="x - y", derivative="1, -1")
def subtract(x: Any, y: Any, /) -> Any:
    """Difference ``x - y``.

    >>> subtract(1.0, 2.0)
    -1.0
    """
    return x - y


subtract.defvjp(lambda g, out, x, y: g, lambda g, out, x, y: -g)
subtract.defscalar(lambda x, y: (x - y, 1.0, -1.0))


@primitive(symbol="*", elementwise=True, formula="x y", derivative="y, x")
def multiply(x: Any, y: Any, /) -> Any:
    """Product ``x * y``.

    >>> multiply(2.0, 3.0)
    6.0
    """
    return x * y


multiply.defvjp(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
multiply.defscalar(lambda x, y: (x * y, y, x))


@primitive(symbol="/", elementwise=True, formula="x / y", derivative="1/y, -x/y^2", domain="y != 0")
def divide(x: Any, y: Any, /) -> Any:
    """Quotient ``x / y``.

    >>> float(divide(1.0, 4.0))
    0.25
    """
    return np.true_divide(x, y)


divide.defvjp(lambda g, out, x, y: g / y, lambda g, out, x, y: -g * x / (y * y))


@divide.defscalar
def _divide(x: float, y: float) -> tuple[float, float, float]:
    if y and (square := y * y):
        return x / y, 1.0 / y, -x / square
    with np.errstate(all="ignore"):
        a, b = np.float64(x), np.float64(y)
        return float(a / b), float(1.0 / b), float(-a / (b * b))


@primitive(
    symbol="//",
    elementwise=True,
    formula="floor(x / y)",
    derivative="0, 0",
    analytic=False,
    domain="y != 0",
    kinks="whole x / y: 0",
)
def floor_divide(x: Any, y: Any, /) -> Any:
    """Quotient rounded towards minus infinity; its derivative is zero.

    >>> float(floor_divide(7.0, 2.0))
    3.0
    """
    return np.floor_divide(x, y)


floor_divide.defvjp(_zero, _zero)


@primitive(
    symbol="%",
    elementwise=True,
    formula="x - y floor(x / y)",
    derivative="1, -floor(x / y)",
    analytic=False,
    domain="y != 0",
    kinks="whole x / y: as beside it",
)
def remainder(x: Any, y: Any, /) -> Any:
    """Remainder with the sign of ``y``.

    >>> float(remainder(-7.0, 3.0))
    2.0
    """
    return np.remainder(x, y)


remainder.defvjp(lambda g, out, x, y: g, lambda g, out, x, y: -g * floor_divide(x, y))


@primitive(symbol="neg", elementwise=True, formula="-x", derivative="-1")
def negative(x: Any, /) -> Any:
    """Negation ``-x``.

    >>> negative(1.0)
    -1.0
    """
    return -x


negative.defvjp(lambda g, out, x: -g)
negative.defscalar(lambda x: (-x, -1.0))


@primitive(symbol="pos", elementwise=True, formula="x", derivative="1")
def positive(x: Any, /) -> Any:
    """Return ``x`` itself.

    >>> positive(1.0)
    1.0
    """
    return +x


positive.defvjp(lambda g, out, x: g)


@primitive(elementwise=True, formula="x", derivative="1")
def copy(x: Any, /) -> Any:
    """Return a copy of ``x``.

    >>> copy(np.ones(2))
    array([1., 1.])
    """
    return np.array(x)


copy.defvjp(lambda g, out, x: g)


@primitive(elementwise=True, formula="x", derivative="1")
def astype(x: Any, /, *, dtype: Any) -> Any:
    """Convert to another data type; the gradient comes back in the input's.

    Raises:
        DtypeError: A complex array shall become a real one, which would drop its imaginary part.

    >>> astype(np.ones(1), dtype="float32")
    array([1.], dtype=float32)
    """
    if is_complex(x) and np.dtype(dtype).kind in "fiu":
        raise DtypeError(f"expected a complex dtype for complex numbers, got {np.dtype(dtype)}; take real(z) first")
    return np.asarray(x).astype(dtype)


astype.defvjp(lambda g, out, x, dtype: g)


@primitive(
    symbol="**", elementwise=True, formula="x^y", derivative="y x^(y-1), x^y log(x)", domain="x >= 0, or y is whole"
)
def power(x: Any, y: Any, /) -> Any:
    """Power ``x ** y``. At ``y = 0`` the base has derivative 0; at a negative base the exponent's is NaN.

    >>> float(power(2.0, 3.0))
    8.0
    """
    return np.power(x, y)


def _power_exponent(g: Any, out: Any, x: Any, y: Any) -> Any:
    order = y
    if is_complex(out):
        x, order = x + 0j, real(y)  # the logarithm of a negative number is complex
    elif isinstance(x, (int, float)):
        return g * (out * math.log(x) if x > 0 else where(y >= 0, 0.0, -_INF) if x == 0 else _NAN)
    at_zero = (x == 0) & (order >= 0)
    return g * where(at_zero, 0.0, out * log(where(at_zero, 1.0, x)))


def _power_base(g: Any, out: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):  # stays a Python number, which widens nothing
        return g * (0.0 if y == 0 else y * power(x, y - 1))
    return g * where(y == 0, 0.0, y * power(x, where(y == 0, 1.0, y - 1)))


power.defvjp(_power_base, _power_exponent)


@power.defscalar
def _power(x: float, y: float) -> tuple[float, float, float]:
    if x > 0.0:
        try:
            value = x**y
            return value, y * x ** (y - 1.0) if y else 0.0, value * math.log(x)
        except OverflowError:
            pass
    with np.errstate(all="ignore"):
        a, b = np.float64(x), np.float64(y)
        value = np.power(a, b)
        by_base = float(b * np.power(a, b - 1.0)) if y else 0.0
        return float(value), by_base, 0.0 if x == 0.0 and y >= 0.0 else float(value * np.log(a))


@primitive(elementwise=True, formula="x^2", derivative="2 x")
def square(x: Any, /) -> Any:
    """Square of ``x``.

    >>> square(3.0)
    9.0
    """
    return x * x


square.defvjp(lambda g, out, x: g * (2.0 * x))


@primitive(elementwise=True, formula="1 / x", derivative="-1 / x^2", domain="x != 0")
def reciprocal(x: Any, /) -> Any:
    """Reciprocal ``1 / x``.

    >>> float(reciprocal(4.0))
    0.25
    """
    return np.true_divide(1.0, x)


reciprocal.defvjp(lambda g, out, x: -g * (out * out))


@primitive(
    symbol="abs",
    elementwise=True,
    formula="|x|",
    derivative="sign(x)",
    kinks="0: 0",
    analytic=False,
    on_complex="convention",
)
def absolute(x: Any, /) -> Any:
    """Absolute value, also of a complex number; its derivative at 0 is 0.

    >>> float(absolute(-2.0))
    2.0
    """
    return np.absolute(x)


# -- steps ---------------------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="sign(x)", derivative="0", analytic=False, on_complex="convention", kinks="0: 0")
def sign(x: Any, /) -> Any:
    """Sign of ``x``: -1, 0 or 1; its derivative is zero. Of a complex number it is ``z / |z|``, and 0 at 0.

    >>> float(sign(-2.0))
    -1.0
    """
    return np.sign(x)


absolute.defvjp(lambda g, out, x: g * sign(x))


@primitive(elementwise=True, formula="floor(x)", derivative="0", analytic=False, kinks="whole x: 0")
def floor(x: Any, /) -> Any:
    """Largest integer not above ``x``; its derivative is zero.

    >>> float(floor(1.5))
    1.0
    """
    return np.floor(x)


@primitive(elementwise=True, formula="ceil(x)", derivative="0", analytic=False, kinks="whole x: 0")
def ceil(x: Any, /) -> Any:
    """Smallest integer not below ``x``; its derivative is zero.

    >>> float(ceil(1.5))
    2.0
    """
    return np.ceil(x)


@primitive(elementwise=True, formula="round(x)", derivative="0", analytic=False, kinks="halves: 0")
def rint(x: Any, /) -> Any:
    """Nearest integer, ties to even; its derivative is zero.

    >>> float(rint(1.5))
    2.0
    """
    return np.rint(x)


@primitive(elementwise=True, formula="trunc(x)", derivative="0", analytic=False, kinks="whole x: 0")
def trunc(x: Any, /) -> Any:
    """Integer part; its derivative is zero.

    >>> float(trunc(-1.5))
    -1.0
    """
    return np.trunc(x)


for _step in (floor, ceil, rint, trunc):
    _step.defvjp(_zero)


def _sign_rule(g: Any, out: Any, x: Any) -> Any:
    """Keep what is at a right angle to ``z``: along it ``z / |z|`` is constant, as all of it is for real numbers."""
    if not is_complex(x):
        return 0.0
    length = absolute(x)
    across = g - out * real(conjugate(out) * g)
    return where(length == 0, 0.0, across / where(length == 0, 1.0, length))


sign.defvjp(_sign_rule)


# -- comparisons: no gradient --------------------------------------------------------------------------------


@primitive(symbol="==", elementwise=True, formula="x = y", analytic=False, on_complex="convention")
def equal(x: Any, y: Any, /) -> Any:
    """Elementwise ``x == y``.

    >>> bool(equal(1.0, 1.0))
    True
    """
    return np.equal(x, y)


@primitive(symbol="!=", elementwise=True, formula="x != y", analytic=False, on_complex="convention")
def not_equal(x: Any, y: Any, /) -> Any:
    """Elementwise ``x != y``.

    >>> bool(not_equal(1.0, 1.0))
    False
    """
    return np.not_equal(x, y)


@primitive(symbol="<", elementwise=True, formula="x < y", analytic=False)
def less(x: Any, y: Any, /) -> Any:
    """Elementwise ``x < y``.

    >>> bool(less(1.0, 2.0))
    True
    """
    return np.less(x, y)


@primitive(symbol="<=", elementwise=True, formula="x <= y", analytic=False)
def less_equal(x: Any, y: Any, /) -> Any:
    """Elementwise ``x <= y``.

    >>> bool(less_equal(1.0, 1.0))
    True
    """
    return np.less_equal(x, y)


@primitive(symbol=">", elementwise=True, formula="x > y", analytic=False)
def greater(x: Any, y: Any, /) -> Any:
    """Elementwise ``x > y``.

    >>> bool(greater(1.0, 2.0))
    False
    """
    return np.greater(x, y)


@primitive(symbol=">=", elementwise=True, formula="x >= y", analytic=False)
def greater_equal(x: Any, y: Any, /) -> Any:
    """Elementwise ``x >= y``.

    >>> bool(greater_equal(1.0, 1.0))
    True
    """
    return np.greater_equal(x, y)


for _comparison in (equal, not_equal, less, less_equal, greater, greater_equal):
    _comparison.defvjp(None, None)


# -- choice --------------------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="x if condition else y", derivative="condition, not condition")
def where(condition: Any, x: Any, y: Any, /) -> Any:
    """Choose ``x`` where ``condition`` holds, else ``y``; the branch not taken gets the gradient zero.

    >>> float(where(True, 1.0, 2.0))
    1.0
    """
    return np.where(condition, x, y)


where.defvjp(
    None,
    lambda g, out, condition, x, y: where(condition, g, 0.0),
    lambda g, out, condition, x, y: where(condition, 0.0, g),
)


@where.defscalar
def _where(condition: Any, x: float, y: float) -> tuple[float, float | None, float, float]:
    return (x, None, 1.0, 0.0) if condition else (y, None, 0.0, 1.0)


def _tie(x: Any, y: Any) -> Any:
    return where(x == y, 0.5, 1.0)


@primitive(symbol="max", elementwise=True, formula="max(x, y)", kinks="x = y: split evenly", analytic=False)
def maximum(x: Any, y: Any, /) -> Any:
    """Larger of the two; at a tie each gets half of the gradient.

    >>> float(maximum(1.0, 2.0))
    2.0
    """
    return np.maximum(x, y)


@primitive(symbol="min", elementwise=True, formula="min(x, y)", kinks="x = y: split evenly", analytic=False)
def minimum(x: Any, y: Any, /) -> Any:
    """Smaller of the two; at a tie each gets half of the gradient.

    >>> float(minimum(1.0, 2.0))
    1.0
    """
    return np.minimum(x, y)


for _choice in (maximum, minimum):
    _choice.defvjp(
        lambda g, out, x, y: where(x == out, g * _tie(x, y), 0.0),
        lambda g, out, x, y: where(y == out, g * _tie(x, y), 0.0),
    )


@primitive(elementwise=True, formula="min(max(x, low), high)", kinks="edges: 1", analytic=False)
def clip(x: Any, a_min: Any = None, a_max: Any = None, /) -> Any:
    """Limit ``x`` to an interval; its derivative at the edges is 1.

    >>> float(clip(3.0, 0.0, 1.0))
    1.0
    """
    return np.clip(x, a_min, a_max)


def _below(x: Any, edge: Any) -> Any:
    return False if edge is None else x < edge


def _crossed(a_min: Any, a_max: Any) -> Any:
    return False if a_min is None or a_max is None else a_max < a_min


def _clip_low(g: Any, out: Any, x: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return where(_crossed(a_min, a_max), 0.0, where(_below(x, a_min), g, 0.0))


def _clip_high(g: Any, out: Any, x: Any, a_min: Any = None, a_max: Any = None) -> Any:
    """Pass the gradient where ``x`` is above, or where the edges crossed and the upper one won."""
    return where(_crossed(a_min, a_max), g, where(_below(-x, None if a_max is None else -a_max), g, 0.0))


clip.defvjp(
    lambda g, out, x, a_min=None, a_max=None: where(
        _below(x, a_min) | _below(-x, None if a_max is None else -a_max), 0.0, g
    ),
    _clip_low,
    _clip_high,
)


@primitive(
    elementwise=True,
    formula="x - y trunc(x / y)",
    derivative="1, -trunc(x / y)",
    analytic=False,
    domain="y != 0",
    kinks="whole x / y: as beside it",
)
def fmod(x: Any, y: Any, /) -> Any:
    """Remainder with the sign of ``x``.

    >>> float(fmod(-7.0, 3.0))
    -1.0
    """
    return np.fmod(x, y)


fmod.defvjp(lambda g, out, x, y: g, lambda g, out, x, y: -g * trunc(x / y))


@primitive(
    elementwise=True, formula="sqrt(x^2 + y^2)", derivative="x / out, y / out", kinks="0, 0: NaN", analytic=False
)
def hypot(x: Any, y: Any, /) -> Any:
    """Length of the vector ``(x, y)``, without overflow on the way; its gradient at the origin is NaN.

    >>> float(hypot(3.0, 4.0))
    5.0
    """
    return np.hypot(x, y)


hypot.defvjp(lambda g, out, x, y: g * (x / out), lambda g, out, x, y: g * (y / out))


# -- exponentials and logarithms -------------------------------------------------------------------------------


@primitive(elementwise=True, formula="e^x", derivative="e^x")
def exp(x: Any, /) -> Any:
    """Exponential function.

    >>> float(exp(0.0))
    1.0
    """
    return np.exp(x)


exp.defvjp(lambda g, out, x: g * out)


@exp.defscalar
def _exp(x: float) -> tuple[float, float]:
    try:
        value = math.exp(x)
    except OverflowError:
        value = _INF
    return value, value


@primitive(elementwise=True, formula="2^x", derivative="2^x log 2")
def exp2(x: Any, /) -> Any:
    """Two to the power ``x``.

    >>> float(exp2(3.0))
    8.0
    """
    return np.exp2(x)


exp2.defvjp(lambda g, out, x: g * (out * math.log(2.0)))


@primitive(elementwise=True, formula="e^x - 1", derivative="e^x")
def expm1(x: Any, /) -> Any:
    """Exponential minus one, exact for small ``x``.

    >>> float(expm1(1e-20))
    1e-20
    """
    return np.expm1(x)


expm1.defvjp(lambda g, out, x: g * exp(x))


@primitive(elementwise=True, formula="log x", derivative="1 / x", domain="x > 0")
def log(x: Any, /) -> Any:
    """Natural logarithm; minus infinity at 0 and NaN below.

    >>> float(log(1.0))
    0.0
    """
    return np.log(x)


log.defvjp(lambda g, out, x: g / x)


@log.defscalar
def _log(x: float) -> tuple[float, float]:
    if x > 0.0:
        return math.log(x), 1.0 / x
    return (-_INF, math.copysign(_INF, x)) if x == 0.0 else (_NAN, 1.0 / x)


@primitive(elementwise=True, formula="log2 x", derivative="1 / (x log 2)", domain="x > 0")
def log2(x: Any, /) -> Any:
    """Logarithm to the base 2.

    >>> float(log2(8.0))
    3.0
    """
    return np.log2(x)


log2.defvjp(lambda g, out, x: g / (x * math.log(2.0)))


@primitive(elementwise=True, formula="log10 x", derivative="1 / (x log 10)", domain="x > 0")
def log10(x: Any, /) -> Any:
    """Logarithm to the base 10.

    >>> float(log10(100.0))
    2.0
    """
    return np.log10(x)


log10.defvjp(lambda g, out, x: g / (x * math.log(10.0)))


@primitive(elementwise=True, formula="log(1 + x)", derivative="1 / (1 + x)", domain="x > -1")
def log1p(x: Any, /) -> Any:
    """Logarithm of ``1 + x``, exact for small ``x``.

    >>> float(log1p(1e-20))
    1e-20
    """
    return np.log1p(x)


log1p.defvjp(lambda g, out, x: g / (1.0 + x))


@primitive(elementwise=True, formula="log(e^x + e^y)", derivative="e^(x - out), e^(y - out)", analytic=False)
def logaddexp(x: Any, y: Any, /) -> Any:
    """Logarithm of a sum of exponentials; of two minus infinities the gradient is 0.

    >>> float(logaddexp(0.0, 0.0)) == math.log(2.0)
    True
    """
    return np.logaddexp(x, y)


def _share(g: Any, out: Any, x: Any) -> Any:
    same = x == out
    return g * where(same, 1.0, exp(where(same, 0.0, x - out))) * where(out == -_INF, 0.0, 1.0)


logaddexp.defvjp(lambda g, out, x, y: _share(g, out, x), lambda g, out, x, y: _share(g, out, y))


@primitive(elementwise=True, formula="x log y", derivative="log y, x / y", domain="y > 0")
def xlogy(x: Any, y: Any, /) -> Any:
    """Product of ``x`` and the logarithm of ``y``, zero where ``x`` is zero.

    >>> float(xlogy(0.0, 0.0))
    0.0
    """
    zero = np.equal(x, 0) & ~np.isnan(y)
    return np.where(zero, np.zeros_like(x), np.multiply(x, np.log(np.where(zero, np.ones_like(y), y))))


def _xlogy_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    zero = (x == 0) & (y == 0)  # there the value is constant in x (case R008)
    return g * where(zero, 0.0, log(where(zero, 1.0, y)))


xlogy.defvjp(_xlogy_left, lambda g, out, x, y: g * x / y)


@primitive(elementwise=True, formula="sqrt(x)", derivative="1 / (2 sqrt(x))", domain="x >= 0")
def sqrt(x: Any, /) -> Any:
    """Square root; NaN below 0, infinite slope at 0.

    >>> float(sqrt(4.0))
    2.0
    """
    return np.sqrt(x)


sqrt.defvjp(lambda g, out, x: g * 0.5 / out)


@primitive(elementwise=True, formula="cube root of x", derivative="1 / (3 out^2)", analytic=False)
def cbrt(x: Any, /) -> Any:
    """Real cube root.

    >>> float(cbrt(-8.0))
    -2.0
    """
    return np.cbrt(x)


cbrt.defvjp(lambda g, out, x: g / (3.0 * out * out))


# -- trigonometric and hyperbolic --------------------------------------------------------------------------------


@primitive(elementwise=True, formula="sin x", derivative="cos x")
def sin(x: Any, /) -> Any:
    """Sine, ``x`` in radians.

    >>> float(sin(0.0))
    0.0
    """
    return np.sin(x)


@primitive(elementwise=True, formula="cos x", derivative="-sin x")
def cos(x: Any, /) -> Any:
    """Cosine, ``x`` in radians.

    >>> float(cos(0.0))
    1.0
    """
    return np.cos(x)


sin.defvjp(lambda g, out, x: g * cos(x))
cos.defvjp(lambda g, out, x: -g * sin(x))


@primitive(elementwise=True, formula="tan x", derivative="1 + tan(x)^2")
def tan(x: Any, /) -> Any:
    """Tangent, ``x`` in radians.

    >>> float(tan(0.0))
    0.0
    """
    return np.tan(x)


tan.defvjp(lambda g, out, x: g * (1.0 + out * out))


@primitive(
    elementwise=True,
    formula="sin(pi x) / (pi x)",
    derivative="(cos(pi x) - out) / x",
    analytic=False,
    on_complex="holomorphic",
)
def sinc(x: Any, /) -> Any:
    """Normalised cardinal sine; 1 with slope 0 at 0.

    >>> float(sinc(0.0))
    1.0
    """
    return np.sinc(x)


def _sinc_rule(g: Any, out: Any, x: Any) -> Any:
    """Differentiate the quotient; near 0, where it cancels, the series does better."""
    near = absolute(x) < 1e-2
    safe = where(near, 1.0, x)
    series = math.pi**2 * x * (-1.0 / 3.0 + (math.pi * x) ** 2 * (1.0 / 30.0 - (math.pi * x) ** 2 / 840.0))
    return g * where(near, series, (cos(math.pi * safe) - sinc(safe)) / safe)


sinc.defvjp(_sinc_rule)


@primitive(elementwise=True, formula="arcsin x", derivative="1 / sqrt(1 - x^2)", domain="-1 <= x <= 1")
def arcsin(x: Any, /) -> Any:
    """Inverse sine in radians.

    >>> float(arcsin(0.0))
    0.0
    """
    return np.arcsin(x)


arcsin.defvjp(lambda g, out, x: g / sqrt(1.0 - x * x))


@primitive(elementwise=True, formula="arccos x", derivative="-1 / sqrt(1 - x^2)", domain="-1 <= x <= 1")
def arccos(x: Any, /) -> Any:
    """Inverse cosine in radians.

    >>> float(arccos(1.0))
    0.0
    """
    return np.arccos(x)


arccos.defvjp(lambda g, out, x: -g / sqrt(1.0 - x * x))


@primitive(elementwise=True, formula="arctan x", derivative="1 / (1 + x^2)")
def arctan(x: Any, /) -> Any:
    """Inverse tangent in radians.

    >>> float(arctan(0.0))
    0.0
    """
    return np.arctan(x)


arctan.defvjp(lambda g, out, x: g / (1.0 + x * x))


@primitive(elementwise=True, formula="angle of (y, x)", derivative="x/(x^2+y^2), -y/(x^2+y^2)", analytic=False)
def arctan2(y: Any, x: Any, /) -> Any:
    """Angle of the point ``(x, y)`` in radians; the gradient at the origin is 0.

    >>> float(arctan2(0.0, 1.0))
    0.0
    """
    return np.arctan2(y, x)


def _squared_radius(x: Any, y: Any) -> Any:
    square_sum = x * x + y * y
    return where(square_sum == 0, 1.0, square_sum)


arctan2.defvjp(
    lambda g, out, y, x: g * x / _squared_radius(x, y),
    lambda g, out, y, x: -g * y / _squared_radius(x, y),
)


@primitive(elementwise=True, formula="sinh x", derivative="cosh x")
def sinh(x: Any, /) -> Any:
    """Hyperbolic sine.

    >>> float(sinh(0.0))
    0.0
    """
    return np.sinh(x)


@primitive(elementwise=True, formula="cosh x", derivative="sinh x")
def cosh(x: Any, /) -> Any:
    """Hyperbolic cosine.

    >>> float(cosh(0.0))
    1.0
    """
    return np.cosh(x)


sinh.defvjp(lambda g, out, x: g * cosh(x))
cosh.defvjp(lambda g, out, x: g * sinh(x))


@primitive(elementwise=True, formula="tanh x", derivative="1 - tanh(x)^2")
def tanh(x: Any, /) -> Any:
    """Hyperbolic tangent.

    >>> float(tanh(0.0))
    0.0
    """
    return np.tanh(x)


tanh.defvjp(lambda g, out, x: g * (1.0 - out * out))


@tanh.defscalar
def _tanh(x: float) -> tuple[float, float]:
    value = math.tanh(x)
    return value, 1.0 - value * value


@primitive(elementwise=True, formula="arsinh x", derivative="1 / sqrt(1 + x^2)")
def arcsinh(x: Any, /) -> Any:
    """Inverse hyperbolic sine.

    >>> float(arcsinh(0.0))
    0.0
    """
    return np.arcsinh(x)


arcsinh.defvjp(lambda g, out, x: g / sqrt(1.0 + x * x))


@primitive(elementwise=True, formula="arcosh x", derivative="1 / sqrt(x^2 - 1)", domain="x >= 1")
def arccosh(x: Any, /) -> Any:
    """Inverse hyperbolic cosine, for ``x >= 1``.

    >>> float(arccosh(1.0))
    0.0
    """
    return np.arccosh(x)


arccosh.defvjp(lambda g, out, x: g / sqrt(x * x - 1.0))


@primitive(elementwise=True, formula="artanh x", derivative="1 / (1 - x^2)", domain="-1 < x < 1")
def arctanh(x: Any, /) -> Any:
    """Inverse hyperbolic tangent, for ``|x| < 1``.

    >>> float(arctanh(0.0))
    0.0
    """
    return np.arctanh(x)


arctanh.defvjp(lambda g, out, x: g / (1.0 - x * x))


# -- activations ---------------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="erf x", derivative="2 / sqrt(pi) e^(-x^2)", on_complex="refuse")
def erf(x: Any, /) -> Any:
    """Error function (Abramowitz and Stegun 7.1.1).

    >>> float(erf(0.0))
    0.0
    """
    return erf_array(x)


erf.defvjp(lambda g, out, x: g * (2.0 / math.sqrt(math.pi) * exp(-(x * x))))


@erf.defscalar
def _erf(x: float) -> tuple[float, float]:
    return math.erf(x), 2.0 / math.sqrt(math.pi) * math.exp(-min(x * x, 1e4) if x == x else x)


@primitive(elementwise=True, formula="1 / (1 + e^-x)", derivative="out (1 - out)")
def sigmoid(x: Any, /) -> Any:
    """Logistic function, without overflow on either side.

    >>> float(sigmoid(0.0))
    0.5
    """
    with np.errstate(over="ignore"):
        return np.true_divide(1.0, 1.0 + np.exp(-np.asarray(x)))


sigmoid.defvjp(lambda g, out, x: g * (out * (1.0 - out)))


@sigmoid.defscalar
def _sigmoid(x: float) -> tuple[float, float]:
    value = 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else (x if x != x else math.exp(max(x, -745.0)))
    return value, value * (1.0 - value)


@primitive(elementwise=True, formula="log sigmoid(x)", derivative="sigmoid(-x)", analytic=False)
def logsigmoid(x: Any, /) -> Any:
    """Logarithm of the logistic function.

    >>> float(logsigmoid(800.0))
    -0.0
    """
    return -np.logaddexp(np.zeros_like(x), -np.asarray(x))


logsigmoid.defvjp(lambda g, out, x: g * sigmoid(-x))


@primitive(symbol="relu", elementwise=True, formula="max(x, 0)", derivative="x > 0", kinks="0: 0", analytic=False)
def relu(x: Any, /) -> Any:
    """Rectifier; its derivative at 0 is 0, and NaN stays NaN.

    >>> float(relu(-1.0))
    0.0
    """
    return np.maximum(x, np.zeros((), dtype=np.asarray(x).dtype))


relu.defvjp(lambda g, out, x: where(x > 0, g, where(x == x, 0.0, g * x)))


@relu.defscalar
def _relu(x: float) -> tuple[float, float]:
    if x > 0.0:
        return x, 1.0
    return (0.0, 0.0) if x == x else (x, x)


@primitive(elementwise=True, formula="min(max(x, 0), 6)", derivative="0 < x < 6", kinks="0, 6: 0", analytic=False)
def relu6(x: Any, /) -> Any:
    """Rectifier that ends at 6.

    >>> float(relu6(8.0))
    6.0
    """
    return np.clip(x, 0.0, 6.0)


relu6.defvjp(lambda g, out, x: where((x > 0) & (x < 6), g, 0.0))


@primitive(elementwise=True, formula="min(max(x, -1), 1)", derivative="-1 < x < 1", kinks="-1, 1: 0", analytic=False)
def hardtanh(x: Any, /) -> Any:
    """Piecewise linear hyperbolic tangent.

    >>> float(hardtanh(8.0))
    1.0
    """
    return np.clip(x, -1.0, 1.0)


hardtanh.defvjp(lambda g, out, x: where((x > -1) & (x < 1), g, 0.0))


@primitive(
    elementwise=True, formula="x if x > 0 else a x", derivative="1 if x > 0 else a", kinks="0: a", analytic=False
)
def leaky_relu(x: Any, /, *, negative_slope: float = 0.01) -> Any:
    """Rectifier with a slope below 0.

    >>> float(leaky_relu(-1.0))
    -0.01
    """
    return np.where(np.asarray(x) > 0, x, negative_slope * x)


leaky_relu.defvjp(lambda g, out, x, negative_slope=0.01: where(x > 0, g, g * negative_slope))


@primitive(elementwise=True, formula="x if x > 0 else a (e^x - 1)", derivative="1 if x > 0 else a e^x", analytic=False)
def elu(x: Any, /, *, alpha: float = 1.0) -> Any:
    """Exponential linear unit (Clevert, Unterthiner and Hochreiter 2016).

    >>> float(elu(-1000.0))
    -1.0
    """
    return np.where(np.asarray(x) > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


elu.defvjp(lambda g, out, x, alpha=1.0: g * where(x > 0, 1.0, alpha * exp(minimum(x, 0.0))))


@primitive(elementwise=True, formula="log(1 + e^(b x)) / b", derivative="sigmoid(b x)", analytic=False)
def softplus(x: Any, /, *, beta: float = 1.0) -> Any:
    """Smooth rectifier.

    >>> float(softplus(800.0))
    800.0
    """
    scaled = beta * np.asarray(x)
    return np.logaddexp(np.zeros_like(scaled), scaled) / beta


softplus.defvjp(lambda g, out, x, beta=1.0: g * sigmoid(beta * x))


@primitive(elementwise=True, formula="x / (1 + |x|)", derivative="1 / (1 + |x|)^2", analytic=False)
def softsign(x: Any, /) -> Any:
    """Smooth sign.

    >>> float(softsign(1.0))
    0.5
    """
    return x / (1.0 + np.absolute(x))


softsign.defvjp(lambda g, out, x: g / square(1.0 + absolute(x)))


@primitive(elementwise=True, formula="x sigmoid(x)", derivative="s (1 + x (1 - s)), s = sigmoid(x)")
def silu(x: Any, /) -> Any:
    """Sigmoid-weighted linear unit, also called swish (Elfwing, Uchibe and Doya 2018).

    >>> float(silu(0.0))
    0.0
    """
    return x * sigmoid.forward(x)


silu.defvjp(lambda g, out, x: g * (sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))))


@primitive(elementwise=True, formula="x tanh(softplus(x))", analytic=False)
def mish(x: Any, /) -> Any:
    """Mish (Misra 2019).

    >>> float(mish(0.0))
    0.0
    """
    return x * np.tanh(softplus.forward(x))


def _mish_slope(x: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * (1.0 - t * t) * sigmoid(x)


mish.defvjp(lambda g, out, x: g * _mish_slope(x))

_ROOT_2_OVER_PI = math.sqrt(2.0 / math.pi)


@primitive(elementwise=True, formula="x Phi(x)", derivative="Phi(x) + x phi(x)", on_complex="refuse")
def gelu(x: Any, /, *, approximate: str = "none") -> Any:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016), exact or with ``approximate="tanh"``.

    >>> float(gelu(0.0))
    0.0
    """
    if approximate == "tanh":
        return 0.5 * x * (1.0 + np.tanh(_ROOT_2_OVER_PI * (x + 0.044715 * x * x * x)))
    if approximate != "none":
        raise ValueError(f"expected approximate to be 'none' or 'tanh', got {approximate!r}")
    return 0.5 * x * (1.0 + erf_array(x * math.sqrt(0.5)))


def _gelu_slope(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        t = tanh(_ROOT_2_OVER_PI * (x + 0.044715 * x * x * x))
        return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * (_ROOT_2_OVER_PI * (1.0 + 3 * 0.044715 * x * x))
    return 0.5 * (1.0 + erf(x * math.sqrt(0.5))) + x * exp(-0.5 * x * x) * (1.0 / math.sqrt(2.0 * math.pi))


gelu.defvjp(lambda g, out, x, approximate="none": g * _gelu_slope(x, approximate))
