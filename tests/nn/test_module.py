"""Module: found by looking, once each, in order; saved and loaded as in PyTorch."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad
from nn import Linear, Module, ModuleList, Parameter, ReLU, Sequential, StateDictError


class Everything(Module):
    """Parameters at the top, in a list, a tuple and a dict, and a buffer; no super().__init__()."""

    def __init__(self) -> None:
        self.zeta = Parameter([1.0])
        self.layers = [Linear(1, 2), (Linear(2, 1), {"inner": Linear(1, 1, bias=False)})]
        self.alpha = {"one": Parameter([2.0])}
        self.running = Tensor([3.0])
        self.name = "not a tensor"

    def forward(self, x: Tensor) -> Tensor:
        return x * self.zeta


class Tied(Module):
    def __init__(self) -> None:
        self.first = Linear(2, 2)
        self.second = self.first


def test_parameters_are_found_in_definition_order() -> None:
    assert [name for name, _ in Everything().named_parameters()] == [
        "zeta",
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.0.weight",
        "layers.1.0.bias",
        "layers.1.1.inner.weight",
        "alpha.one",
    ]


def test_other_tensors_are_buffers() -> None:
    module = Everything()
    assert [name for name, _ in module.named_buffers()] == ["running"]
    assert [buffer.item() for buffer in module.buffers()] == [3.0]


def test_shared_parameters_count_once_but_are_saved_under_each_name() -> None:
    """R136, T32."""
    tied = Tied()
    assert len(list(tied.parameters())) == 2
    assert len(list(tied.children())) == 1
    assert list(tied.state_dict()) == ["first.weight", "first.bias", "second.weight", "second.bias"]


def test_modules_and_children() -> None:
    net = Sequential(Linear(1, 1), Sequential(ReLU()))
    assert [name for name, _ in net.named_modules()] == ["", "0", "1", "1.0"]
    assert [name for name, _ in net.named_children()] == ["0", "1"]
    assert [name for name, _ in Everything().named_children()] == [
        "layers.0",
        "layers.1.0",
        "layers.1.1.inner",
    ]


def test_a_module_that_knows_its_owner_is_no_endless_walk() -> None:
    owner = Tied()
    owner.first.owner = owner  # type: ignore[attr-defined]
    assert len(list(owner.parameters())) == 2
    assert len(owner.state_dict()) == 4
    assert len(list(owner.modules())) == 2


def test_train_and_eval_reach_everything() -> None:
    """R136."""
    module = Everything()
    assert all(not part.training for part in module.eval().modules())
    assert all(part.training for part in module.train().modules())


def test_apply_visits_children_first() -> None:
    seen: list[str] = []
    Sequential(Linear(1, 1), ReLU()).apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["ReLU", "Linear", "Sequential"]


def test_operations_on_a_parameter_give_a_plain_tensor() -> None:
    parameter = Parameter([[1.0, 2.0]])
    results = [parameter * 2, 2 - parameter, parameter.T, parameter[0], parameter.sum(), parameter.detach()]
    assert {type(result) for result in results} == {Tensor}
    with no_grad():
        assert type(parameter * 2) is Tensor


def test_a_parameter_owns_its_data_and_survives_copying() -> None:
    """R101."""
    array = np.ones(2)
    parameter = Parameter(array)
    array[0] = 5.0
    assert parameter.tolist() == [1.0, 1.0]
    assert parameter.dtype == np.float64
    for twin in (copy.deepcopy(parameter), pickle.loads(pickle.dumps(parameter)), Parameter(parameter)):
        assert type(twin) is Parameter
        assert twin.requires_grad
        twin.data = np.zeros(2)
    assert parameter.tolist() == [1.0, 1.0]


def test_a_copied_module_is_independent() -> None:
    first = Tied()
    second = copy.deepcopy(first)
    assert second.first is second.second
    second.first.weight.data = np.zeros((2, 2), np.float32)
    assert first.first.weight.data.any()


def test_a_plain_tensor_never_replaces_a_parameter() -> None:
    """R136."""
    layer = Linear(1, 1)
    with pytest.raises(TypeError, match="expects a Parameter, got a plain Tensor"):
        layer.weight = layer.weight * 2  # type: ignore[assignment]
    layer.weight = Parameter([[7.0]])
    layer.bias = None
    assert layer(Tensor([1.0])).tolist() == [7.0]


def test_zero_grad() -> None:
    layer = Linear(2, 1)
    layer(Tensor([1.0, 2.0])).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert [p.grad.tolist() for p in layer.parameters() if p.grad is not None] == [[[0.0, 0.0]], [0.0]]
    layer.zero_grad()
    assert [p.grad for p in layer.parameters()] == [None, None]


def test_frozen_parameters_get_no_gradient() -> None:
    net = Sequential(Linear(2, 2), Linear(2, 1))
    net[0].requires_grad_(False)
    net(Tensor([1.0, 2.0])).sum().backward()
    assert [p.grad is None for p in net.parameters()] == [True, True, False, False]


# State


def test_state_moves_between_modules() -> None:
    first, second = Everything(), Everything()
    first.running.data = np.array([9.0], np.float32)
    assert second.load_state_dict(first.state_dict()) == ([], [])
    assert second.running.item() == 9.0
    for (name, a), (_, b) in zip(first.named_parameters(), second.named_parameters(), strict=True):
        assert (a.data == b.data).all(), name


def test_a_saved_state_does_not_follow() -> None:
    layer = Linear(1, 1)
    layer.weight.data = np.ones((1, 1), np.float32)
    saved = layer.state_dict()
    layer.weight.data[...] = 5.0
    layer.weight.data = np.full((1, 1), 6.0, np.float32)
    assert saved["weight"].item() == 1.0
    saved["weight"].data[...] = 3.0
    assert layer.weight.item() == 6.0


def test_all_misfits_are_listed_at_once_and_nothing_changes() -> None:
    """P10, R156."""
    layer = Linear(2, 2)
    before = layer.weight.detach().numpy().copy()
    with pytest.raises(StateDictError) as caught:
        layer.load_state_dict({"weight": np.zeros((3, 2)), "wieght": np.zeros(1), "x": np.zeros(1)})
    message = str(caught.value)
    for part in ("missing: bias", "unexpected: wieght, x", "weight: expected shape (2, 2), got (3, 2)"):
        assert part in message
    with pytest.raises(StateDictError, match="real numbers"):
        layer.load_state_dict({"weight": np.array([["a", "b"], ["c", "d"]]), "bias": np.zeros(2)})
    with pytest.raises(TypeError, match="mapping"):
        layer.load_state_dict([np.zeros((2, 2))])  # type: ignore[arg-type]
    assert (layer.weight.data == before).all()


def test_not_strict_loads_what_fits_by_name() -> None:
    layer = Linear(1, 1)
    keys = layer.load_state_dict({"weight": [[4.0]], "other": [1.0]}, strict=False)
    assert keys == (["bias"], ["other"])
    assert keys.missing_keys == ["bias"]
    assert layer.weight.item() == 4.0
    with pytest.raises(StateDictError, match="expected shape"):
        layer.load_state_dict({"weight": [4.0]}, strict=False)


def test_loading_keeps_the_dtype_that_stands_here() -> None:
    """R156."""
    layer = Linear(1, 1)
    layer.load_state_dict({"weight": np.ones((1, 1), np.float64), "bias": np.ones(1, np.int64)})
    assert {p.dtype for p in layer.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parity
def test_state_moves_to_and_from_torch() -> None:
    import torch
    ours = Sequential(Linear(3, 4), ReLU(), Linear(4, 2))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    ours.load_state_dict({name: tensor.numpy() for name, tensor in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours(Tensor(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    theirs.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in ours.state_dict().items()})


# Looks and containers


def test_repr_is_that_of_torch() -> None:
    net = Sequential(Linear(2, 3), Sequential(ReLU(), nn.Softmax(dim=1)), nn.Flatten(), nn.Identity())
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Softmax(dim=1)\n"
        "  )\n"
        "  (2): Flatten(start_dim=1, end_dim=-1)\n"
        "  (3): Identity()\n"
        ")"
    )


def test_containers_are_sequences() -> None:
    layers = ModuleList([Linear(1, 1)]).append(ReLU()).extend([Linear(1, 2)])
    layers.insert(1, nn.Tanh())
    assert [type(module).__name__ for module in layers] == ["Linear", "Tanh", "ReLU", "Linear"]
    assert isinstance(layers[-1], Linear)
    assert [type(module).__name__ for module in layers[1:3]] == ["Tanh", "ReLU"]
    layers[1] = nn.Sigmoid()
    assert isinstance(layers[1], nn.Sigmoid)
    assert [name for name, _ in layers.named_parameters()] == ["0.weight", "0.bias", "3.weight", "3.bias"]
    with pytest.raises(IndexError):
        layers[9]


def test_named_sequential() -> None:
    net = Sequential({"a": Linear(1, 1), "b": ReLU()})
    assert list(net.state_dict()) == ["a.weight", "a.bias"]
    for name in ("", "a.b", "forward"):
        with pytest.raises(ValueError, match="choose another name"):
            Sequential({name: ReLU()})


@pytest.mark.parametrize("wrong", [ReLU, len, None, [ReLU()]])
def test_containers_hold_modules_only(wrong: Any) -> None:
    with pytest.raises(TypeError, match="holds modules"):
        Sequential(wrong)
    with pytest.raises(TypeError, match="holds modules"):
        ModuleList([wrong])


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Module has no forward\(\)"):
        Module()()


# Layers


def test_linear_starts_as_in_torch() -> None:
    layer = Linear(16, 1000, rng=np.random.default_rng(0))
    for numbers in (parameter.data for parameter in layer.parameters()):
        assert 0.24 < abs(numbers).max() <= 0.25
        assert abs(numbers.mean()) < 0.02
    again = Linear(16, 1000, rng=np.random.default_rng(0))
    assert (again.weight.data == layer.weight.data).all()
    assert layer.weight.dtype == np.float32
    assert Linear(1, 1, dtype=np.float64).weight.dtype == np.float64


def test_linear_refuses_another_width() -> None:
    with pytest.raises(ValueError, match=r"last axis of 3 entries .* \(2, 3\), got shape \(5, 4\)"):
        Linear(3, 2)(Tensor(np.zeros((5, 4), np.float32)))
    with pytest.raises(ValueError, match="0 or more"):
        Linear(-1, 2)


def test_linear_takes_empty_batches_and_many_axes() -> None:
    assert Linear(3, 2)(Tensor(np.zeros((0, 3), np.float32))).shape == (0, 2)
    assert Linear(3, 2)(Tensor(np.zeros((4, 5, 3), np.float32))).shape == (4, 5, 2)
    assert Linear(3, 2, bias=False)(Tensor(np.zeros(3, np.float32))).shape == (2,)


def test_flatten() -> None:
    x = Tensor(np.zeros((2, 3, 4, 5)))
    assert nn.Flatten(1, 2)(x).shape == (2, 12, 5)
    assert nn.Flatten(0)(Tensor(1.0)).shape == (1,)
    with pytest.raises(ValueError, match="expected a dim"):
        nn.Flatten(4)(x)
    with pytest.raises(ValueError, match="start_dim <= end_dim"):
        nn.Flatten(2, 1)(x)


def test_mlp_model() -> None:
    net = nn.models.MLP([3, 4, 2], nn.Tanh)
    assert list(net.state_dict()) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert net(Tensor(np.zeros((7, 3), np.float32))).shape == (7, 2)
    with pytest.raises(ValueError, match="sizes of input and output"):
        nn.models.MLP([3])
