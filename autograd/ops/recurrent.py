"""Whole recurrent sequences as one operation each, and the steps that they are made of.

The steps are the published equations in plain operations: Elman (1990); LSTM, Hochreiter and Schmidhuber (1997) with
the forget gate of Gers et al. (2000) and the projection of Sak et al. (2014); GRU, Cho et al. (2014), its reset gate
after the product as in PyTorch and cuDNN. A sequence is the loop over its step, and its gradient that loop run
backwards (Werbos 1990); done by hand it needs a tenth of the arrays. Higher derivatives go through the steps.

A sequence takes what the inputs contribute to its gates, ``x W_ih^T + b_ih`` for all times at once, in shape
``(time, batch, gates * hidden)``; weights are laid out as in PyTorch. ``lengths`` says how long each item of the batch
is: past its end an item keeps its state, and its output is zero; run in ``reverse`` it starts at its own end.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .arrangement import split
from .elementwise import maximum, sigmoid, tanh, where
from .indexing import get_item
from .linalg import linear
from .shape import stack

__all__ = ["gru_sequence", "gru_step", "lstm_sequence", "lstm_step", "rnn_sequence", "rnn_step"]

Lengths = Sequence[int] | None


# One step, in plain operations


def rnn_step(x: Any, h: Any, weight: Any, bias: Any, nonlinearity: str = "tanh") -> Any:
    """Next state of a simple recurrent network (Elman 1990), ``tanh(x + W h + b)``.

    Args:
        x: What the input contributes, ``(batch, hidden)``.
        h: The state, ``(batch, hidden)``.
        weight: ``(hidden, hidden)``.
        bias: ``(hidden,)``, or ``None``.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    >>> float(rnn_step(np.zeros((1, 1)), np.ones((1, 1)), np.eye(1), None, "relu")[0, 0])
    1.0
    """
    a = x + _affine(h, weight, bias)
    return tanh(a) if nonlinearity == "tanh" else maximum(a, 0.0)


def lstm_step(x: Any, h: Any, c: Any, weight: Any, bias: Any, projection: Any = None) -> tuple[Any, Any]:
    """Next output and cell of a long short-term memory (Gers et al. 2000; projection: Sak et al. 2014).

    With ``i, f, g, o`` the parts of ``x + W h + b``: ``c' = sigmoid(f) c + sigmoid(i) tanh(g)`` and
    ``h' = sigmoid(o) tanh(c')``, times ``projection`` if there is one.

    Args:
        x: What the input contributes to the gates, ``(batch, 4 * hidden)``.
        h: The last output, ``(batch, hidden)``, or as wide as the projection.
        c: The cell, ``(batch, hidden)``.
        weight: ``(4 * hidden, width of h)``.
        bias: ``(4 * hidden,)``, or ``None``.
        projection: ``(width of h, hidden)``, or ``None``.

    >>> h, c = lstm_step(np.zeros((1, 4)), np.zeros((1, 1)), np.ones((1, 1)), np.zeros((4, 1)), None)
    >>> float(c[0, 0])
    0.5
    """
    i, f, g, o = split(x + _affine(h, weight, bias), 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    h = sigmoid(o) * tanh(c)
    return (h if projection is None else linear(h, projection)), c


def gru_step(x: Any, h: Any, weight: Any, bias: Any) -> Any:
    """Next state of a gated recurrent unit (Cho et al. 2014), its reset gate after the product.

    With ``r, z, n`` the parts of ``x`` and of ``W h + b``: ``r = sigmoid(x_r + h_r)``, ``z = sigmoid(x_z + h_z)``,
    ``n = tanh(x_n + r h_n)`` and ``h' = (1 - z) n + z h``.

    Args:
        x: What the input contributes, ``(batch, 3 * hidden)``.
        h: The state, ``(batch, hidden)``.
        weight: ``(3 * hidden, hidden)``.
        bias: ``(3 * hidden,)``, or ``None``.

    >>> float(gru_step(np.zeros((1, 3)), np.ones((1, 1)), np.zeros((3, 1)), None)[0, 0])
    0.5
    """
    x_r, x_z, x_n = split(x, 3, axis=-1)
    h_r, h_z, h_n = split(_affine(h, weight, bias), 3, axis=-1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = tanh(x_n + r * h_n)
    return n + z * (h - n)


def _affine(h: Any, weight: Any, bias: Any) -> Any:
    return linear(h, weight) if bias is None else linear(h, weight, bias)


# Whole sequences: the loop over steps that each of them equals


def _unrolled(
    step: Callable[..., Any], x: Any, states: tuple[Any, ...], lengths: Lengths, reverse: bool
) -> tuple[Any, ...]:
    """Run a step over all times; return the outputs and the last states."""
    outputs: list[Any] = [None] * x.shape[0]
    for t, active in _times(x.shape[0], lengths, reverse):
        new = step(get_item(x, index=t), *states)
        new = new if isinstance(new, tuple) else (new,)
        if active is not None:
            new = tuple(where(active, after, before) for after, before in zip(new, states, strict=True))
        states = new
        outputs[t] = states[0] if active is None else where(active, states[0], 0.0)
    return stack(outputs), *states


def _times(length: int, lengths: Lengths, reverse: bool) -> Iterator[tuple[int, Any]]:
    """Yield each time in order of processing, and which items are not over yet: a column, or None for all of them."""
    ends = None if lengths is None else np.asarray(lengths)[:, None]
    for t in reversed(range(length)) if reverse else range(length):
        active = None if ends is None else t < ends
        yield t, None if active is None or active.all() else active


def _checked(name: str, x: Any, h: Any, weight: Any, gates: int, lengths: Lengths) -> None:
    """Refuse what does not fit together (R132)."""
    if x.ndim != 3 or x.shape[2] != weight.shape[0] or weight.shape[0] % gates:
        raise ShapeError(
            f"expected inputs (time, batch, {gates} * hidden) in {name} for a weight of shape {weight.shape}, "
            f"got {x.shape}"
        )
    if not x.shape[0]:
        raise ShapeError(f"expected a sequence of one step or more in {name}, got none in shape {x.shape}")
    if h.shape != (x.shape[1], weight.shape[1]):
        raise ShapeError(f"expected a state of shape {(x.shape[1], weight.shape[1])} in {name}, got {h.shape}")
    if lengths is not None and (len(lengths) != x.shape[1] or not all(1 <= n <= x.shape[0] for n in lengths)):
        raise ShapeError(
            f"expected {x.shape[1]} lengths from 1 to {x.shape[0]} in {name}, got {tuple(lengths)}; "
            "drop empty sequences"
        )


def _common_dtype(*arrays: Any) -> Any:
    return np.result_type(*(array for array in arrays if array is not None))


class _Past(NamedTuple):
    """The state before each time, found without copying them."""

    first: Any
    states: Any
    reverse: bool

    def __getitem__(self, t: Any) -> Any:
        t = t + 1 if self.reverse else t - 1
        return self.states[t] if 0 <= t < len(self.states) else self.first

    def all(self) -> Any:
        """Return the state before each time in one array."""
        first = self.first[None]
        return np.concatenate([self.states[1:], first] if self.reverse else [first, self.states[:-1]])


def _shown(states: Any, lengths: Lengths) -> Any:
    """Return the outputs: the states, and zero where an item is over."""
    if lengths is None:
        return states
    over = np.arange(len(states))[:, None] >= np.asarray(lengths)
    return np.where(over[..., None], states.dtype.type(0), states)


def _flat(array: Any) -> Any:
    return array.reshape(-1, array.shape[-1])


def _weight_gradients(da: Any, past: _Past, bias: Any) -> tuple[Any, Any]:
    """Return the gradients of the recurrent weight and bias, one product for all times."""
    return _flat(da).T @ _flat(past.all()), None if bias is None else _flat(da).sum(axis=0)


def _upstream(g: Any, t: int, active: Any) -> Any:
    return g[t] if active is None else np.where(active, g[t], g.dtype.type(0))


# Simple recurrent network


@primitive(
    formula="h_t = f(x_t + W h_t-1 + b)",
    derivative="backpropagation through time",
    kinks="relu, 0: 0",
    analytic=False,
    kept=1,
)
def rnn_sequence(
    x: Any,
    h: Any,
    weight: Any,
    bias: Any,
    /,
    *,
    nonlinearity: str = "tanh",
    lengths: Lengths = None,
    reverse: bool = False,
) -> tuple[Any, ...]:
    """Simple recurrent network over a whole sequence; see :func:`rnn_step`.

    Args:
        x: What the inputs contribute, ``(time, batch, hidden)``.
        h: The first state, ``(batch, hidden)``.
        weight: ``(hidden, hidden)``.
        bias: ``(hidden,)``, or ``None``.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        lengths: The length of each item, all of them full when ``None``.
        reverse: Whether to run from the end to the start.

    Raises:
        ShapeError: The shapes do not fit, or a sequence is empty.

    >>> output, h = rnn_sequence(np.ones((3, 1, 1)), np.zeros((1, 1)), np.eye(1), None, nonlinearity="relu")
    >>> output[:, 0, 0].tolist(), float(h[0, 0])
    ([1.0, 2.0, 3.0], 3.0)
    """
    _checked("rnn_sequence", x, h, weight, 1, lengths)
    states = x.copy() if bias is None else x + bias
    wt = weight.T
    for t, active in _times(len(x), lengths, reverse):
        a = states[t]
        a += h @ wt
        np.tanh(a, out=a) if nonlinearity == "tanh" else np.maximum(a, 0, out=a)
        if active is not None:
            np.copyto(a, h, where=~active)
        h = a
    return _shown(states, lengths), h.copy(), states


def _rnn_joint(
    g: Any,
    out: Any,
    x: Any,
    h: Any,
    weight: Any,
    bias: Any,
    nonlinearity: str = "tanh",
    lengths: Lengths = None,
    reverse: bool = False,
) -> tuple[Any, ...]:
    states = out[2]
    past, da = _Past(h, states, reverse), np.empty_like(states)
    dh = np.zeros_like(h) if g[1] is None else g[1]
    for t, active in _times(len(x), lengths, not reverse):
        if g[0] is not None:
            dh = dh + _upstream(g[0], t, active)
        y = states[t]
        np.multiply(dh, 1 - y * y if nonlinearity == "tanh" else y > 0, out=da[t])
        if active is not None:
            da[t] *= active
        back = da[t] @ weight
        dh = back if active is None else np.where(active, back, dh)
    return da, dh, *_weight_gradients(da, past, bias)


def _rnn_composition(
    x: Any, h: Any, weight: Any, bias: Any, nonlinearity: str = "tanh", lengths: Lengths = None, reverse: bool = False
) -> tuple[Any, ...]:
    def step(x: Any, h: Any) -> Any:
        return rnn_step(x, h, weight, bias, nonlinearity)

    return _unrolled(step, x, (h,), lengths, reverse)


rnn_sequence.defjoint(_rnn_joint, _rnn_composition)


# Long short-term memory


@primitive(formula="h_t, c_t = lstm(x_t, h_t-1, c_t-1)", derivative="backpropagation through time", kept=3)
def lstm_sequence(
    x: Any,
    h: Any,
    c: Any,
    weight: Any,
    bias: Any,
    projection: Any,
    /,
    *,
    lengths: Lengths = None,
    reverse: bool = False,
) -> tuple[Any, ...]:
    """Long short-term memory over a whole sequence; see :func:`lstm_step`.

    Args:
        x: What the inputs contribute to the gates, ``(time, batch, 4 * hidden)``.
        h: The first output, ``(batch, hidden)``, or as wide as the projection.
        c: The first cell, ``(batch, hidden)``.
        weight: ``(4 * hidden, width of h)``.
        bias: ``(4 * hidden,)``, or ``None``.
        projection: ``(width of h, hidden)``, or ``None``.
        lengths: The length of each item, all of them full when ``None``.
        reverse: Whether to run from the end to the start.

    Raises:
        ShapeError: The shapes do not fit, or a sequence is empty.

    >>> x, zero = np.zeros((2, 1, 4)), np.zeros((1, 1))
    >>> output, h, c = lstm_sequence(x, zero, np.ones((1, 1)), np.zeros((4, 1)), None, None)
    >>> float(c[0, 0])
    0.25
    """
    _checked("lstm_sequence", x, h, weight, 4, lengths)
    hidden = weight.shape[0] // 4
    if c.shape != (x.shape[1], hidden):
        raise ShapeError(f"expected a cell of shape {(x.shape[1], hidden)} in lstm_sequence, got {c.shape}")
    dtype = _common_dtype(x, h, c, weight, bias, projection)
    half = np.full(4 * hidden, 0.5, dtype)  # sigmoid(a) = (1 + tanh(a / 2)) / 2, so that one tanh does for all gates
    half[2 * hidden : 3 * hidden] = 1
    shift = 1 - half
    wt = weight.T * half
    gates = (x if bias is None else x + bias) * half
    cells = np.empty((*x.shape[:2], hidden), dtype)
    states = np.empty((*x.shape[:2], h.shape[1]), dtype)
    for t, active in _times(len(x), lengths, reverse):
        a = gates[t]
        a += h @ wt
        np.tanh(a, out=a)
        a *= half
        a += shift
        i, f, g, o = _parts(a, 4)
        cell = np.multiply(f, c, out=cells[t])
        cell += i * g
        state = o * np.tanh(cell)
        states[t] = state if projection is None else state @ projection.T
        if active is not None:
            np.copyto(cell, c, where=~active)
            np.copyto(states[t], h, where=~active)
        h, c = states[t], cell
    return _shown(states, lengths), h.copy(), c.copy(), states, gates, cells


def _parts(a: Any, count: int) -> list[Any]:
    size = a.shape[-1] // count
    return [a[..., k * size : (k + 1) * size] for k in range(count)]


def _lstm_joint(
    grads: Any,
    out: Any,
    x: Any,
    h: Any,
    c: Any,
    weight: Any,
    bias: Any,
    projection: Any,
    lengths: Lengths = None,
    reverse: bool = False,
) -> tuple[Any, ...]:
    _, _, _, states, gates, cells = out
    past, past_cells = _Past(h, states, reverse), _Past(c, cells, reverse)
    da = np.empty_like(gates)
    raw, shown = np.empty_like(cells), np.empty_like(states)  # operands of the projection's gradient
    dh = np.zeros_like(h) if grads[1] is None else grads[1]
    dc = np.zeros_like(c) if grads[2] is None else grads[2]
    for t, active in _times(len(x), lengths, not reverse):
        if grads[0] is not None:
            dh = dh + _upstream(grads[0], t, active)
        i, f, g, o = _parts(gates[t], 4)
        da_i, da_f, da_g, da_o = _parts(da[t], 4)
        squashed = np.tanh(cells[t])
        d_state = dh
        if projection is not None:
            raw[t], shown[t] = o * squashed, dh if active is None else dh * active
            d_state = dh @ projection
        d_cell = dc + d_state * o * (1 - squashed * squashed)
        np.multiply(d_cell * g, i * (1 - i), out=da_i)
        np.multiply(d_cell * past_cells[t], f * (1 - f), out=da_f)
        np.multiply(d_cell * i, 1 - g * g, out=da_g)
        np.multiply(d_state * squashed, o * (1 - o), out=da_o)
        if active is not None:
            da[t] *= active
        back, d_past = da[t] @ weight, d_cell * f
        dh = back if active is None else np.where(active, back, dh)
        dc = d_past if active is None else np.where(active, d_past, dc)
    d_projection = None if projection is None else _flat(shown).T @ _flat(raw)
    return da, dh, dc, *_weight_gradients(da, past, bias), d_projection


def _lstm_composition(
    x: Any,
    h: Any,
    c: Any,
    weight: Any,
    bias: Any,
    projection: Any,
    lengths: Lengths = None,
    reverse: bool = False,
) -> tuple[Any, ...]:
    def step(x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        return lstm_step(x, h, c, weight, bias, projection)

    return _unrolled(step, x, (h, c), lengths, reverse)


lstm_sequence.defjoint(_lstm_joint, _lstm_composition)


# Gated recurrent unit


@primitive(formula="h_t = gru(x_t, h_t-1)", derivative="backpropagation through time", kept=3)
def gru_sequence(
    x: Any, h: Any, weight: Any, bias: Any, /, *, lengths: Lengths = None, reverse: bool = False
) -> tuple[Any, ...]:
    """Gated recurrent unit over a whole sequence; see :func:`gru_step`.

    Args:
        x: What the inputs contribute to the gates, ``(time, batch, 3 * hidden)``.
        h: The first state, ``(batch, hidden)``.
        weight: ``(3 * hidden, hidden)``.
        bias: ``(3 * hidden,)``, or ``None``.
        lengths: The length of each item, all of them full when ``None``.
        reverse: Whether to run from the end to the start.

    Raises:
        ShapeError: The shapes do not fit, or a sequence is empty.

    >>> output, h = gru_sequence(np.zeros((2, 1, 3)), np.ones((1, 1)), np.zeros((3, 1)), None)
    >>> output[:, 0, 0].tolist()
    [0.5, 0.25]
    """
    _checked("gru_sequence", x, h, weight, 3, lengths)
    hidden = weight.shape[1]
    gates = x.astype(_common_dtype(x, h, weight, bias))
    inner = np.empty((*x.shape[:2], hidden), gates.dtype)
    states = np.empty_like(inner)
    wt = weight.T
    for t, active in _times(len(x), lengths, reverse):
        recurrent = h @ wt if bias is None else h @ wt + bias
        both, n = gates[t, :, : 2 * hidden], gates[t, :, 2 * hidden :]
        both += recurrent[:, : 2 * hidden]
        both *= 0.5  # sigmoid(a) = (1 + tanh(a / 2)) / 2
        np.tanh(both, out=both)
        both += 1
        both *= 0.5
        r, z = _parts(both, 2)
        inner[t] = recurrent[:, 2 * hidden :]
        n += r * inner[t]
        np.tanh(n, out=n)
        state = np.subtract(h, n, out=states[t])
        state *= z
        state += n
        if active is not None:
            np.copyto(state, h, where=~active)
        h = state
    return _shown(states, lengths), h.copy(), states, gates, inner


def _gru_joint(
    g: Any, out: Any, x: Any, h: Any, weight: Any, bias: Any, lengths: Lengths = None, reverse: bool = False
) -> tuple[Any, ...]:
    _, _, states, gates, inner = out
    hidden = weight.shape[1]
    past, dx, da = _Past(h, states, reverse), np.empty_like(gates), np.empty_like(gates)
    dh = np.zeros_like(h) if g[1] is None else g[1]
    for t, active in _times(len(x), lengths, not reverse):
        if g[0] is not None:
            dh = dh + _upstream(g[0], t, active)
        r, z, n = _parts(gates[t], 3)
        d_r, d_z, d_n = _parts(dx[t], 3)
        np.multiply(dh * (1 - z), 1 - n * n, out=d_n)
        np.multiply(dh * (past[t] - n), z * (1 - z), out=d_z)
        np.multiply(d_n * inner[t], r * (1 - r), out=d_r)
        if active is not None:
            dx[t] *= active
        da[t, :, : 2 * hidden] = dx[t, :, : 2 * hidden]
        np.multiply(d_n, r, out=da[t, :, 2 * hidden :])
        back = dh * z + da[t] @ weight
        dh = back if active is None else np.where(active, back, dh)
    return dx, dh, *_weight_gradients(da, past, bias)


def _gru_composition(
    x: Any, h: Any, weight: Any, bias: Any, lengths: Lengths = None, reverse: bool = False
) -> tuple[Any, ...]:
    def step(x: Any, h: Any) -> Any:
        return gru_step(x, h, weight, bias)

    return _unrolled(step, x, (h,), lengths, reverse)


gru_sequence.defjoint(_gru_joint, _gru_composition)
