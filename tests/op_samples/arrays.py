"""The operations that move, repeat and pick elements of arrays."""

import warnings
from typing import Any

import numpy as np

from .sample import Sample, between, named

X = between(-2, 2, 2, 3)
CUBE = between(-2, 2, 2, 3, 4)
MODES = ("edge", "reflect", "symmetric", "wrap")


def _pad(kind: str) -> Any:
    """Return PyTorch's padding of the last two axes."""

    def call(x: Any, pad_width: Any, mode: str) -> Any:
        import torch

        (top, bottom), (left, right) = pad_width
        return torch.nn.functional.pad(x[None], (left, right, top, bottom), mode=kind)[0]

    return call


def _extremes(kind: str) -> list[Sample]:
    """Return samples in which some places are brought nothing, some one value and some several."""

    def torch(x: Any, values: Any, index: Any, include_self: bool = True) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it is in beta
            return named("index_reduce")(x, 0, named("tensor")(index), values, kind, include_self=include_self)

    places = [4, 1, 1, -1, 1]
    x, values = between(-2, 2, 5, 2), between(-2, 2, 5, 2)
    return [
        *(Sample((x, values), {"index": np.array(places) % 5, "include_self": s}, torch) for s in (True, False)),
        Sample((x[:, 0], values[:, 0]), {"index": (places,)}),
        Sample((x, values[:2]), {"index": (slice(None, None, 3), [0, 0]), "include_self": False}),
        Sample((x, between(-2, 2, 1)), {"index": ([2], [1])}),
        Sample((x, np.zeros((0, 2))), {"index": (np.zeros(0, int),)}),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "pad": [
        Sample((X,), {"pad_width": 1}),
        Sample((X,), {"pad_width": ((0, 1), (2, 0)), "constant_values": 3.0}),
        Sample((X,), {"pad_width": {-1: (1, 2)}}),
        *(Sample((X,), {"pad_width": ((1, 4), (3, 5)), "mode": m}) for m in MODES),
        *(Sample((between(-2, 2, 2, 3, 4),), {"pad_width": ((0, 0), (2, 1), (1, 3)), "mode": m}) for m in MODES),
        *(
            Sample((between(-2, 2, 2, 3, 4)[0],), {"pad_width": ((2, 1), (1, 3)), "mode": m}, _pad(kind))
            for m, kind in (("edge", "replicate"), ("reflect", "reflect"), ("wrap", "circular"))
        ),
    ],
    "unpad": [Sample((between(-2, 2, 7, 11),), {"pad_width": ((1, 4), (3, 5)), "mode": m}) for m in MODES],
    "split_with_sizes": [Sample((CUBE,), {"sizes": n, "axis": a}) for n, a in ((2, 1), ([1, 0, 3], -1), (4, 0))],
    "unstack": [Sample((CUBE,), {"axis": a}) for a in (0, -1)] + [Sample((CUBE[0, 0],))],
    "maximum_at": _extremes("amax"),
    "minimum_at": _extremes("amin"),
}
