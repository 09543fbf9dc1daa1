"""The graph algorithms: topological order and the backward walk.

This module knows no operation and no NumPy. What a gradient is, how two are added and what one operation
contributes to its inputs is asked of the nodes (``node.contributions``).
"""

from collections.abc import Callable, Iterable
from typing import Any

from .errors import GraphError, StaleGraphError
from .node import Node

__all__ = ["backward", "gradients", "release", "topological_order"]

Listener = Callable[[str, Node, int, Any, Any, Any, Any], None]


def topological_order(root: Node, *, every: bool = True) -> list[Node]:
    """Return the nodes that ``root`` was computed from, inputs before outputs, ``root`` last.

    Depth first and iterative, so a chain of a million nodes is no deeper than one of ten; each edge is
    looked at once. The order depends on the program alone, never on addresses.

    Args:
        root: The node to start from.
        every: Also list the nodes that require no gradient.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a"); b = a * a; c = b + a
    >>> [node.label or node.op.symbol for node in topological_order(c)]
    ['a', '*', '+']
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[Any] = [root]
    push, pop, emit, mark = stack.append, stack.pop, order.append, seen.add
    while stack:
        node = pop()
        if node is None:  # its inputs are all listed
            emit(pop())
            continue
        if node in seen:
            continue
        mark(node)
        if node.op is None:
            emit(node)
            continue
        push(node)
        push(None)
        if every or node.operands is not None:
            for x in reversed(node.inputs):
                if isinstance(x, Node) and x not in seen and (every or x.requires_grad):
                    push(x)
        else:  # a number of one or two operands: most graphs of numbers are made of nothing else
            if node.right_partial is not None and node.right not in seen:
                push(node.right)
            if node.left_partial is not None and node.left not in seen:
                push(node.left)
    return order


def gradients(  # noqa: PLR0912 - one walk for all; a call for each number would double its time
    order: list[Node],
    seeds: dict[Node, Any],
    *,
    create_graph: bool = False,
    listen: Listener | None = None,
    wanted: set[Node] | None = None,
    let_go: bool = False,
    forget: bool = False,
    careful: bool = False,
) -> dict[Node, Any]:
    """Walk a topological order backwards and return the gradient of every node that was reached.

    An upstream gradient of zero is no gradient, even where a local derivative is infinite or NaN. Numbers see to it at
    each edge. For arrays that would cost as much as the gradient itself, and every rule is linear in its upstream
    gradient, so that a NaN either reaches the end of its path or is of no account: the walk is made without looking,
    and made again ``careful`` when an end holds a NaN.

    Args:
        order: Inputs before outputs, as :func:`topological_order` gives it.
        seeds: The upstream gradient of each output.
        create_graph: Whether gradients are nodes themselves, so that they can be differentiated again.
        listen: Called with ``(kind, node, slot, upstream, contribution, before, after)`` for every event.
        wanted: The nodes to walk through; the others are passed over.
        let_go: Drop the record of an operation as soon as it was used.
        forget: Drop the gradient of an inner node, unless it is to be kept, as soon as it was used.
        careful: Look for NaN at every edge.
    """
    careful = careful or create_graph or let_go or listen is not None
    direct = not create_graph and not let_go and listen is None and wanted is None
    unseen = False  # whether an edge was passed without looking
    grads = dict(seeds)
    reached = grads.get
    if listen is not None:
        for node, seed in seeds.items():
            listen("seed", node, -1, seed, None, None, seed)
    for node in reversed(order):
        grad = reached(node)
        if grad is None:
            continue
        if node.hooks:
            if not careful:  # a hook may do anything, and must not run twice: start again before the first
                return gradients(order, seeds, wanted=wanted, forget=forget, careful=True)
            grad = grads[node] = node.run_hooks(grad)
        if listen is not None:
            listen("visit", node, -1, grad, None, None, None)
        if node.op is None:
            continue
        if direct and node.operands is None:  # a number: its local derivatives were found in the forward pass
            partial = node.left_partial
            if partial is not None:
                parent = node.left
                contribution = grad * partial if grad else 0.0
                before = reached(parent)
                grads[parent] = contribution if before is None else before + contribution
            partial = node.right_partial
            if partial is not None:
                parent = node.right
                contribution = grad * partial if grad else 0.0
                before = reached(parent)
                grads[parent] = contribution if before is None else before + contribution
            continue
        unseen = not careful
        for slot, contribution in enumerate(node.contributions(grad, create_graph, careful)):
            if contribution is None:
                continue
            parent = (node.operands or node.inputs)[slot]
            if wanted is not None and parent not in wanted:
                continue
            before = reached(parent)
            after = contribution if before is None else before + contribution
            grads[parent] = after
            if listen is not None:
                listen("contribute", node, slot, grad, contribution, before, after)
        if let_go:
            release(node)
        if forget and not node.retains_grad:
            del grads[node]
    ends = (node for node in grads if node.op is None or node.retains_grad or wanted is not None)
    if unseen and any(node.has_nan(grads[node]) for node in ends):
        return gradients(order, seeds, wanted=wanted, forget=forget, careful=True)
    return grads


def backward(
    root: Node,
    seed: Any,
    *,
    inputs: Iterable[Node] | None = None,
    create_graph: bool = False,
    retain_graph: bool = True,
    listen: Listener | None = None,
) -> None:
    """Walk backwards from ``root`` and then, when nothing went wrong, hand every node its gradient."""
    order = topological_order(root, every=False)
    wanted = None if inputs is None else ancestors_of(order, inputs)
    let_go = not retain_graph
    watched = listen is not None  # whoever listens may still ask for the way through the graph
    grads = gradients(
        order,
        {root: seed},
        create_graph=create_graph,
        listen=listen,
        wanted=wanted,
        let_go=let_go and not watched,
        forget=inputs is None,
    )
    if let_go and watched:
        for node in order:
            release(node)
    if inputs is not None:
        chosen = set(inputs)
        grads = {node: grad for node, grad in grads.items() if node in chosen}
    for node, grad in grads.items():
        if node.requires_grad:
            node.receive(grad, inputs is not None, create_graph)


def ancestors_of(order: list[Node], targets: Iterable[Node]) -> set[Node]:
    """Return the nodes of an order through which a gradient reaches one of the targets, these included.

    Raises:
        StaleGraphError: An operand stands after its result, because its value was computed from itself.
    """
    reached = set(targets)
    passed: set[Node] = set()
    for node in order:
        parents = [parent for parent in node.parents() if parent.requires_grad]
        if node.partials:  # a number does not wait for an operand that no gradient goes to
            parents = [x for x, d in zip(node.inputs, node.partials, strict=True) if d is not None]
        if not passed.issuperset(parents):
            raise StaleGraphError(
                f"expected an operand of {node.op.name} to be as it was when the operation ran, but something computed "
                "from the result was assigned into it since; work on a copy, x = x.copy()"
            )
        passed.add(node)
        if node not in reached and not reached.isdisjoint(parents):
            reached.add(node)
    return reached


def release(node: Node) -> None:
    """Let go of what a node remembers of its operation; a later walk through it is refused."""
    if node.op is not None:
        node.op = RELEASED
        node.operands = node.args = ()
        node.left = node.right = node.left_partial = node.right_partial = None


class _Released:
    """Stands for the operation of a node whose graph was let go."""

    name = symbol = "released"

    def contributions(self, node: Node, grad: Any, create_graph: bool, careful: bool = True) -> Any:
        raise GraphError(
            "expected a recorded graph, got one that was let go by backward(retain_graph=False); "
            "call the first backward with retain_graph=True"
        )

    def __reduce__(self) -> str:
        return "RELEASED"


RELEASED = _Released()
