"""The library's random numbers: one NumPy generator, seeded by :func:`manual_seed`; NumPy's global one is not used."""

import functools
from typing import Any

import numpy as np

__all__ = ["default_rng", "get_rng_state", "manual_seed", "set_rng_state"]


@functools.cache
def default_rng() -> "np.random.Generator":
    """Return the library's generator, used wherever no ``rng`` is given."""
    return np.random.default_rng()  # made at the first use: NumPy itself loads its random module that late


def manual_seed(seed: int) -> "np.random.Generator":
    """Start the library's random numbers anew, the same for the same seed.

    >>> a = manual_seed(0).random(); b = manual_seed(0).random(); a == b
    True
    """
    rng = default_rng()
    rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return rng


def get_rng_state() -> Any:
    """Return the state of the library's generator as plain data."""
    return default_rng().bit_generator.state


def set_rng_state(state: Any) -> None:
    """Put the library's generator back into a state that :func:`get_rng_state` returned."""
    default_rng().bit_generator.state = state
