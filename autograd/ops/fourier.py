"""Discrete Fourier transforms, as :mod:`numpy.fft`, and short-time ones.

Every transform is linear, so its derivative is a transform too; what a transform cuts off gets no gradient. Four are
operations, the others are composed of these. ``norm`` says where the factor ``1 / n`` stands: in the inverse
(``"backward"``, the default), in the transform (``"forward"``), or its square root in both (``"ortho"``).
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .complex_numbers import view_as_real
from .complex_parts import conj, is_complex
from .indexing import add_at, get_item
from .shape import pad, roll, swapaxes

__all__ = [
    "fft", "fft2", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "istft", "rfft", "rfft2", "rfftn", "stft",
]  # fmt: skip

Axes = int | Sequence[int] | None
Lengths = int | Sequence[int | None] | None
Norm = Literal["backward", "ortho", "forward"] | None

_OPPOSITE: dict[Norm, Norm] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _opposite(norm: Norm) -> Norm:
    """Return the norm with which the inverse transform has the factor that the transform has with ``norm``."""
    if norm not in _OPPOSITE:
        raise ValueError(f"expected norm to be 'backward', 'ortho' or 'forward', got {norm!r}")
    return _OPPOSITE[norm]


def _axis(axis: int, shape: tuple[int, ...]) -> int:
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"expected an axis of the shape {shape} to transform over, got axis {axis}")
    return axis % len(shape)


def _plan(shape: tuple[int, ...], s: Lengths, axes: Axes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the lengths and the axes of a transform, spelled out: the last axes when only lengths are given."""
    lengths = None if s is None else (s,) if isinstance(s, int) else tuple(s)
    if axes is None:
        axes = range(len(shape)) if lengths is None else range(-len(lengths), 0)
    chosen = tuple(_axis(a, shape) for a in ((axes,) if isinstance(axes, int) else axes))
    if len(set(chosen)) < len(chosen):
        raise ShapeError(f"expected to transform each axis once, got axes {tuple(axes)} of the shape {shape}")  # type: ignore[arg-type]
    if lengths is not None and len(lengths) != len(chosen):
        raise ShapeError(f"expected one length for each axis in {chosen}, got {lengths}")
    wanted = zip(lengths or [None] * len(chosen), chosen, strict=True)
    return tuple(_length(shape[a] if n in (None, -1) else n, shape) for n, a in wanted), chosen


def _length(n: Any, shape: tuple[int, ...]) -> int:
    if n < 1:
        raise ShapeError(f"expected one or more points to transform, got {n} from the shape {shape}")
    return int(n)


def _resized(g: Any, shape: tuple[int, ...]) -> Any:
    """Cut a gradient to the input's shape, and fill up what the transform did not see with zeros."""
    if g.shape == shape:
        return g
    cut = get_item(g, index=tuple(slice(n) for n in shape))
    missing = tuple((0, n - m) for n, m in zip(shape, cut.shape, strict=True))
    return pad(cut, pad_width=missing) if any(n for _, n in missing) else cut


# -- operations --------------------------------------------------------------------------------------------------


@primitive(
    formula="sum_j x_j e^(-2 pi i j k / n)", derivative="transform of g", analytic=False, on_complex="holomorphic"
)
def fftn(x: Any, /, *, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Discrete Fourier transform over axes.

    Args:
        x: A real or complex array.
        s: The length to cut or fill up each axis to.
        axes: All, when not given; the last ``len(s)``, when only ``s`` is.
        norm: ``"backward"``, ``"ortho"`` or ``"forward"``.

    Raises:
        ShapeError: An axis does not exist or is named twice, or a length is not positive.

    >>> fftn(np.array([1.0, 2.0]))
    array([ 3.+0.j, -1.+0.j])
    """
    _opposite(norm)
    lengths, chosen = _plan(np.shape(x), s, axes)
    return np.fft.fftn(x, lengths, chosen, norm)


@primitive(
    formula="(1 / n) sum_k x_k e^(2 pi i j k / n)",
    derivative="inverse transform of g",
    analytic=False,
    on_complex="holomorphic",
)
def ifftn(x: Any, /, *, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Inverse of :func:`fftn`, with the same arguments.

    >>> ifftn(np.array([3.0, -1.0]))
    array([1.+0.j, 2.+0.j])
    """
    _opposite(norm)
    lengths, chosen = _plan(np.shape(x), s, axes)
    return np.fft.ifftn(x, lengths, chosen, norm)


def _fftn_rule(g: Any, out: Any, x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    return _resized(fftn(g, axes=_plan(x.shape, s, axes)[1], norm=norm), x.shape)


def _ifftn_rule(g: Any, out: Any, x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    return _resized(ifftn(g, axes=_plan(x.shape, s, axes)[1], norm=norm), x.shape)


fftn.defvjp(_fftn_rule)  # the matrix of the transform is symmetric
ifftn.defvjp(_ifftn_rule)


@primitive(
    formula="sum_j x_j e^(-2 pi i j k / n) for k <= n / 2",
    derivative="irfft of g, halved where an entry stands for two",
    analytic=False,
)
def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Discrete Fourier transform of a real array along one axis: the first ``n // 2 + 1`` entries.

    Raises:
        ShapeError: The axis does not exist, or ``n`` is not positive.

    >>> rfft(np.array([1.0, 2.0, 3.0, 4.0]))
    array([10.+0.j, -2.+2.j, -2.+0.j])
    """
    _opposite(norm)
    (length,), (along,) = _plan(np.shape(x), None if n is None else (n,), (axis,))
    return np.fft.rfft(x, length, along, norm)


@primitive(
    formula="inverse of rfft",
    derivative="rfft of g, doubled where an entry stands for two",
    analytic=False,
    on_complex="convention",
)
def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of :func:`rfft`: a real array of ``n`` points along one axis, by default ``2 (m - 1)`` for ``m`` entries.

    The imaginary part of the first entry, and of the last one for an even ``n``, has no influence.

    Raises:
        ShapeError: The axis does not exist, or ``n`` is not positive.

    >>> irfft(np.array([10.0, -2.0 + 2.0j, -2.0]))
    array([1., 2., 3., 4.])
    """
    _opposite(norm)
    return np.fft.irfft(x, _real_length(np.shape(x), n, axis), axis, norm)


def _real_length(shape: tuple[int, ...], n: int | None, axis: int) -> int:
    """Return how many points ``irfft`` gives."""
    along = _axis(axis, shape)
    return _length(2 * (shape[along] - 1) if n is None else n, shape)


def _weights(n: int, twice: float, like: Any, axis: int) -> Any:
    """Weigh each entry of half a spectrum of ``n`` points: those that stand for their mirror image too by ``twice``."""
    weights = np.full(n // 2 + 1, twice, dtype=_real_dtype(like))
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    return weights.reshape([-1 if i == axis % like.ndim else 1 for i in range(like.ndim)])


def _rfft_rule(g: Any, out: Any, x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    length = x.shape[axis] if n is None else n
    halved = g * _weights(length, 0.5, g, axis)
    return _resized(irfft(halved, n=length, axis=axis, norm=_opposite(norm)), x.shape)


def _irfft_rule(g: Any, out: Any, x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    length = _real_length(x.shape, n, axis)
    spectrum = rfft(g, axis=axis, norm=_opposite(norm))
    return _resized(spectrum * _weights(length, 2.0, spectrum, axis), x.shape)


rfft.defvjp(_rfft_rule)
irfft.defvjp(_irfft_rule)


# -- compositions ------------------------------------------------------------------------------------------------


def _plan_of_real(shape: tuple[int, ...], s: Lengths, axes: Axes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Plan a transform whose last axis has half the spectrum of a real signal."""
    lengths, chosen = _plan(shape, s, axes)
    if not chosen:
        raise ShapeError(f"expected one or more axes of the shape {shape} to transform over, got none")
    return lengths, chosen


def fft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Discrete Fourier transform along one axis.

    >>> fft(np.array([1.0, 2.0]))
    array([ 3.+0.j, -1.+0.j])
    """
    return fftn(x, s=n, axes=axis, norm=norm)


def ifft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of :func:`fft`.

    >>> ifft(np.array([3.0, -1.0]))
    array([1.+0.j, 2.+0.j])
    """
    return ifftn(x, s=n, axes=axis, norm=norm)


def rfftn(x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Discrete Fourier transform of a real array over axes, of which the last is cut to ``n // 2 + 1`` entries.

    >>> rfftn(np.ones((2, 2))).real
    array([[4., 0.],
           [0., 0.]])
    """
    lengths, chosen = _plan_of_real(np.shape(x), s, axes)
    half = rfft(x, n=lengths[-1], axis=chosen[-1], norm=norm)
    return fftn(half, s=lengths[:-1], axes=chosen[:-1], norm=norm) if chosen[1:] else half


def irfftn(x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Inverse of :func:`rfftn`.

    >>> irfftn(np.array([[4.0, 0.0], [0.0, 0.0]]))
    array([[1., 1.],
           [1., 1.]])
    """
    lengths, chosen = _plan_of_real(np.shape(x), s, axes)
    last = None if s is None else s if isinstance(s, int) else s[-1]
    whole = ifftn(x, s=lengths[:-1], axes=chosen[:-1], norm=norm) if chosen[1:] else x
    return irfft(whole, n=None if last == -1 else last, axis=chosen[-1], norm=norm)


def hfftn(x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Real spectrum over axes of a signal that equals its reversed conjugate, from one half of it; as SciPy's.

    >>> hfftn(np.array([[1.0, 1.0]]))
    array([[2., 0.]])
    """
    return irfftn(conj(x), s, axes, _opposite(norm))


def ihfftn(x: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Inverse of :func:`hfftn`.

    >>> ihfftn(np.array([[2.0, 0.0]])).real
    array([[1., 1.]])
    """
    return conj(rfftn(x, s, axes, _opposite(norm)))


def hfft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Real spectrum of a signal that equals its reversed conjugate, from one half of it.

    >>> hfft(np.array([1.0, 1.0]))
    array([2., 0.])
    """
    return hfftn(x, n, axis, norm)


def ihfft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of :func:`hfft`.

    >>> ihfft(np.array([2.0, 0.0])).real
    array([1., 1.])
    """
    return ihfftn(x, n, axis, norm)


def fft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Discrete Fourier transform over two axes; see :func:`fftn`.

    >>> fft2(np.ones((2, 2))).real
    array([[4., 0.],
           [0., 0.]])
    """
    return fftn(x, s=s, axes=axes, norm=norm)


def ifft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Inverse of :func:`fft2`.

    >>> ifft2(np.ones((2, 2))).real
    array([[1., 0.],
           [0., 0.]])
    """
    return ifftn(x, s=s, axes=axes, norm=norm)


def rfft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Discrete Fourier transform of a real array over two axes; see :func:`rfftn`.

    >>> rfft2(np.ones((2, 3))).shape
    (2, 2)
    """
    return rfftn(x, s, axes, norm)


def irfft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Inverse of :func:`rfft2`.

    >>> irfft2(np.ones((2, 2)), s=(2, 3)).shape
    (2, 3)
    """
    return irfftn(x, s, axes, norm)


def hfft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Real spectrum over two axes; see :func:`hfftn`.

    >>> hfft2(np.ones((2, 2))).shape
    (2, 2)
    """
    return hfftn(x, s, axes, norm)


def ihfft2(x: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Inverse of :func:`hfft2`.

    >>> ihfft2(np.ones((2, 2))).shape
    (2, 2)
    """
    return ihfftn(x, s, axes, norm)


def _shifted(x: Any, axes: Axes, shift: Any) -> Any:
    chosen = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
    return roll(x, shift=tuple(shift(x.shape[a]) for a in chosen), axis=tuple(chosen))


def fftshift(x: Any, axes: Axes = None) -> Any:
    """Bring frequency zero to the middle of the axes.

    >>> fftshift(np.array([0.0, 1.0, -1.0]))
    array([-1.,  0.,  1.])
    """
    return _shifted(x, axes, lambda n: n // 2)


def ifftshift(x: Any, axes: Axes = None) -> Any:
    """Undo :func:`fftshift`.

    >>> ifftshift(np.array([-1.0, 0.0, 1.0]))
    array([ 0.,  1., -1.])
    """
    return _shifted(x, axes, lambda n: -(n // 2))


# -- short-time transforms ---------------------------------------------------------------------------------------

_UNCOVERED = 1e-11  # of a point's squared windows together: too little to divide by
_PADDING = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's name: NumPy's


def _window(window: Any, win_length: int | None, n_fft: int, dtype: Any) -> Any:
    """Return the window in the middle of ``n_fft`` points; ones when there is none."""
    length = n_fft if win_length is None else win_length
    if not 0 < length <= n_fft:
        raise ShapeError(f"expected a win_length from 1 to n_fft = {n_fft}, got {length}")
    if window is None:
        window = np.ones(length, dtype=dtype)
    if tuple(window.shape) != (length,):
        raise ShapeError(f"expected a window of shape ({length},), got {tuple(window.shape)}")
    left = (n_fft - length) // 2
    return pad(window, pad_width=((left, n_fft - length - left),)) if length < n_fft else window


def _real_dtype(x: Any) -> Any:
    return x.dtype.type(0).real.dtype


def _hop(n_fft: int, hop_length: int | None) -> int:
    hop = n_fft // 4 if hop_length is None else hop_length
    if n_fft < 1 or hop < 1:
        raise ShapeError(f"expected n_fft and hop_length of one or more, got {n_fft} and {hop}")
    return hop


def _places(frames: int, n_fft: int, hop: int) -> Any:
    """Return which point of the signal stands where in each frame."""
    return hop * np.arange(frames)[:, None] + np.arange(n_fft)


def _centred(x: Any, half: int, mode: str) -> Any:
    """Lengthen a signal at both ends, so that a frame's middle is where it would begin."""
    if mode == "constant":
        return pad(x, pad_width=((0, 0),) * (x.ndim - 1) + ((half, half),))
    if mode not in _PADDING:
        raise ValueError(f"expected pad_mode to be 'constant' or one of {sorted(_PADDING)}, got {mode!r}")
    length = x.shape[-1]
    if half >= length + (mode == "circular") and mode != "replicate":
        raise ShapeError(f"expected a signal of more than {half} points to pad by that in mode {mode!r}, got {length}")
    return get_item(x, index=(..., np.pad(np.arange(length), half, mode=_PADDING[mode])))  # type: ignore[call-overload]


def stft(
    x: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool = True,
) -> Any:
    """Short-time Fourier transform, with the arguments of :func:`torch.stft`: the spectrum of each windowed frame.

    Args:
        x: Signals of shape ``(..., length)``.
        n_fft: The length of a frame.
        hop_length: From one frame to the next; a quarter of a frame when not given.
        win_length: The length of the window, in the middle of the frame.
        window: The weights of a frame; ones when not given.
        center: Whether frame ``t`` has its middle at ``t * hop_length``; otherwise it begins there.
        pad_mode: How the signal goes on beyond its ends then: ``"reflect"``, ``"constant"``, ``"replicate"``
            or ``"circular"``.
        normalized: Whether to divide by ``sqrt(n_fft)``.
        onesided: Whether to return the first ``n_fft // 2 + 1`` frequencies only; by default for real signals.
        return_complex: ``False`` gives real and imaginary parts along a new last axis.

    Returns:
        An array of shape ``(..., frequencies, frames)``.

    Raises:
        ShapeError: The signal is shorter than a frame, or a length does not fit.

    >>> stft(np.ones(8), 4, center=False).shape
    (3, 5)
    """
    hop = _hop(n_fft, hop_length)
    if not x.ndim:
        raise ShapeError("expected a signal of one or more axes in stft, got a number")
    signal = _centred(x, n_fft // 2, pad_mode) if center else x
    length = signal.shape[-1]
    if length < n_fft:
        raise ShapeError(f"expected a signal of {n_fft} points or more for a frame of n_fft={n_fft}, got {length}")
    places = _places(1 + (length - n_fft) // hop, n_fft, hop)
    weights = _window(window, win_length, n_fft, _real_dtype(signal))
    frames = get_item(signal, index=(..., places)) * weights
    if onesided is None:
        onesided = not is_complex(frames)
    norm: Norm = "ortho" if normalized else "backward"
    spectrum = swapaxes((rfft if onesided else fft)(frames, axis=-1, norm=norm), axis1=-1, axis2=-2)
    return spectrum if return_complex else view_as_real(spectrum)


def istft(
    x: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """Inverse of :func:`stft`, with the arguments of :func:`torch.istft`: the least-squares signal of given spectra.

    Each frame is transformed back, weighted by the window once more, and added where it stood; the sum is divided by
    that of the squared windows (Griffin and Lim 1984).

    Args:
        x: Spectra of shape ``(..., frequencies, frames)``.
        n_fft: The length of a frame.
        hop_length: As in :func:`stft`.
        win_length: As in :func:`stft`.
        window: As in :func:`stft`.
        center: As in :func:`stft`.
        normalized: As in :func:`stft`.
        onesided: Whether there are ``n_fft // 2 + 1`` frequencies only; by default when there are not ``n_fft``.
        length: How many points to return; all, when not given.
        return_complex: Whether the signal is complex, which needs all frequencies; for a real one half of them do.

    Raises:
        ShapeError: The number of frequencies is not that of ``n_fft``.
        ValueError: The windows leave a point of the signal uncovered.

    >>> x = np.arange(8.0)
    >>> istft(stft(x, 4), 4).round(12).tolist() == x.tolist()
    True
    """
    hop = _hop(n_fft, hop_length)
    if x.ndim < 2 or not x.shape[-1]:
        raise ShapeError(f"expected spectra of shape (..., frequencies, frames) in istft, got {tuple(x.shape)}")
    half = n_fft // 2 + 1
    onesided = x.shape[-2] != n_fft if onesided is None else onesided
    if x.shape[-2] != (half if onesided else n_fft):
        raise ShapeError(f"expected {half if onesided else n_fft} frequencies in istft, got shape {tuple(x.shape)}")
    if onesided and return_complex:
        raise ValueError("expected onesided=False for a complex signal: half of its spectrum does not tell the rest")
    norm: Norm = "ortho" if normalized else "backward"
    spectra = swapaxes(x, axis1=-1, axis2=-2)
    frames = ifft(spectra, norm=norm) if return_complex else irfft(spectra[..., :half], n=n_fft, norm=norm)
    weights = _window(window, win_length, n_fft, _real_dtype(frames))
    places = _places(x.shape[-1], n_fft, hop)
    total = int(places[-1, -1]) + 1
    begin = n_fft // 2 if center else 0
    end = total - begin if length is None else begin + length
    part = slice(begin, min(end, total))
    added = add_at(frames * weights, index=(..., places), shape=(*x.shape[:-2], total))[..., part]
    squares = weights * weights + np.zeros(places.shape, _real_dtype(frames))
    cover = add_at(squares, index=places, shape=(total,))[part]
    if np.any(np.abs(getattr(cover, "payload", cover)) < _UNCOVERED):
        raise ValueError("expected windows that overlap everywhere in istft, got a point that none of them covers")
    return _resized(added / cover, (*x.shape[:-2], end - begin))
