"""Programs typed on a command line: arithmetic on named numbers, parsed and never evaluated.

The text is cut into signs that are all known, then read by Python's own parser, and the tree is built up from
numbers, names, operators and calls of registered operations. Anything else is refused, with its place. Nothing here
runs text as code, looks up an attribute, or takes longer for a larger number.
"""

import keyword
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd import REGISTRY, Value
from autograd.errors import StepgradError

if TYPE_CHECKING:
    import ast

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MistakeError", "assignment", "build", "functions"]

MAX_LENGTH = 1000
"""Characters of an expression."""

MAX_DEPTH = 50
"""Brackets, and operators, one inside the other."""

_SIGN = re.compile(r"(?P<number>(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|\*\*|/(?!/)|[-+*(),]| ")
_BINARY = {"Add": "add", "Sub": "subtract", "Mult": "multiply", "Div": "divide", "Pow": "power"}
_MICROGRAD = {"abs": "absolute", "max": "maximum", "min": "minimum", "neg": "negative", "pow": "power"}


class MistakeError(ValueError):
    """A text that is no program: what is wrong, and where.

    Attributes:
        text: The whole expression.
        place: The index of the character that is wrong.

    >>> try:
    ...     build("2 * (x", {"x": 1.0})
    ... except MistakeError as mistake:
    ...     print(mistake)
    expected ")" for this bracket
      2 * (x
          ^
    """

    def __init__(self, message: str, text: str, place: int) -> None:
        self.text, self.place = text, place
        super().__init__(f"{message}\n  {_shown(text)}\n  {_blank(text[:place])}^")


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _blank(text: str) -> str:
    """Return as much space as a text takes on a terminal: wide characters take two columns."""
    return "".join(
        "" if unicodedata.combining(c) else "  " if unicodedata.east_asian_width(c) in "WF" else " " for c in text
    )


def functions() -> dict[str, Any]:
    """Return what an expression may call: the differentiable operations on numbers, and micrograd's names for them.

    >>> "tanh" in functions(), "abs" in functions(), "matmul" in functions()
    (True, True, False)
    """
    known = {
        name: op
        for name, op in REGISTRY.items()
        if op.elementwise and any(op.rules or ()) and name not in ("astype", "clip", "copy", "positive", "where")
    }
    return known | {name: known[op] for name, op in _MICROGRAD.items()}


def assignment(text: str) -> tuple[str, float]:
    """Read ``name=number``.

    Raises:
        MistakeError: It is something else.

    >>> assignment("x=-1.5")
    ('x', -1.5)
    """
    name, equals, number = text.partition("=")
    if not equals:
        raise MistakeError("expected name=number, such as x=2", text, 0)
    name = unicodedata.normalize("NFKC", name.strip())
    if not name.isidentifier() or keyword.iskeyword(name):
        raise MistakeError("expected a name of letters, digits and _ before =", text, 0)
    try:
        return name, float(number)
    except ValueError:
        raise MistakeError(f"expected a number for {name}", text, text.index("=") + 1) from None


def build(text: str, variables: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
    """Compute an expression with Values.

    Args:
        text: Numbers, names, ``+ - * / **``, brackets, and calls of :func:`functions`.
        variables: The number that each name stands for.

    Returns:
        The result, and the Value of each variable, by name.

    Raises:
        MistakeError: The text is no such expression, a variable has no number, or a number no variable.

    >>> y, leaves = build("tanh(w*x + b)", {"w": 2.0, "x": -1.0, "b": 2.0})
    >>> y.backward()
    >>> y.data, leaves["w"].grad
    (0.0, -1.0)
    """
    text = text.strip(" ")
    names = _check_signs(text)
    missing = [name for name in names if name not in variables]
    if missing:
        arguments = " ".join(f"{name}=1" for name in missing)
        subject = "this name has" if len(missing) == 1 else f"{len(missing)} names have"
        raise MistakeError(f"{subject} no number; add {arguments}", text, names[missing[0]])
    unused = [name for name in variables if name not in names]
    if unused:
        raise MistakeError(f"the expression does not use {', '.join(unused)}; leave out {unused[0]}=...", text, 0)
    leaves = {name: Value(number, label=name) for name, number in variables.items()}
    result = _Builder(text, leaves).result()
    return result, leaves


def _check_signs(text: str) -> dict[str, int]:
    """Refuse what no expression contains; return where each variable stands first."""
    if not text:
        raise MistakeError('expected an expression such as "tanh(w*x + b)", got nothing', text, 0)
    if len(text) > MAX_LENGTH:
        raise MistakeError(f"expected at most {MAX_LENGTH} characters, got {len(text):,}", text[:60] + "…", 60)
    names: dict[str, int] = {}
    brackets: list[int] = []
    place = 0
    while place < len(text):
        sign = _SIGN.match(text, place)
        if sign is None:
            raise MistakeError("expected a number, a name, a bracket or one of + - * / **", text, place)
        end = sign.end()
        if sign["number"] and _SIGN.match(text, end) and text[end : end + 1] not in "+-*/(), ":
            raise MistakeError("expected * or another operator after the number", text, end)
        if sign["name"]:
            _name(text, sign, names)
        elif sign[0] == "(":
            brackets.append(place)
        elif sign[0] == ")":
            if not brackets:
                raise MistakeError('expected no ")" here: no bracket is open', text, place)
            brackets.pop()
        if len(brackets) > MAX_DEPTH:
            raise MistakeError(f"expected at most {MAX_DEPTH} brackets inside each other", text, place)
        place = end
    if brackets:
        raise MistakeError('expected ")" for this bracket', text, brackets[-1])
    return names


def _name(text: str, sign: re.Match[str], names: dict[str, int]) -> None:
    """Note a variable; what stands before a bracket is a function."""
    name = unicodedata.normalize("NFKC", sign[0])
    if keyword.iskeyword(name) or not name.isidentifier():
        raise MistakeError("expected a name, which this word cannot be", text, sign.start())
    if not text[sign.end() :].lstrip(" ").startswith("("):
        names.setdefault(name, sign.start())
    elif name not in functions():
        raise MistakeError(f"expected a function, which this is not{_instead(name)}", text, sign.start())


def _instead(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name[:20], functions(), 1)
    return f"; did you mean {near[0]}?" if near else "; write * to multiply by a bracket"


class _Builder:
    """Walks the tree that Python's parser made of an expression, and computes it."""

    def __init__(self, text: str, leaves: dict[str, Value]) -> None:
        self.text, self.leaves, self.functions = text, leaves, functions()

    def result(self) -> Value:
        """Return the whole expression as a Value."""
        found = self.of(self.tree(), MAX_DEPTH)
        return found if isinstance(found, Value) else Value(found, requires_grad=False)

    def tree(self) -> "ast.expr":
        """Parse the text; every way in which Python's parser may give up is a mistake with a place."""
        import ast
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about spellings that Python will drop one day
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            place = error.offset - 1 if error.offset else len(self.text)  # none where the text ends too early
            raise MistakeError(self.hint(place), self.text, place) from None
        except (RecursionError, MemoryError, ValueError):
            raise MistakeError(f"expected at most {MAX_DEPTH} operations inside each other", self.text, 0) from None

    def hint(self, place: int) -> str:
        """Say what could stand at a place where the parser stopped."""
        before = self.text[:place].rstrip(" ")[-1:]
        if before.isalnum() or before in ("_", ")"):
            return "expected an operator or the end here"
        return "expected a number, a name or a bracket here"

    def at(self, node: "ast.expr") -> int:
        """Return the index of the character where a part begins; the parser counts bytes."""
        return len(self.text.encode()[: node.col_offset].decode(errors="ignore"))

    def of(self, node: "ast.expr", depth: int) -> Value | float:  # noqa: PLR0911 - one for each kind of part
        """Return the value of one part of the tree; numbers stay numbers until they meet a variable."""
        import ast

        if depth == 0:
            raise MistakeError(f"expected at most {MAX_DEPTH} operations inside each other", self.text, self.at(node))
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self.number(number, node)
            case ast.Name(id=name):
                return self.leaves[name]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return -float(self.of(node.operand, depth - 1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.call(REGISTRY["negative"], [self.of(operand, depth - 1)], node)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.of(operand, depth - 1)
            case ast.BinOp() if type(node.op).__name__ in _BINARY:
                return self.chain(node, depth)
            case ast.Call(func=ast.Name(id=name), keywords=[]) as called:
                return self.call(self.function(name, called), [self.of(a, depth - 1) for a in called.args], called)
        raise MistakeError("expected a number, a name, an operation or a function here", self.text, self.at(node))

    def chain(self, node: "ast.BinOp", depth: int) -> Value | float:
        """Compute a sum or product, which leans to the left however long it is, without recursion."""
        import ast

        parts = [node]
        while isinstance(parts[-1].left, ast.BinOp) and type(parts[-1].left.op).__name__ in _BINARY:
            parts.append(parts[-1].left)
        result = self.of(parts[-1].left, depth - 1)
        for part in reversed(parts):
            op = REGISTRY[_BINARY[type(part.op).__name__]]
            result = self.call(op, [result, self.of(part.right, depth - 1)], part)
        return result

    def number(self, number: float, node: "ast.expr") -> float:
        """Return a literal as a float."""
        try:
            found = float(number)
        except OverflowError:
            found = float("inf")
        if found in (float("inf"), float("-inf")):
            raise MistakeError("expected a number that fits into a float (up to 1.8e308)", self.text, self.at(node))
        return found

    def function(self, name: str, called: "ast.Call") -> Any:
        """Return the operation of a name, if it takes as many operands as there are."""
        op = self.functions[name]
        if len(called.args) != op.arity:
            count = f"{op.arity} operand{'s' * (op.arity != 1)}"
            raise MistakeError(f"expected {count} in {name}, got {len(called.args)}", self.text, self.at(called))
        return op

    def call(self, op: Any, operands: list[Value | float], node: "ast.expr") -> Value | float:
        """Run one operation: recorded where a variable is in it, a plain number where not."""
        try:
            if any(isinstance(operand, Value) for operand in operands):
                found: Value = op(*operands)
                return found
            return float(op(*(Value(number, requires_grad=False) for number in operands)).data)
        except (StepgradError, ArithmeticError, ValueError, TypeError) as error:
            raise MistakeError(f"{op.name} cannot be computed here: {error}", self.text, self.at(node)) from None
