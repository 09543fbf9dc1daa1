"""The operations. One file for each family; every one is in the registry."""

from .activations import *
from .arithmetic import *
from .cumulative import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .order import *
from .quantiles import *
from .reductions import *
from .repetition import *
from .shape import *
from .special import *
from .statistics import *
