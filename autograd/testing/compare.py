"""The same function run by another library, values and gradients side by side."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import ops
from ..functional import vjp
from ..tensor import Tensor
from .numeric import numeric_jacobian, raw

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Values and gradients of two libraries; true when they agree.

    Attributes:
        agree: Whether all of them do, to the tolerances.
        against: The other library.
        values: Our value and theirs.
        gradients: Our gradient and theirs, for each input.
        message: Both side by side, as text.
    """

    agree: bool
    against: str
    values: tuple[Any, Any]
    gradients: list[tuple[Any, Any]] = field(default_factory=list)
    message: str = ""

    def __bool__(self) -> bool:
        return self.agree

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"<Comparison with {self.against}: {self.message.replace(chr(10), '; ')}>"


def compare(
    function: Callable[..., Any],
    *inputs: Any,
    against: str = "torch",
    rtol: float = 1e-7,
    atol: float = 1e-9,
) -> Comparison:
    """Run a function here and with another library, and compare the value and the gradients.

    The gradient is that of the sum of the outputs, each weighed by a fixed random number.

    Args:
        function: Takes the inputs as the library's own arrays; when its first parameter is called ``xp``, it is also
            handed the library's functions: ``lambda xp, x: xp.exp(x).sum()``.
        *inputs: Numbers or arrays; compared in float64.
        against: ``"torch"``, ``"jax"``, ``"autograd"`` (HIPS) or ``"numpy"``, whose gradients are central differences.
        rtol: The allowed relative difference; never stricter than 1e-5 with NumPy.
        atol: The allowed absolute difference; never stricter than 1e-6 with NumPy.

    Raises:
        ImportError: The library is not installed.
        ValueError: ``against`` is none of the four.

    >>> bool(compare(lambda xp, x: xp.exp(x).sum(), np.array([0.0, 1.0]), against="numpy"))
    True
    """
    if against not in _LIBRARIES:
        raise ValueError(f"expected against= to be one of {', '.join(map(repr, _LIBRARIES))}, got {against!r}")
    arrays = [np.array(raw(x), dtype=np.float64) for x in inputs]
    takes_names = next(iter(inspect.signature(function).parameters), "") == "xp"

    def bound(names: Any) -> Callable[..., Any]:
        return (lambda *args: function(names, *args)) if takes_names else function

    out, pull = vjp(bound(ops), *[Tensor(a) for a in arrays])
    value = np.asarray(raw(out))
    weights = np.random.default_rng(0).uniform(0.5, 1.5, value.shape)
    ours = [np.asarray(raw(g)) for g in pull(Tensor(weights))]
    their_value, theirs = _LIBRARIES[against](bound, arrays, weights)
    if against == "numpy":
        rtol, atol = max(rtol, 1e-5), max(atol, 1e-6)
    pairs = [
        ("value", value, their_value),
        *((f"gradient {i}", a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True))),
    ]
    lines, agree = [], True
    for name, a, b in pairs:
        same = a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
        agree &= same
        lines += _lines(name, a, b, against, same)
    return Comparison(agree, against, (value, their_value), list(zip(ours, theirs, strict=True)), "\n".join(lines))


def _lines(name: str, a: Any, b: Any, against: str, same: bool) -> list[str]:
    if a.shape != b.shape:
        return [f"{name}: shape {a.shape} here, {b.shape} in {against}"]
    gap = float(np.max(np.abs(a - b), initial=0.0))
    head = f"{name} {a.shape}: {'agrees' if same else 'differs'}, at most by {gap:.3g}"
    if same:
        return [head]
    order = np.argsort(-np.nan_to_num(np.abs(a - b), nan=np.inf), axis=None, kind="stable")[:6]
    places = [tuple(int(k) for k in np.unravel_index(int(i), a.shape)) for i in order]
    return [head, *(f"  {list(p)!s:<14} here {a[p]:>16.10g}   {against} {b[p]:>16.10g}" for p in places)]


def _library(name: str, package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f"expected {name} to be installed for compare(against={name!r}), but `import {package}` says: {error}; "
            f"pip install {package.partition('.')[0]}"
        ) from None


def _by_torch(bound: Any, arrays: list[Any], weights: Any) -> tuple[Any, list[Any]]:
    torch = _library("torch", "torch")
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    out = bound(torch)(*leaves)
    found = torch.autograd.grad(out, leaves, torch.tensor(weights), allow_unused=True, materialize_grads=True)
    return out.detach().numpy(), [g.numpy() for g in found]


def _by_jax(bound: Any, arrays: list[Any], weights: Any) -> tuple[Any, list[Any]]:
    jax = _library("jax", "jax")
    names = _library("jax", "jax.numpy")
    home = jax if hasattr(jax, "enable_x64") else _library("jax", "jax.experimental")  # where older releases have it
    with home.enable_x64(True):
        out, pull = jax.vjp(bound(names), *[names.asarray(a) for a in arrays])
        return np.asarray(out), [np.asarray(g) for g in pull(names.asarray(weights))]


def _by_hips(bound: Any, arrays: list[Any], weights: Any) -> tuple[Any, list[Any]]:
    raise ImportError(
        "expected HIPS autograd for compare(against='autograd'), but it has the import name of this package, so that "
        "a program can load only one of the two; compare with 'torch' or 'jax', or in an environment of its own"
    )


def _by_numpy(bound: Any, arrays: list[Any], weights: Any) -> tuple[Any, list[Any]]:
    def weighed(*xs: Any) -> Any:
        return np.sum(weights * bound(np)(*xs))

    found = [numeric_jacobian(weighed, arrays, i)[0].reshape(a.shape) for i, a in enumerate(arrays)]
    return np.asarray(bound(np)(*arrays)), found


_LIBRARIES: dict[str, Callable[..., tuple[Any, list[Any]]]] = {
    "torch": _by_torch,
    "jax": _by_jax,
    "autograd": _by_hips,
    "numpy": _by_numpy,
}
