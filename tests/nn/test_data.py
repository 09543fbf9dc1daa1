"""Data sets, splits and batches."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, manual_seed
from nn import data
from nn.data import DataLoader, load, train_test_split, two_moons


def test_digits_are_what_was_published() -> None:
    images, labels = load("mnist_5k")
    assert (images.shape, images.dtype, images.max()) == ((5000, 28, 28), np.uint8, 255)
    assert np.bincount(labels).tolist() == [500] * 10
    assert labels.dtype == np.int64
    ink = images.sum(axis=(1, 2), dtype=np.int64)
    assert ink[labels == 1].mean() < ink[labels == 0].mean()


def test_another_or_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_FOLDER", tmp_path)
    with pytest.raises(OSError, match="found none"):
        load("mnist_5k")
    (tmp_path / "mnist_5k.csv.gz").write_bytes(b"something else")
    with pytest.raises(OSError, match="expected sha256 846f6cad"):
        load("mnist_5k")
    with pytest.raises(ValueError, match="load knows mnist_5k"):
        load("../secret")


def test_two_moons() -> None:
    points, labels = two_moons(101, noise=0.0, rng=np.random.default_rng(0))
    upper = points[labels == 0]
    np.testing.assert_allclose((upper**2).sum(axis=1), 1.0)
    np.testing.assert_allclose(((points[labels == 1] - [1.0, 0.5]) ** 2).sum(axis=1), 1.0)
    assert sorted([(labels == 0).sum(), (labels == 1).sum()]) == [50, 51]
    assert upper[:, 1].min() >= 0
    again = two_moons(101, noise=0.0, rng=np.random.default_rng(0))
    assert (again[0] == points).all()
    with pytest.raises(ValueError, match="noise >= 0"):
        two_moons(10, noise=-1.0)


def test_split_parts_belong_together_and_nothing_is_lost() -> None:
    x = np.arange(20)
    x_train, x_test, y_train, y_test = train_test_split(x, x * 10, test_size=0.25)
    assert (len(x_train), len(x_test)) == (15, 5)
    assert (y_train == x_train * 10).all()
    assert (y_test == x_test * 10).all()
    assert sorted([*x_train, *x_test]) == list(range(20))


def test_split_by_class() -> None:
    labels = np.repeat([7, 8, 9], [50, 30, 20])
    train, test = train_test_split(labels, test_size=10, stratify=labels, rng=np.random.default_rng(1))
    assert np.bincount(test)[7:].tolist() == [5, 3, 2]
    assert np.bincount(train)[7:].tolist() == [45, 27, 18]
    _, test = train_test_split(labels, test_size=7, stratify=labels)
    assert len(test) == 7


@pytest.mark.parametrize("size", [0, 4, 0.0, 1.0, -1])
def test_split_refuses_an_empty_part(size: float) -> None:
    with pytest.raises(ValueError, match="test_size expects"):
        train_test_split(np.arange(4), test_size=size)


def test_split_refuses_other_lengths() -> None:
    with pytest.raises(ValueError, match=r"one common length, got shapes \(4,\), \(3,\)"):
        train_test_split(np.arange(4), np.arange(3))


def test_batches() -> None:
    loader = DataLoader((np.arange(10.0).reshape(5, 2), np.arange(5, dtype=np.uint8)), batch_size=2)
    batches = list(loader)
    assert len(batches) == len(loader) == 3
    x, y = batches[-1]
    assert (x.tolist(), y.tolist()) == ([[8.0, 9.0]], [4])
    assert isinstance(x, Tensor)
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    full = DataLoader(np.arange(5), 2, drop_last=True)
    assert len(full) == len(list(full)) == 2
    assert [b.tolist() for b in DataLoader(np.arange(4), 2)] == [[0, 1], [2, 3]]
    assert list(DataLoader(np.zeros((0, 3)), 2)) == []


def test_shuffling_keeps_pairs_and_can_be_repeated() -> None:
    """R147."""
    loader = DataLoader((np.arange(100), np.arange(100) * 2), batch_size=7, shuffle=True)
    manual_seed(4)
    first = [x.tolist() for x, _ in loader]
    second = [x.tolist() for x, _ in loader]
    manual_seed(4)
    assert [x.tolist() for x, _ in loader] == first != second
    assert sorted(number for batch in second for number in batch) == list(range(100))
    assert all(y.tolist() == (x * 2).tolist() for x, y in loader)
    own = [
        [b.tolist() for b in DataLoader(np.arange(9), 2, True, rng=np.random.default_rng(3))]
        for _ in range(2)
    ]
    assert own[0] == own[1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.arange(4), 0), ValueError, "batch_size expects 1 or more"),
        ((np.arange(4), 2.0), TypeError, "whole number"),
        (((np.arange(4), np.arange(3)), 2), ValueError, "one common length"),
        (((), 2), ValueError, "at least one array"),
        ((np.array(["a"]), 2), TypeError, "real numbers"),
        ((np.array(1.0), 2), ValueError, "one common length"),
    ],
)
def test_loader_refuses_what_cannot_be_meant(arguments: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        DataLoader(*arguments)
