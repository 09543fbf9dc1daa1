"""The picture of a graph: what ``draw`` returns."""

import base64
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from autograd.node import Node

from .dot import Direction, to_dot
from .graph_view import GraphView

__all__ = ["Drawing", "draw"]

ImageFormat = Literal["svg", "png", "pdf"]

_IMAGES: dict[str, ImageFormat] = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
_TEXTS = (".dot", ".gv")
_INSTALL_PROGRAM = (
    "Graphviz's program `dot` was not found. Install it with `apt install graphviz`, "
    "`brew install graphviz`, `conda install graphviz` or from https://graphviz.org/download/"
)
_INSTALL_PACKAGE = "The Python package `graphviz` was not found. Install it with `pip install graphviz`"
_PDF_DATE = re.compile(rb"(?<=/CreationDate \()D:\d{14}")


class _NotRenderedError(Exception):
    """Graphviz is not there, or it failed; the text says what to do."""


class Drawing:
    """A picture of a computation graph, as it was when it was drawn.

    A notebook shows it, :meth:`save` writes it, ``str`` gives its DOT text.

    Attributes:
        view: The graph as plain data.
        dot: The DOT text.

    >>> from autograd import Value
    >>> drawing = draw(Value(2.0, label="a") + 1.0)
    >>> drawing
    <Drawing: 3 nodes, 2 edges>
    >>> str(drawing) == drawing.dot
    True
    """

    def __init__(self, view: GraphView, direction: Direction = "LR") -> None:
        """Write a view down; :func:`draw` is the usual way here."""
        self.view = view
        self.dot = to_dot(view, direction)
        self._svg: str | None = None

    def __str__(self) -> str:
        """Return the DOT text."""
        return self.dot

    def __repr__(self) -> str:
        """Count what is in the picture, and what is not."""
        hidden = f", {self.view.hidden:,} more not drawn" if self.view.hidden else ""
        shown = self.view.shown()
        nodes, edges = len(shown.nodes), len(shown.edges)
        return f"<Drawing: {nodes:,} node{'s' * (nodes != 1)}, {edges:,} edge{'s' * (edges != 1)}{hidden}>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file; the ending of the name says in which format.

        Endings are ``.svg``, ``.png``, ``.pdf`` and ``.dot``. Folders that are missing are made. The
        three image formats need Graphviz: where it is missing, a message says how to install it and the
        DOT text is written beside, to ``path`` with ``.dot`` added.

        Returns:
            The file that was written.

        Raises:
            ValueError: The ending is none of these.

        >>> import tempfile
        >>> from autograd import Value
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     draw(Value(2.0)).save(f"{folder}/graph.dot").name
        'graph.dot'
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in _IMAGES and ending not in _TEXTS:
            known = ", ".join((*_IMAGES, *_TEXTS))
            raise ValueError(f"expected a file name that ends in one of {known}, got {os.fspath(path)!r}")
        content = self.dot.encode()
        if ending in _IMAGES:
            try:
                content = _render(self.dot, _IMAGES[ending])
            except _NotRenderedError as problem:
                target = target.with_name(target.name + ".dot")
                print(f"{problem}. The graph was saved as DOT text instead: {target}", file=sys.stderr)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def _repr_svg_(self) -> str | None:
        """Return the picture for a notebook, ``None`` when Graphviz is missing."""
        try:
            return self._rendered_svg()
        except _NotRenderedError:
            return None

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return the picture in every form a notebook may want.

        A notebook that is not trusted shows no SVG, but does show an HTML image; an export to PDF wants
        the SVG. Without Graphviz there is the message, and the DOT text.
        """
        try:
            svg = self._rendered_svg()
        except _NotRenderedError as problem:
            bundle = {"text/plain": f"{problem}. Until then, this is the graph as DOT text:\n\n{self.dot}"}
        else:
            encoded = base64.b64encode(svg.encode()).decode("ascii")
            summary = repr(self).strip("<>")
            bundle = {
                "text/html": f'<img src="data:image/svg+xml;base64,{encoded}" alt="{summary}">',
                "image/svg+xml": svg,
                "text/plain": repr(self),
            }
        return {
            kind: content
            for kind, content in bundle.items()
            if (not include or kind in include) and (not exclude or kind not in exclude)
        }

    def _rendered_svg(self) -> str:
        if self._svg is None:
            text = _render(self.dot, "svg").decode()
            self._svg = text[text.index("<svg") :]
        return self._svg


def draw(
    y: Node,
    names: Mapping[str, object] | None = None,
    direction: Direction = "LR",
    max_nodes: int = 300,
) -> Drawing:
    """Draw the graph that a value was computed by, with every value and gradient.

    Nothing is changed by drawing: neither the graph, nor its data, nor its gradients. A gradient that no
    backward pass has reached, or that was not kept, is written as a dash, never as zero.

    Args:
        y: A ``Value`` or a ``Tensor``.
        names: Names for the nodes that have no label of their own, such as ``locals()``.
        direction: Where the graph flows to: ``"LR"`` (left to right), ``"RL"``, ``"TB"`` or ``"BT"``.
        max_nodes: How many nodes to draw; those nearest to ``y`` are, the others are counted.

    Returns:
        The picture. A notebook shows it; ``draw(y).save("graph.svg")`` keeps it.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: There is no such direction, or ``max_nodes`` is smaller than one.

    >>> from autograd import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = a * b + a
    >>> y.backward()
    >>> draw(y, names=locals())
    <Drawing: 4 nodes, 4 edges>
    """
    return Drawing(GraphView.of(y, names, max_nodes=max_nodes), direction)


def _render(dot: str, kind: ImageFormat) -> bytes:
    """Let Graphviz lay out and paint a graph."""
    try:
        graphviz: Any = importlib.import_module("graphviz")
    except ImportError as error:
        raise _NotRenderedError(_INSTALL_PACKAGE) from error
    try:
        content: bytes = graphviz.Source(dot).pipe(format=kind, quiet=True)
    except graphviz.ExecutableNotFound as error:
        raise _NotRenderedError(_INSTALL_PROGRAM) from error
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise _NotRenderedError(
            f"Graphviz could not paint the graph as {kind} ({' '.join(text.split())})"
        ) from error
    # The one thing in a PDF that differs from run to run is the time it was made.
    return _PDF_DATE.sub(b"D:19800101000000", content) if kind == "pdf" else content
