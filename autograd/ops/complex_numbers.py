"""Functions of complex numbers, composed of operations, and PyTorch's names for them."""

from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError
from .complex_parts import complex, conj, imag, is_complex, real
from .elementwise import arctan2, cos, sin
from .shape import stack, swapaxes

__all__ = ["adjoint", "angle", "polar", "resolve_conj", "resolve_neg", "view_as_complex", "view_as_real"]


def angle(z: Any, deg: bool = False) -> Any:
    """Angle of complex numbers in the plane, in radians or degrees: 0 or pi for real ones.

    >>> float(angle(1.0 + 1.0j, deg=True))
    45.0
    """
    radians = arctan2(imag(z), real(z))
    return radians * (180.0 / np.pi) if deg else radians


def polar(abs: Any, angle: Any) -> Any:
    """Complex numbers from their absolute values and angles.

    >>> z = polar(2.0, np.pi / 2)
    >>> round(float(z.real), 12), float(z.imag)
    (0.0, 2.0)
    """
    return complex(abs * cos(angle), abs * sin(angle))


def view_as_real(z: Any) -> Any:
    """Real and imaginary parts along a new last axis.

    Raises:
        DtypeError: ``z`` is real.

    >>> view_as_real(np.array([1.0 + 2.0j]))
    array([[1., 2.]])
    """
    if not is_complex(z):
        raise DtypeError(f"expected a complex array in view_as_real, got {z.dtype}; make one with astype('complex64')")
    return stack([real(z), imag(z)], axis=-1)


def view_as_complex(x: Any) -> Any:
    """Complex numbers from pairs of real and imaginary parts along the last axis; undoes :func:`view_as_real`.

    Raises:
        DtypeError: ``x`` is complex already.
        ShapeError: The last axis has not two entries.

    >>> view_as_complex(np.array([[1.0, 2.0]]))
    array([1.+2.j])
    """
    if is_complex(x):
        raise DtypeError(f"expected a real array in view_as_complex, got {x.dtype}")
    if not x.ndim or x.shape[-1] != 2:
        raise ShapeError(f"expected a last axis of 2 entries in view_as_complex, got shape {np.shape(x)}")
    return complex(x[..., 0], x[..., 1])


def adjoint(x: Any) -> Any:
    """Conjugate transpose of the last two axes.

    Raises:
        ShapeError: There are fewer than two axes.

    >>> adjoint(np.array([[1.0, 2.0j]])).shape
    (2, 1)
    """
    if x.ndim < 2:
        raise ShapeError(f"expected two or more axes in adjoint, got shape {np.shape(x)}")
    return conj(swapaxes(x, axis1=-1, axis2=-2))


def resolve_conj(z: Any) -> Any:
    """Return ``z``: no conjugation is ever left for later here.

    >>> resolve_conj(1.0j)
    1j
    """
    return z


def resolve_neg(z: Any) -> Any:
    """Return ``z``: no negation is ever left for later here.

    >>> resolve_neg(1.0j)
    1j
    """
    return z
