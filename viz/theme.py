"""Themes: the colours of every exporter, light and dark, in one place.

The colours are told apart by people who do not see all of them, and none says anything alone: what is not finite is
also written in bold, a leaf has no operation, a group has a dashed line. Text keeps a contrast of 4.5 to 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .graph_view import GraphView, NodeView

__all__ = ["DARK", "LIGHT", "THEMES", "Theme", "fills", "legend", "theme_named"]

_STEPS = 5
"""How many shades sizes are told apart by."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one look.

    Attributes:
        paper: Behind everything.
        ink, faint: Text, and text that matters less.
        line, pale: Edges and outlines, and those no gradient flows along.
        alarm, alarm_fill: What is not finite.
        leaf, result, constant: Behind values.
        operation, operation_line: The circle of an operation.
        group, group_line: A closed group.
        frame: Behind the members of an open group.
        accent, accent_fill: What is pointed out, such as a change.
        shades: Behind sizes, from the smallest to the largest.
        families: Behind the operations of each family.
    """

    paper: str
    ink: str
    faint: str
    line: str
    pale: str
    alarm: str
    alarm_fill: str
    leaf: str
    result: str
    constant: str
    operation: str
    operation_line: str
    group: str
    group_line: str
    frame: str
    accent: str
    accent_fill: str
    shades: tuple[str, ...]
    families: Mapping[str, str]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1f2933",
    faint="#596571",
    line="#52606d",
    pale="#b8c1cc",
    alarm="#b00020",
    alarm_fill="#ffe3e3",
    leaf="#fff8e1",
    result="#ffffff",
    constant="#f1f3f5",
    operation="#dbeafe",
    operation_line="#3b6fb6",
    group="#eef2f7",
    group_line="#64748b",
    frame="#f8fafc",
    accent="#9a4a00",
    accent_fill="#ffe8cc",
    shades=("#f4f7fb", "#d9e8f6", "#b5d3ee", "#8dbbe3", "#66a3d8"),
    families=MappingProxyType(
        {
            "sums": "#d3e6f8",
            "products": "#ffe3bd",
            "choices": "#f3dcec",
            "functions": "#cdeee2",
            "arrangements": "#e8eaed",
        }
    ),
)
"""Dark on white."""

DARK = Theme(
    paper="#14181d",
    ink="#e6edf3",
    faint="#9aa7b4",
    line="#8b98a5",
    pale="#4b5661",
    alarm="#ff9c9c",
    alarm_fill="#4a1519",
    leaf="#33301f",
    result="#1c2128",
    constant="#262c34",
    operation="#1d3557",
    operation_line="#79aee8",
    group="#232b35",
    group_line="#8494a7",
    frame="#191f26",
    accent="#ffb26b",
    accent_fill="#4a3115",
    shades=("#1c232c", "#1f3347", "#224463", "#265680", "#2a689d"),
    families=MappingProxyType(
        {
            "sums": "#1d3f63",
            "products": "#5a3d10",
            "choices": "#55304a",
            "functions": "#17493a",
            "arrangements": "#3a4149",
        }
    ),
)
"""Light on nearly black."""

THEMES: Mapping[str, Theme] = MappingProxyType({"light": LIGHT, "dark": DARK})

_SUMS = "add subtract negative positive sum mean cumsum add_at var std"
_PRODUCTS = (
    "multiply divide power square sqrt reciprocal matmul einsum tensordot outer prod cumprod norm hypot "
    "linear conv1d conv2d conv3d"
)
_CHOICES = (
    "maximum minimum max min where clip sort relu relu6 leaky_relu hardtanh absolute sign floor ceil trunc rint "
    "equal not_equal less less_equal greater greater_equal floor_divide remainder fmod max_pool2d"
)
_ARRANGEMENTS = (
    "astype broadcast_to concatenate copy expand_dims flip get_item moveaxis pad ravel repeat reshape roll set_item "
    "squeeze stack swapaxes take take_along_axis tile transpose"
)
_FAMILY = {
    name: family
    for family, names in (
        ("sums", _SUMS),
        ("products", _PRODUCTS),
        ("choices", _CHOICES),
        ("arrangements", _ARRANGEMENTS),
    )
    for name in names.split()
}


def theme_named(name: str) -> Theme:
    """Return the theme of a name.

    Raises:
        ValueError: There is no such theme.

    >>> theme_named("dark").paper
    '#14181d'
    """
    if name not in THEMES:
        raise ValueError(f"expected theme to be one of {', '.join(THEMES)}, got {name!r}")
    return THEMES[name]


def fills(view: GraphView, color: str | None, theme: Theme) -> dict[str, str]:
    """Return the colour behind each node that ``color`` says something about.

    Args:
        view: What is drawn.
        color: ``"grad"`` for the size of the gradient, on a logarithmic scale; ``"op"`` for the family of the
            operation; the name of a cost, on a linear one; ``None`` for nothing.
        theme: Where the colours are from.

    Raises:
        ValueError: No node has a cost of this name.

    >>> from autograd import Value
    >>> y = Value(2.0).exp()
    >>> fills(GraphView.of(y), "op", LIGHT)
    {'n1': '#cdeee2'}
    """
    if color is None:
        return {}
    if color == "op":
        return {node.id: theme.families[_FAMILY.get(node.op, "functions")] for node in view.nodes if node.op}
    sizes = _sizes(view, color)
    if not sizes:
        return {}
    logarithmic = color == "grad"
    return {identifier: theme.shades[_step(size, sizes, logarithmic)] for identifier, size in sizes.items()}


def legend(view: GraphView, color: str | None, theme: Theme) -> tuple[tuple[str, str], ...]:
    """Return what the colours of :func:`fills` mean: pairs of a colour and a few words.

    >>> from autograd import Value
    >>> legend(GraphView.of(Value(2.0).exp()), "op", LIGHT)
    (('#cdeee2', 'functions'),)
    """
    if color == "op":
        used = set(fills(view, color, theme).values())
        return tuple((fill, name) for name, fill in theme.families.items() if fill in used)
    sizes = {} if color is None else _sizes(view, color)
    if not sizes:
        return ()
    name = "|grad|" if color == "grad" else str(color)
    low, high = min(sizes.values()), max(sizes.values())
    if low == high:
        return ((theme.shades[-1] if low > 0 else theme.shades[0], name),)
    shades = (theme.shades[_step(size, sizes, color == "grad")] for size in (low, high))
    return tuple(zip(shades, (f"{name} from {low:.3g}", f"to {high:.3g}"), strict=True))


def _sizes(view: GraphView, color: str) -> dict[str, float]:
    """Return the number that each node is coloured by, for those that have one."""
    if color == "grad":
        found = {node.id: _gradient_size(node) for node in view.nodes if not node.is_open}
        return {identifier: size for identifier, size in found.items() if size is not None}
    costs = {node.id: dict(node.costs)[color] for node in view.nodes if not node.is_open and color in dict(node.costs)}
    if not costs:
        known = sorted({name for node in view.nodes for name, _ in node.costs})
        raise ValueError(f"expected color to be one of {', '.join(('grad', 'op', *known))} or None, got {color!r}")
    return {identifier: cost for identifier, cost in costs.items() if math.isfinite(cost)}


def _gradient_size(node: NodeView) -> float | None:
    """Return the size of a gradient; for a group, of that of a node of it on average."""
    if node.grad is None or node.grad.size is None:
        return None
    return node.grad.size / node.count if node.kind == "group" else node.grad.size


def _step(size: float, sizes: Mapping[str, float], logarithmic: bool) -> int:
    """Return which shade a size has."""
    positive = [other for other in sizes.values() if other > 0]
    if size <= 0 or not positive:
        return 0
    low, high = (min(positive), max(positive)) if logarithmic else (0.0, max(positive))
    if low == high:
        return _STEPS - 1
    share = math.log(size / low) / math.log(high / low) if logarithmic else size / high
    return min(_STEPS - 1, 1 + int(share * (_STEPS - 1)) if logarithmic else int(share * _STEPS))
