"""The laws of the kit, held by every operation of the registry on its samples, and broken by what breaks them."""

from typing import Any

import numpy as np
import pytest

from autograd import REGISTRY
from autograd.testing.laws import LAWS, Case, laws_of
from tests.op_samples import SAMPLES, Sample

# Order and gradients themselves are the business of test_every_op.
OTHERS = [name for name in LAWS if name not in {"gradients", "gradients_of_gradients"}]
EXEMPT = {("astype", "dtype_and_shape_are_kept")}  # its purpose is another


def case_of(name: str, sample: Sample) -> Case:
    op = REGISTRY[name]

    def function(*inputs: Any) -> Any:
        return op(inputs, **sample.params) if op.sequence else op(*inputs, **sample.params)

    elementwise = op.elementwise and all(is_float(x) or not np.ndim(x) for x in sample.inputs)
    return Case(name, function, len(sample.inputs), elementwise, raw=True, values=elementwise)


def is_float(x: Any) -> bool:
    return isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


NO_GRADIENT = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


@pytest.mark.parametrize("law", OTHERS)
@pytest.mark.parametrize("name", sorted(set(REGISTRY) - NO_GRADIENT))
def test_every_operation_holds_every_law(name: str, law: str) -> None:
    for sample in SAMPLES[name] if (name, law) not in EXEMPT else []:
        case = case_of(name, sample)
        if LAWS[law] in laws_of(case) and any(is_float(x) for x in sample.inputs):
            LAWS[law].holds(case, sample.inputs)
