"""What the documentation says about the seeded defects, and about the laws."""

from collections import Counter

from autograd.testing import DIAGNOSES, LAWS, check_gradients

from .catalogue import DEFECTS, Defect

__all__ = ["defect_table", "diagnosis_of", "law_table"]


def diagnosis_of(defect: Defect) -> str:
    """Return what the check calls a defect."""
    return check_gradients(defect.function, *[x.copy() for x in defect.inputs], order=defect.order).diagnosis


def defect_table() -> str:
    """Return how many defects of each kind there are, and how many are called by their name."""
    seeded = Counter(d.diagnosis for d in DEFECTS)
    named = Counter(d.diagnosis for d in DEFECTS if diagnosis_of(d) == d.diagnosis)
    rows = [f"| {kind} | {seeded[kind]} | {named[kind]} |" for kind in DIAGNOSES]
    total = f"| **all** | **{len(DEFECTS)}** | **{sum(named.values())}** |"
    return "\n".join(["| kind | seeded | called by its name |", "|---|---|---|", *rows, total])


def law_table() -> str:
    """Return the laws, one a line."""
    return "\n".join(f"- `{name}`: {(law.holds.__doc__ or '').strip()}" for name, law in LAWS.items())
