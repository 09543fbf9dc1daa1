"""Every seeded defect is caught, nearly all are called by their name, and what is right raises no alarm."""

from collections import Counter

import numpy as np
import pytest

from autograd.testing import DIAGNOSES, check_gradients

from .catalogue import DEFECTS, Defect

NAMES = [f"{d.diagnosis}: {d.name}" for d in DEFECTS]


@pytest.mark.parametrize("defect", DEFECTS, ids=NAMES)
def test_defect_is_caught(defect: Defect) -> None:
    result = check_gradients(defect.function, *[np.array(x) for x in defect.inputs], order=defect.order)
    assert not result
    assert result.message
    assert result.order == defect.order


def test_defects_are_called_by_their_names() -> None:
    found = [check_gradients(d.function, *[np.array(x) for x in d.inputs], order=d.order).diagnosis for d in DEFECTS]
    wrong = [
        f"{name} is called {got!r}" for name, d, got in zip(NAMES, DEFECTS, found, strict=True) if got != d.diagnosis
    ]
    assert len(DEFECTS) >= 40
    assert len(DEFECTS) - len(wrong) >= 35, "\n".join(wrong)
    assert not wrong, "\n".join(wrong)


def test_each_diagnosis_has_three_defects() -> None:
    count = Counter(d.diagnosis for d in DEFECTS)
    assert set(count) == set(DIAGNOSES)
    assert all(n >= 3 for n in count.values())
