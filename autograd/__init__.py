"""Reverse-mode automatic differentiation on numbers (:class:`Value`) and arrays (:class:`Tensor`)."""

from . import errors, ops
from .events import Event, Trace, trace
from .extend import Context, Function, Primitive, primitive
from .functional import checkpoint, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .graph import topological_order
from .mode import detect_anomaly, enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from .node import Node
from .ops import *
from .primitive import REGISTRY
from .random import default_rng, get_rng_state, manual_seed, set_rng_state
from .tensor import Tensor, get_default_dtype, set_default_dtype, tensor
from .value import Value
from .watch import first_nonfinite
from . import bridge  # isort: skip  (registers the crossing operations)

__version__ = "0.1.0"
