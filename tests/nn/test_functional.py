"""Activations and losses against PyTorch, and at the edges where systems went wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F

RNG = np.random.default_rng(3)
SCORES = RNG.normal(size=(6, 4))
IDS = np.array([0, 3, 1, 2, 3, 0])
WEIGHT = np.array([0.5, 1.0, 2.0, 3.0])
PICTURE = RNG.normal(size=(2, 4, 3, 3))
PICTURE_IDS = RNG.integers(0, 4, size=(2, 3, 3))
MIXED = np.array([-30.0, -2.0, -0.5, 0.0, 0.5, 2.0, 19.0, 21.0])


def compare(ours: Callable[..., Tensor], theirs: Callable[..., Any], x: np.ndarray, *others: Any) -> None:
    """Hold value and gradient of a function of ``x`` against PyTorch's."""
    import torch

    mine = Tensor(x, requires_grad=True)
    other = torch.tensor(x, requires_grad=True)
    found = ours(mine, *others)
    tensors = [torch.from_numpy(item) if isinstance(item, np.ndarray) else item for item in others]
    expected = theirs(other, *tensors)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    found.sum().backward()
    expected.sum().backward()
    assert mine.grad is not None
    np.testing.assert_allclose(mine.grad.numpy(), other.grad.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ReLU", {}),
        ("Sigmoid", {}),
        ("Tanh", {}),
        ("SiLU", {}),
        ("GELU", {}),
        ("GELU", {"approximate": "tanh"}),
        ("Softplus", {}),
        ("Softplus", {"beta": 2.0, "threshold": 3.0}),
        ("LeakyReLU", {"negative_slope": 0.2}),
        ("ELU", {"alpha": 0.7}),
        ("Softmax", {"dim": 0}),
        ("LogSoftmax", {"dim": 0}),
    ],
)
def test_activation_equals_torch(name: str, options: dict[str, Any]) -> None:
    import torch
    ours, theirs = getattr(nn, name)(**options), getattr(torch.nn, name)(**options)
    compare(ours, theirs, MIXED)
    assert repr(ours).startswith(f"{name}(")


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("ignore", [-100, 3])
@pytest.mark.parametrize(("x", "ids"), [(SCORES, IDS), (PICTURE, PICTURE_IDS), (SCORES[0], np.array(2))])
def test_cross_entropy_equals_torch(
    x: np.ndarray, ids: np.ndarray, ignore: int, weight: Any, smoothing: float, reduction: str
) -> None:
    import torch
    options = {"ignore_index": ignore, "label_smoothing": smoothing, "reduction": reduction}
    compare(
        nn.CrossEntropyLoss(weight, **options),
        torch.nn.CrossEntropyLoss(None if weight is None else torch.from_numpy(weight), **options),
        x,
        ids,
    )


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_cross_entropy_of_probabilities_equals_torch(weight: Any, reduction: str) -> None:
    import torch
    for x in (SCORES, PICTURE):
        target = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        options = {"label_smoothing": 0.2, "reduction": reduction}
        theirs = torch.nn.CrossEntropyLoss(None if weight is None else torch.from_numpy(weight), **options)
        compare(nn.CrossEntropyLoss(weight, **options), theirs, x[::-1].copy(), target)


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_other_losses_equal_torch(reduction: str) -> None:
    import torch
    space = torch.nn
    for_ids = space.NLLLoss(torch.from_numpy(WEIGHT), None, 3, reduction=reduction)
    target = RNG.normal(size=SCORES.shape)
    labels = (target > 0).astype(np.float64)
    probabilities = 1 / (1 + np.exp(-SCORES))
    compare(nn.MSELoss(reduction), space.MSELoss(reduction=reduction), SCORES, target)
    compare(nn.L1Loss(reduction), space.L1Loss(reduction=reduction), SCORES, target)
    compare(nn.NLLLoss(WEIGHT, 3, reduction), for_ids, SCORES, IDS)
    for weight in (None, WEIGHT):
        tensor = None if weight is None else torch.from_numpy(weight)
        compare(
            nn.BCELoss(weight, reduction), space.BCELoss(tensor, reduction=reduction), probabilities, labels
        )
        compare(
            nn.BCEWithLogitsLoss(weight, reduction, pos_weight=weight),
            space.BCEWithLogitsLoss(tensor, reduction=reduction, pos_weight=tensor),
            SCORES,
            labels,
        )


def gradient(loss: Callable[[Tensor], Tensor], x: Any) -> tuple[float, list[Any]]:
    tensor = Tensor(np.array(x, np.float64), requires_grad=True)
    out = loss(tensor)
    out.backward()
    assert tensor.grad is not None
    return out.item(), tensor.grad.tolist()


def test_cross_entropy_of_huge_scores() -> None:
    """R122."""
    assert gradient(lambda x: F.cross_entropy(x, [1]), [[1e4, 0.0]]) == (10000.0, [[1.0, -1.0]])


def test_cross_entropy_where_nothing_counts() -> None:
    """R121, T36: NaN, with gradients 0."""
    for smoothing in (0.0, 0.1):
        loss, grad = gradient(
            lambda x, s=smoothing: F.cross_entropy(x, [-100, -100], label_smoothing=s),
            [[1.0, 2.0], [3.0, 4.0]],
        )
        assert np.isnan(loss)
        assert grad == [[0.0, 0.0], [0.0, 0.0]]
    assert np.isnan(F.cross_entropy(Tensor(np.zeros((0, 3))), np.zeros(0, np.int64)).item())


def test_an_ignored_entry_may_be_infinite() -> None:
    loss, grad = gradient(lambda x: F.nll_loss(x, [1, -100]), [[-1.0, -2.0], [-np.inf, -np.inf]])
    assert (loss, grad) == (2.0, [[0.0, -1.0], [0.0, 0.0]])
    rows = [[1.0, 1.0], [-np.inf, 0.0]]
    loss, grad = gradient(lambda x: F.cross_entropy(x, [1, -100], label_smoothing=0.5), rows)
    assert loss == pytest.approx(np.log(2))
    assert grad[1] == [0.0, 0.0]


@pytest.mark.parametrize(("ids", "name"), [([5], "Target 5"), ([-1], "Target -1")])
def test_class_ids_out_of_bounds(ids: list[int], name: str) -> None:
    """R121."""
    with pytest.raises(IndexError, match=f"{name} is out of bounds"):
        F.cross_entropy(Tensor([[0.0, 1.0]]), ids)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.cross_entropy(x, [1, 0, 1]), ValueError, r"class ids of shape \(2,\)"),
        (lambda x: F.cross_entropy(x, [[1], [0]]), ValueError, r"class ids of shape \(2,\)"),
        (lambda x: F.cross_entropy(x, [0.5, 0.5]), ValueError, "one shape"),
        (lambda x: F.cross_entropy(x, [True, False]), TypeError, "integer class ids"),
        (lambda x: F.cross_entropy(x, [0, 1], weight=[1.0]), ValueError, "each of 2 classes"),
        (lambda x: F.cross_entropy(x, [0, 1], label_smoothing=2.0), ValueError, "label_smoothing"),
        (lambda x: F.cross_entropy(x, [0, 1], reduction="average"), ValueError, "reduction expects"),
        (lambda x: F.cross_entropy(x.sum(), [0, 1]), ValueError, "single number"),
        (lambda x: F.nll_loss(x, [0.0, 1.0]), TypeError, "integer class ids"),
        (lambda x: F.mse_loss(x, x, reduction="avg"), ValueError, "reduction expects"),
        (lambda x: F.gelu(x, approximate="erf"), ValueError, "approximate expects"),
        (lambda x: F.binary_cross_entropy(x + 1.0, x), ValueError, "probabilities from 0 to 1"),
        (lambda x: F.binary_cross_entropy(x * np.nan, x), ValueError, "probabilities from 0 to 1"),
    ],
)
def test_refuses_what_cannot_be_meant(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Tensor([[0.5, 0.25], [1.0, 0.0]]))


@pytest.mark.parametrize(
    "loss", [F.mse_loss, F.l1_loss, F.binary_cross_entropy, F.binary_cross_entropy_with_logits]
)
def test_shapes_must_be_equal(loss: Any) -> None:
    """R124, T37: PyTorch broadcasts (2, 1) against (2,) and only warns."""
    with pytest.raises(ValueError, match=r"one shape, got \(2, 1\) and \(2,\)"):
        loss(Tensor([[0.5], [0.5]]), Tensor([0.0, 1.0]))


def test_binary_cross_entropy_is_bounded() -> None:
    """R123."""
    assert F.binary_cross_entropy(Tensor([0.0, 1.0]), [1, 0], reduction="none").tolist() == [100.0, 100.0]
    assert F.binary_cross_entropy(Tensor([0.0, 1.0]), [0, 1], reduction="none").tolist() == [0.0, 0.0]
    _, grad = gradient(lambda x: F.binary_cross_entropy(x, [1, 0]), [0.0, 1.0])
    assert np.isfinite(grad).all()


def test_binary_cross_entropy_of_huge_scores() -> None:
    """R123."""
    loss, grad = gradient(lambda x: F.binary_cross_entropy_with_logits(x, [0, 1]), [800.0, -800.0])
    assert (loss, grad) == (800.0, [0.5, -0.5])


def test_losses_keep_float32() -> None:
    """R114."""
    x = Tensor([[0.5, 0.25]], requires_grad=True)
    for loss in (
        F.mse_loss(x, np.zeros((1, 2))),
        F.l1_loss(x, [[0, 1]]),
        F.binary_cross_entropy(x, [[0, 1]], weight=np.ones(2)),
        F.binary_cross_entropy_with_logits(x, [[0, 1]], pos_weight=np.ones(2)),
        F.cross_entropy(x, [1], weight=np.ones(2), label_smoothing=0.1),
    ):
        assert loss.dtype == np.float32


def test_class_weights_are_saved_with_the_loss() -> None:
    assert list(nn.CrossEntropyLoss(weight=[1.0, 2.0]).state_dict()) == ["weight"]
