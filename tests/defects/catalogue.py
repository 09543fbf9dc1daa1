"""Forty operations, each with one mistake in its rule, its forward pass or its class, and what it should be called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Function, Tensor, ops, primitive

__all__ = ["DEFECTS", "Defect"]

RNG = np.random.default_rng(11)
VECTOR = RNG.uniform(0.4, 1.6, 3)
MATRIX = RNG.uniform(0.4, 1.6, (3, 3))
WIDE = RNG.uniform(0.4, 1.6, (2, 3))
WEIGHT = RNG.uniform(0.4, 1.6, (3, 3))
BUFFER = np.zeros((2, 3))


@dataclass(frozen=True)
class Defect:
    """A broken operation, arguments that show it, and the diagnosis it deserves."""

    name: str
    diagnosis: str
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    order: int = 1


def op(forward: Callable[..., Any], *rules: Any, **options: Any) -> Any:
    made = primitive(**options)(forward)
    made.defvjp(*rules)
    return made


def sine(x: Any, /) -> Any:
    return np.sin(x)


def exponential(x: Any, /) -> Any:
    return np.exp(x)


def hyperbolic(x: Any, /) -> Any:
    return np.tanh(x)


def squared(x: Any, /) -> Any:
    return x * x


def difference(x: Any, y: Any, /) -> Any:
    return x - y


def product(x: Any, y: Any, /) -> Any:
    return x * y


def total(x: Any, y: Any, /) -> Any:
    return x + y


def root(x: Any, /) -> Any:
    return np.sqrt(x)


def logistic(x: Any, /) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def average(x: Any, /) -> Any:
    return np.mean(x, axis=1)


def energy(x: Any, /) -> Any:
    return np.sum(x * x)


def projected(x: Any, /) -> Any:
    return x @ WEIGHT


def turned(x: Any, /) -> Any:
    return x.T


def multiplied(x: Any, y: Any, /) -> Any:
    return x @ y


def damped(x: Any, /) -> Any:
    return x * np.sin(x)


def centred(x: Any, /) -> Any:
    return x - np.mean(x)


def weighted(x: Any, /) -> Any:
    return np.exp(x) / np.sum(np.exp(x))


def cubed(x: Any, /) -> Any:
    return x * x * x


def running(x: Any, /) -> Any:
    return np.cumsum(x)


def raw(x: Any) -> Any:
    return getattr(x, "payload", x)


def in_place(x: Any, /) -> Any:
    x *= 2.0
    return x + 0.0


def clipped_in_place(x: Any, /) -> Any:
    np.clip(x, 0.0, 1.0, out=x)
    return x * 1.0


def rule_writes_out(g: Any, out: Any, x: Any) -> Any:
    out *= g
    return out.copy()


def rule_writes_upstream(g: Any, out: Any, x: Any) -> Any:
    g *= np.cos(x)
    return g.copy()


def into_buffer(g: Any, out: Any, x: Any) -> Any:
    np.multiply(g, np.cos(x), out=BUFFER)
    return BUFFER


def into_shared(g: Any, out: Any, x: Any, y: Any) -> Any:
    BUFFER[...] = g
    return BUFFER


class KeepsItsGradient(Function):
    kept: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 3.0

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        if cls.kept is None or cls.kept.shape != grad.shape:
            cls.kept = Tensor(np.zeros(grad.shape))
        np.multiply(grad.payload, 3.0, out=cls.kept.payload)
        return cls.kept


class Backwards(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.tanh() if hasattr(x, "tanh") else np.tanh(x)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * -1.0


class Detached(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * 2.0 * x.detach()


class Doubled(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * 4.0 * x


def one_off(g: Any, x: Any, at: tuple[int, ...], by: float = 1.1) -> Any:
    mask = np.ones(np.shape(raw(x)))
    mask[at] = by
    return g * mask


def quotient(x: Any, y: Any, /) -> Any:
    return x / y


def raised(x: Any, y: Any, /) -> Any:
    return x**y


def inverse(x: Any, /) -> Any:
    return 1.0 / x


def log_of_sum(x: Any, /) -> Any:
    return np.log(np.sum(np.exp(x), axis=-1))


def spread(x: Any, /) -> Any:
    return np.var(x)


def length(x: Any, /) -> Any:
    return np.sqrt(np.sum(x * x))


def unit(x: Any, /) -> Any:
    return x / np.sqrt(np.sum(x * x))


def gram(x: Any, /) -> Any:
    return x.T @ x


def solved(b: Any, /) -> Any:
    return np.linalg.solve(WEIGHT, b)


def affine(x: Any, w: Any, b: Any, /) -> Any:
    return x @ w + b


def surprise(x: Any, /) -> Any:
    return np.log(np.sum(np.exp(x))) - x[1]


def rectified(x: Any, /) -> Any:
    return np.maximum(x, 0.0)


def ordered(x: Any, /) -> Any:
    x.sort()
    return x * 1.0


def largest(x: Any, /) -> Any:
    return np.max(x, axis=1)


def differences(x: Any, /) -> Any:
    return x[1:] - x[:-1]


def differences_rule(g: Any, out: Any, x: Any) -> Any:
    zero = np.zeros(1)
    return ops.concatenate([zero, g[:-1], 0.0 * g[-1:]]) - ops.concatenate([g, zero])


def polar(x: Any, y: Any, /) -> Any:
    return np.hypot(x, y), np.arctan2(y, x)


def polar_rule(sign: float) -> Any:
    def rule(g: Any, out: Any, x: Any, y: Any) -> Any:
        terms = [] if g[0] is None else [g[0] * x / out[0]]
        terms += [] if g[1] is None else [sign * g[1] * y / (x * x + y * y)]
        return terms[0] if len(terms) == 1 else terms[0] + terms[1]

    return rule


def largest_writes(g: Any, out: Any, x: Any) -> Any:
    x -= np.max(x, axis=1, keepdims=True)
    return g[:, None] * (x == 0.0)


def centred_in_half(g: Any, out: Any, x: Any) -> Any:
    if x.dtype == np.float32:
        g = ((0.3 * g).astype(np.float16) + 100.0 - 100.0) / 0.3
    return g - ops.mean(g)


DEFECTS = [
    # sign flipped
    Defect("sine", "sign flipped", op(sine, lambda g, out, x: -g * ops.cos(x)), (MATRIX,)),
    Defect(
        "difference", "sign flipped", op(difference, lambda g, out, x, y: g, lambda g, out, x, y: g), (VECTOR, VECTOR)
    ),
    Defect("logistic", "sign flipped", op(logistic, lambda g, out, x: g * out * (out - 1.0)), (VECTOR,)),
    Defect(
        "damped, one term", "sign flipped", op(damped, lambda g, out, x: g * (ops.sin(x) - x * ops.cos(x))), (VECTOR,)
    ),
    # off by a constant factor
    Defect("squared", "off by a constant factor", op(squared, lambda g, out, x: g * 4.0 * x), (MATRIX,)),
    Defect("root", "off by a constant factor", op(root, lambda g, out, x: g / out), (VECTOR,)),
    Defect("average", "off by a constant factor", op(average, lambda g, out, x: ops.expand_dims(g, axis=1)), (WIDE,)),
    Defect("Function", "off by a constant factor", Doubled.apply, (VECTOR,)),
    # transposed
    Defect("projected", "transposed", op(projected, lambda g, out, x: ops.matmul(g, WEIGHT)), (MATRIX,)),
    Defect("turned", "transposed", op(turned, lambda g, out, x: g), (MATRIX,)),
    Defect(
        "multiplied",
        "transposed",
        op(multiplied, lambda g, out, x, y: g @ ops.swapaxes(y, -1, -2), lambda g, out, x, y: ops.matmul(x, g)),
        (MATRIX, WEIGHT),
    ),
    Defect("running sum", "transposed", op(running, lambda g, out, x: ops.cumsum(g, axis=0)), (VECTOR,)),
    # missing un-broadcast
    Defect(
        "product, first row",
        "missing un-broadcast",
        op(product, lambda g, out, x, y: g * y, lambda g, out, x, y: (g * x)[0]),
        (MATRIX, VECTOR),
    ),
    Defect(
        "total, mean",
        "missing un-broadcast",
        op(total, lambda g, out, x, y: g, lambda g, out, x, y: ops.mean(g, axis=0)),
        (WIDE, VECTOR),
    ),
    Defect(
        "difference, last column",
        "missing un-broadcast",
        op(difference, lambda g, out, x, y: g, lambda g, out, x, y: -g[:, -1:]),
        (WIDE, WIDE[:, :1]),
    ),
    # ignores the upstream gradient
    Defect("sine", "ignores the upstream gradient", op(sine, lambda g, out, x: ops.cos(x)), (VECTOR,)),
    Defect("exponential", "ignores the upstream gradient", op(exponential, lambda g, out, x: out), (MATRIX,)),
    Defect("energy, one output", "ignores the upstream gradient", op(energy, lambda g, out, x: 2.0 * x), (MATRIX,)),
    # input and output exchanged
    Defect("exponential", "input and output exchanged", op(exponential, lambda g, out, x: g * x), (MATRIX,)),
    Defect("hyperbolic", "input and output exchanged", op(hyperbolic, lambda g, out, x: g * (1.0 - x * x)), (MATRIX,)),
    Defect("logistic", "input and output exchanged", op(logistic, lambda g, out, x: g * x * (1.0 - x)), (VECTOR,)),
    Defect("root", "input and output exchanged", op(root, lambda g, out, x: g * 0.5 / x), (VECTOR,)),
    # forgets one path
    Defect("damped", "forgets one path", op(damped, lambda g, out, x: g * ops.sin(x)), (VECTOR,)),
    Defect("centred", "forgets one path", op(centred, lambda g, out, x: g), (VECTOR,)),
    Defect("weighted", "forgets one path", op(weighted, lambda g, out, x: g * out), (VECTOR,)),
    Defect("a detached factor", "forgets one path", lambda x: ops.sin(x) * x.detach(), (VECTOR,)),
    # wrong in one element
    Defect(
        "squared", "wrong in one element", op(squared, lambda g, out, x: one_off(g * 2.0 * x, x, (1, 2))), (MATRIX,)
    ),
    Defect(
        "sine", "wrong in one element", op(sine, lambda g, out, x: one_off(g * ops.cos(x), x, (0,), 0.0)), (VECTOR,)
    ),
    Defect(
        "total",
        "wrong in one element",
        op(total, lambda g, out, x, y: one_off(g, x, (1, 0), -1.0), lambda g, out, x, y: g),
        (WIDE, WIDE),
    ),
    # detached inside backward
    Defect("cubed", "detached inside backward", op(cubed, lambda g, out, x: g * 3.0 * raw(x) ** 2), (VECTOR,), 2),
    Defect("exponential", "detached inside backward", op(exponential, lambda g, out, x: g * raw(out)), (WIDE,), 2),
    Defect("Function", "detached inside backward", Detached.apply, (VECTOR,), 2),
    # mutates its input
    Defect("in place", "mutates its input", op(in_place, lambda g, out, x: g * 2.0), (VECTOR,)),
    Defect("clipped", "mutates its input", op(clipped_in_place, lambda g, out, x: g), (MATRIX,)),
    Defect("rule writes output", "mutates its input", op(exponential, rule_writes_out), (VECTOR,)),
    Defect("rule writes upstream", "mutates its input", op(sine, rule_writes_upstream), (VECTOR,)),
    # aliases its gradient
    Defect("a buffer", "aliases its gradient", op(sine, into_buffer), (WIDE,)),
    Defect("Function with a buffer", "aliases its gradient", KeepsItsGradient.apply, (VECTOR,)),
    Defect("two in a buffer", "aliases its gradient", op(total, into_shared, into_shared), (WIDE, WIDE)),
    # the same kinds in other places
    Defect("log of a sum", "sign flipped", op(log_of_sum, lambda g, out, x: -g[:, None] * ops.softmax(x)), (WIDE,)),
    Defect("polar, the angle", "sign flipped", lambda x: op(polar, polar_rule(1.0), None)(x, VECTOR)[1], (VECTOR,)),
    Defect(
        "inside a network",
        "sign flipped",
        lambda x, w: ops.tanh(op(sine, lambda g, out, x: -g * ops.cos(x))(ops.matmul(x, w)) * 2.0).sum(),
        (WIDE, MATRIX),
    ),
    Defect(
        "spread, n for n - 1",
        "off by a constant factor",
        op(spread, lambda g, out, x: g * 2.0 * (x - ops.mean(x)) / (x.size - 1)),
        (WIDE,),
    ),
    Defect("length", "off by a constant factor", op(length, lambda g, out, x: 2.0 * g * x / out), (VECTOR,)),
    Defect("solved", "transposed", op(solved, lambda g, out, b: np.linalg.solve(WEIGHT, g)), (VECTOR,)),
    Defect(
        "affine, the bias",
        "missing un-broadcast",
        op(
            affine,
            lambda g, out, x, w, b: ops.matmul(g, ops.swapaxes(w, 0, 1)),
            lambda g, out, x, w, b: ops.matmul(ops.swapaxes(x, 0, 1), g),
            lambda g, out, x, w, b: ops.mean(g, axis=0),
        ),
        (WIDE, MATRIX, VECTOR),
    ),
    Defect(
        "surprise, p - y",
        "ignores the upstream gradient",
        op(surprise, lambda g, out, x: ops.softmax(x) - np.array([0.0, 1.0, 0.0])),
        (VECTOR,),
    ),
    Defect("inverse", "input and output exchanged", op(inverse, lambda g, out, x: -g * x * x), (VECTOR,)),
    Defect(
        "quotient",
        "inputs exchanged",
        op(quotient, lambda g, out, x, y: g / x, lambda g, out, x, y: -g * out / y),
        (VECTOR, VECTOR[::-1]),
    ),
    Defect(
        "raised",
        "inputs exchanged",
        op(raised, lambda g, out, x, y: g * x * y ** (x - 1.0), lambda g, out, x, y: g * out * ops.log(x)),
        (VECTOR, VECTOR[::-1]),
    ),
    Defect(
        "product",
        "inputs exchanged",
        op(product, lambda g, out, x, y: g * x, lambda g, out, x, y: g * x),
        (VECTOR, VECTOR[::-1]),
    ),
    Defect("unit", "forgets one path", op(unit, lambda g, out, x: g / ops.norm(x)), (VECTOR,)),
    Defect("gram", "forgets one path", op(gram, lambda g, out, x: ops.matmul(x, g)), (WIDE,)),
    Defect("differences", "wrong in one element", op(differences, differences_rule), (VECTOR,)),
    Defect("length", "detached inside backward", op(length, lambda g, out, x: g * x / raw(out)), (VECTOR,), 2),
    Defect(
        "logistic", "detached inside backward", op(logistic, lambda g, out, x: g * raw(out * (1.0 - out))), (WIDE,), 2
    ),
    Defect("ordered", "mutates its input", op(ordered, lambda g, out, x: g), (VECTOR[::-1],)),
    Defect("largest, the rule", "mutates its input", op(largest, largest_writes), (WIDE,)),
    Defect("rectified", "returns zero", op(rectified, lambda g, out, x: g * (x < 0.0)), (VECTOR,)),
    Defect("largest", "returns zero", op(largest, lambda g, out, x: g[:, None] * (x > out[:, None])), (WIDE,)),
    # loses precision
    Defect(
        "squared", "loses precision", op(squared, lambda g, out, x: g * 2.0 * ((x + 1e5) - 1e5)), (np.float32(VECTOR),)
    ),
    Defect("sine", "loses precision", op(sine, lambda g, out, x: (1e6 + g * ops.cos(x)) - 1e6), (np.float32(MATRIX),)),
    Defect("centred", "loses precision", op(centred, centred_in_half), (np.float32(VECTOR),)),
    # returns zero
    Defect("weighted", "returns zero", op(weighted, lambda g, out, x: g * 0.0), (VECTOR,)),
]
