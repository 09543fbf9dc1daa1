"""Metrics, by hand."""

import numpy as np
import pytest

from autograd import Tensor
from nn.metrics import accuracy, confusion_matrix, f1_score, precision, recall

GUESS = [0, 1, 1, 2, 2, 2]
TRUTH = [0, 0, 1, 1, 2, 2]


def test_accuracy_of_ids_and_scores() -> None:
    assert accuracy(GUESS, TRUTH) == pytest.approx(4 / 6)
    assert accuracy(Tensor(np.eye(3)[GUESS]), Tensor(TRUTH)) == pytest.approx(4 / 6)


def test_confusion_matrix_has_the_truth_in_rows() -> None:
    assert confusion_matrix(GUESS, TRUTH).tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 2]]
    assert confusion_matrix([0], [0], num_classes=2).tolist() == [[1, 0], [0, 0]]
    with pytest.raises(IndexError, match="from 0 to 1, got 2"):
        confusion_matrix([2], [0], num_classes=2)


def test_each_class_and_its_averages() -> None:
    each = [f(GUESS, TRUTH, average="none").tolist() for f in (precision, recall, f1_score)]
    expected = [[1.0, 0.5, 2 / 3], [0.5, 0.5, 1.0], [2 / 3, 0.5, 0.8]]
    np.testing.assert_allclose(each, expected)
    for function, row in zip((precision, recall, f1_score), expected, strict=True):
        assert function(GUESS, TRUTH) == pytest.approx(np.mean(row))
        assert function(GUESS, TRUTH, average="micro") == pytest.approx(4 / 6)


def test_classes_that_never_occur_do_not_count() -> None:
    assert precision([0, 3], [0, 3]) == 1.0
    assert precision([0, 0], [0, 1], average="none").tolist() == [0.5, 0.0]


def test_refuses_what_cannot_be_meant() -> None:
    with pytest.raises(ValueError, match="got none"):
        accuracy([], [])
    with pytest.raises(ValueError, match=r"\(2,\) against \(1,\)"):
        accuracy([0, 1], [0])
    with pytest.raises(TypeError, match="class ids are integers"):
        accuracy([0.2, 0.7], [0, 1])
    with pytest.raises(ValueError, match="average expects"):
        recall([0], [0], average="weighted")  # type: ignore[arg-type]
