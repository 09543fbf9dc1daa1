"""The summary of a network: its modules, with shapes, parameters, arithmetic and memory.

Every number of a module includes what is below it, so that the first row holds the totals. A parameter that several
modules share is counted once, where it stands first. FLOPs and memory are those of the costs in :mod:`viz.ledger`: of
one forward pass of the example, multiply-adds as two. *Kept* is what the recorded graph holds for the backward
pass, besides parameters and inputs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor, enable_grad
from autograd.graph import topological_order
from autograd.mode import Scope
from autograd.node import Node

from .costs import flops_of, own_bytes
from .modules import scalar_layers, undisturbed, watch_calls
from .table import Report, Table, one_line
from .units import short_bytes, short_count

__all__ = ["ModuleRow", "Summary", "summary"]

_HEADER = ("module", "class", "output", "parameters", "FLOPs", "kept")
_UNKNOWN = "—"


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """One module of a network.

    Attributes:
        name: Its dotted name, ``""`` for the whole network.
        kind: The name of its class.
        output: The shape of what it returned last, ``""`` when it was not called.
        calls: How often it was called.
        parameters: How many numbers it learns or could learn, those below included, shared ones once.
        shared: How many more it uses that are counted at a module before it.
        flops: The arithmetic of its calls, ``None`` when nothing was run.
        kept: The bytes that the graph keeps of its calls, ``None`` when nothing was run.
    """

    name: str
    kind: str
    output: str
    calls: int
    parameters: int
    shared: int
    flops: int | None
    kept: int | None


class Summary(Report):
    """The modules of a network; ``print`` it, or let a notebook show it. Made by :func:`summary`.

    Attributes:
        rows: One row for each module, owners before what they own.
        trainable: How many parameters require a gradient.
        parameter_bytes: The memory of the parameters.
        buffer_bytes: The memory of the buffers.
    """

    def __init__(self, rows: Sequence[ModuleRow], trainable: int, parameter_bytes: int, buffer_bytes: int = 0) -> None:
        self.rows, self.trainable = tuple(rows), trainable
        self.parameter_bytes, self.buffer_bytes = parameter_bytes, buffer_bytes

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ModuleRow]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> ModuleRow:
        """Return the row of a module by its dotted name.

        Raises:
            KeyError: There is no module of that name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"expected the name of a module, got {name!r}; there are {[row.name for row in self.rows][:20]}")

    @property
    def parameters(self) -> int:
        """How many numbers the network holds to learn, shared ones once."""
        return self.rows[0].parameters

    @property
    def flops(self) -> int | None:
        """The arithmetic of one forward pass, ``None`` without an example."""
        return self.rows[0].flops

    @property
    def kept(self) -> int | None:
        """The bytes that one forward pass keeps for the backward pass, ``None`` without an example."""
        return self.rows[0].kept

    def blocks(self) -> Iterator[str | Table]:
        """Yield the table, then the totals."""
        yield Table(
            _HEADER, [_cells(row, path) for row, path in zip(self.rows, self._paths(), strict=True)], right=(3, 4, 5)
        )
        yield ""
        totals = self._totals()
        width = max(len(title) for title, _ in totals)
        yield from (f"{title.ljust(width)}  {text}" for title, text in totals)

    def _paths(self) -> Iterator[tuple[str, ...]]:
        """Yield for each module the names by which its owners, from the whole network down, hold the next."""
        paths: dict[str, tuple[str, ...]] = {"": ()}
        for row in self.rows:
            owner = row.name
            while owner and (owner == row.name or owner not in paths):
                owner = owner.rpartition(".")[0]
            if row.name:
                paths[row.name] = (*paths[owner], row.name.removeprefix(f"{owner}."))
            yield paths[row.name]

    def _totals(self) -> list[tuple[str, str]]:
        frozen = self.parameters - self.trainable
        parts = f", {frozen:,} of them frozen" if frozen else ""
        totals = [("parameters", f"{self.parameters:,}{parts}, {short_bytes(self.parameter_bytes)}")]
        if self.buffer_bytes:
            totals.append(("buffers", short_bytes(self.buffer_bytes)))
        if self.flops is not None and self.kept is not None:
            totals.append(("forward pass", f"{short_count(self.flops)} FLOPs"))
            totals.append(("kept for backward", short_bytes(self.kept)))
        return totals


def _cells(row: ModuleRow, path: tuple[str, ...]) -> list[str]:
    name = "  " * len(path) + path[-1] if path else "(the network)"
    again = f" x{row.calls}" if row.calls > 1 else ""
    shared = f" (+{row.shared:,} shared)" if row.shared else ""
    return [
        one_line(name, 32),
        one_line(row.kind, 24),
        one_line(row.output, 32) + again if row.output else _UNKNOWN,
        f"{row.parameters:,}{shared}",
        _UNKNOWN if row.flops is None else short_count(row.flops),
        _UNKNOWN if row.kept is None else short_bytes(row.kept),
    ]


def summary(model: Any, *example: Any) -> Summary:
    """Describe a network module by module.

    With an example input the network is run once, as it is, in its present mode; parameters, buffers, gradients,
    random numbers and mode are afterwards what they were before.

    Args:
        model: A module, or a network of ``nn.scalar``.
        *example: What to call it with, such as ``np.zeros((1, 784), np.float32)``; nothing gives parameters only.

    Returns:
        The summary; ``print`` it, or look one module up, ``summary(model)["0"].parameters``.

    Raises:
        TypeError: ``model`` is no network, or the example is a shape instead of an array.

    >>> from nn import Linear, ReLU, Sequential
    >>> print(summary(Sequential(Linear(4, 8), ReLU(), Linear(8, 2)), np.zeros((1, 4), np.float32)))
    module         class       output  parameters  FLOPs  kept
    (the network)  Sequential  (1, 2)          58    114  72 B
      0            Linear      (1, 8)          40     72  32 B
      1            ReLU        (1, 8)           0      8  32 B
      2            Linear      (1, 2)          18     34   8 B
    <BLANKLINE>
    parameters         58, 232 B
    forward pass       114 FLOPs
    kept for backward  72 B
    """
    from nn import Module, scalar

    if isinstance(model, scalar.Module):
        return _scalar_summary(model, example)
    if not isinstance(model, Module):
        raise TypeError(f"expected a module of nn or nn.scalar, got {type(model).__name__}; pass the network itself")
    run = _run(model, example) if example else None
    parameters = list(model.parameters())
    return Summary(
        list(_rows(model, run)),
        trainable=sum(p.payload.size for p in parameters if p.requires_grad),
        parameter_bytes=sum(p.payload.nbytes for p in parameters),
        buffer_bytes=sum(buffer.payload.nbytes for buffer in model.buffers()),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """What one forward pass showed of each module, by identity."""

    outputs: dict[int, str]
    calls: dict[int, int]
    flops: dict[int, int]
    kept: dict[int, int]


def _rows(model: Any, run: _Run | None) -> Iterator[ModuleRow]:
    first: dict[int, str] = {id(p): name for name, p in model.named_parameters()}
    for name, module in model.named_modules():
        prefix = f"{name}." if name else ""
        sizes = [(p.payload.size, first[id(p)].startswith(prefix)) for p in module.parameters()]
        yield ModuleRow(
            name=name,
            kind=type(module).__name__,
            output=run.outputs.get(id(module), "") if run else "",
            calls=run.calls.get(id(module), 0) if run else 0,
            parameters=sum(size for size, own in sizes if own),
            shared=sum(size for size, own in sizes if not own),
            flops=run.flops.get(id(module), 0) if run else None,
            kept=run.kept.get(id(module), 0) if run else None,
        )


def _run(model: Any, example: Sequence[Any]) -> _Run:
    """Run a model on an example, and share out the costs of the graph among the modules.

    Everything is recorded, frozen or not, so that all arithmetic is counted; what is kept is asked of the nodes that
    would have been recorded without that.
    """
    wanted = {id(p) for p in model.parameters() if p.requires_grad}
    with undisturbed(model), watch_calls(model) as calls, enable_grad():
        for parameter in model.parameters():
            parameter.requires_grad = parameter.payload.dtype.kind == "f"
        output = model(*[_example(item) for item in example])
        order = _order_of([*_nodes(output), *(node for call in calls for node in _nodes(call.output))])
        flops = [flops_of(node) for node in order]
    kept = _kept_bytes(order, wanted)
    run = _Run({}, {}, {}, {})
    owner: dict[Scope, int] = {}
    for call in calls:
        key = id(call.module)
        run.outputs[key] = _shape(call.output)
        run.calls[key] = run.calls.get(key, 0) + 1
        if call.scope is not None:
            owner[call.scope] = key
    for node, cost, size in zip(order, flops, kept, strict=True):
        for key in _modules_around(node.scope, owner):
            run.flops[key] = run.flops.get(key, 0) + cost
            run.kept[key] = run.kept.get(key, 0) + size
    return run


def _modules_around(scope: Scope | None, owner: dict[Scope, int]) -> Iterable[int]:
    """Return the modules in whose calls a scope lies, each once."""
    found = []
    while scope is not None:
        if scope in owner:
            found.append(owner[scope])
        scope = scope.parent
    return dict.fromkeys(found)


def _example(item: Any) -> Any:
    """Return an input as a tensor of its own that records what is done with it."""
    if isinstance(item, Tensor | np.ndarray):
        array = np.array(item.payload if isinstance(item, Tensor) else item)
        return Tensor(array, requires_grad=array.dtype.kind == "f")
    if isinstance(item, list | tuple):
        if item and all(isinstance(part, int) for part in item):
            raise TypeError(
                f"expected an example input, got the integers {item!r}; "
                f"for a shape pass an array, np.zeros({tuple(item)!r}, np.float32)"
            )
        return type(item)([_example(part) for part in item])
    if isinstance(item, dict):
        return {key: _example(part) for key, part in item.items()}
    return item


def _nodes(output: Any) -> list[Node]:
    if isinstance(output, Node):
        return [output]
    if isinstance(output, dict):
        output = list(output.values())
    return [node for part in output for node in _nodes(part)] if isinstance(output, list | tuple) else []


def _shape(output: Any) -> str:
    if isinstance(output, Node):
        return str(np.shape(output.payload))
    nodes = _nodes(output)
    return ", ".join(str(np.shape(node.payload)) for node in nodes) if nodes else type(output).__name__


def _order_of(results: Iterable[Node]) -> list[Node]:
    """Return the graphs behind several results as one topological order."""
    order: dict[Node, None] = {}
    for result in results:
        if result not in order:
            order.update(dict.fromkeys(topological_order(result)))
    return list(order)


def _kept_bytes(order: Sequence[Node], wanted: set[int]) -> list[int]:
    """Return the memory kept at each node that a gradient flows through, and at their operands; none at leaves."""
    flowing: set[Node] = set()
    held: set[Node] = set()
    for node in order:
        operands = list(node.parents())
        if id(node) in wanted or any(operand in flowing for operand in operands):
            flowing.add(node)
            held.update((node, *operands))
    kept = [node for node in order if node.is_leaf or node in held]
    sizes = dict(zip(kept, own_bytes(kept), strict=True))
    return [0 if node.is_leaf else sizes.get(node, 0) for node in order]


def _scalar_summary(model: Any, example: Sequence[Any]) -> Summary:
    """Describe a network of single numbers, one row for each layer."""
    layers = scalar_layers(model)
    flops: list[int] | None = None
    shapes = [""] * len(layers)
    if example:
        signals: list[Any] = list(example[0])
        flops = []
        for index, (_, neurons) in enumerate(layers):
            before = {id(node) for signal in signals if isinstance(signal, Node) for node in topological_order(signal)}
            signals = [neuron(signals) for neuron in neurons]
            flops.append(sum(flops_of(node) for node in _order_of(signals) if id(node) not in before))
            shapes[index] = f"{len(neurons)} number{'s' * (len(neurons) != 1)}"
    counts = [sum(len(neuron.parameters()) for neuron in neurons) for _, neurons in layers]

    def row(name: str, kind: str, shape: str, count: int, cost: int | None) -> ModuleRow:
        return ModuleRow(name, kind, shape, int(bool(shape)), count, 0, cost, None if cost is None else 8 * cost)

    whole = row("", type(model).__name__, shapes[-1], sum(counts), None if flops is None else sum(flops))
    below = [
        row(name.rstrip("."), "Layer", shape, count, None if flops is None else flops[index])
        for index, ((name, _), shape, count) in enumerate(zip(layers, shapes, counts, strict=True))
        if name
    ]
    return Summary([whole, *below], trainable=sum(counts), parameter_bytes=8 * sum(counts))
