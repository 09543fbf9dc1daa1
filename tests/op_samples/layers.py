"""What layers are made of."""

from typing import Any

import numpy as np

from .sample import Sample, between

X = between(-2, 2, 2, 3, 4)


def _layer_norm(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    from torch.nn.functional import layer_norm

    first = min(a % x.ndim for a in ([axis] if isinstance(axis, int) else axis))
    return layer_norm(x, x.shape[first:], eps=eps)


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
    "standardize": [
        Sample((X,), {}, _layer_norm),
        Sample((X,), {"axis": (1, 2), "eps": 0.5}, _layer_norm),
        Sample((X,), {"axis": 2}, _instance_norm),
        Sample((X,), {"axis": (0, 2)}),
        Sample((X[::-1, ::2],), {"axis": 0, "eps": 0.1}),
        Sample((X[:, :0],), {}),
    ],
}
