"""NumPy's functions on tensors: they record, or run when nothing has a gradient, or are refused by their name."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.errors import NotDifferentiableError, StepgradError
from autograd.testing import check_gradients

X = np.array([[0.4, 1.1, 2.3], [2.6, 0.3, 1.7]])
Y = np.array([[1.4, 0.2, 0.7], [0.5, 2.2, 1.9]])

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda x, y: np.exp(x),
    "fabs": lambda x, y: np.fabs(x),
    "radians": lambda x, y: np.radians(x),
    "degrees": lambda x, y: np.degrees(x),
    "around": lambda x, y: np.around(x),
    "sum": lambda x, y: np.sum(x, axis=0),
    "mean": lambda x, y: np.mean(x, axis=1, keepdims=True),
    "concatenate": lambda x, y: np.concatenate([x, y], axis=1),
    "stack": lambda x, y: np.stack([x, y]),
    "where": lambda x, y: np.where(X > 1, x, y),
    "einsum": lambda x, y: np.einsum("ij,kj->ik", x, y),
    "add.reduce": lambda x, y: np.add.reduce(x),
    "add.reduce all": lambda x, y: np.add.reduce(x, axis=None),
    "multiply.reduce": lambda x, y: np.multiply.reduce(x, axis=1, keepdims=True),
    "maximum.reduce": lambda x, y: np.maximum.reduce(x, axis=-1),
    "logaddexp.reduce": lambda x, y: np.logaddexp.reduce(x),
    "add.accumulate": lambda x, y: np.add.accumulate(x, axis=1),
    "multiply.accumulate": lambda x, y: np.multiply.accumulate(x),
    "subtract.outer": np.subtract.outer,
    "cumulative_sum": lambda x, y: np.cumulative_sum(x, axis=1),
    "full_like": lambda x, y: np.full_like(x, x[0, 0]),
}


@pytest.mark.parametrize("name", CALLS)
def test_records(name: str) -> None:
    call = CALLS[name]
    expected = call(X, Y)
    found = call(Tensor(X, requires_grad=True), Tensor(Y, requires_grad=True))
    assert isinstance(found, Tensor)
    assert found.requires_grad
    assert np.allclose(found.data, expected, rtol=1e-14, atol=0)
    assert found.shape == expected.shape
    assert check_gradients(call, X, Y)


@pytest.mark.parametrize(
    "call",
    [
        np.argmax,
        np.argsort,
        np.any,
        np.isneginf,
        np.nonzero,
        np.shape,
        np.zeros_like,
        np.count_nonzero,
        np.logical_not,
        np.array2string,
        np.logical_or.reduce,
        lambda x: np.allclose(x, X),
        lambda x: np.logical_and(x, x),
        lambda x: np.searchsorted(np.array([1.0, 2.0]), x),
        lambda x: np.full_like(x, 3.0),
        lambda x: np.histogram(x, bins=3)[0],
    ],
)
def test_what_has_no_gradient_runs_as_it_is(call: Callable[[Any], Any]) -> None:
    found, expected = call(Tensor(X, requires_grad=True)), call(X)
    assert not isinstance(found, Tensor)
    assert type(found) is type(expected)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (np.unique, r"np\.unique"),
        (np.spacing, r"np\.spacing"),
        (lambda x: np.exp(x, out=np.zeros(x.shape)), r"np\.exp without out="),
        (lambda x: np.sum(x, out=np.zeros(())), r"np\.sum without out="),
        (lambda x: np.histogram(X, weights=x), r"np\.histogram with weights"),
        (lambda x: np.add.at(x, 0, 1.0), r"np\.add\.at"),
        (np.arctan2.reduce, r"np\.arctan2\.reduce"),
        (lambda x: np.einsum(x, [0, 1], [0]), r"subscripts as a text"),
    ],
)
def test_the_rest_is_refused_by_name(call: Callable[[Any], Any], name: str) -> None:
    with pytest.raises(NotDifferentiableError, match=name):
        call(Tensor(X, requires_grad=True))


def _functions() -> Iterator[tuple[str, Any]]:
    for home in (np, np.linalg, np.fft):
        for name in sorted(set(dir(home))):
            found = getattr(home, name)
            public = not name.startswith("_") and callable(found) and not inspect.isclass(found)
            if public and (isinstance(found, np.ufunc) or hasattr(found, "__wrapped__")):
                yield f"{home.__name__}.{name}", found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "function"), list(_functions()))
def test_no_function_drops_the_gradient_in_silence(name: str, function: Any) -> None:
    """Called with tensors alone, each records, or gives what has no gradient, or says what it wants."""
    x = Tensor(np.array([[4.0, 1.0], [1.0, 3.0]]), requires_grad=True)
    count = function.nin if isinstance(function, np.ufunc) else _needed(function)
    try:
        found = function(*(x,) * count)
    except (StepgradError, TypeError, ValueError, IndexError, OSError):
        return
    parts = found if isinstance(found, (tuple, list)) else (found,)
    floats = [p for p in parts if isinstance(p, np.ndarray) and p.dtype.kind in "fc" and p.any()]
    constant = name.endswith(("_like", "histogram", "histogram_bin_edges", "histogramdd"))
    assert not floats or constant, f"{name} returned plain floats"


def _needed(function: Any) -> int:
    parameters = inspect.signature(function).parameters.values()
    return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters) or 1
