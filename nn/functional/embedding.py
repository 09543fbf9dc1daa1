"""Embeddings: rows of a table by their ids, one by one or gathered in bags."""

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, IdError

from .checks import Array, raw

__all__ = ["embedding", "embedding_bag", "one_hot"]


def embedding(
    input: Any, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0
) -> Tensor:
    """Return the rows of ``weight`` with the given ids; the gradient of an id that occurs twice is the sum.

    Args:
        input: Integer ids of any shape.
        weight: The table, of shape ``(ids, features)``.
        padding_idx: The id whose row gets no gradient.
        max_norm: Rows that are read and longer than this are shortened to it, in place.
        norm_type: The order of that norm.

    Raises:
        IdError: An id is negative or not below the number of rows.

    >>> embedding([1, 1, 0], Tensor([[1.0, 2.0], [3.0, 4.0]])).data.tolist()
    [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    """
    ids, padding = _checked(input, weight, padding_idx)
    _renormalize(weight, ids, max_norm, norm_type)
    rows: Tensor = autograd.take(weight, indices=ids, axis=0)
    if padding is None:
        return rows
    out: Tensor = autograd.where(np.expand_dims(ids == padding, -1), rows.detach(), rows)
    return out


def _checked(input: Any, weight: Tensor, padding_idx: int | None) -> tuple[Array, int | None]:
    """Return checked ids and the padding's id counted from the start."""
    if weight.ndim != 2:
        raise ShapeError(f"an embedding expects a weight of shape (ids, features), got {weight.shape}")
    ids, rows = raw(input), weight.shape[0]
    if not ids.size:
        ids = ids.astype(np.int64)
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"an embedding expects integer ids, got {ids.dtype}: use input.astype(np.int64)")
    wrong = (ids < 0) | (ids >= rows)
    if wrong.any():
        raise IdError(f"id {ids[wrong].flat[0]} is out of bounds: expected ids from 0 to {rows - 1}")
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise ArgumentError(f"padding_idx expects a number from {-rows} to {rows - 1}, got {padding_idx}")
    return ids, None if padding_idx is None else padding_idx % rows


def _renormalize(weight: Tensor, ids: Array, max_norm: float | None, norm_type: float) -> None:
    """Shorten the rows that are read to ``max_norm``, as PyTorch does before it reads them."""
    if max_norm is None:
        return
    table, used = raw(weight).copy(), np.unique(ids)
    lengths = np.linalg.norm(table[used], ord=norm_type, axis=1, keepdims=True)
    table[used] *= np.where(lengths > max_norm, max_norm / (lengths + 1e-7), 1.0)
    weight.data = table


def embedding_bag(
    input: Any,
    weight: Tensor,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    mode: str = "mean",
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, mean or maximum of the rows in each bag of ids; an empty bag gives zeros.

    Args:
        input: Integer ids: of shape ``(bags, size)``, or all bags one after the other.
        weight: The table, of shape ``(ids, features)``.
        offsets: Where each bag starts, if they come one after the other.
        max_norm: As in :func:`embedding`.
        norm_type: As in :func:`embedding`.
        mode: ``"sum"``, ``"mean"`` or ``"max"`` (where the first of equals gets the gradient).
        per_sample_weights: A factor for each id, in a sum only.
        include_last_offset: Whether ``offsets`` also says where the last bag ends.
        padding_idx: An id that counts as not being there.

    >>> embedding_bag([0, 1, 1], Tensor([[1.0], [3.0]]), [0, 2]).data.tolist()
    [[2.0], [3.0]]
    """
    ids, padding = _checked(input, weight, padding_idx)
    bags, count = _bags(ids, offsets, include_last_offset)
    factors = _factors(ids, mode, per_sample_weights)
    _renormalize(weight, ids, max_norm, norm_type)
    kept = ids.ravel() != padding if padding is not None else np.ones(ids.size, bool)
    ids, bags = ids.ravel()[kept], bags[kept]
    if mode == "max":
        return _largest(weight, ids, bags, count)
    rows = autograd.take(weight, indices=ids, axis=0)
    if factors is not None:
        rows = rows * autograd.expand_dims(autograd.get_item(factors, index=kept), axis=1)
    out: Tensor = autograd.add_at(rows, index=bags, shape=(count, weight.shape[1]))
    if mode == "sum":
        return out
    sizes = np.maximum(np.bincount(bags, minlength=count), 1).astype(weight.dtype)
    average: Tensor = out / sizes[:, None]
    return average


def _bags(ids: Array, offsets: Any, include_last_offset: bool) -> tuple[Array, int]:
    """Return the bag of each id, and how many bags there are."""
    if ids.ndim == 2:
        if offsets is not None:
            raise ArgumentError("embedding_bag expects offsets=None for ids of shape (bags, size), which says it all")
        return np.repeat(np.arange(ids.shape[0]), ids.shape[1]), ids.shape[0]
    if ids.ndim != 1 or offsets is None:
        raise ShapeError(f"embedding_bag expects ids of shape (bags, size), or (n,) with offsets, got {ids.shape}")
    starts = raw(offsets)
    if starts.ndim != 1 or not starts.size or starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > ids.size:
        raise ArgumentError(f"offsets expects ascending numbers from 0 to {ids.size}, got {starts.tolist()}")
    bags = np.searchsorted(starts, np.arange(ids.size), side="right") - 1
    return bags, starts.size - include_last_offset


def _factors(ids: Array, mode: str, per_sample_weights: Any) -> Any:
    if mode not in ("sum", "mean", "max"):
        raise ArgumentError(f'mode expects "sum", "mean" or "max", got {mode!r}')
    if per_sample_weights is None:
        return None
    if mode != "sum":
        raise ArgumentError(f'per_sample_weights go with mode="sum" only, got mode={mode!r}')
    if np.shape(raw(per_sample_weights)) != ids.shape:
        raise ShapeError(f"per_sample_weights expects one factor for each id of shape {ids.shape}")
    return autograd.reshape(per_sample_weights, shape=(ids.size,))


def _largest(weight: Tensor, ids: Array, bags: Array, count: int) -> Tensor:
    """Return the largest entry of each feature in each bag: the place is found first, then read with its gradient."""
    table, features = raw(weight), weight.shape[1]
    winners = np.zeros((count, features), np.int64)
    filled = np.zeros((count, 1), bool)
    for bag in np.unique(bags):
        own = ids[bags == bag]
        winners[bag], filled[bag] = own[np.argmax(table[own], axis=0)], True
    found = autograd.get_item(weight, index=(winners, np.arange(features)))
    out: Tensor = autograd.where(filled, found, 0.0)
    return out


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Return a one at each id and zeros elsewhere, along a new last axis; integers, without gradient.

    >>> one_hot([0, 2]).data.tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    ids = raw(tensor)
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"one_hot expects integer ids, got {ids.dtype}")
    classes = num_classes if num_classes >= 0 else int(ids.max(initial=-1)) + 1
    if ((ids < 0) | (ids >= classes)).any():
        raise IdError(f"one_hot expects ids from 0 to {classes - 1}, got {ids.min()} to {ids.max()}")
    return Tensor((np.expand_dims(ids, -1) == np.arange(classes)).astype(np.int64))
