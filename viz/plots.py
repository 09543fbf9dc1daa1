"""Pictures of training, with matplotlib: losses, gradients, weights, activations, decisions, attention.

Every function returns the figure, which shows itself in a notebook and is saved with ``figure.savefig``. None
touches pyplot: nothing global changes, no window opens, no display is needed. ``ax=`` draws into axes of yours.
Colours are those of Okabe and Ito, or run from light to dark, so that they can be told apart by everyone.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor, get_rng_state, no_grad, set_rng_state
from autograd.node import Node

from .modules import (
    Array,
    array_of,
    gradient_of,
    parameter_groups,
    scalar_layers,
    undisturbed,
    watch_calls,
)

__all__ = [
    "activations",
    "attention_map",
    "confusion_matrix",
    "decision_boundary",
    "gradient_flow",
    "histograms",
    "loss_curve",
    "loss_landscape",
]

_BLUE, _ORANGE, _GREEN, _VERMILION, _SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"
_INK, _FAINT, _GRID = "#1f2933", "#7b8794", "#d9dee4"
_CLASS_COLOURS = (_BLUE, _ORANGE, _GREEN, "#CC79A7", _SKY, _VERMILION, "#F0E442", "#000000")
_CLASS_MARKERS = "os^DvP*X"
_SEQUENTIAL = "Blues"
_NONE = "—"
_WIDTH = 6.4
_ROW, _ROWS = 0.28, 60
"""Inches for each named row, and how many rows a figure grows for."""

_BINS = 40
_FINE = re.compile(r"(?<=\.\d\d)\d+")
"""Digits beyond a hundredth of a point, which no eye sees."""

_ANNOTATED = 12
"""A matrix of at most so many rows and columns shows its numbers."""


# -- figures ---------------------------------------------------------------------------------------------------


@functools.cache
def _figure_class() -> Any:
    """Return matplotlib's Figure, taught to show itself in a notebook without pyplot."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('matplotlib was not found; install it with pip install "stepgrad[plot]"') from error

    class TrainingFigure(Figure):
        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
            return _bundle(self)

    return TrainingFigure


def _bundle(figure: Any) -> dict[str, str]:
    """Return a figure for a notebook; an image in HTML is shown even where an SVG is not trusted."""
    import base64

    svg = svg_of(figure)
    encoded = base64.b64encode(svg.encode()).decode("ascii")
    title = " and ".join(axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")) or "plot"
    return {
        "text/html": f'<img src="data:image/svg+xml;base64,{encoded}" alt="{_attribute(title)}">',
        "image/svg+xml": svg,
        "text/plain": f"<Figure: {title}>",
    }


def _attribute(text: str) -> str:
    import html

    return html.escape(text.replace("\\$", "$").replace("\n", " "))


def svg_of(figure: Any) -> str:
    """Return a figure as SVG, the same text in every process: without date, with ids that depend on nothing.

    >>> text = svg_of(loss_curve([2.0, 1.0]))
    >>> text.startswith("<svg"), text == svg_of(loss_curve([2.0, 1.0]))
    (True, True)
    """
    import io
    import warnings

    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "stepgrad", "svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # letters are written as text: the reader's fonts show them
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = re.sub(r"\s*<!--.*?-->", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r">\s+<", "><", text).replace("'DejaVu Sans';", "'DejaVu Sans', sans-serif;")
    return re.sub(r' (?:d|x|y|transform)="[^"]*"', lambda found: _FINE.sub("", found[0]).replace("\n", ""), text)


def _axes(ax: Any, width: float = _WIDTH, height: float = 4.0) -> Any:
    """Return the axes to draw into: the caller's, or those of a new figure."""
    figure_class = _figure_class()
    if ax is None:
        return figure_class(figsize=(width, height), layout="constrained").add_subplot()
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"expected ax to be matplotlib Axes, got {type(ax).__name__}; from subplots() take one of them")
    return ax


def _panels(ax: Any, count: int, columns: int, width: float, height: float) -> list[Any]:
    """Return several axes in a grid: of a new figure, or inside the caller's axes."""
    rows = -(-count // columns)
    if ax is None:
        figure = _figure_class()(figsize=(width, height), layout="constrained")
        return list(figure.subplots(rows, columns, squeeze=False).ravel())
    ax = _axes(ax)
    ax.set_axis_off()
    wide, high = 1 / columns, 1 / rows
    return [
        ax.inset_axes(((column + 0.1) * wide, 1 - (row + 0.85) * high, 0.7 * wide, 0.7 * high))
        for row in range(rows)
        for column in range(columns)
    ]


def _plain(text: object, length: int = 60) -> str:
    """Return a name as matplotlib must be given it to write it as it is, on one line, and not too long."""
    shown = " ".join(str(text).split())
    shown = shown if len(shown) <= length else f"{shown[:length]}…"
    shown = "".join(character if character.isprintable() else "\ufffd" for character in shown)
    return shown.replace("$", r"\$")


def _dress(axes: Any, title: str, xlabel: str = "", ylabel: str = "") -> None:
    axes.set_title(title, fontsize=11, color=_INK, loc="left")
    axes.set_xlabel(xlabel, color=_INK)
    axes.set_ylabel(ylabel, color=_INK)
    axes.tick_params(colors=_INK, labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FAINT)


def _name_rows(axes: Any, names: Sequence[str]) -> None:
    """Write names along the vertical axis, the first on top; every other one where they would not fit."""
    step = -(-len(names) // _ROWS)
    axes.set_yticks(range(0, len(names), step), [_plain(name, 40) for name in names[::step]])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _rows_height(count: int) -> float:
    return 1.3 + _ROW * min(max(count, 2), _ROWS)


def _numbers(values: Any, what: str) -> Array:
    """Return a sequence of real numbers as a flat float array."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable | Node | np.ndarray):
        raise TypeError(f"expected {what} to be a sequence of numbers, got {type(values).__name__}")
    array = array_of(values if isinstance(values, Node | np.ndarray) else list(values))
    if array.dtype.kind not in "fiub" or array.ndim > 2 or (array.ndim == 2 and array.shape[1] != 1):
        raise TypeError(f"expected {what} to be a sequence of real numbers, got shape {array.shape} of {array.dtype}")
    return array.astype(np.float64).ravel()


# -- losses ----------------------------------------------------------------------------------------------------


def loss_curve(losses: Any, held_out: Any = None, smooth: int = 20, *, ax: Any = None) -> Any:
    """Draw the loss of every step, its running mean, and the loss on held-out data.

    Args:
        losses: One number, Value or Tensor for each step.
        held_out: Pairs ``(step, loss)``; or losses alone, taken at the ends of equally long epochs.
        smooth: Over how many steps to average; 1 draws no mean.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: An argument holds no numbers.
        ValueError: There is no loss, or ``smooth`` is smaller than 1.

    >>> figure = loss_curve([3.0, 2.0, 1.5, 1.2], held_out=[(2, 2.2), (4, 1.6)], smooth=2)
    >>> figure.axes[0].get_xlabel()
    'step'
    """
    values = _numbers(losses, "losses")
    if not values.size:
        raise ValueError("expected at least one loss, got none")
    if smooth < 1:
        raise ValueError(f"expected smooth to be a number of steps, 1 or more, got {smooth}")
    dots = _held_out(held_out, len(values))
    axes = _axes(ax)
    steps = np.arange(1, len(values) + 1)
    lone = {"marker": "."} if len(values) == 1 else {}
    smoothed = smooth > 1 and len(values) > 1
    colour, width = (_SKY, 0.8) if smoothed else (_BLUE, 1.6)
    axes.plot(steps, values, color=colour, linewidth=width, label="loss", **lone)
    if smoothed:
        axes.plot(steps, _running_mean(values, smooth), color=_BLUE, linewidth=2, label=f"mean of {smooth} steps")
    if len(dots):
        axes.plot(dots[:, 0], dots[:, 1], "o--", color=_VERMILION, markersize=5, linewidth=1, label="held out")
    _mark_non_finite(axes, steps, values)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    _dress(axes, "loss", "step", "loss")
    axes.legend(frameon=False, fontsize=8)
    return axes.figure


def _held_out(held_out: Any, steps: int) -> Array:
    if held_out is None:
        return np.empty((0, 2))
    items = list(held_out)
    if items and all(isinstance(item, list | tuple) for item in items):
        if any(len(item) != 2 for item in items):
            raise ValueError("expected held_out to be pairs (step, loss), or losses alone")
        return np.stack([_numbers(item, "a pair of held_out") for item in items])
    losses = _numbers(items, "held_out")
    ends = np.arange(1, len(losses) + 1) * steps / max(len(losses), 1)
    return np.stack([ends, losses], axis=1)


def _running_mean(values: Array, span: int) -> Array:
    """Return the mean of the last ``span`` finite values at each place.

    >>> _running_mean(np.array([1.0, 3.0, 5.0]), 2).tolist()
    [1.0, 2.0, 4.0]
    """
    fine = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(fine, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(fine)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - span, 0)
    number = counts[ends] - counts[starts]
    return np.where(number, (sums[ends] - sums[starts]) / np.maximum(number, 1), np.nan)


def _mark_non_finite(axes: Any, steps: Array, values: Array) -> None:
    bad = steps[~np.isfinite(values)]
    if len(bad):
        axes.plot(
            bad, np.full(len(bad), 0.02), "x", color=_VERMILION, transform=axes.get_xaxis_transform(),
            label=f"NaN or infinite ({len(bad)})", clip_on=False,
        )  # fmt: skip


# -- gradients and weights -------------------------------------------------------------------------------------


def gradient_flow(model: Any, *, ax: Any = None) -> Any:
    """Draw how large the gradients of each parameter are: mean and maximum of their sizes, and the share of zeros.

    Rows run from the first parameter to the last on a logarithmic scale, so vanishing gradients show as bars that
    shrink towards the top. A parameter without a gradient has a dash.

    Args:
        model: A module, a network of ``nn.scalar``, a mapping of names to nodes, or parameters.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: ``model`` is none of these.
        ValueError: It has no parameters.

    >>> from autograd import Value
    >>> w = Value(2.0); (w * 3.0).backward()
    >>> gradient_flow({"w": w}).axes[0].get_xlabel()
    'size of the gradient'
    """
    groups = parameter_groups(model)
    sizes = {name: None if (g := gradient_of(nodes)) is None else np.abs(g) for name, nodes in groups.items()}
    axes = _axes(ax, height=_rows_height(len(groups)))
    shown = [size for size in sizes.values() if size is not None]
    positive = np.concatenate([s[np.isfinite(s) & (s > 0)] for s in shown] or [np.empty(0)])
    means = [_mean_size(size) for size in shown]
    lowest = min([float(positive.max())] + [m for m in means if m > 0]) if positive.size else 0.1
    left = 10.0 ** np.floor(np.log10(lowest) - 0.5)
    right = 10.0 ** np.ceil(np.log10(positive.max()) + 0.1) if positive.size else 1.0
    axes.set_xscale("log")
    axes.set_xlim(left, max(right, left * 10))
    for row, size in enumerate(sizes.values()):
        _flow_row(axes, row, size, left)
    axes.barh([-5], [left], color=_SKY, label="maximum")  # out of sight: what the legend shows
    axes.barh([-5], [left], color=_BLUE, label="mean")
    _name_rows(axes, list(sizes))
    axes.grid(axis="x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    _dress(axes, "gradient flow", "size of the gradient")
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return axes.figure


def _mean_size(size: Array) -> float:
    fine = size[np.isfinite(size)]
    return float(fine.mean()) if fine.size else 0.0


def _flow_row(axes: Any, row: int, size: Array | None, left: float) -> None:
    """Draw the bars of one parameter, and what they cannot show in words at the right."""
    note, colour = "", _FAINT
    if size is None:
        axes.text(left * 1.05, row, f" {_NONE}", va="center", color=_FAINT)
        note = "no gradient"
    elif not size.size:
        note = "empty"
    else:
        fine = size[np.isfinite(size)]
        if fine.size and fine.max() > 0:
            axes.barh(row, fine.max() - left, left=left, height=0.7, color=_SKY)
            axes.barh(row, max(fine.mean() - left, 0.0), left=left, height=0.35, color=_BLUE)
        zeros = np.count_nonzero(size == 0) / size.size
        note = "all zero" if zeros == 1 else f"{zeros:.0%} zero" if zeros else ""
        if fine.size < size.size:
            note, colour = f"{size.size - fine.size:,} not finite", _VERMILION
    axes.text(1.01, row, note, va="center", fontsize=8, color=colour, transform=axes.get_yaxis_transform())


def histograms(model: Any, *, ax: Any = None) -> Any:
    """Draw the distributions of weights and of gradients, one row for each parameter.

    Args:
        model: A module, a network of ``nn.scalar``, a mapping of names to nodes, or parameters.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: ``model`` is none of these.
        ValueError: It has no parameters.

    >>> from nn import Linear
    >>> [axes.get_title(loc="left") for axes in histograms(Linear(4, 3)).axes]
    ['weights', 'gradients']
    """
    groups = parameter_groups(model)
    weights = {name: np.concatenate([array_of(n).ravel() for n in nodes]) for name, nodes in groups.items()}
    gradients = {name: gradient_of(nodes) for name, nodes in groups.items()}
    left, right = _panels(ax, 2, 2, 1.4 * _WIDTH, 0.4 + 1.5 * _rows_height(len(groups)))
    _ridges(left, weights, "weights")
    _ridges(right, gradients, "gradients")
    right.set_yticks([])
    return left.figure


def activations(model: Any, x: Any, *, ax: Any = None) -> Any:
    """Draw the distribution of what each layer returns for an input.

    A module without parts of its own counts as a layer; each call of it has a row. The model is run once, without
    recording, and is left as it was.

    Args:
        model: A module, or a network of ``nn.scalar``.
        x: The input: what the module takes; for ``nn.scalar`` a list of points.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: ``model`` is neither.
        ValueError: It calls no layer of its own.

    >>> from nn import Linear, ReLU, Sequential
    >>> figure = activations(Sequential(Linear(2, 3), ReLU()), np.ones((4, 2), np.float32))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['0 Linear', '1 ReLU']
    """
    from nn import Module, scalar

    if isinstance(model, scalar.Module):
        found = _scalar_activations(model, x)
    elif isinstance(model, Module):
        found = _module_activations(model, x)
    else:
        raise TypeError(f"expected a module of nn or nn.scalar, got {type(model).__name__}")
    if not found:
        raise ValueError("expected layers that return Tensors or Values, got a network that calls none of its own")
    axes = _axes(ax, height=0.4 + 1.5 * _rows_height(len(found)))
    _ridges(axes, found, "activations")
    return axes.figure


def _module_activations(model: Any, x: Any) -> dict[str, Array | None]:
    names = {id(module): name or type(module).__name__ for name, module in model.named_modules()}
    data = x if isinstance(x, Tensor) else Tensor(x)
    with undisturbed(model), watch_calls(model) as calls, no_grad():
        model(data)
    found: dict[str, Array | None] = {}
    for call in calls:
        if isinstance(call.output, Node) and not list(call.module.children()):
            kind = type(call.module).__name__
            name = names[id(call.module)]
            label = name if name == kind else f"{name} {kind}"
            again = sum(1 for other in found if other == label or other.startswith(f"{label}, call "))
            found[f"{label}, call {again + 1}" if again else label] = array_of(call.output).ravel()
    return found


def _scalar_activations(model: Any, points: Any) -> dict[str, Array | None]:
    found: dict[str, list[float]] = {}
    with no_grad():
        for point in _points(points):
            signals: list[Any] = point.tolist()
            for layer, neurons in scalar_layers(model):
                signals = [neuron(signals) for neuron in neurons]
                name = layer.rstrip(".") or type(model).__name__
                found.setdefault(name, []).extend(signal.data for signal in signals)
    return {name: np.asarray(values) for name, values in found.items()}


def _ridges(axes: Any, rows: Mapping[str, Array | None], title: str) -> None:
    """Draw one histogram above the other over one horizontal axis; beside each, what does not show in it."""
    fine = {n: None if v is None else v[np.isfinite(v)].astype(np.float64) for n, v in rows.items()}
    everything = np.concatenate([v for v in fine.values() if v is not None] or [np.empty(0)])
    low, high = (float(everything.min()), float(everything.max())) if everything.size else (-1.0, 1.0)
    margin = (high - low) * 0.02 or max(abs(low) * 0.1, 1e-12)
    edges = np.linspace(low - margin, high + margin, _BINS + 1)
    for row, (name, values) in enumerate(fine.items()):
        if values is None:
            axes.text(0.5, row, _NONE, transform=axes.get_yaxis_transform(), ha="center", va="center", color=_FAINT)
            continue
        counts, _ = np.histogram(values, edges)
        height = 0.8 * counts / max(int(counts.max()), 1)
        axes.stairs(row + 0.4 - height, edges, baseline=row + 0.4, fill=True, color=_SKY, alpha=0.8)
        axes.stairs(row + 0.4 - height, edges, baseline=row + 0.4, color=_BLUE, linewidth=0.8)
        if values.size:
            axes.plot([values.mean()] * 2, [row + 0.4, row - 0.42], color=_INK, linewidth=0.8)
        note, colour = _spread_note(rows[name], values)
        axes.text(1.01, row, note, va="center", fontsize=7, color=colour, transform=axes.get_yaxis_transform())
    _name_rows(axes, list(rows))
    axes.set_xlim(edges[0], edges[-1])
    _dress(axes, title, "value (the line is the mean)")


def _spread_note(values: Array | None, fine: Array) -> tuple[str, str]:
    if values is None or not values.size:
        return "empty", _FAINT
    if fine.size < values.size:
        return f"{values.size - fine.size:,}\nnot finite", _VERMILION
    zeros = np.count_nonzero(fine == 0) / fine.size
    return f"std {fine.std():.2g}" + (f"\n{zeros:.0%} zero" if zeros else ""), _FAINT


# -- decisions -------------------------------------------------------------------------------------------------


def decision_boundary(
    predict: Any, points: Any, labels: Any, *, threshold: float = 0.0, resolution: int = 0, ax: Any = None
) -> Any:
    """Draw two-dimensional points over the regions that a classifier makes of the plane.

    Args:
        predict: A network, or a function from points ``(N, 2)`` to scores ``(N,)``, scores of classes ``(N, C)`` or
            whole class ids.
        points: The data, ``(N, 2)``.
        labels: The class of each point; two or more different numbers or names.
        threshold: What divides the two classes of one score: 0 for scores, 0.5 for probabilities.
        resolution: How many points of the plane to ask for along each axis; 0 chooses.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: ``predict`` cannot be called.
        ValueError: A shape does not fit.

    >>> figure = decision_boundary(lambda p: p[:, 0] - p[:, 1], [[0, 1], [1, 0]], [0, 1])
    >>> len(figure.axes[0].collections) > 0
    True
    """
    if not callable(predict):
        raise TypeError(f"expected predict to be a network or a function, got {type(predict).__name__}")
    data = _points(points)
    kinds, indices = np.unique(array_of(labels).ravel(), return_inverse=True)
    if len(indices) != len(data):
        raise ValueError(f"expected one label for each of {len(data)} points, got {len(indices)}")
    if len(kinds) > len(_CLASS_COLOURS):
        raise ValueError(f"expected at most {len(_CLASS_COLOURS)} classes to tell apart by colour, got {len(kinds)}")
    across, down, grid = _grid(data, resolution or (50 if _is_scalar_network(predict) else 200))
    scores = _predicted(predict, grid).reshape(len(down), len(across), -1)
    shape = (down[-1] - down[0]) / (across[-1] - across[0])
    axes = _axes(ax, height=float(np.clip(0.9 * _WIDTH * shape, 2.4, 8.0)) + 0.8)
    _regions(axes, across, down, scores, threshold)
    for index, kind in enumerate(kinds):
        chosen = data[indices == index]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=22, color=_CLASS_COLOURS[index], marker=_CLASS_MARKERS[index],
            edgecolors="white", linewidths=0.6, label=_plain(kind), zorder=3,
        )  # fmt: skip
    axes.set_xlim(across[0], across[-1])
    axes.set_ylim(down[0], down[-1])
    axes.set_aspect("equal")
    _dress(axes, "decision boundary", "x1", "x2")
    axes.legend(frameon=True, fontsize=8, title="class", title_fontsize=8)
    return axes.figure


def _points(points: Any) -> Array:
    data = array_of(points)
    if data.ndim != 2 or data.dtype.kind not in "fiub" or not len(data):
        raise ValueError(f"expected points as numbers of shape (N, features), got shape {data.shape} of {data.dtype}")
    return data.astype(np.float64)


def _grid(data: Array, resolution: int) -> tuple[Array, Array, Array]:
    if data.shape[1] != 2:
        raise ValueError(f"expected points in the plane, of shape (N, 2), got shape {data.shape}")
    low, high = data.min(axis=0), data.max(axis=0)
    margin = np.where(high > low, (high - low) * 0.15, 1.0)
    across, down = (np.linspace(a, b, resolution) for a, b in zip(low - margin, high + margin, strict=True))
    return across, down, np.stack([item.ravel() for item in np.meshgrid(across, down)], axis=1)


def _is_scalar_network(predict: Any) -> bool:
    from nn import scalar

    return isinstance(predict, scalar.Module)


def _predicted(predict: Any, grid: Array) -> Array:
    from nn import Module

    with no_grad():
        if _is_scalar_network(predict):
            found = array_of([predict(point) for point in grid.tolist()])
        elif isinstance(predict, Module):
            kind = next((p.dtype for p in predict.parameters()), np.dtype(np.float32))
            with undisturbed(predict):
                found = array_of(predict(Tensor(grid.astype(kind))))
        else:
            found = array_of(predict(grid))
    if found.ndim not in (1, 2) or len(found) != len(grid):
        raise ValueError(
            f"expected predict to return one score or class for each of {len(grid)} points, got shape {found.shape}; "
            "a function of one point is wrapped as lambda points: [f(point) for point in points]"
        )
    return found


def _regions(axes: Any, across: Array, down: Array, scores: Array, threshold: float) -> None:
    """Colour the plane by the class that wins, or by how far one score lies from the threshold."""
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap

    one = scores[..., 0]
    extent = (across[0], across[-1], down[0], down[-1])
    if scores.shape[-1] > 1 or one.dtype.kind in "iub":
        ids = scores.argmax(axis=-1) if scores.shape[-1] > 1 else one.astype(np.int64)
        colours = ListedColormap(_CLASS_COLOURS)
        axes.imshow(
            ids, origin="lower", extent=extent, cmap=colours, vmin=-0.5, vmax=len(_CLASS_COLOURS) - 0.5,
            alpha=0.3, aspect="auto", interpolation="nearest",
        )  # fmt: skip
        return
    distance = np.where(np.isfinite(one), one - threshold, 0.0)
    limit = float(np.abs(distance).max()) or 1.0
    both = LinearSegmentedColormap.from_list("sides", ["#8fc1e3", "#f7f7f7", "#f3cd7f"])
    steps = np.linspace(-limit, limit, 11)
    axes.contourf(across, down, distance, levels=steps, cmap=both)
    if distance.min() < 0 < distance.max():
        axes.contour(across, down, distance, levels=[0.0], colors=[_INK], linewidths=1.4)


def loss_landscape(
    loss: Callable[[], Any],
    parameters: Any,
    *,
    span: float = 1.0,
    steps: int = 21,
    rng: "np.random.Generator | None" = None,
    ax: Any = None,
) -> Any:
    """Draw the loss around the present parameters, along two random directions.

    Each filter of a direction has the length of the filter of the weights that it changes, and biases stay, so that
    pictures of two networks can be compared (Li et al., 2018, "Visualizing the loss landscape of neural nets"). The
    parameters are put back as they were, also when the loss raises.

    Args:
        loss: Computes the loss of the present parameters, such as ``lambda: criterion(model(x), y)``.
        parameters: The model, a mapping of names to nodes, or parameters.
        span: How far to go, in lengths of the weights.
        steps: How many points to compute along each direction; odd, so that the middle is one of them.
        rng: Where the directions come from; without it they are the same each time.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        TypeError: ``loss`` cannot be called or returns no number.
        ValueError: ``span`` or ``steps`` make no picture.

    >>> from autograd import Value
    >>> w, v = Value(1.0), Value(2.0)
    >>> figure = loss_landscape(lambda: w * w + v * v, [w, v], steps=3)
    >>> w.data, v.data
    (1.0, 2.0)
    """
    if not callable(loss):
        raise TypeError(
            f"expected loss to be a function without arguments, got {type(loss).__name__}; write lambda: ..."
        )
    if steps < 3 or steps % 2 == 0:
        raise ValueError(f"expected steps to be an odd number, 3 or more, got {steps}")
    if not span > 0 or not np.isfinite(span):
        raise ValueError(f"expected span to be a positive number, got {span!r}")
    filters = _filters(parameters)
    draws = rng or np.random.default_rng(0)
    directions = [[_direction(weights, draws) for weights in filters] for _ in range(2)]
    distances = np.linspace(-span, span, steps)
    heights = np.empty((steps, steps))
    with _put_back(filters), no_grad():
        for row, up in enumerate(distances):
            for column, right in enumerate(distances):
                _move(filters, directions, (right, up))
                heights[row, column] = _as_loss(loss())
    axes = _axes(ax, height=4.8)
    _draw_heights(axes, distances, heights)
    return axes.figure


_Filter = tuple[list[Node], list[Array], bool]
"""Nodes that one direction moves together, their numbers at the start, and whether they move at all."""


def _filters(parameters: Any) -> list[_Filter]:
    """Return what a direction moves: each tensor by itself, or the numbers that enter one neuron."""
    from nn import scalar

    if isinstance(parameters, scalar.Module):
        neurons = [neuron for _, layer in scalar_layers(parameters) for neuron in layer]
        groups = [(list(neuron.w), True) for neuron in neurons] + [([neuron.b], False) for neuron in neurons]
    else:
        named = parameter_groups(parameters).values()
        single = all(np.ndim(node.payload) < 2 for nodes in named for node in nodes)
        groups = [(nodes, single or np.ndim(nodes[0].payload) > 1) for nodes in named]
    return [(nodes, [array_of(node) for node in nodes], moves) for nodes, moves in groups]


def _direction(weights: _Filter, rng: "np.random.Generator") -> list[Array]:
    """Draw a direction as long as the weights, filter by filter."""
    nodes, numbers, moves = weights
    drawn = [np.asarray(rng.standard_normal(array.shape)) for array in numbers]
    if not moves:
        return [np.zeros_like(array) for array in drawn]
    if len(nodes) > 1 or numbers[0].ndim < 2:
        scale = _length(np.concatenate([array.ravel() for array in numbers]))
        own = _length(np.concatenate([array.ravel() for array in drawn]))
        return [array * (scale / own) for array in drawn]
    axes = tuple(range(1, numbers[0].ndim))
    return [drawn[0] * _length(numbers[0], axes) / _length(drawn[0], axes)]


def _length(array: Array, axes: tuple[int, ...] | None = None) -> Array:
    squares = np.square(array, dtype=np.float64).sum(axis=axes, keepdims=axes is not None)
    length: Array = np.sqrt(squares)
    return length


def _move(filters: Iterable[_Filter], directions: Sequence[Sequence[list[Array]]], by: tuple[float, float]) -> None:
    for index, (nodes, numbers, moves) in enumerate(filters):
        if moves:
            for part, (node, start) in enumerate(zip(nodes, numbers, strict=True)):
                moved = start + by[0] * directions[0][index][part] + by[1] * directions[1][index][part]
                node.data = moved.astype(start.dtype)  # type: ignore[attr-defined]  # Value and Tensor have it


@contextmanager
def _put_back(filters: Sequence[_Filter]) -> Iterator[None]:
    """Restore every parameter, and the library's random numbers, whatever happens inside."""
    state = get_rng_state()
    payloads = [[node.payload for node in nodes] for nodes, _, _ in filters]
    try:
        yield
    finally:
        set_rng_state(state)
        for (nodes, _, moves), saved in zip(filters, payloads, strict=True):
            if moves:
                for node, payload in zip(nodes, saved, strict=True):
                    node.data = payload  # type: ignore[attr-defined]  # Value and Tensor have it


def _as_loss(found: Any) -> float:
    array = array_of(found)
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise TypeError(f"expected loss() to return one number, got {type(found).__name__} of shape {array.shape}")
    return float(array.item())


def _draw_heights(axes: Any, distances: Array, heights: Array) -> None:
    fine = np.isfinite(heights)
    shown = np.ma.masked_invalid(heights)
    if not fine.any() or heights[fine].min() == heights[fine].max():
        axes.text(0.5, 0.6, "flat" if fine.any() else "nowhere finite", transform=axes.transAxes, ha="center")
    else:
        drawn = axes.contourf(distances, distances, shown, levels=16, cmap="cividis")
        axes.contour(distances, distances, shown, levels=8, colors=["white"], linewidths=0.4, alpha=0.6)
        axes.figure.colorbar(drawn, ax=axes, label="loss", shrink=0.85)
    axes.plot([0], [0], "*", color=_VERMILION, markeredgecolor="white", markersize=13, label="now")
    axes.set_xlim(distances[0], distances[-1])
    axes.set_ylim(distances[0], distances[-1])
    axes.set_aspect("equal")
    _dress(axes, "loss landscape", "first random direction", "second random direction")
    axes.legend(frameon=True, fontsize=8)


# -- matrices --------------------------------------------------------------------------------------------------


def attention_map(weights: Any, rows: Sequence[Any] | None = None, columns: Sequence[Any] | None = None, *,
                  ax: Any = None) -> Any:  # fmt: skip
    """Draw attention weights as a matrix: each row says where a query looks.

    Args:
        weights: ``(queries, keys)``, or ``(heads, queries, keys)`` for a picture of each head.
        rows: A name for each query.
        columns: A name for each key; those of ``rows`` where there are as many.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        ValueError: The weights are no matrix, or the names are not as many.

    >>> figure = attention_map([[0.9, 0.1], [0.5, 0.5]], rows=["the", "cat"])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['the', 'cat']
    """
    array = array_of(weights)
    if array.ndim not in (2, 3) or array.dtype.kind not in "fiub" or not array.size:
        raise ValueError(
            f"expected weights of shape (queries, keys) or (heads, queries, keys), got {array.shape} of {array.dtype}; "
            "of a batch, take one entry: weights[0]"
        )
    heads = array.astype(np.float64).reshape(-1, *array.shape[-2:])
    if columns is None and rows is not None and len(rows) == heads.shape[2]:
        columns = rows
    across = min(len(heads), 4)
    down = -(-len(heads) // across)
    size = min(max(heads.shape[2] * 0.45, 2.6), 7.0)
    panels = [_axes(ax, size + 1.6, size + 1)] if len(heads) == 1 else _panels(
        ax, len(heads), across, across * (0.6 * size + 0.6), down * (0.6 * size + 0.6)
    )  # fmt: skip
    highest = float(heads[np.isfinite(heads)].max(initial=0.0)) or 1.0
    for index, panel in enumerate(panels):
        if index >= len(heads):
            panel.set_axis_off()
            continue
        title = "attention" if len(heads) == 1 else f"head {index}"
        named = rows if index % across == 0 else None
        write = (lambda x: f"{x:.2f}".lstrip("0")) if len(heads) == 1 else None
        image = _matrix(panel, heads[index], named, columns, title, highest, write)
        if rows is not None and named is None:
            panel.set_yticks([])
        if len(heads) == 1:
            panel.figure.colorbar(image, ax=panel, shrink=0.8)
            panel.set_xlabel("key")
            panel.set_ylabel("query")
    return panels[0].figure


def confusion_matrix(truth: Any, predicted: Any, classes: Sequence[Any] | None = None, *, ax: Any = None) -> Any:
    """Draw how often each class was taken for which: truth in rows, predictions in columns.

    Cells hold counts; their colour is the share of the row, so that rare classes show as well as common ones.

    Args:
        truth: The true class ids ``(N,)``.
        predicted: The predicted ids ``(N,)``, or scores ``(N, C)``.
        classes: A name for each class.
        ax: Axes to draw into.

    Returns:
        The figure.

    Raises:
        ValueError: There are more classes than names, or the shapes do not fit.

    >>> figure = confusion_matrix([0, 0, 1], [0, 1, 1], classes=["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '1', '0', '1']
    """
    from nn.metrics import confusion_matrix as count

    counts = count(predicted, truth)
    names = list(range(len(counts))) if classes is None else list(classes)
    if len(names) < len(counts):
        raise ValueError(f"expected a name for each of {len(counts)} classes, got {len(names)}")
    counts = count(predicted, truth, len(names))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(max(len(counts) * 0.5, 2.6), 9.0)
    axes = _axes(ax, size + 1.2, size + 1.2)
    title = f"{np.trace(counts) / counts.sum():.1%} of {counts.sum():,} right"
    _matrix(axes, shares, names, names, title, 1.0, str, counts)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return axes.figure


def _matrix(
    axes: Any, cells: Array, rows: Sequence[Any] | None, columns: Sequence[Any] | None, title: str, highest: float,
    write: Callable[[Any], str] | None, written: Array | None = None,
) -> Any:  # fmt: skip
    """Draw one matrix with names on both sides, and numbers in its cells where there is room for them."""
    for what, names, count in (("rows", rows, cells.shape[0]), ("columns", columns, cells.shape[1])):
        if names is not None and len(names) != count:
            raise ValueError(f"expected {count} names for the {what}, got {len(names)}")
    image = axes.imshow(cells, cmap=_SEQUENTIAL, vmin=0.0, vmax=highest, interpolation="nearest")
    _dress(axes, title)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if columns is not None:
        names = [_plain(name, 24) for name in columns]
        turn = max(map(len, names)) > 3
        axes.set_xticks(range(len(names)), names, rotation=45 if turn else 0, ha="right" if turn else "center")
    if rows is not None:
        axes.set_yticks(range(len(rows)), [_plain(name, 24) for name in rows])
    if write is not None and max(cells.shape) <= _ANNOTATED:
        shown = cells if written is None else written
        for (row, column), cell in np.ndenumerate(cells):
            colour = "white" if cell > 0.6 * highest else _INK
            axes.text(column, row, write(shown[row, column]), ha="center", va="center", fontsize=8, color=colour)
    return image
