"""Checking derivative rules, one's own and the library's: reports that say what is wrong, not only that it is."""

from ..mode import strict_broadcast
from ..primitive import policy
from .check import GradientCheck, assert_gradients, check_gradients
from .compare import Comparison, compare
from .diagnosis import DIAGNOSES
from .generated import op_test
from .kinks import Kink, kinks
from .laws import LAWS
from .numeric import numeric_jacobian
from .report import Mismatch

__all__ = [
    "DIAGNOSES",
    "LAWS",
    "Comparison",
    "GradientCheck",
    "Kink",
    "Mismatch",
    "assert_gradients",
    "check_gradients",
    "compare",
    "kinks",
    "numeric_jacobian",
    "op_test",
    "policy",
    "strict_broadcast",
]
