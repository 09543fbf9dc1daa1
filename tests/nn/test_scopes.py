"""Calls of modules are scopes of the graph, so that pictures can group by layer."""

import random
from typing import Any

import nn
from autograd import Tensor, record_source, scope, topological_order
from nn import scalar


def scopes_of(y: Any) -> list[str]:
    found = (str(node.scope) for node in topological_order(y) if node.scope is not None)
    return list(dict.fromkeys(found))


class Network(nn.Module):
    def __init__(self) -> None:
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
        self.head = nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x).relu()
        return self.head(x)


def test_a_module_is_a_scope_of_the_name_it_was_assigned_to() -> None:
    assert scopes_of(Network()(Tensor([[1.0, 2.0]]))) == [
        "Network.layers.0",
        "Network",
        "Network.layers.1",
        "Network.head",
    ]


def test_each_call_is_a_scope_of_its_own() -> None:
    layer = nn.Linear(2, 2)
    x = Tensor([[1.0, 2.0]])
    first, second = layer(x), layer(x)
    assert str(first.scope) == str(second.scope) == "Linear"
    assert first.scope is not second.scope


def test_scopes_of_the_user_stand_around_those_of_modules() -> None:
    with scope("loss"):
        y = nn.Sequential(nn.Linear(2, 1))(Tensor([[1.0, 2.0]]))
    assert scopes_of(y) == ["loss.Sequential.0"]


def test_neurons_and_layers_of_single_numbers_are_scopes_too() -> None:
    random.seed(0)
    found = scopes_of(scalar.MLP(2, [2, 1])([1.0, 2.0]))
    assert sorted(found) == ["MLP.layers.0.neurons.0", "MLP.layers.0.neurons.1", "MLP.layers.1.neurons.0"]


def test_the_recorded_line_is_the_users_not_one_of_a_layer() -> None:
    with record_source():
        y = nn.Linear(2, 1)(Tensor([[1.0, 2.0]]))
    assert y.source is not None
    assert y.source[0] == __file__


def test_parameters_are_called_in_pictures_what_they_are_assigned_to() -> None:
    net = Network()
    assert [p.label for p in net.parameters()] == ["weight", "bias"] * 3
    named = nn.Parameter([1.0])
    named.label = "mine"
    net.scale = named
    assert net.scale.label == "mine"
    assert [v.label for v in scalar.Neuron(2).parameters()] == ["w0", "w1", "b"]
