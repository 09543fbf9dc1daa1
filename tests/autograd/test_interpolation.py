"""Resampling: matrices, what methods of interpolation must keep, samples at free places."""

import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from autograd.testing import assert_gradients

RNG = np.random.default_rng(8)
MODES = ["nearest", "nearest-exact", "linear", "cubic", "area"]


def test_resample_multiplies_by_its_matrix_and_its_gradient_by_the_transposed_one() -> None:
    places, weights = RNG.integers(0, 5, (7, 3)), RNG.standard_normal((7, 3))
    matrix = np.zeros((7, 5))
    np.add.at(matrix, (np.arange(7)[:, None], places), weights)
    x, seed = RNG.standard_normal((2, 5, 3)), RNG.standard_normal((2, 7, 3))
    t = Tensor(x, requires_grad=True)
    out = autograd.resample(t, places=places, weights=weights, axis=1)
    np.testing.assert_allclose(out.payload, matrix @ x)
    out.backward(seed)
    np.testing.assert_allclose(t.grad.payload, matrix.T @ seed)


def test_what_has_weight_0_is_not_read() -> None:
    x = np.array([math.inf, 1.0, math.nan])
    found = autograd.resample(x, places=[[0, 1], [1, 2]], weights=[[0.0, 1.0], [0.5, 0.0]])
    assert found.tolist() == [1.0, 0.5]
    up = autograd.interpolate(np.array([[[1.0, 2.0, math.nan, 4.0]]]), (8,))
    assert np.isnan(up).tolist() == [[[False, False, False, True, True, True, True, False]]]


def test_nothing_read_gives_zeros_and_no_gradient() -> None:
    t = Tensor(np.ones(3), requires_grad=True)
    out = autograd.resample(t, places=np.zeros((2, 0), int), weights=np.zeros((2, 0)))
    out.sum().backward()
    assert out.payload.tolist() == [0.0, 0.0]
    assert t.grad.payload.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(3, 9), (12, 4), (7, 7), (1, 1)])
def test_a_constant_stays_and_the_same_size_is_the_same_picture(mode: str, size: tuple[int, int]) -> None:
    x = RNG.standard_normal((1, 2, 7, 7))
    np.testing.assert_allclose(autograd.interpolate(np.ones_like(x), size, mode=mode), np.ones((1, 2, *size)))
    np.testing.assert_allclose(autograd.interpolate(x, (7, 7), mode=mode), x, atol=1e-14)


@pytest.mark.parametrize(("mode", "antialias"), [("linear", False), ("linear", True), ("cubic", True)])
def test_a_ramp_stays_a_ramp_away_from_the_border(mode: str, antialias: bool) -> None:
    """Of the cubic kernels only a = -0.5 does, which antialiasing takes (Keys 1981)."""
    x = np.arange(40.0).reshape(1, 1, 40)
    middle = autograd.interpolate(x, (60,), mode=mode, antialias=antialias)[0, 0, 10:-10]
    np.testing.assert_allclose(np.diff(middle), 40 / 60)
    if mode == "linear":
        corners = autograd.interpolate(x, (79,), mode=mode, align_corners=True)[0, 0]
        np.testing.assert_allclose(corners, np.arange(79) / 2)


def test_antialiasing_averages_what_a_plain_method_skips() -> None:
    x = np.zeros((1, 1, 16))
    x[..., ::4] = 1.0
    assert autograd.interpolate(x, (4,)).std() == 0.0
    smooth = autograd.interpolate(x, (4,), antialias=True)
    assert np.all(np.abs(smooth[..., 1:-1] - 0.25) < 0.05)


@pytest.mark.parametrize("mode", MODES)
def test_resizing_is_linear_at_any_order(mode: str) -> None:
    x = RNG.standard_normal((1, 2, 4, 3))
    assert_gradients(lambda t: (autograd.interpolate(t, (6, 2), mode=mode) ** 3).sum(), x, order=2)
    assert autograd.interpolate(x.astype("f"), (6, 2), mode=mode).dtype == np.float32


def identity_grid(height: int, width: int, align_corners: bool) -> Any:
    def places(n: int) -> Any:
        return np.linspace(-1, 1, n) if align_corners else (2.0 * np.arange(n) + 1.0) / n - 1.0

    return np.stack(np.meshgrid(places(width), places(height)), axis=-1)[None]


@pytest.mark.parametrize("mode", ["linear", "nearest", "cubic"])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
def test_the_grid_of_the_pixels_reads_the_pixels(mode: str, align_corners: bool, padding_mode: str) -> None:
    x = RNG.standard_normal((1, 3, 4, 5))
    grid = identity_grid(4, 5, align_corners)
    found = autograd.grid_sample(x, grid, mode=mode, padding_mode=padding_mode, align_corners=align_corners)
    np.testing.assert_allclose(found, x, atol=1e-13)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
def test_free_samples_to_second_order(mode: str, padding_mode: str) -> None:
    """Inside and far outside, by pixels and by grid, and by both."""
    x = RNG.standard_normal((2, 2, 3, 4))
    grid = (RNG.integers(-6, 6, (2, 3, 2, 2)) + RNG.uniform(0.2, 0.4, (2, 3, 2, 2))) / 4
    assert_gradients(
        lambda x, grid: autograd.grid_sample(x, grid, mode=mode, padding_mode=padding_mode),
        x,
        grid,
        order=2,
        mode="central",
    )


def test_samples_in_one_dimension_and_in_single_precision() -> None:
    x, grid = np.array([[[1.0, 3.0, 5.0]]], "f"), np.array([[[-1.0], [0.25], [1.0]]], "f")
    found = autograd.grid_sample(x, grid, align_corners=True)
    assert found.dtype == np.float32
    assert found.tolist() == [[[1.0, 3.5, 5.0]]]


def test_outside_are_zeros_the_border_or_a_reflection() -> None:
    x, grid = np.array([[[1.0, 3.0, 5.0]]]), np.array([[[-2.0], [2.0], [100.0]]])
    read = [autograd.grid_sample(x, grid, padding_mode=m, align_corners=True) for m in ("zeros", "border")]
    assert read[0].tolist() == [[[0.0, 0.0, 0.0]]]
    assert read[1].tolist() == [[[1.0, 5.0, 5.0]]]
    assert autograd.grid_sample(x, grid[:, :2], padding_mode="reflection", align_corners=True).tolist() == [
        [[3.0, 3.0]]
    ]
    assert autograd.grid_sample(x[..., :1], grid, padding_mode="reflection", align_corners=True).tolist() == [
        [[1.0] * 3]
    ]


X, GRID = np.ones((1, 1, 4, 4)), np.zeros((1, 2, 2, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: autograd.interpolate(X, (2, 2), mode="sinc"), ValueError, "a mode out of nearest"),
        (lambda: autograd.interpolate(X, (2, 2), mode="area", antialias=True), ValueError, "antialias"),
        (lambda: autograd.interpolate(X, (2,)), ShapeError, "2 numbers"),
        (lambda: autograd.interpolate(X, (2, 0)), ShapeError, "from 1"),
        (lambda: autograd.interpolate(X[..., :0], (2, 2)), ShapeError, "with entries"),
        (lambda: autograd.grid_sample(X, GRID, mode="area"), ValueError, '"linear", "nearest"'),
        (lambda: autograd.grid_sample(X, GRID, padding_mode="wrap"), ValueError, '"zeros", "border"'),
        (lambda: autograd.grid_sample(X, GRID[..., :1]), ShapeError, "grid"),
        (lambda: autograd.grid_sample(X[..., :0], GRID), ShapeError, "not empty"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
