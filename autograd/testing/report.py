"""What a failed check tells: where, how much, how sure, and what it looks like."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Mismatch", "Tolerance", "agreement", "place", "side_by_side"]

_SHOWN = 6  # entries side by side


@dataclass(frozen=True)
class Tolerance:
    """How much analytic and numeric derivatives may differ, beside the numeric error."""

    atol: float = 1e-5
    rtol: float = 1e-3


@dataclass(frozen=True)
class Mismatch:
    """The worst disagreement of an analytic and a numeric derivative.

    Attributes:
        input: Which input of the function.
        index: Which element of it.
        output: Which element of the flat output.
        analytic, numeric: The two derivatives.
        uncertainty: The estimated error of the numeric one.
        verdict: ``"wrong"``, ``"step too coarse"`` or ``"kink"``.
        diagnosis: One of ``DIAGNOSES``, or empty when the mistake is none of the usual ones.
        explanation: The diagnosis in a sentence.
    """

    input: int
    index: tuple[int, ...]
    output: int
    analytic: float
    numeric: float
    uncertainty: float
    verdict: str = "wrong"
    diagnosis: str = ""
    explanation: str = ""

    @property
    def absolute(self) -> float:
        """The absolute error."""
        return abs(self.analytic - self.numeric)

    @property
    def relative(self) -> float:
        """The error relative to the numeric derivative."""
        return self.absolute / abs(self.numeric) if self.numeric else float("inf") if self.absolute else 0.0

    @property
    def ulp(self) -> float:
        """The error in units of the last place of the larger derivative."""
        size = max(abs(self.numeric), abs(self.analytic))
        return float(self.absolute / np.spacing(size)) if self.absolute else 0.0


def agreement(found: Any, expected: Any, error: Any, tolerance: Tolerance) -> Any:
    """Tell for each entry of two Jacobians whether they agree."""
    with np.errstate(invalid="ignore"):
        near = np.abs(found - expected) <= tolerance.atol + tolerance.rtol * np.abs(expected) + 10 * error
    return near | (found == expected) | (np.isnan(found) & np.isnan(expected))


def place(column: Any, shape: tuple[int, ...]) -> str:
    """Return the index of an element as text."""
    return str([int(i) for i in np.unravel_index(int(column), shape)]) if shape else ""


def side_by_side(found: Any, expected: Any, error: Any, agree: Any, shape: tuple[int, ...]) -> list[str]:
    """Return the worst entries as the lines of a table."""
    gap = np.where(agree, -1.0, np.nan_to_num(np.abs(found - expected), nan=np.inf, posinf=np.inf))
    order = np.argsort(-gap, axis=None, kind="stable")[:_SHOWN]
    lines = [f"  {'entry':<28}{'analytic':>16}{'numeric':>16}{'+-':>10}{'difference':>14}"]
    for flat in order:
        row, column = np.unravel_index(int(flat), gap.shape)
        if gap[row, column] < 0:
            break
        name = f"d out[{row}] / d x{place(column, shape)}"
        a, n = found[row, column], expected[row, column]
        lines.append(f"  {name:<28}{a:>16.8g}{n:>16.8g}{error[row, column]:>10.1g}{a - n:>14.3g}")
    return lines
