"""The operations that move, repeat and pick elements of arrays."""

from typing import Any

from .sample import Sample, between

X = between(-2, 2, 2, 3)
MODES = ("edge", "reflect", "symmetric", "wrap")


def _pad(kind: str) -> Any:
    """Return PyTorch's padding of the last two axes."""

    def call(x: Any, pad_width: Any, mode: str) -> Any:
        import torch

        (top, bottom), (left, right) = pad_width
        return torch.nn.functional.pad(x[None], (left, right, top, bottom), mode=kind)[0]

    return call


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
}
