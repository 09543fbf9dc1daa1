"""Alignment of a sequence of labels with a longer sequence of frames."""

from typing import Any

import numpy as np

from ..node import raw
from ..primitive import primitive
from .elementwise import exp, where
from .indexing import add_at, get_item
from .reductions import logsumexp
from .shape import pad, stack

__all__ = ["ctc"]

_NEVER = -np.inf  # the logarithm of an impossible path's probability


@primitive(formula="-log sum over alignments of prod p(label_t)", derivative="-P(label at t given the labels)")
def ctc(x: Any, /, *, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0) -> Any:
    """Connectionist temporal classification: minus the log-probability of each sequence of labels.

    All alignments are summed up that give the labels when repeats are joined and blanks are dropped, by the forward
    recursion of Graves and others (2006), in logarithms. Where there is none, it is infinite and its gradient is 0.

    Args:
        x: Log-probabilities of shape ``(frames, batch, classes)``.
        targets: Labels of shape ``(batch, labels)``; what is beyond a length is not read.
        input_lengths: The number of frames of each sequence.
        target_lengths: The number of labels of each sequence.
        blank: The class that stands for no label.

    >>> frames = np.log(np.array([[[0.5, 0.5]], [[0.5, 0.5]]]))
    >>> round(float(np.exp(-ctc(frames, targets=[[1]], input_lengths=[2], target_lengths=[1]))[0]), 4)
    0.75
    """
    return -_total(_Lattice(x, targets, input_lengths, target_lengths, blank).forward()[-1])


def _ctc_rule(g: Any, out: Any, x: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0) -> Any:
    """Return minus the probability, given the labels, that a frame has a class: forward times backward."""
    lattice = _Lattice(x, targets, input_lengths, target_lengths, blank)
    *before, end = lattice.forward()
    after = lattice.backward()
    possible = np.isfinite(raw(out))
    total = where(possible, _total(end), 0.0)
    paths = exp(stack(before) + stack(after) - total[:, None])  # (frames, batch, states)
    share = where(lattice.running[:, :, None] & possible[:, None], paths, 0.0)
    return add_at(-share * g[:, None], index=lattice.index, shape=x.shape)


ctc.defvjp(_ctc_rule)


def _total(end: Any) -> Any:
    return logsumexp(end, axis=1)


class _Lattice:
    """The paths of a batch: one state for each label and for the blanks around them.

    Attributes:
        index: Where the log-probability of each state stands in the frames.
        running: Whether a frame belongs to a sequence, of shape ``(frames, batch)``.
    """

    def __init__(self, x: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int) -> None:
        targets, lengths = np.asarray(targets), np.asarray(target_lengths)
        batch, longest = targets.shape
        labels = np.full((batch, 2 * longest + 1), blank)
        labels[:, 1::2] = np.where(np.arange(longest) < lengths[:, None], targets, blank)
        states = np.arange(labels.shape[1])
        self.index = (slice(None), np.arange(batch)[:, None], labels)
        self.emission = get_item(x, index=self.index)  # (frames, batch, states)
        self.frames = len(self.emission)
        self.running = np.arange(self.frames)[:, None] < np.asarray(input_lengths)
        self.leaps = labels != blank
        self.leaps[:, 2:] &= labels[:, 2:] != labels[:, :-2]
        last = 2 * lengths[:, None]
        dtype = self.emission.dtype
        self.start, self.none = (
            np.broadcast_to(np.where(states < n, 0.0, _NEVER).astype(dtype), labels.shape) for n in (2, 1)
        )
        self.end = np.where((states == last) | (states == last - 1), 0.0, _NEVER).astype(dtype)

    def forward(self) -> list[Any]:
        """Return the log-probability of all beginnings up to each frame, with it; and, last, that of whole paths."""
        reached: list[Any] = []
        state: Any = self.none
        for t in range(self.frames):
            moved = _merged(state, _right(state, 1), _right(state, 2), self.leaps) if reached else self.start
            state = where(self.running[t][:, None], moved + self.emission[t], state)
            reached.append(state)
        return [*reached, state + self.end]

    def backward(self) -> list[Any]:
        """Return the log-probability of all endings after each frame, without it."""
        leaps = np.zeros_like(self.leaps)
        leaps[:, :-2] = self.leaps[:, 2:]
        remaining: list[Any] = [self.end]
        for t in range(self.frames - 1, 0, -1):
            state = remaining[-1] + self.emission[t]
            moved = _merged(state, _left(state, 1), _left(state, 2), leaps)
            remaining.append(where(self.running[t][:, None], moved, self.end))
        return remaining[::-1]


def _merged(stay: Any, step: Any, leap: Any, leaps: Any) -> Any:
    """Sum up the probabilities of staying, of a step, and of a leap over a blank where that is allowed."""
    return logsumexp(stack([stay, step, where(leaps, leap, _NEVER)]), axis=0)


def _right(x: Any, by: int) -> Any:
    return pad(x, pad_width=((0, 0), (by, 0)), constant_values=_NEVER)[:, : x.shape[1]]


def _left(x: Any, by: int) -> Any:
    return pad(x, pad_width=((0, 0), (0, by)), constant_values=_NEVER)[:, by:]
