"""Special functions, further arithmetic."""

from typing import Any

import numpy as np

from .sample import Sample, between, binary, named, unary

S = "special."
GAPS = np.array([[0.3, -0.7], [1.2, -1.9]])


def _polygamma(n: Any, x: Any) -> Any:
    return named("polygamma")(int(n), x)


def _by_second(name: str) -> Any:
    return lambda a, x: named(name)(a.double(), x)


def _second_only(low: float, high: float, torch: Any = None) -> list[Sample]:
    """Sample functions without gradient by their first argument, which is given as integers."""
    return [
        Sample((np.array([2, 3, 5]), between(low, high, 3)), torch=torch),
        Sample((np.array([[2], [4]]), between(low, high, 3)), torch=torch),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "erfc": unary(-3, 5, named("erfc")),
    "erfcx": unary(-2, 8, named(S + "erfcx")),
    "erfinv": unary(-0.95, 0.95, named("erfinv")),
    "ndtr": unary(-5, 3, named(S + "ndtr")),
    "ndtri": unary(0.02, 0.98, named(S + "ndtri")),
    "log_ndtr": unary(-20, -0.1, named(S + "log_ndtr")) + unary(0.1, 3, named(S + "log_ndtr")),
    "entr": unary(0.2, 2, named(S + "entr")),
    "logit": [*unary(0.05, 0.95, named("logit")), Sample((np.array([0.05, 0.4, 0.97]),), {"eps": 0.1}, named("logit"))],
    "xlog1py": binary(0.2, 2, named(S + "xlog1py")),
    "gammaln": unary(0.2, 5, named("lgamma")) + unary(-0.8, -0.2, named("lgamma")),
    "digamma": unary(0.5, 5) + unary(-0.8, -0.3),  # PyTorch's trigamma has ten digits: test_special.py compares them
    "polygamma": [Sample((n, between(0.8, 4, 2, 3)), torch=_polygamma if n > 1 else None) for n in range(5)]
    + [Sample((2, np.array(1.5)), torch=_polygamma)],
    "betaln": binary(0.5, 3),
    "beta": binary(0.5, 3),
    "gammainc": _second_only(0.5, 4, _by_second("igamma")),
    "gammaincc": _second_only(0.5, 4, _by_second("igammac")),
    "zeta": _second_only(0.8, 4, _by_second(S + "zeta")),
    "i0": unary(-3, 3, named("i0")),
    "i1": unary(0.3, 3, named(S + "i1")) + unary(-3, -0.3, named(S + "i1")),
    "i0e": unary(0.3, 3, named(S + "i0e")) + unary(-3, -0.3, named(S + "i0e")),
    "i1e": unary(0.3, 3, named(S + "i1e")) + unary(-3, -0.3, named(S + "i1e")),
    "bessel_j0": unary(-4, 4),
    "bessel_j1": unary(0.3, 4) + unary(-4, -0.3),
    "bessel_y0": unary(0.5, 4),
    "bessel_y1": unary(0.5, 4),
    "copysign": [
        Sample((GAPS, GAPS[:, ::-1].copy()), torch=named("copysign")),
        Sample((GAPS, np.array([1.0, -2.0])), torch=named("copysign")),
    ],
    "fmax": binary(-2, 2, named("fmax")),
    "fmin": binary(-2, 2, named("fmin")),
    "heaviside": [Sample((GAPS, between(-1, 1, 2, 2)))],
    "logaddexp2": binary(-2, 2, named("logaddexp2")),
    "nan_to_num": unary(-2, 2, named("nan_to_num")),
    "rsqrt": unary(0.5, 3, named("rsqrt")),
}
