"""Windows and the three maps of a convolution: their sums written out, their adjoints, their edges."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, grad
from autograd.errors import ShapeError
from autograd.testing import assert_gradients

RNG = np.random.default_rng(5)


def summed(x: Any, w: Any, stride: int, low: int, high: int, dilation: int, groups: int) -> Any:
    """Sum up a convolution in one dimension, as it is written."""
    x = np.pad(x, ((0, 0), (0, 0), (low, high)))
    (batch, channels, size), (outs, per_group, taps) = x.shape, w.shape
    count = (size - dilation * (taps - 1) - 1) // stride + 1
    out = np.zeros((batch, outs, count))
    for n, o, c, p, k in product(range(batch), range(outs), range(per_group), range(count), range(taps)):
        source = o // (outs // groups) * (channels // groups) + c
        out[n, o, p] += x[n, source, stride * p + dilation * k] * w[o, c, k]
    return out


@st.composite
def convolutions(draw: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Draw operands of one to three axes that fit together."""
    rank = draw(st.integers(1, 3))

    def axes(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    groups, kernel, dilation = draw(st.integers(1, 2)), axes(1, 3), axes(1, 2)
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(-1, 2))) for _ in range(rank))
    least = [d * (k - 1) + 1 - low - high for k, d, (low, high) in zip(kernel, dilation, padding, strict=True)]
    size = tuple(max(2, n) + draw(st.integers(0, 4)) for n in least)
    shape = draw(st.integers(0, 2)), groups * draw(st.integers(1, 2)), *size
    weight = groups * draw(st.integers(1, 2)), shape[1] // groups, *kernel
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    options = {"stride": axes(1, 3), "padding": padding, "dilation": dilation, "groups": groups}
    return rng.standard_normal(shape), rng.standard_normal(weight), options


@settings(max_examples=80, deadline=None)
@given(convolutions())
def test_the_three_maps_are_adjoint(case: Any) -> None:
    """R130: rows that a stride leaves over, asymmetric borders, empty batches; gradients are the other two maps."""
    x, w, options = case
    y = np.random.default_rng(1).standard_normal(autograd.convolution(x, w, **options).shape)
    a, b = Tensor(x, requires_grad=True), Tensor(w, requires_grad=True)
    total = (autograd.convolution(a, b, **options) * y).sum()
    total.backward()
    assert np.sum(a.grad.payload * x) == pytest.approx(total.item())
    assert np.sum(b.grad.payload * w) == pytest.approx(total.item())
    c = Tensor(y, requires_grad=True)
    correlated = autograd.convolution_weight(a, c, kernel_size=w.shape[2:], **options)
    np.testing.assert_allclose(correlated.payload, b.grad.payload, atol=1e-12)
    a.zero_grad()
    (correlated * w).sum().backward()
    assert np.sum(a.grad.payload * x) == pytest.approx(total.item())
    assert np.sum(c.grad.payload * y) == pytest.approx(total.item())


@pytest.mark.parametrize(
    ("stride", "low", "high", "dilation", "groups"),
    [(1, 0, 0, 1, 1), (2, 1, 1, 1, 1), (3, 2, 0, 2, 2), (1, 0, 3, 3, 1), (2, 0, 0, 1, 2)],
)
def test_a_convolution_is_the_sum_it_says(stride: int, low: int, high: int, dilation: int, groups: int) -> None:
    x, w = RNG.standard_normal((2, 4, 9)), RNG.standard_normal((6, 4 // groups, 3))
    found = autograd.convolution(x, w, stride=stride, padding=((low, high),), dilation=dilation, groups=groups)
    np.testing.assert_allclose(found, summed(x, w, stride, low, high, dilation, groups), atol=1e-12)


def test_rows_left_over_by_the_stride_have_no_gradient() -> None:
    """R130."""
    x = Tensor(RNG.standard_normal((1, 1, 6)), requires_grad=True)
    autograd.convolution(x, np.ones((1, 1, 2)), stride=3).sum().backward()
    assert x.grad.payload.tolist() == [[[1.0, 1.0, 0.0, 1.0, 1.0, 0.0]]]


def test_same_keeps_the_size_with_the_odd_one_at_the_end() -> None:
    x = np.arange(1.0, 5.0).reshape(1, 1, 4)
    found = autograd.convolution(x, np.ones((1, 1, 2)), padding="same")
    assert found.tolist() == [[[3.0, 5.0, 7.0, 4.0]]]
    assert autograd.convolution(x, np.ones((1, 1, 2)), padding="valid").shape == (1, 1, 3)


def test_a_negative_width_cuts_off() -> None:
    x = np.arange(5.0).reshape(1, 1, 5)
    assert autograd.convolution(x, np.ones((1, 1, 1)), padding=((-1, -2),)).tolist() == [[[1.0, 2.0]]]


def test_single_precision_stays_in_all_three() -> None:
    x, w = RNG.standard_normal((2, 3, 5, 5)).astype("f"), RNG.standard_normal((4, 3, 2, 2)).astype("f")
    y = autograd.convolution(x, w)
    assert y.dtype == np.float32
    assert autograd.convolution_transpose(y, w).dtype == np.float32
    assert autograd.convolution_weight(x, y, kernel_size=(2, 2)).dtype == np.float32


def test_the_third_derivative_of_a_cube_of_a_convolution() -> None:
    """R089: exact at any order. The cube of w x has third derivative 6 w^3."""

    def cube(x: Any) -> Any:
        out = autograd.convolution(x, np.array([[[2.0]]]))
        return (out * out * out).sum()

    third = grad(lambda x: grad(lambda x: grad(cube)(x).sum())(x).sum())(Tensor(np.array([[[5.0]]])))
    assert third.payload.tolist() == [[[48.0]]]


def test_columns_there_and_back() -> None:
    """The sum of windows counts how many of them see each entry."""
    x = RNG.standard_normal((2, 3, 5, 6))
    where = {"stride": (2, 1), "padding": (1, 0)}
    columns = autograd.im2col(x, (3, 2), **where)
    assert columns.shape == (2, 3 * 6, 3 * 5)
    back = autograd.col2im(columns, (5, 6), (3, 2), **where)
    count = autograd.col2im(autograd.im2col(np.ones_like(x), (3, 2), **where), (5, 6), (3, 2), **where)
    np.testing.assert_allclose(back, x * count)
    assert_gradients(lambda x: autograd.im2col(x, (3, 2), **where), x, order=2)
    assert_gradients(lambda c: autograd.col2im(c, (5, 6), (3, 2), **where), columns, order=2)


X, W = np.ones((1, 2, 4, 4)), np.ones((3, 2, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: autograd.convolution(X, np.ones((3, 2, 5, 5))), ShapeError, "at least the kernel"),
        (lambda: autograd.convolution(X, np.ones((3, 1, 3, 3))), ShapeError, "input of 1 channels"),
        (lambda: autograd.convolution(X, W[0]), ShapeError, "as many axes"),
        (lambda: autograd.convolution(X, W, groups=2), ValueError, "groups that divide"),
        (lambda: autograd.convolution(X, W, groups=0), ValueError, "groups that divide"),
        (lambda: autograd.convolution(X, W, stride=0), ValueError, "stride of at least 1"),
        (lambda: autograd.convolution(X, W, stride=1.5), TypeError, "whole number"),
        (lambda: autograd.convolution(X, W, dilation=(1, 0)), ValueError, "dilation of at least 1"),
        (lambda: autograd.convolution(X, W, dilation=(1, 1, 1)), ShapeError, "1 or 2 numbers"),
        (lambda: autograd.convolution(X, W, padding=-1), ValueError, "padding of at least 0"),
        (lambda: autograd.convolution(X, W, padding="full"), ValueError, '"valid", "same"'),
        (lambda: autograd.convolution(X, W, padding="same", stride=2), ValueError, "stride 1"),
        (lambda: autograd.convolution(X, W, padding=((1, 1),)), ShapeError, "2 pairs"),
        (lambda: autograd.convolution_transpose(X, W), ShapeError, "input of 3 channels"),
        (lambda: autograd.convolution_transpose(X, W[:2], padding=3), ShapeError, "pad less"),
        (lambda: autograd.convolution_weight(X, X, kernel_size=(3, 3)), ShapeError, r"\(1, 2, 2, 2\)"),
        (lambda: autograd.convolution_weight(X, X, kernel_size=(1, 1), groups=3), ValueError, "groups"),
        (lambda: autograd.im2col(X, (5, 5)), ShapeError, "at least the kernel"),
        (lambda: autograd.im2col(X, (2,)), ShapeError, "1 axes of space"),
        (lambda: autograd.col2im(np.ones((1, 4, 9)), (3, 3), (2, 2)), ShapeError, "a multiple of 4, 4"),
        (lambda: autograd.overlap_add(np.ones((1, 1, 2, 4)), output_size=(4,)), ShapeError, r"\(3,\) windows"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception], message: str) -> None:
    """R130."""
    with pytest.raises(error, match=message):
        call()
