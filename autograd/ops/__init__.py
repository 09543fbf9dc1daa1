"""The operations. One file for each family; every one is in the registry."""

from .activations import *
from .arithmetic import *
from .convolution import *
from .elementwise import *
from .indexing import *
from .interpolation import *
from .linalg import *
from .pooling import *
from .reductions import *
from .repetition import *
from .shape import *
from .special import *
from .windows import *
