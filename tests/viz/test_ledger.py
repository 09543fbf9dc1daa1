"""The ledger: exact arithmetic, memory counted once, a peak that the machine agrees with."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, einsum, linear, ops, outer, primitive, tensordot
from autograd.graph import topological_order
from nn import functional as F
from viz.costs import flops_of, ledger

SIZES = st.integers(0, 5)


def tensor(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.ones(shape, dtype), requires_grad=True)


# -- arithmetic


@given(SIZES, SIZES, SIZES, SIZES)
@settings(max_examples=60, deadline=None)
def test_products_are_counted_exactly(a: int, b: int, k: int, n: int) -> None:
    """One multiplication and one addition for each term of each sum."""
    assert flops_of(tensor(a, k) @ tensor(k, n)) == 2 * a * k * n
    assert flops_of(tensor(b, a, k) @ tensor(k, n)) == 2 * b * a * k * n
    assert flops_of(tensor(b, a, k) @ tensor(b, k, n)) == 2 * b * a * k * n
    assert flops_of(tensor(k) @ tensor(k)) == 2 * k
    assert flops_of(tensor(a, k) @ tensor(k)) == 2 * a * k
    assert flops_of(tensor(k) @ tensor(k, n)) == 2 * k * n
    assert flops_of(linear(tensor(b, a, k), tensor(n, k))) == 2 * b * a * k * n
    assert flops_of(linear(tensor(a, k), tensor(n, k), tensor(n))) == (2 * a * k * n + a * n if k else 0)
    assert flops_of(outer(tensor(a), tensor(n))) == a * n
    assert flops_of(tensordot(tensor(a, k, b), tensor(k, b, n), axes=([1, 2], [0, 1]))) == 2 * a * k * b * n
    assert flops_of(einsum(tensor(b, a, k), tensor(b, k, n), subscripts="bij,bjk->bik")) == 2 * b * a * k * n
    assert flops_of(einsum(tensor(b, a, k), tensor(k, n), subscripts="...ij,jk")) == 2 * b * a * k * n
    assert flops_of(einsum(tensor(a), tensor(n), subscripts="i,j->ij")) == a * n
    assert flops_of(einsum(tensor(a, n), subscripts="ij->")) == a * n


def test_convolutions_count_a_product_and_a_sum_for_each_tap() -> None:
    image, kernels = tensor(2, 4, 6, 6), tensor(8, 2, 3, 3)
    out = ops.convolution(image, kernels, groups=2)
    assert flops_of(out) == 2 * (2 * 8 * 4 * 4) * (2 * 3 * 3)
    assert flops_of(ops.convolution_transpose(tensor(2, 8, 4, 4), kernels, groups=2)) == 2 * (2 * 8 * 4 * 4) * (
        2 * 3 * 3
    )


def test_other_operations_cost_by_element() -> None:
    x = tensor(3, 4)
    counts = {"add": x + tensor(4), "sum": x.sum(axis=0), "exp": x.exp(), "reshape": x.reshape(12), "T": x.T}
    assert {name: flops_of(node) for name, node in counts.items()} == {
        "add": 12, "sum": 12, "exp": 12, "reshape": 0, "T": 0,
    }  # fmt: skip
    assert flops_of(F.softmax(x, dim=-1)) == 60
    assert flops_of(x) == 0
    assert flops_of(Value(2.0) * Value(3.0)) == 1


def test_a_fused_operation_costs_what_its_composition_costs() -> None:
    @primitive
    def affine(x: Any, w: Any, b: Any, /) -> Any:
        """Return the affine map."""
        return x @ w + b

    affine.defvjp(lambda g, out, x, w, b: g @ w.T, lambda g, out, x, w, b: x.T @ g, lambda g, out, x, w, b: g)
    affine.defjoint(lambda g, out, x, w, b: (g @ w.T, x.T @ g, g), lambda x, w, b: x @ w + b)
    assert flops_of(affine(tensor(2, 3), tensor(3, 5), tensor(5))) == 2 * 2 * 3 * 5 + 2 * 5


# -- memory


def test_shared_memory_is_counted_once() -> None:
    x = tensor(10, 10)
    y = (x.T.reshape(10, 10)[2:4] * 1.0).sum()
    found = {cost.op: cost.bytes for cost in ledger(y)}
    assert found[""] == 800
    assert found["transpose"] == 0
    assert sum(found.values()) == ledger(y).bytes
    doubled = x * x
    assert [cost.bytes for cost in ledger(doubled)] == [800, 800]
    constant = np.ones((10, 10))
    assert ledger(x * constant).saved == 1600
    assert ledger((x * constant) * constant).saved <= 3 * 800 + 800


def test_numbers_count_as_eight_bytes() -> None:
    a = Value(2.0, label="a")
    book = ledger(a * a + 1.0)
    assert [(cost.name, cost.op, cost.bytes, cost.flops) for cost in book] == [
        ("a", "", 8, 0), ("n1", "multiply", 8, 1), ("n3", "add", 8, 1),
    ]  # fmt: skip
    assert (book.bytes, book.saved, book.flops, book.time) == (24, 16, 2, None)


@pytest.mark.parametrize("widths", [(64, 256, 128, 10), (512, 512, 512), (32, 800, 1)])
def test_bytes_and_peak_are_what_the_machine_measures(widths: tuple[int, ...]) -> None:
    model = nn.models.MLP(list(widths))
    x = Tensor(np.random.default_rng(0).normal(size=(256, widths[0])).astype(np.float32))

    def loss() -> Tensor:
        return (model(x) ** 2).mean()

    loss().backward()  # whatever is made once is there now
    model.zero_grad()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = loss()
        saved = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        y.backward()
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    book = ledger(y)
    assert book.saved == pytest.approx(saved, rel=0.1, abs=10_000)
    assert book.peak - book.bytes == pytest.approx(peak, rel=0.25)


# -- the rest


def test_who_keeps_it_alive() -> None:
    x = Value(2.0, label="x")
    y = x * x
    y.label = "y"
    z = y + x + y.exp() + y.tanh() + y.relu()
    lines = {cost.name: cost.kept_by for cost in ledger(z)}
    assert lines["x"] == "operand of multiply y and add n2"
    assert lines["y"] == "operand of add n2, exp n3, tanh n5 and 1 more"
    assert [line for line in lines.values() if line.startswith("you")] == ["you: it is the result"]


def test_time_is_measured_when_asked_for_and_nothing_changes() -> None:
    x = tensor(200, 200)
    y = (x @ x).exp().sum()
    y.backward()
    gradient = x.grad.data.tobytes()
    book = ledger(y, time=True)
    assert all(cost.time is None for cost in book if not cost.op)
    times = {cost.op: cost.time for cost in book if cost.op}
    assert all(time is not None and time > 0 for time in times.values())
    assert book.time == pytest.approx(sum(t for t in times.values() if t))
    assert x.grad.data.tobytes() == gradient
    assert "backward" in book.table().split("\n")[0]
    numbers = ledger(Value(2.0).exp() * 3.0, time=True)
    assert all(cost.forward and cost.backward for cost in numbers if cost.op)


def test_costs_are_handed_over_by_node() -> None:
    x = tensor(3)
    y = (x * 2.0).sum()
    costs = ledger(y).costs
    assert list(costs) == topological_order(y)
    assert costs[y] == {"bytes": 8.0, "flops": 3.0}
    assert set(ledger(y, time=True).costs[y]) == {"bytes", "flops", "time"}


def test_tables_count_what_they_leave_out() -> None:
    x = tensor(10)
    y = x
    for _ in range(30):
        y = y * 1.5
    book = ledger(y)
    for by in ("bytes", "flops", "time", "graph"):
        table = book.table(top=3, by=by)
        assert "28 more" in table
        assert "31 nodes" in table
    assert "more" not in book.table(top=31)
    assert len(book) == 31
    with pytest.raises(ValueError, match="one of bytes, flops, time, graph, got 'size'"):
        book.table(by="size")
    with pytest.raises(ValueError, match="number of nodes, got -1"):
        book.table(top=-1)
    with pytest.raises(TypeError, match="expected a Value or a Tensor, got ndarray"):
        ledger(np.ones(3))


def test_a_deep_graph_and_one_that_was_let_go() -> None:
    y = Value(1.0)
    for _ in range(20_000):
        y = y + 1.0
    assert ledger(y).flops == 20_000
    y.backward(retain_graph=False)
    assert ledger(y, time=True).flops == 0


def test_hostile_labels() -> None:
    for name in ("<script>", "a\nb", "x" * 1_000_000, "\x00|{"):
        book = ledger(Value(1.0, label=name) * 2.0)
        assert str(book).count("\n") == 5
        assert len(str(book)) < 1_000
        assert "<script>" not in book._repr_html_()
