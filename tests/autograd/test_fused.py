"""A fused operation is an optimisation of a composition: the same value and the same gradient.

Those that run over a sequence have several results and tests of their own, ``tests/nn/test_recurrent.py``.
"""

from typing import Any

import numpy as np
import pytest

import autograd
from autograd.primitive import REGISTRY
from tests.op_samples import SAMPLES, Sample

NAMES = [name for name, op in REGISTRY.items() if op.composition is not None and not name.endswith("_sequence")]
FUSED = [(name, sample) for name in NAMES for sample in SAMPLES[name]]


@pytest.mark.parametrize(("name", "sample"), FUSED, ids=[name for name, _ in FUSED])
def test_fused_equals_composition(name: str, sample: Sample) -> None:
    """Choice 8."""
    op = REGISTRY[name]
    joint, composition = op.joint, op.composition
    assert joint is not None
    assert composition is not None
    arrays = [np.asarray(x) for x in sample.inputs]
    out = op(*arrays, **sample.params)
    results = out if isinstance(out, tuple) else (out,)
    rng = np.random.default_rng(0)
    g: Any = [rng.normal(size=x.shape) for x in results]

    def weighted(*xs: Any) -> Any:
        found = composition(*xs, **sample.params)
        found = found if isinstance(found, tuple) else (found,)
        for mine, other in zip(results, found, strict=True):
            np.testing.assert_allclose(mine, other.detach().numpy(), rtol=1e-12, atol=1e-13)
        return sum((part * upstream).sum() for part, upstream in zip(found, g, strict=True))

    _, pull = autograd.vjp(weighted, *map(autograd.Tensor, arrays))
    contributions = joint(tuple(g) if isinstance(out, tuple) else g[0], out, *arrays, **sample.params)
    for x, found, wanted in zip(arrays, contributions, pull(autograd.Tensor(1.0)), strict=True):
        spare = tuple(range(found.ndim - x.ndim))  # the walk sums over axes that were broadcast
        np.testing.assert_allclose(found.sum(axis=spare), wanted.numpy(), rtol=1e-10, atol=1e-12)
