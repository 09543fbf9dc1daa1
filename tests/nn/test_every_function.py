"""What holds for every function that is not random: gradients to the second order, single precision, no effects."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.testing import check_gradients
from nn import functional as F

RNG = np.random.default_rng(5)
X, Y, Z = (RNG.uniform(0.2, 2.0, (4, 3)) for _ in range(3))
SPACE = RNG.uniform(-2.0, 2.0, (2, 4, 5))
ROW, CHANNELS = RNG.uniform(0.5, 2.0, 3), RNG.uniform(0.5, 2.0, 4)
IDS, SIGNS = np.array([0, 2, 1, 2]), np.array([1, -1, -1, 1])
SHARES = X / X.sum(axis=1, keepdims=True)
QUERY, KEY, VALUE = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 5, 4)), RNG.normal(size=(2, 5, 2))

Call = Callable[..., Any]
CALLS: dict[str, tuple[Call, list[Any]]] = {
    "linear": (F.linear, [X, Y]),
    "bilinear": (F.bilinear, [X, SPACE[0, :, :2], RNG.normal(size=(2, 3, 2)), CHANNELS[:2]]),
    "hardtanh": (lambda x: F.hardtanh(x, 0.5, 1.1), [X]),
    "rrelu": (F.rrelu, [X - 1.1]),
    "softplus": (lambda x: F.softplus(x, 2.0, 3.0), [X]),
    "softmin": (lambda x: F.softmin(x, 1), [X]),
    "softmax_backward_data": (lambda g, y: F.softmax_backward_data(g, y, 1), [X, SHARES]),
    "native_dropout_backward": (lambda g: F.native_dropout_backward(g, X > 1, 2.0), [Y]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, 3, w, b), [X, ROW, ROW]),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w, 1e-3), [X, ROW]),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), [SPACE, CHANNELS, CHANNELS]),
    "instance_norm": (lambda x, w, b: F.instance_norm(x, None, None, w, b), [SPACE, CHANNELS, CHANNELS]),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [SPACE, CHANNELS, CHANNELS]),
    "batch_norm in evaluation": (
        lambda x: F.batch_norm(x, CHANNELS.astype(x.dtype), CHANNELS.astype(x.dtype)),
        [SPACE],
    ),
    "local_response_norm": (lambda x: F.local_response_norm(x, 3, 0.5), [SPACE]),
    "normalize": (F.normalize, [X]),
    "cosine_similarity": (F.cosine_similarity, [X, Y]),
    "pairwise_distance": (lambda x, y: F.pairwise_distance(x, y, 3.0), [X, Y]),
    "pdist": (F.pdist, [X]),
    "embedding": (lambda w: F.embedding(IDS, w), [X]),
    "embedding_bag": (lambda w, s: F.embedding_bag(IDS, w, [0, 3], mode="sum", per_sample_weights=s), [X, CHANNELS]),
    "embedding_bag of means": (lambda w: F.embedding_bag(IDS, w, [0, 0, 3], padding_idx=0), [X]),
    "embedding_bag of maxima": (lambda w: F.embedding_bag(IDS, w, [0, 3], mode="max"), [X]),
    "mse_loss": (F.mse_loss, [X, Y]),
    "l1_loss": (F.l1_loss, [X, Y]),
    "huber_loss": (lambda x, y: F.huber_loss(x, y, delta=0.5), [X, Y]),
    "smooth_l1_loss": (lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), [X, Y]),
    "gaussian_nll_loss": (lambda x, y, v: F.gaussian_nll_loss(x, y, v, full=True), [X, Y, Z]),
    "poisson_nll_loss": (lambda x, y: F.poisson_nll_loss(x, y, full=True), [X, Y]),
    "poisson_nll_loss of rates": (lambda x, y: F.poisson_nll_loss(x, y, log_input=False), [X, Y]),
    "kl_div": (F.kl_div, [-X, SHARES]),
    "kl_div of logarithms": (lambda x, y: F.kl_div(x, y, "batchmean", log_target=True), [-X, -Y]),
    "binary_cross_entropy": (F.binary_cross_entropy, [X / 2.1, Y / 2.1]),
    "binary_cross_entropy_with_logits": (F.binary_cross_entropy_with_logits, [X, Y / 2.1]),
    "cross_entropy": (lambda x: F.cross_entropy(x, IDS, ROW, label_smoothing=0.1), [X]),
    "cross_entropy of shares": (lambda x, y: F.cross_entropy(x, y, ROW), [X, SHARES]),
    "nll_loss": (lambda x: F.nll_loss(x, IDS, ROW, 1), [X]),
    "linear_cross_entropy": (lambda x, w, b: F.linear_cross_entropy(x, w, IDS, linear_bias=b), [X, Y, CHANNELS]),
    "sigmoid_focal_loss": (F.sigmoid_focal_loss, [X, Y / 2.1]),
    "dice_loss": (F.dice_loss, [X / 2.1, Y / 2.1]),
    "soft_margin_loss": (lambda x: F.soft_margin_loss(x, np.sign(Y - 1)), [X]),
    "hinge_embedding_loss": (lambda x: F.hinge_embedding_loss(x, np.sign(Y - 1), 3.0), [X]),
    "cosine_embedding_loss": (lambda x, y: F.cosine_embedding_loss(x, y, SIGNS, 0.1), [X, Y]),
    "margin_ranking_loss": (lambda x, y: F.margin_ranking_loss(x, y, np.sign(Z - 1), 0.5), [X, Y]),
    "triplet_margin_loss": (lambda x, y, z: F.triplet_margin_loss(x, y, z, 3.0, swap=True), [X, Y, Z]),
    "multi_margin_loss": (lambda x: F.multi_margin_loss(x, IDS, 2, weight=ROW), [X]),
    "multilabel_margin_loss": (
        lambda x: F.multilabel_margin_loss(x, [[0, -1, 1], [2, 1, -1], [1, 0, 2], [-1] * 3]),
        [X],
    ),
    "multilabel_soft_margin_loss": (lambda x: F.multilabel_soft_margin_loss(x, Y > 1, ROW), [X]),
    "ctc_loss": (
        lambda x: F.ctc_loss(F.log_softmax(x, -1), [2, 1, 2], [4, 5], [2, 1]),
        [SPACE[:, :3].transpose(2, 0, 1)],
    ),
    "scaled_dot_product_attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        [QUERY, KEY, VALUE],
    ),
    "attention with a bias": (
        F.scaled_dot_product_attention,
        [QUERY, KEY, VALUE, RNG.normal(size=(3, 5))],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_gradients_to_the_second_order(name: str) -> None:
    call, inputs = CALLS[name]
    assert check_gradients(call, *inputs, order=2)


@pytest.mark.parametrize("name", CALLS)
def test_arrays_give_the_same_values(name: str) -> None:
    call, inputs = CALLS[name]
    with np.errstate(all="ignore"):
        found = call(*inputs)
    found = found.numpy() if isinstance(found, Tensor) else found
    np.testing.assert_allclose(found, call(*map(Tensor, inputs)).numpy(), rtol=1e-13)


@pytest.mark.parametrize("name", CALLS)
def test_single_precision_stays(name: str) -> None:
    """R114."""
    call, inputs = CALLS[name]
    tensors = [Tensor(x.astype(np.float32), requires_grad=True) for x in inputs]
    before = [x.astype(np.float32) for x in inputs]
    out = call(*tensors)
    out.sum().backward()
    assert out.dtype == np.float32
    for tensor, array in zip(tensors, before, strict=True):
        assert tensor.grad is not None
        assert tensor.grad.dtype == np.float32
        np.testing.assert_array_equal(tensor.detach().numpy(), array)


@pytest.mark.parametrize("name", ["layer_norm", "batch_norm", "group_norm", "scaled_dot_product_attention", "ctc_loss"])
def test_third_derivatives_are_exact(name: str) -> None:
    """Choice 8, R089."""
    call, (first, *others) = CALLS[name]
    assert check_gradients(lambda x: call(x, *others), first, order=3)
