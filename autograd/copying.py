"""Copying and pickling of graphs as flat lists, so that depth does not matter."""

import copy
from typing import Any

from .graph import topological_order
from .node import Node

__all__ = ["deepcopy_node", "rebuild", "reduce_node"]

_INNER = ("payload", "op", "args", "params", "requires_grad", "gradient", "label", "scope")
_LEAF = ("payload", "requires_grad", "gradient", "label", "scope")
_INNER_ARRAY = (*_INNER, "retains_grad")  # a number always keeps its gradient
_ALWAYS = ("payload", "requires_grad")
_DEFAULTS = {"payload": None, **Node._DEFAULTS}


def _state(node: Node) -> dict[str, Any]:
    found = {}
    for name in _LEAF if node.op is None else _INNER if isinstance(node.payload, float) else _INNER_ARRAY:
        value = getattr(node, name)
        if name in _ALWAYS or value is not _DEFAULTS[name]:
            found[name] = value
    return found


def _restore(node: Node, state: dict[str, Any]) -> None:
    node.op = None
    node.hooks = ()
    for name, value in state.items():
        setattr(node, name, value)


def deepcopy_node(root: Node, memo: dict[int, Any]) -> Node:
    """Copy a node with all that it was computed from; shared parts stay shared."""
    for node in topological_order(root):
        if id(node) in memo:
            continue
        twin = object.__new__(type(node))
        memo[id(node)] = twin
        state = _state(node)
        gradient = state.pop("gradient", None)
        if not isinstance(node.payload, float):
            state["payload"] = copy.deepcopy(node.payload, memo)
        _restore(twin, state)  # the rest is never changed in place
        if node.op is not None:
            twin.remember(tuple(memo[id(x)] if isinstance(x, Node) else x for x in node.inputs), node.partials)
            twin.args = tuple(
                y.payload if isinstance(y, Node) and getattr(x, "payload", None) is a else a
                for x, y, a in zip(node.inputs, twin.inputs, node.args, strict=False)
            )
        if gradient is not None:
            twin.gradient = gradient if isinstance(gradient, float) else copy.deepcopy(gradient, memo)
    return memo[id(root)]  # type: ignore[no-any-return]


def reduce_node(root: Node) -> tuple[Any, ...]:
    """Return how to pickle a node: leaves one by one, the rest as one flat list of records."""
    if root.op is None:
        return rebuild, (type(root), _state(root), None)
    order = topological_order(root)
    places = {node: i for i, node in enumerate(order)}
    records: list[Any] = []
    for node in order:
        if node.op is None and node is not root:
            records.append(node)
            continue
        inputs = [(True, places[x]) if isinstance(x, Node) else (False, x) for x in node.inputs]
        records.append((type(node), _state(node), inputs, node.partials))
    return rebuild, (type(root), {}, records)


def rebuild(kind: type[Node], state: dict[str, Any], records: list[Any] | None) -> Node:
    """Put a pickled node together again."""
    if records is None:
        node = object.__new__(kind)
        _restore(node, state)
        return node
    nodes: list[Node] = []
    for record in records:
        if isinstance(record, Node):
            nodes.append(record)
            continue
        cls, inner, inputs, partials = record
        node = object.__new__(cls)
        _restore(node, inner)
        node.remember(tuple(nodes[x] if is_node else x for is_node, x in inputs), partials)
        nodes.append(node)
    return nodes[-1]
