"""One exception for each failure that a user of ``nn`` can cause, beside those of :mod:`autograd.errors`."""

from autograd.errors import StepgradError

__all__ = ["ArgumentError", "ArgumentTypeError", "DataError", "IdError", "StateDictError", "TargetError"]


class ArgumentError(StepgradError, ValueError):
    """An option with a value that has no meaning, such as ``reduction="average"``."""


class ArgumentTypeError(StepgradError, TypeError):
    """An object of the wrong kind, such as a list where a module is expected."""


class DataError(StepgradError, OSError):
    """A data set that is not there, or whose file is not the one that was published."""


class IdError(StepgradError, IndexError):
    """An id outside the rows of an embedding."""


class StateDictError(StepgradError, RuntimeError):
    """A state that does not fit the module; the message lists everything that differs."""


class TargetError(StepgradError, IndexError):
    """A class id outside the classes that the scores have."""
