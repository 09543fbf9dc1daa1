"""Averages of parameters; the numbers of PyTorch's are in tests/parity."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value
from nn import Linear, Module
from optim import SGD, AveragedModel, OptimizerError, get_ema_avg_fn, update_bn


def test_the_plain_mean_of_a_list() -> None:
    x, w = Value(0.0), Tensor(np.zeros(2), requires_grad=True)
    average = AveragedModel([x, w])
    for number in (1.0, 2.0, 6.0):
        x.data, w.data = number, np.array([number, -number])
        average.update_parameters([x, w])
    assert average.module[0].data == pytest.approx(3.0)
    assert average.module[1].tolist() == pytest.approx([3.0, -3.0])
    assert (x.data, average.n_averaged) == (6.0, 3)


def test_a_model_is_copied_called_saved_and_loaded() -> None:
    model = Linear(2, 1)
    average = AveragedModel(model, get_ema_avg_fn(0.5))
    optimizer = SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        model(Tensor(np.ones((1, 2), np.float32))).sum().backward()
        optimizer.step()
        average.update_parameters(model)
    x = Tensor(np.ones((1, 2), np.float32))
    assert average(x).item() != model(x).item()
    fresh = AveragedModel(Linear(2, 1), get_ema_avg_fn(0.5))
    fresh.load_state_dict(average.state_dict())
    assert (fresh(x).item(), fresh.n_averaged) == (average(x).item(), 3)
    assert {p.dtype for p in average.parameters()} == {np.dtype(np.float32)}


def test_a_list_is_saved_and_loaded() -> None:
    average = AveragedModel([Value(2.0), Tensor([1.0, 2.0], requires_grad=True)])
    average.update_parameters([Value(3.0), Tensor([4.0, 5.0], requires_grad=True)])
    fresh = AveragedModel([Value(0.0), Tensor([0.0, 0.0], requires_grad=True)])
    fresh.load_state_dict(average.state_dict())
    assert (fresh.module[0].data, fresh.module[1].tolist()) == (3.0, [4.0, 5.0])
    with pytest.raises(OptimizerError, match="n_averaged"):
        fresh.load_state_dict({})


def test_another_model_is_refused() -> None:
    average = AveragedModel([Tensor([0.0, 0.0], requires_grad=True)])
    with pytest.raises(OptimizerError, match=r"shape \(1,\) for one of \(2,\)"):
        average.update_parameters([Tensor([1.0], requires_grad=True)])
    with pytest.raises(OptimizerError, match="decay expects"):
        get_ema_avg_fn(1.5)


class Counted(Module):
    """A layer that remembers the mean of its inputs over the batches, as batch normalization does."""

    def __init__(self) -> None:
        self.running_mean = Tensor(np.zeros(1))
        self.momentum: float | None = 0.1
        self.batches = 0

    def reset_running_stats(self) -> None:
        self.running_mean, self.batches = Tensor(np.zeros(1)), 0

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.batches += 1
            part = 1.0 / self.batches if self.momentum is None else self.momentum
            self.running_mean = Tensor((1 - part) * self.running_mean.numpy() + part * x.numpy().mean())
        return x


def test_statistics_are_taken_anew_over_all_batches() -> None:
    layer: Any = Counted().eval()
    update_bn([Tensor([1.0, 3.0]), (Tensor([6.0, 8.0]), "label")], AveragedModel(layer).module)
    average = AveragedModel(layer)
    update_bn([Tensor([1.0, 3.0]), (Tensor([6.0, 8.0]), "label")], average)
    assert average.module.running_mean.item() == pytest.approx(4.5)
    assert (average.module.momentum, average.module.training, layer.batches) == (0.1, False, 0)


def test_buffers_are_copied_or_averaged() -> None:
    layer = Counted()
    copied, averaged = AveragedModel(layer), AveragedModel(layer, use_buffers=True)
    for number in (1.0, 3.0):
        layer.running_mean = Tensor(np.array([number]))
        copied.update_parameters(layer)
        averaged.update_parameters(layer)
    assert (copied.module.running_mean.item(), averaged.module.running_mean.item()) == (3.0, 2.0)
