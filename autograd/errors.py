"""One exception for each failure that a user can cause.

Every message says what was expected, what came, and how to mend it. Each class also derives from the
built-in exception that NumPy or PyTorch users would catch.
"""

import numpy as np

__all__ = [
    "AnomalyError",
    "DtypeError",
    "GradientError",
    "GraphError",
    "LinAlgError",
    "MixedNodesError",
    "NotDifferentiableError",
    "ShapeError",
    "StaleGraphError",
    "StepgradError",
]


class StepgradError(Exception):
    """The base of every exception that this library raises on purpose."""


class ShapeError(StepgradError, ValueError):
    """Shapes that do not fit together, or a gradient of another shape than its tensor."""


class DtypeError(StepgradError, TypeError):
    """A data type that cannot be used here: an integer that shall require a gradient, a string, an object."""


class LinAlgError(StepgradError, np.linalg.LinAlgError):
    """A matrix that does not allow what was asked of it: a singular one, one that is not positive definite."""


class MixedNodesError(StepgradError, TypeError):
    """A ``Value`` and a ``Tensor`` met in one operation."""


class GraphError(StepgradError, RuntimeError):
    """A backward pass that cannot start: no graph, a released graph, a seed that is missing."""


class StaleGraphError(GraphError):
    """Data changed under a recorded graph, so that a gradient would silently be wrong."""


class GradientError(StepgradError, RuntimeError):
    """A derivative rule returned something that is no gradient of its input."""


class NotDifferentiableError(StepgradError, TypeError):
    """An operation, or one argument of it, has no derivative rule."""


class AnomalyError(StepgradError, ArithmeticError):
    """An operation produced NaN or infinity while anomaly mode was on."""
