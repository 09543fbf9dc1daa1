"""Words: what a step of a trace does, as a line of text."""

import re
from collections.abc import Mapping
from typing import Any

from autograd.events import Event
from autograd.node import Node

from .amount import Amount, ArraySnapshot, describe
from .graph_view import parameters_text
from .quantity import NAME_LENGTH, brief, number_text, shape_text, shorten

__all__ = ["Words", "raised", "rule_text"]

_INFIX = frozenset(("+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">="))


class Words:
    """Says in words what a step does."""

    def __init__(self, names: Mapping[str, str], ids: Mapping[Node, str]) -> None:
        self.names, self.ids = names, ids

    def name(self, node: Node) -> str:
        """Return what a node is called."""
        return self.names[self.ids[node]]

    def operand(self, x: Any) -> str:
        """Write an operand: a node by its name, a constant by its value."""
        if isinstance(x, Node):
            return self.name(x)
        return number_text(x) if isinstance(x, float) else brief(x)

    def expression(self, node: Node) -> str:
        """Write an operation as it is written in a program: ``a * b``, ``tanh(x)``, ``sum(x, axis=0)``."""
        operands = [self.operand(x) for x in node.inputs]
        if node.op.symbol in _INFIX and len(operands) == 2:
            return f" {node.op.symbol} ".join(operands)
        if node.op.name == "negative":
            return f"-{operands[0]}"
        parameters = [f"{name}={value}" for name, value in parameters_text(node.params)]
        return f"{shorten(str(node.op.name), NAME_LENGTH)}({', '.join(operands + parameters)})"

    def forward(self, node: Node, value: Amount) -> str:
        """Write how a node is computed."""
        middle = "" if node.op is None else f" = {self.expression(node)}"
        return f"{self.name(node)}{middle} = {describe(value)}"

    def visit(self, node: Node, grad: Amount) -> str:
        """Write that a node's gradient is complete."""
        name = self.name(node)
        what = f"leaf {name}" if node.op is None else f"visit {name} = {self.expression(node)}"
        return f"{what}: grad({name}) = {describe(grad)}"

    def contribute(self, event: Event, before: Amount, upstream: Amount, contribution: Amount, after: Amount) -> str:
        """Write the chain rule with numbers, or for arrays with the formula of the rule."""
        target = f"grad({self.name(event.target)})"
        if event.local is None:
            rule = rule_text(event.node.op, event.slot) + _summed(event, upstream, contribution)
            return f"{target} += {rule} = {describe(contribution)}"
        earlier = "" if before is None else f"{describe(before)} + "
        return f"{target}: {earlier}{describe(upstream)} × {describe(event.local)} = {describe(after)}"


def _summed(event: Event, upstream: Amount, contribution: Amount) -> str:
    """Say where broadcasting is undone."""
    if not isinstance(upstream, ArraySnapshot) or not isinstance(contribution, ArraySnapshot):
        return ""
    is_summed = getattr(event.node.op, "elementwise", False) and upstream.shape != contribution.shape
    return f", summed to {shape_text(contribution.shape)}" if is_summed else ""


def rule_text(op: Any, slot: int) -> str:
    """Write what a rule computes, in the letters of the operation's formula; ``g`` is the upstream gradient.

    >>> from autograd import REGISTRY
    >>> rule_text(REGISTRY["matmul"], 1), rule_text(REGISTRY["multiply"], 0), rule_text(REGISTRY["take"], 0)
    ('xᵀ g', 'g · y', 'rule of take')
    >>> rule_text(REGISTRY["subtract"], 1), rule_text(REGISTRY["linear"], 1)
    ('-g', 'gᵀ x')
    """
    parts = str(op.derivative).split(", ") if getattr(op, "derivative", "") else []
    if not parts:
        return f"rule of {op.name}"
    factor = parts[slot] if slot < len(parts) else ", ".join(parts)
    if factor in ("1", "-1"):
        return factor.replace("1", "g")
    if re.search(r"\bg\b", factor):
        return raised(factor)
    return raised(f"g · {factor}" if factor.isalnum() else f"g · ({factor})")


def raised(formula: str) -> str:
    """Write squares and transposes with raised letters.

    >>> raised("x^T g + x^2")
    'xᵀ g + x²'
    """
    return formula.replace("^T", "ᵀ").replace("^2", "²")
