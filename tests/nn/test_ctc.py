"""Connectionist temporal classification against all alignments, against PyTorch, and at its edges."""

from itertools import groupby, product
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F

RNG = np.random.default_rng(2)


def log_softmax(x: np.ndarray) -> np.ndarray:
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def by_counting(log_probs: np.ndarray, labels: list[int], blank: int) -> float:
    """Sum up all paths that give the labels, one by one."""
    frames, classes = log_probs.shape
    total = 0.0
    for path in product(range(classes), repeat=frames):
        if [k for k, _ in groupby(path) if k != blank] == labels:
            total += np.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
    return -np.log(total)


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("labels", [[], [1], [1, 1], [0, 1], [1, 0, 1]])
def test_it_sums_up_all_alignments(labels: list[int], blank: int) -> None:
    labels = [2 if k == blank == 0 else k for k in labels]
    x = log_softmax(RNG.normal(size=(5, 3)))
    loss = F.ctc_loss(Tensor(x), np.array(labels, int), [5], [len(labels)], blank, "none")
    assert loss.item() == pytest.approx(by_counting(x, labels, blank), rel=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("blank", [0, 4])
@pytest.mark.parametrize("joined", [False, True])
def test_it_equals_torch_from_the_scores_on(reduction: Any, blank: int, joined: bool) -> None:
    import torch

    x = RNG.normal(size=(9, 4, 5))
    inputs, lengths = [9, 7, 9, 3], [4, 0, 3, 3]
    labels = RNG.integers(1, 4, size=(4, 4))
    labels[2, :2] = 2
    labels[3] = 1  # needs five frames and has three: infinite
    given = np.concatenate([row[:n] for row, n in zip(labels, lengths, strict=True)]) if joined else labels
    mine, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    found = F.ctc_loss(F.log_softmax(mine, -1), given, inputs, lengths, blank, reduction, zero_infinity=True)
    expected = torch.nn.functional.ctc_loss(
        theirs.log_softmax(-1),
        torch.tensor(given),
        torch.tensor(inputs),
        torch.tensor(lengths),
        blank,
        reduction,
        zero_infinity=True,
    )
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-12)
    found.sum().backward()
    expected.sum().backward()
    assert mine.grad is not None
    np.testing.assert_allclose(mine.grad.numpy(), theirs.grad.numpy(), atol=1e-13)


def test_too_few_frames_are_infinitely_unlikely_and_harm_nobody() -> None:
    x = Tensor(log_softmax(RNG.normal(size=(2, 2, 3))), requires_grad=True)
    loss = F.ctc_loss(x, [[1, 1], [1, 2]], [2, 2], [2, 2], reduction="none")
    assert np.isinf(loss.tolist()).tolist() == [True, False]
    loss.sum().backward()
    assert x.grad is not None
    assert np.isfinite(x.grad.numpy()).all()
    assert not x.grad.numpy()[:, 0].any()


def test_a_sequence_without_frames() -> None:
    x = Tensor(log_softmax(RNG.normal(size=(3, 2, 3))), requires_grad=True)
    loss = F.ctc_loss(x, [[1], [1]], [0, 0], [0, 1], reduction="none")
    assert loss.tolist() == [0.0, np.inf]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"input_lengths": [4]}, ValueError, "lengths from 0 to 3"),
        ({"input_lengths": [3, 3]}, ValueError, "each of 1 sequences"),
        ({"target_lengths": [-1]}, ValueError, "lengths from 0"),
        ({"targets": [[3]]}, IndexError, "labels from 0 to 2"),
        ({"targets": [[1.0]]}, TypeError, "integer labels"),
        ({"targets": [1, 2]}, ValueError, r"labels of shape \(1, 1 or more\)"),
        ({"blank": 3}, ValueError, "class id from 0 to 2"),
        ({"log_probs": Tensor([0.5])}, ValueError, "frames, N, C"),
        ({"reduction": "average"}, ValueError, "reduction expects"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], error: Any, message: str) -> None:
    good = {"log_probs": Tensor(np.zeros((3, 1, 3))), "targets": [[1]], "input_lengths": [3], "target_lengths": [1]}
    with pytest.raises(error, match=message):
        F.ctc_loss(**{**good, **change})
