"""Node: one vertex of the computation graph.

A node is data: what was computed (``payload``), by which operation (``op``), from what (``inputs`` and
``params``), and the gradient that reached it. It knows no operation, no NumPy and no derivative.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

__all__ = ["Node", "raw"]


class Node:
    """One vertex of a computation graph; :class:`~autograd.Value` and :class:`~autograd.Tensor` are the two kinds.

    Attributes:
        payload: What the vertex holds, a ``float`` or a NumPy array. Never mutated once recorded.
        op: The primitive that computed it, ``None`` for a leaf.
        operands: The operands in order, nodes or raw constants; ``None`` where two slots hold them: a number has one
            or two operands as a rule, and a tuple for each would be the garbage collector's to follow.
        left, right: The one or two operands then; ``right`` is ``None`` when there is one.
        left_partial, right_partial: Their local derivatives, found in the forward pass; ``None`` where no gradient
            goes. Beside a tuple of operands ``left_partial`` holds all of them, or ``None`` when they are not known.
        args: The raw operands as they were when the operation ran, for arrays.
        params: The static keyword arguments of the operation.
        requires_grad: Whether a gradient is wanted here.
        gradient: What a backward pass left here; ``None`` before one reached the node.
        label: A name for pictures.
        scope: The part of the program it was recorded in, a :class:`~autograd.mode.Scope`, or ``None``.
        hooks: Functions called with the gradient, in order of registration.
        source: ``(file name, line number)`` when it was recorded, in anomaly mode or inside ``record_source()``.
    """

    __slots__ = (
        "args",
        "gradient",
        "hooks",
        "label",
        "left",
        "left_partial",
        "op",
        "operands",
        "params",
        "payload",
        "requires_grad",
        "right",
        "right_partial",
        "scope",
        "source",
    )

    payload: Any
    op: Any
    operands: tuple[Any, ...] | None
    left: Any
    right: Any
    left_partial: Any
    right_partial: float | None
    args: tuple[Any, ...]
    params: dict[str, Any]
    requires_grad: bool
    gradient: Any
    label: str
    scope: Any
    hooks: tuple[Callable[..., Any], ...]
    source: tuple[str, int] | None

    # A slot that is not set costs no time and no memory; reading it finds the default here.
    _DEFAULTS: ClassVar[dict[str, Any]] = {
        "args": (),
        "gradient": None,
        "hooks": (),
        "label": "",
        "left": None,
        "left_partial": None,
        "op": None,
        "operands": (),
        "params": {},
        "requires_grad": False,
        "retains_grad": False,
        "right": None,
        "right_partial": None,
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

    def remember(self, inputs: tuple[Any, ...], partials: tuple[float | None, ...] | None = None) -> None:
        """Store the operands and, for a number, the local derivatives of one or two of them in slots."""
        if partials is None or not 1 <= len(inputs) <= 2 or inputs[-1] is None:
            self.operands, self.left_partial = inputs, partials
            return
        self.operands = None
        self.left, self.left_partial = inputs[0], partials[0]
        self.right, self.right_partial = (inputs[1], partials[1]) if inputs[1:] else (None, None)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The operands in order; nodes, or raw constants. ``x * x`` names ``x`` twice."""
        if self.op is None:
            return ()
        if self.operands is not None:
            return self.operands
        return (self.left,) if self.right is None else (self.left, self.right)

    @property
    def partials(self) -> tuple[float | None, ...] | None:
        """For numbers the local derivative by each operand, ``None`` where no gradient goes; else ``None``."""
        if self.op is None or self.operands is not None:
            return self.left_partial  # type: ignore[no-any-return]
        return (self.left_partial,) if self.right is None else (self.left_partial, self.right_partial)

    @property
    def output(self) -> Any:
        """What a derivative rule sees as the result: the node; a tuple where the operation has several results."""
        return self

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


def raw(x: Any) -> Any:
    """Return the payload of a node, and anything else as it is.

    >>> raw(2.0)
    2.0
    """
    return x.payload if isinstance(x, Node) else x
