"""PyTorch's table asked on complex128: the rows of ``complex128.txt`` are right, and no other row is wrong.

The convention of the gradients, the formulas of holomorphic operations and those of the others are all held by this.
``python -m tests.parity`` writes the file anew.
"""

import pytest

from . import page

pytestmark = pytest.mark.parity

RIGHT = page.recorded_on_complex()

HERMITIAN = "the gradient is Hermitian here, and has a part there along which no Hermitian matrix can change"
PIVOTS = "the pivot is the largest |z| here, and the largest |Re z| + |Im z| there"

# Row -> why its answer is another one. An entry whose row is right must leave the table.
DIFFERENT = {
    "cholesky": HERMITIAN,
    "linalg.cholesky": HERMITIAN,
    "linalg.cholesky_ex": HERMITIAN,
    "cov": "PyTorch's weights are in single precision, in which the last digits differ",
    "istft": "PyTorch gives the window no gradient",
    "linalg.norm[subgradients_at_zero]": "the second derivative at zero is 0 here, and NaN there (R003)",
    "linalg.lu": PIVOTS,
    "linalg.lu_factor": PIVOTS,
    "linalg.lu_factor_ex": PIVOTS,
}


@pytest.mark.parametrize("row", RIGHT)
def test_row_on_complex_numbers(row: str) -> None:
    from .oracle import judge

    verdict = judge(row, "complex128")
    assert verdict.status == "right", "\n".join([*verdict.problems, *verdict.refusals])


@pytest.mark.slow
def test_no_other_row_is_wrong_on_complex_numbers() -> None:
    from .oracle import judge
    from .rows import rows

    verdicts = [judge(row, "complex128") for row in rows("complex128") if row not in RIGHT]
    wrong = {v.row: v.detail for v in verdicts if v.status == "wrong"}
    assert not wrong.keys() - DIFFERENT.keys(), wrong
    assert not DIFFERENT.keys() & set(RIGHT)
