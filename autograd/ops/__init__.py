"""The operations. One file for each family; every one is in the registry."""

from .accumulation import *
from .activations import *
from .alignment import *
from .arithmetic import *
from .arrangement import *
from .complex_numbers import *
from .complex_parts import *
from .convolution import *
from .cumulative import *
from .determinants import *
from .diagonals import *
from .differences import *
from .elementwise import *
from .factorizations import *
from .fourier import istft as istft
from .fourier import stft as stft
from .fused import *
from .indexing import *
from .interpolation import *
from .linalg import *
from .linalg import trace  # in no list: `autograd.trace` records the events of a backward pass
from .matrices import *
from .matrix_functions import *
from .normalization import *
from .norms import *
from .order import *
from .orthogonal import *
from .pooling import *
from .quantiles import *
from .recurrent import *
from .reductions import *
from .repetition import *
from .representation import *
from .scattering import *
from .segments import *
from .selection import *
from .shape import *
from .solving import *
from .special import *
from .spectral import *
from .statistics import *
from .windows import *
