"""The kit raises no alarm on the library: every operation of the registry holds every law on its samples."""

from typing import Any

import numpy as np
import pytest

from autograd import REGISTRY
from autograd.testing.laws import LAWS, Case, laws_of
from tests.op_samples import SAMPLES, Sample
from tests.op_samples.calling import is_float

# Gradients to the second order are the business of test_every_op.
ELSEWHERE = {"gradients", "gradients_of_gradients"}
EXEMPT = {("astype", "dtype_and_shape_are_kept")}  # its purpose is another
NO_GRADIENT = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


def case_of(name: str, sample: Sample) -> Case:
    op = REGISTRY[name]

    def function(*inputs: Any) -> Any:
        return op(inputs, **sample.params) if op.sequence else op(*inputs, **sample.params)

    elementwise = op.elementwise and all(is_float(x) or not np.ndim(x) for x in sample.inputs)
    return Case(name, function, len(sample.inputs), elementwise, raw=True, values=elementwise)


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - NO_GRADIENT))
def test_every_operation_holds_every_law(name: str) -> None:
    for sample in SAMPLES[name]:
        case = case_of(name, sample)
        if any(is_float(x) for x in sample.inputs):
            for law in laws_of(case):
                if law.name not in ELSEWHERE and (name, law.name) not in EXEMPT:
                    law.holds(case, sample.inputs)


def test_the_exempt_exist() -> None:
    assert {law for _, law in EXEMPT} | ELSEWHERE <= set(LAWS)
