"""What a failed check tells: where, how much, how sure, and what it looks like."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Jacobians", "Mismatch", "Outputs", "Tolerance", "agreement", "element", "place", "uncertain", "wrong"]

Outputs = list[tuple[str, tuple[int, ...]]]  # name and shape of each

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


class Jacobians(NamedTuple):
    """What the rules give, what the numbers say, and how far off these may be; rows are outputs."""

    found: Any
    expected: Any
    error: Any


def element(outputs: Outputs, row: int) -> str:
    """Return the name of an element of one of several outputs, laid out after each other."""
    for name, shape in outputs:
        size = int(np.prod(shape))
        if row < size:
            return f"d {name}{place(row, shape)}"
        row -= size
    return f"d out[{row}]"


def uncertain(worst: Mismatch, slopes: tuple[float, float]) -> str:
    """Return the report on a numeric derivative that cannot be trusted."""
    where = f"element {list(worst.index)}" if worst.index else "this point"
    if worst.verdict == "kink":
        return (
            f"at {where} you are on a kink, where the slope is {slopes[0]:.6g} from the left, "
            f"{slopes[1]:.6g} from the right, and the rule gives {worst.analytic:.6g}; choose another point"
        )
    text = f"the numeric derivative at {where} is uncertain (+- {worst.uncertainty:.2g}): the step is too coarse; "
    return text + "make step= smaller, or move away from the kink if there is one close by"


def wrong(worst: Mismatch, jacobians: Jacobians, agree: Any, shape: tuple[int, ...], outputs: Outputs) -> str:
    """Return the report on a wrong derivative."""
    where = f"{element(outputs, worst.output)} / d x{list(worst.index) or ''}"
    lines = [
        f"expected {where} = {worst.numeric:.8g} (+- {worst.uncertainty:.2g}, numeric), "
        f"got {worst.analytic:.8g} from the rule",
        f"  absolute error {worst.absolute:.3g}, relative {worst.relative:.3g}, {worst.ulp:.3g} ULP; "
        f"{int((~agree).sum())} of {agree.size} entries differ",
    ]
    if worst.explanation:
        lines.append(f"  diagnosis: {worst.explanation}")
    return "\n".join([*lines, *side_by_side(jacobians, agree, shape, outputs)])


def side_by_side(jacobians: Jacobians, agree: Any, shape: tuple[int, ...], outputs: Outputs) -> list[str]:
    """Return the worst entries as the lines of a table."""
    found, expected, error = jacobians
    gap = np.where(agree, -1.0, np.nan_to_num(np.abs(found - expected), nan=np.inf, posinf=np.inf))
    worst = np.argsort(-gap, axis=None, kind="stable")[:_SHOWN]
    places = [tuple(int(k) for k in np.unravel_index(int(i), gap.shape)) for i in worst]
    places = [at for at in places if gap[at] >= 0]
    names = [f"{element(outputs, row)} / d x{place(column, shape)}" for row, column in places]
    width = max(28, *(len(name) + 2 for name in names)) if names else 28
    lines = [f"  {'entry':<{width}}{'analytic':>16}{'numeric':>16}{'+-':>10}{'difference':>14}"]
    for name, at in zip(names, places, strict=True):
        a, n = found[at], expected[at]
        lines.append(f"  {name:<{width}}{a:>16.8g}{n:>16.8g}{error[at]:>10.1g}{a - n:>14.3g}")
    return lines
