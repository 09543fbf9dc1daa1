"""Losses at their edges: at kinks, at zeros, where nothing counts, and what is refused."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F

X = Tensor([[0.5, 0.25], [1.0, 0.0]])


def gradient(loss: Any, x: Any) -> tuple[float, list[Any]]:
    tensor = Tensor(np.array(x, np.float64), requires_grad=True)
    out = loss(tensor)
    out.sum().backward()
    assert tensor.grad is not None
    return out.sum().item(), tensor.grad.tolist()


def test_both_sides_of_the_kinks_meet() -> None:
    """R125."""
    assert gradient(lambda x: F.huber_loss(x, [0, 0, 0], "none", 0.5), [0.5, -0.5, 2.0]) == (1.125, [0.5, -0.5, 0.5])
    assert gradient(lambda x: F.smooth_l1_loss(x, [0, 0], "none", 0.5), [0.5, -0.5]) == (0.5, [1.0, -1.0])
    assert gradient(lambda x: F.smooth_l1_loss(x, [0, 0], "sum", 0.0), [0.0, -2.0]) == (2.0, [0.0, -1.0])
    assert gradient(lambda x: F.l1_loss(x, [0.0]), [0.0]) == (0.0, [0.0])


def test_a_target_of_zero_contributes_nothing() -> None:
    """R123."""
    loss, grad = gradient(lambda x: F.kl_div(x, [0.0, 1.0], "sum"), [-9.0, -2.0])
    assert (loss, grad) == (2.0, [0.0, -1.0])
    assert np.isfinite(F.poisson_nll_loss(Tensor([0.0]), [0.0], full=True).item())


def test_a_small_variance_counts_as_the_least_but_learns() -> None:
    loss, grad = gradient(lambda v: F.gaussian_nll_loss(Tensor([1.0]), [1.0], v, eps=0.25), [0.0])
    assert loss == pytest.approx(0.5 * np.log(0.25))
    assert grad == [2.0]


def test_margins_at_the_hinge() -> None:
    assert gradient(lambda x: F.margin_ranking_loss(x, Tensor([0.0]), [1], 1.0), [1.0]) == (0.0, [-1.0])
    assert gradient(lambda x: F.hinge_embedding_loss(x, [-1]), [1.0]) == (0.0, [-1.0])
    assert gradient(lambda x: F.multi_margin_loss(x, [0]), [[1.0, 0.0]]) == (0.0, [[0.0, 0.0]])
    assert gradient(lambda x: F.multilabel_margin_loss(x, [0, -1]), [1.0, 0.0]) == (0.0, [0.0, 0.0])


def test_losses_of_huge_scores_are_exact() -> None:
    assert F.soft_margin_loss(Tensor([-1e4, 1e4]), [1, 1], "none").tolist() == [1e4, 0.0]
    assert F.multilabel_soft_margin_loss(Tensor([-1e4, 1e4]), [1, 1], reduction="none").tolist() == 5e3


def test_equal_vectors_have_a_gradient() -> None:
    _, grad = gradient(F.pdist, [[1.0, 2.0], [1.0, 2.0]])
    assert grad == [[0.0, 0.0], [0.0, 0.0]]
    _, grad = gradient(lambda x: F.cosine_similarity(x, Tensor([[1.0, 0.0]])), [[0.0, 0.0]])
    assert np.isfinite(grad).all()
    _, grad = gradient(F.normalize, [[0.0, 0.0]])
    assert np.isfinite(grad).all()


def test_the_focal_loss_of_nothing_but_hard_examples_is_the_cross_entropy() -> None:
    x, y = Tensor([-1e3, 1e3, 0.3]), [1.0, 0.0, 1.0]
    plain = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    assert F.sigmoid_focal_loss(x, y, -1.0, 0.0).tolist() == plain.tolist()
    assert F.sigmoid_focal_loss(x, y, -1.0).tolist()[:2] == [1e3, 1e3]
    assert gradient(lambda x: F.sigmoid_focal_loss(x, [1.0, 0.0], 0.25), [1e3, -1e3]) == (0.0, [0.0, 0.0])


def test_nothing_found_where_nothing_is_costs_nothing() -> None:
    assert F.dice_loss(Tensor([[0.0, 0.0]]), [[0, 0]]).item() == 0.0


@pytest.mark.parametrize(
    "loss",
    [
        F.huber_loss,
        F.sigmoid_focal_loss,
        F.dice_loss,
        F.smooth_l1_loss,
        F.kl_div,
        F.poisson_nll_loss,
        F.soft_margin_loss,
        F.hinge_embedding_loss,
        F.multilabel_soft_margin_loss,
        lambda x, y: F.margin_ranking_loss(x, x, y),
        lambda x, y: F.margin_ranking_loss(x, y, x),
        lambda x, y: F.gaussian_nll_loss(x, y, 1.0),
        lambda x, y: F.gaussian_nll_loss(y, x, 1.0),
        lambda x, y: F.triplet_margin_loss(x, x, y),
        lambda x, y: F.cosine_embedding_loss(x, y, [1, 1]),
    ],
)
def test_shapes_that_would_broadcast_are_refused(loss: Any) -> None:
    """R124, T37."""
    with pytest.raises(ValueError, match=r"expect.*\(2, 1\)"):
        loss(Tensor([[0.5], [0.5]]), Tensor([0.0, 1.0]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.huber_loss(X, X, delta=0.0), ValueError, "delta above 0"),
        (lambda: F.smooth_l1_loss(X, X, beta=-1.0), ValueError, "beta of at least 0"),
        (lambda: F.kl_div(X, X, reduction="average"), ValueError, "reduction expects"),
        (lambda: F.gaussian_nll_loss(X, X, -1.0), ValueError, "variances of at least 0"),
        (lambda: F.gaussian_nll_loss(X, X, [1.0, 1.0, 1.0]), ValueError, "expects var of shape"),
        (lambda: F.multi_margin_loss(X, [0, 2]), IndexError, "Target 2 is out of bounds"),
        (lambda: F.multi_margin_loss(X, [0, -1]), IndexError, "Target -1 is out of bounds"),
        (lambda: F.multi_margin_loss(X, [0.0, 1.0]), TypeError, "integer class ids"),
        (lambda: F.multi_margin_loss(X, [0]), ValueError, "each of 2 rows"),
        (lambda: F.multi_margin_loss(X, [0, 1], weight=[1.0]), ValueError, "each of 2 classes"),
        (lambda: F.multi_margin_loss(X, [0, 1], p=3), ValueError, "p to be 1 or 2"),
        (lambda: F.multilabel_margin_loss(X, [[0, 2], [0, -1]]), IndexError, "Target 2 is out of bounds"),
        (lambda: F.triplet_margin_loss(X, X, X, margin=0.0), ValueError, "margin above 0"),
        (lambda: F.sigmoid_focal_loss(X, X, gamma=-1.0), ValueError, "gamma from 0"),
        (lambda: F.dice_loss(X[0], X[0]), ValueError, "probabilities of shape"),
        (lambda: F.linear_cross_entropy(X, Tensor([[1.0]]), [0, 0]), ValueError, "weight"),
        (lambda: F.linear_cross_entropy(X, X, X, ignore_index=1), ValueError, "probabilities"),
        (lambda: F.bilinear(X, X, Tensor([[[1.0]]])), ValueError, "weight of shape"),
        (lambda: F.hardtanh(X, 1.0, 0.0), ValueError, "swap them"),
        (lambda: F.rrelu(X, 1.0, 0.0), ValueError, "swap them"),
        (lambda: F.relu(X, inplace=True), ValueError, "inplace=False"),
        (lambda: F.softmax(X, 2), ValueError, "dim from -2 to 1"),
        (lambda: F.gumbel_softmax(X, 0.0), ValueError, "temperature"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weight", [None, [0.5, 2.0, 1.0]])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_a_linear_head_in_chunks_is_the_same(reduction: Any, weight: Any, soft: bool, label_smoothing: float) -> None:
    rng = np.random.default_rng(1)
    target: Any = rng.random((5, 3)) if soft else np.array([2, 0, -100, 1, 0])
    found = []
    for options in (None, F.LinearCrossEntropyOptions(2)):
        x, w, b = (
            Tensor(np.random.default_rng(s).normal(size=n), requires_grad=True)
            for s, n in enumerate(((5, 4), (3, 4), 3))
        )
        kwargs: Any = {"linear_bias": b, "weight": weight, "reduction": reduction, "label_smoothing": label_smoothing}
        out = F.linear_cross_entropy(x, w, target, options=options, **kwargs)
        (out * np.arange(1.0, 1.0 + out.size).reshape(out.shape)).sum().backward()
        found.append([out.detach().numpy(), x.grad.numpy(), w.grad.numpy(), b.grad.numpy()])
    for whole, chunked in zip(*found, strict=True):
        np.testing.assert_allclose(chunked, whole, rtol=1e-12, atol=1e-14)
