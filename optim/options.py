"""Checks of the options that several optimizers share."""

from typing import Any

from optim.errors import OptimizerError

__all__ = ["check_betas", "check_not_negative", "check_range"]


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


def _is_number(option: Any) -> bool:
    return isinstance(option, int | float)
