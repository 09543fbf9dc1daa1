"""The summary: exact counts, shared once, and a model that is left alone."""

import itertools
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, default_rng, get_rng_state, no_grad
from nn import functional as F
from nn import scalar
from viz.costs import ledger
from viz.overview import summary


def image(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


@given(st.lists(st.integers(1, 20), min_size=2, max_size=5), st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_a_perceptron_is_counted_as_by_hand(sizes: list[int], batch: int) -> None:
    model = nn.models.MLP(sizes)
    found = summary(model, image(batch, sizes[0]))
    pairs = list(itertools.pairwise(sizes))
    assert found.parameters == sum(a * b + b for a, b in pairs) == sum(p.data.size for p in model.parameters())
    relus = sum(b for _, b in pairs[:-1])
    assert found.flops == batch * (sum(2 * a * b + b for a, b in pairs) + relus)
    assert found.kept == 4 * batch * (sum(b for _, b in pairs) + relus)
    assert found.parameter_bytes == 4 * found.parameters
    for index, (a, b) in enumerate(pairs):
        row = found[f"layers.{index}"]
        assert (row.kind, row.parameters, row.flops) == ("Linear", a * b + b, batch * (2 * a * b + b))
        assert row.output == str((batch, b))


def test_what_is_kept_is_what_the_ledger_finds_in_a_real_graph() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 4), nn.Softmax(dim=-1))
    x = image(3, 6)
    assert summary(model, x).kept == ledger(model(Tensor(x))).saved
    model[0].requires_grad_(False)
    out = model(Tensor(x))
    boundary = 3 * 5 * 4  # the frozen part's result is an operand of what learns
    assert summary(model, x).kept == ledger(out).saved + boundary


class Shared(nn.Module):
    def __init__(self) -> None:
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.again = self.first
        self.mask = Tensor(image(3))

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.again(self.first(x))) * self.mask


def test_shared_parameters_and_modules_count_once() -> None:
    model = Shared()
    found = summary(model, image(2, 3))
    assert [row.name for row in found] == ["", "first", "second"]
    assert found.parameters == 15 == sum(p.data.size for p in model.parameters())
    assert (found["first"].parameters, found["first"].calls, found["first"].shared) == (12, 2, 0)
    assert (found["second"].parameters, found["second"].shared) == (3, 9)
    assert found["first"].flops == 2 * 2 * (2 * 3 * 3 + 3)
    assert found.flops == 3 * 2 * (2 * 3 * 3 + 3) + 6
    assert found.buffer_bytes == 12
    assert "x2" in str(found)
    assert "(+9 shared)" in str(found)


def test_without_an_example_there_are_parameters_only() -> None:
    found = summary(Shared())
    assert found.parameters == 15
    assert found.flops is None
    assert found.kept is None
    assert "FLOPs" not in str(found).split("\n\n")[1]
    assert "—" in str(found)


def test_rows_are_named_as_their_owner_holds_them() -> None:
    inner = nn.Sequential(nn.Linear(1, 1))
    outer = nn.Module()
    outer.parts = {"a": [inner], "b": nn.ReLU()}
    first_column = [line[:14].rstrip() for line in str(summary(outer)).split("\n")[1:5]]
    assert first_column == ["(the network)", "  parts.a.0", "    0", "  parts.b"]


class Unknown(nn.Module):
    """Not of this library: several outputs, ops of its own, a part that is never called, one called by forward()."""

    def __init__(self) -> None:
        self.embed = nn.Parameter(image(5, 4))
        self.unused = nn.Linear(4, 4)
        self.direct = nn.Linear(4, 2)
        self.parts = {"a": [nn.Linear(4, 2)]}

    def forward(self, ids: Tensor, scale: dict[str, Any]) -> Any:
        h = self.embed[ids.detach().numpy()] * scale["by"]
        return self.direct.forward(h), {"last": self.parts["a"][0](h).sum()}


def test_unknown_modules() -> None:
    found = summary(Unknown(), np.array([0, 1, 1]), {"by": 2.0})
    assert found[""].output == "(3, 2), ()"
    assert found["unused"].output == ""
    assert found["unused"].flops == 0
    assert found["direct"].output == "(3, 2)"
    assert found["parts.a.0"].flops == 3 * (2 * 4 * 2 + 2)
    assert found.flops == 3 * 4 + 2 * 3 * (2 * 4 * 2 + 2) + 6
    with pytest.raises(KeyError, match="expected the name of a module, got 'nothing'"):
        found["nothing"]


def test_frozen_parts_are_counted_and_named() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    found = summary(model, image(1, 4))
    assert found.trainable == 10
    assert "20 of them frozen" in str(found)
    assert found["0"].flops == 2 * 16 + 4
    assert found["0"].kept == 16  # only its result, which the second layer needs
    assert [p.requires_grad for p in model.parameters()] == [False, False, True, True]


class Restless(nn.Module):
    """Changes in its forward pass everything that it can."""

    def __init__(self) -> None:
        self.inner = nn.Linear(2, 2)
        self.seen = Tensor([0.0])
        self.rng = np.random.default_rng(3)
        self.fails = False

    def forward(self, x: Tensor) -> Tensor:
        self.seen.data += 1
        self.last = x
        self.training = False
        noise = self.rng.random() + default_rng().random()
        if self.fails:
            raise RuntimeError("no")
        return self.inner(x) * noise


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_changes(fails: bool) -> None:
    model = Restless()
    F.mse_loss(model.inner(Tensor(image(1, 2))), Tensor(image(1, 2))).backward()
    model.train()
    model.fails = fails
    model.inner.bias.requires_grad_(False)
    x = Tensor(image(3, 2))

    def state() -> list[Any]:
        return [
            sorted(vars(model)), model.seen.data.tolist(), model.training, str(model.rng.bit_generator.state),
            str(get_rng_state()), [p.data.tobytes() for p in model.parameters()],
            [None if p.grad is None else p.grad.data.tobytes() for p in model.parameters()],
            [p.requires_grad for p in model.parameters()], sorted(vars(model.inner)), x.grad, x.requires_grad,
        ]  # fmt: skip

    before = state()
    with no_grad():
        if fails:
            with pytest.raises(RuntimeError, match="no"):
                summary(model, x)
        else:
            assert summary(model, x).flops == 3 * (2 * 4 + 2 + 2)
    assert state() == before


def test_networks_of_numbers() -> None:
    found = summary(scalar.MLP(2, [3, 1]), [1.0, 2.0])
    assert [(row.name, row.parameters) for row in found] == [("", 13), ("layers.0", 9), ("layers.1", 4)]
    assert found["layers.0"].flops == 3 * (2 + 2 + 1)
    assert found.flops == 15 + 3 + 3
    assert summary(scalar.Neuron(2)).parameters == 3
    values = summary(scalar.Layer(2, 2), [Value(1.0), Value(2.0)])
    assert values.flops == 2 * 5


@pytest.mark.parametrize("wrong", [3, None, "model", nn.Linear, np.ones(3)])
def test_what_is_no_network_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected a module"):
        summary(wrong)


def test_a_shape_is_no_example() -> None:
    with pytest.raises(TypeError, match=r"np.zeros\(\(1, 784\), np.float32\)"):
        summary(nn.Linear(784, 2), (1, 784))


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)


def test_hostile_names_are_only_text() -> None:
    model = nn.Sequential()
    for name in ['"', "<script>alert(1)</script>", "|{", "two\nlines", "😀", "x" * 1_000_000]:
        setattr(model, name, nn.Linear(1, 1))
    kind = type("<b>Bold</b>\n", (nn.ReLU,), {})
    model.kind = kind()
    found = summary(model)
    assert len(str(found)) < 5_000
    assert str(found).count("\n") == len(found) + 2
    page = Texts()
    page.feed(found._repr_html_())
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td", "p"}
