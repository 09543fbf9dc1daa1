"""Quantity: a number, an array or another constant as it is written in a picture.

What is written is the same in every process, so it never holds an address.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = ["Quantity", "Tone", "brief", "nested_text", "number_text", "shape_text", "shorten"]

Tone = Literal["finite", "inf", "nan"]

NAME_LENGTH = 40
"""A name is cut after so many characters."""

_FEW = 4
"""An array of at most this many elements is shown in full."""

_NESTING = 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or an array, as it is written in a picture.

    Attributes:
        text: The number, the few elements of a small array, or the statistics of a large one.
        exact: The same with every digit, where it has a short form.
        tone: Whether everything is finite, or what the worst of it is.
        shape: The shape of an array, ``None`` for anything else.
        dtype: The element type of an array, ``""`` for anything else.
        size: The absolute value of a number, the Euclidean norm of an array; ``None`` where that is not finite.
    """

    text: str
    exact: str
    tone: Tone = "finite"
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    size: float | None = None

    @classmethod
    def of(cls, value: object) -> "Quantity":
        """Describe a number, an array, or any other constant.

        >>> Quantity.of(0.5).text
        '0.5'
        >>> Quantity.of(np.zeros((3, 4), np.float32))
        Quantity(text='mean 0.0, norm 0.0', exact='', tone='finite', shape=(3, 4), dtype='float32', size=0.0)
        >>> Quantity.of(np.array([1.0, np.nan])).tone
        'nan'
        """
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float | complex):
            size = abs(value)
            tone: Tone = "finite" if math.isfinite(size) else "nan" if math.isnan(size) else "inf"
            return cls(number_text(value), repr(value), tone, size=size if tone == "finite" else None)
        if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
            return _arrays(value)
        text = brief(value)
        return cls(shorten(text, NAME_LENGTH), shorten(text, 10 * NAME_LENGTH))


def brief(value: object, depth: int = _NESTING) -> str:  # noqa: PLR0911 - one for each kind
    """Write a constant in a few words that are the same in every process, so never with an address.

    >>> brief((slice(0, 2), None)), brief(np.zeros((2, 3))), brief(object())
    ('(0:2, None)', 'array(2, 3)', 'object')
    """
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | complex | str | bytes):
        return "..." if value is Ellipsis else repr(value)
    if isinstance(value, np.ndarray):
        return f"array{shape_text(value.shape)}"
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, slice):
        parts = ("" if part is None else brief(part, 0) for part in (value.start, value.stop))
        step = "" if value.step is None else f":{brief(value.step, 0)}"
        return ":".join(parts) + step
    if isinstance(value, tuple | list) and depth > 0:
        inside = ", ".join(brief(part, depth - 1) for part in value[: NAME_LENGTH + 1])
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    return str(getattr(value, "__name__", type(value).__name__))


def shape_text(shape: tuple[int, ...]) -> str:
    """Write a shape as Python writes a tuple.

    >>> shape_text((3,))
    '(3,)'
    """
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def shorten(text: str, length: int) -> str:
    """Cut a text to a length, and say by how much.

    >>> shorten("a" * 1000, 5)
    'aaaaa… +995'
    """
    return text if len(text) <= length else f"{text[:length]}… +{len(text) - length:,}"


def number_text(value: Any) -> str:
    """Write a number with four decimals at most, or in powers of ten where those would hide it.

    >>> [number_text(x) for x in (2.0, 0.70710678, -1.5e-7, 1e30, math.inf, 1 + 2j)]
    ['2.0', '0.7071', '-1.5e-07', '1e+30', 'inf', '1.0+2.0j']
    """
    if isinstance(value, complex):
        imaginary = number_text(value.imag)
        return f"{number_text(value.real)}{'' if imaginary[0] == '-' else '+'}{imaginary}j"
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    if value == 0.0 or 1e-3 <= abs(value) < 1e6:
        whole, _, decimals = f"{value:.4f}".partition(".")
        return f"{whole}.{decimals.rstrip('0') or '0'}"
    return f"{value:.4g}"


def _tone(array: np.ndarray[Any, Any]) -> Tone:
    if array.dtype.kind not in "fc" or bool(np.isfinite(array).all()):
        return "finite"
    return "nan" if bool(np.isnan(array).any()) else "inf"


def _array(array: np.ndarray[Any, Any]) -> Quantity:
    array = array.view(np.ndarray)
    tone = _tone(array)
    size = _norm(array) if array.dtype.kind in "biufc" and tone == "finite" else None
    exact = ""
    if array.size == 0:
        text = "empty"
    elif array.dtype.kind not in "biufc":
        text = "array"
    elif array.size <= _FEW:
        text = nested_text(array.tolist())
        exact = repr(array.tolist())
    elif size is None:
        text = _census(array)
    else:
        with np.errstate(all="ignore"):
            mean = array.mean(dtype=_wide(array)).item()
        text = f"mean {number_text(mean)}, norm {number_text(size)}"
    return Quantity(
        text,
        exact,
        tone,
        tuple(map(int, array.shape)),
        array.dtype.name,
        size if size is not None and math.isfinite(size) else None,
    )


def _wide(array: np.ndarray[Any, Any]) -> type:
    return np.complex128 if array.dtype.kind == "c" else np.float64


def _norm(array: np.ndarray[Any, Any]) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(array.astype(_wide(array), copy=False).ravel()))


def nested_text(values: Any) -> str:
    """Write the few elements of a small array; as deep as its axes, of which NumPy allows 64.

    >>> nested_text([[1.0, 2.5]])
    '[[1.0, 2.5]]'
    """
    if isinstance(values, list):
        return "[" + ", ".join(map(nested_text, values)) + "]"
    return number_text(values)


def _census(array: np.ndarray[Any, Any]) -> str:
    """Count what is not finite."""
    nans = int(np.isnan(array).sum())
    infs = int(np.isinf(array).sum())
    counts = [f"{count:,} {name}" for count, name in ((nans, "NaN"), (infs, "Inf")) if count]
    return f"{' and '.join(counts)} of {array.size:,}"


def _arrays(values: tuple[object, ...]) -> Quantity:
    """Describe the several outputs of one operation."""
    parts = [Quantity.of(value) for value in values]
    tones = {part.tone for part in parts}
    tone: Tone = "nan" if "nan" in tones else "inf" if "inf" in tones else "finite"
    text = "; ".join(part.text if part.shape is None else f"{shape_text(part.shape)} {part.dtype}" for part in parts)
    return Quantity(shorten(text, 2 * NAME_LENGTH), "", tone)
