"""Selection and arrangement: NumPy's answers on tensors, with gradients, and places at their edges."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.errors import DtypeError, NotDifferentiableError, ShapeError
from autograd.testing import assert_gradients

V = np.array([0.5, -1.0, 2.0, 3.0, -2.5])
M = np.arange(1.0, 7.0).reshape(2, 3) / 4.0
C = np.sin(np.arange(24.0)).reshape(2, 3, 4)
sliding = np.lib.stride_tricks.sliding_window_view

# Called on an array and on a tensor; NumPy is the reference.
AS_NUMPY: list[tuple[Any, Callable[[Any], Any]]] = [
    (V, lambda x: np.array_split(x, 3)),
    (V, lambda x: np.array_split(x, [1, -1])),
    (C, lambda x: np.split(x, [1, 2], axis=1)),
    (C, lambda x: np.split(x, 2, axis=-1)),
    (C, lambda x: np.hsplit(x, 3)),
    (V, lambda x: np.hsplit(x, 5)),
    (C, lambda x: np.vsplit(x, 2)),
    (C, lambda x: np.dsplit(x, [3])),
    (C, lambda x: np.unstack(x, axis=1)),
    (V, lambda x: np.hstack([x, x])),
    (M, lambda x: np.hstack([x, x])),
    (V, lambda x: np.vstack([x, x])),
    (M, lambda x: np.dstack([x, x])),
    (V, lambda x: np.dstack([x, x])),
    (V, lambda x: np.column_stack([x, x])),
    (M, lambda x: np.append(x, x)),
    (M, lambda x: np.append(x, x, axis=1)),
    (np.float64(2.0), np.atleast_1d),
    (V, np.atleast_2d),
    (V, np.atleast_3d),
    (M, np.atleast_3d),
    (M, lambda x: np.atleast_2d(x, x)),
    (V, lambda x: np.meshgrid(x, x[:2])),
    (V, lambda x: np.meshgrid(x, x[:2], x[:3], indexing="ij")),
    (V, lambda x: np.meshgrid(x, x[:2], sparse=True)),
    (V, lambda x: np.broadcast_arrays(x, np.zeros((2, 1)), x[:1])),
    (C, np.matrix_transpose),
    (C, lambda x: np.rollaxis(x, 2)),
    (C, lambda x: np.rollaxis(x, 0, 3)),
    (C, lambda x: np.rollaxis(x, -1, 1)),
    (M, np.fliplr),
    (M, np.flipud),
    *[(C, lambda x, k=k: np.rot90(x, k, (0, 2))) for k in range(-4, 5)],
    (M, np.rot90),
    (V, lambda x: np.resize(x, (3, 4))),
    (V, lambda x: np.resize(x, 3)),
    (C, np.diagonal),
    (C, lambda x: np.diagonal(x, 1, 0, 2)),
    (C, lambda x: np.diagonal(x, -1, 2, 1)),
    (M, lambda x: np.diagonal(x, 9)),
    (C, np.trace),
    (C, lambda x: np.trace(x, -1, 1, 2)),
    (M, lambda x: np.diag(x, 1)),
    (V, lambda x: np.diag(x, -2)),
    (M, lambda x: np.diagflat(x, 1)),
    (C, lambda x: np.tril(x, -1)),
    (C, lambda x: np.triu(x, 1)),
    (V, lambda x: np.delete(x, 1)),
    (C, lambda x: np.delete(x, [0, -1], axis=2)),
    (C, lambda x: np.delete(x, slice(None, None, 2), axis=1)),
    (V, lambda x: np.delete(x, np.array([True, False, True, False, False]))),
    (V, lambda x: np.insert(x, 1, 7.0)),
    (V, lambda x: np.insert(x, [1, 1, -1], [7.0, 8.0, 9.0])),
    (V, lambda x: np.insert(x, slice(0, 4, 2), x[:2])),
    (M, lambda x: np.insert(x, 1, x[:, 0], axis=1)),
    (M, lambda x: np.insert(x, 1, x, axis=0)),
    (M, lambda x: np.insert(x, [1], x, axis=0)),
    (M, lambda x: np.insert(x, [0, 2], 5.0, axis=1)),
    (M, lambda x: np.insert(x, 2, x[0])),
    (V, lambda x: np.choose(np.array([1, 0, 1, 0, 1]), [x, -x])),
    (V, lambda x: np.choose(np.array([[1], [0]]), [x, 3.0])),
    (C, lambda x: np.compress([True, False, True], x, axis=1)),
    (M, lambda x: np.compress([False, True], x)),
    (M, lambda x: np.extract(M > 0.5, x)),
    (V, lambda x: np.select([V > 1, V > 0], [x * x, 2 * x], 9.0)),
    (C, lambda x: sliding(x, 2, axis=-1)),
    (C, lambda x: sliding(x, (2, 3), axis=(0, 2))),
    (M, lambda x: sliding(x, (2, 2))),
    (M, lambda x: sliding(x, (2, 2), axis=(1, 1))),
    (M, lambda x: np.take_along_axis(x, np.array([[2, 2], [0, -1]]), axis=1)),
    (M, lambda x: np.take_along_axis(x, np.array([5, 0, 0]), axis=None)),
    *[(M, lambda x, m=m: np.pad(x, ((1, 4), (3, 5)), mode=m)) for m in ("edge", "reflect", "symmetric", "wrap")],
    (M, lambda x: np.pad(x, (1, 2), "constant", constant_values=((1.0, 2.0), (3.0, 4.0)))),
]


def _parts(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _raw(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


@pytest.mark.parametrize(("x", "function"), AS_NUMPY, ids=range(len(AS_NUMPY)))
def test_numpys_function_gives_numpys_answer_and_a_gradient(x: Any, function: Any) -> None:
    for dtype in ("float64", "float32"):
        array = np.asarray(x, dtype=dtype)
        expected, found = _parts(function(array)), _parts(function(Tensor(array, requires_grad=True)))
        assert len(expected) == len(found)
        for e, f in zip(expected, found, strict=True):
            assert f.dtype == e.dtype
            np.testing.assert_array_equal(_raw(f), e)

    def total(t: Any) -> Any:
        weights = iter(range(1, 100))
        return sum(((part * part).sum() * float(next(weights)) for part in _parts(function(t))), ag.sum(t) * 0.0)

    assert_gradients(total, np.asarray(x), order=2, mode="central")


ALONE: list[tuple[Any, Callable[[Any], Any], Any]] = [
    (V, lambda x: ag.index_add(x, 0, [0, 0, -1], np.ones(3)), V + np.array([2, 0, 0, 0, 1])),
    (V, lambda x: ag.scatter_add(x, 0, np.array([1, 1, 1]), np.arange(4.0)), V + np.array([0, 3, 0, 0, 0])),
    (V, lambda x: ag.put(x, [[-1, 0]], np.array([[5.0, 6.0]])), [6, -1, 2, 3, 5]),
    (V, lambda x: ag.gather(x, -1, np.array([-1, 0, 0])), [-2.5, 0.5, 0.5]),
    (V, lambda x: ag.narrow(x, 0, -2, 2), [3, -2.5]),
    (V, lambda x: ag.masked_select(x, V > 9), []),
    (V, lambda x: ag.masked_fill(x, True, 0.0), np.zeros(5)),
    (V, lambda x: ag.unfold(x, 0, 6 - 1), [V]),
    (V, lambda x: ag.unfold(x, 0, 0, 4), np.zeros((2, 0))),
    (V, lambda x: ag.as_strided(x, (), (), 3), 3.0),
    (V, lambda x: ag.as_strided(x, (2, 0), (9, 9)), np.zeros((2, 0))),
    (np.zeros(0), lambda x: ag.scatter_add(x, 0, np.zeros(0, int), np.zeros(0)), []),
    (V, lambda x: ag.index_reduce(x, 0, np.zeros(0, int), np.zeros(0), "prod"), V),
    (np.zeros((0, 3)), ag.tril, np.zeros((0, 3))),
    (np.zeros((0, 3)), ag.diagonal, []),
    (np.zeros((3, 0)), lambda x: ag.chunk(x, 2, 1), [np.zeros((3, 0))] * 2),
]


@pytest.mark.parametrize(("x", "function", "expected"), ALONE, ids=range(len(ALONE)))
def test_places_at_their_edges(x: Any, function: Any, expected: Any) -> None:
    """R060, R069, R070, R072: repeated, negative and empty places, and numbers."""
    for found in (function(x), function(Tensor(x, requires_grad=True))):
        for f, e in zip(_parts(found), expected if isinstance(found, (list, tuple)) else [expected], strict=True):
            np.testing.assert_array_equal(_raw(f), e)
    assert_gradients(lambda t: sum((p * p).sum() for p in _parts(function(t))), x, order=2, mode="central")


def test_repeated_places_add_up() -> None:
    """R069, BUG-02: what is read twice gets both gradients; what is added twice is there twice."""
    x = Tensor(M, requires_grad=True)
    ag.gather(x, 1, np.array([[0, 0, 2, -1], [1, 1, 1, 1]])).sum().backward()
    assert x.grad.tolist() == [[2, 0, 2], [0, 4, 0]]
    v = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    ag.as_strided(v, (2, 2), (1, 1)).sum().backward()
    assert v.grad.tolist() == [1, 2, 1]


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
def test_reductions_at_places(reduce: str, include_self: bool) -> None:
    """R018, R035: as many as seven meet at one place; ties split evenly; zeros do no harm."""
    index = np.array([3, 0, 3, 3, 1, 3, 3, 0, 3, 3])
    src = np.linspace(-1.7, 1.9, 10)
    how = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce]
    expected = [how([v] * include_self + list(src[index == i])) if (index == i).any() else v for i, v in enumerate(V)]
    found = ag.scatter_reduce(V, 0, index, src, reduce, include_self=include_self)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert_gradients(
        lambda x, y: ag.scatter_reduce(x, 0, index, y, reduce, include_self=include_self) ** 2,
        V, src, order=2, mode="central",
    )  # fmt: skip
    if reduce == "prod":
        src[[0, 5, 1]] = 0.0
        assert_gradients(
            lambda x, y: ag.index_reduce(x, 0, index, y, reduce, include_self=include_self), V, src, order=2,
            mode="central",
        )  # fmt: skip


def test_ties_share_the_gradient() -> None:
    """R018: with x among them or not."""
    for include_self, own, brought in ((True, 1 / 3, 1 / 3), (False, 0.0, 1 / 2)):
        x, src = (Tensor(a, requires_grad=True) for a in (np.array([2.0, 5.0]), np.array([2.0, 2.0, 1.0])))
        ag.index_reduce(x, 0, [0, 0, 0], src, "amax", include_self=include_self).sum().backward()
        assert x.grad.tolist() == [pytest.approx(own), 1.0]
        assert src.grad.tolist() == pytest.approx([brought, brought, 0.0])


@pytest.mark.parametrize("function", [ag.scatter, ag.index_copy])
def test_two_values_for_one_place_are_refused(function: Any) -> None:
    """R074: PyTorch keeps one and gives both a gradient."""
    with pytest.raises(ShapeError, match="duplicate"):
        function(Tensor(V), 0, np.array([1, 1]), Tensor(V[:2]))


OUTSIDE: list[Callable[[Any], Any]] = [
    lambda x: ag.gather(x, 0, np.array([5])),
    lambda x: ag.scatter_add(x, 0, np.array([-6]), V[:1]),
    lambda x: ag.scatter(x, 0, np.array([5]), 1.0),
    lambda x: ag.index_select(x, 0, [5]),
    lambda x: ag.index_add(x, 0, [5], V[:1]),
    lambda x: ag.index_fill(x, 0, [5], 0.0),
    lambda x: ag.put(x, [5], V[:1]),
    lambda x: ag.narrow(x, 0, 4, 2),
    lambda x: ag.select_scatter(x, np.float64(1.0), 0, 5),
    lambda x: ag.as_strided(x, (3,), (2,), 1),
    lambda x: ag.choose(np.array([2] * 5), [x, x]),
    lambda x: ag.compress([False] * 5 + [True], x),
    lambda x: ag.unstack(x, axis=1),
    lambda x: ag.take_along_axis(x, indices=np.array([5]), axis=0),
]


@pytest.mark.parametrize("function", OUTSIDE, ids=range(len(OUTSIDE)))
def test_places_outside_are_refused(function: Any) -> None:
    for x in (V, Tensor(V, requires_grad=True)):
        with pytest.raises(IndexError, match=r"out of (bounds|range)|expected"):
            function(x)


REFUSED: list[tuple[type[Exception], Callable[[Any], Any]]] = [
    (ShapeError, lambda x: ag.pad(x, pad_width=-1)),
    (ShapeError, lambda x: ag.pad(x, pad_width=((1, 1), (1, 1)))),
    (ShapeError, lambda x: ag.pad(x[:0], pad_width=1, mode="edge")),
    (ValueError, lambda x: ag.pad(x, pad_width=1, mode="linear")),
    (TypeError, lambda x: ag.pad(x, pad_width=1.5)),
    (ShapeError, ag.tril),
    (ShapeError, lambda x: ag.diagonal(ag.diag(x), axis1=1, axis2=-1)),
    (ShapeError, lambda x: ag.unfold(x, 0, 6)),
    (ValueError, lambda x: ag.unfold(x, 0, 2, 0)),
    (DtypeError, lambda x: ag.masked_fill(x, [1, 0, 1, 0, 1], 0.0)),
    (DtypeError, lambda x: ag.gather(x, 0, np.array([0.5]))),
    (DtypeError, lambda x: ag.scatter_add(x, 0, np.array([0]), np.ones(1, np.float32))),
    (ValueError, lambda x: ag.scatter_reduce(x, 0, np.array([0]), V[:1], "median")),
    (ShapeError, lambda x: ag.index_add(x, 0, [0, 1], V[:1])),
    (ShapeError, lambda x: ag.expand(x, (2, 4))),
    (ShapeError, lambda x: ag.expand(x, (-1, 5))),
    (ShapeError, lambda x: ag.flatten(ag.diag(x), 1, 0)),
    (ShapeError, lambda x: ag.unflatten(x, 0, (2, -1))),
    (ShapeError, lambda x: ag.array_split(x, 0)),
    (ShapeError, lambda x: ag.split(x, 2)),
    (ShapeError, lambda x: ag.split_with_sizes(x, [2, 2])),
    (ShapeError, lambda x: ag.masked_scatter(x, V > 0, V[:2])),
    (ShapeError, lambda x: ag.broadcast_arrays(x, V[:2])),
    (ValueError, lambda x: ag.meshgrid(x, indexing="yx")),
    (NotDifferentiableError, lambda x: np.put(Tensor(x), [0], [1.0])),
]


@pytest.mark.parametrize(("error", "function"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_done_says_so(error: type[Exception], function: Any) -> None:
    for x in (V, Tensor(V)):
        with pytest.raises(error, match="expected"):
            function(x)


def test_methods_of_a_tensor() -> None:
    t = Tensor(C, requires_grad=True)
    assert t.flatten().shape == (24,)
    assert t.flatten(1).shape == (2, 12)
    assert t.unflatten(2, (2, 2)).shape == (2, 3, 2, 2)
    assert t.unfold(2, 2, 1).shape == (2, 3, 3, 2)
    assert [p.shape for p in t.chunk(2, axis=-1)] == [(2, 3, 2)] * 2
    assert [p.shape for p in t.unbind(1)] == [(2, 4)] * 3
    assert t.expand(5, -1, -1, -1).shape == t.expand((5, 2, 3, 4)).shape == (5, 2, 3, 4)
    assert t.sum_to_size(3, 1).shape == t.sum_to_size((3, 1)).shape == (3, 1)
    assert t.mT.shape == (2, 4, 3)
    assert t.diagonal(0, 1, 2).shape == (2, 3)
    assert t.masked_fill(t > 0, 0.0).max().item() <= 0.0
    assert t.tril().triu().shape == (2, 3, 4)
    assert t.narrow(1, 0, 2).shape == (2, 2, 4)
    assert t.gather(2, np.zeros((2, 3, 1), int)).tolist() == t[:, :, :1].tolist()
    assert t.index_select(1, Tensor(np.array([2, 0]))).tolist() == t[:, [2, 0]].tolist()


def test_trimmed_zeros() -> None:
    """The places of the zeros are kinks, so values alone are compared, and one gradient."""
    x = np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    for trim in ("f", "b", "fb", "bf"):
        assert np.trim_zeros(Tensor(x), trim).tolist() == np.trim_zeros(x, trim).tolist()
        assert ag.trim_zeros(np.zeros(3), trim).tolist() == np.trim_zeros(np.zeros(3), trim).tolist()
    t = Tensor(x, requires_grad=True)
    ag.trim_zeros(t).sum().backward()
    assert t.grad.tolist() == [0, 0, 1, 1, 1, 0]


def test_an_array_filled_with_a_tensor() -> None:
    t = Tensor(V.astype(np.float32), requires_grad=True)
    value = Tensor(np.float64(3.0), requires_grad=True)
    full = ag.full_like(t, value)
    assert full.dtype == np.float32
    full.sum().backward()
    assert value.grad.item() == 5.0
    assert t.grad.tolist() == [0.0] * 5
    assert ag.full_like(V, 2).tolist() == [2.0] * 5


def test_adding_at_places_is_numpys_whatever_the_index() -> None:
    """R069, R071: the ways to add, by size and kind of index, agree with ``np.add.at`` bit for bit."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(-4, 4, (2, 50))
    indices: list[Any] = [
        a, (a, b), (slice(None), a), (a, slice(None), b), (slice(None), a, b), (..., a), (a, b, a[:1]), (None, a),
        (a[:, None], b[None, :]), (slice(0, 4, 2), a), (a, 1), rng.random((4, 4, 4)) < 0.5, (slice(None), a[:4] > 0),
    ]  # fmt: skip
    for index in indices:
        expected = np.zeros((4, 4, 4))
        g = rng.standard_normal(expected[index].shape)
        np.add.at(expected, index, g)
        assert np.array_equal(ag.add_at(g, index=index, shape=(4, 4, 4)), expected)
    with pytest.raises(IndexError, match="out of bounds"):
        ag.add_at(np.ones((300, 4)), index=np.full(300, 4), shape=(4, 4))


def test_to_another_dtype() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    wide = Tensor(np.ones(1))
    assert t.to("cpu") is t.to("float32") is t.to(np.float32) is t.to("cpu", np.float32) is t
    assert t.to("cpu", np.float32, False, True) is not t.to(np.float32, copy=True)
    for found in (t.to("float64"), t.to(wide), t.to("cpu", np.float64), t.to(wide, True, False)):
        assert found.dtype == np.float64
    t.to(wide).sum().backward()
    assert t.grad is not None
    assert t.grad.dtype == np.float32
    with pytest.raises(DtypeError, match="cuda:0"):
        t.to("cuda:0")


def test_a_number_does_not_widen_an_array() -> None:
    """R112: what is filled in or added at places takes the array's dtype."""
    half = V.astype(np.float32)
    mask = half > 0
    for x in (half, Tensor(half, requires_grad=True)):
        for found in (
            ag.index_put(x, ([0, 0],), 2.0, accumulate=True),
            ag.index_put(x, ([0, 0],), 2.0),
            ag.masked_index_add(x, mask, (np.arange(5),), 1.0),
            ag.masked_index(x, mask, (np.arange(5),), 1.0),
            ag.masked_fill(x, mask, 2.5),
            ag.index_fill(x, 0, [1], 2.5),
            ag.scatter(x, 0, np.array([1, 1]), 2.5),
            ag.scatter(x, 0, np.array([1, 1]), 2.5, reduce="multiply"),
            ag.insert(x, 1, 2.5),
            ag.select([mask], [x], 2.5),
            ag.choose(mask.astype(int), [x, 2.5]),
        ):
            assert found.dtype == np.float32
