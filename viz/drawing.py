"""The picture of a graph: what ``draw`` returns."""

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from autograd.node import Node

from . import engines
from .card import SHOWN, Part, check_parts
from .dot import to_dot
from .engines import Engine, EngineError
from .folding import Grouping
from .frames import Direction
from .graph_view import GraphView
from .placement import Layout, check_direction
from .svg import summary, to_svg
from .theme import fills, theme_named

__all__ = ["Drawing", "draw"]

_ON_EDGES = ("local", "contribution")

_WHOLE = 2_000
"""Above so many boxes a notebook's still picture shows the graph folded; the page in it draws everything."""

_FEW = 60
"""Up to so many boxes are told as text as well."""

_IMAGES: dict[str, Literal["png", "pdf"]] = {".png": "png", ".pdf": "pdf"}
_TEXTS = (".svg", ".html", ".dot", ".gv", ".mmd", ".json", ".txt")


class Drawing:
    """A picture of a computation graph, as it was when it was drawn.

    A notebook shows it, :meth:`save` writes it, ``print`` shows it in a terminal.

    Attributes:
        view: The graph as plain data.
        direction: Where the graph flows to.
        parts: What is written on nodes and edges.
        color: What the nodes are coloured by.
        theme: ``"light"``, ``"dark"`` or ``"auto"``.

    >>> from autograd import Value
    >>> drawing = draw(Value(2.0, label="a") + 1.0)
    >>> drawing
    <Drawing: 3 nodes, 2 edges>
    >>> print(drawing)
            data  grad
    +       3.0   —
    ├─ a    2.0   —
    └─ 1.0
    """

    def __init__(
        self,
        view: GraphView,
        direction: Direction = "LR",
        *,
        show: Collection[Part] = SHOWN,
        color: str | None = None,
        theme: str = "auto",
        engine: Engine = "auto",
        timeout: float = 10.0,
        folded: GraphView | None = None,
    ) -> None:
        """Take a view; :func:`draw` is the usual way here.

        Args:
            view: The graph as plain data.
            direction: Where the graph flows to.
            show: What is written on nodes and edges.
            color: What the nodes are coloured by.
            theme: ``"light"``, ``"dark"`` or ``"auto"``.
            engine: Who lays it out.
            timeout: After how many seconds ``dot`` is stopped.
            folded: The same graph in fewer boxes, for where a page cannot run and a whole picture is too much.
        """
        check_direction(direction)
        engines.check_engine(engine)
        self.view = view
        self.direction = direction
        self.parts = check_parts(show)
        self.color = color
        self.theme = theme
        self._look = "light" if theme == "auto" else theme
        if not timeout > 0:
            raise ValueError(f"expected timeout to be a number of seconds above 0, got {timeout!r}")
        fills(view.shown(), color, theme_named(self._look))  # refuses what does not exist
        self._engine = engine
        self._timeout = timeout
        self._still = view if folded is None else folded
        self._plans: dict[int, tuple[Layout, str]] = {}

    @property
    def svg(self) -> str:
        """The picture as SVG, always there."""
        return self._svg(self.view)

    @property
    def dot(self) -> str:
        """The graph as DOT text."""
        return to_dot(self.view, self.direction, self.color, self._look, self.parts)

    @property
    def source(self) -> Any:
        """The graph as a ``graphviz.Source``, for those who go on with the ``graphviz`` package."""
        from graphviz import Source

        return Source(self.dot)

    @property
    def html(self) -> str:
        """The interactive page: pan, zoom, search, look into nodes, open and close groups."""
        return self._page(with_picture=len(self.view.shown().nodes) <= _WHOLE)

    @property
    def note(self) -> str:
        """Why the picture is not by the engine that comes first; ``""`` when it is."""
        return self._plan(self.view)[1]

    def __str__(self) -> str:
        """Return the picture in letters, for a terminal."""
        return self._text(".txt").rstrip("\n")

    def __repr__(self) -> str:
        """Count what is in the picture, and what is not."""
        shown = self.view.shown()
        nodes, edges = len(shown.nodes), len(shown.edges)
        hidden = f", {self.view.hidden:,} nodes folded" if self.view.hidden else ""
        return f"<Drawing: {nodes:,} node{'s' * (nodes != 1)}, {edges:,} edge{'s' * (edges != 1)}{hidden}>"

    def show(self) -> None:
        """Show the picture where a notebook's cell is not at its end; elsewhere print it as text."""
        if "IPython" in sys.modules:
            from IPython import get_ipython
            from IPython.display import display

            if get_ipython() is not None:
                display(self)
                return
        print(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file; the ending of the name says in which format.

        Endings are ``.svg``, ``.png``, ``.pdf``, ``.html`` (a page to explore), ``.dot``, ``.mmd`` (Mermaid), ``.json``
        and ``.txt``. Folders that are missing are made. PNG and PDF are painted by Graphviz: where it is missing, a
        message says how to install it and the SVG is written beside, to ``path`` with ``.svg`` added.

        Returns:
            The file that was written.

        Raises:
            ValueError: The ending is none of these.

        >>> import tempfile
        >>> from autograd import Value
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw(Value(2.0)).save(f"{folder}/graph.svg").name
        'graph.svg'
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending in _IMAGES:
            try:
                content = engines.paint(self.dot, _IMAGES[ending], self._engine, self._timeout)
            except EngineError as problem:
                target, content = target.with_name(target.name + ".svg"), self.svg.encode()
                print(f"{problem}. The picture was saved as SVG instead: {target}", file=sys.stderr)
        elif ending in _TEXTS:
            content = self._text(ending).encode()
        else:
            known = ", ".join((*_IMAGES, *_TEXTS))
            raise ValueError(f"expected a file name that ends in one of {known}, got {os.fspath(path)!r}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def _repr_html_(self) -> str:
        """Return the picture, and the page that takes its place where scripts run."""
        from .page import framed

        return framed(self._svg(self._still), self._page(with_picture=False), summary(self.view.shown()))

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return the picture in every form a notebook may want.

        A notebook that is not trusted shows no SVG, but does show an HTML image; an export to PDF wants the SVG.
        """
        wanted = {
            "text/html": self._repr_html_,
            "image/svg+xml": lambda: self._svg(self._still),
            "text/plain": self._summary,
        }
        return {
            kind: content()
            for kind, content in wanted.items()
            if (not include or kind in include) and (not exclude or kind not in exclude)
        }

    def _page(self, *, with_picture: bool) -> str:
        from .explorer import page

        return page(
            self.view,
            self.direction,
            show=self.parts,
            color=self.color,
            theme=self.theme,
            with_picture=with_picture,
        )

    def _plan(self, view: GraphView) -> tuple[Layout, str]:
        if id(view) not in self._plans:
            self._plans[id(view)] = engines.lay_out(view, self.direction, self.parts, self._engine, self._timeout)
        return self._plans[id(view)]

    def _svg(self, view: GraphView) -> str:
        return to_svg(view, self._plan(view)[0], self._look, self.color)

    def _summary(self) -> str:
        parts = [repr(self), self.note]
        if len(self.view.shown().nodes) <= _FEW:
            parts.append(self._text(".txt"))
        return "\n".join(part for part in parts if part)

    def _text(self, ending: str) -> str:
        """Return the picture in one of the text formats."""
        if ending == ".mmd":
            from .mermaid import to_mermaid

            return to_mermaid(self.view, self.direction, self._look)
        if ending == ".json":
            from .view_json import to_json

            return to_json(self.view)
        if ending == ".txt":
            from .text import to_text

            return to_text(self.view)
        return {".svg": lambda: self.svg, ".html": lambda: self.html}.get(ending, lambda: self.dot)()


def draw(
    y: Node,
    names: Mapping[str, object] | None = None,
    show: Collection[Part] = SHOWN,
    direction: Direction = "LR",
    color: str | None = None,
    theme: str = "auto",
    max_nodes: int | None = 300,
    depth: int | None = None,
    group: Grouping | None = None,
    engine: Engine = "auto",
    timeout: float = 10.0,
    costs: Mapping[Node, Mapping[str, float]] | None = None,
) -> Drawing:
    """Draw the graph that a value was computed by, with every value and gradient.

    Nothing is changed by drawing: neither the graph, nor its data, nor its gradients. A gradient that no
    backward pass has reached, or that was not kept, is written as a dash, never as zero.

    Args:
        y: A ``Value`` or a ``Tensor``.
        names: Names for the nodes that have no label of their own, such as ``locals()``.
        show: What to write: ``"data"``, ``"grad"``, ``"shape"``, ``"dtype"``, ``"stats"``, ``"op"`` and ``"source"`` on
            nodes; on edges the ``"local"`` derivative, and the ``"contribution"`` to the gradient of the operand.
        direction: Where the graph flows to: ``"LR"`` (left to right), ``"RL"``, ``"TB"`` or ``"BT"``.
        color: Colour the nodes by the size of their gradient, ``"grad"``; by the family of their operation, ``"op"``;
            or by one of ``costs``, given by its name.
        theme: ``"light"``, ``"dark"``, or ``"auto"``: light in files, and in a notebook what the notebook is.
        max_nodes: How many boxes to draw at most; more are folded, and counted. ``None`` draws everything.
        depth: Fold what is more than so many operations away from ``y``.
        group: ``"scope"`` for a frame around each scope, ``"module"`` to close the innermost ones.
        engine: Who lays the picture out: ``"dot"``, ``"pygraphviz"``, ``"wasi"``, the ``"builtin"`` layout, or
            ``"auto"`` for the first of these that is there and quick enough.
        timeout: After how many seconds ``dot`` is stopped, and the built-in layout stands in.
        costs: What was measured or estimated at each node, by name.

    Returns:
        The picture. A notebook shows it; ``draw(y).save("graph.svg")`` keeps it.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has a value that does not exist.
        EngineError: The engine asked for is not installed.

    >>> from autograd import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = a * b + a
    >>> y.backward()
    >>> draw(y, names=locals())
    <Drawing: 4 nodes, 4 edges>
    """
    check_direction(direction)
    engines.check_engine(engine)
    on_edges = tuple(part for part in check_parts(show) if part in _ON_EDGES)
    view = GraphView.of(y, names, show=on_edges, max_nodes=max_nodes, depth=depth, group=group, costs=costs)
    folded = None
    if len(view.shown().nodes) > _WHOLE:
        folded = GraphView.of(y, names, show=on_edges, depth=depth, costs=costs)
    return Drawing(
        view,
        direction,
        show=show,
        color=color,
        theme=theme,
        engine=engine,
        timeout=timeout,
        folded=folded,
    )
