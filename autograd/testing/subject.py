"""A function as the checks see it: of its floating inputs alone, and with one output."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import GradientError
from ..ops import concatenate
from ..tensor import Tensor
from ..value import Value
from .numeric import in_parts, on_pairs, raw

__all__ = ["Subject", "tensors_of"]


@dataclass(frozen=True)
class Subject:
    """A function as it is checked: of its floating inputs alone, and with one output.

    Attributes:
        function: The function as it was given.
        given: Its inputs as they were given.
        places: Which of them are checked; the others have no gradient.
        names: What the checked ones are called in a report.
        outputs: Name and shape of each output, found when it first runs.
    """

    function: Callable[..., Any]
    given: tuple[Any, ...]
    places: tuple[int, ...]
    names: tuple[str, ...]
    outputs: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    @staticmethod
    def of(function: Callable[..., Any], *inputs: Any) -> "Subject":
        """Return a function of those inputs that have a gradient.

        Raises:
            GradientError: None has.
        """
        function, given = on_pairs(function, tuple(_floating(x) for x in inputs))
        places = tuple(i for i, x in enumerate(given) if _is_float(x))
        if not places:
            raise GradientError(
                f"expected an input to differentiate with respect to, got "
                f"{', '.join(type(x).__name__ for x in inputs)}; "
                "write numbers as floats and arrays with a floating dtype"
            )
        return Subject(function, given, places, tuple(f"input {i}" for i in places))

    @property
    def arrays(self) -> list[Any]:
        """The inputs that are checked, in double precision."""
        return [np.array(self.given[i], dtype=np.float64) for i in self.places]

    def __call__(self, *inputs: Any) -> Any:
        """Run on tensors, or on arrays, in place of the inputs that are checked."""
        args = list(self.given)
        for i, x in zip(self.places, inputs, strict=True):
            args[i] = x
        out = self.function(*args)
        parts = [o for o in (out if isinstance(out, (tuple, list)) else [out]) if _is_float(raw(o), "fc")]
        if not parts:
            raise GradientError(f"expected a function that returns a Tensor, got {type(out).__name__}")
        parts = [Tensor.of([o]).reshape(()) if isinstance(o, Value) else in_parts(o) for o in parts]
        if not self.outputs:
            single = len(parts) == 1
            self.outputs[:] = [("out" if single else f"out{i}", np.shape(raw(o))) for i, o in enumerate(parts)]
        return parts[0] if len(parts) == 1 else concatenate([o.reshape(-1) for o in parts])

    @property
    def analytic(self) -> bool:
        """Whether a complex step may be tried."""
        return bool(getattr(self.function, "analytic", False))

    def numbers(self, *inputs: Any) -> Any:
        """Run on arrays, through tensors."""
        return self(*tensors_of(inputs)).payload


def _is_float(x: Any, kinds: str = "f") -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "-") in kinds


def _floating(x: Any) -> Any:
    """Return an input as an array where it has a gradient, and else as it is."""
    x = raw(x)
    return np.asarray(x) if isinstance(x, list) and x and np.asarray(x).dtype.kind == "f" else x


def tensors_of(arrays: Any) -> list[Tensor]:
    """Return leaves that require a gradient."""
    return [Tensor(a, requires_grad=True) for a in arrays]
