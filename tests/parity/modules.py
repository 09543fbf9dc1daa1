"""PyTorch's own table of modules: every module and option it lists that we have, same weights, same inputs."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import nn
from autograd import Tensor

from .oracle import CLEAR

__all__ = ["Outcome", "judge", "names"]


@dataclass
class Outcome:
    """What became of one module.

    Attributes:
        name: PyTorch's and our name.
        samples: How many configurations were run, in training and in evaluation.
        problems: One line for each that differs.
        refusals: One line for each that we refuse.
    """

    name: str
    samples: int = 0
    problems: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def _table() -> dict[str, Any]:
    from torch.testing._internal.common_modules import module_db

    return {info.name.removeprefix("nn."): info for info in module_db}


def names() -> list[str]:
    """Return the names of the table."""
    return sorted(_table())


def judge(name: str) -> Outcome:
    """Run every sample of one module on both sides, and compare outputs, running numbers and all gradients."""
    import torch

    info, outcome = _table()[name], Outcome(name)
    for training in (True, False):
        torch.manual_seed(0)
        draw = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
        for sample in info.module_inputs_func(info, **draw):
            outcome.samples += 1
            shown = f"{name}({sample.desc}), {'training' if training else 'evaluation'}"
            try:
                problem = _compare(name, info.module_cls, sample, training)
            except CLEAR as error:
                outcome.refusals.append(f"{shown}: {type(error).__name__}: {error}")
            else:
                outcome.problems += [f"{shown}: {problem}"] if problem else []
    return outcome


def _compare(name: str, cls: Any, sample: Any, training: bool) -> str:
    import torch

    made = sample.constructor_input
    theirs = cls(*made.args, **made.kwargs)
    theirs = theirs.to(torch.float64).train(training)
    ours = getattr(nn, name)(*_converted(made.args, []), **_converted(made.kwargs, []))
    ours.train(training)
    state = {key: value.detach().numpy().copy() for key, value in theirs.state_dict().items()}
    _widen(ours)
    ours.load_state_dict(state)
    leaves: list[tuple[Tensor, Any]] = []
    args = _converted(sample.forward_input.args, leaves)
    kwargs = _converted(sample.forward_input.kwargs, leaves)
    expected = theirs(*sample.forward_input.args, **sample.forward_input.kwargs)
    found = ours(*args, **kwargs)
    outputs, others = _flat(found), [t for t in _flat(expected) if t is not None]
    if len(outputs) != len(others):
        return f"expected {len(others)} outputs, got {len(outputs)}"
    return _differs(ours, theirs, outputs, others, leaves)


def _differs(ours: Any, theirs: Any, outputs: list[Any], others: list[Any], leaves: list[tuple[Tensor, Any]]) -> str:
    import torch

    rng = np.random.default_rng(0)
    total, total_expected = [], []
    for i, (out, other) in enumerate(zip(outputs, others, strict=True)):
        if problem := _gap(f"output {i}", out.payload, other.detach().numpy()):
            return problem
        if other.requires_grad:
            seed = rng.standard_normal(out.shape)
            total.append((out * Tensor(seed)).sum())
            total_expected.append((other * torch.tensor(seed)).sum())
    if total:
        sum(total[1:], total[0]).backward()
        sum(total_expected[1:], total_expected[0]).backward()
    parameters = dict(theirs.named_parameters())
    pairs = [(key, p, parameters[key]) for key, p in ours.named_parameters()]
    pairs += [(f"input {i}", x, y) for i, (x, y) in enumerate(leaves)]
    for key, mine, other in pairs:
        gradient = np.zeros(mine.shape) if mine.grad is None else mine.grad.payload
        wanted = np.zeros(mine.shape) if other.grad is None else other.grad.numpy()
        if problem := _gap(f"gradient of {key}", gradient, wanted):
            return problem
    buffers = dict(theirs.named_buffers())
    for key, buffer in ours.named_buffers():
        if key in buffers and (problem := _gap(f"buffer {key}", buffer.payload, buffers[key].numpy())):
            return problem
    return ""


def _gap(what: str, found: Any, expected: Any) -> str:
    if found.shape != expected.shape:
        return f"{what}: expected shape {expected.shape}, got {found.shape}"
    if not np.allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True):
        return f"{what}: differs by {float(np.max(np.abs(found - expected))):.1e}"
    return ""


def _widen(module: Any) -> None:
    """Make parameters and buffers double, in place: PyTorch's ``.double()``."""
    for owner in module.modules():
        for key, item in list(vars(owner).items()):
            if isinstance(item, Tensor) and item.dtype == np.float32:
                kind = type(item)
                object.__setattr__(owner, key, kind(item.detach().numpy().astype(np.float64)))


def _converted(item: Any, leaves: list[tuple[Tensor, Any]]) -> Any:
    """Return the same with our tensors and modules for PyTorch's; pair the leaves that get a gradient."""
    import torch

    if isinstance(item, torch.Tensor):
        if not item.is_floating_point():
            return item.numpy()
        own = Tensor(item.detach().numpy(), requires_grad=item.requires_grad)
        if item.requires_grad and item.is_leaf:
            leaves.append((own, item))
        return own
    if isinstance(item, (list, tuple)):
        return type(item)(_converted(part, leaves) for part in item)
    if isinstance(item, dict):
        return {key: _converted(part, leaves) for key, part in item.items() if key not in ("device", "dtype")}
    return item


def _flat(item: Any) -> list[Any]:
    return [x for part in item for x in _flat(part)] if isinstance(item, (list, tuple)) else [item]
