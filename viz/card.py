"""What is written on a node and beside an edge, and how much room it takes.

A card is what a picture shows of a node: the sign of its operation, then a record of cells, micrograd's
``name | data | grad``. The layout measures cards and the SVG writer paints them, so both agree on every word.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from .graph_view import EdgeView, NodeView
from .quantity import Quantity, shape_text

__all__ = [
    "SHOWN",
    "Card",
    "Cell",
    "Part",
    "Run",
    "card",
    "check_parts",
    "edge_lines",
    "is_crowded",
    "printable",
    "text_width",
]

Part = Literal["data", "grad", "local", "contribution", "shape", "dtype", "stats", "source", "op"]
SHOWN: tuple[Part, ...] = ("data", "grad")
PARTS: tuple[Part, ...] = ("data", "grad", "local", "contribution", "shape", "dtype", "stats", "source", "op")

NOT_REACHED = "—"
"""What stands in place of a gradient that is not there."""

SIZE, SMALL = 12.0, 10.0
"""The height of letters: of values, and of what is said beside them."""

LINE = 15.0
_PAD_ALONG, _PAD_ACROSS = 8.0, 5.0
_CIRCLE = 26.0
_ROUND = 2
"""Signs up to this many characters fit the circle."""

_PARAMETERS = 3
"""At most so many parameters are written under a sign."""

_CROWDED = 24
"""At most so many edges are counted beside them."""

_FORMULA = 14
"""A longer formula is only in the tooltip of an edge."""

_COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "logaddexp"})

Tone = Literal["ink", "strong", "faint", "alarm"]

# Widths in thousandths of the height, of a wide ordinary typeface: what fits there fits everywhere.
_WIDTHS = {
    character: width
    for width, characters in (
        (300, "IJijl"),
        (350, " ,./:;\\|"),
        (400, "()-[]ft·"),
        (450, "!r'"),
        (500, '"*_`'),
        (550, "?csz∂"),
        (600, "FLkvxy"),
        (650, "$0123456789EPSTYabdeghnopqu{}"),
        (700, "ABCKRVXZ"),
        (800, "&DGHOQNU"),
        (850, "#+<=>^w~×−→"),
        (1000, "%@WmM—…"),
    )
    for character in characters
}
_OTHER, _WIDE, _FIRST_WIDE = 700, 1250, 0x1100
_BOLD = 1.1


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one tone; faint text is small."""

    text: str
    tone: Tone = "ink"


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a record: centred lines of text.

    Attributes:
        lines: What is written in it.
        width: How wide it is.
        is_alarm: Whether something in it is not finite.
    """

    lines: tuple[Line, ...]
    width: float
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """What is drawn of one node.

    Attributes:
        cells: The cells of its record, or the one cell of a group.
        width: The width of the record.
        height: The height of the record.
        sign: What is written in the sign of the operation, and under it; empty when there is none.
        sign_width: The width of the sign.
        sign_height: The height of the sign, which is a circle when it is as wide as high.
    """

    cells: tuple[Cell, ...]
    width: float
    height: float
    sign: tuple[Line, ...] = ()
    sign_width: float = 0.0
    sign_height: float = 0.0


def text_width(text: str, size: float = SIZE) -> float:
    """Return how wide a text is, at most, whatever the typeface.

    >>> text_width("abc") < text_width("abcd") < text_width("😀😀😀😀")
    True
    """
    width = 0
    for character in text:
        width += _WIDTHS.get(character, _WIDE if ord(character) >= _FIRST_WIDE else _OTHER)
    return width * size / 1000


def check_parts(show: Collection[str]) -> tuple[Part, ...]:
    """Return the parts to show, in one order.

    Raises:
        TypeError: ``show`` is a single string, or no collection.
        ValueError: One of them is unknown.

    >>> check_parts(["grad", "data"])
    ('data', 'grad')
    """
    if isinstance(show, str) or not isinstance(show, Collection):
        raise TypeError(f"expected show to be a collection of names such as {SHOWN!r}, got {show!r}")
    unknown = [name for name in show if name not in PARTS]
    if unknown:
        raise ValueError(f"expected show to be among {', '.join(PARTS)}, got {unknown[0]!r}")
    return tuple(part for part in PARTS if part in show)


def card(node: NodeView, show: Collection[Part] = SHOWN) -> Card:
    """Write down what is drawn of a node.

    >>> from autograd import Value
    >>> from viz import GraphView
    >>> [leaf] = GraphView.of(Value(2.0, label="a")).nodes
    >>> [cell.lines[0][-1].text for cell in card(leaf).cells]
    ['a', '2.0', '—']
    """
    cells = (_group(node),) if node.kind == "group" else tuple(_cells(node, show)) or (_cell(((Run("·"),),)),)
    lines = max(len(cell.lines) for cell in cells)
    width = 0.0
    for cell in cells:
        width += cell.width
    sign = _sign(node) if node.kind == "result" else ()
    sign_width, sign_height = _sign_size(sign) if sign else (0.0, 0.0)
    return Card(cells, width, lines * LINE + 2 * _PAD_ACROSS, sign, sign_width, sign_height)


def _cells(node: NodeView, show: Collection[Part]) -> list[Cell]:
    cells: list[Cell] = []
    heading: list[Line] = [(Run(node.name, "strong"),)] if node.name else []
    if "op" in show and node.op:
        heading.append((Run(node.op, "faint"),))
    if "source" in show and node.source is not None:
        heading.append((Run(source_text(node.source), "faint"),))
    if heading:
        cells.append(_cell(tuple(heading)))
    is_number = node.data is not None and node.data.shape is None
    if node.data is not None and ("data" in show or (is_number is False and {"shape", "dtype", "stats"} & {*show})):
        title = "data" if node.kind != "constant" else ""
        cells.append(_quantity(title, node.data, with_text="data" in show or "stats" in show))
    if "grad" in show and node.kind != "constant":
        if node.grad is None:
            cells.append(_cell(((Run("grad ", "faint"), Run(NOT_REACHED, "faint")),)))
        else:
            cells.append(_quantity("grad", node.grad, with_text=True))
    return cells


def _quantity(title: str, quantity: Quantity, *, with_text: bool) -> Cell:
    is_alarm = quantity.tone != "finite"
    lines: list[Line] = []
    if with_text:
        tone: Tone = "alarm" if is_alarm else "ink"
        first, *more = quantity.text.split(", ") if quantity.shape and not quantity.exact else [quantity.text]
        value = Run(f"⚠ {first}" if is_alarm else first, tone)
        lines.append((Run(f"{title} ", "faint"), value) if title else (value,))
        lines += [(Run(text, tone),) for text in more]
    if quantity.shape is not None:
        lines.append((Run(f"{shape_text(quantity.shape)} {quantity.dtype}", "faint"),))
    return _cell(tuple(lines), is_alarm)


def _group(node: NodeView) -> Cell:
    lines: list[Line] = [(Run(node.name, "strong"),), (Run(node.caption, "faint"),)]
    is_alarm = node.grad is not None and node.grad.tone != "finite"
    if node.data is not None:
        lines.append((Run(f"⚠ {node.data.text}", "alarm"),))
    if node.grad is not None:
        lines.append((Run("Σ|grad| ", "faint"), Run(node.grad.text, "alarm" if is_alarm else "ink")))
    return _cell(tuple(lines), is_alarm or node.data is not None)


def frame_title(node: NodeView) -> str:
    """Return what is written at the top of an open group."""
    return f"{node.name} · {node.caption}"


def source_text(source: tuple[str, int]) -> str:
    """Write a source line without the folders, which differ from machine to machine."""
    return f"{source[0].replace(chr(92), '/').rpartition('/')[2]}:{source[1]}"


def _cell(lines: tuple[Line, ...], is_alarm: bool = False) -> Cell:
    width = max((line_width(line) for line in lines), default=0.0)
    return Cell(lines, round(width + 2 * _PAD_ALONG), is_alarm)


def line_width(line: Line) -> float:
    """Return how wide a line of several runs is."""
    width = 0.0
    for run in line:
        size = SMALL if run.tone == "faint" else SIZE
        width += text_width(run.text, size) * (_BOLD if run.tone in {"strong", "alarm"} else 1.0)
    return width


def _sign(node: NodeView) -> tuple[Line, ...]:
    shown = [f"{name}={value}" for name, value in node.parameters[:_PARAMETERS]]
    if len(node.parameters) > _PARAMETERS:
        shown.append(f"+{len(node.parameters) - _PARAMETERS} more")
    return ((Run(node.symbol),), *((Run(text, "faint"),) for text in shown))


def _sign_size(sign: tuple[Line, ...]) -> tuple[float, float]:
    if len(sign) == 1 and len(sign[0][0].text) <= _ROUND:
        return _CIRCLE, _CIRCLE
    width = max(line_width(line) for line in sign)
    return max(_CIRCLE + 4, round(width + 2 * _PAD_ALONG)), len(sign) * LINE + 2 * _PAD_ACROSS


def is_crowded(edges: Collection[EdgeView]) -> bool:
    """Tell whether so many edges stand for several each that all are drawn thin, and counted in tooltips alone."""
    return sum(edge.count > 1 for edge in edges) > _CROWDED


def edge_lines(edge: EdgeView, show: Collection[Part], *, with_count: bool = True) -> tuple[Line, ...]:
    """Return what is written in the middle of an edge: how many it stands for, or its part of the chain rule."""
    lines: list[Line] = []
    if edge.count > 1 and with_count:
        lines.append((Run(f"×{edge.count:,}", "faint"),))
    if "local" in show and edge.local is not None:
        says = 0 < len(edge.formula) <= _FORMULA and not edge.formula.lstrip("-").isdigit()
        name = edge.formula if says else "∂"
        lines.append((Run(f"{name} = ", "faint"), _number(edge.local)))
    if "contribution" in show and edge.contribution is not None:
        lines.append((Run("grad += ", "faint"), _number(edge.contribution)))
    return tuple(lines)


def _number(quantity: Quantity) -> Run:
    return Run(quantity.text, "ink" if quantity.tone == "finite" else "alarm")


def slot_text(edge: EdgeView, target: NodeView, operands: int) -> str:
    """Return the number of the argument, where it matters which is which."""
    matters = target.kind != "group" and operands > 1 and edge.slot >= 0 and target.op not in _COMMUTATIVE
    return str(edge.slot) if matters else ""


def _stand_in(character: str) -> str:
    """Return a character that every format allows and that leaves the order of its neighbours alone."""
    code = ord(character)
    if character == "\n":
        return "↵"
    if code < 0x20 or code == 0x7F:
        return chr(0x2421 if code == 0x7F else 0x2400 + code)
    return "\ufffd"


_UNPRINTABLE = {
    code: _stand_in(chr(code))
    for span in (
        range(0x20),
        range(0x7F, 0xA0),
        range(0x2028, 0x202F),  # line separators, embeddings and overrides of direction
        range(0x2066, 0x206A),  # isolates of direction
        range(0xD800, 0xE000),  # surrogates
        range(0xFFFE, 0x10000),
    )
    for code in span
}


def printable(text: str) -> str:
    r"""Return a text in which every character that is not to be printed is replaced by one that is.

    >>> print(printable("a\nb\x00c"))
    a↵b␀c
    """
    return text.translate(_UNPRINTABLE)
