"""Recurrent layers: cells that read like their equations, and whole sequences that equal them step by step.

Names, layouts and defaults are PyTorch's: the gates of an LSTM stand in the order input, forget, cell, output, those of
a GRU reset, update, new, and every layer has two biases. The equations stand in :mod:`autograd.ops.recurrent`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype, ops
from autograd.errors import ShapeError
from nn import functional as F
from nn import init
from nn.errors import ArgumentError
from nn.module import Module
from nn.parameter import Parameter
from nn.utils.rnn import PackedSequence, padded_sorted

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

States = tuple[Tensor, ...]
NONLINEARITIES = ("tanh", "relu")


def _fresh(*shape: int, bound: float, dtype: Any, rng: "np.random.Generator | None") -> Parameter:
    return init.uniform_(Parameter(np.zeros(shape, dtype or get_default_dtype())), -bound, bound, rng)


def _check_sizes(owner: Module, **sizes: int) -> None:
    if wrong := {name: size for name, size in sizes.items() if size < 1}:
        raise ArgumentError(f"{type(owner).__name__} expects sizes of 1 or more, got {wrong}")


def _check_nonlinearity(nonlinearity: str) -> str:
    if nonlinearity not in NONLINEARITIES:
        raise ArgumentError(f"expected nonlinearity 'tanh' or 'relu', got {nonlinearity!r}")
    return nonlinearity


# One step


class _Cell(Module):
    """What the cells share: the weights of all gates, and inputs without a batch."""

    gates: int

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, dtype: Any, rng: "np.random.Generator | None"
    ) -> None:
        _check_sizes(self, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        bound = 1.0 / math.sqrt(hidden_size)
        rows = self.gates * hidden_size
        self.weight_ih = _fresh(rows, input_size, bound=bound, dtype=dtype, rng=rng)
        self.weight_hh = _fresh(rows, hidden_size, bound=bound, dtype=dtype, rng=rng)
        self.bias_ih = _fresh(rows, bound=bound, dtype=dtype, rng=rng) if bias else None
        self.bias_hh = _fresh(rows, bound=bound, dtype=dtype, rng=rng) if bias else None

    def _run(self, input: Tensor, states: Sequence[Tensor | None]) -> States:
        """Run one step with states that are zero where none is given."""
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"expected an input ({self.input_size},) or (batch, {self.input_size}) in {type(self).__name__}, "
                f"got {input.shape}"
            )
        shape = (*input.shape[:-1], self.hidden_size)
        given = [Tensor(np.zeros(shape, input.dtype)) if state is None else state for state in states]
        for state in given:
            if state.shape != shape:
                raise ShapeError(f"expected a state of shape {shape} in {type(self).__name__}, got {state.shape}")
        if input.ndim == 1:
            new = self._step(*(ops.expand_dims(x, axis=0) for x in (input, *given)))
            return tuple(ops.squeeze(x, axis=0) for x in new)
        return self._step(input, *given)

    def _step(self, input: Tensor, *states: Tensor) -> States:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")


class RNNCell(_Cell):
    """One step of a simple recurrent network (Elman 1990), ``tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether to add biases.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        dtype: Of the parameters.
        rng: Where to draw them from.

    >>> cell = RNNCell(3, 2)
    >>> cell(Tensor(np.ones((5, 3), np.float32))).shape
    (5, 2)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype, rng)
        self.nonlinearity = _check_nonlinearity(nonlinearity)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state of ``(batch, hidden_size)``, or without the batch."""
        return self._run(input, [hx])[0]

    def _step(self, input: Tensor, *states: Tensor) -> States:
        x = F.linear(input, self.weight_ih, self.bias_ih)
        return (ops.rnn_step(x, states[0], self.weight_hh, self.bias_hh, self.nonlinearity),)


class LSTMCell(_Cell):
    """One step of a long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000).

    Args:
        input_size: Features of the input.
        hidden_size: Features of output and cell.
        bias: Whether to add biases.
        dtype: Of the parameters.
        rng: Where to draw them from.

    >>> h, c = LSTMCell(3, 2)(Tensor(np.ones((5, 3), np.float32)))
    >>> h.shape, c.shape
    ((5, 2), (5, 2))
    """

    gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype, rng)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Return the next output and cell, each ``(batch, hidden_size)``, or without the batch."""
        h, c = self._run(input, hx or (None, None))
        return h, c

    def _step(self, input: Tensor, *states: Tensor) -> States:
        x = F.linear(input, self.weight_ih, self.bias_ih)
        h, c = states
        return ops.lstm_step(x, h, c, self.weight_hh, self.bias_hh)


class GRUCell(_Cell):
    """One step of a gated recurrent unit (Cho et al. 2014), its reset gate after the product, as in PyTorch.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether to add biases.
        dtype: Of the parameters.
        rng: Where to draw them from.

    >>> GRUCell(3, 2)(Tensor(np.ones((5, 3), np.float32))).shape
    (5, 2)
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype, rng)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state of ``(batch, hidden_size)``, or without the batch."""
        return self._run(input, [hx])[0]

    def _step(self, input: Tensor, *states: Tensor) -> States:
        x = F.linear(input, self.weight_ih, self.bias_ih)
        return (ops.gru_step(x, states[0], self.weight_hh, self.bias_hh),)


# Whole sequences


class _Recurrent(Module):
    """What the sequence layers share: layers on layers, both directions, packed batches, states."""

    gates: int
    states: int = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int,
        dtype: Any,
        rng: "np.random.Generator | None",
    ) -> None:
        _check_sizes(self, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        if not 0.0 <= dropout <= 1.0:
            raise ArgumentError(f"{type(self).__name__} expects a dropout from 0 to 1, got {dropout}")
        if not 0 <= proj_size < hidden_size:
            raise ArgumentError(
                f"{type(self).__name__} expects a proj_size below hidden_size={hidden_size}, got {proj_size}"
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self.rng = rng
        bound = 1.0 / math.sqrt(hidden_size)
        rows, width = self.gates * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            features = width * (1 + bidirectional) if layer else input_size
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (rows, features),
                    "weight_hh": (rows, width),
                    **({"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}),
                    **({"weight_hr": (width, hidden_size)} if proj_size else {}),
                }
                for name, shape in shapes.items():
                    setattr(self, f"{name}_{suffix}", _fresh(*shape, bound=bound, dtype=dtype, rng=rng))

    def _suffixes(self, layer: int) -> list[str]:
        return [f"l{layer}", f"l{layer}_reverse"][: 1 + self.bidirectional]

    def _widths(self) -> tuple[int, ...]:
        """Return the features of each state."""
        return (self.hidden_size,)

    def _run(self, input: Any, hx: Sequence[Tensor] | None) -> tuple[Any, States]:
        """Run all layers over tensors or packed sequences; return what went in in the same form, and the states."""
        packed = input if isinstance(input, PackedSequence) else None
        x, lengths = (input, None) if packed is None else self._unpacked(packed)
        batched = packed is not None or self._check_input(x)
        if not batched:
            x = ops.expand_dims(x, axis=1)
            hx = None if hx is None else [ops.expand_dims(state, axis=1) for state in hx]
        elif packed is None and self.batch_first:
            x = ops.swapaxes(x, 0, 1)
        first = self._first_states(hx, x, packed, batched)
        x, last = self._layers(x, first, lengths)
        if packed is not None:
            index = np.nonzero(np.arange(x.shape[0])[:, None] < np.asarray(lengths))
            out: Any = packed.with_data(ops.get_item(x, index=index))
            return out, tuple(_reordered(state, packed.unsorted_indices) for state in last)
        if not batched:
            return ops.squeeze(x, axis=1), tuple(ops.squeeze(state, axis=1) for state in last)
        return (ops.swapaxes(x, 0, 1) if self.batch_first else x), last

    def _unpacked(self, packed: PackedSequence) -> tuple[Tensor, tuple[int, ...]]:
        padded, sizes = padded_sorted(packed)
        if padded.ndim != 3 or padded.shape[2] != self.input_size:
            raise ShapeError(
                f"expected packed steps of {self.input_size} features in {type(self).__name__}, got {packed.data.shape}"
            )
        return padded, tuple(int(n) for n in sizes)

    def _check_input(self, x: Tensor) -> bool:
        """Tell whether there is a batch."""
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
            form = "(batch, time, features)" if self.batch_first else "(time, batch, features)"
            raise ShapeError(
                f"expected an input {form} or (time, features) with {self.input_size} features in "
                f"{type(self).__name__}, got {x.shape}"
            )
        return x.ndim == 3

    def _first_states(
        self, hx: Sequence[Tensor] | None, x: Tensor, packed: PackedSequence | None, batched: bool
    ) -> States:
        count = self.num_layers * (1 + self.bidirectional)
        shapes = [(count, x.shape[1], width) for width in self._widths()]
        if hx is None:
            return tuple(Tensor(np.zeros(shape, x.dtype)) for shape in shapes)
        for state, shape in zip(hx, shapes, strict=True):
            if state.shape != shape:
                without = "" if batched else " (the 1 is left out for an input without a batch)"
                raise ShapeError(
                    f"expected a state of shape {shape} in {type(self).__name__}, got {state.shape}{without}"
                )
        return tuple(_reordered(state, packed.sorted_indices if packed else None) for state in hx)

    def _layers(self, x: Tensor, first: States, lengths: tuple[int, ...] | None) -> tuple[Tensor, States]:
        last: list[States] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training, rng=self.rng)
            outputs = []
            for suffix in self._suffixes(layer):
                states = tuple(state[len(last)] for state in first)
                output, *ends = self._sequence(x, suffix, states, lengths, suffix.endswith("reverse"))
                outputs.append(output)
                last.append(tuple(ends))
            x = ops.concatenate(outputs, axis=2) if len(outputs) > 1 else outputs[0]
        return x, tuple(ops.stack(parts) for parts in zip(*last, strict=True))

    def _sequence(
        self, x: Tensor, suffix: str, states: States, lengths: tuple[int, ...] | None, reverse: bool
    ) -> tuple[Tensor, ...]:
        """Run one layer in one direction."""
        raise NotImplementedError

    def _weights(self, suffix: str) -> dict[str, Any]:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return {name: vars(self).get(f"{name}_{suffix}") for name in names}

    def extra_repr(self) -> str:
        """Return the options that are not the defaults."""
        plain = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
            "proj_size": 0,
        }
        options = [f"{name}={getattr(self, name)}" for name, usual in plain.items() if getattr(self, name) != usual]
        return ", ".join([str(self.input_size), str(self.hidden_size), *options])


def _reordered(state: Tensor, order: Any) -> Tensor:
    out: Tensor = state if order is None else ops.take(state, indices=order, axis=1)
    return out


class RNN(_Recurrent):
    """Simple recurrent network over whole sequences (Elman 1990).

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: How many layers stand on one another.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        bias: Whether to add biases.
        batch_first: Whether inputs and outputs are ``(batch, time, features)``; states never are.
        dropout: Probability of losing an entry between layers, in training.
        bidirectional: Whether a second run goes from the end to the start; its outputs stand beside the others'.
        dtype: Of the parameters.
        rng: Where to draw them, and dropout, from.

    >>> output, h = RNN(3, 2, num_layers=2)(Tensor(np.ones((7, 5, 3), np.float32)))
    >>> output.shape, h.shape
    ((7, 5, 2), (2, 5, 2))
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype, rng)
        self.nonlinearity = _check_nonlinearity(nonlinearity)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        """Return the outputs and the last states.

        Args:
            input: ``(time, batch, input_size)``, ``(time, input_size)``, or a :class:`~nn.utils.rnn.PackedSequence`.
            hx: First states ``(num_layers * directions, batch, hidden_size)``; zero when left out.

        Raises:
            ShapeError: Something has another shape, or a sequence is empty.
        """
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h

    def _sequence(
        self, x: Tensor, suffix: str, states: States, lengths: tuple[int, ...] | None, reverse: bool
    ) -> tuple[Tensor, ...]:
        w = self._weights(suffix)
        out: tuple[Tensor, ...] = ops.rnn_sequence(
            F.linear(x, w["weight_ih"], w["bias_ih"]),
            *states,
            w["weight_hh"],
            w["bias_hh"],
            nonlinearity=self.nonlinearity,
            lengths=lengths,
            reverse=reverse,
        )
        return out


class LSTM(_Recurrent):
    """Long short-term memory over whole sequences (Gers et al. 2000; projection: Sak et al. 2014).

    Args:
        input_size: Features of the input.
        hidden_size: Features of the cell.
        num_layers: How many layers stand on one another.
        bias: Whether to add biases.
        batch_first: Whether inputs and outputs are ``(batch, time, features)``; states never are.
        dropout: Probability of losing an entry between layers, in training.
        bidirectional: Whether a second run goes from the end to the start; its outputs stand beside the others'.
        proj_size: Features that the output is projected to; 0 for no projection.
        dtype: Of the parameters.
        rng: Where to draw them, and dropout, from.

    >>> output, (h, c) = LSTM(3, 4, bidirectional=True)(Tensor(np.ones((7, 5, 3), np.float32)))
    >>> output.shape, h.shape, c.shape
    ((7, 5, 8), (2, 5, 4), (2, 5, 4))
    """

    gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, dtype, rng
        )

    def _widths(self) -> tuple[int, ...]:
        return (self.proj_size or self.hidden_size, self.hidden_size)

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        """Return the outputs, and the last outputs and cells of each layer.

        Args:
            input: ``(time, batch, input_size)``, ``(time, input_size)``, or a :class:`~nn.utils.rnn.PackedSequence`.
            hx: First outputs ``(num_layers * directions, batch, proj_size or hidden_size)`` and cells
                ``(num_layers * directions, batch, hidden_size)``; zero when left out.

        Raises:
            ShapeError: Something has another shape, or a sequence is empty.
        """
        output, (h, c) = self._run(input, hx)
        return output, (h, c)

    def _sequence(
        self, x: Tensor, suffix: str, states: States, lengths: tuple[int, ...] | None, reverse: bool
    ) -> tuple[Tensor, ...]:
        w = self._weights(suffix)
        gates = F.linear(x, w["weight_ih"], w["bias_ih"])
        own = (w["weight_hh"], w["bias_hh"], w["weight_hr"])
        out: tuple[Tensor, ...] = ops.lstm_sequence(gates, *states, *own, lengths=lengths, reverse=reverse)
        return out


class GRU(_Recurrent):
    """Gated recurrent unit over whole sequences (Cho et al. 2014), its reset gate after the product.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: How many layers stand on one another.
        bias: Whether to add biases.
        batch_first: Whether inputs and outputs are ``(batch, time, features)``; states never are.
        dropout: Probability of losing an entry between layers, in training.
        bidirectional: Whether a second run goes from the end to the start; its outputs stand beside the others'.
        dtype: Of the parameters.
        rng: Where to draw them, and dropout, from.

    >>> output, h = GRU(3, 2, batch_first=True)(Tensor(np.ones((5, 7, 3), np.float32)))
    >>> output.shape, h.shape
    ((5, 7, 2), (1, 5, 2))
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype, rng)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        """Return the outputs and the last states.

        Args:
            input: ``(time, batch, input_size)``, ``(time, input_size)``, or a :class:`~nn.utils.rnn.PackedSequence`.
            hx: First states ``(num_layers * directions, batch, hidden_size)``; zero when left out.

        Raises:
            ShapeError: Something has another shape, or a sequence is empty.
        """
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h

    def _sequence(
        self, x: Tensor, suffix: str, states: States, lengths: tuple[int, ...] | None, reverse: bool
    ) -> tuple[Tensor, ...]:
        w = self._weights(suffix)
        gates = F.linear(x, w["weight_ih"], w["bias_ih"])
        own = (w["weight_hh"], w["bias_hh"])
        out: tuple[Tensor, ...] = ops.gru_sequence(gates, *states, *own, lengths=lengths, reverse=reverse)
        return out
