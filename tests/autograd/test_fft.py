"""Fourier transforms: NumPy's values, names and dtypes; gradients of real and complex inputs; what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from autograd.testing import assert_gradients

RNG = np.random.default_rng(11)
X = RNG.standard_normal((4, 5))
Z = X + 1j * RNG.standard_normal((4, 5))

ONE_AXIS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")
ONLY_REAL = {"rfft", "ihfft", "rfft2", "rfftn"}
OPTIONS: list[dict[str, Any]] = [{}, {"n": 3}, {"n": 7, "norm": "ortho"}, {"n": 4, "axis": 0, "norm": "forward"}]
SHAPES: list[dict[str, Any]] = [{}, {"s": (3, 6), "axes": (0, 1)}, {"axes": (1, 0), "norm": "ortho"}]
CASES = [(name, o) for name in ONE_AXIS for o in OPTIONS] + [(name, o) for name in SEVERAL for o in SHAPES]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_values_are_numpys_and_gradients_right(name: str, options: dict[str, Any]) -> None:
    ours, numpys = getattr(ag.fft, name), getattr(np.fft, name)
    for x in [X] if name in ONLY_REAL else [X, Z]:
        expected = numpys(x, **options)
        found = numpys(Tensor(x, requires_grad=True), **options)  # NumPy's own function records
        assert isinstance(found, Tensor)
        assert found.requires_grad
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.payload, expected, atol=1e-13)
        np.testing.assert_allclose(ours(x, **options), expected, atol=1e-13)
        assert_gradients(lambda t: ours(t, **options), x[:3, :4], order=2)


@pytest.mark.parametrize("name", [*ONE_AXIS, *SEVERAL])
def test_single_precision_stays(name: str) -> None:
    x = Tensor(X.astype(np.float32), requires_grad=True)
    found = getattr(ag.fft, name)(x)
    assert found.payload.real.dtype == np.float32
    found.abs().sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("there", ["fft", "rfft", "fftn", "rfftn", "fft2", "rfft2", "ihfft", "hfft"])
def test_inverses(there: str) -> None:
    back = {"hfft": "ihfft", "ihfft": "hfft"}.get(there, f"i{there}")
    x = X[:, :4] if there != "hfft" else np.fft.ihfft(X[:, :4])
    found = getattr(ag.fft, back)(getattr(ag.fft, there)(Tensor(x)))
    np.testing.assert_allclose(found.payload, x, atol=1e-13)


@pytest.mark.parametrize("name", ["hfft2", "ihfft2", "hfftn", "ihfftn"])
def test_transforms_of_hermitian_signals_over_axes_are_scipys(name: str) -> None:
    fft = pytest.importorskip("scipy.fft")
    x = X if name.startswith("i") else Z
    for options in ({}, {"norm": "ortho"}, {"axes": (1, 0)}):
        np.testing.assert_allclose(getattr(ag.fft, name)(x, **options), getattr(fft, name)(x, **options), atol=1e-12)


@pytest.mark.parametrize("axes", [None, 0, (1,), (0, 1)])
def test_shifts(axes: Any) -> None:
    for name in ("fftshift", "ifftshift"):
        shift: Callable[..., Any] = getattr(np.fft, name)
        assert np.array_equal(shift(Tensor(X), axes=axes).payload, shift(X, axes=axes))
    assert_gradients(lambda t: ag.fft.fftshift(t, axes), X[:2, :3], order=2)
    assert np.array_equal(ag.fft.rfftfreq(5), np.fft.rfftfreq(5))


def test_what_has_no_influence_has_no_gradient() -> None:
    """The imaginary parts of the first and the last entry of half a spectrum, and points that are cut off."""
    z = Tensor(Z[0, :3], requires_grad=True)
    (ag.fft.irfft(z) ** 2).sum().backward()
    assert z.grad is not None
    assert z.grad.payload[[0, 2]].imag.tolist() == [0.0, 0.0]
    x = Tensor(X[0], requires_grad=True)
    ag.fft.fft(x, 3).abs().sum().backward()
    assert x.grad is not None
    assert x.grad.payload[3:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: ag.fft.fft(Tensor(1.0)), ShapeError),
        (lambda: ag.fft.fft(Tensor(X), axis=2), ShapeError),
        (lambda: ag.fft.fft(Tensor(X), n=0), ShapeError),
        (lambda: ag.fft.fftn(Tensor(X), axes=(0, -2)), ShapeError),
        (lambda: ag.fft.fftn(Tensor(X), s=(2, 2), axes=(0,)), ShapeError),
        (lambda: ag.fft.fftn(Tensor(X), s=(2, 2, 2)), ShapeError),
        (lambda: ag.fft.rfftn(Tensor(X), axes=()), ShapeError),
        (lambda: ag.fft.irfft(Tensor(X[:, :1])), ShapeError),
        (lambda: ag.fft.rfft(Tensor(Z)), DtypeError),
        (lambda: ag.fft.fft(Tensor(X), norm="both"), ValueError),
        (lambda: ag.fft.hfft(Tensor(X), norm="both"), ValueError),
    ],
)
def test_what_is_wrong_is_said(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        call()


# -- short-time transforms ----------------------------------------------------------------------------------------

HANN = np.hanning(9)[:8]


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("center", [False, True])
def test_short_time_transforms_undo_each_other(center: bool, normalized: bool) -> None:
    x = RNG.standard_normal((2, 32))
    window = HANN + 0.1
    options: dict[str, Any] = {"hop_length": 2, "window": window, "center": center, "normalized": normalized}
    spectra = ag.stft(Tensor(x), 8, **options)
    np.testing.assert_allclose(ag.istft(spectra, 8, **options).payload, x, atol=1e-12)
    np.testing.assert_allclose(ag.istft(spectra, 8, length=20, **options).payload, x[:, :20], atol=1e-12)


@pytest.mark.parametrize("mode", ["reflect", "constant", "replicate", "circular"])
def test_gradients_of_short_time_transforms(mode: str) -> None:
    x, window = RNG.standard_normal(9), HANN[1:5]
    assert_gradients(lambda t, w: ag.stft(t, 4, 2, window=w, pad_mode=mode), x, window, order=2)
    z = RNG.standard_normal((3, 4)) + 1j * RNG.standard_normal((3, 4))
    assert_gradients(lambda t, w: ag.istft(t, 4, 2, window=w), z, window, order=2)


def test_a_short_window_stands_in_the_middle_of_the_frame() -> None:
    x = RNG.standard_normal(12)
    wide = np.pad(HANN[1:5], (2, 2))
    np.testing.assert_allclose(ag.stft(x, 8, 2, 4, HANN[1:5]), ag.stft(x, 8, 2, window=wide), atol=1e-14)


def test_complex_signals_have_all_frequencies() -> None:
    z = RNG.standard_normal(16) + 1j * RNG.standard_normal(16)
    spectra = ag.stft(z, 4)
    assert spectra.shape[0] == 4
    np.testing.assert_allclose(ag.istft(spectra, 4, return_complex=True), z, atol=1e-13)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: ag.stft(np.ones(3), 8, center=False), ShapeError),
        (lambda: ag.stft(np.ones(3), 8), ShapeError),
        (lambda: ag.stft(np.ones(8), 8, 0), ShapeError),
        (lambda: ag.stft(np.ones(8), 4, win_length=5), ShapeError),
        (lambda: ag.stft(np.ones(8), 4, window=np.ones(3)), ShapeError),
        (lambda: ag.stft(np.ones(8), 4, pad_mode="odd"), ValueError),
        (lambda: ag.stft(np.float64(1.0), 4), ShapeError),
        (lambda: ag.istft(np.ones((4, 2), complex), 4, onesided=True), ShapeError),
        (lambda: ag.istft(np.ones(4, complex), 4), ShapeError),
        (lambda: ag.istft(np.ones((3, 2), complex), 4, return_complex=True), ValueError),
        (lambda: ag.istft(np.ones((3, 2), complex), 4, 4, window=np.array([0.0, 1.0, 1.0, 1.0])), ValueError),
    ],
)
def test_what_is_wrong_in_short_time_transforms_is_said(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        call()
