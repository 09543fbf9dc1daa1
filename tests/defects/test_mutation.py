"""The samples notice broken derivative rules. What survives changes nothing at the samples: an axis named otherwise,
a derivative that is zero, what is used at a kink, and branches for numbers and complex arrays."""

import pytest

from .mutation import mutants, survives


@pytest.mark.slow
def test_few_mutants_survive() -> None:
    found = [survives(mutant) for mutant in mutants()]
    assert len(found) > 1000
    assert sum(found) < 0.125 * len(found)


def test_plain_rules_have_no_survivor() -> None:
    for name in ("exp", "sin", "tanh", "divide", "multiply", "matmul", "mean"):
        assert not [m.change for m in mutants(name) if survives(m)], name
