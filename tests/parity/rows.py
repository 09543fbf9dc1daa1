"""The rows of PyTorch's table and our function for each, found by name when asked; nothing is listed by hand."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import autograd

from .spelling import HOMONYMS, SPELLED

__all__ = ["call_name", "named", "ours", "parameter_names", "row_id", "rows", "table"]


def row_id(info: Any) -> str:
    """Return PyTorch's name, with the variant in brackets."""
    return f"{info.name}[{info.variant_test_name}]" if info.variant_test_name else str(info.name)


@cache
def table() -> dict[str, Any]:
    """Return PyTorch's whole table."""
    import torch
    from torch.testing._internal.common_methods_invocations import op_db

    torch.set_num_threads(1)
    return {row_id(info): info for info in op_db}


@cache
def rows(dtype: str = "float64") -> dict[str, Any]:
    """Return every row that PyTorch differentiates in a dtype."""
    import torch

    wanted = getattr(torch, dtype)
    able = {row: info for row, info in table().items() if info.supports_autograd}
    able = {row: info for row, info in able.items() if wanted in info.supported_backward_dtypes("cpu")}
    return {row: info for row, info in able.items() if wanted in info.supported_dtypes("cpu")}


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def named(path: str) -> Any:
    """Find ``linalg.solve`` in ``autograd.linalg``, ``nn.functional.relu`` in ``nn.functional``, or nothing."""
    *package, name = path.split(".")
    where = ".".join(package)
    if where == "nn.functional":
        home = _module("nn.functional")
    else:
        home = _module(f"autograd.{where}") if where else autograd.ops
    found = getattr(home, name, None) if home is not None else None
    return found if callable(found) and not inspect.ismodule(found) and not inspect.isclass(found) else None


def _candidates(info: Any) -> Iterator[str]:
    spelled = SPELLED.get(row_id(info)) or SPELLED.get(info.name)
    if spelled and spelled.target:
        yield spelled.target
    for name in (info.name, *(alias.name for alias in info.aliases)):
        yield name
        home, _, last = name.rpartition(".")
        if home in {"nn.functional", "special", "linalg"} and name not in HOMONYMS:
            yield last
    reference = getattr(info.ref, "__name__", "")
    if reference and isinstance(info.ref, _UFUNC):
        yield reference


_UFUNC = type(__import__("numpy").add)


@cache
def _ours(row: str) -> tuple[str, Any] | None:
    info = table()[row]
    names = [n for n in dict.fromkeys(_candidates(info)) if n]
    for name in names:
        found = named(name)
        if found is not None:
            return (f"nn.functional.{name.rpartition('.')[2]}" if "functional" in name else f"autograd.{name}"), found
    for name in names:
        method = getattr(autograd.Tensor, name, None)
        if isinstance(method, property):
            return f"Tensor.{name}", method.fget
        if callable(method):
            return f"Tensor.{name}", method
    return None


def ours(row: str) -> Callable[..., Any] | None:
    """Return our function for a row, or nothing."""
    found = _ours(row)
    return None if found is None else found[1]


def call_name(row: str) -> str:
    """Return what our function is called, for the page."""
    found = _ours(row)
    return "" if found is None else found[0]


def parameter_names(function: Callable[..., Any]) -> list[str]:
    """Return the parameters that a function takes by keyword, in order."""
    try:
        parameters = inspect.signature(getattr(function, "forward", function)).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
