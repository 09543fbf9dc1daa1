"""Every row of PyTorch's table of operations: what the page records as right stays right, and nothing is wrong.

The rows are read from the page, so that collecting these tests does not import PyTorch.
"""

from collections.abc import Callable

import pytest

from . import page
from .spelling import ERRORS_WE_ALLOW, HOMONYMS, ON_PURPOSE, SPELLED

pytestmark = pytest.mark.parity

RECORDED = page.recorded()


@pytest.mark.parametrize("row", sorted(RECORDED))
def test_row(row: str, record_property: Callable[[str, object], None]) -> None:
    from .oracle import judge

    verdict = judge(row)
    record_property("parity", vars(verdict))
    assert verdict.status != "wrong", "\n".join(verdict.problems)
    if RECORDED[row] == "right":
        assert verdict.status == "right", "\n".join([*verdict.problems, *verdict.refusals])
    if row in ON_PURPOSE:
        assert verdict.status != "right", "agrees by now: take it out of ON_PURPOSE"


def test_the_page_and_the_tables_name_the_rows_there_are() -> None:
    from .rows import rows

    names = {info.name for info in rows().values()} | set(rows())
    assert set(RECORDED) == set(rows()), "run: python -m tests.parity"
    assert set(ON_PURPOSE) <= set(rows())
    assert (set(SPELLED) | HOMONYMS | (set(ERRORS_WE_ALLOW) - {"*"})) <= names
