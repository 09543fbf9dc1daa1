"""Neural networks on the operations of :mod:`autograd`, spelled as in PyTorch.

``nn.scalar`` holds the networks of single numbers, ``nn.functional`` the layers as functions, ``nn.data`` the
batches, ``nn.metrics`` the scores, ``nn.models`` what is ready to use.
"""

from nn import data, functional, init, metrics, models, scalar, utils
from nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nn.container import ModuleList, Sequential
from nn.errors import ArgumentError, ArgumentTypeError, DataError, IdError, StateDictError, TargetError
from nn.linear import Flatten, Identity, Linear
from nn.loss import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss
from nn.module import Module
from nn.parameter import Parameter
from nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "ArgumentError",
    "ArgumentTypeError",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "DataError",
    "Flatten",
    "GRUCell",
    "IdError",
    "Identity",
    "L1Loss",
    "LSTMCell",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "RNNCell",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StateDictError",
    "Tanh",
    "TargetError",
    "data",
    "functional",
    "init",
    "metrics",
    "models",
    "scalar",
    "utils",
]
