"""The operations. One file for each family; every one is in the registry."""

from .elementwise import *
from .indexing import *
from .linalg import *
from .reductions import *
from .repetition import *
from .shape import *
