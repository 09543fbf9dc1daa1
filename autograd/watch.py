"""Finding where a NaN or an infinity came from: source lines, anomaly mode, and ``first_nonfinite``."""

import functools
import os
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from .errors import AnomalyError, ShapeError
from .graph import Listener, topological_order
from .mode import current
from .node import Node

__all__ = ["NonFinite", "caller", "check_broadcast", "check_finite", "first_nonfinite", "listener_of"]

_ROOT = os.path.dirname(os.path.dirname(__file__))
_OURS = tuple(os.path.join(_ROOT, package) + os.sep for package in ("autograd", "nn", "optim", "viz"))


def caller() -> tuple[str, int] | None:
    """Return the file and line of the user's program that is running an operation now, past our own layers."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def finite(x: Any) -> bool:
    """Tell whether a raw payload holds neither NaN nor infinity."""
    if isinstance(x, tuple):
        return all(part is None or finite(part) for part in x)
    array = np.asarray(x) if not isinstance(x, Node) else np.asarray(x.payload)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def check_finite(op: Any, out: Any, args: Sequence[Any], source: tuple[str, int] | None) -> None:
    """Raise when an operation in anomaly mode produced a value that is not finite."""
    if finite(out):
        return
    raise AnomalyError(
        f"expected a finite result, {op.name} produced {brief(out)} from ({', '.join(brief(a) for a in args)})"
        f"{place(source)}; check the operands there"
    )


def check_broadcast(op: Any, out: Any, args: Sequence[Any]) -> None:
    """Raise when operands of different numbers of axes stretch each other, so that the result is larger than each."""
    shapes = [np.shape(a) for a in args]
    wide = [(i, shape) for i, shape in enumerate(shapes) if shape]
    if len({len(shape) for _, shape in wide}) < 2 or np.shape(out) in shapes:
        return
    ndim = np.ndim(out)
    stretched = [
        f"operand {i} along axis {k}"
        for i, shape in wide
        for k, n in enumerate(np.shape(out))
        if n != 1 and (k < ndim - len(shape) or shape[k - ndim] == 1)
    ]
    raise ShapeError(
        f"expected operands that do not stretch each other in {op.name}, got {' and '.join(map(str, shapes))}, which "
        f"become {np.shape(out)}: {', '.join(stretched)} is repeated{place(caller())}; "
        "give both as many axes, with reshape or expand_dims"
    )


def listener_of(root: Node) -> Listener | None:
    """Return who listens to a backward pass: in anomaly mode what raises at a gradient that is not finite."""
    mode = current()
    if not mode.anomaly:
        return mode.listener
    watch = functools.partial(_watch, root)
    heard = mode.listener
    if heard is None:
        return watch

    def both(*event: Any) -> None:
        heard(*event)
        watch(*event)

    return both


def _watch(
    root: Node, kind: str, node: Node, slot: int, upstream: Any, contribution: Any, before: Any, after: Any
) -> None:
    if kind != "contribute" or finite(contribution):
        return
    args = ", ".join(brief(x) for x in node.inputs)
    raise AnomalyError(
        f"expected a finite gradient, the backward of {node.op.name} with respect to input {slot} produced "
        f"{brief(contribution)} at ({args}){place(node.source)}; "
        f"way to the output: {way(path_between(node, root))}; check the operands there"
    )


def way(path: Sequence[Node]) -> str:
    """Return a path through the graph as text."""
    return " -> ".join(n.label or (n.op.name if n.op is not None else "leaf") for n in path)


def path_between(start: Node, root: Node) -> list[Node]:
    """Return one way through the graph from a node to the output that was computed from it."""
    came_from: dict[Node, Node] = {}
    for node in topological_order(root):
        source = next((p for p in node.parents() if p is start or p in came_from), None)
        if source is not None and node is not start:
            came_from[node] = source
    path = [root]
    while path[-1] is not start:
        path.append(came_from[path[-1]])
    return path[::-1]


def brief(x: Any) -> str:
    """Return a raw value in few characters.

    >>> brief(2.0)
    '2.0'
    """
    if isinstance(x, Node):
        x = x.payload
    if isinstance(x, np.ndarray):
        if x.size <= 4:
            return str(x.tolist())
        bad = int((~np.isfinite(x)).sum()) if x.dtype.kind in "fc" else 0
        return f"array{x.shape} with {bad} non-finite elements"
    if isinstance(x, tuple):
        return f"({', '.join(map(brief, x))})"
    return str(x)


def place(source: tuple[str, int] | None) -> str:
    """Return a source position as text."""
    return "" if source is None else f" at {source[0]}:{source[1]}"


class NonFinite(NamedTuple):
    """The first node of a graph that is NaN or infinite, and the way from there to the output."""

    node: Node
    operands: tuple[Any, ...]
    path: tuple[Node, ...]

    def __str__(self) -> str:
        name = "the leaf" if self.node.op is None else self.node.op.name
        args = ", ".join(brief(x) for x in self.operands)
        return (
            f"{name}({args}) = {brief(self.node.payload)}{place(self.node.source)}; way to the output: {way(self.path)}"
        )


def first_nonfinite(root: Node) -> NonFinite | None:
    """Return the first NaN or infinity in a recorded graph, or ``None`` when all is finite.

    Works on any graph, also one recorded without anomaly mode.

    >>> from autograd import Value
    >>> x = Value(0.0, label="x")
    >>> print(first_nonfinite(x.log() * 2 + 1))
    log(0.0) = -inf; way to the output: log -> multiply -> add
    """
    order = topological_order(root)
    bad = next((node for node in order if not finite(node.payload)), None)
    if bad is None:
        return None
    operands = tuple(x.payload if isinstance(x, Node) else x for x in bad.inputs)
    return NonFinite(bad, operands, tuple(path_between(bad, root)))
