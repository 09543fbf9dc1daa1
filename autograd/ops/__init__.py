"""The operations. One file for each family; every one is in the registry."""

from .accumulation import *
from .activations import *
from .arithmetic import *
from .arrangement import *
from .diagonals import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .reductions import *
from .repetition import *
from .scattering import *
from .selection import *
from .shape import *
from .special import *
