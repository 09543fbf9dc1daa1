"""What layers are made of."""

from typing import Any

from .sample import Sample, between

X = between(-2, 2, 2, 3, 4)


def _layer_norm(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    from torch.nn.functional import layer_norm

    first = min(a % x.ndim for a in ([axis] if isinstance(axis, int) else axis))
    return layer_norm(x, x.shape[first:], eps=eps)


def _instance_norm(x: Any, axis: Any = -1, eps: float = 1e-5) -> Any:
    from torch.nn.functional import instance_norm

    return instance_norm(x, eps=eps)


SAMPLES: dict[str, list[Sample]] = {
    "standardize": [
        Sample((X,), {}, _layer_norm),
        Sample((X,), {"axis": (1, 2), "eps": 0.5}, _layer_norm),
        Sample((X,), {"axis": 2}, _instance_norm),
        Sample((X,), {"axis": (0, 2)}),
        Sample((X[::-1, ::2],), {"axis": 0, "eps": 0.1}),
        Sample((X[:, :0],), {}),
    ],
}
