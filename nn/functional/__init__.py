"""Layers and losses as functions, with PyTorch's names, argument order and meaning (``dim``, ``reduction``).

Everything here is a composition of the operations of :mod:`autograd`; there is no derivative in this package.
"""

from .activations import *
from .attention import *
from .classification import *
from .convolutions import *
from .derivatives import *
from .distance import *
from .dropout import *
from .embedding import *
from .head import *
from .imbalance import *
from .linear import *
from .margins import *
from .normalization import *
from .pooling import *
from .reduction import Reduction as Reduction
from .regression import *
from .resizing import *
from .sequence import *
