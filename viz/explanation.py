"""Where a gradient comes from, and what would happen if: ``explain`` and ``what_if``.

Both ask the engine. ``explain`` listens to its walk, so that the contributions it lists add up to the gradient bit
for bit; ``what_if`` replays the recorded operations on a :class:`~autograd.tape.Tape`.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.errors import GraphError, StaleGraphError
from autograd.graph import ancestors_of, gradients, topological_order
from autograd.node import Node
from autograd.tape import Tape, seed_of
from autograd.value import Value

from .table import Names, Report, Table, number, one_line

__all__ = ["Contribution", "Explanation", "Path", "WhatIf", "explain", "what_if"]

_COUNTED = 10**18
"""Paths are counted up to here; their number doubles with every reuse."""

_CANCELLED = 1e3
"""Contributions this many times larger than what they leave have lost three digits."""

_DEAD, _WILD = -1e12, 1e12  # the logarithms of a local derivative of 0, and of one that is infinite or NaN
_ENDS = 4


@dataclass(frozen=True, eq=False)
class Contribution:
    """One term of a gradient: what came in over one edge.

    Attributes:
        op: The operation it came through.
        slot: Which operand of it the node is.
        scope: The part of the program that operation was recorded in, ``""`` at the top.
        upstream: The gradient of the operation's result.
        local: For numbers, the local derivative of the edge, else ``None``.
        value: What the edge added to the gradient.
        total: The sum so far.
        share: Its part of the whole gradient, 1 for all of it; for arrays, of its length in that direction. ``None``
            when the gradient is zero or not finite.
        path: The strongest way from the node to the output (for arrays the shortest), as names.
    """

    op: str
    slot: int
    scope: str
    upstream: Any
    local: float | None
    value: Any
    total: Any
    share: float | None
    path: tuple[str, ...]


@dataclass(frozen=True)
class Path:
    """One way through a graph of numbers.

    Attributes:
        nodes: The names of the nodes on the way, the output last.
        locals: The local derivative of each edge on the way.
        value: The product of these and the upstream gradient of the output.
    """

    nodes: tuple[str, ...]
    locals: tuple[float, ...]
    value: float


@dataclass(frozen=True, repr=False, eq=False)
class Explanation(Report):
    """Where a gradient comes from. ``print`` it, or look at it in a notebook.

    Attributes:
        source, output: The names of the node and of the output.
        gradient: The gradient of the output with respect to the node.
        contributions: Its terms in the order in which the engine adds them: their sum is the gradient bit for bit.
        paths: For numbers, the ways through the graph that carry most, strongest first.
        path_count: How many ways there are, counted up to 10^18.
        condition: For numbers, the sizes of what all paths carry, divided by the size of the gradient: the factor
            by which rounding errors may have grown.
        cancellation: A sentence where large terms of opposite sign leave little, else ``""``.
        note: A sentence where the node holds another gradient than this one, else ``""``.
    """

    source: str
    output: str
    gradient: Any
    contributions: tuple[Contribution, ...]
    paths: tuple[Path, ...]
    path_count: int
    condition: float | None
    cancellation: str
    note: str
    top: int

    def blocks(self) -> Iterator[str | Table]:
        """Yield the sentences and tables of the explanation."""
        count = len(self.contributions)
        yield f"d {self.output} / d {self.source} = {number(self.gradient)}"
        yield f"{_many(count, 'contribution')}, in the order in which they are added:"
        yield Table(
            ("#", "through", "upstream × local", "adds", "sum so far", "share", "way to the output"),
            [self._row(i, c) for i, c in self._largest()],
        )
        if count > self.top:
            yield f"{_many(count - self.top, 'smaller contribution')} not shown"
        if self.cancellation:
            yield f"cancellation: {self.cancellation}"
        if self.path_count > count and self.paths:
            yield f"{_count(self.path_count)} paths; the strongest:"
            yield Table(("carries", "path"), [(number(p.value), _arrow(p.nodes)) for p in self.paths])
        elif self.path_count > count:
            yield f"{_count(self.path_count)} paths"
        if self.note:
            yield f"note: {self.note}"

    def _largest(self) -> list[tuple[int, Contribution]]:
        """Return the largest contributions, still in order."""
        numbered = list(enumerate(self.contributions, 1))
        kept = sorted(numbered, key=lambda item: -_magnitude(item[1].value))[: self.top]
        return sorted(kept, key=lambda item: item[0])

    @staticmethod
    def _row(index: int, c: Contribution) -> tuple[str, ...]:
        factor = f"{number(c.upstream)} × {number(c.local)}" if c.local is not None else number(c.upstream)
        through = f"{c.op}, operand {c.slot + 1}" if c.slot >= 0 else c.op
        if c.scope:
            through += f", in {c.scope}"
        share = "—" if c.share is None else f"{100 * c.share:.4g} %"
        return (str(index), through, factor, number(c.value), number(c.total), share, _arrow(c.path))


def explain(
    x: Node, y: Node | None = None, top: int = 10, names: Mapping[str, object] | None = None, seed: Any = None
) -> Explanation:
    """Say where the gradient of ``y`` with respect to ``x`` comes from.

    Every use of ``x`` contributes one term. They are listed in the order in which the engine adds them up, each with
    its share and its strongest way to the output; for a graph of numbers the strongest single paths follow, found
    exactly without listing all of them, of which there may be exponentially many. No ``.grad`` is touched.

    Args:
        x: The node whose gradient is explained; a leaf or a result.
        y: The output.
        top: How many contributions and paths to show.
        names: Names for nodes that have no label, such as ``locals()``.
        seed: The upstream gradient of ``y``, needed when ``y`` has several elements.

    Raises:
        TypeError: ``y`` is missing, or one of the two is no node.
        GraphError: ``x`` takes no part in ``y``, one of them requires no gradient, or ``y`` needs a seed.

    >>> x = Value(3.0, label="x")
    >>> y = x * x - x * 5.0
    >>> print(explain(x, y, names={"y": y}))
    d y / d x = 1.0
    3 contributions, in the order in which they are added:
    #  through       upstream × local  adds  sum so far  share   way to the output
    1  *, operand 1  -1.0 × 5.0        -5.0  -5.0        -500 %  x -> * -> y
    2  *, operand 1  1.0 × 3.0         3.0   -2.0        300 %   x -> * -> y
    3  *, operand 2  1.0 × 3.0         3.0   1.0         300 %   x -> * -> y
    """
    _check(x, y, top)
    assert y is not None
    order = topological_order(y, every=False)
    between = ancestors_of(order, [x]) if x in set(order) else set()
    name = Names(y, names)
    if y not in between:
        who = repr(one_line(x.label)) if x.label else f"that {type(x).__name__}"
        raise GraphError(
            f"expected a node that the output was computed from, got {who}, which takes no part in it "
            "(or no gradient reaches it); pass the node itself, not a copy or .detach()"
        )
    heard, grads = _listen(order, between, x, y, seed)
    ways = _Ways(order, between, x, y, top if _is_scalar(between) else 1)
    upstream = seed_of(y, seed)
    contributions = tuple(_contributions(heard, x, y, grads[x], ways, name))
    paths = tuple(ways.paths(upstream, name)) if ways.scalar else ()
    return Explanation(
        source=name(x),
        output=name(y),
        gradient=_own(grads[x]),
        contributions=contributions,
        paths=paths,
        path_count=ways.counts[x],
        condition=_condition(ways, upstream, grads[x]) if ways.scalar else None,
        cancellation=_cancellation([c.value for c in contributions], grads[x]),
        note=_note(x, name(x), contributions, grads[x]),
        top=top,
    )


def _check(x: object, y: object, top: object) -> None:
    if y is None:
        raise TypeError(
            "expected the output too, explain(x, y), got only x; a node knows what it was computed from, "
            "not what was computed from it"
        )
    for node in (x, y):
        if not isinstance(node, Node):
            raise TypeError(f"expected a Value or a Tensor to explain, got {type(node).__name__}")
        if not node.requires_grad:
            who = one_line(node.label) or type(node).__name__
            raise GraphError(
                f"expected nodes that require a gradient, got {who}, which does not; "
                "make it with requires_grad=True, outside no_grad()"
            )
    if not isinstance(top, int) or isinstance(top, bool) or top < 1:
        raise ValueError(f"expected top to be a positive integer, got {top!r}")


def _listen(
    order: list[Node], between: set[Node], x: Node, y: Node, seed: Any
) -> tuple[list[tuple[Any, ...]], dict[Node, Any]]:
    """Let the engine walk and keep what it says about ``x``: ``(node, slot, upstream, contribution, after)``."""
    heard: list[tuple[Any, ...]] = []

    def listen(kind: str, node: Node, slot: int, upstream: Any, contribution: Any, before: Any, after: Any) -> None:
        if kind == "seed" and node is x:
            heard.append((node, -1, *map(_own, (upstream, upstream, upstream))))
        elif kind == "contribute" and node.inputs[slot] is x:
            heard.append((node, slot, *map(_own, (upstream, contribution, after))))

    with np.errstate(all="ignore"):
        grads = gradients(order, {y: seed_of(y, seed)}, listen=listen, wanted=between)
    return heard, grads


def _own(x: Any) -> Any:
    """Return an array that shares memory with none of the engine's, nor with the seed."""
    if isinstance(x, tuple):
        return tuple(map(_own, x))
    return np.array(x) if isinstance(x, np.ndarray) else x


def _contributions(
    heard: list[tuple[Any, ...]], x: Node, y: Node, gradient: Any, ways: "_Ways", name: Names
) -> Iterator[Contribution]:
    for node, slot, upstream, value, total in heard:
        seeded = slot < 0
        yield Contribution(
            op="seed" if seeded else str(node.op.symbol),
            slot=slot,
            scope="" if node.scope is None else one_line(str(node.scope)),
            upstream=upstream,
            local=None if seeded or not ways.scalar else ways.locals_of(node)[slot],
            value=value,
            total=total,
            share=_share(value, gradient),
            path=(name(y),) if seeded else _called([x, *ways.strongest(node)], name),
        )


def _is_scalar(nodes: set[Node]) -> bool:
    return all(isinstance(node, Value) for node in nodes)


class _Ways:
    """The ways from a node to the output, without walking each of them.

    From the output backwards every node keeps its ``top`` strongest ways there. A way through an operand is a way of
    the result and one more edge, so the strongest ways of a node are among those of its results: one pass over
    the edges finds them exactly, and counts all ways beside. Numbers are compared by the logarithm of their size, so
    that nothing under- or overflows; in a graph of arrays every edge weighs the same, and the shortest way wins.
    """

    def __init__(self, order: list[Node], between: set[Node], x: Node, y: Node, top: int) -> None:
        self.source, self.output, self.scalar = x, y, _is_scalar(between)
        self.counts: Counter[Node] = Counter({y: 1})
        self.sizes: dict[Node, float] = {y: 1.0}  # what all ways carry together, every sign made positive
        self.best: dict[Node, list[tuple[float, Node | None, int, int]]] = {y: [(0.0, None, -1, -1)]}
        self._locals: dict[Node, list[float | None]] = {}
        for node in reversed(order):
            if node in between and node in self.best:
                found = sorted(self.best[node], key=lambda way: -way[0])[:top]
                self.best[node] = found
                if node is not x:
                    self._spread(node, found, between)

    def _spread(self, node: Node, found: list[tuple[float, Node | None, int, int]], between: set[Node]) -> None:
        """Offer the ways of a result to its operands."""
        locals_ = self.locals_of(node)
        for slot, operand in enumerate(node.inputs):
            local = locals_[slot]
            if not isinstance(operand, Node) or operand not in between or local is None:
                continue
            weight = _logarithm(local) if self.scalar else -1.0
            self.best.setdefault(operand, []).extend(
                (log + weight, node, slot, rank) for rank, (log, *_) in enumerate(found)
            )
            self.counts[operand] = min(self.counts[operand] + self.counts[node], _COUNTED)
            if self.scalar:
                self.sizes[operand] = self.sizes.get(operand, 0.0) + self.sizes[node] * abs(local)

    def locals_of(self, node: Node) -> list[float | None]:
        """Return the local derivative for each operand of a number; 1 for arrays, where it has no one size."""
        if not self.scalar:
            return [1.0 if isinstance(x, Node) and x.requires_grad else None for x in node.inputs]
        if node not in self._locals:
            self._locals[node] = node.contributions(1.0, False)
        return self._locals[node]

    def strongest(self, node: Node, rank: int = 0) -> list[Node]:
        """Return the nodes of one way from a node to the output."""
        return [node, *(step for step, _ in self._follow(node, rank))]

    def _follow(self, node: Node, rank: int) -> Iterator[tuple[Node, int]]:
        _, result, slot, rank = self.best[node][rank]
        while result is not None:
            yield result, slot
            _, result, slot, rank = self.best[result][rank]

    def paths(self, seed: float, name: Names) -> Iterator[Path]:
        """Yield the strongest ways from the source."""
        for rank in range(len(self.best[self.source])):
            steps = list(self._follow(self.source, rank))
            locals_ = [self.locals_of(node)[slot] or 0.0 for node, slot in steps]
            value = seed
            for local in reversed(locals_):
                value *= local
            yield Path(_called([self.source, *(node for node, _ in steps)], name), tuple(locals_), value)


def _logarithm(local: float) -> float:
    if local == 0.0:
        return _DEAD
    return math.log(abs(local)) if math.isfinite(local) else _WILD


def _called(nodes: list[Node], name: Names) -> tuple[str, ...]:
    """Return what to call the nodes of a path: their name, or else the symbol of their operation."""
    return tuple(
        str(node.op.symbol) if name.is_id(node) and node.op is not None and 0 < i < len(nodes) - 1 else name(node)
        for i, node in enumerate(nodes)
    )


def _arrow(path: tuple[str, ...]) -> str:
    """Return a path as text; what repeats is counted, and the middle of a long one left out."""
    runs = [(name, len(list(group))) for name, group in itertools.groupby(path)]
    path = tuple(name if count == 1 else f"{name} ({count} times)" for name, count in runs)
    if len(path) > 2 * _ENDS + 1:
        path = (*path[:_ENDS], f"({len(path) - 2 * _ENDS} more)", *path[-_ENDS:])
    return " -> ".join(path)


def _magnitude(value: Any) -> float:
    size = float(np.linalg.norm(np.ravel(value)))
    return size if size == size else math.inf


def _share(value: Any, gradient: Any) -> float | None:
    """Return the part that a contribution is of the gradient, measured along it."""
    with np.errstate(all="ignore"):
        whole = np.ravel(np.asarray(gradient, dtype=np.float64))
        scale = np.max(np.abs(whole), initial=0.0)
        if not (0.0 < scale < math.inf):
            return None
        along = whole / scale
        share = float(np.dot(np.ravel(value) / scale, along) / np.dot(along, along))
    return share if math.isfinite(share) else None


def _cancellation(values: list[Any], gradient: Any) -> str:
    """Say where large contributions leave little."""
    left = _magnitude(gradient)
    sizes = [_magnitude(value) for value in values]
    size = sum(sizes)
    if len(values) < 2 or not math.isfinite(size) or size == 0.0 or size < _CANCELLED * left:
        return ""
    if isinstance(gradient, float):
        up = sum(value for value in values if value > 0)
        down = -sum(value for value in values if value < 0)
        what = f"{up:.3g} - {down:.3g} leaves {gradient:.3g}"
    else:
        what = f"contributions of size {size:.3g} leave {left:.3g}"
    digits = "all digits" if left == 0.0 else f"about {round(math.log10(size / left))} digits"
    return f"{what}; {digits} are lost to it"


def _condition(ways: _Ways, seed: float, gradient: float) -> float:
    """Return how many times larger the terms of all paths are than what they leave."""
    size = ways.sizes[ways.source] * abs(seed)
    return size / abs(gradient) if gradient else (math.inf if size else 1.0)


def _note(x: Node, name: str, contributions: tuple[Contribution, ...], gradient: Any) -> str:
    """Say where ``x.grad`` or a hook disagrees with the sum."""
    if contributions and not same(contributions[-1].total, gradient):
        return f"a hook on {name} turned the sum, {number(contributions[-1].total)}, into the gradient"
    held = x.gradient.payload if isinstance(x.gradient, Node) else x.gradient
    if held is None or same(held, gradient):
        return ""
    return (
        f"{name}.grad holds {number(held)}, which is not the gradient of this output alone: other backward passes "
        "added to it, or zero_grad() was not called between two"
    )


def same(a: Any, b: Any) -> bool:
    """Tell whether two values, or the absence of one, are equal; NaN equals itself.

    >>> same(math.nan, math.nan), same(None, 0.0), same(np.ones(2), np.ones(2))
    (True, False, True)
    """
    if a is None or b is None:
        return a is b
    if a.__class__ is float and b.__class__ is float:
        return bool(a == b or (a != a and b != b))
    return bool(np.array_equal(a, b, equal_nan=True))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _count(count: int) -> str:
    return f"{count:,}" if count < _COUNTED else "more than 10^18"


# -- what if -------------------------------------------------------------------------------------------------


class WhatIf(Report):
    """The recorded graph, evaluated with other numbers. Made by :func:`what_if`.

    Attributes:
        value: The output, with the new inputs.
        changed: The nodes whose value is another than before, in topological order.
    """

    def __init__(self, tape: Tape, changes: Mapping[Any, Any], names: Names, seed: Any) -> None:
        self._tape, self._name, self._seed = tape, names, seed
        self._changes = dict(changes)
        tape.forward(changes)  # refuses what is wrong with them
        tape.forward()
        self._before = _State(tape, seed)
        _refuse_stale(tape, names)
        self.value = tape.forward(changes)
        self._after = _State(tape, seed)
        self.changed = tuple(node for node in tape.order if not same(self._before.value(node), self.of(node)))

    def of(self, node: Node) -> Any:
        """Return what a node is with the new inputs."""
        return self._after.value(node)

    def grad(self, node: Node) -> Any:
        """Return the gradient of the output with respect to a node, with the new inputs; ``None`` where none arrives.

        Raises:
            GraphError: The output has several elements and no seed was given, or ``node`` is no part of the graph.
        """
        return self._after.grad(node)

    def finite_difference(self, node: Node) -> float:
        """Return the slope that two more evaluations find at the new inputs, to hold beside the gradient.

        For an array it is the slope in the direction of the change, or of all ones where nothing changed.
        """
        direction = self._direction(node)
        at: Any = self._after.value(node)
        precision = np.finfo(at.dtype if isinstance(at, np.ndarray) else float).eps
        step = float(np.cbrt(precision)) * max(1.0, float(np.max(np.abs(at), initial=0.0)))
        above, below = (self._tape.forward(self._changes | {node: at + s * direction}) for s in (step, -step))
        return self._along(above - below) / (2 * step)

    def slope(self, node: Node) -> float:
        """Return what the gradient says the same slope is."""
        gradient = self.grad(node)
        return 0.0 if gradient is None else float(np.sum(gradient * self._direction(node)))

    def _direction(self, node: Node) -> Any:
        """Return a step of length one, from the old value towards the new one."""
        if isinstance(node, Value):
            return 1.0
        step: Any = self._after.value(node) - self._before.value(node)
        length = float(np.linalg.norm(step))
        return step / np.asarray(length, step.dtype) if length else np.ones_like(step)

    def _along(self, difference: Any) -> float:
        seed = 1.0 if self._seed is None else np.asarray(self._seed)
        return float(np.sum(seed * difference))

    def blocks(self) -> Iterator[str | Table]:
        """Yield the comparison: the output, every node that changed, and the gradients."""
        name, root = self._name, self._tape.root
        asked = ", ".join(f"{name(node)} = {number(self.of(node))}" for node in self._changes) or "nothing changed"
        yield f"what if {asked}: {name(root)} = {number(self.value)} (was {number(self._before.value(root))})"
        graded = self._after.has_grads
        header = ("node", "was", "is", *(("gradient was", "gradient is") * graded))
        told = self._told()
        yield Table(header, [self._row(node, graded) for node in self._foremost(told)])
        if len(told) > _ROWS:
            yield f"{_many(len(told) - _ROWS, 'more node')} changed"
        differentiable = [node for node in self._changes if node.requires_grad and _is_float(node)]
        if graded and differentiable:
            yield "the gradient beside a finite difference, at the new values:"
            yield Table(
                ("node", "gradient", "finite difference"),
                [(name(n), number(self.slope(n)), number(self.finite_difference(n))) for n in differentiable],
            )

    def _told(self) -> list[Node]:
        """Return the nodes worth a row: those that changed, or whose gradient did."""
        moved = set(self.changed) | set(self._changes)
        if self._after.has_grads:
            moved |= {n for n in self._tape.order if not same(self._before.grad(n), self._after.grad(n))}
        return [node for node in self._tape.order if node in moved]

    def _foremost(self, nodes: list[Node]) -> list[Node]:
        """Return as many as are shown: what was asked about, the output, what has a name, then the others."""
        first = {*self._changes, self._tape.root}
        ranked = sorted(nodes, key=lambda node: 0 if node in first else 1 + self._name.is_id(node))[:_ROWS]
        kept = set(ranked)
        return [node for node in nodes if node in kept]

    def _row(self, node: Node, graded: bool) -> tuple[str, ...]:
        label = self._name(node)
        if node.op is not None:
            label += f" ({node.op.symbol})"
        values = (number(self._before.value(node)), number(self.of(node)))
        grads = (number(self._before.grad(node)), number(self._after.grad(node))) if graded else ()
        return (label, *values, *grads)


_ROWS = 30


class _State:
    """The values and gradients of one replay."""

    def __init__(self, tape: Tape, seed: Any) -> None:
        self._slot = tape.slot
        self._values = [tape.value(node) for node in tape.order]
        self._grads: list[Any] | None = None
        self._refusal: GraphError | None = None
        try:
            tape.backward(seed)
        except GraphError as error:  # several elements and no seed: values only
            self._refusal = error
        else:
            self._grads = [tape.grad(node) for node in tape.order]

    @property
    def has_grads(self) -> bool:
        return self._grads is not None

    def value(self, node: Node) -> Any:
        return self._values[self._slot(node)]

    def grad(self, node: Node) -> Any:
        if self._grads is None:
            assert self._refusal is not None
            raise self._refusal
        return self._grads[self._slot(node)]


def what_if(y: Node, changes: Mapping[Any, Any], names: Mapping[str, object] | None = None, seed: Any = None) -> WhatIf:
    """Evaluate a recorded graph with other inputs: values and gradients, without running the program again.

    Neither the graph nor any ``.grad`` is touched, and the numbers are those that the program itself would give, bit
    for bit. A result may be changed as well as a leaf: it is then held at that value, and what it was computed from
    no longer matters. The graph holds operations, not the program: what was decided by a value, be it a branch, a
    comparison such as ``x > 0`` or an index, is not seen, and stays as it was recorded. Hooks are not run.

    Args:
        y: The output.
        changes: The new value of each node that changes.
        names: Names for nodes that have no label, such as ``locals()``.
        seed: The upstream gradient of ``y``, needed for gradients when ``y`` has several elements.

    Raises:
        TypeError: ``y`` is no node, or ``changes`` no mapping.
        GraphError: A node is no part of the graph, or an operation of the graph cannot be run again.
        StaleGraphError: The data of a leaf was assigned since, so that "before" is unknown.

    >>> x = Value(3.0, label="x"); y = x * x
    >>> found = what_if(y, {x: 2.5})
    >>> found.value, found.grad(x), x.data, x.grad
    (6.25, 5.0, 3.0, 0.0)
    >>> print(what_if(y, {x: 2.5}, names={"y": y}))
    what if x = 2.5: y = 6.25 (was 9.0)
    node   was  is    gradient was  gradient is
    x      3.0  2.5   6.0           5.0
    y (*)  9.0  6.25  1.0           1.0
    the gradient beside a finite difference, at the new values:
    node  gradient  finite difference
    x     5.0       5.0
    """
    if not isinstance(changes, Mapping):
        raise TypeError(f"expected the new values as a dict such as {{x: 2.5}}, got {type(changes).__name__}")
    return WhatIf(Tape(y), changes, Names(y, names), seed)


def _refuse_stale(tape: Tape, name: Names) -> None:
    for node in tape.order:
        if node.op is not None and not same(tape.value(node), node.payload):
            raise StaleGraphError(
                f"expected the inputs to be as they were when {name(node)} was computed, but .data was assigned since; "
                "run the program again, then ask what if"
            )


def _is_float(node: Node) -> bool:
    return isinstance(node, Value) or node.payload.dtype.kind == "f"
