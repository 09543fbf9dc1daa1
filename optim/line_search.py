"""A line search: how far to go along a direction, so that the loss falls enough and the slope flattens enough.

Pure functions of a function of one number. They know no parameters.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Point", "strong_wolfe"]

SUFFICIENT_FALL, CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """A place on the line.

    Attributes:
        t: How far along.
        loss: The loss there.
        slope: Its derivative along the line.
        grad: Its gradient by all parameters.
    """

    t: float
    loss: Any
    slope: Any
    grad: Any


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, reach: Any, tolerance: float, max_evals: int
) -> tuple[Point, int]:
    """Return a point that satisfies the strong Wolfe conditions, or the best found; and the number of evaluations.

    The loss there is at most ``start.loss + 1e-4 * t * start.slope``, and the slope is at most 0.9 times as steep as
    at the start. From J. Nocedal and S. Wright, *Numerical optimization*, 2006, algorithms 3.5 and 3.6, with the
    safeguards of M. Schmidt's *minFunc*, as in PyTorch.

    Args:
        evaluate: Returns the point at a distance.
        start: The point at distance 0; its slope is negative.
        t: The distance to try first.
        reach: By how much the parameter that moves most moves, per unit of ``t``.
        tolerance: Between points nearer than that to each other nothing is searched.
        max_evals: About how many evaluations, at most.

    >>> import numpy as np
    >>> def parabola(t):
    ...     return Point(t, (t - 3.0) ** 2, np.float64(2.0 * (t - 3.0)), None)
    >>> point, evaluations = strong_wolfe(parabola, parabola(0.0), 1.0, 1.0, 1e-9, 25)
    >>> round(float(point.t), 6), evaluations
    (1.0, 1)
    """
    bracket, rounds = _bracket(evaluate, start, t, max_evals)
    evals = rounds + 1
    low = _lowest(bracket)
    stuck = False
    while len(bracket) == 2 and rounds < max_evals:
        if abs(bracket[1].t - bracket[0].t) * reach < tolerance:
            break
        t, stuck = _between(bracket, stuck)
        new = evaluate(t)
        rounds, evals = rounds + 1, evals + 1
        if not _falls(new, start) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = _lowest(bracket)
            continue
        flat = _is_flat(new, start)
        if not flat and new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
        if flat:
            break
    return bracket[low], evals


def _bracket(evaluate: Callable[[float], Point], start: Point, t: float, max_rounds: int) -> tuple[list[Point], int]:
    """Go ahead until a good point lies between the last two, or one is good; return those and the rounds it took."""
    before, new, rounds = start, evaluate(t), 0
    while rounds < max_rounds:
        if not _falls(new, start) or (rounds > 1 and new.loss >= before.loss):
            return [before, new], rounds
        if _is_flat(new, start):
            return [new], rounds
        if new.slope >= 0:
            return [before, new], rounds
        t = interpolated(before, new, new.t + 0.01 * (new.t - before.t), new.t * 10)
        before, new = new, evaluate(t)
        rounds += 1
    return [start, new], rounds


def _falls(point: Point, start: Point) -> bool:
    """Tell whether the loss is not above the line of sufficient fall (Armijo's condition)."""
    return not point.loss > start.loss + SUFFICIENT_FALL * point.t * start.slope


def _is_flat(point: Point, start: Point) -> bool:
    return bool(abs(point.slope) <= -CURVATURE * start.slope)


def _lowest(bracket: list[Point]) -> int:
    return 0 if bracket[0].loss <= bracket[-1].loss else 1


def _between(bracket: list[Point], stuck: bool) -> tuple[float, bool]:
    """Return a distance inside the bracket, and whether it is close to an end.

    Close to an end twice in a row, it is moved to a tenth of the bracket from it.
    """
    left, right = sorted((bracket[0].t, bracket[1].t))
    t = interpolated(bracket[0], bracket[1], left, right)
    margin = 0.1 * (right - left)
    if not min(right - t, t - left) < margin:
        return t, False
    if stuck or t >= right or t <= left:
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, True


def interpolated(a: Point, b: Point, low: float, high: float) -> float:
    """Return where the cubic through two points with their slopes is least, kept from ``low`` to ``high``.

    From Nocedal and Wright, equation 3.59; without a minimum it is the middle.

    >>> a, b = Point(0.0, 4.0, -4.0, None), Point(3.0, 1.0, 2.0, None)
    >>> interpolated(a, b, 0.0, 3.0)
    2.0
    """
    if a.t > b.t:
        a, b = b, a
    mean = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = mean**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    root = square**0.5
    t = b.t - (b.t - a.t) * ((b.slope + root - mean) / (b.slope - a.slope + 2 * root))
    return float(min(max(t, low), high))
