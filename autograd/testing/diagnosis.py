"""What kind of mistake a derivative rule makes, found by trying the usual ones against the numeric Jacobian.

A graph is searched for the first operation whose own rule disagrees with its own numeric derivative; the trials are
made there. Each trial builds the Jacobian that a right rule would give if the mistake in question were undone, or that
a wrong one gives if it were made, and compares. The first that fits is named.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import StepgradError
from ..functional import vjp
from ..graph import topological_order
from ..node import Node
from ..ops import concatenate
from ..outputs import Outputs, Parts, pick
from ..primitive import Primitive
from ..tensor import Tensor, wrap
from .numeric import numeric_jacobian, raw
from .report import Tolerance, agreement, place

__all__ = [
    "DIAGNOSES",
    "Evidence",
    "aliases",
    "careless",
    "detached",
    "detached_rule",
    "diagnose",
    "suspects",
    "writes",
]

DIAGNOSES = (
    "sign flipped",
    "off by a constant factor",
    "transposed",
    "missing un-broadcast",
    "ignores the upstream gradient",
    "input and output exchanged",
    "inputs exchanged",
    "forgets one path",
    "wrong in one element",
    "detached inside backward",
    "mutates its input",
    "aliases its gradient",
    "returns zero",
    "loses precision",
)


@dataclass
class Evidence:
    """One recorded operation and one of its inputs: what its rule gives, and what it should."""

    node: Any
    slot: int
    found: Any
    expected: Any
    error: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the input."""
        return np.shape(self.node.args[self.slot])

    @property
    def out_shape(self) -> tuple[int, ...]:
        """The shape of the output; several are laid out after each other."""
        return (_size(self.node),) if isinstance(self.node, Outputs) else np.shape(self.node.payload)

    def right(self, candidate: Any) -> bool:
        """Tell whether a Jacobian equals the numeric one."""
        return self.equal(candidate, self.expected)

    def equal(self, candidate: Any, reference: Any) -> bool:
        """Tell whether two Jacobians are equal, as far as the numeric one can be trusted."""
        if candidate is None or np.shape(candidate) != np.shape(reference):
            return False
        return bool(agreement(candidate, reference, self.error, Tolerance(1e-5, 1e-3)).all())


# -- one operation alone ------------------------------------------------------------------------------------------


def operations(out: Any) -> list[Any]:
    """Return the recorded operations on arrays, in the order they ran."""
    nodes = topological_order(out, every=False) if isinstance(out, Node) else []
    return [
        node for node in nodes if node.op is not None and node.op is not pick and isinstance(node, (Tensor, Outputs))
    ]


def _slots(node: Any) -> list[int]:
    return [i for i, x in enumerate(node.inputs) if isinstance(x, Tensor) and x.requires_grad]


def _results(node: Any) -> list[Any]:
    """Return the results of an operation that have a gradient."""
    several = isinstance(node, Outputs)
    return [a for a in node.payload if a.dtype.kind in "fc"] if several else [node.payload]


def _size(node: Any) -> int:
    return sum(a.size for a in _results(node))


def _seeds(node: Any, scale: float = 1.0) -> Iterator[Any]:
    """Yield each upstream gradient that asks for one element alone."""
    for a in _results(node):
        for i in range(a.size):
            seed = np.zeros(a.shape)
            seed.flat[i] = scale
            yield Parts(seed if part is a else None for part in node.payload) if isinstance(node, Outputs) else seed


def _filled(node: Any, number: float) -> Any:
    """Return an upstream gradient that is the same everywhere."""
    if not isinstance(node, Outputs):
        return np.full(node.payload.shape, number)
    return Parts(np.full(a.shape, number) if a.dtype.kind in "fc" else None for a in node.payload)


def _parts(x: Any) -> list[Any]:
    return list(x) if isinstance(x, tuple) else [x]


def _joined(results: Any) -> Any:
    """Return the results of an operation as one array."""
    if isinstance(results, Outputs):
        results = results.output
    if not isinstance(results, tuple):
        return results
    return concatenate([r.reshape(-1) for r in results if r.dtype.kind in "fc"])


def _local(node: Any, slot: int, scale: float = 1.0) -> Any:
    """Return the Jacobian that an operation's own rule gives; rows are outputs."""
    found = np.zeros((_size(node), np.size(node.args[slot])))
    with np.errstate(all="ignore"):
        for row, seed in enumerate(_seeds(node, scale)):
            g = node.op.contributions(node, seed, False)[slot]
            found[row] = 0.0 if g is None else np.broadcast_to(raw(g), np.shape(node.args[slot])).ravel()
    return found


def _alone(node: Any, slot: int) -> Callable[[Any], Any]:
    """Return an operation as a function of one of its inputs."""

    def function(x: Any) -> Any:
        inputs = [raw(i) if isinstance(i, Node) else i for i in node.inputs]
        inputs = [wrap(np.array(i)) if isinstance(i, (np.ndarray, np.generic)) else i for i in inputs]
        inputs[slot] = x if isinstance(x, Node) else wrap(np.array(x))
        return _joined(node.op.rerun(node, tuple(inputs)))

    return function


def suspects(out: Any, tolerance: Tolerance, step: float) -> Iterator[Evidence]:
    """Yield what speaks against each operation of a graph whose rule is not the derivative of its forward."""
    for node in operations(out):
        for slot in _slots(node):
            with suppress(StepgradError, TypeError, ValueError):
                expected, error = numeric_jacobian(_alone(node, slot), [node.args[slot]], 0, step)
                found = _local(node, slot)
                if not agreement(found, expected, error, tolerance).all():
                    yield Evidence(node, slot, found, expected, error)


# -- the trials ---------------------------------------------------------------------------------------------------


def _one_element(e: Evidence) -> str:
    differs = ~agreement(e.found, e.expected, e.error, Tolerance(1e-5, 1e-3))
    columns = np.flatnonzero(differs.any(axis=0))
    if len(columns) == 1 and e.found.shape[1] > 1:
        return f"only the derivative by element {place(columns[0], e.shape)} of input {e.slot} is wrong"
    rows = np.flatnonzero(differs.any(axis=1))
    if len(rows) == 1 and e.found.shape[0] > 1 and differs.sum() == 1:
        return f"only the derivative of output {place(rows[0], e.out_shape)} is wrong"
    return ""


def _zero(e: Evidence) -> str:
    return "" if e.found.any() else "the rule returns zero"


def _sign(e: Evidence) -> str:
    return "the sign is flipped: minus the rule is right" if e.right(-e.found) else ""


def _upstream(e: Evidence) -> str:
    text = "the rule ignores the upstream gradient: multiply by g"
    if e.found.shape[0] > 1:
        return text if e.equal(e.found, np.broadcast_to(e.found[:1], e.found.shape)) else ""
    return text if e.equal(_local(e.node, e.slot, 2.0), e.found) else ""


def _stretched_axes(e: Evidence) -> list[int]:
    """Return the axes of the output along which the input was repeated."""
    lead = len(e.out_shape) - len(e.shape)
    if lead < 0:
        return []
    aligned = (*(1,) * lead, *e.shape)
    fits = all(n in (1, m) for n, m in zip(aligned, e.out_shape, strict=True))
    return [k for k, (n, m) in enumerate(zip(aligned, e.out_shape, strict=True)) if n == 1 and m > 1] if fits else []


def _unbroadcast(e: Evidence) -> str:
    for k in _stretched_axes(e):
        kept = e.expected.reshape(*e.out_shape, -1)
        hint = f"the input is repeated along axis {k} of the output, so its gradient is a sum over axis {k}"
        if e.equal(e.found * e.out_shape[k], e.expected):
            return f"missing un-broadcast over axis {k}: {hint}, not a mean"
        for which in (0, -1):
            single = np.zeros_like(kept)
            slot = (*(slice(None),) * k, which)
            single[slot] = kept[slot]
            if e.equal(e.found, single.reshape(e.expected.shape)):
                return f"missing un-broadcast over axis {k}: {hint}, and the rule keeps one of them"
    return ""


def _substituted(e: Evidence, args: list[Any], out: Any) -> bool:
    """Tell whether the rule is right once it is handed other arguments."""
    node, op = e.node, e.node.op
    if not isinstance(op, Primitive) or op.rules is None or (rule := op.rules[e.slot]) is None:
        return False
    with suppress(Exception), np.errstate(all="ignore"):  # a rule may take no such arguments: then it is not that
        found = [
            op.fit(rule(seed, out, *args, **node.params), node.inputs[e.slot], seed, e.slot, node)
            for seed in _seeds(node)
        ]
        return e.right(np.array([np.broadcast_to(g, e.shape).ravel() for g in found]).reshape(e.expected.shape))
    return False


def _with(args: tuple[Any, ...], changes: dict[int, Any]) -> list[Any]:
    return [changes.get(i, a) for i, a in enumerate(args)]


def _exchanged(e: Evidence) -> str:
    args, out = e.node.args, e.node.payload
    for i, x in enumerate(args):
        if np.shape(x) != e.out_shape:
            continue
        if _substituted(e, _with(args, {i: out}), out):
            return f"the rule uses the input where the output belongs (input {i})"
        if _substituted(e, list(args), x):
            return f"the rule uses the output where the input belongs (input {i})"
        if _substituted(e, _with(args, {i: out}), x):
            return f"the rule has input {i} and the output exchanged"
    return ""


def _inputs_exchanged(e: Evidence) -> str:
    args, out = e.node.args, e.node.payload
    for i, j in itertools.combinations(range(len(args)), 2):
        if _substituted(e, _with(args, {i: args[j], j: args[i]}), out):
            return f"the rule has inputs {i} and {j} exchanged"
    return ""


def _factor(e: Evidence) -> str:
    big = np.abs(e.found) > 1e-8
    ratios = e.expected[big] / e.found[big]
    ratio = float(np.median(ratios)) if ratios.size else 0.0
    if ratio and e.right(e.found * ratio):
        return f"the rule is off by the constant factor {1 / ratio:.4g}"
    return ""


def _transposed(e: Evidence) -> str:
    if e.right(e.found.T):
        return "the Jacobian is transposed: an operand or the upstream gradient wants .T"
    if len(e.shape) < 2:
        return ""
    axes = (*range(1, len(e.shape) - 1), len(e.shape), len(e.shape) - 1)
    turned = e.found.reshape(-1, *e.shape).transpose(0, *axes) if e.shape[-1] == e.shape[-2] else None
    if turned is not None and e.right(turned.reshape(e.expected.shape)):
        return "the gradient is transposed: it wants .T"
    return ""


def _forgotten(e: Evidence) -> str:
    """Record the forward pass itself, cut one of its edges, and see whether the rule gives what is left."""
    op = e.node.op
    forward = getattr(op, "forward", None)
    if forward is None or not isinstance(op, Primitive):
        return ""
    with suppress(Exception):  # a forward pass that cannot be recorded cannot be cut
        args = [np.array(a) if isinstance(a, np.ndarray) else a for a in e.node.args]
        x = Tensor(args[e.slot], requires_grad=True)
        args[e.slot] = x
        out = _joined(forward(*args, **e.node.params))
        total = _cut_jacobian(out, x, None)
        if not e.right(total):
            return ""
        edges = [
            (n, i) for n in operations(out) for i, x in enumerate(n.inputs) if isinstance(x, Node) and x.requires_grad
        ]
        without = {edge: _cut_jacobian(out, x, edge) for edge in edges}
        parts = {edge: left for edge, left in without.items() if left.any() and not e.equal(left, total)}
        for (node, slot), left in parts.items():
            if e.equal(e.found, left):
                return f"the rule forgets one path: through operand {slot} of {node.op.name} in the forward pass"
        for (node, slot), left in parts.items():  # only then: to cut half of a square and to flip it is to forget it
            if e.equal(e.found, 2 * left - total):
                return f"the sign is flipped on one path: through operand {slot} of {node.op.name}"
    return ""


def _cut_jacobian(out: Any, x: Any, cut: tuple[Any, int] | None) -> Any:
    """Return the Jacobian of a recorded graph without the paths through one edge."""
    order = topological_order(out, every=False)
    rows = []
    for seed in _seeds(out):
        grads: dict[Any, Any] = {out: seed}
        for node in reversed(order):
            if node.op is None or node not in grads:
                continue
            for slot, g in enumerate(node.op.contributions(node, grads[node], False)):
                if g is not None and not (cut is not None and node is cut[0] and slot == cut[1]):
                    parent = node.inputs[slot]
                    grads[parent] = g if parent not in grads else grads[parent] + g
        rows.append(np.broadcast_to(grads.get(x, np.zeros(x.shape)), x.shape).ravel())
    return np.array(rows).reshape(len(rows), -1)


# In this order: the narrow ones before those that many mistakes could be mistaken for.
_TRIALS: tuple[tuple[str, Callable[[Evidence], str]], ...] = (
    ("returns zero", _zero),
    ("wrong in one element", _one_element),
    ("sign flipped", _sign),
    ("ignores the upstream gradient", _upstream),
    ("missing un-broadcast", _unbroadcast),
    ("forgets one path", _forgotten),
    ("input and output exchanged", _exchanged),
    ("inputs exchanged", _inputs_exchanged),
    ("off by a constant factor", _factor),
    ("transposed", _transposed),
)


def diagnose(evidence: Evidence) -> tuple[str, str]:
    """Return the name of the first mistake that explains the evidence, and a sentence; empty when none does."""
    for name, trial in _TRIALS:
        if text := trial(evidence):
            return ("sign flipped" if "sign is flipped" in text else name), text
    return "", ""


# -- what a Jacobian does not show --------------------------------------------------------------------------------


def detached(function: Callable[..., Any], arrays: list[Any]) -> str:
    """Name the operation in whose operands a value hides that depends on the inputs, but not in the graph.

    The function is recorded twice, at points close to each other; an operand without a gradient should be the same.
    """
    graphs = []
    for shift in (0.0, 1e-3):
        out = function(*[Tensor(a + shift * (1.0 + np.abs(a)), requires_grad=True) for a in arrays])
        if not (isinstance(out, Node) and out.requires_grad):
            return "the result"
        graphs.append(operations(out))
    if len(graphs[0]) != len(graphs[1]):
        return ""
    for a, b in zip(*graphs, strict=True):
        for slot, (x, y) in enumerate(zip(a.inputs, b.inputs, strict=False)):
            watched = isinstance(x, Node) and x.requires_grad
            if watched or np.asarray(raw(x)).dtype.kind != "f" or np.shape(raw(x)) != np.shape(raw(y)):
                continue
            if not np.array_equal(raw(x), raw(y), equal_nan=True):
                return f"operand {slot} of {a.op.name}"
    return ""


def detached_rule(out: Any) -> str:
    """Name the first operation of a graph whose rule leaves the graph; its second order is then missing."""
    for node in operations(out):
        for slot in _slots(node):
            alone = _alone(node, slot)

            def gradient(x: Any, g: Any, alone: Callable[[Any], Any] = alone) -> Any:
                _, pull = vjp(alone, x)
                return concatenate([pull(g)[0].reshape(-1)])

            with suppress(StepgradError, TypeError, ValueError, AttributeError):
                upstream = np.full(_size(node) if isinstance(node, Outputs) else node.payload.shape, 0.7)
                if detached(gradient, [np.asarray(node.args[slot]), upstream]):
                    return str(node.op.name)
    return ""


def careless(out: Any, look: Callable[[Any], str]) -> str:
    """Return the first complaint of ``look``, which is :func:`writes` or :func:`aliases`, about an operation."""
    with np.errstate(all="ignore"):
        return next((text for node in operations(out) if (text := look(node))), "")


def _copies(node: Any) -> list[Any]:
    return [np.array(a) if isinstance(a, np.ndarray) else a for a in (*node.args, *_parts(node.payload))]


def _changed(before: list[Any], after: list[Any]) -> int | None:
    for i, (a, b) in enumerate(zip(before, after, strict=True)):
        if isinstance(a, np.ndarray) and not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"):
            return i
    return None


def writes(node: Any) -> str:
    """Tell whether the forward pass or a rule writes into what it was given."""
    before, count = _copies(node), len(node.args)
    copies = _copies(node)[:count]
    inputs = [wrap(c) if isinstance(x, Tensor) else x for x, c in zip(node.inputs, copies, strict=True)]
    node.op.rerun(node, tuple(inputs))
    where = _changed(before[:count], [raw(i) for i in inputs])
    if where is not None:
        return f"the forward pass of {node.op.name} writes into input {where}; work on a copy"
    seed = _filled(node, 0.7)
    node.op.contributions(node, seed, False)
    after = [*node.args, *_parts(node.payload), *_parts(seed)]
    where = _changed([*before, *_parts(_filled(node, 0.7))], after)
    if where is None:
        return ""
    outputs = len(_parts(node.payload))
    what = f"input {where}" if where < count else "the output" if where < count + outputs else "the upstream gradient"
    return f"the rule of {node.op.name} writes into {what}; work on a copy"


def aliases(node: Any) -> str:
    """Tell whether a rule hands out memory that is not the gradient's own. To hand on the upstream is all right."""
    seeds = _filled(node, 0.7), _filled(node, 0.3)
    first, second = ([raw(g) for g in node.op.contributions(node, seed, False)] for seed in seeds)
    kept = [a for a in (*node.args, *_parts(node.payload)) if isinstance(a, np.ndarray)]
    for slot, (g, again) in enumerate(zip(first, second, strict=True)):
        if not isinstance(g, np.ndarray) or not g.size:
            continue
        if any(np.shares_memory(g, a) for a in kept):
            return f"rule {slot} of {node.op.name} returns memory of an operand; return a copy"
        if isinstance(again, np.ndarray) and np.shares_memory(g, again):
            return f"rule {slot} of {node.op.name} returns the same memory twice; return a new array"
    return ""
