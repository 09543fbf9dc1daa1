"""``autograd.testing.compare`` beside the libraries it can be asked to compare with."""

from typing import Any

import numpy as np
import pytest

from autograd.testing import compare

pytestmark = pytest.mark.parity

rng = np.random.default_rng(1)
X, Y = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("against", ["torch", "jax", "numpy"])
def test_value_and_gradients_agree(against: str) -> None:
    def function(xp: Any, x: Any, y: Any) -> Any:
        return xp.tanh(x @ y)

    comparison = compare(function, X, Y, against=against)
    assert comparison, str(comparison)
    assert "gradient 1 (3, 2): agrees" in str(comparison)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("against", ["torch", "jax", "numpy"])
def test_another_function_is_told_apart(against: str) -> None:
    from autograd import ops

    comparison = compare(lambda xp, x: xp.exp(x) if xp is ops else xp.exp(x) * 2.0, X, against=against)
    assert not comparison
    assert "differs" in str(comparison)
