"""Recurrent sequences: lengths, both directions, with and without bias and projection."""

from typing import Any

from .sample import Sample, between


def _inputs(gates: int, *, time: int = 3, batch: int = 2, hidden: int = 2, bias: bool = True, width: int = 0) -> Any:
    state = between(-1, 1, batch, width or hidden)
    weight = between(-1, 1, gates * hidden, width or hidden)
    return between(-1, 1, time, batch, gates * hidden), state, weight, between(-1, 1, gates * hidden) if bias else None


def _lstm(**sizes: Any) -> Any:
    x, h, weight, bias = _inputs(4, **sizes)
    hidden = x.shape[2] // 4
    projection = between(-1, 1, sizes["width"], hidden) if sizes.get("width") else None
    return x, h, between(-1, 1, x.shape[1], hidden), weight, bias, projection


OPTIONS: list[dict[str, Any]] = [{}, {"reverse": True}, {"lengths": (3, 1)}, {"lengths": (2, 3), "reverse": True}]

SAMPLES: dict[str, list[Sample]] = {
    "rnn_sequence": [Sample(_inputs(1), options) for options in OPTIONS]
    + [Sample(_inputs(1, bias=False), {"nonlinearity": "relu"}), Sample(_inputs(1, time=1, batch=1, hidden=3))],
    "lstm_sequence": [Sample(_lstm(), options) for options in OPTIONS]
    + [Sample(_lstm(bias=False)), Sample(_lstm(hidden=3, width=2), OPTIONS[3]), Sample(_lstm(width=1, time=1))],
    "gru_sequence": [Sample(_inputs(3), options) for options in OPTIONS]
    + [Sample(_inputs(3, bias=False)), Sample(_inputs(3, time=1, batch=1, hidden=3))],
}
