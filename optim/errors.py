"""One exception for each failure that a user of ``optim`` can cause."""

from autograd.errors import StepgradError

__all__ = ["OptimizerError", "OptimizerStateError", "OptimizerTypeError"]


class OptimizerError(StepgradError, ValueError):
    """An option without meaning, such as a negative learning rate, or parameters that cannot be optimised."""


class OptimizerTypeError(StepgradError, TypeError):
    """An object of the wrong kind, such as a single tensor where a list of them is expected."""


class OptimizerStateError(StepgradError, RuntimeError):
    """A saved state that does not fit the optimizer: the message lists everything that differs."""
