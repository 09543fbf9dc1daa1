"""Formulas: read back by an evaluator of their own, they give the numbers that the engine gives."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import REGISTRY, Tensor, Value
from autograd.errors import GraphError
from viz.formula import ARITHMETIC, LATEX, derivative, expression

FAST = settings(max_examples=120, deadline=None, derandomize=True, database=None)
HOSTILE = ['a"b', "<script>alert(1)</script>", "a|b", "{x}", "two\nlines", "</script>", "\N{PILE OF POO}", "x" * 10**6]


class Reader:
    """Evaluates the text of an expression: ``+ - * / ^``, parentheses, names and operations, nothing else."""

    TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)|(\w+)|(.))")

    def __init__(self, text: str, names: dict[str, float]) -> None:
        body, _, definitions = text.partition("\nwhere\n")
        self.names = dict(names)
        for line in definitions.splitlines():
            name, _, formula = line.strip().partition(" = ")
            assert name not in self.names
            self.names[name] = self.evaluate(formula)
        self.value = self.evaluate(body)

    def evaluate(self, formula: str) -> float:
        self.tokens = [next(part for part in found if part) for found in self.TOKEN.findall(formula)]
        self.tokens.append("end")
        value = self.sum()
        assert self.tokens == ["end"], formula
        return value

    def accept(self, *tokens: str) -> str:
        return self.tokens.pop(0) if self.tokens[0] in tokens else ""

    def sum(self) -> float:
        value = -self.product() if self.accept("-") else self.product()
        while sign := self.accept("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while sign := self.accept("*", "/"):
            other = self.power()
            value = value * other if sign == "*" else float(np.float64(value) / other)
        return value

    def power(self) -> float:
        base = self.atom()
        return float(np.float64(base) ** self.atom()) if self.accept("^") else base

    def atom(self) -> float:
        token = self.tokens.pop(0)
        if token == "(":
            value = self.sum()
            assert self.accept(")")
            return value
        if token in ("inf", "nan") or token[0].isdigit():
            return float(token)
        if not self.accept("("):
            return self.names[token]
        operands: list[float] = []
        params: dict[str, float] = {}
        while not self.accept(")"):
            if self.tokens[1] == "=":
                name = self.tokens.pop(0)
                self.accept("=")
                params[name] = self.sum()
            else:
                operands.append(self.sum())
            self.accept(",")
        return float(REGISTRY[token](*map(np.float64, operands), **params))


def read(found: Any, **names: float) -> float:
    with np.errstate(all="ignore"):
        return Reader(str(found), names).value


UNARY = [
    "tanh", "exp", "sigmoid", "sin", "cos", "square", "log", "sqrt", "softplus", "reciprocal", "negative", "relu",
    "absolute", "arctan", "gelu", "silu", "log1p", "cbrt", "erf", "logsigmoid", "expm1", "sinh", "softsign",
]  # fmt: skip
BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "hypot", "logaddexp", "arctan2", "xlogy"]
NAMES = ["x", "w1", "beta"]


@st.composite
def graphs(draw: st.DrawFn) -> list[Value]:
    nodes = [Value(draw(st.sampled_from([0.5, 1.25, 2.0, -1.5, 3.0])), label=name) for name in NAMES]
    constants = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.1, -3.0, 0.5])
    for _ in range(draw(st.integers(1, 10))):
        pick = st.integers(0, len(nodes) - 1).map(nodes.__getitem__)
        if draw(st.booleans()):
            nodes.append(REGISTRY[draw(st.sampled_from(UNARY))](draw(pick)))
        else:
            nodes.append(REGISTRY[draw(st.sampled_from(BINARY))](draw(pick), draw(st.one_of(pick, constants))))
    return nodes


def used(y: Value) -> dict[str, float]:
    return {n.label: n.data for n in ag.topological_order(y) if n.label}


def sane(y: Value) -> bool:
    return all(math.isfinite(n.payload) and abs(n.payload) < 1e4 for n in ag.topological_order(y))


@FAST
@given(graphs())
def test_the_formula_gives_the_value(nodes: list[Value]) -> None:
    y = nodes[-1]
    assume(sane(y))
    assert read(expression(y), **used(y)) == pytest.approx(y.data, rel=1e-9, abs=1e-9)


@FAST
@given(graphs(), st.sampled_from([0, 1, 2]))
def test_the_formula_of_the_derivative_gives_the_gradient(nodes: list[Value], which: int) -> None:
    x, y = nodes[which], nodes[-1]
    assume(sane(y) and x in set(ag.topological_order(y)))
    y.backward()
    steps = [abs(n.gradient) for n in ag.topological_order(y) if n.gradient is not None]
    assume(all(math.isfinite(g) and g < 1e6 for g in steps))
    found = read(derivative(y, x), **used(y))
    if math.isfinite(found):  # on paper 0/0 is not 0: an upstream gradient of exactly zero is no gradient here
        assert found == pytest.approx(x.grad, rel=1e-9, abs=1e-9 * max(1.0, *steps))


@pytest.mark.parametrize("seed", range(20))
def test_long_sums_and_products_keep_their_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    leaves = [Value(rng.uniform(0.5, 1.5), label=f"x{i}") for i in range(20)]
    nodes = list(leaves)
    for _ in range(60):
        op = REGISTRY[str(rng.choice(["multiply", "divide", "multiply", "divide", "add", "subtract"]))]
        a, b = rng.integers(0, len(nodes), 2)
        other = nodes[b] if rng.random() < 0.8 else float(rng.choice([0.1, -0.3, 2.0]))
        nodes.append(op(*((nodes[a], other) if rng.random() < 0.5 else (other, nodes[a]))))
        if not 1e-3 < abs(nodes[-1].data) < 1e3:
            nodes.pop()
    for y in nodes[20:]:
        size = max(abs(n.data) for n in ag.topological_order(y))
        assert read(expression(y), **used(y)) == pytest.approx(y.data, rel=1e-9, abs=1e-12 * size)
    product = leaves[0]
    for leaf in leaves[1:]:
        product = product * leaf
    quotient = (leaves[0] * 0.1) / (product * 0.7)
    assert read(expression(quotient), **used(quotient)) == pytest.approx(quotient.data, rel=1e-12)


@FAST
@given(graphs())
def test_what_is_written_is_the_same_for_the_same_program(nodes: list[Value]) -> None:
    y = nodes[-1]
    assert str(expression(y)) == str(expression(y))
    for found in (expression(y), derivative(y, nodes[0]) if nodes[0] in set(ag.topological_order(y)) else None):
        if found is not None:
            assert found.latex.count("{") == found.latex.count("}")
            assert found.latex.count(r"\left") == found.latex.count(r"\right")


x, w = Value(2.0, label="x"), Value(3.0, label="w")


@pytest.mark.parametrize(
    ("y", "text"),
    [
        (x * 0.0 + w, "w"),
        (1.0 * x + 0.0, "x"),
        (x * x, "x^2"),
        (x * x * x * w, "x^3*w"),
        (x + x, "2*x"),
        (x - x, "0"),
        (2.0 * (3.0 * x), "6*x"),
        (0.1 * (0.1 * x), "0.1*0.1*x"),  # 0.01 is not the product of these two floats
        (x - (w - 1.0), "x - w + 1"),
        (-(x + w), "-(x + w)"),
        (-(x * w), "-x*w"),
        ((x + w) * (x + w), "(x + w)^2"),
        (x / (w * 2.0), "0.5*x/w"),
        (x / 3.0, "x/3"),
        (1.0 / (x / w), "1/(x/w)"),
        ((x**2) ** 3, "x^6"),
        ((-x) ** 2, "x^2"),
        ((-x) ** 3, "-x^3"),
        ((-2.0 * x) ** 2, "(-2*x)^2"),
        (x**-1, "1/x"),
        (x ** (w + 1.0), "x^(w + 1)"),
        ((x**w) ** w, "(x^w)^w"),
        (2.0**x, "2^x"),
        (x.exp().log(), "log(exp(x))"),
        (ag.leaky_relu(x, negative_slope=0.1), "leaky_relu(x, negative_slope=0.1)"),
        (ag.where(True, x, w), "x"),
        (w - x, "w - x"),
        (x / w / x, "1/w"),
        (x * 1e-7, "1e-07*x"),
        (-3.0 / x, "-3/x"),
        (Value(4.0, requires_grad=False) * x, "4*x"),
        (Value(4.0, requires_grad=False, label="c") * x, "c*x"),
    ],
)
def test_simplification(y: Value, text: str) -> None:
    assert str(expression(y)) == text


@pytest.mark.parametrize(
    ("y", "text"),
    [
        (x * w + 3.0, "w"),
        (x**3, "3*x^2"),
        (x.tanh(), "1 - tanh(x)^2"),
        (x.log() * x, "log(x) + 1"),
        (x.sin(), "cos(x)"),
        (x.relu(), "1"),
        ((-x).relu(), "0"),
        (x.exp() * 1.0, "exp(x)"),
        (x.sqrt(), "0.5/sqrt(x)"),
        (x / w, "1/w"),
        (w / x, "-w/x^2"),
        (x.sigmoid(), "sigmoid(x)*(1 - sigmoid(x))"),
    ],
)
def test_derivatives_read_as_on_paper(y: Value, text: str) -> None:
    assert str(derivative(y, x)) == text


def test_higher_derivatives_and_derivatives_by_results() -> None:
    assert str(derivative(x**4, x, x, x)) == "24*x"
    assert str(derivative(x * x * w, x, w)) == "2*x"
    assert str(derivative(x * 2.0, x, x)) == "0"
    h = x * w
    assert str(derivative(h * h, h)) == "2*x*w"


def test_shared_parts_are_written_once() -> None:
    hidden = (x * w + 1.0).tanh()
    found = expression(hidden * hidden.exp() + hidden.sin())
    assert str(found).splitlines()[1:] == ["where", "  u = tanh(x*w + 1)"]
    assert str(found).count("tanh") == 1
    hidden.label = "h"
    assert "h = tanh" in str(expression(hidden * hidden.exp()))
    u = Value(1.0, label="u")
    assert "v = tanh" in str(expression((u * w + 0.5).tanh() * (u * w + 0.5).tanh().exp()))


def test_names_come_from_labels_then_variables_then_ids() -> None:
    a, b, c = Value(1.0, label="a"), Value(2.0), Value(3.0)
    assert str(expression(a * b + c, names={"b": b})) == "a*b + n3"
    twin = Value(5.0, label="a")
    assert str(expression(a + twin)) == "a + a_2"


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_names(label: str) -> None:
    x = Value(2.0, label=label)
    found = derivative(x * x * 3.0, x)
    assert re.fullmatch(r"6\*\w{1,60}", str(found))
    assert not set('<>"|\n') & set(found.latex)
    assert found.latex.count("{") == found.latex.count("}")


def test_t6_deep_graphs_are_written_without_recursion_and_in_linear_time() -> None:
    y = x = Value(0.5, label="x")
    for _ in range(8_000):
        y = (y * 0.5 + x).tanh()
    text = str(expression(y))
    assert len(text) < 40 * 8_000
    assert max(map(len, text.splitlines())) < 400
    assert len(str(derivative(y, x))) < 200 * 8_000


def test_a_small_graph_with_many_ways_stays_small() -> None:
    y = Value(0.5, label="x")
    for _ in range(60):
        y = y * y + y.sin()
    assert len(str(expression(y))) < 6_000


def test_latex() -> None:
    w1, alpha = Value(2.0, label="w1"), Value(1.0, label="alpha")
    y = (w1 * alpha / (1.0 + alpha.exp())).sqrt() * 1e-7
    assert expression(y).latex == r"10^{-7}\,\sqrt{\frac{w_{1}\,\alpha}{1 + e^{\alpha}}}"
    assert derivative((w1 + alpha) ** 2, w1)._repr_latex_() == r"$\displaystyle 2\,\left(w_{1} + \alpha\right)$"
    assert expression(Value(1.0, label="learning_rate") * 1.0).latex == r"\mathrm{learning}_{\mathrm{rate}}"
    assert expression(1e-7**alpha).latex == r"\left(10^{-7}\right)^{\alpha}"
    assert r"\text{where}" in expression((x * w + 1.0).tanh() * (x * w + 1.0).tanh().exp()).latex


def test_long_latex_is_left_to_print() -> None:
    y = x
    for _ in range(500):
        y = (y * w).tanh()
    assert expression(y)._repr_latex_() is None


SCALAR = sorted(name for name, op in REGISTRY.items() if op.elementwise)


@pytest.mark.parametrize("name", SCALAR)
def test_every_operation_on_numbers_has_its_latex(name: str) -> None:
    assert (name in LATEX) != (name in ARITHMETIC)
    if name in LATEX:
        places = {int(i) for i in re.findall(r"#(\d)", LATEX[name])}
        assert places == set(range(1, REGISTRY[name].arity + 1))


def test_no_latex_of_what_is_no_operation() -> None:
    assert set(SCALAR) == set(LATEX) | set(ARITHMETIC)


def test_an_operation_of_ones_own_is_written_by_its_name() -> None:
    @ag.primitive
    def cube_of(x: Any, /) -> Any:
        return x * x * x

    cube_of.defvjp(lambda g, out, x: g * 3 * x * x)
    found = expression(cube_of(x) + 1.0)
    assert str(found) == "cube_of(x) + 1"
    assert found.latex == r"\operatorname{cube\_of}\left(x\right) + 1"
    assert str(derivative(cube_of(x), x)) == "3*x^2"


def test_nothing_is_touched() -> None:
    x = Value(2.0, label="x")
    y = x * x
    y.backward()
    derivative(y, x, x)
    expression(y)
    assert (x.grad, y.grad, x.data, y.data) == (4.0, 1.0, 2.0, 4.0)


def test_what_cannot_be_written_is_refused() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    with pytest.raises(GraphError, match="'b' that takes no part"):
        derivative(a * a, b)
    with pytest.raises(TypeError, match="got none"):
        derivative(a)
    with pytest.raises(TypeError, match="got Tensor"):
        expression(Tensor([1.0], requires_grad=True))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got Tensor"):
        expression(Tensor([1.0], requires_grad=True).values()[0] * 2.0)
    with pytest.raises(GraphError):
        derivative(a * Value(1.0, requires_grad=False, label="c"), Value(1.0, requires_grad=False))
