"""Checks of the options that several optimizers share."""

from typing import Any

from optim.errors import OptimizerError

__all__ = ["check_betas", "check_not_negative"]


def check_not_negative(group: dict[str, Any], *names: str) -> None:
    """Raise if one of the named options is negative or NaN.

    >>> check_not_negative({"lr": 0.1}, "lr")
    """
    for name in names:
        if not group[name] >= 0.0:
            raise OptimizerError(f"{name} expects a number of 0 or more, got {group[name]}")


def check_betas(group: dict[str, Any]) -> None:
    """Raise if one of the two averages would never forget, or never learn.

    >>> check_betas({"betas": (0.9, 0.999)})
    """
    betas = group["betas"]
    if len(betas) != 2 or not all(0.0 <= beta < 1.0 for beta in betas):
        raise OptimizerError(f"betas expects two numbers from 0 to below 1, got {betas}")
