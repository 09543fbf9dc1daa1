"""An operation as a function of its floating inputs alone, with one result: what the laws are tested on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import REGISTRY, ops

from .sample import Sample

__all__ = ["call", "is_float", "joined"]


def is_float(x: Any) -> bool:
    """Tell whether an input may require a gradient."""
    return isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


def call(name: str, sample: Sample) -> tuple[Callable[..., Any], list[Any]]:
    """Return a function of the floating inputs alone, and these inputs; several results are joined into one."""
    op = REGISTRY[name]
    places = [i for i, x in enumerate(sample.inputs) if is_float(x)]

    def function(*args: Any) -> Any:
        inputs = list(sample.inputs)
        for place, x in zip(places, args, strict=True):
            inputs[place] = x if sample.through is None else sample.through(x)
        return joined(op(inputs, **sample.params) if op.sequence else op(*inputs, **sample.params))

    function.analytic = op.analytic  # type: ignore[attr-defined]
    return function, [sample.inputs[i] for i in places]


def joined(out: Any) -> Any:
    """Return the floating results of an operation as one flat array; a single result as it is."""
    if not isinstance(out, tuple):
        return out
    floats = [part for part in out if np.asarray(getattr(part, "payload", part)).dtype.kind in "fc"]
    return ops.concatenate([ops.reshape(part, shape=(-1,)) for part in floats])
