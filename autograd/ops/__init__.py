"""The operations. One file for each family; every one is in the registry."""

from .activations import *
from .arithmetic import *
from .complex_numbers import *
from .complex_parts import *
from .elementwise import *
from .fourier import istft as istft
from .fourier import stft as stft
from .indexing import *
from .linalg import *
from .reductions import *
from .repetition import *
from .shape import *
from .special import *
