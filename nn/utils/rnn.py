"""Sequences of several lengths in one batch, padded or packed, with PyTorch's names and layout.

A packed batch holds the items of every step one after the other, the longest sequence first, so that no step holds
padding: of ``[a b c]`` and ``[d]`` it is ``a d b c``.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, ops
from autograd.errors import ShapeError
from nn.errors import ArgumentError

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpad_sequence",
]

Array = np.ndarray[Any, Any]


class PackedSequence(NamedTuple):
    """The steps of sequences of several lengths without padding; made by :func:`pack_padded_sequence`.

    Attributes:
        data: All steps, ``(sum of lengths, ...)``.
        batch_sizes: How many sequences each step still has.
        sorted_indices: Which sequence of the batch stands at each place, ``None`` when they came longest first.
        unsorted_indices: At which place each sequence of the batch stands.
    """

    data: Tensor
    batch_sizes: Array
    sorted_indices: Array | None = None
    unsorted_indices: Array | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        """How long each sequence is, the longest first."""
        places = np.arange(self.batch_sizes[0])[:, None]
        return tuple(int(n) for n in (places < self.batch_sizes).sum(axis=1))

    def with_data(self, data: Tensor) -> "PackedSequence":
        """Return other data in the same order."""
        return self._replace(data=data)


def pack_padded_sequence(
    input: Tensor, lengths: Sequence[int] | Array, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch ``(time, batch, ...)``.

    Args:
        input: The sequences, padded at their ends with whatever.
        lengths: How long each is, 1 or more.
        batch_first: Whether ``input`` is ``(batch, time, ...)``.
        enforce_sorted: Whether the longest must come first; with ``False`` they are put into order, and back by
            :func:`pad_packed_sequence`.

    Raises:
        ArgumentError: A length is below 1 or above the size of the time axis, or they are not in order.
        ShapeError: There are more or fewer lengths than sequences.

    >>> padded = Tensor([[1.0, 4.0], [2.0, 0.0], [3.0, 0.0]])
    >>> packed = pack_padded_sequence(padded, [3, 1])
    >>> packed.data.data.tolist(), packed.batch_sizes.tolist()
    ([1.0, 4.0, 2.0, 3.0], [2, 1, 1])
    """
    x = ops.swapaxes(input, 0, 1) if batch_first else input
    sizes = _checked_lengths(lengths, x.shape)
    order = back = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        back, sizes = invert_permutation(order), sizes[order]
    elif (np.diff(sizes) > 0).any():
        raise ArgumentError(
            f"pack_padded_sequence expects the longest sequence first, got lengths {sizes.tolist()}: sort them, or "
            "pass enforce_sorted=False"
        )
    times, places = _steps(sizes)
    data = ops.get_item(x, index=(times, places if order is None else order[places]))
    return PackedSequence(data, np.bincount(times), order, back)


def _checked_lengths(lengths: Any, shape: tuple[int, ...]) -> Array:
    sizes = np.asarray(lengths.detach().numpy() if isinstance(lengths, Tensor) else lengths)
    if len(shape) < 2 or sizes.shape != shape[1:2]:
        raise ShapeError(
            f"expected a padded batch with one length for each sequence, got {sizes.shape} for shape {shape}"
        )
    if sizes.size and (sizes.dtype.kind not in "iu" or sizes.min() < 1 or sizes.max() > shape[0]):
        raise ArgumentError(f"expected whole lengths from 1 to {shape[0]}, got {sizes.tolist()}: drop empty sequences")
    return sizes.astype(np.intp)


def _steps(sizes: Array) -> tuple[Array, Array]:
    """Return the time and the place in the batch of every packed step."""
    return np.nonzero(np.arange(sizes.max(initial=0))[:, None] < sizes)  # type: ignore[return-value]


def invert_permutation(permutation: Array) -> Array:
    """Return the permutation that undoes another.

    >>> invert_permutation(np.array([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    inverse = np.empty_like(permutation)
    inverse[permutation] = np.arange(permutation.size)
    return inverse


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Array]:
    """Return the padded batch of a packed one, and the lengths, in the order in which they were packed.

    Raises:
        ArgumentError: ``total_length`` is shorter than the longest sequence.

    >>> packed = pack_padded_sequence(Tensor([[1.0, 4.0], [2.0, 0.0]]), [2, 1])
    >>> padded, lengths = pad_packed_sequence(packed, padding_value=9.0)
    >>> padded.data.tolist(), lengths.tolist()
    ([[1.0, 4.0], [2.0, 9.0]], [2, 1])
    """
    padded, sizes = padded_sorted(sequence, padding_value, total_length)
    if sequence.unsorted_indices is not None:
        padded = ops.take(padded, indices=sequence.unsorted_indices, axis=1)
        sizes = sizes[sequence.unsorted_indices]
    return (ops.swapaxes(padded, 0, 1) if batch_first else padded), sizes


def padded_sorted(
    sequence: PackedSequence, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Array]:
    """Return the padded batch ``(time, batch, ...)`` in the order of packing, the longest first, and the lengths."""
    sizes = np.asarray(sequence.lengths)
    longest = len(sequence.batch_sizes)
    if total_length is not None and total_length < longest:
        raise ArgumentError(f"expected total_length of at least the longest sequence's {longest}, got {total_length}")
    index = _steps(sizes)
    shape = (total_length or longest, len(sizes), *sequence.data.shape[1:])
    padded = ops.add_at(sequence.data, index=index, shape=shape)
    if padding_value:
        is_padding = np.ones(shape, dtype=bool)
        is_padding[index] = False
        padded = ops.where(is_padding, padding_value, padded)
    return padded, sizes


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Put sequences of several lengths beside each other, padded at their ends, or starts with ``"left"``.

    >>> pad_sequence([Tensor([1.0, 2.0]), Tensor([3.0])], batch_first=True).data.tolist()
    [[1.0, 2.0], [3.0, 0.0]]
    """
    if padding_side not in ("left", "right"):
        raise ArgumentError(f"pad_sequence expects padding_side 'left' or 'right', got {padding_side!r}")
    if not sequences:
        raise ArgumentError("pad_sequence expects one sequence or more, got none")
    longest = max(len(x) for x in sequences)
    padded = []
    for x in sequences:
        missing = longest - len(x)
        width = (missing, 0) if padding_side == "left" else (0, missing)
        padded.append(ops.pad(x, pad_width=(width, *((0, 0),) * (x.ndim - 1)), constant_values=padding_value))
    out: Tensor = ops.stack(padded, axis=0 if batch_first else 1)
    return out


def unpad_sequence(padded_sequences: Tensor, lengths: Sequence[int] | Array, batch_first: bool = False) -> list[Tensor]:
    """Take a padded batch apart into its sequences.

    >>> [x.data.tolist() for x in unpad_sequence(Tensor([[1.0, 3.0], [2.0, 0.0]]), [2, 1])]
    [[1.0, 2.0], [3.0]]
    """
    x = padded_sequences if batch_first else ops.swapaxes(padded_sequences, 0, 1)
    return [x[i, : int(n)] for i, n in enumerate(lengths)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of several lengths.

    >>> pack_sequence([Tensor([1.0, 2.0]), Tensor([3.0])]).data.data.tolist()
    [1.0, 3.0, 2.0]
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)
