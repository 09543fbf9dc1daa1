"""Windows, convolutions, pooling and resampling."""

from typing import Any

import numpy as np

from .sample import Sample, between, named, rng

F = "nn.functional."


def _apart(*shape: int) -> Any:
    """Return numbers of which no two are equal or close."""
    return (rng.permutation(np.prod(shape)) * 0.1).reshape(shape)


def _conv(rank: int) -> Any:
    return named(f"{F}conv{rank}d")


def _conv_transpose(rank: int) -> Any:
    return named(f"{F}conv_transpose{rank}d")


def _max_pool(rank: int) -> Any:
    return named(f"{F}max_pool{rank}d")


WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": (2, 3)},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)},
    {"kernel_size": (2, 2), "stride": 3},  # a row and a column are left over
    {"kernel_size": (2, 2), "padding": ((2, 1), (-1, 3))},
]
CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 6), (4, 3, 3), {}),
    ((2, 3, 6, 5), (4, 3, 3, 2), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 4, 6, 7), (6, 2, 2, 2), {"stride": 3, "groups": 2, "dilation": (2, 1)}),  # rows left over
    ((2, 3, 5), (3, 1, 3), {"padding": "same", "groups": 3}),
    ((0, 2, 5), (3, 2, 2), {}),
    ((1, 2, 3, 4, 3), (2, 2, 2, 2, 3), {"padding": 1, "stride": (1, 2, 2)}),
]
TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 4), (3, 4, 3), {}),
    ((2, 3, 3, 4), (3, 2, 2, 3), {"stride": (2, 1), "padding": (0, 1), "dilation": (2, 1)}),
    ((1, 4, 3, 2), (4, 3, 2, 2), {"stride": 2, "groups": 2}),
    ((1, 2, 2, 2, 3), (2, 1, 2, 2, 2), {"padding": 1}),
    ((0, 2, 5), (2, 3, 2), {}),
]

SAMPLES: dict[str, list[Sample]] = {
    "sliding_windows": [Sample((between(-1, 1, 2, 2, 6, 5),), where) for where in WINDOWS],
    "overlap_add": [
        Sample((between(-1, 1, 2, 2, 2, 3, 5, 3),), {"output_size": (6, 5)}),
        Sample((between(-1, 1, 1, 2, 2, 2, 2, 2),), {"output_size": (6, 5), "stride": 3}),
        Sample((between(-1, 1, 1, 2, 2, 5),), {"output_size": (6,), "padding": 1, "dilation": 3}),
    ],
    "convolution": [
        Sample((between(-1, 1, *x), between(-1, 1, *w)), where, _conv(len(x) - 2)) for x, w, where in CONVOLUTIONS
    ]
    + [Sample((between(-1, 1, 1, 2, 6), between(-1, 1, 3, 2, 2)), {"padding": ((2, 1),)})],
    "convolution_transpose": [
        Sample((between(-1, 1, *y), between(-1, 1, *w)), where, _conv_transpose(len(y) - 2))
        for y, w, where in TRANSPOSED
    ]
    + [Sample((between(-1, 1, 1, 2, 3), between(-1, 1, 2, 3, 2)), {"stride": 2, "padding": ((0, -1),)})],
    "convolution_weight": [
        Sample((between(-1, 1, 2, 3, 6), between(-1, 1, 2, 4, 4)), {"kernel_size": (3,)}),
        Sample(
            (between(-1, 1, 2, 4, 6, 5), between(-1, 1, 2, 2, 2, 3)),
            {"kernel_size": (2, 3), "stride": (3, 2), "groups": 2, "padding": (0, 1)},
        ),
    ],
    "max_of_windows": [Sample((_apart(2, 2, 6, 5),), where) for where in WINDOWS[:3]]
    + [
        Sample((_apart(2, 2, 6, 5),), {"kernel_size": (2, 2), "padding": ((1, 1), (-1, 1))}),
        Sample((_apart(2, 2, 7),), {"kernel_size": (3,), "stride": 2, "padding": 1}, _max_pool(1)),
    ],
    "max_of_places": [
        Sample(
            (_apart(2, 2, 4, 5),),
            {"places": [np.array([[[[0, 1], [1, 3]]]]), np.array([[[[0, 2, 2], [1, 2, 3], [4, 4, 4]]]])]},
        ),
        Sample((_apart(2, 3, 5),), {"places": [rng.integers(0, 5, (2, 3, 4, 2))]}),
    ],
    "resample": [
        Sample((between(-1, 1, 2, 3),), {"places": [[0, 0], [2, 1]], "weights": [[0.5, 0.5], [1.0, 0.0]]}),
        Sample((between(-1, 1, 4, 2),), {"places": [[0], [2], [2]], "weights": np.ones((3, 1)), "axis": 0}),
    ],
}
