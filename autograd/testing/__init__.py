"""Checking derivative rules, one's own and the library's: reports that say what is wrong, not only that it is."""

from .check import GradientCheck, assert_gradients, check_gradients
from .diagnosis import DIAGNOSES
from .numeric import numeric_jacobian
from .report import Mismatch

__all__ = ["DIAGNOSES", "GradientCheck", "Mismatch", "assert_gradients", "check_gradients", "numeric_jacobian"]
