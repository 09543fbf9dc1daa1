"""Cumulative operations and order."""

from typing import Any

import numpy as np

from .sample import Sample, between, named

X = between(-2, 2, 3, 4)
ZEROS = np.where(np.arange(12).reshape(3, 4) % 5 == 1, 0.0, X)


def _sorted(x: Any, axis: int, descending: bool = False) -> Any:
    return named("sort")(x, dim=axis, descending=descending).values


def _median(x: Any, axis: int, keepdims: bool) -> Any:
    return named("median")(x, dim=axis, keepdim=keepdims).values


def _along(name: str) -> Any:
    return lambda x, axis: named(name)(x, dim=axis)


SAMPLES: dict[str, list[Sample]] = {
    "convolve": [
        Sample((between(-2, 2, n), between(-2, 2, m)), {"mode": mode})
        for n, m in ((5, 3), (2, 4), (4, 4), (1, 1))
        for mode in ("full", "same", "valid")
    ],
    "cumprod": [
        *[Sample((x,), {"axis": a}, _along("cumprod")) for x in (X, ZEROS) for a in (0, -1)],
        Sample((X[::-1, ::2],), {"axis": 0}),
        Sample((X,)),
        Sample((np.zeros((2, 0)),), {"axis": 1}, _along("cumprod")),
    ],
    "cumsum": [
        *[Sample((X,), {"axis": a}, _along("cumsum")) for a in (0, -1)],
        Sample((X,)),
        Sample((X[::-1],), {"axis": 0}),
        Sample((np.zeros((2, 0)),), {"axis": 1}, _along("cumsum")),
        Sample((between(-2, 2),), {"axis": 0}, _along("cumsum")),
    ],
    "linear_recurrence": [
        *[Sample((between(-1, 1, 3, 4), X), {"axis": a}) for a in (0, -1)],
        Sample((between(-1, 1, 4), X)),
        Sample((ZEROS, between(-1, 1, 3, 1)), {"axis": 1}),
        Sample((between(-1, 1, 0), between(-1, 1, 0))),
    ],
    "logcumsumexp": [
        *[Sample((X,), {"axis": a}, _along("logcumsumexp")) for a in (0, -1)],
        Sample((between(-2, 2),), {"axis": 0}, _along("logcumsumexp")),
    ],
    "median": [
        *[Sample((X,), {"axis": a, "keepdims": k}, torch=_median) for a in (0, -1) for k in (False, True)],
        Sample((X,), torch=named("median")),
    ],
    "sort": [
        *[Sample((X,), {"axis": a, "descending": d}, torch=_sorted) for a in (0, -1) for d in (False, True)],
        Sample((X,), {"axis": None}),
    ],
}
