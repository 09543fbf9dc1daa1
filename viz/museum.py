"""The bug museum: classic mistakes of engines and training loops, beside what is right.

>>> from viz import museum
>>> found = museum.compare(museum.EXHIBITS["no_order"].program, "no_order")
>>> print(found)
No topological order
A node passed its gradient on before all of it had arrived, and then again with every arrival.
node  right  wrong
a     4.0    6.0    <-
b     2.0    2.0
c     1.0    1.0
the first difference is in step 3:
#  right                           wrong
1  grad(c) = 1.0                   grad(c) = 1.0
2  grad(b) = 1.0, by c             grad(b) = 1.0, by c
3  grad(b): 1.0 + 1.0 = 2.0, by c  grad(a) = 1.0, by b             <-
4  grad(a) = 2.0, by b             grad(a): 1.0 + 1.0 = 2.0, by b  <-
5  grad(a): 2.0 + 2.0 = 4.0, by b  grad(b): 1.0 + 1.0 = 2.0, by c  <-
6                                  grad(a): 2.0 + 2.0 = 4.0, by b  <-
7                                  grad(a): 4.0 + 2.0 = 6.0, by b  <-

What is right comes from the engine. What is wrong is walked here, over the same recorded graph and with the same
derivative rules, so that the engine holds no switch for it and no program can meet it by accident.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import GraphError
from autograd.graph import gradients, topological_order
from autograd.node import Node
from autograd.primitive import Primitive
from autograd.tape import Tape, seed_of
from autograd.tensor import Tensor
from autograd.value import Value

from .explanation import same
from .table import Names, Report, Table, number

__all__ = ["EXHIBITS", "Comparison", "Exhibit", "Quiz", "Run", "Step", "compare", "quiz"]

Gradients = dict[Node, Any]
Walk = Callable[[Node, Any], "Run"]

_BUDGET = 10_000
"""Recursion without an order walks every way to a node, and there may be more ways than atoms."""

_SHOWN = 40
"""So many steps are shown side by side."""

_RATE = 0.1  # the step of gradient descent between two passes


@dataclass(frozen=True)
class Step:
    """One change of a gradient.

    Attributes:
        target: The node whose gradient changes.
        source: The node that passes it on; the target itself where none does, as for a seed.
        slot: Which operand of the source the target is, -1 where it is none.
        contribution: What is added, ``None`` where the gradient is set.
        before, after: The gradient around the step; ``before`` is ``None`` when there was none.
    """

    target: Node
    source: Node
    slot: int
    contribution: Any
    before: Any
    after: Any


@dataclass
class Run:
    """A backward pass: its steps, the gradients in the end, and why it broke off if it did."""

    steps: list[Step] = field(default_factory=list)
    grads: Gradients = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True)
class Exhibit:
    """A classic mistake.

    Attributes:
        name: The key in :data:`EXHIBITS`.
        title: What it is called.
        sentence: What goes wrong, in one sentence.
        story: Who made it, and how it came to light.
        program: A small program that shows it; called, it returns the output.
        right, wrong: The two backward passes, from the output and its upstream gradient.
        arrays: Whether it takes arrays to make it.
    """

    name: str
    title: str
    sentence: str
    story: str
    program: Callable[[], Node]
    right: Walk
    wrong: Walk
    arrays: bool = False

    def __str__(self) -> str:
        return f"{self.title}\n{self.sentence}\n{self.story}"


class Comparison(Report):
    """The same program twice: as the engine differentiates it, and with a mistake.

    Attributes:
        exhibit: The mistake.
        right, wrong: The two passes.
        first: The index of the first step that differs, ``None`` when the mistake makes no difference here.
    """

    def __init__(self, exhibit: Exhibit, root: Node, right: Run, wrong: Run, names: Names) -> None:
        self.exhibit, self.root, self.right, self.wrong = exhibit, root, right, wrong
        self._name = names
        count = max(len(right.steps), len(wrong.steps))
        self.first = next((i for i in range(count) if not _same_step(_at(right, i), _at(wrong, i))), None)

    @property
    def differing(self) -> tuple[Node, ...]:
        """The nodes whose gradient comes out wrong."""
        return tuple(node for node in self._nodes() if not same(self.right.grads.get(node), self.wrong.grads.get(node)))

    def blocks(self) -> Iterator[str | Table]:
        """Yield the gradients and the steps, side by side."""
        yield self.exhibit.title
        yield self.exhibit.sentence
        wrong = set(self.differing)
        yield Table(
            ("node", "right", "wrong", ""),
            [
                (
                    self._name(node),
                    number(self.right.grads.get(node)),
                    number(self.wrong.grads.get(node)),
                    "<-" * (node in wrong),
                )
                for node in self._nodes()
            ],
        )
        if self.wrong.failure:
            yield f"the wrong one breaks off: {self.wrong.failure}"
        if self.first is None:
            yield "in this program the mistake makes no difference"
            return
        yield f"the first difference is in step {self.first + 1}:"
        count = max(len(self.right.steps), len(self.wrong.steps))
        start = max(0, min(self.first - _SHOWN // 2, count - _SHOWN))
        shown = range(start, min(count, start + _SHOWN))
        yield Table(("#", "right", "wrong", ""), [self._row(i) for i in shown])
        if count > len(shown):
            yield f"{count - len(shown):,} other steps not shown"

    def _nodes(self) -> list[Node]:
        found = [node for node in topological_order(self.root) if node.requires_grad]
        return found if len(found) <= _SHOWN else [node for node in found if not self._name.is_id(node)]

    def _row(self, index: int) -> tuple[str, ...]:
        left, right = _at(self.right, index), _at(self.wrong, index)
        mark = "" if _same_step(left, right) else "<-"
        return (str(index + 1), self._line(left), self._line(right), mark)

    def _line(self, step: Step | None) -> str:
        """Return a step as text."""
        if step is None:
            return ""
        name, after = self._name(step.target), number(step.after)
        by = "" if step.source is step.target else f", by {self._name(step.source)}"
        if step.before is None:
            return f"grad({name}) = {after}{by}"
        if step.contribution is None or same(step.after, step.contribution):
            return f"grad({name}): {number(step.before)} becomes {after}{by}"
        return f"grad({name}): {number(step.before)} + {number(step.contribution)} = {after}{by}"


def compare(
    program: Node | Callable[[], Node] | None,
    mistake: str | Exhibit,
    names: Mapping[str, object] | None = None,
    seed: Any = None,
) -> Comparison:
    """Differentiate one program twice, rightly and with a mistake, and set the two side by side.

    Args:
        program: An output, or a function without arguments that returns one; ``None`` for the exhibit's own program.
        mistake: A key of :data:`EXHIBITS`, or an exhibit.
        names: Names for nodes that have no label, such as ``locals()``.
        seed: The upstream gradient of the output, needed when it has several elements.

    Raises:
        ValueError: There is no such mistake, or it takes arrays and the program has none.
        TypeError: The program returns no node.
        GraphError: The output requires no gradient, or needs a seed.

    >>> x = Value(3.0, label="x")
    >>> found = compare(x * x + x, "overwritten")
    >>> found.right.grads[x], found.wrong.grads[x]
    (7.0, 3.0)
    """
    exhibit = _exhibit(mistake)
    root = exhibit.program() if program is None else program if isinstance(program, Node) else program()
    if not isinstance(root, Node):
        raise TypeError(f"expected the program to return a Value or a Tensor, got {type(root).__name__}")
    if not root.requires_grad:
        raise GraphError("expected an output that requires a gradient, got one that does not; compute it from leaves")
    if exhibit.arrays and not any(isinstance(node, Tensor) for node in topological_order(root)):
        raise ValueError(f"expected a program with Tensors for {exhibit.name!r}, got one of numbers only")
    start = seed_of(root, seed)
    with np.errstate(all="ignore"):
        return Comparison(exhibit, root, exhibit.right(root, start), exhibit.wrong(root, start), Names(root, names))


def _exhibit(mistake: str | Exhibit) -> Exhibit:
    if isinstance(mistake, Exhibit):
        return mistake
    if mistake not in EXHIBITS:
        raise ValueError(f"expected one of {', '.join(EXHIBITS)}, got {mistake!r}")
    return EXHIBITS[mistake]


def _at(run: Run, index: int) -> Step | None:
    return run.steps[index] if index < len(run.steps) else None


def _same_step(a: Step | None, b: Step | None) -> bool:
    if a is None or b is None:
        return a is b
    same_edge = a.target is b.target and a.source is b.source and a.slot == b.slot
    return same_edge and same(a.contribution, b.contribution) and same(a.after, b.after)


# -- walking -------------------------------------------------------------------------------------------------


def _engine(root: Node, seed: Any) -> Run:
    """Let the engine walk, and note its steps."""
    run = Run()

    def listen(kind: str, node: Node, slot: int, upstream: Any, contribution: Any, before: Any, after: Any) -> None:
        if kind == "seed":
            run.steps.append(_seeded(node, upstream))
        elif kind == "contribute":
            run.steps.append(Step(node.inputs[slot], node, slot, contribution, before, after))

    run.grads = gradients(topological_order(root, every=False), {root: seed}, listen=listen)
    return run


def _honest(node: Node, grad: Any) -> list[Any]:
    """Return what a node passes on by the rules of its operation."""
    found: list[Any] = node.contributions(grad, False)
    return found


def _add(before: Any, contribution: Any) -> Any:
    return contribution if before is None else before + contribution


def _walk(
    order: list[Node],
    grads: Gradients,
    contributions: Callable[[Node, Any], list[Any]] = _honest,
    combine: Callable[[Any, Any], Any] = _add,
) -> Run:
    """Visit nodes in the given order, the output first; each passes on what it has by then."""
    run = Run([_seeded(order[0], grads[order[0]])], grads)
    try:
        for node in order:
            if node.op is not None and node in grads:
                for slot, contribution in _offers(node, run, contributions):
                    _give(node, slot, contribution, run, combine)
    except ValueError as error:  # shapes that no longer fit
        run.failure = str(error)
    return run


def _seeded(root: Node, seed: Any) -> Step:
    return Step(root, root, -1, None, None, seed)


def _offers(
    node: Node, run: Run, contributions: Callable[[Node, Any], list[Any]] = _honest
) -> Iterator[tuple[int, Any]]:
    """Yield what a node passes on, operand by operand, of the gradient it has when it is first asked."""
    for slot, contribution in enumerate(contributions(node, run.grads[node])):
        if contribution is not None:
            yield slot, contribution


def _give(node: Node, slot: int, contribution: Any, run: Run, combine: Callable[[Any, Any], Any] = _add) -> None:
    operand = node.inputs[slot]
    before = run.grads.get(operand)
    run.grads[operand] = after = combine(before, contribution)
    run.steps.append(Step(operand, node, slot, contribution, before, after))


def _backwards(root: Node) -> list[Node]:
    return topological_order(root, every=False)[::-1]


def _leaves(root: Node) -> list[Node]:
    return [node for node in topological_order(root, every=False) if node.op is None]


# -- exhibits ------------------------------------------------------------------------------------------------

EXHIBITS: dict[str, Exhibit] = {}
"""The mistakes, by name."""


def _exhibits(
    title: str, sentence: str, program: Callable[[], Node], right: Walk = _engine, arrays: bool = False
) -> Callable[[Walk], Walk]:
    """Put a wrong walk on show; its docstring is the story."""

    def add(wrong: Walk) -> Walk:
        name: str = wrong.__name__.strip("_")
        story = " ".join((wrong.__doc__ or "").split())
        EXHIBITS[name] = Exhibit(name, title, sentence, story, program, right, wrong, arrays)
        return wrong

    return add


def _named(**nodes: Any) -> None:
    """Label nodes by the names of the arguments."""
    for name, node in nodes.items():
        node.label = name


def _reused() -> Any:
    a = Value(1.0, label="a")
    b = a + a
    c = b + b
    _named(b=b, c=c)
    return c


def _diamond() -> Any:
    x = Value(2.0, label="x")
    u = x * x
    w = u * 3.0
    y = u * w
    _named(u=u, w=w, y=y)
    return y


def _square_and_line() -> Any:
    x = Value(3.0, label="x")
    s = x * x
    y = s + x
    _named(s=s, y=y)
    return y


def _line_fit() -> Any:
    w, b = Value(2.0, label="w"), Value(0.0, label="b")
    error = w * 0.5 + b - 2.0
    loss = error * error
    _named(error=error, loss=loss)
    return loss


def _half_shared() -> Any:
    a, b, d = Value(3.0, label="a"), Value(2.0, label="b"), Value(1.0, label="d")
    c = a + b
    e = c * d
    _named(c=c, e=e)
    return e


def _dead_neuron() -> Any:
    w, x = Value(-2.0, label="w"), Value(1.5, label="x")
    h = (w * x).relu()
    y = h + x
    _named(h=h, y=y)
    return y


def _sum_of_two() -> Any:
    a = Tensor([0.6, -0.8], requires_grad=True, dtype="float64", label="a")
    b = Tensor([1.0, 2.0], requires_grad=True, dtype="float64", label="b")
    total = a + b
    y = (total * np.array([0.3, 0.4])).sum()
    _named(total=total, y=y)
    return y


def _bias_for_all_rows() -> Any:
    x = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True, dtype="float64", label="x")
    b = Tensor([0.5, -0.5], requires_grad=True, dtype="float64", label="b")
    h = x + b
    y = (h * h).sum()
    _named(h=h, y=y)
    return y


@_exhibits(
    "No topological order",
    "A node passed its gradient on before all of it had arrived, and then again with every arrival.",
    _reused,
)
def _no_order(root: Node, seed: Any) -> Run:
    """Recursion: a node gives to an operand and at once lets it do the same.

    The first release of micrograd walked like this (its issue 2): right for every tree, wrong as soon as a result is
    used twice. ``a = 1; b = a + a; c = b + b`` is the smallest case, and six later threads ask why an order is
    needed at all. It costs as well: every way to a node is walked, 2^n for n doublings.
    """
    run = Run([_seeded(root, seed)], {root: seed})
    stack = [(root, _offers(root, run))] if root.op is not None else []
    while stack:
        node, offers = stack[-1]
        offer = next(offers, None)
        if offer is None:
            stack.pop()
            continue
        _give(node, *offer, run)
        if len(run.steps) > _BUDGET:
            run.failure = f"after {_BUDGET:,} steps, because every way to a shared node is walked for itself"
            break
        operand = node.inputs[offer[0]]
        if operand.op is not None:
            stack.append((operand, _offers(operand, run)))
    return run


@_exhibits(
    "Breadth first",
    "A node was visited by its distance from the output, before a longer way had brought the rest of its gradient.",
    _diamond,
)
def _wrong_order(root: Node, seed: Any) -> Run:
    """Each node once, the nearest first: a queue instead of a topological order.

    It passes most tests, because it is right wherever all ways to a node are equally long. A diamond with one long
    side shows it: what arrives by the long side comes too late.
    """
    seen, queue = {root}, deque([root])
    order: list[Node] = []
    while queue:
        node = queue.popleft()
        order.append(node)
        for operand in node.parents():
            if operand.requires_grad and operand not in seen:
                seen.add(operand)
                queue.append(operand)
    return _walk(order, {root: seed})


@_exhibits(
    "Overwritten instead of added",
    "The last use of a node replaced what the others had contributed: '=' where '+=' belongs.",
    _square_and_line,
)
def _overwritten(root: Node, seed: Any) -> Run:
    """Writing ``operand.grad = ...`` in a rule.

    Most lectures make this mistake on purpose, and most first engines make it in earnest; ``x * x`` then has the
    gradient of ``x``. It stays unseen as long as no value is used twice.
    """
    return _walk(_backwards(root), {root: seed}, combine=lambda before, contribution: contribution)


def _two_passes(root: Node, seed: Any, remember: bool) -> Run:
    """Differentiate, take a step of gradient descent, and differentiate again."""
    first = _engine(root, seed)
    leaves = _leaves(root)
    moved = {leaf: leaf.payload - _RATE * first.grads[leaf] for leaf in leaves if leaf in first.grads}
    tape = Tape(root)
    twins = tape.record(moved)
    original = dict(zip(twins, tape.order, strict=True))
    if remember:
        kept = {tape.slot(leaf): first.grads[leaf] for leaf in moved}
        second = _walk(_backwards(twins[-1]), {twins[-1]: seed} | {twins[i]: grad for i, grad in kept.items()})
    else:
        second = _engine(twins[-1], seed)
    steps = [
        Step(original[s.target], original[s.source], s.slot, s.contribution, s.before, s.after) for s in second.steps
    ]
    return Run([*first.steps, *steps], {original[node]: grad for node, grad in second.grads.items()})


def _zeroed(root: Node, seed: Any) -> Run:
    return _two_passes(root, seed, remember=False)


@_exhibits(
    "Forgotten zero_grad",
    "The second step still held the gradient of the first, and moved by the sum of both.",
    _line_fit,
    right=_zeroed,
)
def _forgotten_zero_grad(root: Node, seed: Any) -> Run:
    """Two steps of gradient descent without ``zero_grad()`` between them.

    The mistake everybody makes once, the lecture that built micrograd on camera included. Training then works a
    little, like momentum that never decays, and nobody sees why it stops improving.
    """
    return _two_passes(root, seed, remember=True)


def _fresh(root: Node, seed: Any) -> Run:
    """Call backward twice: leaves add up, inner gradients are fresh."""
    first, second = _engine(root, seed), _engine(root, seed)
    sums = [
        Step(leaf, leaf, -1, second.grads[leaf], first.grads[leaf], first.grads[leaf] + second.grads[leaf])
        for leaf in _leaves(root)
        if leaf in second.grads
    ]
    return Run([*first.steps, *second.steps, *sums], second.grads | {step.target: step.after for step in sums})


@_exhibits(
    "Stale inner gradients",
    "The second pass started from inner gradients that the first had left, and passed them on once more.",
    _half_shared,
    right=_fresh,
)
def _stale_inner(root: Node, seed: Any) -> Run:
    """Calling ``backward()`` twice where inner gradients add up as those of leaves do.

    In micrograd the second call on one graph, or two losses on a shared part, count inner gradients again: 3 instead
    of 2 for two passes (micrograd's issue 53), 44 instead of 32 for two losses. Leaves shall add up, inner nodes not.
    """
    first = _walk(_backwards(root), {root: seed})
    second = _walk(_backwards(root), first.grads | {root: seed})  # only the output's gradient is set anew
    return Run([*first.steps, *second.steps], second.grads)


@_exhibits(
    "Wrong relu",
    "The gradient went through relu where relu is flat: its slope was taken to be 1 everywhere.",
    _dead_neuron,
)
def _wrong_relu(root: Node, seed: Any) -> Run:
    """A relu whose rule forgets the mask.

    Forward and backward disagree, so a finite difference finds it at once; lectures that test ``>= 0`` or
    the output instead of the input make the milder form of it, visible only at 0 and at NaN.
    """

    def contributions(node: Node, grad: Any) -> list[Any]:
        return [grad] if node.op is ops.relu else _honest(node, grad)

    return _walk(_backwards(root), {root: seed}, contributions)


def _clipped(root: Node, seed: Any) -> Run:
    run = _engine(root, seed)
    return _clip(root, run, {leaf: np.array(run.grads[leaf]) for leaf in _leaves(root) if leaf in run.grads})


@_exhibits(
    "Aliased gradients",
    "Two leaves were handed the same array, and scaling the one in place scaled the other as well.",
    _sum_of_two,
    right=_clipped,
    arrays=True,
)
def _aliased(root: Node, seed: Any) -> Run:
    """A sum passes its gradient on to both operands without a copy; then gradients are clipped in place.

    Chainer's small descendant DeZero does this: after ``(a + b).backward()`` both gradients are one array, and
    clipping to a norm of 0.5 leaves 0.125. Nothing is wrong until somebody writes into one.
    """
    run = _walk(_backwards(root), {root: seed})
    one_of: dict[int, Any] = {}  # what was one array stays one array
    shared = {
        leaf: one_of.setdefault(id(run.grads[leaf]), np.array(run.grads[leaf]))
        for leaf in _leaves(root)
        if leaf in run.grads
    }
    return _clip(root, run, shared)


def _clip(root: Node, run: Run, grads: Mapping[Node, Any]) -> Run:
    """Scale the gradients of leaves in place, so that together they have half their length."""
    whole = float(np.sqrt(sum(float(np.sum(np.square(grad))) for grad in grads.values())))
    rate = 0.5 if whole else 1.0
    for leaf, grad in grads.items():
        before = grad.copy()
        np.multiply(grad, rate, out=grad)
        run.steps.append(Step(leaf, leaf, -1, None, before, grad.copy()))
    run.grads = run.grads | dict(grads)
    return run


@_exhibits(
    "Missing un-broadcast",
    "An operand that was stretched to fit got a gradient of the stretched shape instead of its own.",
    _bias_for_all_rows,
    arrays=True,
)
def _no_unbroadcast(root: Node, seed: Any) -> Run:
    """The rule of a sum returns the upstream gradient as it is, though an operand was broadcast.

    Every tensor engine has had this one (PyTorch issue 1787, and many since). It hides in a bias, whose gradient
    must be added up over the batch, until an optimizer broadcasts the parameter itself.
    """
    return _walk(_backwards(root), {root: seed}, _stretched)


def _stretched(node: Node, grad: Any) -> list[Any]:
    """Return what the rules give, in the shape of the result where that is the larger one."""
    op = node.op
    if not isinstance(op, Primitive) or not op.elementwise or not isinstance(node, Tensor):
        return _honest(node, grad)
    args = [x.payload if isinstance(x, Node) else x for x in node.inputs]
    found: list[Any] = []
    for slot, (x, honest) in enumerate(zip(node.inputs, _honest(node, _shrunk(grad, node)), strict=True)):
        rule = None if honest is None else op.rule(slot)
        raw = None if rule is None else np.asarray(rule(grad, node.payload, *args, **node.params))
        found.append(raw if raw is None else np.broadcast_to(raw, np.broadcast_shapes(raw.shape, x.shape)))
    return found


def _shrunk(grad: Any, node: Any) -> Any:
    """Return a gradient in the shape its node should have got; only its being there matters."""
    return grad if grad.shape == node.shape else np.zeros(node.shape, grad.dtype)


# -- quiz ----------------------------------------------------------------------------------------------------

_QUIZZED = ("no_order", "wrong_order", "overwritten", "wrong_relu")
_LARGEST = 40
_SYMBOLS: dict[str, Callable[..., Any]] = {"+": ops.add, "*": ops.multiply, "-": ops.subtract}


class Quiz(Report):
    """A program and a wrong gradient: which mistake was made?

    Attributes:
        program: The program as Python text.
        root: Its output.
        gradients: What the faulty engine found, by name.
        choices: The mistakes to choose from.
        answer: The one that was made.
    """

    def __init__(self, program: str, root: Value, answer: str) -> None:
        self.program, self.root, self.answer = program, root, answer
        self.choices = _QUIZZED
        wrong = EXHIBITS[answer].wrong(root, 1.0)
        found = {node.label: wrong.grads.get(node) for node in topological_order(root)}
        self.gradients = dict(sorted(found.items()))  # the order of the program, whose names are a, b, c, ...

    def blocks(self) -> Iterator[str | Table]:
        """Yield the question; the answer is not in it."""
        yield self.program
        yield f"{self.root.label}.backward() of a faulty engine leaves:"
        yield Table(("node", "gradient"), [(name, number(grad)) for name, grad in self.gradients.items()])
        yield "Which mistake does it make?"
        yield Table(("answer", "mistake"), [(name, EXHIBITS[name].title) for name in self.choices])

    def check(self, guess: str) -> bool:
        """Tell whether a guess is right.

        Raises:
            ValueError: It is none of the choices.
        """
        if guess not in self.choices:
            raise ValueError(f"expected one of {', '.join(self.choices)}, got {guess!r}")
        return guess == self.answer

    def solution(self) -> Comparison:
        """Return the right and the wrong pass, side by side."""
        return compare(self.root, self.answer)


def quiz(seed: int = 0) -> Quiz:
    """Make a small program and differentiate it with a mistake that its gradients give away.

    No other mistake among the choices leads to the same gradients, and none of them is right. The same seed gives
    the same quiz.

    Args:
        seed: Chooses the program and the mistake.

    >>> print(quiz(1))  # doctest: +ELLIPSIS
    a = Value(...
    >>> quiz(1).check(quiz(1).answer)
    True
    """
    rng = np.random.default_rng(seed)
    answer = str(rng.choice(_QUIZZED))
    while True:  # one program in fifty shows the rarest of them
        program, root = _random_program(rng)
        if answer in _told_apart(root):
            return Quiz(program, root, answer)


def _told_apart(root: Value) -> list[str]:
    """Return the mistakes that show in a program and are not to be confused with another."""
    nodes = topological_order(root)

    def outcome(walk: Walk) -> tuple[Any, ...]:
        grads = walk(root, 1.0).grads
        return tuple(grads.get(node) for node in nodes)

    right = outcome(_engine)
    if not all(0 < abs(grad) <= _LARGEST for node, grad in zip(nodes, right, strict=True) if node.op is None):
        return []  # nothing to see, or no fun to compute
    outcomes = {name: outcome(EXHIBITS[name].wrong) for name in _QUIZZED}
    all_of_them = [right, *outcomes.values()]
    return [name for name, found in outcomes.items() if all_of_them.count(found) == 1]


def _random_program(rng: "np.random.Generator") -> tuple[str, Value]:
    """Return a program of a few lines, in which every value is used."""
    nodes: dict[str, Value] = {}
    lines: list[str] = []
    unused: list[str] = []
    names = iter("abcdefghijkl")

    def write(node: Value, text: str) -> None:
        node.label = next(names)
        nodes[node.label] = node
        lines.append(f"{node.label} = {text}")
        unused.append(node.label)

    def combine(x: str, symbol: str, y: str) -> None:
        write(_SYMBOLS[symbol](nodes[x], nodes[y]), f"{x} {symbol} {y}")

    for start in rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], 2).tolist():
        write(Value(start), f"Value({start})")
    for _ in range(int(rng.integers(3, 6))):
        x, y = unused.pop(0), str(rng.choice(list(nodes)))
        symbol = str(rng.choice(["relu", *_SYMBOLS]))
        if symbol == "relu" and nodes[x].data != 0.0:  # not at its kink
            write(nodes[x].relu(), f"{x}.relu()")
            continue
        if y in unused:
            unused.remove(y)
        combine(x, symbol if symbol in _SYMBOLS and x != y else "+", y)
    while len(unused) > 1:
        combine(unused.pop(0), "*", unused.pop(0))
    return "\n".join(lines), nodes[unused[0]]
