"""The parts of complex numbers.

Their rules follow the convention for complex gradients, see :class:`~autograd.primitive.Primitive`: the gradient of a
real ``L`` with respect to ``z`` is ``dL/dRe z + i dL/dIm z``.
"""

from typing import Any

import numpy as np

from ..primitive import primitive

__all__ = ["complex", "conj", "conj_physical", "conjugate", "imag", "iscomplexobj", "isrealobj", "real"]


def is_complex(x: Any) -> bool:
    """Tell whether a number, an array or a node holds complex numbers."""
    return bool(np.iscomplexobj(getattr(x, "payload", x)))


def iscomplexobj(x: Any) -> bool:
    """Tell whether ``x`` is of a complex type.

    >>> iscomplexobj(1j), iscomplexobj(1.0)
    (True, False)
    """
    return is_complex(x)


def isrealobj(x: Any) -> bool:
    """Tell whether ``x`` is not of a complex type.

    >>> isrealobj(1j), isrealobj(1.0)
    (False, True)
    """
    return not is_complex(x)


@primitive(symbol="Re", formula="Re z", derivative="1", analytic=False, on_complex="convention")
def real(z: Any, /) -> Any:
    """Real part; a real array is its own.

    >>> float(real(1.0 + 2.0j))
    1.0
    """
    return np.real(z)


@primitive(symbol="Im", formula="Im z", derivative="i", analytic=False, on_complex="convention")
def imag(z: Any, /) -> Any:
    """Imaginary part; zeros for a real array.

    >>> float(imag(1.0 + 2.0j))
    2.0
    """
    return np.imag(z)


@primitive(symbol="conj", formula="Re z - i Im z", derivative="conj g", analytic=False, on_complex="convention")
def conjugate(z: Any, /) -> Any:
    """Complex conjugate.

    >>> print(conjugate(1.0 + 2.0j))
    (1-2j)
    """
    return np.conjugate(z)


real.defvjp(lambda g, out, z: g)
imag.defvjp(lambda g, out, z: g * 1j if is_complex(z) else 0.0)
conjugate.defvjp(lambda g, out, z: conjugate(g) if is_complex(g) else g)
conj_physical = conjugate


def conj(z: Any) -> Any:
    """Complex conjugate; what is real stays as it is, and nothing is recorded.

    >>> print(conj(1.0 + 2.0j), conj(1.0))
    (1-2j) 1.0
    """
    return conjugate(z) if is_complex(z) else z


@primitive(symbol="x + iy", formula="x + i y", derivative="Re g, Im g", analytic=False)
def complex(x: Any, y: Any, /) -> Any:
    """Complex numbers from their real and imaginary parts, in the precision of the parts.

    >>> complex(np.array([1.0]), np.array([2.0]))
    array([1.+2.j])
    """
    x, y = np.broadcast_arrays(x, y)
    out = np.empty(x.shape, dtype=np.result_type(x, y, np.complex64))
    out.real, out.imag = x, y
    return out


complex.defvjp(lambda g, out, x, y: real(g), lambda g, out, x, y: imag(g))
