"""Cases of the modes: R106 to R111 and T28 of the catalogue of known failures."""

import asyncio
import gc
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import (
    Tensor,
    Value,
    detect_anomaly,
    enable_grad,
    is_grad_enabled,
    no_grad,
    scope,
    set_grad_enabled,
    topological_order,
)
from autograd.mode import current


def test_r106_exception_inside_no_grad_restores() -> None:
    with pytest.raises(ZeroDivisionError), no_grad(), no_grad():
        raise ZeroDivisionError
    assert is_grad_enabled()
    seen = []
    with pytest.raises(ZeroDivisionError), detect_anomaly(), scope("a"), scope("b"):
        seen.append((current().anomaly, str(current().scope), 1 / 0))
    with detect_anomaly(), scope("a"), scope("b"):
        assert (current().anomaly, str(current().scope)) == (True, "a.b")
    assert (current().anomaly, current().scope) == (False, None)


def test_r107_nested_modes() -> None:
    seen = []
    with enable_grad():
        seen.append(is_grad_enabled())
        with no_grad():
            seen.append(is_grad_enabled())
            with enable_grad():
                seen.append(is_grad_enabled())
            seen.append(is_grad_enabled())
    assert seen == [True, False, True, False]
    assert is_grad_enabled()


def test_t28_one_context_object_may_be_entered_twice() -> None:
    quiet = no_grad()
    with quiet:
        with quiet:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_r108_another_thread_starts_enabled() -> None:
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_r108_asyncio_tasks_do_not_see_each_other() -> None:
    async def quiet(turn: asyncio.Event, other: asyncio.Event) -> bool:
        with no_grad():
            turn.set()
            await other.wait()
            return is_grad_enabled()

    async def loud(turn: asyncio.Event, other: asyncio.Event) -> bool:
        await turn.wait()
        enabled = is_grad_enabled()
        other.set()
        return enabled

    async def both() -> list[bool]:
        turn, other = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(quiet(turn, other), loud(turn, other))

    assert asyncio.run(both()) == [False, True]


def test_r109_decorated_generator_is_quiet_inside_only() -> None:
    @no_grad()
    def steps() -> Generator[bool, str, str]:
        got = yield is_grad_enabled()
        try:
            yield got == "sent" and not is_grad_enabled()
        except KeyError:
            yield not is_grad_enabled()
        return "done"

    generator = steps()
    seen = [next(generator), is_grad_enabled(), generator.send("sent"), is_grad_enabled(), generator.throw(KeyError())]
    assert seen == [False, True, True, True, True]
    with pytest.raises(StopIteration, match="done"):
        next(generator)
    assert is_grad_enabled()


def test_r109_decorated_generator_closes_and_raises_cleanly() -> None:
    closed = []

    @no_grad()
    def steps() -> Iterator[int]:
        try:
            yield 1
        finally:
            closed.append(is_grad_enabled())

    generator = steps()
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert (closed, is_grad_enabled()) == ([False], True)

    @no_grad()
    def fails() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(fails())
    assert is_grad_enabled()


def test_r109_with_block_across_a_yield_is_the_callers_until_it_ends() -> None:
    """Documented, as in PyTorch: a ``with`` that is suspended is still open; decorate the generator instead."""

    def leaky() -> Iterator[int]:
        with no_grad():
            yield 1

    generator = leaky()
    next(generator)
    assert not is_grad_enabled()
    generator.close()  # type: ignore[attr-defined]
    assert is_grad_enabled()


def test_r110_decorating_does_not_switch() -> None:
    @set_grad_enabled(False)
    def quiet() -> bool:
        return is_grad_enabled()

    set_grad_enabled(False)  # made, but not entered
    assert is_grad_enabled()
    assert not quiet()
    assert is_grad_enabled()


def test_t28_decorated_function_recurses_and_keeps_its_name() -> None:
    @no_grad()
    def deep(n: int) -> list[bool]:
        """Go down."""
        with enable_grad():
            below = deep(n - 1) if n else []
        return [is_grad_enabled(), *below]

    assert deep(3) == [False] * 4
    assert (deep.__name__, deep.__doc__) == ("deep", "Go down.")
    assert is_grad_enabled()


def test_t28_no_graph_is_kept_under_no_grad() -> None:
    x, v = Tensor([2.0], requires_grad=True), Value(2.0)
    with no_grad():
        for y in (x * 3, v * 3):
            assert (y.requires_grad, y.is_leaf, topological_order(y)) == (False, True, [y])
    gc.collect()
    assert (x * 3).requires_grad


def test_t28_eval_is_not_no_grad() -> None:
    model = nn.Linear(2, 1).eval()
    out = model(Tensor([[1.0, 2.0]]))
    assert out.requires_grad
    assert not model.training


def trained(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    w = Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    x, y = rng.normal(size=(16, 4)), rng.normal(size=(16, 3))
    for step in range(60):
        loss = (((x @ w).tanh() - y) ** 2).mean()
        loss.backward()
        with no_grad():
            w -= 0.1 * w.grad  # type: ignore[operator]
            if step % 7 == 0:
                assert not is_grad_enabled()
        w.zero_grad()
    return w.payload


def test_r111_threads_train_different_models_as_one_thread_does() -> None:
    serial = [trained(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(trained, range(4)))
    for one, other in zip(serial, parallel, strict=True):
        assert np.array_equal(one, other)


def test_r111_threads_may_read_one_parameter() -> None:
    """Shared parameters: forward passes and ``grad`` in threads are safe; ``backward`` needs a lock of the caller's."""
    w = Tensor(np.array([0.5, -0.5]), requires_grad=True)
    lock = threading.Lock()

    def work(factor: float) -> None:
        for _ in range(50):
            loss = (w * factor).sum()
            with lock:
                loss.backward()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [1.0, 2.0, 3.0, 4.0]))
    assert w.grad is not None
    assert w.grad.tolist() == [500.0, 500.0]


def test_r102_anomaly_is_named_while_the_graph_is_let_go() -> None:
    x = ag.Tensor([0.0, 4.0], requires_grad=True)
    loss = (x.sqrt() * 2.0).sum()
    with ag.detect_anomaly(), pytest.raises(ag.errors.AnomalyError, match="sqrt -> multiply -> sum"):
        loss.backward(retain_graph=False)
    assert x.grad is None
    good = (ag.Tensor([1.0], requires_grad=True) * 2.0).sum()
    with ag.detect_anomaly():
        good.backward(retain_graph=False)
    with pytest.raises(ag.errors.GraphError):
        good.backward()
