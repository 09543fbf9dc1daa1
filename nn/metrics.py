"""How good are the predictions? Plain numbers from arrays; nothing here has a gradient.

Every function takes ``(prediction, target)``, as the losses do. A prediction is an array of class ids
``(N,)`` or of scores ``(N, C)``, of which the largest counts.
"""

from typing import Any, Literal

import numpy as np

from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, TargetError

__all__ = ["accuracy", "confusion_matrix", "f1_score", "precision", "recall"]

Array = np.ndarray[Any, Any]
Average = Literal["macro", "micro", "none"]


def _raw(item: Any) -> Array:
    return np.asarray(item.detach() if isinstance(item, Tensor) else item)


def _ids(prediction: Any, target: Any) -> tuple[Array, Array]:
    """Return predicted and true class ids, checked."""
    guess, truth = _raw(prediction), _raw(target)
    if guess.ndim == truth.ndim + 1:
        guess = guess.argmax(axis=-1)
    if guess.shape != truth.shape or truth.ndim != 1:
        raise ShapeError(
            f"a metric expects class ids (N,) or scores (N, C) against class ids (N,), "
            f"got {_raw(prediction).shape} against {truth.shape}"
        )
    if not guess.size:
        raise ArgumentError("a metric expects at least one prediction, got none")
    for ids in (guess, truth):
        if ids.dtype.kind not in "iub":
            raise DtypeError(f"class ids are integers, got {ids.dtype}: round or use (probability > 0.5)")
    return guess.astype(np.int64), truth.astype(np.int64)


def accuracy(prediction: Any, target: Any) -> float:
    """Return the share of predictions that are right.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    guess, truth = _ids(prediction, target)
    return float((guess == truth).mean())


def confusion_matrix(prediction: Any, target: Any, num_classes: int | None = None) -> Array:
    """Return how often class ``row`` was taken for class ``column``.

    >>> confusion_matrix([0, 1, 1], [0, 0, 1]).tolist()
    [[1, 1], [0, 1]]
    """
    guess, truth = _ids(prediction, target)
    scores = _raw(prediction)
    seen = scores.shape[-1] if scores.ndim > 1 else int(max(guess.max(), truth.max())) + 1
    count = seen if num_classes is None else num_classes
    for ids in (guess, truth):
        if ids.min() < 0 or ids.max() >= count:
            wrong = ids.min() if ids.min() < 0 else ids.max()
            raise TargetError(
                f"expected class ids from 0 to {count - 1}, got {wrong}: pass a larger num_classes"
            )
    return np.bincount(truth * count + guess, minlength=count * count).reshape(count, count)


def precision(prediction: Any, target: Any, average: Average = "macro") -> Any:
    """Return how many of the predictions of a class were right; 0 for a class never predicted.

    Args:
        prediction: Class ids or scores.
        target: The true class ids.
        average: ``"macro"``, the mean over classes that occur; ``"micro"``, over entries; ``"none"``, a list.

    >>> precision([0, 1, 1], [0, 0, 1], average="none").tolist()
    [1.0, 0.5]
    """
    return _averaged(confusion_matrix(prediction, target), average, _precisions)


def recall(prediction: Any, target: Any, average: Average = "macro") -> Any:
    """Return how many of the members of a class were found; 0 for a class without members.

    >>> recall([0, 1, 1], [0, 0, 1], average="none").tolist()
    [0.5, 1.0]
    """
    return _averaged(confusion_matrix(prediction, target), average, _recalls)


def f1_score(prediction: Any, target: Any, average: Average = "macro") -> Any:
    """Return the harmonic mean of precision and recall of each class, averaged as in :func:`precision`.

    >>> round(f1_score([0, 1, 1], [0, 0, 1]), 4)
    0.6667
    """
    return _averaged(confusion_matrix(prediction, target), average, _f1_scores)


def _averaged(matrix: Array, average: str, scores_of: Any) -> Any:
    if average not in ("macro", "micro", "none"):
        raise ArgumentError(f'average expects "macro", "micro" or "none", got {average!r}')
    if average == "micro":  # with one label an entry, all three are the share of right ones
        return float(np.trace(matrix) / matrix.sum())
    present = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    scores = scores_of(matrix)
    return scores if average == "none" else float(scores[present].mean())


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)


def _precisions(matrix: Array) -> Array:
    return _share(np.diag(matrix), matrix.sum(axis=0))


def _recalls(matrix: Array) -> Array:
    return _share(np.diag(matrix), matrix.sum(axis=1))


def _f1_scores(matrix: Array) -> Array:
    return _share(2 * np.diag(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))
