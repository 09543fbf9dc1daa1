"""The plots: what they show is what the numbers are, and nothing else changes."""

import io
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, get_rng_state, manual_seed
from nn import functional as F
from nn import scalar
from viz import plots

ROOT = Path(__file__).parents[2]
HOSTILE = ['a"b', "<script>alert(1)</script>", "$x_", "{|}", "two\nlines", "\x00\x1b", "emoji 😀", "x" * 1_000_000]

pytest.importorskip("matplotlib")


def network() -> nn.Module:
    manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(32, 2)).astype(np.float32), rng.integers(0, 3, 32)


def trained() -> nn.Module:
    model = network()
    x, y = data()
    F.cross_entropy(model(Tensor(x)), y).backward()
    return model


def numbers() -> scalar.MLP:
    return scalar.MLP(2, [4, 1], rng=random.Random(0))


def loss_of(model: nn.Module) -> Callable[[], Tensor]:
    x, y = data()
    return lambda: F.cross_entropy(model(Tensor(x)), y)


def every_plot(ax: Any = None) -> dict[str, Callable[[], Any]]:
    x, y = data()
    model = trained()
    return {
        "loss_curve": lambda: plots.loss_curve([3, 2, 1], [(1, 2.5), (3, 2)], ax=ax),
        "gradient_flow": lambda: plots.gradient_flow(model, ax=ax),
        "histograms": lambda: plots.histograms(model, ax=ax),
        "activations": lambda: plots.activations(model, x, ax=ax),
        "decision_boundary": lambda: plots.decision_boundary(model, x, y, resolution=20, ax=ax),
        "loss_landscape": lambda: plots.loss_landscape(loss_of(model), model, steps=3, ax=ax),
        "attention_map": lambda: plots.attention_map(np.eye(3), ["a", "b", "c"], ax=ax),
        "heads": lambda: plots.attention_map(np.ones((3, 4, 5)) / 5, ax=ax),
        "confusion_matrix": lambda: plots.confusion_matrix(y, y[::-1], ["a", "b", "c"], ax=ax),
    }


NAMES = list(every_plot())


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def labels(axes: Any, which: str = "y") -> list[str]:
    return [label.get_text() for label in getattr(axes, f"get_{which}ticklabels")()]


@pytest.mark.parametrize("name", NAMES)
def test_every_plot_is_a_figure_that_shows_itself(name: str, tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = every_plot()[name]()
    assert isinstance(figure, Figure)
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    ElementTree.fromstring(bundle["image/svg+xml"])
    assert "<script" not in bundle["image/svg+xml"]
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_every_plot_draws_into_given_axes(name: str) -> None:
    from matplotlib.figure import Figure

    own = Figure()
    left, right = own.subplots(1, 2)
    assert every_plot(ax=right)[name]() is own
    assert not left.has_data()
    assert not left.texts
    own.savefig(io.BytesIO(), format="png")


def test_no_plot_touches_pyplot_or_settings_and_all_are_the_same_in_each_process() -> None:
    program = """
import hashlib, sys, matplotlib
before = matplotlib.rcParams.copy()
sys.path.insert(0, "tests/viz")
from test_plots import every_plot
from viz.plots import svg_of
for name, plot in every_plot().items():
    print(name, hashlib.sha256(svg_of(plot()).encode()).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
assert matplotlib.rcParams.copy() == before
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": "/tmp", "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0].count("\n") == len(NAMES)
    assert runs[0] == runs[1]


def test_without_matplotlib_a_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    plots._figure_class.cache_clear()
    with pytest.raises(ImportError, match=r'pip install "stepgrad\[plot\]"'):
        plots.loss_curve([1.0])


def test_axes_of_another_kind_are_refused() -> None:
    from matplotlib.figure import Figure

    with pytest.raises(TypeError, match="matplotlib Axes, got Figure"):
        plots.loss_curve([1.0], ax=Figure())


# -- losses


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(2, 30))
@settings(max_examples=30, deadline=None)
def test_loss_curve_shows_losses_and_their_running_mean(losses: list[float], span: int) -> None:
    lines = plots.loss_curve(losses, smooth=span).axes[0].lines
    assert lines[0].get_ydata().tolist() == losses
    expected = [np.mean(losses[max(0, i - span) : i]) for i in range(1, len(losses) + 1)]
    np.testing.assert_allclose(lines[1].get_ydata(), expected, atol=1e-6)
    assert lines[1].get_xdata().tolist() == list(range(1, len(losses) + 1))


def test_loss_curve_takes_nodes_and_both_kinds_of_held_out_losses() -> None:
    losses = [Value(3.0), Tensor([2.0]), 1, np.float32(0.5)]
    figure = plots.loss_curve([x if not isinstance(x, Tensor) else x.item() for x in losses], [(2, 2.5)], smooth=1)
    assert figure.axes[0].lines[0].get_ydata().tolist() == [3.0, 2.0, 1.0, 0.5]
    assert figure.axes[0].lines[1].get_xydata().tolist() == [[2.0, 2.5]]
    ends = plots.loss_curve([3, 2, 1, 0.5], [2.5, 1.5], smooth=1).axes[0].lines[1]
    assert ends.get_xydata().tolist() == [[2.0, 2.5], [4.0, 1.5]]


def test_loss_curve_marks_what_is_not_finite() -> None:
    axes = plots.loss_curve([1.0, float("nan"), float("inf"), 2.0], smooth=2).axes[0]
    marks = axes.lines[-1]
    assert marks.get_xdata().tolist() == [2, 3]
    assert "(2)" in marks.get_label()
    assert axes.lines[1].get_ydata()[[0, 1, 3]].tolist() == [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("losses", "options", "kind", "message"),
    [
        ([], {}, ValueError, "at least one loss"),
        ("abc", {}, TypeError, "sequence of numbers, got str"),
        (3.0, {}, TypeError, "sequence of numbers, got float"),
        (["a"], {}, TypeError, "real numbers"),
        ([1.0], {"smooth": 0}, ValueError, "1 or more, got 0"),
        ([1.0], {"held_out": [(1, 2, 3)]}, ValueError, "pairs"),
    ],
)
def test_loss_curve_refuses(losses: Any, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        plots.loss_curve(losses, **options)


# -- gradients and weights


def test_gradient_flow_shows_sizes_zeros_and_what_is_missing() -> None:
    nodes = {name: Tensor(np.ones(4), requires_grad=True) for name in ("full", "half", "zero", "bad", "none")}
    gradients = {"full": [1, -2, 3, 4], "half": [0, 0, 1, -1], "zero": [0, 0, 0, 0], "bad": [np.nan, np.inf, 1, 1]}
    for name, gradient in gradients.items():
        nodes[name].grad = Tensor(np.array(gradient, float))
    axes = plots.gradient_flow(nodes).axes[0]
    assert labels(axes) == list(nodes)
    bars = {round(bar.get_y() + bar.get_height() / 2): [] for bar in axes.patches}
    for bar in axes.patches:
        bars[round(bar.get_y() + bar.get_height() / 2)].append(bar.get_x() + bar.get_width())
    assert bars[0] == pytest.approx([4.0, 2.5])
    assert bars[1] == pytest.approx([1.0, 0.5])
    assert 2 not in bars
    assert 4 not in bars
    assert texts(axes) == ["", "50% zero", "all zero", "2 not finite", " —", "no gradient"]
    assert axes.get_xscale() == "log"


def test_gradient_flow_before_backward_has_dashes_only() -> None:
    axes = plots.gradient_flow(network()).axes[0]
    assert texts(axes) == [" —", "no gradient"] * 4


def test_networks_of_numbers_are_taken_together_by_layers() -> None:
    model = numbers()
    model([1.0, 2.0]).backward()
    axes = plots.gradient_flow(model).axes[0]
    assert labels(axes) == ["layers.0.w", "layers.0.b", "layers.1.w", "layers.1.b"]
    sizes = [abs(w.grad) for w in model.layers[1].neurons[0].w]
    rows = [bar for bar in axes.patches if round(bar.get_y() + bar.get_height() / 2) == 2]
    assert rows[0].get_x() + rows[0].get_width() == pytest.approx(max(sizes))
    assert labels(plots.histograms(model).axes[0]) == labels(axes)
    assert labels(plots.gradient_flow(model.layers[0]).axes[0]) == ["w", "b"]
    assert labels(plots.gradient_flow(model.parameters()).axes[0]) == ["parameters"]


def test_histograms_count_every_number() -> None:
    weights = np.array([0.0, 0.0, 1.0, 2.0])
    node = Tensor(weights, requires_grad=True, label="w")
    (node * node).sum().backward()
    left, right = plots.histograms([node]).axes
    for axes, values in ((left, weights), (right, 2 * weights)):
        heights = axes.patches[0].get_data().values
        filled = 0.4 - heights
        assert filled.max() == pytest.approx(0.8)
        assert np.count_nonzero(filled > 1e-9) == len(np.unique(values))
        assert texts(axes) == [f"std {values.std():.2g}\n50% zero"]


@pytest.mark.parametrize("plot", [plots.gradient_flow, plots.histograms])
def test_what_is_no_model_is_refused(plot: Any) -> None:
    for wrong in (3, "model", [1, 2], {"a": 1}, {"a": [1.0]}, np.ones(3)):
        with pytest.raises(TypeError, match="expected"):
            plot(wrong)
    with pytest.raises(ValueError, match="without any"):
        plot(nn.ReLU())


class Restless(nn.Module):
    """Changes everything that a forward pass can change."""

    def __init__(self) -> None:
        self.inner = nn.Linear(2, 2)
        self.seen = Tensor([0.0])
        self.rng = np.random.default_rng(3)
        self.count = 0

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        self.seen.data = self.seen.data + 1
        self.last = x
        noise = self.rng.random() + manual_generator().random()
        return self.inner(self.inner(x)) * noise


def manual_generator() -> np.random.Generator:
    from autograd import default_rng

    return default_rng()


def state_of(model: Restless) -> list[Any]:
    return [
        sorted(vars(model)), model.count, model.seen.data.tolist(), model.training, str(model.rng.bit_generator.state),
        str(get_rng_state()), [p.data.tobytes() for p in model.parameters()], [p.grad for p in model.parameters()],
        [p.requires_grad for p in model.parameters()], sorted(vars(model.inner)),
    ]  # fmt: skip


def test_activations_leave_the_model_as_it_was() -> None:
    model = Restless()
    before = state_of(model)
    axes = plots.activations(model, data()[0]).axes[0]
    assert state_of(model) == before
    assert labels(axes) == ["inner Linear", "inner Linear, call 2"]
    with pytest.raises(ValueError, match="a last axis of 2"):
        plots.activations(model, np.ones((3, 5), np.float32))
    assert state_of(model) == before


def test_activations_show_what_the_layers_return() -> None:
    model = network()
    x = data()[0]
    axes = plots.activations(model, x).axes[0]
    assert labels(axes) == ["0 Linear", "1 ReLU", "2 Linear"]
    hidden = model[1](model[0](Tensor(x))).detach().numpy()
    assert texts(axes)[1] == f"std {hidden.std(dtype=float):.2g}\n{np.mean(hidden == 0):.0%} zero"
    mean = axes.lines[1].get_xdata()[0]
    assert mean == pytest.approx(hidden.mean(), rel=1e-5)


class Idle(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return x * 2.0


def test_activations_of_a_network_without_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="calls none of its own"):
        plots.activations(Idle(), data()[0])


def test_activations_of_numbers() -> None:
    axes = plots.activations(numbers(), [[1.0, 2.0], [3.0, -1.0]]).axes[0]
    assert labels(axes) == ["layers.0", "layers.1"]
    with pytest.raises(TypeError, match="expected a module"):
        plots.activations(lambda x: x, [[1.0, 2.0]])


# -- decisions


def test_decision_boundary_divides_where_the_score_crosses_the_threshold() -> None:
    points, classes = [[0.0, 0.0], [1.0, 1.0]], ["no", "yes"]
    figure = plots.decision_boundary(lambda p: p[:, 0] + 0.1, points, classes, threshold=0.6)
    axes = figure.axes[0]
    line = axes.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.5, atol=1e-9)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["no", "yes"]


@pytest.mark.parametrize(
    "predict",
    [
        lambda p: (p[:, 0] > 0.5).astype(int),
        lambda p: np.stack([0.5 - p[:, 0], p[:, 0] - 0.5], axis=1),
        lambda p: Tensor((p[:, :1] > 0.5).astype(np.int64)),
    ],
)
def test_decision_boundary_colours_the_class_that_wins(predict: Any) -> None:
    axes = plots.decision_boundary(predict, [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=10).axes[0]
    ids = axes.images[0].get_array()
    assert np.unique(ids[:, :5]).tolist() == [0]
    assert np.unique(ids[:, 5:]).tolist() == [1]


def test_decision_boundary_of_networks() -> None:
    model = numbers()
    figure = plots.decision_boundary(model, [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=5)
    assert figure.axes[0].collections
    restless = Restless()
    before = state_of(restless)
    plots.decision_boundary(restless, *data(), resolution=5)
    assert state_of(restless) == before


@pytest.mark.parametrize(
    ("predict", "points", "classes", "kind", "message"),
    [
        (3, [[0, 1]], [0], TypeError, "network or a function, got int"),
        (len, [[0, 1]], [0], ValueError, r"lambda points: \[f\(point\)"),
        (lambda p: p[:, 0], [[0, 1, 2]], [0], ValueError, r"shape \(N, 2\), got shape \(1, 3\)"),
        (lambda p: p[:, 0], [[0, 1]], [0, 1], ValueError, "one label for each of 1 points, got 2"),
        (lambda p: p[:, 0], [], [], ValueError, "expected points"),
        (lambda p: p[:, 0], [["a", "b"]], [0], ValueError, "expected points as numbers"),
        (lambda p: p[:, 0], [[0, 1]] * 9, range(9), ValueError, "at most 8 classes"),
    ],
)
def test_decision_boundary_refuses(
    predict: Any, points: Any, classes: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        plots.decision_boundary(predict, points, list(classes))


def test_loss_landscape_is_the_loss_and_puts_everything_back() -> None:
    model = trained()
    before = [(p.payload.tobytes(), p.grad.payload.tobytes()) for p in model.parameters()]
    state = get_rng_state()
    heights: list[float] = []
    loss = loss_of(model)

    def recorded() -> Tensor:
        manual_generator().random()
        heights.append(loss().item())
        return loss()

    plots.loss_landscape(recorded, model, steps=5)
    assert len(heights) == 25
    assert heights[12] == loss().item()
    assert len(set(heights)) > 20
    assert [(p.payload.tobytes(), p.grad.payload.tobytes()) for p in model.parameters()] == before
    assert get_rng_state() == state


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_loss_landscape_puts_the_parameters_back_when_the_loss_raises(error: type[BaseException]) -> None:
    model = numbers()
    before = [p.data for p in model.parameters()]
    calls = []

    def fail() -> float:
        calls.append([p.data for p in model.parameters()])
        if len(calls) == 7:
            raise error
        return 1.0

    with pytest.raises(error):
        plots.loss_landscape(fail, model)
    assert calls[6] != before
    assert [p.data for p in model.parameters()] == before


def test_directions_have_the_lengths_of_the_filters_and_leave_biases() -> None:
    model = trained()
    filters = plots._filters(model)
    rng = np.random.default_rng(0)
    for weights in filters:
        (direction,) = plots._direction(weights, rng)
        if weights[1][0].ndim == 1:
            assert not direction.any()
        else:
            np.testing.assert_allclose(
                np.linalg.norm(direction, axis=1), np.linalg.norm(weights[1][0], axis=1), rtol=1e-5
            )
    neuron = plots._filters(numbers())[0]
    direction = plots._direction(neuron, rng)
    assert np.linalg.norm(direction) == pytest.approx(np.linalg.norm(neuron[1]))


@pytest.mark.parametrize(
    ("loss", "options", "kind", "message"),
    [
        (3.0, {}, TypeError, "function without arguments, got float"),
        (lambda: "a", {}, TypeError, "one number"),
        (lambda: np.ones(3), {}, TypeError, "one number"),
        (lambda: 1.0, {"steps": 4}, ValueError, "odd number, 3 or more, got 4"),
        (lambda: 1.0, {"span": 0}, ValueError, "positive number, got 0"),
        (lambda: 1.0, {"span": float("nan")}, ValueError, "positive number, got nan"),
    ],
)
def test_loss_landscape_refuses(loss: Any, options: Any, kind: type[Exception], message: str) -> None:
    w = Value(2.0)
    with pytest.raises(kind, match=message):
        plots.loss_landscape(loss, [w], **options)
    assert w.data == 2.0


def test_loss_landscape_without_relief() -> None:
    assert texts(plots.loss_landscape(lambda: 1.0, [Value(1.0)], steps=3).axes[0]) == ["flat"]
    assert texts(plots.loss_landscape(lambda: float("nan"), [Value(1.0)], steps=3).axes[0]) == ["nowhere finite"]


# -- matrices


def test_attention_map_writes_weights_and_names() -> None:
    axes = plots.attention_map(Tensor([[0.25, 0.75], [1.0, 0.0]]), ["the", "cat"]).axes[0]
    assert texts(axes) == [".25", ".75", "1.00", ".00"]
    assert labels(axes, "x") == labels(axes) == ["the", "cat"]
    heads = plots.attention_map(np.ones((5, 2, 3)), columns=["a", "b", "c"])
    assert [panel.get_title(loc="left") for panel in heads.axes[:5]] == [f"head {i}" for i in range(5)]
    with pytest.raises(ValueError, match=r"take one entry: weights\[0\]"):
        plots.attention_map(np.ones((2, 2, 3, 3)))
    with pytest.raises(ValueError, match="expected 2 names for the rows, got 1"):
        plots.attention_map(np.ones((2, 2)), ["a"])


def test_confusion_matrix_counts_truth_by_row() -> None:
    figure = plots.confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2], ["a", "b", "c"])
    axes = figure.axes[0]
    assert texts(axes) == ["1", "1", "0", "0", "1", "0", "0", "0", "1"]
    assert axes.get_title(loc="left") == "75.0% of 4 right"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    np.testing.assert_allclose(axes.images[0].get_array()[0], [0.5, 0.5, 0])
    with pytest.raises(ValueError, match="a name for each of 3 classes, got 2"):
        plots.confusion_matrix([0, 2], [0, 1], ["a", "b"])


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_names(name: str) -> None:
    figures = [
        plots.attention_map(np.eye(2), [name, "b"]),
        plots.confusion_matrix([0, 1], [0, 1], [name, "b"]),
        plots.gradient_flow({name: Value(1.0)}),
        plots.decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [name, "b"], resolution=5),
    ]
    for figure in figures:
        svg = figure._repr_mimebundle_()["image/svg+xml"]
        ElementTree.fromstring(svg)
        assert len(svg) < 200_000
        assert "<script" not in svg
