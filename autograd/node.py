"""Node: one vertex of the computation graph.

A node is data: what was computed (``payload``), by which operation (``op``), from what (``inputs`` and
``params``), and the gradient that reached it. It knows no operation, no NumPy and no derivative.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

__all__ = ["Node"]


class Node:
    """One vertex of a computation graph; :class:`~autograd.Value` and :class:`~autograd.Tensor` are the two kinds.

    Attributes:
        payload: What the vertex holds, a ``float`` or a NumPy array. Never mutated once recorded.
        op: The primitive that computed it, ``None`` for a leaf.
        inputs: The operands in order; nodes, or raw constants. ``x * x`` names ``x`` twice.
        args: The raw operands as they were when the operation ran.
        partials: For numbers, the local derivatives found in the forward pass, else ``None``.
        params: The static keyword arguments of the operation.
        requires_grad: Whether a gradient is wanted here.
        gradient: What a backward pass left here; ``None`` before one reached the node.
        label: A name for pictures.
        scope: The part of the program it was recorded in, a :class:`~autograd.mode.Scope`, or ``None``.
        hooks: Functions called with the gradient, in order of registration.
        retains_grad: Whether an inner node keeps its gradient.
        source: ``(file name, line number)`` when it was recorded, in anomaly mode or inside ``record_source()``.
    """

    __slots__ = (
        "args",
        "gradient",
        "hooks",
        "inputs",
        "label",
        "op",
        "params",
        "partials",
        "payload",
        "requires_grad",
        "retains_grad",
        "scope",
        "source",
    )

    payload: Any
    op: Any
    inputs: tuple[Any, ...]
    args: tuple[Any, ...]
    partials: tuple[float | None, ...] | None
    params: dict[str, Any]
    requires_grad: bool
    gradient: Any
    label: str
    scope: Any
    hooks: tuple[Callable[..., Any], ...]
    retains_grad: bool
    source: tuple[str, int] | None

    # A slot that is not set costs no time and no memory; reading it finds the default here.
    _DEFAULTS: ClassVar[dict[str, Any]] = {
        "args": (),
        "gradient": None,
        "hooks": (),
        "inputs": (),
        "label": "",
        "op": None,
        "params": {},
        "partials": None,
        "requires_grad": False,
        "retains_grad": False,
        "scope": None,
        "source": None,
    }

    def __getattr__(self, name: str) -> Any:
        """Return the default of a slot that was never set."""
        try:
            return Node._DEFAULTS[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    __hash__ = object.__hash__

    @property
    def is_leaf(self) -> bool:
        """Whether the node was made by the user rather than by an operation."""
        return self.op is None

    def parents(self) -> Iterator["Node"]:
        """Yield the operands that are nodes, in order, one for each edge."""
        return (x for x in self.inputs if isinstance(x, Node))

    def __deepcopy__(self, memo: dict[int, Any]) -> "Node":
        from .copying import deepcopy_node  # noqa: PLC0415 - copying stands on nodes

        return deepcopy_node(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from .copying import reduce_node  # noqa: PLC0415 - copying stands on nodes

        return reduce_node(self)
