"""Normalisations: constants, running numbers, sizes of one, and what is refused."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F

RNG = np.random.default_rng(4)
X = RNG.normal(size=(4, 3, 5))


def test_a_constant_row_gives_zeros_with_a_finite_gradient() -> None:
    """R126."""
    x = Tensor([[2.0, 2.0]], requires_grad=True)
    out = F.layer_norm(x, 2)
    out[0, 0].backward()
    assert out.tolist() == [[0.0, 0.0]]
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), [[158.11, -158.11]], rtol=1e-4)
    assert F.layer_norm(Tensor([[7.0], [-1.0]]), 1).tolist() == [[0.0], [0.0]]


def test_running_numbers_move_by_the_momentum() -> None:
    """R127: the running variance is the unbiased one, the batch is scaled by the biased one."""
    mean, var = Tensor([0.0]), Tensor([1.0])
    out = F.batch_norm(Tensor([[1.0], [3.0]]), mean, var, training=True)
    np.testing.assert_allclose(out.numpy(), [[-1.0], [1.0]], rtol=1e-4)
    np.testing.assert_allclose([mean.item(), var.item()], [0.2, 1.1], rtol=1e-6)
    again = F.batch_norm(Tensor([[0.2]]), mean, var)
    assert abs(again.item()) < 1e-6
    assert mean.dtype == var.dtype == np.float32


@pytest.mark.parity
@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 3, 2, 2), (4, 3)])
def test_running_numbers_equal_torch(name: str, measured: bool, shape: tuple[int, ...]) -> None:
    import torch

    if name == "instance_norm" and len(shape) < 3:
        return
    x, mean, var = RNG.normal(size=shape), RNG.normal(size=3), RNG.uniform(0.5, 2, 3)
    mine, theirs = [Tensor(a.copy()) for a in (x, mean, var)], [torch.tensor(a) for a in (x, mean, var)]
    weight, bias = RNG.normal(size=3), RNG.normal(size=3)
    option = {"training" if name == "batch_norm" else "use_input_stats": measured, "momentum": 0.3}
    found = getattr(F, name)(*mine, weight, bias, **option)
    expected = getattr(torch.nn.functional, name)(*theirs, torch.tensor(weight), torch.tensor(bias), **option)
    for ours, other in zip([found, *mine[1:]], [expected, *theirs[1:]], strict=True):
        np.testing.assert_allclose(ours.numpy(), other.numpy(), rtol=1e-12, atol=1e-12)


def test_arrays_of_running_numbers_move_in_place() -> None:
    mean = np.zeros(3)
    F.batch_norm(Tensor(X), mean, None, training=True, momentum=1.0)
    np.testing.assert_allclose(mean, X.mean(axis=(0, 2)))


def test_evaluation_moves_nothing() -> None:
    mean, var = Tensor([0.5]), Tensor([2.0])
    F.batch_norm(Tensor([[1.0], [3.0]]), mean, var)
    assert (mean.item(), var.item()) == (0.5, 2.0)


def test_a_group_for_each_channel_is_an_instance_norm_and_one_group_a_layer_norm() -> None:
    np.testing.assert_allclose(F.group_norm(Tensor(X), 3).numpy(), F.instance_norm(Tensor(X)).numpy(), atol=1e-12)
    np.testing.assert_allclose(F.group_norm(Tensor(X), 1).numpy(), F.layer_norm(Tensor(X), (3, 5)).numpy(), atol=1e-12)


def test_numbers_far_from_zero_keep_their_digits() -> None:
    x = np.array([[1e4, 1e4 + 1, 1e4 + 2, 1e4 + 3]], np.float32)
    found = F.layer_norm(Tensor(x), 4).numpy()
    np.testing.assert_allclose(found, F.layer_norm(Tensor(x.astype(np.float64)), 4).numpy(), atol=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.batch_norm(x[:1, :, :1], None, None, training=True), "more than 1 value per channel"),
        (lambda x: F.batch_norm(x, None, None), "expected running_mean"),
        (lambda x: F.batch_norm(x, np.zeros(2), np.zeros(2)), "running_mean for each of 3 channels"),
        (lambda x: F.instance_norm(x[:, :, :1]), "more than 1 value in space"),
        (lambda x: F.instance_norm(x[0]), r"\(N, C, L, ...\)"),
        (lambda x: F.group_norm(x, 2), "divide the 3 channels"),
        (lambda x: F.group_norm(x[0, 0], 1), r"\(N, C, ...\)"),
        (lambda x: F.layer_norm(x, (3,)), "last axes of the input"),
        (lambda x: F.layer_norm(x, 5, np.ones(3)), "weight of normalized_shape"),
        (lambda x: F.rms_norm(x, ()), "last axes of the input"),
        (lambda x: F.local_response_norm(x[0], 2), r"\(N, C, L, ...\)"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(Tensor(X))
