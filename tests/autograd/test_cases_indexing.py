"""Indexing and mutation, cases R069-R082 with T13, T20: a gradient is right, or an error says why not."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, no_grad
from autograd.errors import GraphError, ShapeError, StaleGraphError

RNG = np.random.default_rng(11)


def array(*shape: int) -> Any:
    return np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)


def leaf(data: Any) -> Tensor:
    return Tensor(np.asarray(data, dtype=np.float64), requires_grad=True)


def check_index(index: Any, x: Any) -> Any:
    """Compare a read and its gradient with NumPy, at a random upstream; return the gradient."""
    t = leaf(x)
    out = t[index]
    assert out.shape == x[index].shape
    assert (out.detach().numpy() == x[index]).all()
    seed = RNG.standard_normal(out.shape)
    out.backward(seed)
    expected = np.zeros(x.shape)
    np.add.at(expected, index, seed)
    assert t.grad.numpy() == pytest.approx(expected)
    return t.grad.numpy()


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([0, 0, 2, -1], [2.0, 0.0, 2.0]),
        ([0, 0, 1], [2.0, 1.0, 0.0]),
        ([1] * 5, [0.0, 5.0, 0.0]),
        ([-3, 0], [2.0, 0.0, 0.0]),
    ],
)
def test_r069_t20_an_element_read_twice_collects_both_gradients(index: list[int], expected: list[float]) -> None:
    for spelled in (index, np.array(index), Tensor(np.array(index)), (index,)):
        x = leaf([1.0, 2.0, 3.0])
        x[spelled].sum().backward()
        assert x.grad.tolist() == expected


def test_r069_repeated_rows() -> None:
    check_index([0, 0, 2], array(3, 4))
    check_index(RNG.integers(-5, 5, size=(7, 3)), array(5, 2, 2))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_r069_take_adds_up_too(axis: int | None) -> None:
    x = leaf(array(2, 3))
    ag.take(x, indices=[[0, 0], [1, -1]], axis=axis).sum().backward()
    expected = np.zeros((2, 3))
    if axis is None:
        np.add.at(expected.reshape(-1), [0, 0, 1, -1], 1.0)
    else:
        np.add.at(expected, ([0, 0, 1, -1],) if axis == 0 else (slice(None), [0, 0, 1, -1]), 1.0)
    assert x.grad.numpy().tolist() == expected.tolist()


def test_r069_take_along_axis() -> None:
    x = leaf(array(2, 3))
    ag.take_along_axis(x, indices=np.array([[0, 0], [2, -1]]), axis=1).sum().backward()
    assert x.grad.tolist() == [[2.0, 0.0, 0.0], [0.0, 0.0, 2.0]]


def test_r070_boolean_masks() -> None:
    x = leaf([1.0, 2.0, 3.0])
    x[np.array([True, False, True])].sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]
    y = leaf([1.0, 2.0, 3.0])
    y[y > 1.5].sum().backward()
    assert y.grad.tolist() == [0.0, 1.0, 1.0]
    check_index(array(2, 3) > 2, array(2, 3))
    check_index((slice(None), [True, False, True]), array(2, 3))


def test_r070_a_mask_of_nothing() -> None:
    x = leaf([1.0, 2.0, 3.0])
    out = x[np.array([False, False, False])]
    out.sum().backward()
    assert out.shape == (0,)
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    assert leaf([1.0])[[]].shape == (0,)


def test_r070_a_mask_of_the_wrong_length() -> None:
    with pytest.raises(IndexError, match=r"3.*2|2.*3"):
        leaf([1.0, 2.0, 3.0])[np.array([True, False])]


def test_r071_basic_and_advanced_indices_mixed() -> None:
    x = array(2, 3, 4)
    check_index((slice(None), [0, 1], [1, 2]), x)
    assert leaf(x)[:, [0, 1], [1, 2]].shape == (2, 2)
    assert leaf(x)[0, :, [1, 2]].shape == (2, 3)  # NumPy's rule: the advanced axes come first
    check_index((0, slice(None), [1, 2]), x)
    check_index(([0, 1, 1], slice(1, None), [1, 2, 2]), x)
    check_index((slice(None), [[0], [1]], [1, 1]), x)
    check_index((Ellipsis, [3, 3, 0]), x)
    check_index((None, [1, 1]), x)


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        np.int64(1),
        np.array(1),
        (1, 2),
        None,
        Ellipsis,
        (Ellipsis, 0),
        (None, 0, Ellipsis, None),
        slice(None, None, -1),
        slice(None, None, 2),
        slice(5, 1),
        slice(-2, None),
        (slice(None), slice(2, None, -2)),
        (slice(0, 0), slice(None)),
        (),
        True,
        False,
        (1, np.array([True, False, True, False])),
    ],
    ids=str,
)
def test_r072_t20_every_kind_of_basic_index(index: Any) -> None:
    check_index(index, array(3, 4))


def test_r072_a_tensor_as_an_index() -> None:
    x = leaf(array(3, 4))
    x[Tensor(np.array(1)), Tensor(np.array([0, 0]))].sum().backward()
    assert x.grad.tolist() == [[0.0] * 4, [2.0, 0.0, 0.0, 0.0], [0.0] * 4]


def test_r072_zero_dimensional() -> None:
    x = leaf(3.0)
    (x[()] * x[...] * x[None].sum()).backward()
    assert x.grad.item() == 27.0


@pytest.mark.parametrize(
    "index", [3, -4, (0, 4), (0, 0, 0), [0, 3], [0, -4], 0.0, "a", [0.5], slice("a", None)], ids=str
)
def test_r072_indices_that_cannot_be(index: Any) -> None:
    with pytest.raises((IndexError, TypeError)):
        leaf(array(3, 4))[index]


def test_t20_iterating_and_unpacking() -> None:
    x = leaf([1.0, 2.0, 3.0])
    a, b, c = x
    (a * b * c).backward()
    assert x.grad.tolist() == [6.0, 3.0, 2.0]
    assert [t.item() for t in x] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("kind", ["list", "array", "mask", "tensor", "nested"])
def test_an_index_changed_after_the_read_does_not_reach_the_gradient(kind: str) -> None:
    x = leaf([1.0, 2.0, 3.0])
    index: Any = {
        "list": [0, 1],
        "array": np.array([0, 1]),
        "mask": np.array([True, True, False]),
        "tensor": Tensor(np.array([0, 1])),
        "nested": (np.array([0, 1]),),
    }[kind]
    out = x[index]
    if kind == "tensor":
        index.data[...] = [2, 2]
    elif kind == "nested":
        index[0][:] = 2
    elif kind == "mask":
        index[:] = [False, True, True]
    else:
        index[:] = [2, 2]
    out.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 0.0]


def test_an_index_changed_after_an_assignment_or_take_does_not_reach_the_gradient() -> None:
    x, index = leaf([1.0, 2.0, 3.0]), np.array([0, 1])
    y = x * 1.0
    y[index] = 0.0
    z = ag.take(x, indices=index)
    index[:] = 2
    y.sum().backward()
    z.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


# -- assigning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(0, 2),
        slice(None, None, -2),
        Ellipsis,
        (slice(None), 1),
        [0, 2],
        ([0, 2], [1, 3]),
        array(3, 4) > 5,
        (array(3) > 1),
        (slice(None), [True, False, True, False]),
        (1, [0, 3]),
        [],
        slice(0, 0),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["number", "array", "tensor", "scalar tensor"])
def test_r073_assignment_into_a_result(index: Any, form: str) -> None:
    raw = array(3, 4)
    x = leaf(raw)
    y = x * 2.0
    value: Any = {
        "number": 7.0,
        "array": RNG.standard_normal(raw[index].shape),
        "tensor": leaf(RNG.standard_normal(raw[index].shape)),
        "scalar tensor": leaf(7.0),
    }[form]
    y[index] = value
    expected = raw * 2.0
    expected[index] = value.detach().numpy() if isinstance(value, Tensor) else value
    assert y.tolist() == expected.tolist()
    seed = RNG.standard_normal(raw.shape)
    y.backward(seed)
    kept = np.ones(raw.shape)
    kept[index] = 0.0
    assert x.grad.numpy() == pytest.approx(2.0 * seed * kept)
    if form == "tensor":
        assert value.grad.numpy() == pytest.approx(seed[index])
    if form == "scalar tensor":
        assert value.grad.item() == pytest.approx(seed[index].sum())


def test_r073_a_value_that_broadcasts_sums_its_gradient() -> None:
    value = leaf([[1.0], [2.0]])
    y = leaf(np.zeros((2, 3))) * 1.0
    y[:, :] = value
    y.sum().backward()
    assert value.grad.tolist() == [[3.0], [3.0]]


def squared_and_scaled(x: Any) -> Any:
    y = x * x
    y[0] = y[0] * 3.0
    y[1] += y[0]
    return y.sum()


def test_r073_a_value_may_be_computed_from_its_target() -> None:
    """What read the target before it was assigned into read the old one."""
    x = np.array([1.0, 2.0])
    expected = [2 * 3.0 * 2.0 * 1.0, 2.0 * 2.0]  # 3 a^2 + (b^2 + 3 a^2)
    a = leaf(x)
    squared_and_scaled(a).backward()
    assert a.grad.tolist() == expected
    assert ag.grad(squared_and_scaled)(x).tolist() == expected
    assert ag.hessian(squared_and_scaled)(x).tolist() == [[12.0, 0.0], [0.0, 2.0]]
    assert ag.jvp(squared_and_scaled, (x,), (np.array([1.0, 1.0]),))[1] == sum(expected)


def test_r073_a_recurrence_written_into_an_array() -> None:
    w = leaf(0.9)
    h = Tensor(np.zeros(5))
    h[0] = w
    for t in range(1, 5):
        h[t] = h[t - 1] * w
    h.sum().backward()
    assert w.grad.item() == pytest.approx(sum((t + 1) * 0.9**t for t in range(5)))


def test_r073_a_target_assigned_to_itself_and_through_a_mask() -> None:
    x = leaf([1.0, -2.0, 3.0])
    y = x * 2.0
    y[...] = y
    y[:2] = y[1:]
    y[y < 0] = -y[y < 0]
    y.sum().backward()
    assert y.tolist() == [4.0, 6.0, 6.0]
    assert x.grad.tolist() == [0.0, -2.0, 4.0]


def test_r073_writing_without_reading_walks_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result is filled in step by step from a long history, which must not be walked for each step."""

    def walk(*nodes: Any) -> None:
        raise AssertionError("expected no walk")

    x = leaf(1.0)
    state, out = x * 1.0, Tensor(np.zeros(30))
    out[0] = x
    monkeypatch.setattr(sys.modules["autograd.tensor"], "_redirect", walk)
    for t in range(1, 30):
        state = state * 1.0
        out[t] = state
    monkeypatch.undo()
    out.sum().backward()
    assert x.grad.item() == 30.0


def test_r073_a_value_computed_from_a_copy_of_its_target() -> None:
    x = leaf([1.0, 2.0, 3.0])
    squares = x * x
    y = squares.copy()
    y[0] = squares[1] * squares[2]
    y.sum().backward()
    assert y.tolist() == [36.0, 4.0, 9.0]
    # d(x1^2 x2^2 + x1^2 + x2^2)
    assert x.grad.tolist() == [0.0, 2 * 2 * 9 + 4.0, 2 * 3 * 4 + 6.0]


def test_r073_assignments_one_after_another() -> None:
    x, a, b = leaf([1.0, 2.0, 3.0]), leaf(5.0), leaf(6.0)
    y = x * 2.0
    y[0] = a
    y[0:2] = b
    y[2] = x[2] * 3.0
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 3.0]
    assert (a.grad.item(), b.grad.item()) == (0.0, 2.0)


def test_r073_a_tensor_used_twice_and_assigned_into_mygrad_93() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1.0
    y[0] = 5.0
    z = y * y
    z.sum().backward()
    assert x.grad.tolist() == [0.0, 4.0]


def test_r073_assignment_into_constants_records_the_value() -> None:
    buffer, value = Tensor(np.zeros(3)), leaf(2.0)
    buffer[1] = value * 3.0
    assert buffer.requires_grad
    buffer.sum().backward()
    assert value.grad.item() == 3.0


@pytest.mark.parametrize("index", [[0, 0], [0, -3], ([0, 1, 0],), np.array([2, 2])], ids=str)
def test_r074_duplicate_places_in_an_assignment_are_refused(index: Any) -> None:
    """Choice 6: PyTorch gives both values a gradient though only one of them is kept."""
    y = leaf([1.0, 2.0, 3.0]) * 1.0
    count = np.size(index[0] if isinstance(index, tuple) else index)
    with pytest.raises(ShapeError, match="duplicate"):
        y[index] = leaf(np.ones(count))


def test_r074_one_number_in_a_place_named_twice_has_its_gradient_once() -> None:
    x, value = leaf([1.0, 2.0, 3.0]), leaf(5.0)
    y = x * 1.0
    y[[0, 0]] = value
    y.sum().backward()
    assert y.tolist() == [5.0, 2.0, 3.0]
    assert x.grad.tolist() == [0.0, 1.0, 1.0]
    assert value.grad.item() == 1.0


def test_r073_r074_the_second_order_of_an_assignment() -> None:
    def function(x: Any) -> Any:
        y = x * x
        y[0] = x[1] * x[1] * x[0]
        return ag.sum(y * y)  # x0^2 x1^4 + x1^4 + x2^4

    found = ag.hessian(function)(np.array([2.0, 3.0, 1.0]))
    expected = [[162.0, 432.0, 0.0], [432.0, 12 * 4 * 9 + 108.0, 0.0], [0.0, 0.0, 12.0]]
    assert np.asarray(found) == pytest.approx(np.array(expected))


# -- leaves ----------------------------------------------------------------------------------------------------------


def add_one(x: Any) -> None:
    x += 1.0


def subtract_one(x: Any) -> None:
    x -= 1.0


def double(x: Any) -> None:
    x *= 2.0


def halve(x: Any) -> None:
    x /= 2.0


def assign(x: Any) -> None:
    x[0] = 5.0


IN_PLACE: list[tuple[Callable[[Any], None], list[float]]] = [
    (add_one, [2.0, 3.0]),
    (subtract_one, [0.0, 1.0]),
    (double, [2.0, 4.0]),
    (halve, [0.5, 1.0]),
    (assign, [5.0, 2.0]),
]


@pytest.mark.parametrize(("change", "expected"), IN_PLACE)
def test_r075_a_leaf_changes_under_no_grad_only(change: Callable[[Any], None], expected: list[float]) -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(GraphError, match="no_grad"):
        change(x)
    assert x.tolist() == [1.0, 2.0]
    with no_grad():
        change(x)
    assert x.tolist() == expected
    assert x.is_leaf
    assert x.requires_grad


@pytest.mark.parametrize(("change", "expected"), IN_PLACE)
def test_r075_a_leaf_changed_under_no_grad_leaves_recorded_graphs_alone(
    change: Callable[[Any], None], expected: list[float]
) -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    with no_grad():
        change(x)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]  # at the recorded values
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0 + 2 * expected[0], 4.0 + 2 * expected[1]]


# -- results that others have read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read", [lambda y: y * y, lambda y: y.exp(), lambda y: y[:] * 2.0, lambda y: y.reshape(2, 1), lambda y: y + 3.0]
)
def test_r076_r077_assigning_into_a_result_after_it_was_read(read: Callable[[Any], Any]) -> None:
    """PyTorch allows it where the reader saved nothing (R077); here a graph that would be ambiguous is refused."""
    x = leaf([1.0, 2.0])
    y = x * 2.0
    z = read(y)
    y[0] = 9.0
    with pytest.raises(StaleGraphError, match="input 0"):
        z.sum().backward()
    assert x.grad is None
    y.sum().backward()  # the tensor itself is fine
    assert x.grad.tolist() == [0.0, 2.0]


def test_r076_an_assignment_that_changes_no_number_is_an_assignment() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2.0
    z = y * y
    y[0] = 2.0
    with pytest.raises(StaleGraphError):
        z.sum().backward()  # through y it would lose the first element


def test_r076_a_buffer_read_before_something_was_assigned_into_it() -> None:
    buffer, w, value = Tensor(np.zeros(2)), leaf([1.0, 2.0]), leaf(0.0)
    z = buffer * w
    buffer[0] = value * 3.0
    with pytest.raises(StaleGraphError):
        z.sum().backward()


def test_r076_adding_in_place_rebinds_and_keeps_the_recorded_operand() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2.0
    z = y * y
    y += 1.0
    z.sum().backward()
    assert x.grad.tolist() == [8.0, 16.0]
    assert y.tolist() == [3.0, 5.0]


def test_r076_changing_the_result_of_exp() -> None:
    x = leaf([0.0, 1.0])
    z = x.exp()
    z += 1.0
    z.sum().backward()
    assert x.grad.numpy() == pytest.approx(np.exp([0.0, 1.0]))
    x.zero_grad()
    z = x.exp()
    z[0] = 5.0  # the rule of exp reads its result: the recorded one
    (z * z).sum().backward()
    assert x.grad.numpy() == pytest.approx([0.0, 2 * np.exp(2.0)])


def test_r076_changing_through_a_view() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = x * 1.0
    row = y[0]
    z = y * y
    row[0] = 9.0  # a tensor of its own: y is as it was
    assert y.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    z.sum().backward()
    assert x.grad.tolist() == [[2.0, 4.0], [6.0, 8.0]]


def test_r077_r081_adding_in_place_where_nobody_needs_the_old_value() -> None:
    x = leaf([1.0, 2.0])
    y = x + 3.0
    y += 1.0
    y *= 2.0
    y.sum().backward()
    assert y.tolist() == [10.0, 12.0]
    assert x.grad.tolist() == [2.0, 2.0]


# -- arrays that the user still holds ----------------------------------------------------------------------------------


def test_r078_the_array_a_tensor_was_made_of() -> None:
    data = np.array([1.0, 2.0])
    x = Tensor(data, requires_grad=True)
    y = x * x
    data[:] = 100.0
    y.sum().backward()
    assert x.tolist() == [1.0, 2.0]
    assert x.grad.tolist() == [2.0, 4.0]


def test_r078_writing_through_data() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    x.data[:] = 100.0
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.tolist() == [100.0, 100.0]
    alias = x.data
    z = x * x
    alias += 1.0
    z.sum().backward()
    assert x.grad.tolist() == [202.0, 204.0]
    assert x.tolist() == [101.0, 101.0]


def test_r078_an_array_that_was_assigned_to_data() -> None:
    x, other = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    x.data = other
    y = x * x
    other[:] = 100.0
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 8.0]
    assert x.tolist() == [3.0, 4.0]


def test_r078_an_array_as_the_other_operand() -> None:
    x, factor = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    condition = np.array([True, False])
    y = x * factor + ag.where(condition, x, 0.0)
    factor[:] = 100.0
    condition[:] = True
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_r078_a_constant_tensor_as_the_other_operand() -> None:
    x, factor = leaf([1.0, 2.0]), Tensor(np.array([3.0, 4.0]))
    y = x * factor
    factor.data[:] = 100.0
    factor[0] = 7.0
    factor *= 2.0
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert factor.tolist() == [14.0, 200.0]


def test_r078_results_are_read_only() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    for view in (y.data, y.detach().numpy(), x.detach().numpy()):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 5.0
    with pytest.raises(StaleGraphError):
        y.data = np.zeros(2)
    with pytest.raises(GraphError, match="detach"):
        y.numpy()


def test_r078_a_detached_tensor_shares_nothing_that_can_be_written() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    z = y * y
    d = y.detach()
    d.data[:] = 100.0
    d[0] = 7.0
    d += 1.0
    z.sum().backward()
    assert y.tolist() == [1.0, 4.0]
    assert x.grad.tolist() == [4.0, 32.0]


@pytest.mark.parametrize("write", ["data", "in place", "array"])
def test_r079_a_step_between_forward_and_backward(write: str) -> None:
    """PyTorch raises; here the gradient is that of the recorded values."""
    w, x = leaf([2.0, 3.0]), np.array([5.0, 7.0])
    hidden = w * x
    loss = (hidden * w).sum()
    if write == "data":
        w.data = w.data - 0.1
    elif write == "array":
        w.data -= 0.1
    else:
        with no_grad():
            w -= 0.1
    loss.backward()
    assert w.grad.tolist() == [2 * 2.0 * 5.0, 2 * 3.0 * 7.0]
    assert w.detach().numpy() == pytest.approx([1.9, 2.9])
    with pytest.raises(StaleGraphError):
        loss.backward(create_graph=True)


# -- who owns what -----------------------------------------------------------------------------------------------------

PROGRAMS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "maximum": ag.maximum,
    "where": lambda x, y: ag.where(np.eye(3) > 0, x, y),
    "matmul": lambda x, y: x @ y,
    "twice": lambda x, y: x + x + y,
    "positive": lambda x, y: (+x) + (+y),
    "negative": lambda x, y: -x - y,
    "reshape": lambda x, y: x.reshape(9) + y.reshape(9),
    "transpose": lambda x, y: x.T + y.T,
    "index": lambda x, y: x[:] + y[::-1],
    "fancy index": lambda x, y: x[[0, 1, 2]] + y[[2, 2, 0]],
    "flip": lambda x, y: ag.flip(x) + y,
    "concatenate": lambda x, y: ag.concatenate([x, y, x]),
    "stack": lambda x, y: ag.stack([x, y]),
    "broadcast": lambda x, y: ag.broadcast_to(x, shape=(2, 3, 3)) + y,
    "sum": lambda x, y: x.sum() + y.sum(),
    "mean": lambda x, y: x.mean(axis=0) + y.mean(axis=1),
    "max": lambda x, y: x.max() + y.max(axis=0),
    "squeeze": lambda x, y: ag.squeeze(x[None]) + ag.expand_dims(y, axis=0),
    "astype": lambda x, y: x.astype("float64") + y.astype("float64"),
    "copy": lambda x, y: ag.copy(x) + ag.copy(y),
    "relu": lambda x, y: ag.relu(x) + ag.relu(y),
    "moveaxis": lambda x, y: ag.moveaxis(x, source=0, destination=1) + ag.swapaxes(y, axis1=0, axis2=1),
    "cumsum": lambda x, y: ag.cumsum(x, axis=0) + ag.cumsum(y, axis=1),
    "assignment": lambda x, y: ag.set_item(x, y, index=slice(None)),
    "softmax": lambda x, y: ag.softmax(x) + y,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_r080_t13_gradients_have_memory_of_their_own(name: str) -> None:
    raw = [np.abs(RNG.standard_normal((3, 3))) + 0.5 for _ in range(2)]
    x, y = (leaf(a) for a in raw)
    out = PROGRAMS[name](x, y)
    seed = RNG.standard_normal(out.shape)
    given = seed.copy()
    out.retain_grad()
    out.backward(given)
    assert (given == seed).all()
    assert all((t.detach().numpy() == a).all() for t, a in zip((x, y), raw, strict=True))
    first = [x.grad.numpy(), y.grad.numpy(), out.grad.numpy()]
    owners = [*first, given, x.detach().numpy(), y.detach().numpy(), out.detach().numpy()]
    for i, a in enumerate(first):
        for b in owners[i + 1 :]:
            assert not np.shares_memory(a, b)
    kept = [g.copy() for g in first]
    given[...] = 0.0  # the seed was not retained
    assert all((a == b).all() for a, b in zip(first, kept, strict=True))
    x.grad.data[...] = 0.0  # and clipping one gradient leaves the others
    assert (y.grad.numpy() == kept[1]).all()
    x.grad = kept[0]
    out.backward(seed)
    assert x.grad.numpy() == pytest.approx(2 * kept[0])
    assert y.grad.numpy() == pytest.approx(2 * kept[1])


def test_r080_t13_a_leaf_as_the_output() -> None:
    x, seed = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    x.backward(seed)
    seed[:] = 0.0
    assert x.grad.tolist() == [3.0, 4.0]
    x.zero_grad()
    given = Tensor(np.array([3.0, 4.0]))
    x.backward(given)
    assert x.grad is not given
    given.data[:] = 0.0
    assert x.grad.tolist() == [3.0, 4.0]
    y = leaf([1.0, 2.0])
    (+y).backward(y)
    assert not np.shares_memory(y.grad.numpy(), y.detach().numpy())


def test_t13_the_two_operands_of_a_sum_can_be_clipped_apart() -> None:
    a, b = leaf([3.0]), leaf([4.0])
    (a + b).backward()
    assert a.grad is not b.grad
    for t in (a, b):
        t.grad.data *= 0.5
    assert (a.grad.item(), b.grad.item()) == (0.5, 0.5)


def test_r080_accumulating_does_not_change_a_gradient_that_was_handed_out() -> None:
    x = leaf([1.0, 2.0])
    (x * 2.0).sum().backward()
    first = x.grad
    (x * 3.0).sum().backward()
    assert first.tolist() == [2.0, 2.0] or first is x.grad
    assert x.grad.tolist() == [5.0, 5.0]


def test_r080_hooks_get_gradients_of_their_own() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1.0
    y.register_hook(lambda grad: grad.data.fill(0.0))
    seed = np.array([3.0, 4.0])
    y.backward(seed)
    assert seed.tolist() == [3.0, 4.0]
    assert x.grad.tolist() == [3.0, 4.0]


# -- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_r081_adding_in_place_rebinds_the_name(kind: type) -> None:
    x = kind(2.0, requires_grad=True)
    h = x * 1.0
    y = h
    y += 1.0
    assert y is not h
    assert (float(h), float(y)) == (2.0, 3.0)
    (h * y).backward()
    assert float(x.grad) == 5.0


def test_r081_a_constant_tensor_changes_in_place_for_all_its_names() -> None:
    x = Tensor([1.0, 2.0])
    y = x
    y += 1.0
    assert y is x
    assert x.tolist() == [2.0, 3.0]


def test_r082_the_backward_of_one_output_after_another_was_changed() -> None:
    x = leaf([1.0, 2.0])
    h = x * x
    a, b = h * 3.0, h.exp()
    a[0] = 0.0  # a is changed; b shares h with it, and h is as it was
    b.sum().backward()
    assert x.grad.numpy() == pytest.approx(2 * np.array([1.0, 2.0]) * np.exp([1.0, 4.0]))
    h[0] = 0.0
    with pytest.raises(StaleGraphError):
        b.sum().backward()
    with pytest.raises(StaleGraphError):
        a.sum().backward()
