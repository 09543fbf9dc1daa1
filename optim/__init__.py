"""Optimizers for Values and Tensors, spelled as in PyTorch. Nothing here knows a network."""

from optim.adam import Adam, AdamW
from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError
from optim.optimizer import Optimizer
from optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "OptimizerError", "OptimizerStateError", "OptimizerTypeError"]
