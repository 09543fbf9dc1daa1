"""Recurrent layers: equal to their cells step by step, padded batches equal to each sequence alone, errors."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad, ops
from autograd.errors import ShapeError
from nn.errors import ArgumentError
from nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpad_sequence,
)

KINDS: list[tuple[type, type, dict[str, Any]]] = [
    (nn.RNN, nn.RNNCell, {}),
    (nn.RNN, nn.RNNCell, {"nonlinearity": "relu"}),
    (nn.LSTM, nn.LSTMCell, {}),
    (nn.GRU, nn.GRUCell, {}),
]
RNG = np.random.default_rng(2)


def layer(kind: Any, **options: Any) -> Any:
    return kind(3, 4, **options, dtype="float64", rng=np.random.default_rng(1))


def first(out: Any) -> Any:
    return out[0] if isinstance(out, tuple) else out


@pytest.mark.parametrize(("kind", "cell_kind", "options"), KINDS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_sequence_is_its_cell_step_by_step(
    kind: Any, cell_kind: Any, options: Any, bias: bool, bidirectional: bool
) -> None:
    """Values and gradients of the fused operation and of the loop over cells agree, in both directions (R132)."""
    whole = layer(kind, bias=bias, bidirectional=bidirectional, **options)
    runs = []
    for suffix in ("", "_reverse")[: 1 + bidirectional]:
        cell = layer(cell_kind, bias=bias, **options)
        for name, parameter in cell.named_parameters():
            parameter.data = vars(whole)[f"{name}_l0{suffix}"].data
        runs.append(cell)
    x, y = (Tensor(RNG.standard_normal((5, 2, 3)), requires_grad=True) for _ in range(2))
    y.data = x.data
    output, _ = whole(x)
    parts = []
    for cell, order in zip(runs, (range(5), range(4, -1, -1)), strict=False):
        state, steps = None, {}
        for t in order:
            state = cell(y[t], state)
            steps[t] = first(state)
        parts.append(ops.stack([steps[t] for t in range(5)]))
    looped = ops.concatenate(parts, axis=2)
    np.testing.assert_allclose(output.data, looped.data, rtol=1e-13, atol=1e-14)
    seed = RNG.standard_normal(output.shape)
    output.backward(seed)
    looped.backward(seed)
    np.testing.assert_allclose(x.grad.data, y.grad.data, rtol=1e-11, atol=1e-13)
    loop_gradients = [p.grad.data for cell in runs for p in cell.parameters()]
    for mine, other in zip(whole.parameters(), loop_gradients, strict=True):
        np.testing.assert_allclose(mine.grad.data, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("kind", "cell_kind", "options"), KINDS)
@pytest.mark.parametrize("more", [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}])
def test_a_packed_batch_is_each_sequence_alone(kind: Any, cell_kind: Any, options: Any, more: Any) -> None:
    """R132: outputs, last states and gradients; the reverse run starts at each sequence's own end."""
    net = layer(kind, **options, **more)
    sequences = [Tensor(RNG.standard_normal((n, 3)), requires_grad=True) for n in (2, 5, 3)]
    out, states = net(pack_sequence(sequences, enforce_sorted=False))
    padded, lengths = pad_packed_sequence(out)
    alone = [net(x) for x in sequences]
    for i, (n, (output, ends)) in enumerate(zip(lengths, alone, strict=True)):
        np.testing.assert_allclose(padded.data[:n, i], output.data, rtol=1e-13, atol=1e-14)
        assert not padded.data[n:, i].any()
        for a, b in zip(_flat(states), _flat(ends), strict=True):
            np.testing.assert_allclose(a.data[:, i], b.data, rtol=1e-13, atol=1e-14)
    (padded * padded).sum().backward()
    together = [x.grad.data.copy() for x in sequences] + [p.grad.data.copy() for p in net.parameters()]
    for leaf in (*sequences, *net.parameters()):
        leaf.grad = None
    for output, _ in alone:
        (output * output).sum().backward()
    apart = [x.grad.data for x in sequences] + [p.grad.data for p in net.parameters()]
    for a, b in zip(together, apart, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def _flat(states: Any) -> Any:
    return states if isinstance(states, tuple) else (states,)


def test_packing_and_padding() -> None:
    parts = [Tensor(np.arange(float(n))) for n in (3, 1)]
    padded = pad_sequence(parts, padding_value=-1.0)
    assert padded.data.tolist() == [[0.0, 0.0], [1.0, -1.0], [2.0, -1.0]]
    assert pad_sequence(parts, batch_first=True, padding_side="left").data.tolist() == [[0, 1, 2], [0, 0, 0]]
    packed = pack_padded_sequence(padded, [3, 1])
    assert isinstance(packed, PackedSequence)
    assert packed.lengths == (3, 1)
    again, lengths = pad_packed_sequence(packed, padding_value=-1.0, total_length=4)
    assert again.data.tolist() == [*padded.data.tolist(), [-1.0, -1.0]]
    assert [x.data.tolist() for x in unpad_sequence(again, lengths)] == [[0.0, 1.0, 2.0], [0.0]]


def test_an_empty_batch_is_no_error_and_an_empty_sequence_is() -> None:
    """R132."""
    for kind, _, options in KINDS:
        net = layer(kind, **options)
        assert net(Tensor(np.zeros((5, 0, 3))))[0].shape == (5, 0, 4)
        with pytest.raises(ShapeError, match="one step or more"):
            net(Tensor(np.zeros((0, 2, 3))))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: nn.LSTM(0, 2), ArgumentError, "input_size"),
        (lambda: nn.LSTM(2, 2, dropout=1.5), ArgumentError, "dropout"),
        (lambda: nn.LSTM(2, 2, proj_size=2), ArgumentError, "proj_size below"),
        (lambda: nn.RNN(2, 2, nonlinearity="sine"), ArgumentError, "'sine'"),
        (lambda: nn.GRU(2, 2)(Tensor(np.zeros((3, 4, 5)))), ShapeError, "2 features"),
        (lambda: nn.GRU(2, 2)(Tensor(np.zeros((3, 4, 2))), Tensor(np.zeros((1, 4, 3)))), ShapeError, r"\(1, 4, 2\)"),
        (lambda: nn.GRUCell(2, 2)(Tensor(np.zeros((3, 2))), Tensor(np.zeros((4, 2)))), ShapeError, r"\(3, 2\)"),
        (lambda: pack_padded_sequence(Tensor(np.zeros((3, 2))), [1, 3]), ArgumentError, "longest sequence first"),
        (lambda: pack_padded_sequence(Tensor(np.zeros((3, 2))), [3, 0]), ArgumentError, "from 1 to 3"),
        (lambda: pack_padded_sequence(Tensor(np.zeros((3, 2))), [3]), ShapeError, "one length for each"),
        (lambda: pad_sequence([]), ArgumentError, "got none"),
    ],
)
def test_errors(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()


def test_dropout_between_layers_in_training_only() -> None:
    x = Tensor(RNG.standard_normal((4, 2, 3)))
    net = nn.GRU(3, 4, num_layers=2, dropout=0.5, dtype="float64", rng=np.random.default_rng(0))
    assert not np.array_equal(net(x)[0].data, net(x)[0].data)
    net.eval()
    assert np.array_equal(net(x)[0].data, net(x)[0].data)


def test_truncated_backpropagation_through_time() -> None:
    """A detached state carries its value on, and no gradient."""
    net, x = layer(nn.LSTM), Tensor(RNG.standard_normal((6, 2, 3)), requires_grad=True)
    _, (h, c) = net(x[:3])
    output, _ = net(x[3:], (h.detach(), c.detach()))
    with no_grad():
        whole, _ = net(x)
    np.testing.assert_allclose(output.data, whole.data[3:], rtol=1e-13)
    output.sum().backward()
    assert not x.grad.data[:3].any()
    assert x.grad.data[3:].all()


def test_looks() -> None:
    assert repr(nn.LSTM(3, 4, 2, bidirectional=True)) == "LSTM(3, 4, num_layers=2, bidirectional=True)"
    assert repr(nn.GRUCell(3, 4, bias=False)) == "GRUCell(3, 4, bias=False)"
    names = [name for name, _ in nn.LSTM(3, 4, proj_size=2).named_parameters()]
    assert names == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0"]
