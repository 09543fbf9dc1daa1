"""What is drawn: dropouts, random slopes, random choices."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, manual_seed
from nn import functional as F

DROPOUTS = [F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout]


def ones(dropout: Any, size: int = 1) -> Tensor:
    axes = {F.dropout1d: 3, F.dropout2d: 4, F.dropout3d: 5}.get(dropout, 3)
    return Tensor(np.ones((20 * size, 10) + (3,) * (axes - 2)), requires_grad=True)


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_the_gradient_goes_where_the_numbers_went(dropout: Any) -> None:
    """R128."""
    x = ones(dropout)
    out = dropout(x, 0.25, training=True, rng=np.random.default_rng(0))
    out.sum().backward()
    assert x.grad is not None
    slopes, numbers = x.grad.numpy(), out.detach().numpy()
    assert len(np.unique(slopes)) == 2
    np.testing.assert_array_equal(slopes == 0, numbers == numbers.min())
    if dropout not in {F.alpha_dropout, F.feature_alpha_dropout}:
        np.testing.assert_allclose(slopes[slopes > 0], 1 / 0.75)
    share = (slopes == 0).mean()
    assert 0.15 < share < 0.35


@pytest.mark.parametrize("dropout", DROPOUTS[1:4])
def test_channels_go_as_a_whole(dropout: Any) -> None:
    out = dropout(ones(dropout), rng=np.random.default_rng(0)).detach().numpy()
    flat = out.reshape(20, 10, -1)
    assert (flat == flat[:, :, :1]).all()
    assert 0 < (flat == 0).mean() < 1


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_nothing_and_everything(dropout: Any) -> None:
    """R128."""
    x = ones(dropout)
    for out in (dropout(x, 0.5, training=False), dropout(x, 0.0, training=True)):
        np.testing.assert_array_equal(out.detach().numpy(), 1.0)
    out = dropout(x, 1.0, training=True)
    assert not out.detach().numpy().any()
    out.sum().backward()
    assert x.grad is not None
    assert not x.grad.numpy().any()


@pytest.mark.parametrize("dropout", DROPOUTS)
@pytest.mark.parametrize("training", [True, False])
def test_probabilities_are_checked(dropout: Any, training: bool) -> None:
    """R128."""
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="from 0 to 1"):
            dropout(ones(dropout), p, training=training)


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_draws_are_reproducible_and_leave_numpys_alone(dropout: Any) -> None:
    """R145, R146."""
    before = np.random.get_state()[1].copy()
    found = []
    for _ in range(2):
        manual_seed(3)
        found.append(dropout(ones(dropout), training=True).detach().numpy())
    np.testing.assert_array_equal(*found)
    own = dropout(ones(dropout), training=True, rng=np.random.default_rng(3)).detach().numpy()
    np.testing.assert_array_equal(own, found[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).normal(size=200_000)
    for p in (0.1, 0.5):
        out = F.alpha_dropout(Tensor(x), p, training=True, rng=np.random.default_rng(1)).numpy()
        assert abs(out.mean()) < 0.02
        assert abs(out.var() - 1) < 0.02


def test_single_precision_stays() -> None:
    """R114."""
    x = Tensor([[[1.0]]])
    for out in (F.dropout(x), F.alpha_dropout(x, training=True), F.rrelu(-x, training=True), F.gumbel_softmax(x)):
        assert out.dtype == np.float32


def test_random_slopes_are_used_again_in_the_gradient() -> None:
    x = Tensor(-np.ones(1000), requires_grad=True)
    out = F.rrelu(x, 0.1, 0.3, training=True, rng=np.random.default_rng(0))
    out.sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), -out.detach().numpy())
    assert 0.1 <= x.grad.numpy().min() < x.grad.numpy().max() <= 0.3


def test_a_hard_choice_has_the_gradient_of_the_soft_one() -> None:
    found = []
    for hard in (False, True):
        x = Tensor([[0.3, 0.1, -2.0]], requires_grad=True)
        out = F.gumbel_softmax(x, 0.7, hard, rng=np.random.default_rng(0))
        (out * [[1.0, 2.0, 3.0]]).sum().backward()
        found.append((out.detach().numpy(), x.grad.numpy()))
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert sorted(found[1][0].ravel()) == [0.0, 0.0, 1.0]
    assert found[1][0].argmax() == found[0][0].argmax()


def test_choices_are_drawn_by_their_probabilities() -> None:
    logits = Tensor(np.tile(np.log([0.2, 0.5, 0.3]), (20_000, 1)))
    share = F.gumbel_softmax(logits, hard=True, rng=np.random.default_rng(0)).numpy().mean(axis=0)
    np.testing.assert_allclose(share, [0.2, 0.5, 0.3], atol=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (F.dropout1d, "dropout1d expects 2 axes"),
        (F.dropout3d, "dropout3d expects 4 axes"),
        (lambda x: F.feature_alpha_dropout(x, training=True), r"\(N, C, ...\)"),
        (lambda x: F.dropout(x, inplace=True), "inplace=False"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(Tensor([1.0, 2.0]))
