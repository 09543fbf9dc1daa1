"""Recurrent layers and cells against PyTorch's: every option, packed and padded, values and all gradients."""

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

pytestmark = pytest.mark.parity

KINDS = ["RNN", "LSTM", "GRU"]
LENGTHS = [3, 5, 1, 4]


def options() -> list[tuple[str, dict[str, Any]]]:
    """Return every kind with every combination of its options."""
    found = []
    grid = itertools.product(KINDS, (1, 2), (True, False), (False, True), (False, True))
    for kind, num_layers, bias, batch_first, bidirectional in grid:
        plain = {"num_layers": num_layers, "bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
        more: list[dict[str, Any]] = [{}]
        more += [{"proj_size": 2}] if kind == "LSTM" else [{"nonlinearity": "relu"}] if kind == "RNN" else []
        found += [(kind, {**plain, **extra}) for extra in more]
    return found


def pair(kind: str, arguments: tuple[int, ...], keywords: dict[str, Any]) -> tuple[Any, Any]:
    """Return our module and PyTorch's with the same weights."""
    import torch

    torch.manual_seed(0)
    theirs = getattr(torch.nn, kind)(*arguments, **keywords, dtype=torch.float64)
    ours = getattr(nn, kind)(*arguments, **keywords, dtype="float64")
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


def flat(item: Any) -> list[Any]:
    return [x for part in item for x in flat(part)] if isinstance(item, (tuple, list)) else [item]


def agree(ours: Any, theirs: Any, outputs: Any, expected: Any, leaves: Any) -> None:
    """Compare outputs, and the gradients of parameters and inputs for one random cotangent of each output."""
    import torch

    rng = np.random.default_rng(3)
    total, total_expected = 0.0, 0.0
    for out, other in zip(flat(outputs), flat(expected), strict=True):
        np.testing.assert_allclose(out.data, other.detach().numpy(), rtol=1e-12, atol=1e-12)
        cotangent = rng.standard_normal(out.shape)
        total = total + (out * Tensor(cotangent)).sum()
        total_expected = total_expected + (other * torch.tensor(cotangent)).sum()
    total.backward()
    total_expected.backward()
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(mine.grad.data, other.grad.numpy(), rtol=1e-9, atol=1e-11, err_msg=name)
    for mine, other in leaves:
        np.testing.assert_allclose(mine.grad.data, other.grad.numpy(), rtol=1e-9, atol=1e-11)


def leaf(*shape: int, seed: int = 0) -> tuple[Any, Any]:
    import torch

    array = np.random.default_rng(seed).standard_normal(shape)
    return Tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


@pytest.mark.parametrize(("kind", "keywords"), options(), ids=str)
def test_layers(kind: str, keywords: dict[str, Any]) -> None:
    """R132."""
    ours, theirs = pair(kind, (3, 4), keywords)
    shape = (4, 5, 3) if keywords["batch_first"] else (5, 4, 3)
    x = leaf(*shape)
    count = keywords["num_layers"] * (1 + keywords["bidirectional"])
    h = leaf(count, 4, keywords.get("proj_size") or 4, seed=1)
    states = [h, leaf(count, 4, 4, seed=2)] if kind == "LSTM" else [h]
    mine = tuple(s for s, _ in states) if kind == "LSTM" else h[0]
    other = tuple(s for _, s in states) if kind == "LSTM" else h[1]
    agree(ours, theirs, ours(x[0], mine), theirs(x[1], other), [x, *states])


@pytest.mark.parametrize(("kind", "keywords"), options(), ids=str)
def test_packed_batches(kind: str, keywords: dict[str, Any]) -> None:
    """R132: sequences of several lengths, packed; the reverse run starts at each one's own end."""
    import torch

    ours, theirs = pair(kind, (3, 4), keywords)
    first = keywords["batch_first"]
    x = leaf(*((4, 5, 3) if first else (5, 4, 3)))
    packed = pack_padded_sequence(x[0], LENGTHS, batch_first=first, enforce_sorted=False)
    rnn = torch.nn.utils.rnn
    other = rnn.pack_padded_sequence(x[1], torch.tensor(LENGTHS), batch_first=first, enforce_sorted=False)
    np.testing.assert_array_equal(packed.batch_sizes, other.batch_sizes.numpy())
    np.testing.assert_array_equal(packed.sorted_indices, other.sorted_indices.numpy())
    out, states = ours(packed)
    expected, their_states = theirs(other)
    padded, lengths = pad_packed_sequence(out, batch_first=first)
    their_padded, their_lengths = rnn.pad_packed_sequence(expected, batch_first=first)
    assert lengths.tolist() == their_lengths.tolist() == LENGTHS
    agree(ours, theirs, [padded, states], [their_padded, their_states], [x])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
def test_cells(kind: str, bias: bool) -> None:
    ours, theirs = pair(kind + "Cell", (3, 4), {"bias": bias})
    x, h, c = leaf(5, 3), leaf(5, 4, seed=1), leaf(5, 4, seed=2)
    if kind == "LSTM":
        agree(ours, theirs, ours(x[0], (h[0], c[0])), theirs(x[1], (h[1], c[1])), [x, h, c])
    else:
        agree(ours, theirs, ours(x[0], h[0]), theirs(x[1], h[1]), [x, h])
    one = leaf(3, seed=4)
    mine, other = ours(one[0]), theirs(one[1])
    for a, b in zip(flat(mine), flat(other), strict=True):
        np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives(kind: str) -> None:
    import torch

    ours, theirs = pair(kind, (2, 3), {"bidirectional": True})
    x = leaf(4, 2, 2)
    out, expected = ours(x[0])[0], theirs(x[1])[0]
    (out * out).sum().backward(create_graph=True)
    first = x[0].grad
    x[0].grad = None
    (first * first).sum().backward()
    (their_first,) = torch.autograd.grad((expected * expected).sum(), x[1], create_graph=True)
    (their_second,) = torch.autograd.grad((their_first * their_first).sum(), x[1])
    np.testing.assert_allclose(x[0].grad.data, their_second.numpy(), rtol=1e-8, atol=1e-10)
