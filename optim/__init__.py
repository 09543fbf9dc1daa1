"""Optimizers for Values and Tensors, spelled as in PyTorch. Nothing here knows a network."""

from optim.adafactor import Adafactor
from optim.adagrad import Adadelta, Adagrad
from optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from optim.clip import add_grad_noise_, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError
from optim.layerwise import LAMB, LARS
from optim.lbfgs import LBFGS
from optim.lion import Lion
from optim.muon import Muon
from optim.optimizer import Optimizer
from optim.penalties import add_l1_, add_l2_, decay_
from optim.rmsprop import RMSprop, Rprop
from optim.sgd import ASGD, SGD

__all__ = [
    "ASGD",
    "LAMB",
    "LARS",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "OptimizerError",
    "OptimizerStateError",
    "OptimizerTypeError",
    "RAdam",
    "RMSprop",
    "Rprop",
    "add_grad_noise_",
    "add_l1_",
    "add_l2_",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "decay_",
    "get_total_norm",
]
