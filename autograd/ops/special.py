"""Special functions under SciPy's names, and PyTorch's where they differ.

The error functions and what is built on them are our own (``error_functions.py``). The gamma, zeta and Bessel
functions are evaluated by SciPy, the extra ``stepgrad[scipy]``, which is imported when one of them is first called.
Derivatives: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov, by the number given beside each.
"""

import math
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import exp, log, log1p, sigmoid, sign, where, xlogy
from .error_functions import erfc_array, erfcinv_array, erfcx_array, erfinv_array

__all__ = [
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "beta",
    "betaln",
    "digamma",
    "entr",
    "erfc",
    "erfcx",
    "erfinv",
    "expit",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igammac",
    "lgamma",
    "log_ndtr",
    "logit",
    "multigammaln",
    "mvlgamma",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "xlog1py",
    "zeta",
]

expit = sigmoid

_ROOT_2 = math.sqrt(2.0)
_ROOT_HALF = math.sqrt(0.5)
_ROOT_2_PI = math.sqrt(2.0 * math.pi)
_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _scipy(name: str, *args: Any) -> Any:
    """Evaluate a function of ``scipy.special`` in the precision of its floating arrays."""
    try:
        from scipy import special  # noqa: PLC0415 - an extra, needed only here
    except ImportError as error:
        raise ImportError(
            f"expected SciPy for the special function {name}, got none; install it with pip install 'stepgrad[scipy]'"
        ) from error
    dtypes = [a.dtype for a in args if isinstance(a, (np.ndarray, np.generic)) and a.dtype.kind == "f"]
    value = getattr(special, name)(*args)
    return value.astype(np.result_type(*dtypes), copy=False) if dtypes else value


def _unknown(g: Any, out: Any, a: Any, x: Any) -> Any:
    """Return the derivative that has no rule: NaN, which is found, where zero would be silently wrong."""
    return g * math.nan


# -- error functions ---------------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="1 - erf x", derivative="-2 / sqrt(pi) e^(-x^2)", analytic=False)
def erfc(x: Any, /) -> Any:
    """Complement of the error function, exact where it is small (DLMF 7.2.2).

    >>> float(erfc(0.0))
    1.0
    """
    return erfc_array(x)


erfc.defvjp(lambda g, out, x: g * (-_TWO_OVER_ROOT_PI * exp(-(x * x))))


@primitive(elementwise=True, formula="e^(x^2) erfc x", derivative="2 x out - 2 / sqrt(pi)", analytic=False)
def erfcx(x: Any, /) -> Any:
    """Scaled complement of the error function, which does not underflow.

    >>> float(erfcx(0.0))
    1.0
    """
    return erfcx_array(x)


erfcx.defvjp(lambda g, out, x: g * (2.0 * x * out - _TWO_OVER_ROOT_PI))


@primitive(
    elementwise=True,
    formula="y with erf y = x",
    derivative="sqrt(pi) / 2 e^(out^2)",
    analytic=False,
    domain="-1 < x < 1",
)
def erfinv(x: Any, /) -> Any:
    """Inverse of the error function; infinite at -1 and 1, NaN outside.

    >>> float(erfinv(0.0))
    0.0
    """
    return erfinv_array(x)


erfinv.defvjp(lambda g, out, x: g * (1.0 / _TWO_OVER_ROOT_PI * exp(out * out)))


@primitive(elementwise=True, formula="Phi(x)", derivative="phi(x)", analytic=False)
def ndtr(x: Any, /) -> Any:
    """Distribution function of the standard normal, exact in the lower tail.

    >>> float(ndtr(0.0))
    0.5
    """
    return 0.5 * erfc_array(-_ROOT_HALF * np.asarray(x))


ndtr.defvjp(lambda g, out, x: g * (1.0 / _ROOT_2_PI * exp(-0.5 * x * x)))


@primitive(elementwise=True, formula="y with Phi(y) = x", derivative="1 / phi(out)", analytic=False, domain="0 < x < 1")
def ndtri(x: Any, /) -> Any:
    """Quantile of the standard normal; infinite at 0 and 1, NaN outside.

    >>> float(ndtri(0.5))
    0.0
    """
    return -_ROOT_2 * erfcinv_array(2.0 * np.asarray(x))


ndtri.defvjp(lambda g, out, x: g * (_ROOT_2_PI * exp(0.5 * out * out)))


@primitive(elementwise=True, formula="log Phi(x)", derivative="phi(x) / Phi(x)", analytic=False)
def log_ndtr(x: Any, /) -> Any:
    """Logarithm of the normal distribution function, finite far into the lower tail.

    >>> float(log_ndtr(0.0)) == math.log(0.5)
    True
    """
    x = np.asarray(x)
    low = np.minimum(x, 0.0)
    tail = np.log(0.5 * erfcx_array(-_ROOT_HALF * low)) - 0.5 * low * low
    return np.where(x < 0.0, tail, np.log1p(-0.5 * erfc_array(_ROOT_HALF * np.maximum(x, 0.0))))


def _log_ndtr_slope(x: Any) -> Any:
    """Return phi / Phi, of the scaled function in the lower tail and of the plain one above."""
    below = x < 0
    low, high = where(below, x, 0.0), where(below, 0.0, x)
    tail = 2.0 / _ROOT_2_PI / erfcx(-_ROOT_HALF * low)
    return where(below, tail, exp(-0.5 * high * high) / (_ROOT_2_PI * ndtr(high)))


log_ndtr.defvjp(lambda g, out, x: g * _log_ndtr_slope(x))


# -- entropies and logits ----------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="-x log x", derivative="-log x - 1", analytic=False, domain="x >= 0")
def entr(x: Any, /) -> Any:
    """Entropy of one probability: 0 at 0, minus infinity below.

    >>> float(entr(0.0))
    0.0
    """
    positive = np.where(np.asarray(x) > 0.0, x, 1.0)
    return np.where(np.asarray(x) < 0.0, -math.inf, np.where(np.equal(x, 0.0), 0.0, -x * np.log(positive)))


entr.defvjp(lambda g, out, x: g * (-log(x) - 1.0))


@primitive(
    elementwise=True, formula="log(x / (1 - x))", derivative="1 / (x (1 - x))", analytic=False, domain="0 < x < 1"
)
def logit(x: Any, /, *, eps: float | None = None) -> Any:
    """Inverse of the sigmoid, NaN outside of [0, 1]; ``eps`` first limits ``x`` to ``[eps, 1 - eps]``.

    >>> float(logit(0.5))
    0.0
    """
    x = np.asarray(x) if eps is None else np.clip(x, eps, 1.0 - eps)
    middle = np.absolute(x - 0.5) < 0.25  # there the logarithm would cancel
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(middle, 2.0 * np.arctanh(np.where(middle, 2.0 * x - 1.0, 0.0)), np.log(x / (1.0 - x)))


def _logit_rule(g: Any, out: Any, x: Any, eps: float | None = None) -> Any:
    slope = g / (x * (1.0 - x))
    return slope if eps is None else where((x < eps) | (x > 1.0 - eps), 0.0, slope)


logit.defvjp(_logit_rule)


@primitive(
    elementwise=True, formula="x log(1 + y)", derivative="log(1 + y), x / (1 + y)", analytic=False, domain="y > -1"
)
def xlog1py(x: Any, y: Any, /) -> Any:
    """Product of ``x`` and the logarithm of ``1 + y``, zero where ``x`` is zero.

    >>> float(xlog1py(0.0, -1.0))
    0.0
    """
    zero = np.equal(x, 0) & ~np.isnan(y)
    return np.where(zero, np.zeros_like(x), np.multiply(x, np.log1p(np.where(zero, np.zeros_like(y), y))))


def _xlog1py_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    zero = (x == 0) & (y == -1)  # there the value is constant in x, as for xlogy (case R008)
    return g * where(zero, 0.0, log1p(where(zero, 0.0, y)))


xlog1py.defvjp(_xlog1py_left, lambda g, out, x, y: g * x / (1.0 + y))


# -- gamma functions ---------------------------------------------------------------------------------------------


@primitive(
    elementwise=True, formula="log |Gamma(x)|", derivative="psi(x)", analytic=False, domain="x not 0, -1, -2, ..."
)
def gammaln(x: Any, /) -> Any:
    """Logarithm of the absolute value of the gamma function (derivative: DLMF 5.2.2).

    >>> float(gammaln(1.0))
    0.0
    """
    return _scipy("gammaln", x)


@primitive(
    elementwise=True,
    formula="Gamma'(x) / Gamma(x)",
    derivative="psi'(x)",
    analytic=False,
    domain="x not 0, -1, -2, ...",
)
def digamma(x: Any, /) -> Any:
    """Derivative of the logarithm of the gamma function.

    >>> round(float(digamma(1.0)), 12)
    -0.577215664902
    """
    return _scipy("psi", x)


@primitive(
    elementwise=True,
    formula="n-th derivative of psi",
    derivative="polygamma(n + 1, x)",
    analytic=False,
    domain="x not 0, -1, -2, ...",
)
def polygamma(n: Any, x: Any, /) -> Any:
    """Derivative of order ``n``, a whole number, of the digamma function at ``x`` (DLMF 5.15).

    Raises:
        ValueError: The order is negative or no whole number.

    >>> round(float(polygamma(1, 1.0)), 12) == round(math.pi**2 / 6, 12)
    True
    """
    if np.any(np.asarray(n) < 0) or np.any(np.asarray(n) % 1):
        raise ValueError(f"expected an order n of polygamma(n, x) among 0, 1, 2, ..., got {n}")
    return _scipy("polygamma", n, x)


gammaln.defvjp(lambda g, out, x: g * digamma(x))
digamma.defvjp(lambda g, out, x: g * polygamma(1, x))
polygamma.defvjp(None, lambda g, out, n, x: g * polygamma(n + 1, x))
lgamma, psi = gammaln, digamma


def multigammaln(x: Any, d: int) -> Any:
    """Logarithm of the gamma function of ``d`` dimensions (DLMF 35.3.4); PyTorch's ``mvlgamma``.

    >>> float(multigammaln(1.0, 1))
    0.0
    """
    if d < 1:
        raise ValueError(f"expected d to be at least 1, got {d}")
    total = gammaln(x) + 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(1, d):
        total = total + gammaln(x - 0.5 * j)
    return total


mvlgamma = multigammaln


@primitive(
    elementwise=True, formula="log |B(a, b)|", derivative="psi(a) - psi(a + b), ...", analytic=False, domain="a, b > 0"
)
def betaln(a: Any, b: Any, /) -> Any:
    """Logarithm of the absolute value of the beta function (DLMF 5.12.1).

    >>> float(betaln(1.0, 1.0))
    0.0
    """
    return _scipy("betaln", a, b)


@primitive(
    elementwise=True,
    formula="B(a, b)",
    derivative="out (psi(a) - psi(a + b)), ...",
    analytic=False,
    domain="a, b not 0, -1, -2, ...",
)
def beta(a: Any, b: Any, /) -> Any:
    """Beta function (DLMF 5.12.1).

    >>> float(beta(1.0, 2.0))
    0.5
    """
    return _scipy("beta", a, b)


betaln.defvjp(
    lambda g, out, a, b: g * (digamma(a) - digamma(a + b)),
    lambda g, out, a, b: g * (digamma(b) - digamma(a + b)),
)
beta.defvjp(
    lambda g, out, a, b: g * out * (digamma(a) - digamma(a + b)),
    lambda g, out, a, b: g * out * (digamma(b) - digamma(a + b)),
)


@primitive(
    elementwise=True,
    formula="P(a, x)",
    derivative="NaN, x^(a-1) e^-x / Gamma(a)",
    analytic=False,
    domain="a > 0, x >= 0",
)
def gammainc(a: Any, x: Any, /) -> Any:
    """Lower incomplete gamma function, regularised (DLMF 8.2.4); its gradient by ``a`` is NaN.

    >>> float(gammainc(1.0, 0.0))
    0.0
    """
    return _scipy("gammainc", a, x)


@primitive(
    elementwise=True,
    formula="Q(a, x)",
    derivative="NaN, -x^(a-1) e^-x / Gamma(a)",
    analytic=False,
    domain="a > 0, x >= 0",
)
def gammaincc(a: Any, x: Any, /) -> Any:
    """Upper incomplete gamma function, regularised (DLMF 8.2.4); its gradient by ``a`` is NaN.

    >>> float(gammaincc(1.0, 0.0))
    1.0
    """
    return _scipy("gammaincc", a, x)


def _gamma_density(a: Any, x: Any) -> Any:
    return exp(xlogy(a - 1.0, x) - x - gammaln(a))


gammainc.defvjp(_unknown, lambda g, out, a, x: g * _gamma_density(a, x))
gammaincc.defvjp(_unknown, lambda g, out, a, x: -g * _gamma_density(a, x))
igamma, igammac = gammainc, gammaincc


@primitive(
    elementwise=True,
    formula="sum of (k + q)^-x",
    derivative="NaN, -x zeta(x + 1; q)",
    analytic=False,
    domain="x > 1, q not 0, -1, -2, ...",
)
def zeta(x: Any, q: Any = 1.0, /) -> Any:
    """Hurwitz' zeta function (DLMF 25.11.1), Riemann's for ``q = 1``; its gradient by ``x`` is NaN.

    >>> round(float(zeta(2.0, 1.0)), 12) == round(math.pi**2 / 6, 12)
    True
    """
    return _scipy("zeta", x, q)


zeta.defvjp(_unknown, lambda g, out, x, q=1.0: g * (-x * zeta(x + 1, q)))


# -- Bessel functions --------------------------------------------------------------------------------------------


@primitive(elementwise=True, formula="I0(x)", derivative="I1(x)", analytic=False)
def i0(x: Any, /) -> Any:
    """Modified Bessel function of order 0 (derivative: DLMF 10.29.3).

    >>> float(i0(0.0))
    1.0
    """
    return _scipy("i0", x)


@primitive(elementwise=True, formula="I1(x)", derivative="I0(x) - I1(x) / x", analytic=False)
def i1(x: Any, /) -> Any:
    """Modified Bessel function of order 1 (derivative: DLMF 10.29.2).

    >>> float(i1(0.0))
    0.0
    """
    return _scipy("i1", x)


@primitive(elementwise=True, formula="e^-|x| I0(x)", derivative="i1e(x) - sign(x) out", kinks="0: 0", analytic=False)
def i0e(x: Any, /) -> Any:
    """Modified Bessel function of order 0, scaled so that it does not overflow; the derivative at 0 is 0.

    >>> float(i0e(0.0))
    1.0
    """
    return _scipy("i0e", x)


@primitive(elementwise=True, formula="e^-|x| I1(x)", derivative="i0e(x) - out (sign(x) + 1 / x)", analytic=False)
def i1e(x: Any, /) -> Any:
    """Modified Bessel function of order 1, scaled so that it does not overflow.

    >>> float(i1e(0.0))
    0.0
    """
    return _scipy("i1e", x)


def _over_x(out: Any, x: Any) -> Any:
    """Return ``out / x`` of a function of order 1, which tends to 1/2 at 0."""
    zero = x == 0
    return where(zero, 0.5, out / where(zero, 1.0, x))


i0.defvjp(lambda g, out, x: g * i1(x))
i1.defvjp(lambda g, out, x: g * (i0(x) - _over_x(out, x)))
i0e.defvjp(lambda g, out, x: g * (i1e(x) - sign(x) * out))
i1e.defvjp(lambda g, out, x: g * (i0e(x) - sign(x) * out - _over_x(out, x)))


@primitive(elementwise=True, formula="J0(x)", derivative="-J1(x)", analytic=False)
def bessel_j0(x: Any, /) -> Any:
    """Bessel function of the first kind of order 0 (derivative: DLMF 10.6.3).

    >>> float(bessel_j0(0.0))
    1.0
    """
    return _scipy("j0", x)


@primitive(elementwise=True, formula="J1(x)", derivative="J0(x) - J1(x) / x", analytic=False)
def bessel_j1(x: Any, /) -> Any:
    """Bessel function of the first kind of order 1 (derivative: DLMF 10.6.2).

    >>> float(bessel_j1(0.0))
    0.0
    """
    return _scipy("j1", x)


@primitive(elementwise=True, formula="Y0(x)", derivative="-Y1(x)", analytic=False, domain="x > 0")
def bessel_y0(x: Any, /) -> Any:
    """Bessel function of the second kind of order 0, for ``x > 0`` (derivative: DLMF 10.6.3).

    >>> float(bessel_y0(0.0))
    -inf
    """
    return _scipy("y0", x)


@primitive(elementwise=True, formula="Y1(x)", derivative="Y0(x) - Y1(x) / x", analytic=False, domain="x > 0")
def bessel_y1(x: Any, /) -> Any:
    """Bessel function of the second kind of order 1, for ``x > 0`` (derivative: DLMF 10.6.2).

    >>> float(bessel_y1(0.0))
    -inf
    """
    return _scipy("y1", x)


bessel_j0.defvjp(lambda g, out, x: -g * bessel_j1(x))
bessel_j1.defvjp(lambda g, out, x: g * (bessel_j0(x) - _over_x(out, x)))
bessel_y0.defvjp(lambda g, out, x: -g * bessel_y1(x))
bessel_y1.defvjp(lambda g, out, x: g * (bessel_y0(x) - out / x))
