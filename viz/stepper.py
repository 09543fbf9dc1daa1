"""The stepper: a trace and its picture as one self-contained page of HTML.

A notebook gets a still picture and, after it, a frame of no height that holds the page. Where scripts run, the
frame grows and removes the picture; where they do not, or where frames are dropped, the picture is what one sees.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from autograd.node import Node

from .amount import encode
from .card import Line
from .graph_view import GraphView, NodeView
from .moment import StepPainter, amounts_at, part_of, plan, with_amounts, with_room
from .page import VARIABLES, document, framed, packed, static
from .placement import Route, layout
from .quantity import Quantity
from .svg import number, to_svg
from .trace_json import encode_step
from .tracing import Step, Trace, trace
from .window import Skipper, Window, ids_of

__all__ = ["Stepper", "steps"]

Theme = Literal["auto", "light", "dark"]

_LEGIBLE = 300
"""A still picture of more nodes than this is folded."""

_TITLE = "Backpropagation step by step"

_LARGE = 64 * 1024
"""A picture of more characters is among the data, where it is compressed."""

_SCRIPTS = (
    *("number.js", "replay.js", "words.js", "quiz.js", "evaluate.js"),
    *("frame.js", "packed.js", "picture.js", "stepper.js"),
)
_PARTS = {"data ": "data", "grad ": "grad"}


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
        names: Names for the nodes that have no label of their own, such as ``locals()`` or
            ``dict(model.named_parameters())``.
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
    window = Window.choose(followed, start, stop, ids_of(only, followed, y))
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"expected theme to be 'auto', 'light' or 'dark', got {theme!r}")
    view = GraphView.of(y, names, max_nodes=None)
    folded = GraphView.of(y, names) if len(view.nodes) > _LEGIBLE else None
    return Stepper(view, folded, followed, window, bool(quiz), theme)


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
        self, view: GraphView, folded: GraphView | None, followed: Trace, window: Window, quiz: bool, theme: Theme
    ) -> None:
        """Lay a trace out; :func:`steps` is the usual way here."""
        self.trace = followed
        self._folded = folded
        self._window, self._quiz, self._theme = window, quiz, theme
        self._drawn = window.drawn(view, followed)
        self._view = part_of(view, self._drawn)
        self._program, self._fixed = _program(self._view, followed, is_whole=len(window.indices) == len(followed))

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
        root = self.trace[-1].node
        return {
            "names": {key: names[key] for key in names if key in self._drawn or key == root},
            "steps": self._steps(),
            "total": len(self.trace),
            "root": root,
            "kinds": {node.id: node.kind for node in self._view.nodes},
            "about": {node.id: _about(node, names.get(node.id, "")) for node in self._view.nodes},
            "program": self._program,
            "fixed": self._fixed,
            "message": self._window.message,
            "quiz": self._quiz,
        }

    def _steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        skipper, position = Skipper(), 0
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

    def _picture(self) -> str:
        """Paint the graph with room for every text that will stand in it."""
        view = with_room(self._view, self._shown(), self.trace, is_live=self._program is not None)
        return _LivePainter(view, plan(view), VARIABLES, None).picture()

    def _shown(self) -> list[Step]:
        return [self.trace[i] for i in self._window.indices]


def _program(view: GraphView, followed: Trace, is_whole: bool) -> tuple[list[dict[str, Any]] | None, str]:
    """Return what the browser needs to compute everything again, or why it cannot."""
    if not is_whole:
        return None, "Values cannot be dragged here: not every step is in this page."
    values = {step.node: step.value for step in followed if step.kind == "forward"}
    if not all(isinstance(value, float) for value in values.values()):
        return None, "Values can be dragged in graphs of numbers; these are arrays."
    constants = {node.id: _constant(node.data) for node in view.nodes if node.kind == "constant"}
    operands: dict[str, dict[int, dict[str, Any]]] = {}
    for edge in view.edges:
        known = {"constant": constants[edge.source]} if edge.source in constants else {"id": edge.source}
        operands.setdefault(edge.target, {})[edge.slot] = known

    def entry(node: NodeView) -> dict[str, Any]:
        slots = operands.get(node.id, {})
        return {
            "id": node.id,
            "op": node.op,
            "value": encode(values[node.id]),
            "operands": [slots.get(slot, {"constant": None}) for slot in range(max(slots, default=-1) + 1)],
            "params": {name: _parameter(text) for name, text in node.parameters},
        }

    return [entry(node) for node in view.nodes if node.kind != "constant"], ""


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
