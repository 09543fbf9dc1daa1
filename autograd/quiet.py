"""NumPy's floating-point warnings, off while an operation runs: infinities and NaN are values here, not accidents.

``numpy.errstate`` does the same and costs more than a small operation itself. NumPy 2 keeps the error state in a
context variable; setting that variable to the value which ``numpy.seterr`` puts there takes a tenth of the time.
"""

from contextvars import ContextVar, Token, copy_context
from typing import Any

import numpy as np

__all__ = ["loud", "quiet"]


def _error_state() -> tuple[ContextVar[Any], Any]:
    context = copy_context()
    before = dict(context.items())
    context.run(np.seterr, all="ignore")
    changed = [(var, value) for var, value in context.items() if before.get(var) is not value]
    if len(changed) != 1:
        raise ImportError("expected NumPy to keep its error state in one context variable; use NumPy 2")
    return changed[0]


_variable, _ignore = _error_state()


def quiet() -> Token[Any]:
    """Switch the warnings off and return what :func:`loud` needs to restore them.

    >>> token = quiet()
    >>> float(np.log(np.float64(0.0)))
    -inf
    >>> loud(token)
    """
    return _variable.set(_ignore)


def loud(token: Token[Any]) -> None:
    """Restore the error state from before :func:`quiet`."""
    _variable.reset(token)
