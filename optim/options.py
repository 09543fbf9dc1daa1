"""Checks of the options that several optimizers share."""

from typing import Any

import numpy as np

from autograd import Tensor
from optim.errors import OptimizerError

__all__ = [
    "check_betas",
    "check_choice",
    "check_count",
    "check_not_negative",
    "check_part",
    "check_range",
    "check_real",
    "for_each_group",
]


def check_not_negative(group: dict[str, Any], *names: str) -> None:
    """Raise if one of the named options is negative, NaN or no number.

    >>> check_not_negative({"lr": 0.1}, "lr")
    """
    for name in names:
        if not (_is_number(group[name]) and group[name] >= 0.0):
            raise OptimizerError(f"{name} expects a number of 0 or more, got {group[name]}")


def check_range(group: dict[str, Any], name: str, low: float, high: float) -> None:
    """Raise if the named option is not a number from ``low`` to ``high``.

    >>> check_range({"rho": 0.9}, "rho", 0.0, 1.0)
    """
    if not (_is_number(group[name]) and low <= group[name] <= high):
        raise OptimizerError(f"{name} expects a number from {low:g} to {high:g}, got {group[name]}")


def check_betas(group: dict[str, Any]) -> None:
    """Raise if one of the two averages would never forget, or never learn.

    >>> check_betas({"betas": (0.9, 0.999)})
    """
    betas = group["betas"]
    if len(betas) != 2 or not all(_is_number(beta) and 0.0 <= beta < 1.0 for beta in betas):
        raise OptimizerError(f"betas expects two numbers from 0 to below 1, got {betas}")


def check_real(group: dict[str, Any], who: str) -> None:
    """Raise if one of the parameters is complex.

    >>> check_real({"params": []}, "Muon")
    """
    for place, parameter in enumerate(group["params"]):
        if isinstance(parameter, Tensor) and parameter.dtype.kind == "c":
            raise OptimizerError(f"{who} expects real parameters, got {parameter.dtype} at place {place}")


def check_count(name: str, number: Any) -> None:
    """Raise if a number is not an integer of 1 or more.

    >>> check_count("step_size", 3)
    """
    if not isinstance(number, int | np.integer) or number <= 0:
        raise OptimizerError(f"{name} expects an integer of 1 or more, got {number!r}")


def check_part(name: str, number: float, above_zero: bool = False) -> None:
    """Raise if a number is not from 0, or above it, to 1.

    >>> check_part("factor", 0.5)
    """
    if not (0.0 <= number <= 1.0 and (number or not above_zero)):
        raise OptimizerError(f"{name} expects a number {'above' if above_zero else 'from'} 0 to 1, got {number}")


def check_choice(name: str, choice: Any, *choices: str) -> None:
    """Raise if a choice is not one of those there are.

    >>> check_choice("mode", "min", "min", "max")
    """
    if choice not in choices:
        raise OptimizerError(f"{name} expects one of {', '.join(map(repr, choices))}, got {choice!r}")


def for_each_group(name: str, optimizer: Any, option: Any) -> list[Any]:
    """Return one option for each parameter group of an optimizer.

    >>> from autograd import Value
    >>> from optim import SGD
    >>> for_each_group("max_lr", SGD([{"params": [Value(1.0)]}, {"params": [Value(2.0)]}]), 0.5)
    [0.5, 0.5]
    """
    count = len(optimizer.param_groups)
    if not isinstance(option, list | tuple):
        return [option] * count
    if len(option) != count:
        raise OptimizerError(f"{name} expects one entry for each of {count} parameter groups, got {len(option)}")
    return list(option)


def _is_number(option: Any) -> bool:
    return isinstance(option, int | float)
