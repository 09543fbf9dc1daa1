"""What layers are made of."""

from typing import Any

import numpy as np

from .sample import Sample, between

X = between(-2, 2, 2, 3, 4)


def _layer_norm(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    from torch.nn.functional import layer_norm

    first = min(a % x.ndim for a in ([axis] if isinstance(axis, int) else axis))
    return layer_norm(x, x.shape[first:], eps=eps)


def _cross_entropy(x: Any, target: Any) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(x, torch.tensor(target), reduction="none")


def _instance_norm(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    from torch.nn.functional import instance_norm

    return instance_norm(x, eps=eps)


def _log_probs(*shape: int) -> Any:
    scores = between(-2, 2, *shape)
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


_LABELS = np.array([[1, 1, 3], [2, 0, 0]])

SAMPLES: dict[str, list[Sample]] = {
    # PyTorch's gradient is that of the scores before log_softmax: tests/nn/test_ctc.py compares there
    "ctc": [
        Sample((_log_probs(6, 2, 4),), {"targets": _LABELS, "input_lengths": [6, 4], "target_lengths": [3, 1]}),
        Sample(
            (_log_probs(4, 2, 4),),
            {"targets": 3 - _LABELS, "input_lengths": [4, 1], "target_lengths": [3, 0], "blank": 3},
        ),
    ],
    "softmax_cross_entropy": [
        Sample((between(-2, 2, 3, 4),), {"target": np.array([3, 0, 1])}, _cross_entropy),
        Sample((between(-2, 2, 4),), {"target": np.array(2)}, _cross_entropy),
        Sample((between(-2, 2, 2, 3, 2, 2),), {"target": np.arange(8).reshape(2, 2, 2) % 3}, _cross_entropy),
        Sample((between(-2, 2, 4, 6)[::2, ::-2],), {"target": np.array([0, 2])}, _cross_entropy),
        Sample((between(-2, 2, 0, 4),), {"target": np.zeros(0, int)}),
    ],
    "attention": [
        Sample((between(-1, 1, 2, 3, 4), between(-1, 1, 2, 5, 4), between(-1, 1, 2, 5, 2)), {"scale": 0.5}),
        Sample(
            (between(-1, 1, 3, 4), between(-1, 1, 2, 5, 4), between(-1, 1, 5, 2)),
            {"scale": 1.0, "mask": np.tri(3, 5, 1, dtype=bool)},
        ),
        Sample(
            (between(-1, 1, 3, 2), between(-1, 1, 3, 2), between(-1, 1, 3, 1)),
            {"scale": 1.0, "mask": between(-1, 1, 2, 1, 3)},
        ),
    ],
    "standardize": [
        Sample((X,), {}, _layer_norm),
        Sample((X,), {"axis": (1, 2), "eps": 0.5}, _layer_norm),
        Sample((X,), {"axis": 2}, _instance_norm),
        Sample((X,), {"axis": (0, 2)}),
        Sample((X[::-1, ::2],), {"axis": 0, "eps": 0.1}),
        Sample((X[:, :0],), {}),
    ],
}
