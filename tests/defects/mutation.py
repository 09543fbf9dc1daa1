"""Mutation testing of the derivative rules: each is broken in every small way, and the samples' tests must notice.

``python -m tests.defects.mutation [name ...]`` prints the mutants that survive, and the count.
"""

import ast
import copy
import importlib
import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import autograd.ops
from autograd import REGISTRY, Primitive
from autograd.testing import check_gradients
from tests.op_samples import SAMPLES
from tests.op_samples.calling import call, is_float

__all__ = ["Mutant", "mutants", "survives"]

NO_GRADIENT = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


@dataclass(frozen=True)
class Mutant:
    """A changed derivative rule of one operation."""

    name: str
    slot: int
    change: str
    rule: Callable[..., Any]


# -- what stands in the source -----------------------------------------------------------------------------------


def _modules() -> list[tuple[Any, ast.Module]]:
    found = [importlib.import_module(f"autograd.ops.{m.name}") for m in pkgutil.iter_modules(autograd.ops.__path__)]
    return [(module, ast.parse(Path(module.__file__).read_text(encoding="utf-8"))) for module in found]


def _rules() -> Iterator[tuple[Primitive, int, Any, ast.AST]]:
    """Yield each rule that is given at the top of a module: operation, slot, the module's names, its source."""
    for module, tree in _modules():
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in tree.body:
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
                continue
            target = node.value.func
            if not (
                isinstance(target, ast.Attribute) and target.attr == "defvjp" and isinstance(target.value, ast.Name)
            ):
                continue
            op = getattr(module, target.value.id, None)
            for slot, rule in enumerate(node.value.args):
                source = functions.get(rule.id) if isinstance(rule, ast.Name) else rule
                if (
                    isinstance(op, Primitive)
                    and op.name in REGISTRY
                    and isinstance(source, (ast.Lambda, ast.FunctionDef))
                ):
                    yield op, slot, vars(module), source


# -- what is changed ---------------------------------------------------------------------------------------------


def _replacements(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """Return the small ways to break an expression."""
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            right = node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
            return [
                ("sign of a term", ast.BinOp(node.left, other, node.right)),
                ("second term dropped", node.left),
                ("first term dropped", right),
            ]
        if isinstance(node.op, ast.Mult):
            return [("* to /", ast.BinOp(node.left, ast.Div(), node.right)), ("factor dropped", node.left)]
        if isinstance(node.op, ast.Div):
            return [("/ to *", ast.BinOp(node.left, ast.Mult(), node.right)), ("division dropped", node.left)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [("sign", node.operand)]
    if isinstance(node, ast.Constant) and type(node.value) is float:
        return [("constant", ast.Constant(1.5 * node.value + 0.25))]
    return []


def _changed(source: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the source with one expression broken."""
    count = sum(1 for _ in ast.walk(source))
    for i in range(count):
        node = list(ast.walk(source))[i]
        for k, (change, _) in enumerate(_replacements(node)):
            tree = copy.deepcopy(source)
            target = list(ast.walk(tree))[i]
            new = _replacements(target)[k][1]

            class Swap(ast.NodeTransformer):
                def visit(self, node: ast.AST, target: ast.AST = target, new: ast.AST = new) -> ast.AST:
                    return new if node is target else self.generic_visit(node)

            where = ast.unparse(node)
            yield (
                f"{change}: {where if len(where) < 60 else where[:57] + '...'}",
                ast.fix_missing_locations(Swap().visit(tree)),
            )


def _compiled(source: ast.AST, names: dict[str, Any]) -> Callable[..., Any]:
    if isinstance(source, ast.Lambda):
        return eval(compile(ast.Expression(source), "mutant", "eval"), names)  # type: ignore[no-any-return]
    local: dict[str, Any] = {}
    exec(compile(ast.Module([source], []), "mutant", "exec"), dict(names), local)  # type: ignore[list-item]
    return next(iter(local.values()))  # type: ignore[no-any-return]


def _whole(op: Primitive, slot: int) -> Iterator[Mutant]:
    """Yield the changes that need no source: the result, and what the rule is handed."""
    rule = op.rules[slot] if op.rules else None
    if rule is None:
        return

    def negative(g: Any, out: Any, *args: Any, **params: Any) -> Any:
        found = rule(g, out, *args, **params)
        return None if found is None else -found

    def larger(g: Any, out: Any, *args: Any, **params: Any) -> Any:
        found = rule(g, out, *args, **params)
        return None if found is None else found * 1.01

    yield Mutant(op.name, slot, "sign", negative)
    yield Mutant(op.name, slot, "factor 1.01", larger)
    yield Mutant(op.name, slot, "returns nothing", lambda g, out, *args, **params: None)
    for i in range(op.arity):
        for j in range(i):

            def swapped(g: Any, out: Any, *args: Any, i: int = i, j: int = j, **params: Any) -> Any:
                order = list(args)
                order[i], order[j] = order[j], order[i]
                return rule(g, out, *order, **params)

            yield Mutant(op.name, slot, f"inputs {j} and {i} swapped", swapped)


def mutants(*only: str) -> Iterator[Mutant]:
    """Yield every mutant of the registry, or of some operations."""
    chosen = set(only) or set(REGISTRY) - NO_GRADIENT
    for name in sorted(chosen & SAMPLES.keys()):
        op = REGISTRY[name]
        for slot in range(len(op.rules or ())):
            if _tested(name, slot):
                yield from _whole(op, slot)
    for op, slot, names, source in _rules():
        if op.name in chosen and op.rules and op.rules[slot] is not None and _tested(op.name, slot):
            for change, tree in _changed(source):
                yield Mutant(op.name, slot, change, _compiled(tree, names))


def _tested(name: str, slot: int) -> bool:
    return any(slot < len(s.inputs) and is_float(s.inputs[slot]) for s in SAMPLES.get(name, []))


# -- whether it is noticed ---------------------------------------------------------------------------------------


def survives(mutant: Mutant) -> bool:
    """Tell whether no sample of the operation notices the change, to the second order."""
    op = REGISTRY[mutant.name]
    before = op.rules
    assert before is not None
    op.rules = (*before[: mutant.slot], mutant.rule, *before[mutant.slot + 1 :])
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return all(_passes(mutant.name, i, 2 if op.joint else 1) for i in range(len(SAMPLES[mutant.name])))
    finally:
        op.rules = before


def _passes(name: str, index: int, order: int) -> bool:
    function, inputs = call(name, SAMPLES[name][index])
    if not inputs:
        return True
    try:
        return bool(check_gradients(function, *inputs, order=order, mode="central"))
    except Exception:
        return False


def main() -> None:
    """Print the survivors and the count."""
    count, left = 0, []
    for mutant in mutants(*sys.argv[1:]):
        count += 1
        if survives(mutant):
            left.append(mutant)
            print(f"{mutant.name}, rule {mutant.slot}: {mutant.change}", flush=True)
    print(f"{count - len(left)} of {count} mutants are noticed")


if __name__ == "__main__":
    main()
