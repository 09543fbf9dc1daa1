"""Tape: a recorded graph as flat arrays, run again with other numbers.

Record once, replay often: the graph is flattened into one list of values and a few arrays of indices, and each
replay runs the operations in order, without the Python of the program that made them. Numbers are replayed on
floats, with the local derivatives that each operation finds on the way; arrays, and everything that is not a plain
operation on numbers, are recorded anew and differentiated by the engine's own walk. Either way values and
gradients are, bit for bit, those of the program run with the new inputs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import DtypeError, GraphError, ShapeError
from .graph import RELEASED, gradients, topological_order
from .mode import enable_grad
from .node import Node
from .primitive import Primitive
from .tensor import Tensor, as_array, wrap
from .value import Value, as_float

__all__ = ["Tape", "seed_of"]

_LEAF = -1  # the kernel of a slot that is not computed
_OTHER = -2  # instead of a right operand: neither one nor two, or parameters


class Tape:
    """A recorded graph that can be evaluated again, forwards and backwards.

    Slots ``0 ... n - 1`` stand for the nodes in topological order, the root last; the constants that operations
    were called with have the slots after them. Slot ``i`` is computed by ``kernels[kernel[i]]``, an operation with
    its static parameters, from the slots ``operands[start[i]:start[i + 1]]``.

    A tape knows operations, not the program: what was decided by a value, be it a branch, a comparison such as
    ``x > 0`` or an index, is not seen, and the replay stays with it. Hooks are not run, and the graph, its data and
    every ``.grad`` stay as they are.

    Args:
        root: The output, a ``Value`` or a ``Tensor``.

    Raises:
        GraphError: The graph was let go of, or holds an operation that cannot be run again, such as ``checkpoint``.

    Attributes:
        order: The nodes that were recorded, in order of their slots.
        kernels: Each operation with its static parameters, once.
        kernel: For each node the index of its kernel, -1 for a leaf.
        operands, start: The operands of all nodes in one array, and where each node's begin.
        constants: What the slots after the nodes hold.

    >>> x = Value(3.0); y = x * x + x
    >>> tape = Tape(y)
    >>> tape.forward({x: 5.0})
    30.0
    >>> tape.backward(); tape.grad(x)
    11.0
    >>> y.data, x.grad  # as they were
    (12.0, 0.0)
    """

    def __init__(self, root: Node) -> None:
        if not isinstance(root, Node):
            raise TypeError(f"expected a Value or a Tensor to make a tape of, got {type(root).__name__}")
        self.root = root
        self.order = topological_order(root)
        self.kernels: list[tuple[Any, dict[str, Any]]] = []
        self.constants: list[Any] = []
        self._slots = {node: slot for slot, node in enumerate(self.order)}
        self.kernel, self.operands, self.start = self._flatten()
        numbers = all(isinstance(node, Value) for node in self.order)
        plain = all(isinstance(op, Primitive) for op, _ in self.kernels)
        self._machine: _Numbers | _Nodes = _Numbers(self) if numbers and plain else _Nodes(self)
        self._values: list[Any] | None = None
        self._grads: list[Any] | None = None

    def _flatten(self) -> tuple[Any, Any, Any]:
        kernel, operands, start = [], [], [0]
        known: dict[Any, int] = {}
        for node in self.order:
            kernel.append(_LEAF if node.op is None else self._kernel(node, known))
            for x in node.inputs:
                operands.append(self._slots[x] if isinstance(x, Node) else self._constant(x))
            start.append(len(operands))
        return np.array(kernel, np.intp), np.array(operands, np.intp), np.array(start, np.intp)

    def _kernel(self, node: Node, known: dict[Any, int]) -> int:
        if node.op is RELEASED:
            raise GraphError(
                "expected a recorded graph, got one that was let go by backward(retain_graph=False); "
                "run the program again"
            )
        if getattr(node.op, "rerun", None) is None:
            raise GraphError(
                f"expected operations that can be run again, got {node.op.name}, which keeps its inputs to itself; "
                "run the program again, or leave that operation out"
            )
        if not node.params and node.op in known:
            return known[node.op]
        self.kernels.append((node.op, node.params))
        index = len(self.kernels) - 1
        if not node.params:
            known[node.op] = index
        return index

    def _constant(self, x: Any) -> int:
        self.constants.append(x)
        return len(self.order) + len(self.constants) - 1

    # -- replay ----------------------------------------------------------------------------------------------

    def forward(self, changes: Mapping[Any, Any] | None = None) -> Any:
        """Evaluate the graph and return the root's value, a float or an array.

        Every node that is not named in ``changes`` is computed; a leaf that is not named has the value it holds
        now. A result may be named too: it is then held at the given value, as if it were a leaf.

        Args:
            changes: The new value of each node that changes.

        Raises:
            GraphError: A node is not part of the graph.
            DtypeError: A new value is not numeric.
            ShapeError: A new array has another shape.
        """
        new = {self.slot(node): _replacement(node, value) for node, value in (changes or {}).items()}
        self._grads = None
        self._values = self._machine.forward(new)
        return self._values[-1]

    def backward(self, seed: Any = None) -> None:
        """Compute the gradient of the root at the values of the last :meth:`forward`.

        Args:
            seed: The upstream gradient; 1 when not given, and needed for an array of several elements.

        Raises:
            GraphError: The root requires no gradient, or needs a seed.
        """
        self._evaluated()
        if not self.root.requires_grad:
            raise GraphError("expected a root that requires a gradient, got one that does not; compute it from leaves")
        self._grads = self._machine.backward(seed_of(self.root, seed))

    def value(self, node: Node) -> Any:
        """Return what a node is in the last replay."""
        return self._evaluated()[self.slot(node)]

    def grad(self, node: Node) -> Any:
        """Return the gradient of a node in the last replay, ``None`` where none arrives."""
        if self._grads is None:
            raise GraphError("expected backward() to have run since the last forward(); call tape.backward() first")
        return self._grads[self.slot(node)]

    def record(self, changes: Mapping[Any, Any] | None = None) -> list[Node]:
        """Record the operations anew, on nodes of their own, and return those in the order of :attr:`order`.

        >>> x = Value(3.0, label="x"); y = x * x
        >>> twin = Tape(y).record({x: 4.0})
        >>> twin[-1].data, twin[0].label
        (16.0, 'x')
        """
        new = {self.slot(node): _replacement(node, value) for node, value in (changes or {}).items()}
        return record(self, new)

    def slot(self, node: Any) -> int:
        """Return the slot of a node.

        Raises:
            GraphError: It is not part of the graph.
        """
        if not isinstance(node, Node) or node not in self._slots:
            what = repr(node.label[:40]) if isinstance(node, Node) and node.label else f"a {type(node).__name__}"
            raise GraphError(f"expected a node that the root was computed from, got {what}, which is no part of it")
        return self._slots[node]

    def places(self, slot: int) -> list[int]:
        """Return the slots that a node is computed from."""
        found: list[int] = self.operands[self.start[slot] : self.start[slot + 1]].tolist()
        return found

    def _evaluated(self) -> list[Any]:
        if self._values is None:
            self.forward()
        assert self._values is not None
        return self._values


class _Numbers:
    """Replays numbers: a list of floats, a list of what each operation found beside them, and no node.

    Nearly every operation on numbers has one or two operands and no parameters; these are run from ``left`` and
    ``right``, where ``right`` is -1 for one operand. The others have ``_OTHER`` there.
    """

    def __init__(self, tape: Tape) -> None:
        self.recorded = tape
        kernel, counts = tape.kernel, np.diff(tape.start)
        scalars = [op.scalar for op, _ in tape.kernels]
        plain = np.array([not params for _, params in tape.kernels] + [False])[kernel]
        self.slots: list[int] = np.flatnonzero(kernel != _LEAF).tolist()
        self.scalars = [scalars[k] for k in kernel[self.slots].tolist()]
        first = np.append(tape.operands, (0, 0))  # so that the last slots have a next one to look at
        right = np.where(counts == 1, -1, first[tape.start[:-1] + 1])
        right[~plain | (counts < 1) | (counts > 2)] = _OTHER
        self.left: list[int] = first[tape.start[:-1]][self.slots].tolist()
        self.right: list[int] = right[self.slots].tolist()
        self.wanted = [node.requires_grad for node in tape.order] + [False] * len(tape.constants)
        self.found: list[Any] = []

    def forward(self, new: dict[int, Any]) -> list[Any]:
        tape = self.recorded
        values = [node.payload for node in tape.order] + tape.constants
        for slot, value in new.items():
            values[slot] = value
        self.found = found = [None] * len(tape.order)
        for slot, scalar, left, right in zip(self.slots, self.scalars, self.left, self.right, strict=True):
            if slot in new:
                continue
            if right >= 0:
                result = scalar(values[left], values[right])
            elif right != _OTHER:
                result = scalar(values[left])
            else:
                _, params = tape.kernels[tape.kernel[slot]]
                result = scalar(*(values[i] for i in tape.places(slot)), **params)
            values[slot], found[slot] = result[0], result
        return values[: len(tape.order)]

    def backward(self, seed: Any) -> list[Any]:
        grads: list[Any] = [None] * len(self.wanted)
        grads[len(self.recorded.order) - 1] = seed
        wanted = self.wanted
        backwards = zip(reversed(self.slots), reversed(self.left), reversed(self.right), strict=True)
        for slot, left, right in backwards:
            grad, found = grads[slot], self.found[slot]
            if grad is None or found is None:
                continue
            if right == _OTHER or len(found) == 1:
                self._pass_on(slot, grad, grads)
                continue
            partial = found[1]
            if partial is not None and wanted[left]:
                contribution = grad * partial if grad else 0.0  # zero upstream is no gradient
                before = grads[left]
                grads[left] = contribution if before is None else before + contribution
            if right >= 0:
                partial = found[2]
                if partial is not None and wanted[right]:
                    contribution = grad * partial if grad else 0.0
                    before = grads[right]
                    grads[right] = contribution if before is None else before + contribution
        return grads[: len(self.recorded.order)]

    def _pass_on(self, slot: int, grad: float, grads: list[Any]) -> None:
        """Do the same for any number of operands."""
        tape = self.recorded
        partials = self.found[slot][1:]
        if not partials:
            tape.kernels[tape.kernel[slot]][0].rule(0)  # says that it has none
        for operand, partial in zip(tape.places(slot), partials, strict=True):
            if partial is not None and self.wanted[operand]:
                contribution = grad * partial if grad else 0.0
                before = grads[operand]
                grads[operand] = contribution if before is None else before + contribution


class _Nodes:
    """Replays anything: records the operations anew and asks the engine for the gradient."""

    def __init__(self, tape: Tape) -> None:
        self.recorded = tape
        self.nodes: list[Node] = []

    def forward(self, new: dict[int, Any]) -> list[Any]:
        self.nodes = record(self.recorded, new)
        return [node.payload for node in self.nodes]

    def backward(self, seed: Any) -> list[Any]:
        root = self.nodes[-1]
        with np.errstate(all="ignore"):
            grads = gradients(topological_order(root, every=False), {root: seed}, careful=True)
        found = [grads.get(node) for node in self.nodes]
        return [np.array(grad) if isinstance(grad, np.ndarray) else grad for grad in found]


def record(tape: Tape, new: Mapping[int, Any]) -> list[Node]:
    """Record the operations of a tape anew; ``new`` gives the value of each slot that is held."""
    nodes: list[Any] = []
    count = len(tape.order)
    with enable_grad():
        for slot, old in enumerate(tape.order):
            if old.op is None or slot in new:
                node = _leaf(old, new.get(slot, old.payload))
            else:
                inputs = tuple(nodes[i] if i < count else tape.constants[i - count] for i in tape.places(slot))
                node = old.op.rerun(old, inputs)
            node.label = old.label
            nodes.append(node)
    return nodes


def _leaf(like: Node, payload: Any) -> Node:
    if isinstance(like, Value):
        return Value(payload, requires_grad=like.requires_grad)
    leaf = wrap(payload)
    leaf.requires_grad = like.requires_grad
    return leaf


def _replacement(node: Any, value: Any) -> Any:
    """Return a new value in the form that the node holds its own in."""
    if not isinstance(node, Tensor):
        return as_float(value, "the new value of a Value")
    array = as_array(value, None)
    if array.shape != node.shape:
        raise ShapeError(f"expected a new value of the tensor's shape {node.shape}, got {array.shape}; reshape it")
    if array.dtype.kind in "fc" and node.dtype.kind in "iub":
        raise DtypeError(f"expected a new value like {node.dtype}, got {array.dtype}; convert it first")
    return array.astype(node.dtype)


def seed_of(root: Node, seed: Any = None) -> Any:
    """Return the raw upstream gradient that ``root.backward(seed)`` starts from.

    >>> seed_of(Value(2.0))
    1.0
    """
    if isinstance(root, Tensor):
        return root._seed(seed, False)
    return 1.0 if seed is None else as_float(seed, "the seed")
