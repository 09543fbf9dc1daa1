"""Operations with several results: one node, and a pick for each of them."""

import copy
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest

import viz
from autograd import Tape, Tensor, detect_anomaly, hessian, jvp, ops, primitive, topological_order
from autograd.errors import AnomalyError


class Circle(NamedTuple):
    sine: Any
    cosine: Any


@primitive
def circle(x: Any, /) -> Circle:
    return Circle(np.sin(x), np.cos(x))


def _circle_rule(g: Any, out: Any, x: Any) -> Any:
    sine, cosine = out
    total = 0.0 * x
    if g[0] is not None:
        total = total + g[0] * cosine
    if g[1] is not None:
        total = total - g[1] * sine
    return total


circle.defvjp(_circle_rule)


@primitive
def reciprocal_and_places(x: Any, /) -> Any:
    return 1.0 / x, np.argsort(x)


reciprocal_and_places.defvjp(lambda g, out, x: -g[0] * out[0] * out[0])


@primitive
def ragged(x: Any, /) -> Any:
    return x.copy(), x.sum(axis=1)


def _ragged_rule(g: Any, out: Any, x: Any) -> Any:
    total = 0.0 * x
    if g[0] is not None:
        total = total + g[0]
    return total if g[1] is None else total + ops.expand_dims(g[1], axis=1)


ragged.defvjp(_ragged_rule)

X = np.array([0.3, -1.2, 2.0])


def leaf() -> Tensor:
    return Tensor(X, requires_grad=True)


def test_results_come_in_a_tuple_of_the_same_kind() -> None:
    x = leaf()
    out = circle(x)
    assert isinstance(out, Circle)
    assert isinstance(circle(X), Circle)
    assert np.array_equal(out.sine.data, np.sin(X))
    values, places = reciprocal_and_places(x)
    assert values.requires_grad
    assert not places.requires_grad
    assert places.dtype.kind == "i"
    assert not any(part.requires_grad for part in circle(Tensor(X)))


def test_the_operation_is_one_node() -> None:
    out = circle(leaf())
    names = [node.op.name for node in topological_order(out.sine * out.cosine) if node.op]
    assert names == ["circle", "pick", "pick", "multiply"]


def test_gradient_of_one_result_and_of_both() -> None:
    x = leaf()
    circle(x).sine.sum().backward()
    assert np.array_equal(x.grad.numpy(), np.cos(X))
    x = leaf()
    sine, cosine = circle(x)
    (sine * cosine + sine * 2.0).sum().backward()
    assert np.allclose(x.grad.numpy(), np.cos(2 * X) + 2 * np.cos(X), rtol=1e-14)


def test_every_order() -> None:
    def f(x: Any) -> Any:
        sine, cosine = circle(x)
        return (sine * sine * cosine).sum()

    def g(x: Any) -> Any:
        sine, cosine = ops.sin(x), ops.cos(x)
        return (sine * sine * cosine).sum()

    assert np.allclose(hessian(f)(leaf()).data, hessian(g)(leaf()).data, rtol=1e-12)
    ours, theirs = jvp(f, (leaf(),), (X,)), jvp(g, (leaf(),), (X,))
    assert np.allclose(ours[1].data, theirs[1].data, rtol=1e-12)
    assert np.allclose(_third(f), _third(g), rtol=1e-11)


def _third(f: Any) -> Any:
    x = leaf()
    y = f(x)
    for _ in range(3):
        y.backward(create_graph=True)
        y, x.grad = (x.grad * x.grad).sum(), None
    return y.data


def test_zero_upstream_is_no_gradient() -> None:
    x = Tensor([0.0, 2.0], requires_grad=True, dtype="float64")
    values, _ = reciprocal_and_places(x)
    (values * Tensor(np.array([0.0, 0.0]))).sum().backward()
    assert x.grad.data.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])
def test_copies(twin: Any) -> None:
    sine, cosine = circle(leaf())
    y = twin((sine + cosine).sum())
    y.backward()
    x = next(node for node in topological_order(y) if node.op is None)
    assert np.allclose(x.grad.numpy(), np.cos(X) - np.sin(X), rtol=1e-14)


def test_replay() -> None:
    x = leaf()
    sine, cosine = circle(x)
    tape = Tape((sine * cosine).sum())
    assert np.allclose(tape.forward({x: X + 1}), (np.sin(X + 1) * np.cos(X + 1)).sum(), rtol=1e-14)
    tape.backward()
    assert np.allclose(tape.grad(x), np.cos(2 * X + 2), rtol=1e-13)


def test_anomaly_mode_names_the_operation() -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match="reciprocal_and_places"):
        reciprocal_and_places(Tensor([0.0, 1.0], requires_grad=True))


def test_retain_grad_and_a_graph_let_go() -> None:
    x = leaf()
    out = circle(x)
    out.sine.retain_grad()
    (out.sine * 3.0).sum().backward(retain_graph=False)
    assert out.sine.grad.data.tolist() == [3.0, 3.0, 3.0]
    assert np.allclose(x.grad.numpy(), 3 * np.cos(X))


def test_pictures_steps_and_costs() -> None:
    x = leaf()
    sine, cosine = circle(x)
    y = (sine[:2].sum() * cosine).sum()
    y.backward()
    assert "circle" in viz.draw(y).dot
    trace = viz.trace(y)
    assert "pick(n1, index=0)" in str(trace)
    assert "grad(n1) += g at index = —; " in str(trace)
    assert viz.Trace.from_json(trace.to_json()) == trace
    assert "circle" in viz.steps(y).html
    assert "; " in str(viz.explain(x, y))
    assert "circle" in str(viz.ledger(y, time=True))


def test_results_of_several_shapes() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    whole, rows = ragged(x)
    y = whole.sum() * rows[0]
    y.backward()
    assert x.grad.data.tolist() == [[18.0, 18.0, 18.0], [3.0, 3.0, 3.0]]
    assert "ragged" in str(viz.ledger(y, time=True))
    assert "ragged" in viz.draw(y).dot
    assert "ragged" in str(viz.trace(y))
