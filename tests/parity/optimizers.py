"""PyTorch's own table of optimizers: its configurations and its errors, asked of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import optim
from autograd import Tensor
from autograd.errors import StepgradError

__all__ = ["Outcome", "judge", "listed", "names"]

STEPS, TOLERANCE = 50, 1e-10
ERRORS = (StepgradError, TypeError)


@dataclass
class Outcome:
    """What became of one optimizer.

    Attributes:
        name: PyTorch's and our name.
        right: How many of the listed configurations agree.
        total: How many there are.
        problems: One line for each that does not, and for each error that is not raised.
    """

    name: str
    right: int = 0
    total: int = 0
    problems: list[str] = field(default_factory=list)


def _table() -> Any:
    from torch.testing._internal.common_optimizers import optim_db

    return optim_db


def names() -> set[str]:
    return {info.name for info in _table()}


def listed(name: str) -> int:
    """Return how many configurations of an optimizer the table lists."""
    return len(_info(name).optim_inputs_func(device="cpu"))


def _info(name: str) -> Any:
    return next(info for info in _table() if info.name == name)


def judge(name: str) -> Outcome:
    """Compare all configurations and all errors of one optimizer."""
    import torch

    info = _info(name)
    outcome = Outcome(name)
    with float64(), without_bfloat16():
        for sample in info.optim_inputs_func(device="cpu"):
            outcome.total += 1
            differs = compare(name, sample.kwargs, matrices=name == "Muon", closure=info.step_requires_closure)
            outcome.right += not differs
            outcome.problems += [f"{name}({sample.desc}): {differs}"] if differs else []
        for error in info.optim_error_inputs_func("cpu", torch.float64):
            outcome.problems += refuses(name, error)
    return outcome


@contextmanager
def float64() -> Iterator[None]:
    """Let PyTorch keep its counters, and what it derives from them, in float64 too."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def without_bfloat16() -> Iterator[None]:
    """Let PyTorch's Muon iterate in float64, where a comparison to ten digits has a meaning."""
    import torch

    before = torch.Tensor.bfloat16
    torch.Tensor.bfloat16 = torch.Tensor.clone  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        torch.Tensor.bfloat16 = before  # type: ignore[method-assign]


def starts(matrices: bool) -> list[np.ndarray]:
    """Parameters of several shapes, among them a number, and a matrix higher than wide."""
    rng = np.random.default_rng(7)
    shapes: list[tuple[int, ...]] = [(4, 3), (2, 5)] if matrices else [(4, 3), (5,), (), (2, 3, 2)]
    return [rng.normal(size=shape) for shape in shapes]


def compare(name: str, options: dict[str, Any], matrices: bool, closure: bool) -> str:
    """Return how ours and PyTorch's differ after 50 steps, and nothing if they do not."""
    import torch

    ours = [Tensor(start, requires_grad=True) for start in starts(matrices)]
    theirs = [torch.tensor(start, requires_grad=True) for start in starts(matrices)]
    mine = getattr(optim, name)(ours, **{key: converted(option) for key, option in options.items()})
    other = getattr(torch.optim, name)(theirs, **options)
    gradients = np.random.default_rng(11)
    for step in range(STEPS):
        if closure:
            loss_of = bowl if mine.param_groups[0].get("line_search_fn") is None else valley
            mine.step(closure_of(mine, ours, loss_of))
            other.step(closure_of(other, theirs, loss_of))
        else:
            for one, its in zip(ours, theirs, strict=True):
                gradient = gradients.normal(size=one.shape) / (1 + step % 7)
                one.grad, its.grad = Tensor(gradient), torch.tensor(gradient)
            mine.step()
            other.step()
        for one, its in zip(ours, theirs, strict=True):
            gap = float(np.max(np.abs(one.detach().numpy() - its.detach().numpy())))
            if not gap <= TOLERANCE:
                return f"differs by {gap:.1e} after step {step + 1}"
    return ""


def bowl(parameters: list[Any]) -> Any:
    """A convex loss, differently curved along its axes, in operations that both sides spell alike.

    Where steps of fixed length leave a convex place, rounding is magnified beyond any tolerance.
    """
    squares = sum(((p - 1.0) ** 2).sum() * (1.0 + place) for place, p in enumerate(parameters))
    return squares + sum((p**4).sum() for p in parameters)


def valley(parameters: list[Any]) -> Any:
    """A loss with a curved valley, which is not convex."""
    first = parameters[0]
    return bowl(parameters) + ((first[1:] - first[:-1] ** 2) ** 2).sum() * 3.0


def closure_of(optimizer: Any, parameters: list[Any], loss_of: Callable[[list[Any]], Any]) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of(parameters)
        loss.backward()
        return loss

    return closure


def refuses(name: str, error: Any) -> list[str]:
    """Return a line if we accept what PyTorch refuses, at construction or at the first step."""
    from torch.testing._internal.common_optimizers import OptimizerErrorEnum

    given = error.optimizer_error_input
    wanted = f"{name}: {given.desc or error.error_regex}"
    try:
        params = [Tensor(np.ones((2, 2)), requires_grad=True)] if given.params is None else converted(given.params)
        optimizer = getattr(optim, name)(params, **{key: converted(option) for key, option in given.kwargs.items()})
        if error.error_on is OptimizerErrorEnum.STEP_ERROR:
            optimizer.step()
    except ERRORS as raised:
        return [] if str(raised) else [f"{wanted}: an error without words"]
    return [f"{wanted}: accepted"]


def converted(item: Any, seen: dict[int, Tensor] | None = None) -> Any:
    """Return the same with our tensors for PyTorch's, one for one."""
    import torch

    seen = {} if seen is None else seen
    if isinstance(item, torch.Tensor):
        if id(item) not in seen:
            seen[id(item)] = Tensor(item.detach().numpy(), requires_grad=item.requires_grad or item.grad is not None)
        return seen[id(item)]
    if isinstance(item, dict):
        return {key: converted(entry, seen) for key, entry in item.items()}
    return type(item)(converted(entry, seen) for entry in item) if isinstance(item, list | tuple) else item
