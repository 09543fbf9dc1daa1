"""Tables and reports: the same rows as aligned text for a terminal and as plain HTML for a notebook."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.graph import topological_order
from autograd.node import Node

from .graph_view import names_by_identity
from .quantity import NAME_LENGTH, nested_text, number_text, shape_text, shorten

__all__ = ["Names", "Report", "Table", "number", "one_line"]

_FEW = 4


class Table:
    """Rows under a header; an empty row is a rule.

    >>> print(Table(("name", "size"), [("a", "1"), ("long", "20")]))
    name  size
    a     1
    long  20
    >>> print(Table(("name", "size"), [("a", "1"), (), ("sum", "20")], right=[1]))
    name  size
    a        1
    ----------
    sum     20
    """

    def __init__(self, header: Sequence[str], rows: Iterable[Sequence[object]], right: Collection[int] = ()) -> None:
        """Take the rows; the columns in ``right`` are aligned to the right."""
        self.header, self.right = tuple(header), right
        self.rows = [tuple(map(str, row)) for row in rows]

    def __str__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*filter(None, lines), strict=True)]
        rule = "-" * (sum(widths) + 2 * len(widths) - 2)
        return "\n".join(self._line(line, widths) if line else rule for line in lines)

    def _line(self, line: Sequence[str], widths: Sequence[int]) -> str:
        cells = zip(line, widths, strict=True)
        return "  ".join(
            cell.rjust(width) if column in self.right else cell.ljust(width)
            for column, (cell, width) in enumerate(cells)
        ).rstrip()

    def _repr_html_(self) -> str:
        from html import escape

        def indented(cell: str) -> str:  # HTML drops the spaces that a cell begins with
            text = cell.lstrip(" ")
            return "&nbsp;" * (len(cell) - len(text)) + escape(text)

        # As an attribute for pages that drop styles, as a style for notebooks whose own styles overrule attributes.
        sides = ["right" if column in self.right else "left" for column in range(len(self.header))]

        def row(cells: Iterable[str], tag: str) -> str:
            return "<tr>" + "".join(
                f'<{tag} align="{side}" style="text-align:{side}">{indented(cell)}</{tag}>'
                for side, cell in zip(sides, cells, strict=True)
            ) + "</tr>"  # fmt: skip

        body = "".join(row(cells, "td") for cells in self.rows if cells)
        return f"<table><thead>{row(self.header, 'th')}</thead><tbody>{body}</tbody></table>"


class Report:
    """Something to read: sentences and tables. ``print`` shows it as text, a notebook as HTML."""

    def blocks(self) -> Iterable[str | Table]:
        """Yield what to read, in order."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(map(str, self.blocks()))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        def paragraph(text: str) -> str:
            return f"<pre>{escape(text)}</pre>" if "\n" in text else f"<p>{escape(text)}</p>"

        return "".join(b._repr_html_() if isinstance(b, Table) else paragraph(b) for b in self.blocks())


class Names:
    """What to call the nodes of a graph: their label, the name of a variable, else their id in the picture.

    >>> from autograd import Value
    >>> x = Value(2.0); y = x * 3.0
    >>> name = Names(y, {"x": x})
    >>> name(x), name(y)
    ('x', 'n2')
    """

    def __init__(self, root: Node, names: Mapping[str, object] | None = None) -> None:
        if names is not None and not isinstance(names, Mapping):
            raise TypeError(f"expected names to be a dict such as locals(), got {type(names).__name__}")
        given = names_by_identity(names or {})
        self._names: dict[int, str] = {}
        self._nameless: set[int] = set()
        self._nodes: list[Node] = topological_order(root)  # keeps every id taken
        count = 0
        for node in self._nodes:
            count += sum(x is not None and not isinstance(x, Node) for x in node.inputs)  # constants have ids too
            own = one_line(str(node.label or given.get(id(node), "")))
            self._names[id(node)] = own or f"n{count}"
            if not own:
                self._nameless.add(id(node))
            count += 1

    def __call__(self, node: Node) -> str:
        """Return the name of one node."""
        return self._names[id(node)]

    def knows(self, node: Node) -> bool:
        """Tell whether a node is part of the graph."""
        return id(node) in self._names

    def is_id(self, node: Node) -> bool:
        """Tell whether a node has no name of its own."""
        return id(node) in self._nameless


def one_line(text: str, length: int = NAME_LENGTH) -> str:
    r"""Return a name on one line and not too long, with what cannot be printed made visible.

    >>> print(one_line("a\nb"), one_line("x" * 50, 7))
    a\nb xxxxxxx… +43
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in shorten(text, length))


def number(x: Any) -> str:
    """Return a value in few characters: a number as in pictures, a large array by its shape and its norm.

    >>> number(0.1 + 0.2), number(None), number(np.ones((3, 4)))
    ('0.3', '—', '(3, 4), norm 3.4641')
    """
    if x is None:
        return "—"
    if isinstance(x, tuple):
        return "; ".join(map(number, x))
    if not isinstance(x, np.ndarray):
        return number_text(x)
    if x.size <= _FEW:
        return nested_text(x.tolist())
    return f"{shape_text(x.shape)}, norm {number_text(float(np.linalg.norm(x)))}"
