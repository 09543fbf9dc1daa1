"""Static parameters by position, and edges of parameters that the oracle found."""

import numpy as np
import pytest

from autograd import Tensor, ops
from autograd.errors import GraphError


def test_a_parameter_too_many_or_twice_is_refused() -> None:
    x = Tensor([[3.0, 1.0]])
    with pytest.raises(TypeError, match="2 of them by position"):
        ops.flip(x, 0, 1)
    with pytest.raises(TypeError, match="'axis' twice"):
        ops.sum(x, 0, axis=1)
    with pytest.raises(TypeError, match="'axis' twice"):
        ops.concatenate([x, x], 0, axis=1)


@pytest.mark.parametrize("axis", [0, -1])
def test_a_number_is_reduced_over_its_only_axis(axis: int) -> None:
    x = Tensor(np.float64(3.0), requires_grad=True)
    ops.mean(x, axis=axis).backward()
    assert x.grad.item() == 1.0


@pytest.mark.parametrize(("order", "value", "gradient"), [(0, 2.0, [0.0, 0.0, 0.0]), (-np.inf, 0.0, [0.0, 0.0, 0.0])])
def test_norms_that_count_and_that_take_the_smallest(order: float, value: float, gradient: list[float]) -> None:
    x = Tensor(np.array([-3.0, 0.0, 4.0]), requires_grad=True)
    out = ops.norm(x, ord=order)
    out.backward()
    assert out.item() == value
    assert x.grad.tolist() == gradient


def test_take_from_a_number_and_from_an_axis_of_length_one() -> None:
    x = Tensor(np.float64(2.0), requires_grad=True)
    ops.take(x, indices=[0, 0]).sum().backward()
    assert x.grad.item() == 2.0
    row = Tensor(np.array([[1.0, 2.0]]), requires_grad=True)
    ops.take_along_axis(row, indices=np.array([[0], [1], [1]]), axis=1).sum().backward()
    assert row.grad.tolist() == [[1.0, 2.0]]


def test_a_node_as_a_static_parameter_is_its_value_or_refused() -> None:
    whole = Tensor(np.array([2, 1]))
    assert np.tile(np.ones(2), whole).shape == (2, 2)
    assert ops.tile(Tensor([1.0, 2.0], requires_grad=True), reps=whole).shape == (2, 2)
    with pytest.raises(GraphError, match="detach it first"):
        ops.norm(Tensor([1.0, 2.0]), ord=Tensor(2.0, requires_grad=True))
