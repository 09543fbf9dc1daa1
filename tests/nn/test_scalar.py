"""nn.scalar speaks micrograd: same interface, same draws, same numbers."""

import random

import pytest

from autograd import Value
from nn.scalar import MLP, Layer, Module, Neuron


@pytest.mark.parity
def test_equals_micrograd_from_the_same_seed() -> None:
    import micrograd.nn as theirs

    random.seed(7)
    ours = MLP(3, [4, 4, 1])
    random.seed(7)
    other = theirs.MLP(3, [4, 4, 1])
    assert repr(ours) == repr(other)
    x = [0.3, -1.2, 2.0]
    mine, reference = ours(x), other(x)
    mine.backward()
    reference.backward()
    assert mine.data == pytest.approx(reference.data, rel=1e-14)
    for a, b in zip(ours.parameters(), other.parameters(), strict=True):
        assert a.data == b.data
        assert a.grad == pytest.approx(b.grad, rel=1e-12, abs=1e-15)


def test_a_neuron_by_hand() -> None:
    neuron = Neuron(2)
    for weight, number in zip(neuron.w, (2.0, -3.0), strict=True):
        weight.data = number
    neuron.b.data = 10.0
    assert neuron([1.0, 2.0]).data == 6.0
    assert neuron([Value(1.0), 5.0]).data == 0.0
    neuron.nonlin = False
    assert neuron([1.0, 5.0]).data == -3.0


def test_layers_return_one_value_or_a_list() -> None:
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(Layer(2, 3)([1.0, 2.0])) == 3
    assert isinstance(MLP(2, [1, 1])([1.0, 2.0]), Value)


def test_own_generator() -> None:
    first, second = (MLP(2, [2], rng=random.Random(1)) for _ in range(2))
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]


@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0], []])
def test_wrong_number_of_inputs_is_refused(x: list[float]) -> None:
    """Zip would silently drop what is too much."""
    with pytest.raises(ValueError, match=f"expects 2 inputs, got {len(x)}"):
        MLP(2, [3, 1])(x)
    with pytest.raises(ValueError, match="at least one layer"):
        MLP(2, [])


def test_zero_grad() -> None:
    """T14: the gradient stays a float."""
    model = MLP(2, [2, 1])
    model([1.0, 1.0]).backward()
    model.zero_grad()
    assert {p.grad for p in model.parameters()} == {0.0}
    assert all(isinstance(p.grad, float) for p in model.parameters())
    assert Module().parameters() == []
