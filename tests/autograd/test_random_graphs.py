"""Random programs against a naive engine: every value and every gradient, after every step.

The reference differentiates forwards, by recursion over the program; it shares no idea with the engine's walk.
"""

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import autograd as ag
from autograd import Tensor, Value
from autograd.errors import GraphError, ShapeError

LARGEST = 1e3  # a result beyond is not taken into the program


class Reference:
    """A vertex of the naive engine: a value, its parents, and how a Jacobian passes from each of them."""

    def __init__(self, data: Any, parents: Any = (), requires_grad: bool = False) -> None:
        self.data = np.asarray(data, dtype=np.float64)
        self.parents = [(p, push) for p, push in parents if p.requires_grad]
        self.requires_grad = requires_grad or bool(self.parents)
        self.grad: Any = None

    @property
    def is_leaf(self) -> bool:
        return not self.parents

    def jacobian(self, source: "Reference", size: Any, known: dict[int, Any]) -> Any:
        """Return d self / d source, of shape ``(2, *self.shape, source.size)``, or None where no way leads.

        The second half adds up the sizes of the terms, which tells how many digits are left.
        """
        if self is source:
            unit = np.eye(source.data.size).reshape(*source.data.shape, source.data.size)
            return np.stack([unit, unit])
        if id(self) not in known:
            total = None
            for parent, push in self.parents:
                inner = parent.jacobian(source, size, known)
                if inner is not None:
                    term = np.stack([push(inner[0], False), push(inner[1], True)])
                    total = term if total is None else total + term
            known[id(self)] = total
        return known[id(self)]

    def ancestors(self, seen: dict[int, "Reference"] | None = None) -> list["Reference"]:
        seen = {} if seen is None else seen
        if id(self) not in seen:
            seen[id(self)] = self
            for parent, _ in self.parents:
                parent.ancestors(seen)
        return list(seen.values())

    def gradient(self, source: "Reference") -> tuple[Any, Any]:
        """Return the gradient of the sum of self, and a bound for its rounding errors."""
        jacobian = self.jacobian(source, source.data.size, {})
        exact, sizes = jacobian.reshape(2, -1, source.data.size).sum(axis=1).reshape(2, *source.data.shape)
        return exact, 1e-12 * sizes


def scaled(local: Any, shape: tuple[int, ...]) -> Any:
    """Return how a Jacobian passes an elementwise operation with broadcasting."""
    local = np.broadcast_to(local, shape)

    def push(inner: Any, sizes: bool) -> Any:
        lead = len(shape) + 1 - inner.ndim
        wide = inner.reshape((1,) * lead + inner.shape)
        return np.broadcast_to((np.abs(local) if sizes else local)[..., None] * wide, (*shape, inner.shape[-1]))

    return push


def fit(*references: Reference) -> bool:
    """Tell whether shapes broadcast together."""
    try:
        np.broadcast_shapes(*(r.data.shape for r in references))
    except ValueError:
        return False
    return True


class Machine(RuleBasedStateMachine):
    """Builds one program twice: on nodes, and on references."""

    shapes: ClassVar[tuple[tuple[int, ...], ...]] = ((),)
    keeps_inner = True

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[Any, Reference]] = []

    def make(self, data: Any, requires_grad: bool) -> Any:
        raise NotImplementedError

    def read(self, node: Any) -> Any:
        raise NotImplementedError

    def retained(self, node: Any) -> bool:
        return self.keeps_inner

    # -- the program -------------------------------------------------------------------------------------------

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for shape in self.shapes:
            self.add_leaf(rng.integers(-16, 17, shape) / 8, True)

    def add_leaf(self, data: Any, requires_grad: bool) -> None:
        self.pairs.append((self.make(data, requires_grad), Reference(data, requires_grad=requires_grad)))

    def pick(self, place: int) -> tuple[Any, Reference]:
        return self.pairs[place % len(self.pairs)]

    def accept(self, node: Any, reference: Reference) -> None:
        if reference.data.size <= 64 and np.all(np.abs(reference.data) < LARGEST):
            self.pairs.append((node, reference))

    @rule(seed=st.integers(0, 2**16), requires_grad=st.booleans())
    def leaf(self, seed: int, requires_grad: bool) -> None:
        rng = np.random.default_rng(seed)
        self.add_leaf(rng.integers(-16, 17, self.shapes[seed % len(self.shapes)]) / 8, requires_grad)

    @rule(kind=st.sampled_from(["add", "subtract", "multiply"]), i=st.integers(0, 999), j=st.integers(0, 999))
    def combine(self, kind: str, i: int, j: int) -> None:
        (a, ra), (b, rb) = self.pick(i), self.pick(j)
        if not fit(ra, rb):
            with pytest.raises(ShapeError):
                a + b
            return
        data = getattr(np, kind)(ra.data, rb.data)
        locals_ = {"add": (1.0, 1.0), "subtract": (1.0, -1.0), "multiply": (rb.data, ra.data)}[kind]
        pushes = [scaled(local, data.shape) for local in locals_]
        node = {"add": lambda: a + b, "subtract": lambda: a - b, "multiply": lambda: a * b}[kind]()
        self.accept(node, Reference(data, [(ra, pushes[0]), (rb, pushes[1])]))

    @rule(i=st.integers(0, 999), factor=st.integers(-8, 8), left=st.booleans())
    def scale_and_shift(self, i: int, factor: int, left: bool) -> None:
        a, ra = self.pick(i)
        node = factor - a * factor if left else a * factor - factor
        sign = -factor if left else factor
        data = sign * ra.data - sign
        self.accept(node, Reference(data, [(ra, scaled(float(sign), data.shape))]))

    @rule(i=st.integers(0, 999), kind=st.sampled_from(["tanh", "relu"]))
    def bend(self, i: int, kind: str) -> None:
        a, ra = self.pick(i)
        data = np.tanh(ra.data) if kind == "tanh" else np.maximum(ra.data, 0.0)
        local = 1.0 - np.tanh(ra.data) ** 2 if kind == "tanh" else (ra.data > 0) * 1.0
        node = a.tanh() if kind == "tanh" else a.relu()
        self.accept(node, Reference(data, [(ra, scaled(local, data.shape))]))

    @rule(i=st.integers(0, 999), j=st.integers(0, 999), k=st.integers(0, 999))
    def choose(self, i: int, j: int, k: int) -> None:
        (c, rc), (a, ra), (b, rb) = self.pick(i), self.pick(j), self.pick(k)
        if not fit(rc, ra, rb):
            return
        data = np.where(rc.data > 0, ra.data, rb.data)
        mask = np.broadcast_to(rc.data > 0, data.shape) * 1.0
        parents = [(ra, scaled(mask, data.shape)), (rb, scaled(1.0 - mask, data.shape))]
        self.accept(ag.where(c > 0, a, b), Reference(data, parents))

    @rule(i=st.integers(0, 999))
    def detach(self, i: int) -> None:
        a, ra = self.pick(i)
        self.pairs.append((a.detach(), Reference(ra.data)))

    # -- gradients ---------------------------------------------------------------------------------------------

    @rule(i=st.integers(0, 999))
    def backward(self, i: int) -> None:
        root, reference = self.pick(i)
        if not reference.requires_grad:
            with pytest.raises(GraphError):
                root.backward()
            return
        self.run_backward(root)
        places = {id(r): n for n, r in self.pairs}
        for source in reference.ancestors():
            node = places.get(id(source))
            if not source.is_leaf and (node is None or not self.retained(node)):
                continue
            exact, error = reference.gradient(source)
            if source.is_leaf and source.grad is not None:
                source.grad = (source.grad[0] + exact, source.grad[1] + error + 1e-15 * np.abs(exact))
            else:
                source.grad = (exact, error)

    def run_backward(self, root: Any) -> None:
        root.backward()

    @rule(i=st.integers(0, 999))
    def zero_grad(self, i: int) -> None:
        node, reference = self.pick(i)
        node.zero_grad()
        reference.grad = None

    @precondition(lambda self: len(self.pairs) > 6)
    @rule()
    def zero_all(self) -> None:
        for node, reference in self.pairs:
            node.zero_grad()
            reference.grad = None

    @invariant()
    def agrees(self) -> None:
        for node, reference in self.pairs:
            np.testing.assert_allclose(self.read(node.data), reference.data, rtol=1e-12, atol=1e-12)
            assert node.requires_grad == reference.requires_grad
            gradient = node.gradient
            if reference.grad is None:
                assert gradient is None
                continue
            exact, error = reference.grad
            assert gradient is not None
            found = self.read(gradient)
            assert np.shape(found) == exact.shape
            assert np.all(np.abs(found - exact) <= error + 1e-12), (found, exact)


class ValueMachine(Machine):
    """Programs of numbers; every node keeps its gradient."""

    def make(self, data: Any, requires_grad: bool) -> Value:
        return Value(float(data), requires_grad=requires_grad)

    def read(self, node: Any) -> Any:
        return np.asarray(float(node))

    @rule(places=st.lists(st.integers(0, 999), min_size=1, max_size=4))
    def add_up(self, places: list[int]) -> None:
        chosen = [self.pick(i) for i in places]
        node, reference = chosen[0]
        for other, r in chosen[1:]:
            one = scaled(1.0, ())
            reference = Reference(reference.data + r.data, [(reference, one), (r, one)])
            node = node + other
        self.accept(node, reference)


class TensorMachine(Machine):
    """Programs of arrays that broadcast; leaves keep their gradient, and results that were asked to."""

    shapes: ClassVar[tuple[tuple[int, ...], ...]] = ((), (3,), (2, 1), (2, 3), (1,))
    keeps_inner = False

    def make(self, data: Any, requires_grad: bool) -> Tensor:
        return Tensor(np.asarray(data, dtype=np.float64), requires_grad=requires_grad)

    def read(self, node: Any) -> Any:
        array = node.payload if isinstance(node, Tensor) else np.asarray(node)
        assert array.dtype == np.float64
        return array

    def retained(self, node: Any) -> bool:
        return bool(node.retains_grad)

    def run_backward(self, root: Any) -> None:
        root.backward(np.ones(root.shape))

    @rule(i=st.integers(0, 999), axis=st.sampled_from([None, 0, -1]), keepdims=st.booleans())
    def add_up(self, i: int, axis: int | None, keepdims: bool) -> None:
        a, ra = self.pick(i)
        axes = tuple(range(ra.data.ndim)) if axis is None or not ra.data.ndim else (axis % ra.data.ndim,)

        def push(inner: Any, sizes: bool) -> Any:
            return inner.sum(axis=axes, keepdims=keepdims)

        node = a.sum(axis=axes if ra.data.ndim else None, keepdims=keepdims)
        self.accept(node, Reference(ra.data.sum(axis=axes, keepdims=keepdims), [(ra, push)]))

    @rule(i=st.integers(0, 999), row=st.integers(0, 1))
    def select(self, i: int, row: int) -> None:
        a, ra = self.pick(i)
        if ra.data.ndim == 0:
            return
        index = row % ra.data.shape[0]
        self.accept(a[index], Reference(ra.data[index], [(ra, lambda inner, sizes: inner[index])]))

    @rule(i=st.integers(0, 999))
    def retain(self, i: int) -> None:
        node, reference = self.pick(i)
        if reference.requires_grad:
            node.retain_grad()


FAST = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True, database=None)

TestValuePrograms = ValueMachine.TestCase
TestValuePrograms.settings = FAST
TestTensorPrograms = TensorMachine.TestCase
TestTensorPrograms.settings = FAST


def test_the_reference_knows_the_product_rule() -> None:
    x = Reference(3.0, requires_grad=True)
    square = Reference(9.0, [(x, scaled(3.0, ())), (x, scaled(3.0, ()))])
    assert square.gradient(x)[0] == 6.0
