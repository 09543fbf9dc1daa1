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
    expected, pull = autograd.vjp(lambda *xs: composition(*xs, **sample.params), *map(autograd.Tensor, arrays))
    np.testing.assert_allclose(out, expected.numpy(), rtol=1e-12, atol=1e-13)
    g: Any = np.random.default_rng(0).normal(size=out.shape)
    for found, wanted in zip(joint(g, out, *arrays, **sample.params), pull(autograd.Tensor(g)), strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-10, atol=1e-12)
