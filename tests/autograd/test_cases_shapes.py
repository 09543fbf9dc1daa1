"""Broadcasting, shapes and views, cases R055-R068 with T18, T19, T21."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.errors import ShapeError

RNG = np.random.default_rng(7)


def gradients(function: Callable[..., Any], *arrays: Any, seed: Any = None) -> list[Any]:
    """Return the result and the gradient for each array; upstream is ``seed``, or ones."""
    leaves = [Tensor(np.asarray(a, dtype=np.float64), requires_grad=True) for a in arrays]
    out = function(*leaves)
    out.backward(np.ones(out.shape) if seed is None else seed)
    for x in leaves:
        assert x.grad.shape == x.shape
        assert x.grad.dtype == x.dtype
    return [out.detach().numpy(), *(x.grad.numpy() for x in leaves)]


def check(function: Callable[..., Any], *arrays: Any, rel: float = 1e-6) -> None:
    """Compare a gradient at a random upstream with central differences."""
    arrays = tuple(np.asarray(a, dtype=np.float64) for a in arrays)

    def value(*raw: Any) -> Any:
        return function(*(Tensor(a) for a in raw)).numpy()

    seed = RNG.standard_normal(value(*arrays).shape)
    _, *found = gradients(function, *arrays, seed=seed)
    for position, (x, grad) in enumerate(zip(arrays, found, strict=True)):
        for index in np.ndindex(*x.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = x.copy()
                moved[index] += step
                ends.append(value(*(moved if i == position else a for i, a in enumerate(arrays))))
            slope = (seed * (ends[0] - ends[1])).sum() / 2e-6
            assert grad[index] == pytest.approx(slope, rel=rel, abs=1e-7), (position, index)


# -- broadcasting --------------------------------------------------------------------------------------------------


def test_r055_three_ranks_at_once() -> None:
    _, x, y, z = gradients(lambda x, y, z: x * y + z, [[1.0], [2.0]], [10.0, 20.0, 30.0], 5.0)
    assert x.tolist() == [[60.0], [60.0]]
    assert y.tolist() == [3.0, 3.0, 3.0]
    assert z == 6.0


def test_r056_stretched_in_both_directions() -> None:
    _, x, y = gradients(lambda x, y: x * y, np.ones((2, 1, 3)), np.ones((4, 1)))
    assert (x == 4.0).all()
    assert (y == 6.0).all()


@pytest.mark.parametrize("function", [ag.add, ag.multiply, ag.power, ag.maximum, lambda x, y: ag.where(x > 0, x, y)])
def test_r057_shapes_that_do_not_broadcast(function: Callable[..., Any]) -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\).*\(4,\)"):
        function(Tensor(np.ones((2, 3))), Tensor(np.ones(4)))


def test_r058_expand_then_sum() -> None:
    _, x = gradients(lambda x: ag.broadcast_to(x, shape=(4, 3)).sum(), [1.0, 2.0, 3.0])
    assert x.tolist() == [4.0, 4.0, 4.0]
    _, column = gradients(lambda x: x.broadcast_to(shape=(3, 4)), np.ones((3, 1)))
    assert column.tolist() == [[4.0]] * 3


def test_r058_writing_to_an_expanded_tensor_writes_one_element() -> None:
    """PyTorch refuses, for the rows share memory there; here an assignment makes a new array."""
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    rows = ag.broadcast_to(x * 1.0, shape=(4, 3))
    rows[0, 0] = 9.0
    rows.sum().backward()
    assert rows.tolist() == [[9.0, 2.0, 3.0]] + [[1.0, 2.0, 3.0]] * 3
    assert x.grad.tolist() == [3.0, 4.0, 4.0]


def test_r059_zero_dimensional_tensors() -> None:
    x = Tensor(2.0, requires_grad=True)
    (x * x).backward()
    assert x.grad.shape == ()
    assert x.grad.item() == 4.0
    with pytest.raises(TypeError):
        len(x)
    with pytest.raises(TypeError):
        iter(x)
    with pytest.raises(TypeError):
        list(x)
    with pytest.raises(IndexError):
        x[0]


BINARY = {
    "add": ag.add,
    "subtract": ag.subtract,
    "multiply": ag.multiply,
    "divide": ag.divide,
    "power": ag.power,
    "maximum": ag.maximum,
    "minimum": ag.minimum,
    "arctan2": ag.arctan2,
    "logaddexp": ag.logaddexp,
    "remainder": ag.remainder,
    "floor_divide": ag.floor_divide,
    "where": lambda x, y: ag.where(np.array(True), x, y),
    "where by shape": lambda x, y: ag.where(x > y, x, y),
}
PAIRS = [
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((1,), (5, 4)),
    ((2, 1, 3), (4, 1)),
    ((0, 3), (1, 3)),
    ((0,), ()),
    ((2, 0), (1, 1)),
    ((1, 1), ()),
    ((1, 3), (3,)),
]


@pytest.mark.parametrize(("first", "second"), [*PAIRS, *(pair[::-1] for pair in PAIRS)], ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_t18_what_was_stretched_is_summed_back(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    x, y = RNG.uniform(1.0, 2.0, first), RNG.uniform(1.0, 2.0, second)
    shape = np.broadcast_shapes(first, second)
    seed = RNG.standard_normal(shape)
    out, *grads = gradients(BINARY[name], x, y, seed=seed)
    full, *wide = gradients(BINARY[name], np.broadcast_to(x, shape), np.broadcast_to(y, shape), seed=seed)
    assert out == pytest.approx(full)
    for grad, stretched in zip(grads, wide, strict=True):
        lead = stretched.ndim - grad.ndim
        axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(grad.shape) if n == 1)
        assert grad == pytest.approx(stretched.sum(axis=axes).reshape(grad.shape))


# -- sizes of zero ---------------------------------------------------------------------------------------------------


def test_r060_products_of_nothing() -> None:
    out, x, y = gradients(lambda x, y: x @ y, np.zeros((0, 3)), np.ones((3, 2)))
    assert out.shape == (0, 2)
    assert x.shape == (0, 3)
    assert y.tolist() == [[0.0, 0.0]] * 3
    out, x, y = gradients(lambda x, y: x @ y, np.ones((2, 0)), np.ones((0, 3)))
    assert out.tolist() == [[0.0] * 3] * 2
    assert (x.shape, y.shape) == ((2, 0), (0, 3))


def test_r060_reductions_of_nothing() -> None:
    empty = np.zeros((0, 3))
    assert gradients(ag.sum, empty)[0] == 0.0
    assert gradients(ag.prod, empty)[0] == 1.0
    assert np.isnan(gradients(ag.mean, empty)[0])
    assert gradients(lambda x: ag.sum(x, axis=0), empty)[0].tolist() == [0.0] * 3
    assert gradients(lambda x: ag.mean(x, axis=1), empty)[0].shape == (0,)
    assert gradients(lambda x: ag.max(x, axis=1), empty)[0].shape == (0,)
    assert gradients(lambda x: ag.prod(x, axis=1), empty)[0].shape == (0,)
    assert gradients(ag.softmax, empty)[0].shape == (0, 3)
    assert gradients(ag.log_softmax, empty)[0].shape == (0, 3)
    assert gradients(ag.norm, empty)[0] == 0.0
    for function in (ag.max, ag.min, lambda x: ag.max(x, axis=0), np.max):
        with pytest.raises(ValueError, match="zero-size"):
            function(Tensor(empty))


def test_r060_logsumexp_of_nothing() -> None:
    assert gradients(ag.logsumexp, np.zeros(0))[0] == -np.inf
    assert gradients(lambda x: ag.logsumexp(x, axis=1), np.zeros((0, 3)))[0].shape == (0,)
    assert gradients(lambda x: ag.logsumexp(x, axis=0), np.zeros((0, 3)))[0].tolist() == [-np.inf] * 3


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_r060_cumsum_of_nothing(axis: int | None) -> None:
    _, x = gradients(lambda x: ag.cumsum(x, axis=axis), np.zeros((2, 0)))
    assert x.shape == (2, 0)


# -- joining -------------------------------------------------------------------------------------------------------


def test_r061_joining_with_nothing() -> None:
    out, x, y = gradients(lambda x, y: ag.concatenate([x, y]), [], [1.0, 2.0])
    assert out.tolist() == [1.0, 2.0]
    assert x.shape == (0,)
    assert y.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("function", [ag.concatenate, ag.stack, np.concatenate, np.stack])
def test_r061_joining_an_empty_list(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="need at least one array"):
        function([])


def test_r061_stacking_different_shapes_names_the_entry() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\) at 1"):
        ag.stack([Tensor(np.ones(2)), Tensor(np.ones(3))])
    with pytest.raises(ValueError, match="dimension"):
        ag.concatenate([Tensor(np.ones((2, 2))), Tensor(np.ones((2, 3)))])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_r061_joining_along_an_axis(axis: int) -> None:
    x, y = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 3))
    check(lambda x, y: ag.concatenate([x, y, x], axis=axis), x, y)
    check(lambda x, y: ag.stack([x, y, x], axis=axis), x, y)
    check(lambda x, y: np.concatenate([x, y], axis=axis), x, y)


# -- memory layout ---------------------------------------------------------------------------------------------------

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "strided": lambda a: np.repeat(np.repeat(a, 2, 0), 2, 1)[::2, ::2],
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "Fortran": np.asfortranarray,
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "product": lambda x: x * x + 1.0,
    "matmul": lambda x: x @ x,
    "sum": lambda x: x.sum(axis=0),
    "max": lambda x: x.max(axis=1),
    "index": lambda x: x[[0, 0, 2]],
    "reshape": lambda x: x.reshape(9).exp(),
    "flip": lambda x: x[::-1, ::-1] * x.T,
    "prod": lambda x: x.prod(),
    "softmax": lambda x: x.softmax(axis=0),
    "cumsum": lambda x: x.cumsum(axis=1),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_r062_r063_the_layout_of_an_input_does_not_matter(program: str, layout: str) -> None:
    array = RNG.standard_normal((3, 3))
    other = LAYOUTS[layout](array)
    assert (other == array).all()
    expected = gradients(PROGRAMS[program], array)
    for found, wanted in zip(gradients(PROGRAMS[program], other), expected, strict=True):
        assert found == pytest.approx(wanted, rel=1e-14)
    assert (other == array).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_r062_r063_the_layout_of_the_upstream_gradient_does_not_matter(layout: str) -> None:
    array, seed = RNG.standard_normal((3, 3)), RNG.standard_normal((3, 3))
    other = LAYOUTS[layout](seed)
    for program in (lambda x: x + x, lambda x: x @ x, lambda x: x.T, lambda x: x[::-1]):
        _, wanted = gradients(program, array, seed=seed)
        _, found = gradients(program, array, seed=other)
        assert found == pytest.approx(wanted, rel=1e-14)
        assert (other == seed).all()


def test_r063_an_upstream_gradient_of_stride_zero_is_never_written_to() -> None:
    one = np.ones(1)
    seed = np.broadcast_to(one, (3, 3))
    x = Tensor(RNG.standard_normal((3, 3)), requires_grad=True)
    y = x + x
    for _ in range(2):
        y.backward(seed)
    assert (x.grad.numpy() == 4.0).all()
    assert one.tolist() == [1.0]
    x.grad.data[0, 0] = 7.0  # the gradient has memory of its own, in full
    assert x.grad.tolist()[0] == [7.0, 4.0, 4.0]
    assert one.tolist() == [1.0]


def test_r063_a_tensor_of_a_broadcast_array_has_memory_of_its_own() -> None:
    x = Tensor(np.broadcast_to(np.array([1.0]), (3,)))
    x.data[0] = 5.0
    assert x.tolist() == [5.0, 1.0, 1.0]


# -- products --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 2)),
        ((2, 3, 4), (2, 4, 2)),
        ((2, 3, 4), (4,)),
        ((4,), (2, 4, 3)),
        ((2, 3, 4), (4, 2)),
        ((3, 4), (2, 4, 2)),
        ((2, 1, 3, 2), (2, 2, 2)),
        ((1, 3, 2), (2, 2, 2)),
        ((1, 1), (1, 1)),
        ((0, 2, 3), (3, 2)),
    ],
    ids=str,
)
def test_r064_t19_matmul_at_every_rank(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    x, y = RNG.standard_normal(first), RNG.standard_normal(second)
    check(ag.matmul, x, y)
    assert gradients(lambda a, b: a @ b, x, y)[0] == pytest.approx(x @ y)
    assert gradients(lambda a: a @ y, x)[0] == pytest.approx(x @ y)
    assert gradients(lambda b: x @ b, y)[0] == pytest.approx(x @ y)


def test_r064_matmul_that_does_not_fit_names_the_shapes() -> None:
    for first, second in (((4, 5), (3, 2)), ((2,), (3,)), ((), (2, 2))):
        with pytest.raises(ShapeError) as caught:
            ag.matmul(Tensor(np.ones(first)), Tensor(np.ones(second)))
        assert str(first) in str(caught.value)
        assert str(second) in str(caught.value)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ii->i", [(3, 3)]),
        ("ii->", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("iij->j", [(2, 2, 3)]),
        ("iji->j", [(2, 3, 2)]),
        ("iii->i", [(2, 2, 2)]),
        ("ij->", [(2, 3)]),
        ("ij->j", [(2, 3)]),
        ("ij->ji", [(2, 3)]),
        ("ij,jk->ik", [(2, 3), (3, 2)]),
        ("ij,jk", [(2, 3), (3, 2)]),
        ("ij,k->ik", [(2, 3), (2,)]),
        ("ij,i->i", [(2, 3), (2,)]),
        ("ij,k->", [(2, 3), (2,)]),
        ("i,j->ji", [(2,), (3,)]),
        ("i,i->i", [(1,), (3,)]),
        ("ij,ij->i", [(2, 1), (2, 3)]),
        ("ij,jk->ik", [(2, 1), (3, 2)]),
        ("ii,i->i", [(3, 3), (3,)]),
        ("ii,jj->ij", [(2, 2), (3, 3)]),
        ("...ij,...jk->...ik", [(2, 2, 3), (3, 2)]),
        ("...i,i->...", [(2, 2, 3), (3,)]),
        ("i...,i...->...", [(2, 3), (2, 3)]),
        ("...", [(2, 3)]),
        ("i,i,i->", [(3,), (3,), (3,)]),
        ("bij,bjk,bkl->bil", [(2, 2, 3), (2, 3, 2), (2, 2, 2)]),
        (",i->i", [(), (3,)]),
    ],
    ids=str,
)
def test_r065_einsum(subscripts: str, shapes: list[tuple[int, ...]]) -> None:
    arrays = [RNG.standard_normal(shape) for shape in shapes]
    check(lambda *x: ag.einsum(*x, subscripts=subscripts), *arrays)
    tensors = [Tensor(a) for a in arrays]
    assert np.einsum(subscripts, *tensors).numpy() == pytest.approx(np.einsum(subscripts, *arrays))


def test_r065_einsum_of_one_tensor_twice() -> None:
    check(lambda x: ag.einsum(x, x, subscripts="ij,jk->ik"), RNG.standard_normal((3, 3)))
    check(lambda x: ag.einsum(x, x, subscripts="ij,kj->ik"), RNG.standard_normal((2, 3)))


@pytest.mark.parametrize("axes", [0, 1, 2, ([0], [1]), ([1, 0], [0, 1]), ([0, 1], [1, 0]), ([-1], [-1])], ids=str)
def test_r065_tensordot(axes: Any) -> None:
    x, y = RNG.standard_normal((2, 2)), RNG.standard_normal((2, 2))
    check(lambda x, y: ag.tensordot(x, y, axes=axes), x, y)


# -- reductions ------------------------------------------------------------------------------------------------------

REDUCTIONS = {
    "sum": ag.sum,
    "mean": ag.mean,
    "prod": ag.prod,
    "max": ag.max,
    "min": ag.min,
    "var": ag.var,
    "std": ag.std,
    "norm": ag.norm,
    "logsumexp": ag.logsumexp,
}
AXES = [None, 0, 1, -1, -3, (0, 1), (2, 0), (0, -1), (0, 1, 2), (-2, 0), ()]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_r066_t21_reductions_over_every_axis(name: str, axis: Any, keepdims: bool) -> None:
    x = RNG.permutation(12).reshape(2, 3, 2) / 4.0 + 0.5
    reduce = REDUCTIONS[name]
    check(lambda t: reduce(t, axis=axis, keepdims=keepdims), x)  # std over no axis: constants, gradient 0
    out = reduce(Tensor(x), axis=axis, keepdims=keepdims)
    assert out.shape == np.sum(x, axis=axis, keepdims=keepdims).shape
    if name not in ("norm", "logsumexp"):
        assert out.numpy() == pytest.approx(getattr(np, name)(x, axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("axis", [(0, 0), (0, -3), 3, -4, (0, 5)], ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_r066_an_axis_twice_or_out_of_range(name: str, axis: Any) -> None:
    with pytest.raises(ValueError, match="axis"):
        REDUCTIONS[name](Tensor(np.ones((2, 3, 2)), requires_grad=True), axis=axis)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cumsum"])
@pytest.mark.parametrize("axis", [0, 1, -1, -3])
def test_r066_functions_along_one_axis(name: str, axis: int) -> None:
    check(lambda x: getattr(ag, name)(x, axis=axis), RNG.standard_normal((2, 3, 2)))
    with pytest.raises(ValueError, match="axis"):
        getattr(ag, name)(Tensor(np.ones((2, 3))), axis=2)


def test_r066_reductions_of_a_zero_dimensional_tensor() -> None:
    for name, reduce in REDUCTIONS.items():
        _, grad = gradients(reduce, 2.0)
        assert grad == (0.0 if name in ("var", "std") else 1.0), name


# -- moving elements -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.squeeze(),
        lambda x: ag.squeeze(x, axis=1),
        lambda x: ag.squeeze(x, axis=(-2,)),
        lambda x: ag.expand_dims(x, axis=0),
        lambda x: ag.expand_dims(x, axis=(0, -1)),
        lambda x: x.transpose(2, 0, 1),
        lambda x: x.transpose((1, 0, 2)),
        lambda x: x.transpose(-1, 0, 1),
        lambda x: x.transpose(),
        lambda x: x.T,
        lambda x: ag.swapaxes(x, axis1=0, axis2=-1),
        lambda x: ag.moveaxis(x, source=0, destination=-1),
        lambda x: ag.moveaxis(x, source=(0, 1), destination=(2, 0)),
        lambda x: ag.tile(x, reps=2),
        lambda x: ag.tile(x, reps=(2, 1, 1, 3)),
        lambda x: ag.tile(x, reps=(2, 2)),
        lambda x: ag.tile(x, reps=0),
        lambda x: ag.repeat(x, repeats=3),
        lambda x: ag.repeat(x, repeats=2, axis=0),
        lambda x: ag.repeat(x, repeats=[1, 0, 2], axis=-1),
        lambda x: ag.roll(x, shift=2),
        lambda x: ag.roll(x, shift=-1, axis=2),
        lambda x: ag.roll(x, shift=(1, 2), axis=(0, 2)),
        ag.flip,
        lambda x: ag.flip(x, axis=2),
        lambda x: ag.flip(x, axis=(0, -1)),
        lambda x: ag.pad(x, pad_width=1),
        lambda x: ag.pad(x, pad_width=((0, 1), (2, 0), (1, 1)), constant_values=3.0),
        lambda x: ag.pad(x, pad_width=(1, 2)),
        lambda x: x.reshape(3, 2),
        lambda x: x.reshape((-1, 2)),
        lambda x: x.ravel(),
        lambda x: ag.broadcast_to(x, shape=(2, 2, 4, 3)),
        lambda x: ag.split(x, 3, axis=2)[1],
        lambda x: ag.split(x, [1], axis=-1)[1] * ag.split(x, [1], axis=-1)[0],
        lambda x: ag.concatenate(ag.split(x, 2)[::-1]),
        lambda x: np.flip(x, axis=1) * np.roll(x, 1, axis=0),
        lambda x: np.transpose(x, (1, 2, 0)),
        lambda x: np.moveaxis(x, 0, 2),
        lambda x: np.expand_dims(x, 1),
        lambda x: np.reshape(x, (6,)),
    ],
)
def test_r067_moved_elements_take_their_gradients_back(function: Callable[[Any], Any]) -> None:
    check(function, RNG.standard_normal((2, 1, 3)))


def test_r067_flip_reverses_the_gradient() -> None:
    _, x = gradients(ag.flip, [1.0, 2.0, 3.0], seed=np.array([1.0, 2.0, 3.0]))
    assert x.tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.reshape(4),
        lambda x: x.reshape(-1, 4),
        lambda x: ag.split(x, 2, axis=1),
        lambda x: ag.broadcast_to(x, shape=(2, 2)),
        lambda x: ag.squeeze(x, axis=0),
        lambda x: ag.swapaxes(x, axis1=0, axis2=2),
        lambda x: x.transpose(0, 0),
    ],
)
def test_r067_shapes_that_cannot_be(function: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - NumPy words some of these
        function(Tensor(np.ones((2, 3)), requires_grad=True))


# -- NumPy on the left -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda a, x: a * x,
        lambda a, x: a + x,
        lambda a, x: a - x,
        lambda a, x: a / x,
        lambda a, x: a**x,
        lambda a, x: a @ x,
        np.multiply,
        lambda a, x: np.float64(3) * x,
        lambda a, x: np.array(3.0) - x,
    ],
)
def test_r068_an_array_on_the_left_records(function: Callable[[Any, Any], Any]) -> None:
    array = np.array([1.0, 2.0, 3.0])
    x = Tensor(np.array([2.0, 3.0, 4.0]), requires_grad=True)
    out = function(array, x)
    assert type(out) is Tensor
    assert out.requires_grad
    assert out.dtype == np.float64
    out.sum().backward()
    assert x.grad.shape == (3,)


@pytest.mark.parametrize(
    "function", [lambda a, x: a == x, lambda a, x: a < x, lambda a, x: a >= x, lambda a, x: a != x]
)
def test_r068_a_comparison_with_an_array_on_the_left(function: Callable[[Any, Any], Any]) -> None:
    out = function(np.array([1.0, 2.0]), Tensor(np.array([2.0, 2.0])))
    assert type(out) is Tensor
    assert out.dtype == np.bool_
    assert out.shape == (2,)


def test_r068_an_array_changed_in_place_by_a_tensor_is_refused() -> None:
    array = np.ones(2)
    with pytest.raises(TypeError):
        array += Tensor([1.0, 1.0], requires_grad=True)
    assert array.tolist() == [1.0, 1.0]


def test_r068_both_orders_agree() -> None:
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    for left, right in itertools.product([array, 2.0, 2, np.float32(2)], repeat=2):
        if isinstance(left, np.ndarray) == isinstance(right, np.ndarray):
            continue
        x = Tensor(array)
        assert (left * x).tolist() == (x * left).tolist()
        assert (right + x).tolist() == (x + right).tolist()
