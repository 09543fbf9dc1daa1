"""Layers as modules: starting values, modes, states, errors. Their numbers are compared in ``tests/parity``."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, manual_seed
from autograd.errors import ShapeError
from nn.errors import ArgumentError

ONE, TWO = Tensor(np.ones((2, 3, 8), np.float32)), Tensor(np.ones((2, 3, 8, 8), np.float32))


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Conv1d(4, 64, 5), 20),
        (nn.Conv2d(4, 64, 3, groups=2), 18),
        (nn.Conv3d(2, 64, (1, 2, 3)), 12),
        (nn.ConvTranspose2d(32, 6, 3), 54),
        (nn.Bilinear(9, 8, 7), 9),
    ],
)
def test_weights_start_evenly_up_to_one_over_the_root_of_fan_in(layer: Any, fan_in: int) -> None:
    bound = 1.0 / np.sqrt(fan_in)
    for parameter in layer.parameters():
        assert np.abs(parameter.data).max() <= bound
    assert np.abs(layer.weight.data).max() > 0.95 * bound
    assert layer.weight.data.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)


def test_the_seed_decides_and_a_generator_of_ones_own_too() -> None:
    manual_seed(3)
    a = nn.Conv2d(2, 3, 3).weight.data.copy()
    manual_seed(3)
    assert np.array_equal(nn.Conv2d(2, 3, 3).weight.data, a)
    twins = [nn.Embedding(5, 4, rng=np.random.default_rng(1)).weight.data for _ in range(2)]
    assert np.array_equal(*twins)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_follows_the_batches_and_rests_in_evaluation(momentum: float | None) -> None:
    """By a momentum, or as the plain average of all batches."""
    norm = nn.BatchNorm1d(2, momentum=momentum, dtype="float64")
    batches = np.random.default_rng(0).normal(3.0, 2.0, (4, 50, 2))
    for batch in batches:
        norm(Tensor(batch))
    assert norm.num_batches_tracked.item() == 4
    if momentum is None:
        np.testing.assert_allclose(norm.running_mean.data, batches.mean(axis=(0, 1)), rtol=1e-12)
    before = norm.running_mean.data.copy()
    norm.eval()
    out = norm(Tensor(batches[0]))
    assert np.array_equal(norm.running_mean.data, before)
    wanted = (batches[0] - before) / np.sqrt(norm.running_var.data + norm.eps)
    np.testing.assert_allclose(out.data, wanted, rtol=1e-12)
    assert set(norm.state_dict()) == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


def test_dropout_is_for_training_alone() -> None:
    x = Tensor(np.ones(1000))
    drop = nn.Dropout(0.25, rng=np.random.default_rng(0))
    kept = drop(x).data
    assert set(kept) == {0.0, 1.0 / 0.75}
    assert 200 < (kept == 0).sum() < 300
    assert np.array_equal(drop.eval()(x).data, x.data)


def test_the_padding_vector_is_zero_and_stays() -> None:
    table = nn.Embedding(4, 3, padding_idx=-1)
    assert table.padding_idx == 3
    table([[0, 3, 3]]).sum().backward()
    assert not table.weight.data[3].any()
    assert table.weight.grad.data[:, 0].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_small_network_of_all_of_them_learns() -> None:
    import optim

    manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same"),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.1),
        nn.Flatten(),
        nn.Linear(64, 2),
    )
    rng = np.random.default_rng(0)
    images = rng.standard_normal((64, 1, 8, 8)).astype(np.float32)
    labels = (images[:, 0, :4].mean(axis=(1, 2)) > images[:, 0, 4:].mean(axis=(1, 2))).astype(int)
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(Tensor(images)), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.35 * losses[0]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ArgumentError, "groups that divide"),
        (lambda: nn.Conv2d(3, 4, 3, padding_mode="mirror"), ArgumentError, "'mirror'"),
        (lambda: nn.ConvTranspose2d(3, 4, 3, padding_mode="reflect"), ArgumentError, "'reflect'"),
        (lambda: nn.Conv2d(3, 4, (3, 3, 3)), ArgumentError, "of one number or of 2"),
        (
            lambda: nn.ConvTranspose1d(3, 4, 3, stride=2)(ONE, output_size=[30]),
            ArgumentError,
            r"from \(17,\) to \(18,\)",
        ),
        (lambda: nn.BatchNorm2d(3)(ONE), ShapeError, "4 axes"),
        (lambda: nn.GroupNorm(2, 3), ArgumentError, "divide 3 channels"),
        (lambda: nn.Dropout(1.5), ArgumentError, "from 0 to 1"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ArgumentError, "among 3 ids"),
        (lambda: nn.Embedding.from_pretrained(np.ones(3)), ArgumentError, r"\(ids, features\)"),
        (lambda: nn.ReflectionPad2d((1, 1)), ArgumentError, "4 of them"),
        (lambda: nn.ReflectionPad1d(1)(TWO.reshape(2, 3, 8, 8)), ShapeError, "2 or 3 axes"),
        (lambda: nn.Softmax2d()(Tensor(np.ones((2, 2)))), ShapeError, "3 or 4 axes"),
        (lambda: nn.Bilinear(0, 1, 1), ArgumentError, "in1_features"),
    ],
)
def test_errors(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()


def test_looks() -> None:
    assert repr(nn.Conv2d(3, 4, 3, padding=1, bias=False)) == (
        "Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"
    )
    assert repr(nn.Hardtanh()) == "Hardtanh(min_val=-1.0, max_val=1.0)"
    assert repr(nn.Embedding(10, 3, padding_idx=0)) == "Embedding(10, 3, padding_idx=0)"
