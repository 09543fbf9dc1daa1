"""Optimizers for Values and Tensors, spelled as in PyTorch. Nothing here knows a network."""

from optim import lr_scheduler, swa_utils
from optim.adafactor import Adafactor
from optim.adagrad import Adadelta, Adagrad
from optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from optim.averaging import SWALR, AveragedModel, get_ema_avg_fn, get_swa_avg_fn, update_bn
from optim.chains import ChainedScheduler, SequentialLR
from optim.clip import add_grad_noise_, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from optim.cycles import CyclicLR, OneCycleLR
from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError
from optim.layerwise import LAMB, LARS
from optim.lbfgs import LBFGS
from optim.lion import Lion
from optim.muon import Muon
from optim.optimizer import Optimizer
from optim.penalties import add_l1_, add_l2_, decay_
from optim.plateau import ReduceLROnPlateau
from optim.rmsprop import RMSprop, Rprop
from optim.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from optim.sgd import ASGD, SGD
from optim.warmup import NoamLR, WarmupCosineLR, WarmupStableDecayLR

__all__ = [
    "ASGD",
    "LAMB",
    "LARS",
    "LBFGS",
    "SGD",
    "SWALR",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "AveragedModel",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "Lion",
    "MultiStepLR",
    "MultiplicativeLR",
    "Muon",
    "NAdam",
    "NoamLR",
    "OneCycleLR",
    "Optimizer",
    "OptimizerError",
    "OptimizerStateError",
    "OptimizerTypeError",
    "PolynomialLR",
    "RAdam",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rprop",
    "SequentialLR",
    "StepLR",
    "WarmupCosineLR",
    "WarmupStableDecayLR",
    "add_grad_noise_",
    "add_l1_",
    "add_l2_",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "decay_",
    "get_ema_avg_fn",
    "get_swa_avg_fn",
    "get_total_norm",
    "lr_scheduler",
    "swa_utils",
    "update_bn",
]
