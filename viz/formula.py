"""Formulas of graphs of numbers, and of their derivatives, as text and as LaTeX.

There is no second set of derivative rules here: the engine differentiates with ``create_graph=True``, which gives the
gradient as a graph of its own, and that graph is written down like any other.

On the way from the graph to the page every node becomes a *scaled term*: an exact number times a term. Terms are
interned, so that what is computed twice is one term, and simplified as they are made.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd.errors import GraphError
from autograd.graph import ancestors_of, gradients, topological_order
from autograd.mode import enable_grad
from autograd.node import Node
from autograd.value import Value

from .quantity import NAME_LENGTH
from .table import Names, one_line

__all__ = ["ARITHMETIC", "LATEX", "Expression", "derivative", "expression"]

LATEX = {
    "absolute": r"\left|#1\right|",
    "arccos": r"\arccos\left(#1\right)",
    "arccosh": r"\operatorname{arcosh}\left(#1\right)",
    "arcsin": r"\arcsin\left(#1\right)",
    "arcsinh": r"\operatorname{arsinh}\left(#1\right)",
    "arctan": r"\arctan\left(#1\right)",
    "arctan2": r"\operatorname{atan2}\left(#1, #2\right)",
    "arctanh": r"\operatorname{artanh}\left(#1\right)",
    "bessel_j0": r"J_{0}\left(#1\right)",
    "bessel_j1": r"J_{1}\left(#1\right)",
    "bessel_y0": r"Y_{0}\left(#1\right)",
    "bessel_y1": r"Y_{1}\left(#1\right)",
    "beta": r"\mathrm{B}\left(#1, #2\right)",
    "betaln": r"\ln \mathrm{B}\left(#1, #2\right)",
    "cbrt": r"\sqrt[3]{#1}",
    "ceil": r"\left\lceil #1\right\rceil",
    "clip": r"\operatorname{clip}\left(#1, #2, #3\right)",
    "copysign": r"\operatorname{copysign}\left(#1, #2\right)",
    "cos": r"\cos\left(#1\right)",
    "cosh": r"\cosh\left(#1\right)",
    "digamma": r"\psi\left(#1\right)",
    "elu": r"\operatorname{ELU}\left(#1\right)",
    "entr": r"\operatorname{entr}\left(#1\right)",
    "equal": r"\left[#1 = #2\right]",
    "erf": r"\operatorname{erf}\left(#1\right)",
    "erfc": r"\operatorname{erfc}\left(#1\right)",
    "erfcx": r"\operatorname{erfcx}\left(#1\right)",
    "erfinv": r"\operatorname{erf}^{-1}\left(#1\right)",
    "exp": r"e^{#1}",
    "exp2": r"2^{#1}",
    "expm1": r"\left(e^{#1} - 1\right)",
    "floor": r"\left\lfloor #1\right\rfloor",
    "floor_divide": r"\left\lfloor\frac{#1}{#2}\right\rfloor",
    "fmax": r"\operatorname{fmax}\left(#1, #2\right)",
    "fmin": r"\operatorname{fmin}\left(#1, #2\right)",
    "fmod": r"\operatorname{fmod}\left(#1, #2\right)",
    "gammainc": r"P\left(#1, #2\right)",
    "gammaincc": r"Q\left(#1, #2\right)",
    "gammaln": r"\ln \Gamma\left(#1\right)",
    "gelu": r"\operatorname{GELU}\left(#1\right)",
    "greater": r"\left[#1 > #2\right]",
    "greater_equal": r"\left[#1 \geq #2\right]",
    "hardtanh": r"\operatorname{hardtanh}\left(#1\right)",
    "heaviside": r"\operatorname{H}\left(#1, #2\right)",
    "hypot": r"\operatorname{hypot}\left(#1, #2\right)",
    "i0": r"I_{0}\left(#1\right)",
    "i0e": r"\operatorname{i0e}\left(#1\right)",
    "i1": r"I_{1}\left(#1\right)",
    "i1e": r"\operatorname{i1e}\left(#1\right)",
    "leaky_relu": r"\operatorname{LeakyReLU}\left(#1\right)",
    "less": r"\left[#1 < #2\right]",
    "less_equal": r"\left[#1 \leq #2\right]",
    "log": r"\ln\left(#1\right)",
    "log10": r"\log_{10}\left(#1\right)",
    "log1p": r"\ln\left(1 + #1\right)",
    "log2": r"\log_{2}\left(#1\right)",
    "log_ndtr": r"\ln \Phi\left(#1\right)",
    "logaddexp": r"\ln\left(e^{#1} + e^{#2}\right)",
    "logaddexp2": r"\operatorname{logaddexp2}\left(#1, #2\right)",
    "logit": r"\operatorname{logit}\left(#1\right)",
    "logsigmoid": r"\ln\sigma\left(#1\right)",
    "maximum": r"\max\left(#1, #2\right)",
    "minimum": r"\min\left(#1, #2\right)",
    "mish": r"\operatorname{mish}\left(#1\right)",
    "nan_to_num": r"\operatorname{nan\_to\_num}\left(#1\right)",
    "ndtr": r"\Phi\left(#1\right)",
    "ndtri": r"\Phi^{-1}\left(#1\right)",
    "not_equal": r"\left[#1 \neq #2\right]",
    "polygamma": r"\psi^{(#1)}\left(#2\right)",
    "relu": r"\operatorname{ReLU}\left(#1\right)",
    "relu6": r"\operatorname{ReLU6}\left(#1\right)",
    "remainder": r"\operatorname{mod}\left(#1, #2\right)",
    "rint": r"\operatorname{round}\left(#1\right)",
    "rsqrt": r"\frac{1}{\sqrt{#1}}",
    "sigmoid": r"\sigma\left(#1\right)",
    "sign": r"\operatorname{sgn}\left(#1\right)",
    "silu": r"\operatorname{SiLU}\left(#1\right)",
    "sin": r"\sin\left(#1\right)",
    "sinc": r"\operatorname{sinc}\left(#1\right)",
    "sinh": r"\sinh\left(#1\right)",
    "softplus": r"\operatorname{softplus}\left(#1\right)",
    "softsign": r"\operatorname{softsign}\left(#1\right)",
    "sqrt": r"\sqrt{#1}",
    "tan": r"\tan\left(#1\right)",
    "tanh": r"\tanh\left(#1\right)",
    "trunc": r"\operatorname{trunc}\left(#1\right)",
    "where": r"\operatorname{where}\left(#1, #2, #3\right)",
    "xlog1py": r"\operatorname{xlog1py}\left(#1, #2\right)",
    "xlogy": r"\operatorname{xlogy}\left(#1, #2\right)",
    "zeta": r"\zeta\left(#1, #2\right)",
}
"""How each operation that is not arithmetic is written in LaTeX; ``#1`` is its first operand. Others: ``name(...)``."""

_POWERS = {"exp", "exp2"}  # written as powers, so a power of them needs parentheses

_MERGED = 12
"""Sums and products of more parts than this are not merged into larger ones, which keeps the work linear."""

_SHARED = 12
"""What is used more than once and takes more letters than this is written once, under a name."""

_LONG = 160
"""What takes more letters than this is given a name however often it is used."""

_NOTEBOOK = 4000
"""LaTeX beyond this length is left to ``print``; a browser would be busy with it for seconds."""

_GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
))  # fmt: skip

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4  # how tightly a text holds together

Scaled = tuple[float, int]
"""A number times the term of that index."""

Factors = list[tuple[int, int]]
"""Terms and their exponents."""


class Expression:
    """A formula. ``print`` shows it as text, a notebook as mathematics.

    Attributes:
        text: The formula, followed by the definitions of its shared parts; operations are called by their names.
        latex: The same for LaTeX's display mode.
    """

    def __init__(self, text: str, latex: str) -> None:
        self.text, self.latex = text, latex

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def _repr_latex_(self) -> str | None:
        return f"$\\displaystyle {self.latex}$" if len(self.latex) <= _NOTEBOOK else None


def expression(y: Value, names: Mapping[str, object] | None = None) -> Expression:
    """Return the formula that a number was computed by.

    Leaves are called by their label, by the variable that ``names`` has for them, or by their id in the picture;
    constants stand as numbers. Zeros and ones vanish, equal parts are gathered, and constants are folded where that
    is exact. A large part that is used twice is written once, under a name.

    Args:
        y: The result.
        names: Names for nodes that have no label, such as ``locals()``.

    Raises:
        TypeError: ``y`` is no ``Value``, or was computed from a ``Tensor``.

    >>> x, w = Value(2.0, label="x"), Value(3.0, label="w")
    >>> expression((x * w + 1.0).tanh() / (x * x))
    tanh(x*w + 1)/x^2
    """
    _check(y)
    return _write(y, Names(y, names))


def derivative(y: Value, *variables: Value, names: Mapping[str, object] | None = None) -> Expression:
    """Return the formula of the derivative of ``y`` with respect to a variable; to several, one after the other.

    The engine differentiates, this function writes the result down. A graph knows the numbers it was computed with:
    where an operation chooses by them, as ``relu`` and ``where`` do, the formula is that of the chosen side.

    Args:
        y: The result.
        *variables: What to differentiate with respect to: a leaf or a result; twice the same for the second derivative.
        names: Names for nodes that have no label, such as ``locals()``.

    Raises:
        TypeError: Something is no ``Value``, or no variable was given.
        GraphError: A variable takes no part in ``y``.

    >>> x, w = Value(2.0, label="x"), Value(3.0, label="w")
    >>> y = (x * w).tanh()
    >>> derivative(y, x)
    w*(1 - tanh(x*w)^2)
    >>> derivative(x ** 3, x, x)
    6*x
    """
    if not variables:
        raise TypeError("expected a variable to differentiate with respect to, derivative(y, x), got none")
    for node in (y, *variables):
        _check(node)
    found = y
    name = Names(y, names)
    for x in variables:
        found = _differentiate(found, x, first=found is y)
    return _write(found, name)


def _check(node: object) -> None:
    if not isinstance(node, Value):
        raise TypeError(
            f"expected a Value, got {type(node).__name__}; formulas are written for graphs of numbers, "
            "draw(y) shows any graph"
        )


def _differentiate(y: Value, x: Value, first: bool) -> Value:
    order = topological_order(y, every=False)
    between = ancestors_of(order, [x]) if x in set(order) else set()
    if y not in between or not x.requires_grad:
        if first or not x.requires_grad:
            who = repr(one_line(x.label)) if x.label else "one"
            raise GraphError(
                f"expected a variable that the result was computed from, got {who} that takes no part in it "
                "(or no gradient reaches it)"
            )
        return Value(0.0, requires_grad=False)  # a derivative may well be constant
    with np.errstate(all="ignore"), enable_grad():
        seed = Value(1.0, requires_grad=False)
        grads = gradients(order, {y: seed}, create_graph=True, wanted=between)
    found: Value = grads[x] if x in grads else Value(0.0, requires_grad=False)
    return found


def _write(y: Value, name: Names) -> Expression:
    """Write a graph down."""
    order = topological_order(y)
    terms = _Terms()
    found: dict[Node, Scaled] = {}
    labels: dict[int, str] = {}
    leaf_names = _Identifiers()
    for node in order:
        _check(node)
        if node.op is None:
            found[node] = _leaf(node, terms, name, leaf_names)
            continue
        operands = [found[x] if isinstance(x, Node) else terms.constant(x) for x in node.inputs]
        found[node] = terms.apply(node.op.name, operands, node.params)
        factor, term = found[node]
        if node.label and factor == 1.0:
            labels.setdefault(term, node.label)
    return _Writer(terms, labels, leaf_names).expression(found[y])


def _leaf(node: Node, terms: "_Terms", name: Names, names: "_Identifiers") -> Scaled:
    """Return a leaf's name; a constant that has none is its number."""
    if not node.requires_grad and (not name.knows(node) or name.is_id(node)):
        return terms.constant(node.payload)
    return 1.0, terms.intern(("name", names.take(name(node))))


class _Identifiers:
    """Gives out names, each once."""

    def __init__(self) -> None:
        self._taken = {"inf", "nan"}
        self._spare = itertools.chain("uvw", (f"u{i}" for i in itertools.count(1)))

    def take(self, wish: str) -> str:
        """Return a name like the one wished for, made of letters, digits and underscores."""
        base = "".join(c if c.isalnum() or c == "_" else "_" for c in wish)
        if not base.isidentifier():
            base = f"_{base}"
        unique, count = base, 1
        while unique in self._taken:
            count += 1
            unique = f"{base}_{count}"
        self._taken.add(unique)
        return unique

    def definition(self, wish: str) -> str:
        """Return the name of a shared part: its own if it has one that is free, else the next of u, v, w, u1, ..."""
        if len(wish) <= NAME_LENGTH and wish.isidentifier() and wish not in self._taken:
            self._taken.add(wish)
            return wish
        return next(name for name in self._spare if name not in self._taken)


# -- terms ---------------------------------------------------------------------------------------------------


class _Terms:
    """All terms of a formula, each once. A term is a tuple; it names others by their index.

    There are ``("one",)``, ``("name", text)``, ``("number", x)``, ``("sum", ((factor, term), ...))``,
    ``("product", over, under)`` with both of the form ``((term, exponent), ...)``, ``("power", base, exponent)`` and
    ``("call", op, operands, params)``.
    """

    ONE = 0

    def __init__(self) -> None:
        self.all: list[tuple[Any, ...]] = [("one",)]
        self._index: dict[tuple[Any, ...], int] = {("one",): self.ONE}

    def intern(self, term: tuple[Any, ...]) -> int:
        """Return the index of a term."""
        if term not in self._index:
            self._index[term] = len(self.all)
            self.all.append(term)
        return self._index[term]

    def constant(self, x: Any) -> Scaled:
        """Return a number; what is none is written as it is."""
        if isinstance(x, bool) or not isinstance(x, int | float):
            return 1.0, self.intern(("name", one_line(repr(x))))
        return float(x), self.ONE

    def apply(self, op: str, operands: list[Scaled], params: Mapping[str, Any]) -> Scaled:
        """Return an operation on scaled terms, simplified."""
        if op in ARITHMETIC and not (params and op != "astype"):
            return ARITHMETIC[op](self, *operands)
        if op == "where" and self.all[operands[0][1]][0] == "name":
            chosen = {"True": 1, "False": 2}.get(self.all[operands[0][1]][1])
            if chosen is not None:
                return operands[chosen]
        kept = tuple((name, one_line(repr(value))) for name, value in params.items())
        return 1.0, self.intern(("call", op, tuple(map(self.term, operands)), kept))

    def term(self, scaled: Scaled) -> int:
        """Return a scaled term as a term."""
        factor, term = scaled
        return term if factor == 1.0 and term != self.ONE else self.intern(("sum", (scaled,)))

    # -- sums

    def add(self, x: Scaled, y: Scaled) -> Scaled:
        """Return ``x + y``, with equal terms gathered."""
        parts = [*self._summands(x), *self._summands(y)]
        if len(parts) > _MERGED:
            parts = [x, y]
        total: list[Scaled] = []
        places: dict[int, int] = {}
        for factor, term in parts:
            known = places.get(term)
            both = None if known is None else _exactly(_add, total[known][0], factor)
            if known is not None and both is not None:
                total[known] = (both, term)
            elif factor != 0.0:
                places[term] = len(total)
                total.append((factor, term))
        total = [part for part in total if part[0] != 0.0]
        if not total:
            return 0.0, self.ONE
        return total[0] if len(total) == 1 else (1.0, self.intern(("sum", tuple(total))))

    def _summands(self, x: Scaled) -> list[Scaled]:
        factor, term = x
        kind, *rest = self.all[term]
        return [(factor * f, t) for f, t in rest[0]] if kind == "sum" and abs(factor) == 1.0 else [x]

    def subtract(self, x: Scaled, y: Scaled) -> Scaled:
        """Return ``x - y``."""
        return self.add(x, self.negative(y))

    def negative(self, x: Scaled) -> Scaled:
        """Return ``-x``."""
        return -x[0], x[1]

    # -- products

    def multiply(self, x: Scaled, y: Scaled) -> Scaled:
        """Return ``x y``, with equal factors gathered into powers."""
        if x[0] == 0.0 or y[0] == 0.0:
            return 0.0, self.ONE
        factor, rest = self._number(_multiply, x[0], y[0])
        (over, under), (more, less) = self._factors(x[1], y[1])
        return self._product(factor, [*rest, *over, *more], [*under, *less])

    def divide(self, x: Scaled, y: Scaled) -> Scaled:
        """Return ``x / y``; what stands above and below the line cancels, as on paper."""
        if x[0] == 0.0 and y[0] != 0.0:
            return 0.0, self.ONE
        factor, rest = self._number(_divide, x[0], y[0])
        (over, under), (more, less) = self._factors(x[1], y[1])
        if less:  # a fraction below the line stays one
            more = [(y[1], 1)]
        return self._product(factor, over, [*under, *rest, *more])

    def _number(self, operation: Callable[..., tuple[int, int]], x: float, y: float) -> tuple[float, Factors]:
        """Return the exact result, or the first number and the second as a factor of its own."""
        exact = _exactly(operation, x, y)
        if exact is not None:
            return exact, []
        return math.copysign(1.0, y) * x, [(self.intern(("number", abs(y))), 1)]

    def _factors(self, *terms: int) -> list[tuple[Factors, Factors]]:
        """Return what stands above and below the line of each term; too many are not taken apart."""
        found = [self._sides(term) for term in terms]
        if sum(len(over) + len(under) for over, under in found) <= _MERGED:
            return found
        return [([(term, 1)] if term != self.ONE else [], []) for term in terms]

    def _sides(self, term: int) -> tuple[Factors, Factors]:
        kind, *rest = self.all[term]
        if kind == "product":
            return list(rest[0]), list(rest[1])
        return [] if kind == "one" else [(term, 1)], []

    def _product(self, factor: float, over: Factors, under: Factors) -> Scaled:
        powers, divisors = _gathered(over), _gathered(under)
        for base in powers.keys() & divisors.keys():
            common = min(powers[base], divisors[base])
            powers[base] -= common
            divisors[base] -= common
        above, below = (tuple((base, n) for base, n in side.items() if n) for side in (powers, divisors))
        if not below and not above:
            return factor, self.ONE
        if not below and len(above) == 1 and above[0][1] == 1:
            return factor, above[0][0]
        return factor, self.intern(("product", above, below))

    def square(self, x: Scaled) -> Scaled:
        """Return ``x^2``."""
        return self.power(x, (2.0, self.ONE))

    def reciprocal(self, x: Scaled) -> Scaled:
        """Return ``1 / x``."""
        return self.divide((1.0, self.ONE), x)

    def power(self, x: Scaled, y: Scaled) -> Scaled:
        """Return ``x^y``; a whole exponent makes it a factor that can be gathered."""
        exponent = y[0]
        whole = y[1] == self.ONE and exponent.is_integer() and abs(exponent) <= 1e6
        if whole and exponent == 0.0:
            return 1.0, self.ONE
        if whole and exponent == 1.0:
            return x
        if not whole or x[1] == self.ONE:
            return 1.0, self.intern(("power", self.term(x), self.term(y)))
        times = int(abs(exponent))
        sign, base = (x[0] ** times, x[1]) if abs(x[0]) == 1.0 else (1.0, self.term(x))
        over, under = self._sides(base)
        if len(over) == 1 and not under:  # (x^2)^3 is x^6
            base, times = over[0][0], over[0][1] * times
        raised = self._product(sign, [(base, times)], [])
        return raised if exponent > 0 else self.divide((1.0, self.ONE), raised)

    def itself(self, x: Scaled) -> Scaled:
        """Return ``x``."""
        return x


ARITHMETIC: dict[str, Callable[..., Scaled]] = {
    "add": _Terms.add,
    "astype": _Terms.itself,
    "copy": _Terms.itself,
    "divide": _Terms.divide,
    "multiply": _Terms.multiply,
    "negative": _Terms.negative,
    "positive": _Terms.itself,
    "power": _Terms.power,
    "reciprocal": _Terms.reciprocal,
    "square": _Terms.square,
    "subtract": _Terms.subtract,
}
"""The operations that are simplified and written with signs."""


def _gathered(factors: Factors) -> dict[int, int]:
    powers: dict[int, int] = {}
    for base, exponent in factors:
        powers[base] = powers.get(base, 0) + exponent
    return powers


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


def _multiply(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] * b[0], a[1] * b[1]


def _divide(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] * b[1], a[1] * b[0]


@functools.lru_cache(maxsize=4096)
def _exactly(operation: Callable[..., tuple[int, int]], x: float, y: float) -> float | None:
    """Return a result of arithmetic on numbers if a float holds it exactly, else ``None``."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return None
    over, under = operation(x.as_integer_ratio(), y.as_integer_ratio())
    if under == 0:
        return None
    try:
        result = over / under  # correctly rounded
    except OverflowError:
        return None
    top, bottom = result.as_integer_ratio()
    return result if top * under == over * bottom else None


# -- writing -------------------------------------------------------------------------------------------------


class _Style:
    """How the pieces of a formula are put together, as text; :class:`_Latex` does it for LaTeX."""

    parentheses = ("(", ")")

    def number(self, x: float) -> str:
        """Write a number that is not negative, as short as it can be read back."""
        return repr(int(x)) if x.is_integer() and x < 1e16 else repr(x)

    def number_level(self, text: str) -> int:
        """Return how tightly a written number holds together."""
        return _ATOM

    def name(self, text: str) -> str:
        """Write a name."""
        return text

    def wrap(self, text: str) -> str:
        """Put parentheses around."""
        return self.parentheses[0] + text + self.parentheses[1]

    def power(self, base: str, exponent: str) -> str:
        """Write a power of parts that hold together."""
        return f"{base}^{exponent}"

    def join(self, factors: list[str]) -> str:
        """Write a product of parts that hold together."""
        return "*".join(factors)

    def fraction(self, over: str, under: list[str]) -> str:
        """Write a fraction of products."""
        return f"{over}/{self.wrap(self.join(under)) if len(under) > 1 else under[0]}"

    def call(self, op: str, operands: list[str], params: list[tuple[str, str]]) -> str:
        """Write an operation."""
        return f"{op}({', '.join([*operands, *(f'{name}={value}' for name, value in params)])})"

    def define(self, body: str, definitions: list[tuple[str, str]]) -> str:
        """Write a formula with its definitions."""
        lines = [body, *(["where"] if definitions else []), *(f"  {name} = {text}" for name, text in definitions)]
        return "\n".join(lines)


class _Latex(_Style):
    parentheses = (r"\left(", r"\right)")

    def number(self, x: float) -> str:
        if not math.isfinite(x):
            return r"\infty" if x > 0 else r"\mathrm{NaN}"
        digits, _, exponent = super().number(x).partition("e")
        if not exponent:
            return digits
        power = f"10^{{{int(exponent)}}}"
        return power if digits == "1" else rf"{digits} \cdot {power}"

    def number_level(self, text: str) -> int:
        return _POWER if "^" in text else _ATOM

    def name(self, text: str) -> str:
        base, _, index = text.partition("_")
        if not (base and index):
            base = text.rstrip("0123456789") or text
            index = text[len(base) :]
        if base in _GREEK:
            base = f"\\{base}"
        elif len(base) != 1 or not base.isalpha():
            base = rf"\mathrm{{{_escaped(base)}}}"
        return base if not index else f"{base}_{{{_escaped(index) if index.isdigit() else self._index(index)}}}"

    def _index(self, index: str) -> str:
        return index if len(index) == 1 and index.isalpha() else rf"\mathrm{{{_escaped(index)}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def join(self, factors: list[str]) -> str:
        return factors[0] + "".join((r" \cdot " if f[0].isdigit() else r"\,") + f for f in factors[1:])

    def fraction(self, over: str, under: list[str]) -> str:
        return rf"\frac{{{over}}}{{{self.join(under)}}}"

    def call(self, op: str, operands: list[str], params: list[tuple[str, str]]) -> str:
        template = LATEX.get(op)
        if template is None or params:
            extra = [rf"\mathrm{{{_escaped(name)}}}=\mathrm{{{_escaped(value)}}}" for name, value in params]
            return rf"\operatorname{{{_escaped(op)}}}\left({', '.join([*operands, *extra])}\right)"
        parts = template.split("#")
        return parts[0] + "".join(operands[int(part[0]) - 1] + part[1:] for part in parts[1:])

    def define(self, body: str, definitions: list[tuple[str, str]]) -> str:
        if not definitions:
            return body
        lines = [f"&{body}", *(rf"&\quad {name} = {text}" for name, text in definitions)]
        lines[1] = r"&\text{where}\\" + lines[1]
        return r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"


def _escaped(text: str) -> str:
    """Return text that LaTeX sets as it is; what it would act on is escaped or left out."""
    return "".join(
        f"\\{c}" if c in "_%&#${}" else c if c.isalnum() or c in " .,+-*/=()[]'|<>" else r"\cdot " for c in text
    )


class _Writer:
    """Writes the terms of one formula, operands before results, so that depth does not matter."""

    def __init__(self, terms: _Terms, labels: dict[int, str], names: _Identifiers) -> None:
        self.terms, self.labels, self.names = terms.all, labels, names
        self.styles: tuple[_Style, _Style] = (_Style(), _Latex())
        self.written: list[dict[int, tuple[str, int]]] = [{}, {}]
        self.definitions: list[list[tuple[str, str]]] = [[], []]

    def expression(self, root: Scaled) -> Expression:
        """Write everything that a scaled term needs, then itself."""
        uses = self._uses(root[1])
        for term in sorted(uses):
            for way in (0, 1):
                self.written[way][term] = self._term(term, way)
            text, level = self.written[0][term]
            worthy = len(text) > (_SHARED if uses[term] > 1 else _LONG)
            if worthy and (level < _ATOM or self.terms[term][0] == "call") and root != (1.0, term):
                self._define(term)
        bodies = [self._scaled(root, way)[0] for way in (0, 1)]
        return Expression(
            *(
                style.define(body, found)
                for style, body, found in zip(self.styles, bodies, self.definitions, strict=True)
            )
        )

    def _define(self, term: int) -> None:
        name = self.names.definition(self.labels.get(term, ""))
        for way, style in enumerate(self.styles):
            self.definitions[way].append((style.name(name), self.written[way][term][0]))
            self.written[way][term] = (style.name(name), _ATOM)

    def _uses(self, root: int) -> dict[int, int]:
        """Count how often each term that is needed is used."""
        uses = {root: 1}
        stack = [root]
        while stack:
            for operand in self._operands(stack.pop()):
                if operand not in uses:
                    stack.append(operand)
                uses[operand] = uses.get(operand, 0) + 1
        return uses

    def _operands(self, term: int) -> list[int]:
        kind, *rest = self.terms[term]
        if kind == "sum":
            return [t for _, t in rest[0]]
        if kind == "product":
            return [t for t, _ in (*rest[0], *rest[1])]
        if kind == "power":
            return list(rest)
        return list(rest[1]) if kind == "call" else []

    def _term(self, term: int, way: int) -> tuple[str, int]:
        """Write one term; returns the text and how tightly it holds together."""
        style = self.styles[way]
        kind, *rest = self.terms[term]
        if kind in ("one", "number"):
            text = style.number(*rest or (1.0,))
            return text, style.number_level(text)
        if kind == "name":
            return style.name(*rest), _ATOM
        if kind == "sum":
            return self._sum(rest[0], way)
        if kind == "product":
            return self._product(1.0, term, way)
        if kind == "power":
            return style.power(self._at(rest[0], _ATOM, way), self._exponent(rest[1], way)), _POWER
        op, operands, params = rest
        text = style.call(op, [self.written[way][t][0] for t in operands], list(params))
        return text, _POWER if way and op in _POWERS else _ATOM

    def _at(self, term: int, level: int, way: int) -> str:
        """Return a written term, in parentheses if it holds together less than is needed."""
        text, own = self.written[way][term]
        return text if own >= level else self.styles[way].wrap(text)

    def _exponent(self, term: int, way: int) -> str:
        return self.written[way][term][0] if way else self._at(term, _ATOM, way)

    def _sum(self, parts: tuple[Scaled, ...], way: int) -> tuple[str, int]:
        first = next((i for i, (factor, _) in enumerate(parts) if factor > 0), 0)  # rather b - a than -a + b
        text, level = self._scaled(parts[first], way)
        if len(parts) == 1:
            return text, level
        for factor, term in (*parts[:first], *parts[first + 1 :]):
            part, own = self._scaled((abs(factor), term), way)
            text += f" {'-' if factor < 0 else '+'} {part if own > _SUM else self.styles[way].wrap(part)}"
        return text, _SUM

    def _scaled(self, scaled: Scaled, way: int) -> tuple[str, int]:
        """Write a number times a term."""
        factor, term = scaled
        if factor != factor:
            return self._product(factor, term, way)
        if math.copysign(1.0, factor) < 0 and factor != 0.0:
            text, level = self._scaled((-factor, term), way)
            return f"-{text if level > _SUM else self.styles[way].wrap(text)}", _SUM
        return self.written[way][term] if factor == 1.0 and term != _Terms.ONE else self._product(factor, term, way)

    def _product(self, factor: float, term: int, way: int) -> tuple[str, int]:
        """Write a number that is not negative times a term, as a fraction where something is divided by."""
        style = self.styles[way]
        kind, *sides = self.terms[term]
        if kind != "product" or self._is_defined(term, way):
            sides = [() if term == _Terms.ONE else ((term, 1),), ()]
        above, below = sides
        numbers = [style.number(factor)] if factor != 1.0 or not above else []
        barred = way == 1 and bool(below)  # the bar of a fraction is parentheses enough for what stands alone
        over = style.join([*numbers, *self._powers(above, way, barred and not numbers and len(above) == 1)])
        if below:
            return style.fraction(over, self._powers(below, way, barred and len(below) == 1)), _PRODUCT
        if not above:
            return over, style.number_level(over)
        return over, _PRODUCT if numbers or len(above) > 1 else _POWER

    def _is_defined(self, term: int, way: int) -> bool:
        return term in self.written[way] and self.written[way][term][1] == _ATOM

    def _powers(self, side: Iterable[tuple[int, int]], way: int, alone: bool) -> list[str]:
        """Write the factors above or below a line: names first, sums last."""
        ordered = sorted(side, key=lambda factor: self._rank(factor[0]))
        return [self._power(base, exponent, way, alone) for base, exponent in ordered]

    def _rank(self, term: int) -> int:
        text, level = self.written[0][term]
        return 0 if self.terms[term][0] == "number" else 1 if text.isidentifier() else 2 if level > _SUM else 3

    def _power(self, base: int, exponent: int, way: int, alone: bool) -> str:
        if exponent == 1:
            return self._at(base, _SUM if alone else _POWER, way)
        return self.styles[way].power(self._at(base, _ATOM, way), str(exponent))
