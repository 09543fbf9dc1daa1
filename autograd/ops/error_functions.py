"""The error functions on raw arrays: vectorised, in the data type they get.

One polynomial serves ``|x| <= 1``: erf(x) / x in ``s = 2 x^2 - 1``. One serves the rest: ``(1 + 2 x) erfcx(x)`` in
``s = (x - 4) / (x + 2)``, which maps ``[1, inf]`` to ``[-1, 1]`` (the substitution of Shepherd and Laframboise,
Chebyshev approximation of (1 + 2x) exp(x^2) erfc x, 1981). The coefficients are interpolations at Chebyshev's nodes
computed with 45 digits from the definitions in Abramowitz and Stegun, chapter 7; highest power first.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["erf_array", "erfc_array", "erfcinv_array", "erfcx_array", "erfinv_array"]

_NEAR = (
    -3.80659122412214e-13, 9.21125018742823e-12, -2.035231956483527e-10, 4.115751500265885e-09,
    -7.51156925108609e-08, 1.2233827638093572e-06, -1.75371694412802e-05, 0.00021751715603563488,
    -0.0022854855611440855, 0.019852496688984218, -0.1405360890227171, 0.9654687386698673,
)  # fmt: skip
_NEAR_SINGLE = (
    1.2306054785446075e-06, -1.7669068026125697e-05, 0.00021751354165582579, -0.0022854195448728494,
    0.019852497140907616, -0.14053609727754268, 0.9654687386698673,
)  # fmt: skip
_TAIL = (
    -1.6525741884556504e-10, -2.608498390875632e-10, 1.3984480330499803e-09, 3.5167565358181244e-09,
    -4.89349866082599e-09, -2.7011695256879006e-08, -3.736451904467977e-09, 1.6226292217084476e-07,
    2.0501152447913777e-07, -8.919534193221389e-07, -2.209566007771382e-06, 5.276227442742804e-06,
    1.9946657977559094e-05, -4.294302494683942e-05, -0.0001757703976826848, 0.0005733251951354429,
    0.00117866056976143, -0.010437170695549378, 0.02650923206565457, -0.01752790509988198,
    -0.10471583763042186, 1.2329951186255526,
)  # fmt: skip
_TAIL_SINGLE = (
    1.521189101778543e-05, -3.2643553187519696e-05, -0.00017184041849060204, 0.0005650331825828576,
    0.0011772904424725455, -0.010434317741703648, 0.02650940145912648, -0.017528255760641282,
    -0.1047158410111686, 1.2329951256161689,
)  # fmt: skip

_BLOCK = 16384  # elements at a time, so that the temporaries stay in the cache
_HALF_ROOT_PI = 0.5 * math.sqrt(math.pi)


def _horner(coefficients: tuple[float, ...], s: Any) -> Any:
    value = coefficients[0] * s
    for c in coefficients[1:-1]:
        value += c
        value *= s
    value += coefficients[-1]
    return value


def _blockwise(block: Callable[[Any], Any], x: Any) -> Any:
    """Apply a function of flat float arrays to an array of any shape, number type and layout."""
    array = np.asarray(x)
    dtype = array.dtype if array.dtype.kind == "f" else np.dtype(float)
    work = dtype if dtype.itemsize >= 4 else np.dtype("float32")
    flat = array.reshape(-1).astype(work, copy=False)
    out = np.empty(array.shape, dtype)
    target = out.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        target[start : start + _BLOCK] = block(flat[start : start + _BLOCK])
    return out


def _near(a: Any) -> Any:
    """Return erf(a) / a for ``0 <= a <= 1``."""
    return _horner(_NEAR_SINGLE if a.dtype.itemsize == 4 else _NEAR, 2.0 * (a * a) - 1.0)


def _scaled(a: Any) -> Any:
    """Return exp(a^2) erfc(a) for ``a >= 1``."""
    return _horner(_TAIL_SINGLE if a.dtype.itemsize == 4 else _TAIL, 1.0 - 6.0 / (a + 2.0)) / (1.0 + 2.0 * a)


def _exp_square(a: Any, sign: float) -> Any:
    """Return exp(sign a^2), with the square in two parts so that its rounding is not magnified."""
    coarse = np.rint(64.0 * a) * (1.0 / 64.0)
    return np.exp(sign * coarse * coarse) * np.exp(sign * (a - coarse) * (a + coarse))


def _tail(a: Any) -> Any:
    """Return erfc(a) for ``a >= 1``."""
    a = np.minimum(a, 30.0)
    return _scaled(a) * _exp_square(a, -1.0)


def _erf_block(x: Any) -> Any:
    a = np.absolute(x)
    out = x * _near(np.minimum(a, 1.0))
    far = np.flatnonzero(a > 1.0)
    out[far] = np.copysign(1.0 - _tail(a[far]), x[far])
    return out


def _erfc_block(x: Any) -> Any:
    a = np.absolute(x)
    out = 1.0 - x * _near(np.minimum(a, 1.0))  # at 1, where it cancels most, three bits are lost
    right, left = np.flatnonzero(x > 1.0), np.flatnonzero(x < -1.0)
    out[right] = _tail(x[right])
    out[left] = 2.0 - _tail(-x[left])
    return out


def _erfcx_block(x: Any) -> Any:
    with np.errstate(over="ignore"):
        out = _exp_square(np.clip(x, -30.0, 1.0), 1.0) * _erfc_block(np.minimum(x, 1.0))
    right = np.flatnonzero(x > 1.0)
    out[right] = _scaled(x[right])
    return out


def erf_array(x: Any) -> Any:
    """Error function."""
    if np.asarray(x).dtype.kind == "c":  # a complex step: first order is exact for an imaginary part of 1e-20
        real = np.real(x)
        return erf_array(real) + 2j / math.sqrt(math.pi) * np.exp(-real * real) * np.imag(x)
    return _blockwise(_erf_block, x)


def erfc_array(x: Any) -> Any:
    """Complement of the error function, 1 - erf(x), exact where it is small."""
    return _blockwise(_erfc_block, x)


def erfcx_array(x: Any) -> Any:
    """Scaled complement, exp(x^2) erfc(x)."""
    return _blockwise(_erfcx_block, x)


def _inverse_near(y: Any) -> Any:
    """Solve erf(x) = y for ``|y| <= 1/2``: two terms of the series, then Halley's iteration."""
    x = _HALF_ROOT_PI * (y + math.pi / 12.0 * y**3)
    for _ in range(2):
        step = (_erf_block(x) - y) * _HALF_ROOT_PI * np.exp(x * x)
        x = x - step / (1.0 + x * step)
    return x


def _inverse_tail(q: Any) -> Any:
    """Solve erfc(x) = q for ``0 <= q <= 1/2``: Winitzki's approximation (2008), then Newton's iteration on log q."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_q, a = np.log(q), 0.147
        log_product = log_q + np.log(2.0 - q)
        b = 2.0 / (math.pi * a) + 0.5 * log_product
        x = np.sqrt(np.sqrt(b * b - log_product / a) - b)
        for _ in range(4):
            scaled = _erfcx_block(x)
            x = x + (np.log(scaled) - x * x - log_q) * scaled * _HALF_ROOT_PI
    return np.where(q == 0.0, math.inf, x)


def _erfinv_block(y: Any) -> Any:
    y = y.astype(float)
    a = np.absolute(y)
    x = _inverse_near(np.clip(y, -0.5, 0.5))
    far = np.flatnonzero(a > 0.5)
    x[far] = np.copysign(_inverse_tail(1.0 - a[far]), y[far])
    return x


def _erfcinv_block(q: Any) -> Any:
    q = q.astype(float)
    x = _erfinv_block(1.0 - q)
    low = np.flatnonzero(q < 0.5)
    x[low] = _inverse_tail(q[low])
    return x


def erfinv_array(y: Any) -> Any:
    """Inverse of the error function; NaN outside of [-1, 1]."""
    return _blockwise(_erfinv_block, y)


def erfcinv_array(q: Any) -> Any:
    """Inverse of erfc; NaN outside of [0, 2]."""
    return _blockwise(_erfcinv_block, q)
