"""The stepper: a trace and its picture as one self-contained page of HTML.

A notebook gets a still picture and, after it, a frame of no height that holds the page. Where scripts run, the
frame grows and removes the picture; where they do not, or where frames are dropped, the picture is what one sees.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autograd.node import Node

from .amount import Amount, encode
from .card import Line
from .graph_view import GraphView, NodeView
from .layout import Route, layout
from .moment import StepPainter, amounts_at, part_of, plan, with_amounts, with_room
from .page import VARIABLES, document, framed, packed, static
from .quantity import Quantity
from .svg import number, to_svg
from .trace import Step, Trace, trace
from .trace_json import encode_step

__all__ = ["Stepper", "steps"]

Theme = Literal["auto", "light", "dark"]

_CAP = 1_000
"""At most so many steps are in one page."""

_LEGIBLE = 300
"""A still picture of more nodes than this is folded."""

_TITLE = "Backpropagation step by step"

_LARGE = 64 * 1024
"""A picture of more characters is among the data, where it is compressed."""

_SCRIPTS = (
    *("number.js", "replay.js", "words.js", "quiz.js", "evaluate.js"),
    *("frame.js", "packed.js", "picture.js", "stepper.js"),
)
_PARTS = {"data ": "data", "grad ": "grad", "grad += ": "contribution"}


def steps(
    y: Node,
    names: Mapping[str, object] | None = None,
    quiz: bool = False,
    start: int | None = None,
    stop: int | None = None,
    only: Collection[str | Node] | None = None,
    theme: Theme = "auto",
) -> "Stepper":
    """Step through the forward and the backward pass of a value, in a notebook or on a page.

    Nothing is changed by it: no gradient is touched. The page needs no kernel, no network and no package.

    Args:
        y: A ``Value`` or a ``Tensor`` of one element.
        names: Names for the nodes that have no label of their own, such as ``locals()``.
        quiz: Hide each number until it was typed.
        start: The first step to show. A pass of more than 1,000 steps begins at its seed.
        stop: The step before which to end.
        only: Show nothing but the steps of these nodes, given themselves or by name.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` for the colours of the page around it.

    Returns:
        The stepper. A notebook shows it; ``steps(y).save("backprop.html")`` or ``"backprop.svg"`` keeps it.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: There is no such step, node or theme.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> steps(a * a + a)
    <Stepper: 12 steps through 3 nodes>
    """
    followed = trace(y, names)
    window = _Window.choose(followed, start, stop, _ids(only, followed, y))
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"expected theme to be 'auto', 'light' or 'dark', got {theme!r}")
    view = GraphView.of(y, names, max_nodes=None)
    folded = GraphView.of(y, names) if len(view.nodes) > _LEGIBLE else None
    return Stepper(view, folded, followed, window, bool(quiz), theme)


def _ids(only: object, followed: Trace, y: Node) -> frozenset[str] | None:
    """Return the ids of the nodes one wants to see."""
    if only is None:
        return None
    if isinstance(only, str) or not isinstance(only, Iterable):
        raise TypeError(f"expected only to be a list of names or nodes, got {only!r}")
    by_name = {name: key for key, name in followed.names.items()}
    found: set[str] = set()
    for wanted in only:
        key = wanted if isinstance(wanted, str) else ""
        if isinstance(wanted, Node):
            key = _id_of(wanted, followed, y)
        key = by_name.get(key, key)
        if key not in followed.names:
            raise ValueError(f"expected only to name nodes of the graph, got {wanted!r}; there are {[*by_name][:20]}")
        found.add(key)
    return frozenset(found)


def _id_of(node: Node, followed: Trace, y: Node) -> str:
    from autograd import topological_order

    order = topological_order(y)
    return next((key for key, other in zip(followed.names, order, strict=True) if other is node), "")


# -- which steps ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Window:
    """The steps of a trace that are shown.

    Attributes:
        indices: Their places in the trace.
        message: What to say about those that are not, ``""`` when all are.
    """

    indices: Sequence[int]
    message: str

    @classmethod
    def choose(cls, followed: Trace, start: object, stop: object, only: frozenset[str] | None) -> "_Window":
        total = len(followed)
        for name, value in (("start", start), ("stop", stop)):
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise TypeError(f"expected {name} to be the number of a step, got {type(value).__name__}")
        first = start if isinstance(start, int) else 0
        end = stop if isinstance(stop, int) else total
        if not 0 <= first < end <= total:
            raise ValueError(f"expected 0 <= start < stop <= {total}, got start={start} and stop={stop}")
        if start is None and only is None and end - first > _CAP:
            first = next(step.index for step in followed if step.kind == "seed")
        indices: Sequence[int] = range(first, end)
        if only is not None:
            indices = [i for i in indices if {followed[i].node, followed[i].operand} & only]
        if not indices:
            raise ValueError("expected steps to show, got none; widen start=, stop= or only=")
        cut = indices[:_CAP]
        if len(cut) == total:
            return cls(cut, "")
        span = f"steps {cut[0] + 1:,} to {cut[-1] + 1:,}" if only is None else f"{len(cut):,} steps"
        return cls(cut, f"Shown here: {span} of {total:,}. Choose others with start=, stop= or only=[names].")


class _Skipper:
    """Gathers what happens in the steps that are left out, for the next one that is not."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.values: dict[str, Amount] = {}
        self.grads: dict[str, Amount] = {}
        self.fresh = False

    def add(self, step: Step) -> None:
        if step.kind == "forward":
            self.values[step.node] = step.value
        elif step.kind != "done":
            if step.kind == "seed":
                self.grads.clear()
                self.fresh = True
            self.grads[step.target] = step.after

    def take(self, drawn: Collection[str]) -> dict[str, Any] | None:
        """Return what changed at the nodes that are drawn, and begin anew."""
        if not (self.values or self.grads or self.fresh):
            return None
        found = {
            "values": {key: encode(x) for key, x in self.values.items() if key in drawn},
            "grads": {key: encode(x) for key, x in self.grads.items() if key in drawn},
            "fresh": self.fresh,
        }
        self.clear()
        return found


# -- the page ------------------------------------------------------------------------------------------------


class Stepper:
    """The forward and the backward pass of a graph, to walk through; see :func:`steps`.

    Attributes:
        trace: Every step, as plain data.
        html: The page, complete in itself.

    >>> from autograd import Value
    >>> stepper = steps(Value(2.0, label="a") * 3.0)
    >>> "<script" in stepper.html, "http:" in stepper.html.replace("http://www.w3.org", "")
    (True, False)
    """

    def __init__(
        self, view: GraphView, folded: GraphView | None, followed: Trace, window: _Window, quiz: bool, theme: Theme
    ) -> None:
        """Lay a trace out; :func:`steps` is the usual way here."""
        self.trace = followed
        self._folded = folded
        self._window, self._quiz, self._theme = window, quiz, theme
        self._drawn = _drawn(view, followed, window)
        self._view = part_of(view, self._drawn)
        self._whole = view if len(window.indices) == len(followed) else None

    def __repr__(self) -> str:
        """Count the steps."""
        shown, total = len(self._window.indices), len(self.trace)
        some = "" if shown == total else f", {shown:,} of them shown"
        return f"<Stepper: {total:,} steps through {len(self.trace.names):,} nodes{some}>"

    @property
    def html(self) -> str:
        """The page."""
        picture, data = self._picture(), self._data()
        if len(picture) > _LARGE:
            data, picture = data | {"picture": picture}, ""
        body = static("stepper.html").replace("<svg-picture></svg-picture>", picture)
        return document(_TITLE, body, styles=("stepper.css",), scripts=_SCRIPTS, data=packed(data), theme=self._theme)

    @property
    def svg(self) -> str:
        """The still picture: the graph with every value and gradient at the end of what is shown.

        Of a graph that is too large to be read it is the folded picture that :func:`~viz.draw` makes.
        """
        if self._folded is not None:
            return to_svg(self._folded, layout(self._folded), "dark" if self._theme == "dark" else "light")
        values, grads = amounts_at(self.trace, self._window.indices[-1])
        view = with_amounts(self._view, values, grads, self.trace.names)
        return to_svg(view, plan(view), "dark" if self._theme == "dark" else "light")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page (``.html``) or an animation without any script (``.svg``) to a file.

        Returns:
            The file that was written.

        Raises:
            ValueError: The ending is none of these.

        >>> import tempfile
        >>> from autograd import Value
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     steps(Value(2.0) * 3.0).save(f"{folder}/pass.html").name
        'pass.html'
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in (".html", ".htm", ".svg"):
            raise ValueError(f"expected a file name that ends in .html or .svg, got {os.fspath(path)!r}")
        content = self.html if ending != ".svg" else self.animation()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")
        return target

    def animation(self) -> str:
        """Return the steps as an SVG that plays by itself, without any script."""
        from .animation import animate

        return animate(self._view, self.trace, self._shown(), "dark" if self._theme == "dark" else "light")

    def show(self) -> None:
        """Show the stepper in a notebook, also in the middle of a cell."""
        from IPython.display import display

        display(self)

    def _repr_html_(self) -> str:
        """Return the still picture and the page in a frame."""
        return framed(self.svg, self.html, f"{_TITLE}: {repr(self).strip('<>')}")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return the stepper in every form a notebook may want; an export to PDF wants the picture."""
        bundle = {"text/html": self._repr_html_(), "image/svg+xml": self.svg, "text/plain": repr(self)}
        return {
            kind: content
            for kind, content in bundle.items()
            if (not include or kind in include) and (not exclude or kind not in exclude)
        }

    # -- what is in the page -----------------------------------------------------------------------------------

    def _data(self) -> dict[str, Any]:
        """Return what the script reads."""
        names = self.trace.names
        program, fixed = self._program()
        root = self.trace[-1].node
        return {
            "names": {key: names[key] for key in names if key in self._drawn or key == root},
            "steps": self._steps(),
            "total": len(self.trace),
            "root": root,
            "kinds": {node.id: node.kind for node in self._view.nodes},
            "about": {node.id: _about(node, names.get(node.id, "")) for node in self._view.nodes},
            "program": program,
            "fixed": fixed,
            "message": self._window.message,
            "quiz": self._quiz,
        }

    def _steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        skipper, position = _Skipper(), 0
        kinds = {node.id: node.kind for node in self._view.nodes}
        for index in self._window.indices:
            for skipped in self.trace[position:index]:
                skipper.add(skipped)
            position = index + 1
            step = self.trace[index]
            record = {"index": index, **encode_step(step)}
            if step.kind == "forward" and kinds[step.node] == "result":
                record["computed"] = True
            if (change := skipper.take(self._drawn)) is not None:
                record["skipped"] = change
            found.append(record)
        return found

    def _program(self) -> tuple[list[dict[str, Any]] | None, str]:
        """Return what the browser needs to compute everything again, or why it cannot."""
        if self._whole is None:
            return None, "Values cannot be dragged here: not every step is in this page."
        forward = {step.node: step.value for step in self.trace if step.kind == "forward"}
        if not all(isinstance(value, float) for value in forward.values()):
            return None, "" if len(forward) == 0 else "Values can be dragged in graphs of numbers; these are arrays."
        operands: dict[str, dict[int, dict[str, Any]]] = {}
        constants = {node.id: node.data for node in self._whole.nodes if node.kind == "constant"}
        for edge in self._whole.edges:
            known = {"id": edge.source}
            if edge.source in constants:
                known = {"constant": _constant(constants[edge.source])}
            operands.setdefault(edge.target, {})[edge.slot] = known
        program: list[dict[str, Any]] = []
        for node in self._whole.nodes:
            if node.kind in ("leaf", "result"):
                slots = operands.get(node.id, {})
                program.append(
                    {
                        "id": node.id,
                        "op": node.op,
                        "value": encode(forward[node.id]),
                        "operands": [slots.get(slot, {"constant": None}) for slot in range(max(slots, default=-1) + 1)],
                        "params": {name: _parameter(text) for name, text in node.parameters},
                    }
                )
        return program, ""

    def _picture(self) -> str:
        """Paint the graph with room for every text that will stand in it."""
        view = with_room(self._view, self._shown(), self.trace, self._whole is not None)
        return _LivePainter(view, plan(view), VARIABLES, None).picture()

    def _shown(self) -> list[Step]:
        return [self.trace[i] for i in self._window.indices]


def _drawn(view: GraphView, followed: Trace, window: _Window) -> frozenset[str]:
    """Return the ids of what is drawn: everything, or what the steps of a window are about."""
    if len(window.indices) == len(followed):
        return frozenset(node.id for node in view.nodes if node.kind != "group")
    touched = {key for i in window.indices for key in (followed[i].node, followed[i].operand) if key}
    visited = {followed[i].node for i in window.indices}
    return frozenset(touched | {edge.source for edge in view.edges if edge.target in visited})


def _about(node: NodeView, name: str) -> str:
    """Say what a node is, in lines."""
    lines = [name or "constant"]
    if node.op:
        lines.append(f"{node.op}: {node.formula}" if node.formula else node.op)
        lines += [f"{key} = {value}" for key, value in node.parameters]
    elif node.kind == "leaf":
        lines.append("leaf" if node.requires_grad else "leaf without gradient")
    if node.data is not None and node.data.shape is not None:
        lines.append(f"shape {'×'.join(map(str, node.data.shape)) or 'scalar'}, {node.data.dtype}")
    if node.source is not None:
        lines.append(f"{Path(node.source[0]).name}:{node.source[1]}")
    return "\n".join(lines)


def _constant(quantity: Quantity | None) -> Any:
    """Return the number that a constant is."""
    text = "" if quantity is None else quantity.exact
    if text in ("True", "False"):
        return text == "True"
    try:
        return encode(float(text))
    except ValueError:
        return None


def _parameter(text: str) -> Any:
    """Return a static parameter as JSON has it."""
    try:
        return float(text)
    except ValueError:
        return text.strip("'\"")


# -- painting ------------------------------------------------------------------------------------------------


class _LivePainter(StepPainter):
    """Paints with hooks for the script: the parts that change have names, each node a halo."""

    def runs(self, line: Line) -> str:
        if len(line) != 2 or line[0].tone != "faint":
            return super().runs(line)
        part = _PARTS.get(line[0].text, "local")
        return f'{self.run(line[0])}<tspan class="{part}-value" data-part="{part}">{self.run(line[1])}</tspan>'

    def label(self, route: Route) -> str:
        return super().label(route).replace("<g ", '<g class="label" ', 1)

    def node(self, node: NodeView) -> str:
        box = self.layout.boxes[node.id]
        halo = (
            f'<rect class="halo" x="-4" y="-4" width="{number(box.width + 8)}" height="{number(box.height + 8)}" '
            'rx="7" fill="none" stroke="none"/>'
        )
        return super().node(node).removesuffix("</g>") + halo + "</g>"
