"""Embeddings: repeated ids, padding, bags, and ids that NumPy would take for others."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn import IdError
from nn import functional as F


def table() -> Tensor:
    return Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)


def test_repeated_ids_accumulate() -> None:
    """R129."""
    weight = table()
    out = F.embedding([[1, 1], [0, 1]], weight)
    assert out.shape == (2, 2, 2)
    out.sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [[1.0, 1.0], [3.0, 3.0], [0.0, 0.0]]


@pytest.mark.parametrize("padding", [2, -1])
def test_the_padding_is_read_but_does_not_learn(padding: int) -> None:
    """R129."""
    weight = table()
    out = F.embedding([2, 0], weight, padding_idx=padding)
    assert out.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    out.sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: F.embedding([3], w), IdError, "id 3 is out of bounds: expected ids from 0 to 2"),
        (lambda w: F.embedding([-1], w), IdError, "id -1 is out of bounds"),
        (lambda w: F.embedding([1.0], w), DtypeError, "integer ids"),
        (lambda w: F.embedding([True], w), DtypeError, "integer ids"),
        (lambda w: F.embedding([0], w[0]), ShapeError, r"\(ids, features\)"),
        (lambda w: F.embedding([0], w, padding_idx=3), ValueError, "from -3 to 2"),
        (lambda w: F.embedding_bag([0, 1], w), ShapeError, "with offsets"),
        (lambda w: F.embedding_bag([[0, 1]], w, [0]), ValueError, "offsets=None"),
        (lambda w: F.embedding_bag([0, 1], w, [1]), ValueError, "ascending"),
        (lambda w: F.embedding_bag([0, 1], w, [0, 3]), ValueError, "ascending"),
        (lambda w: F.embedding_bag([0, 1], w, [0, 2, 1]), ValueError, "ascending"),
        (lambda w: F.embedding_bag([0, 1], w, [0], mode="median"), ValueError, "mode expects"),
        (lambda w: F.embedding_bag([0], w, [0], per_sample_weights=[1.0]), ValueError, 'mode="sum" only'),
        (lambda w: F.embedding_bag([0], w, [0], mode="sum", per_sample_weights=[1.0, 2.0]), ShapeError, "each id"),
        (lambda w: F.one_hot([0, 3], 3), IdError, "ids from 0 to 2"),
        (lambda w: F.one_hot([0.5]), DtypeError, "integer ids"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, error: Any, message: str) -> None:
    """R129: NumPy would take id -1 for the last row."""
    with pytest.raises(error, match=message):
        call(table())


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_an_empty_bag_gives_zeros(mode: str) -> None:
    weight = table()
    out = F.embedding_bag([2, 1], weight, [0, 0, 2], mode=mode)
    assert out[0].tolist() == out[2].tolist() == [0.0, 0.0]
    out.sum().backward()
    assert weight.grad is not None
    assert np.isfinite(weight.grad.numpy()).all()


def test_the_first_of_equal_maxima_gets_the_gradient() -> None:
    weight = Tensor([[1.0], [1.0]], requires_grad=True)
    F.embedding_bag([[1, 0]], weight, mode="max").sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [[0.0], [1.0]]


@pytest.mark.parity
@pytest.mark.parametrize("norm", [1.0, 2.0])
def test_long_rows_are_shortened_where_they_are_read(norm: float) -> None:
    import torch

    start = np.arange(6.0).reshape(3, 2)
    mine, theirs = Tensor(start.copy()), torch.tensor(start)
    found = F.embedding([0, 2], mine, max_norm=1.5, norm_type=norm)
    expected = torch.nn.functional.embedding(torch.tensor([0, 2]), theirs, max_norm=1.5, norm_type=norm)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)
    np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-12)


def test_no_ids_at_all() -> None:
    assert F.embedding([], table()).shape == (0, 2)
    assert F.one_hot(np.zeros(0, int)).shape == (0, 0)
