"""Convolution, pooling, resampling and padding under PyTorch's names, against PyTorch and at their edges."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, manual_seed
from autograd.errors import DtypeError, ShapeError
from nn import functional as F
from nn.errors import ArgumentError

RNG = np.random.default_rng(9)


def compare(name: str, *inputs: Any, **options: Any) -> None:
    """Hold value and gradients of a function against PyTorch's, in double and in single precision."""
    import torch

    for dtype, tolerance in (("float64", 1e-11), ("float32", 1e-4)):
        arrays = [a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in inputs]
        mine = [Tensor(a, requires_grad=True) if is_float(a) else a for a in arrays]
        theirs = [torch.tensor(a, requires_grad=is_float(a)) if isinstance(a, np.ndarray) else a for a in arrays]
        found = getattr(F, name)(*mine, **options)
        expected = getattr(torch.nn.functional, name)(*theirs, **options)
        if isinstance(found, tuple):
            (found, places), (expected, their_places) = found, expected
            assert np.array_equal(places.payload, their_places.numpy())
        assert found.dtype == np.dtype(dtype)
        np.testing.assert_allclose(found.payload, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
        seed = np.random.default_rng(0).standard_normal(found.shape).astype(dtype)
        found.backward(seed)
        expected.backward(torch.tensor(seed))
        for own, other in zip(mine, theirs, strict=True):
            if isinstance(own, Tensor):
                np.testing.assert_allclose(own.grad.payload, other.grad.numpy(), rtol=tolerance, atol=tolerance)


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def normal(*shape: int) -> Any:
    return RNG.standard_normal(shape)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("name", "inputs", "options"),
    [
        ("conv1d", (normal(2, 4, 9), normal(6, 2, 3), normal(6)), {"groups": 2, "stride": 2, "padding": 1}),
        ("conv2d", (normal(3, 8, 9), normal(4, 3, 3, 5), normal(4)), {"padding": "same"}),
        ("conv2d", (normal(32, 3, 12, 12), normal(16, 3, 3, 3), normal(16)), {"padding": 1}),
        ("conv3d", (normal(1, 2, 4, 5, 6), normal(3, 2, 2, 3, 1)), {"dilation": (1, 2, 1)}),
        ("conv_transpose1d", (normal(4, 5), normal(4, 3, 3), normal(3)), {"stride": 3, "output_padding": 2}),
        ("conv_transpose2d", (normal(2, 4, 3, 4), normal(4, 2, 3, 3), normal(4)), {"groups": 2, "padding": 1}),
        ("conv_transpose3d", (normal(1, 2, 2, 3, 2), normal(2, 2, 2, 2, 2)), {"stride": 2, "dilation": 2}),
        ("max_pool1d", (normal(2, 3, 9), 3), {"stride": 2, "padding": 1, "return_indices": True}),
        ("max_pool2d", (normal(3, 8, 9), (3, 2)), {"ceil_mode": True, "dilation": 2, "return_indices": True}),
        ("max_pool3d", (normal(1, 2, 4, 5, 6), 2), {"stride": (1, 2, 3)}),
        ("avg_pool1d", (normal(2, 3, 9), 4), {"stride": 3, "padding": 2, "ceil_mode": True}),
        ("avg_pool2d", (normal(2, 3, 8, 9), 3), {"padding": 1, "count_include_pad": False, "ceil_mode": True}),
        ("avg_pool3d", (normal(2, 4, 5, 6), 2), {"divisor_override": 3}),
        ("adaptive_avg_pool2d", (normal(2, 3, 7, 9), (3, None)), {}),
        ("adaptive_max_pool2d", (normal(2, 3, 7, 9), (3, 4)), {"return_indices": True}),
        ("unfold", (normal(2, 3, 6, 7), (2, 3)), {"stride": 2, "padding": 1, "dilation": 2}),
        ("fold", (normal(2, 12, 20), (5, 6), 2), {}),
        ("pad", (normal(2, 3, 4, 5), (1, 2, 0, 3)), {"mode": "reflect"}),
        ("pad", (normal(2, 3, 5), (4, 5)), {"mode": "circular"}),
        ("pad", (normal(3, 4, 5, 6), (-1, 2, 3, -2, 1, 1)), {"value": 0.5}),
        ("pixel_shuffle", (normal(2, 18, 2, 3), 3), {}),
        ("pixel_unshuffle", (normal(18, 6, 3), 3), {}),
        ("channel_shuffle", (normal(2, 6, 3), 3), {}),
        ("affine_grid", (normal(2, 2, 3), (2, 3, 4, 5)), {"align_corners": True}),
        ("affine_grid", (normal(2, 3, 4), (2, 3, 1, 4, 5)), {"align_corners": False}),
    ],
)
def test_equals_torch(name: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
    compare(name, *inputs, **options)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("mode", "rank"),
    [
        ("nearest", 1), ("nearest-exact", 2), ("area", 2),
        ("linear", 1), ("bilinear", 2), ("bicubic", 2), ("trilinear", 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", range(8))
def test_resizing_equals_torch(mode: str, rank: int, seed: int) -> None:
    """Any sizes and scales. Not an antialiased width of 1, where PyTorch 2.13 repeats the first row."""
    import torch

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, 2, *rng.integers(2, 12, rank)))
    options: dict[str, Any] = {"mode": mode}
    if mode in ("linear", "bilinear", "bicubic", "trilinear"):
        options["align_corners"] = bool(seed % 2)
        options["antialias"] = rank == 2 and seed % 3 == 0
    if seed < 4:
        options["size"] = tuple(int(n) for n in rng.integers(2, 20, rank))
    else:
        options["scale_factor"] = tuple(float(f) for f in rng.uniform(1.0, 3.0, rank))
        options["recompute_scale_factor"] = bool(seed % 3)
    expected = torch.nn.functional.interpolate(torch.tensor(x), **options).numpy()
    np.testing.assert_allclose(F.interpolate(Tensor(x), **options).payload, expected, atol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("rank", "size", "kernel", "wanted"),
    [
        (2, (9, 8), (2, 3), {"output_size": (4, 3)}),
        (2, (9, 8), 2, {"output_ratio": (0.5, 0.4)}),
        (3, (7, 9, 8), (2, 1, 3), {"output_size": (3, 4, 2)}),
    ],
)
def test_uneven_windows_equal_torch_for_given_samples(rank: int, size: Any, kernel: Any, wanted: Any) -> None:
    import torch

    name, samples, x = f"fractional_max_pool{rank}d", RNG.random((2, 3, rank)), normal(2, 3, *size)
    found, places = getattr(F, name)(Tensor(x), kernel, return_indices=True, _random_samples=Tensor(samples), **wanted)
    expected, their_places = getattr(torch.nn.functional, name)(
        torch.tensor(x), kernel, return_indices=True, _random_samples=torch.tensor(samples), **wanted
    )
    assert np.array_equal(found.payload, expected.numpy())
    assert np.array_equal(places.payload, their_places.numpy())


def test_uneven_windows_are_drawn_again_after_the_same_seed() -> None:
    """R145."""
    x = Tensor(normal(1, 2, 9, 9))
    manual_seed(3)
    first = F.fractional_max_pool2d(x, 2, 4)
    manual_seed(3)
    assert np.array_equal(F.fractional_max_pool2d(x, 2, 4).payload, first.payload)
    own = [F.fractional_max_pool2d(x, 2, 4, rng=np.random.default_rng(1)).payload for _ in range(2)]
    assert np.array_equal(*own)


@pytest.mark.parametrize(
    "name", ["conv2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "max_unpool2d", "unfold"]
)
def test_an_input_without_batch_is_a_batch_of_one(name: str) -> None:
    x, w = normal(2, 4, 4), normal(3, 2, 2, 2)
    others: dict[str, Callable[[Any], tuple[Any, ...]]] = {
        "conv2d": lambda x: (Tensor(w),),
        "max_unpool2d": lambda x: (np.broadcast_to(np.arange(16).reshape(4, 4), x.shape), 1),
    }
    single, many = Tensor(x), Tensor(x[None])
    found = [getattr(F, name)(t, *others.get(name, lambda x: (2,))(t)) for t in (single, many)]
    assert found[0].ndim == found[1].ndim - 1
    assert np.array_equal(found[0].payload, found[1].payload[0])


def test_padding_within_a_graph() -> None:
    x = Tensor(np.arange(4.0), requires_grad=True)
    F.pad(x, (-1, 2), value=7.0).sum().backward()
    assert x.grad.payload.tolist() == [0.0, 1.0, 1.0, 1.0]


X = Tensor(np.ones((1, 2, 4, 4)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.conv2d(X[0, 0], X), ShapeError, "conv2d expects an input"),
        (lambda: F.conv2d(X, Tensor(np.ones((3, 2, 2, 2), "f"))), DtypeError, "one dtype"),
        (lambda: F.conv2d(X, X, Tensor(np.ones(3))), ShapeError, "one bias for each of 1 channels"),
        (lambda: F.conv_transpose2d(X, Tensor(np.ones((2, 1, 2, 2))), output_padding=1), ArgumentError, "less than"),
        (
            lambda: F.conv_transpose2d(X, Tensor(np.ones((2, 1, 2, 2))), padding=-1),
            ArgumentError,
            "padding of at least",
        ),
        (lambda: F.max_pool2d(X[:, :0], 2), ShapeError, "none of which is empty"),
        (lambda: F.adaptive_avg_pool2d(X, (1, 2, 3)), ShapeError, "output_size of 2 numbers"),
        (lambda: F.max_unpool2d(X, np.zeros((1, 2, 4, 4), int), 2, output_size=(4, 4)), ShapeError, "less than a step"),
        (lambda: F.fractional_max_pool2d(X, 2), ArgumentError, "output_size or output_ratio"),
        (lambda: F.fractional_max_pool2d(X, 2, output_ratio=1.5), ArgumentError, "between 0 and 1"),
        (lambda: F.interpolate(X, 2, mode="linear"), ShapeError, "1 axes of space"),
        (lambda: F.interpolate(X), ArgumentError, "size or scale_factor"),
        (lambda: F.interpolate(X, 2, 2.0), ArgumentError, "size or scale_factor"),
        (lambda: F.interpolate(X, 2, align_corners=True), ArgumentError, "align_corners"),
        (lambda: F.interpolate(X, 2, antialias=True), ArgumentError, "antialias"),
        (lambda: F.interpolate(X, 2, recompute_scale_factor=True), ArgumentError, "leave it out"),
        (lambda: F.interpolate(X, 2, mode="sinc"), ValueError, "a mode out of"),
        (lambda: F.grid_sample(X, X, mode="area"), ArgumentError, "expected mode out of"),
        (lambda: F.grid_sample(X[0], X), ShapeError, "2 or 3 axes"),
        (lambda: F.affine_grid(X[0], (1, 1, 2, 2)), ShapeError, "affine_grid expects maps"),
        (lambda: F.pad(X, (1,)), ShapeError, "pairs of widths"),
        (lambda: F.pad(X, (1, 1) * 5), ShapeError, "at most 4 axes"),
        (lambda: F.pad(X, (-3, -2)), ShapeError, "leave a shape"),
        (lambda: F.pad(X, (1, 1), mode="mirror"), ArgumentError, "a mode out of"),
        (lambda: F.pad(X, (1, 1, 1, 1), mode="reflect", value=1.0), ArgumentError, "leave it out"),
        (lambda: F.pad(X, (1, 1), mode="reflect"), ShapeError, "a pair for each axis"),
        (lambda: F.pad(X, (4, 0, 0, 0), mode="reflect"), ShapeError, "shorter than the axis"),
        (lambda: F.pad(X, (5, 0, 0, 0), mode="circular"), ShapeError, "no longer than the axis"),
        (lambda: F.pixel_shuffle(X, 2), ShapeError, r"C \* 4"),
        (lambda: F.pixel_unshuffle(X, 3), ShapeError, r"H \* 3"),
        (lambda: F.channel_shuffle(X, 3), ShapeError, "in 3 groups"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
