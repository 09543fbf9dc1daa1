"""Cases of data types: R112 to R120 and T24 of the catalogue of known failures."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
import optim
from autograd import Node, Tensor, get_default_dtype, set_default_dtype, topological_order
from autograd.errors import DtypeError, ShapeError, StepgradError


@pytest.fixture
def float64_default() -> Iterator[None]:
    set_default_dtype("float64")
    yield
    set_default_dtype("float32")


def single(*shape: int) -> Tensor:
    return Tensor(np.ones(shape or (2,), np.float32), requires_grad=True)


SCALARS = [2.0, 2, True, np.float64(2), np.sqrt(64), np.int64(3), np.float32(2), np.bool_(True)]


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize(
    "operation",
    [
        lambda x, c: x * c,
        lambda x, c: c * x,
        lambda x, c: x / c,
        lambda x, c: c - x,
        lambda x, c: x**c,
        lambda x, c: c**x,
        ag.maximum,
        lambda x, c: ag.where(x > 0, x, c),
    ],
)
def test_r112_r113_scalars_never_widen(operation: Callable[[Any, Any], Any], scalar: Any) -> None:
    x = single()
    out = operation(x, scalar)
    out.sum().backward()
    assert out.dtype == np.float32
    assert x.grad is not None
    assert x.grad.dtype == np.float32


def test_r112_r113_arrays_do_as_in_pytorch() -> None:
    x = single()
    assert (x * np.ones(2)).dtype == np.float64
    assert (np.ones(2) * x).dtype == np.float64
    assert (x * np.ones(2, np.int64)).dtype == np.float32
    assert (np.ones(2, np.int64) * x).dtype == np.float32
    assert (x * np.ones(2, bool)).dtype == np.float32
    assert (x * Tensor([1, 2])).dtype == np.float32


def test_t24_twenty_operations_keep_single_precision() -> None:
    x = single(2, 3)
    y = x * 2.0 + 1
    y = (y / 3 - 0.5) ** 2
    y = ((-y).exp() + y.sigmoid() * np.float64(0.1)).tanh()
    y = ag.maximum(y, 0.1) + ag.where(y > 0.2, y, 0.3)
    y = y @ Tensor(np.ones((3, 2), np.float32)) + y.sum(axis=1, keepdims=True)
    y = y - y.mean(axis=0) + y.max() + y.std() + y.var() + y.norm()
    y = ag.concatenate([y, y.softmax(axis=-1)]).reshape(-1)[1:].cumsum(axis=0)
    loss = y.logsumexp(axis=0) + ag.log1p(y * y).sqrt().mean()
    loss.backward()
    walked = [n for n in topological_order(loss) if n.payload.dtype.kind != "b"]
    assert len(walked) > 30
    assert {n.payload.dtype for n in walked} == {np.dtype(np.float32)}
    assert x.grad is not None
    assert x.grad.dtype == np.float32


def test_r112_second_order_keeps_single_precision() -> None:
    x = single()
    (x**3 * 0.1).tanh().sum().backward(create_graph=True)
    first = x.grad
    assert first is not None
    x.zero_grad()
    (first * first).sum().backward()
    assert x.grad is not None
    assert {first.dtype, x.grad.dtype} == {np.dtype(np.float32)}
    assert {n.payload.dtype for n in topological_order(first)} == {np.dtype(np.float32)}


def test_rules_with_python_numbers_keep_double_precision() -> None:
    @ag.primitive
    def tenth(x: Any, /) -> Any:
        return x * 0.1

    tenth.defvjp(lambda g, out, x: 0.1)
    x = Tensor(np.ones(2), requires_grad=True)
    tenth(x).sum().backward(create_graph=True)
    assert x.grad is not None
    assert x.grad.tolist() == [0.1, 0.1]


@pytest.mark.parametrize("make", [lambda p: optim.Adam(p, lr=0.01), lambda p: optim.SGD(p, lr=0.01, momentum=0.9)])
def test_r114_whole_model_stays_single(make: Callable[[Any], Any]) -> None:
    model = nn.Sequential(nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = make(model.parameters())
    x = Tensor(np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32))
    for _ in range(3):
        loss = nn.CrossEntropyLoss()(model(x), Tensor(np.array([0, 1, 0, 1, 1, 0])))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        walked = [n for n in topological_order(loss) if n.payload.dtype.kind == "f"]
        assert {n.payload.dtype for n in walked} == {np.dtype(np.float32)}
    for parameter in model.parameters():
        assert (parameter.dtype, parameter.grad.dtype) == (np.float32, np.float32)
    assert not [a.dtype for a in arrays_in(optimizer.state_dict()) if a.dtype == np.float64]


def arrays_in(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from arrays_in(item)
    elif isinstance(tree, Node):
        yield tree.payload
    elif isinstance(tree, np.ndarray) and tree.ndim:
        yield tree


def test_r115_integers_become_the_default_dtype() -> None:
    i = Tensor([1, 2])
    results = (i * 2.0, 2.0 * i, i / i, i / 2, i + 0.5, i.exp(), ag.where(i > 1, 0.5, 1.5), i * np.float64(2.0))
    assert {y.dtype for y in results} == {get_default_dtype()} == {np.dtype(np.float32)}
    assert (i * np.ones(2)).dtype == np.float64
    assert i.astype("float64").dtype == np.float64
    assert (i * 2).dtype == (i // 2).dtype == (i**2).dtype == np.int64


@pytest.mark.usefixtures("float64_default")
def test_r115_default_dtype_can_be_changed() -> None:
    assert (Tensor([1, 2]) / 2).dtype == np.float64
    assert Tensor([1.0]).dtype == np.float64
    for junk in ("int64", "bool", "complex128"):
        with pytest.raises(DtypeError):
            set_default_dtype(junk)


def test_r115_reductions_of_integers() -> None:
    assert Tensor(np.array([1, 2], np.int32)).sum().dtype == np.int64
    assert Tensor([True, True]).sum().dtype == np.int64
    assert Tensor([True, True]).sum().item() == 2
    with pytest.raises(TypeError, match="floating dtype in mean, got int64"):
        Tensor([1, 2]).mean()


def test_r116_bools() -> None:
    b = Tensor([True, False])
    assert (b + b).dtype == bool
    assert (b + b).tolist() == [True, False]
    with pytest.raises(TypeError):
        _ = b - b
    with pytest.raises(DtypeError, match="~x"):
        _ = -b
    assert (~b).tolist() == [False, True]


def test_r117_small_integers_overflow_as_in_numpy() -> None:
    with pytest.raises(OverflowError, match="300"):
        Tensor(np.array([1], np.uint8)) + 300
    assert (Tensor(np.array([100], np.int8)) * Tensor(np.array([3], np.int8))).tolist() == [44]


def test_r118_gradients_have_their_tensors_dtype() -> None:
    a = Tensor(np.ones((2, 1), np.float32), requires_grad=True)
    b = Tensor(np.ones(3, np.float64), requires_grad=True)
    h = Tensor(np.ones((), np.float16), requires_grad=True)
    (a * b + h).sum().backward()
    for x in (a, b, h):
        assert x.grad is not None
        assert (x.grad.dtype, x.grad.shape) == (x.dtype, x.shape)
    a.zero_grad()
    (a.astype("float64") * b).sum().backward(create_graph=True)
    assert a.grad is not None
    assert a.grad.dtype == np.float32


def test_r118_assigned_gradient_of_another_kind_is_refused() -> None:
    x = single()
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\)"):
        x.grad = np.ones(3, np.float32)  # type: ignore[assignment]
    with pytest.raises(DtypeError, match=r"float32.*float64"):
        x.grad = np.ones(2)  # type: ignore[assignment]
    x.grad = np.ones(2, np.float32)  # type: ignore[assignment]
    assert x.grad is not None
    x.grad = None
    assert x.grad is None


def test_r119_half_precision() -> None:
    h = Tensor(np.ones(4, np.float16), requires_grad=True)
    out = (h * 2).sum()
    out.backward()
    assert h.grad is not None
    assert (out.dtype, h.grad.dtype) == (np.float16, np.float16)
    assert np.isinf((h * 1e6).payload).all()


@pytest.mark.parametrize("name", ["mean", "var", "std", "max"])
def test_r119_halves_are_counted_and_added_up_in_more(name: str) -> None:
    many = np.ones(70_000, np.float16)
    many[::2] = 3.0 if name in ("var", "std") else 1.0
    x = Tensor(many, requires_grad=True)
    out = getattr(x, name)()
    out.backward()
    assert out.item() == 1.0
    assert x.grad is not None
    total = np.abs(x.grad.payload.astype(np.float64)).sum()
    assert total == pytest.approx(2.0 if name == "var" else 1.0, rel=0.02)


def test_r120_big_endian_and_matrix_are_converted() -> None:
    big = Tensor(np.array([1.0, 2.0], ">f8"), requires_grad=True)
    (big * 3).sum().backward()
    assert big.dtype.isnative
    assert big.grad is not None
    assert big.grad.tolist() == [3.0, 3.0]
    matrix = Tensor(np.array([[1.0, 2.0]]).view(np.matrix))
    assert type(matrix.payload) is np.ndarray
    assert (matrix * matrix).tolist() == [[1.0, 4.0]]


@pytest.mark.parametrize(
    "data",
    [
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.array([object()]),
        np.ma.array([1.0, 2.0], mask=[False, True]),
        np.array(["a"]),
        np.array(["2020-01-01"], dtype="M8[D]"),
        None,
        {1: 2},
        b"ab",
    ],
)
def test_r120_what_is_no_number_is_refused(data: Any) -> None:
    with pytest.raises(DtypeError):
        Tensor(data)
    with pytest.raises((DtypeError, StepgradError, TypeError)):
        single(1) * data


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, bool])
def test_t24_integers_cannot_require_a_gradient(dtype: Any) -> None:
    with pytest.raises(DtypeError, match="floating or complex dtype"):
        Tensor(np.ones(2, dtype), requires_grad=True)
    x = single()
    for result in (x > 0, x.argmax(), x.astype(dtype), x == x):
        assert (result.requires_grad, result.is_leaf) == (False, True)
