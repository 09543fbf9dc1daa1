"""Starting values: their spread, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, manual_seed
from nn import init

SHAPE = (200, 50, 3)  # fan_in 150, fan_out 600


def blank() -> Tensor:
    return Tensor(np.zeros(SHAPE, np.float32))


@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (lambda t: init.xavier_uniform_(t, gain=2.0), 2 * math.sqrt(2 / 750)),
        (init.xavier_normal_, math.sqrt(2 / 750)),
        (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), 1 / math.sqrt(3 * 150)),
        (lambda t: init.kaiming_uniform_(t, nonlinearity="relu"), math.sqrt(2 / 150)),
        (lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu"), math.sqrt(2 / 600)),
        (lambda t: init.normal_(t, 0.0, 3.0), 3.0),
        (lambda t: init.uniform_(t, -1.0, 1.0), 1 / math.sqrt(3)),
    ],
)
def test_spread(fill: Any, std: float) -> None:
    manual_seed(0)
    tensor = blank()
    assert fill(tensor) is tensor
    assert tensor.dtype == np.float32
    assert tensor.data.std() == pytest.approx(std, rel=0.02)
    assert abs(tensor.data.mean()) < 0.03 * std


def test_constants() -> None:
    assert (init.ones_(blank()).data == 1).all()
    assert (init.zeros_(init.ones_(blank())).data == 0).all()
    assert (init.constant_(blank(), 7.0).data == 7).all()


def test_the_same_generator_gives_the_same_numbers() -> None:
    first, second = (init.normal_(blank(), rng=np.random.default_rng(1)) for _ in range(2))
    assert (first.data == second.data).all()


@pytest.mark.parity
def test_gains_equal_torch() -> None:
    import torch
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "selu"):
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    for slope in (None, 0.0, 2.0):
        assert init.calculate_gain("leaky_relu", slope) == torch.nn.init.calculate_gain("leaky_relu", slope)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.xavier_uniform_(Tensor([1.0])), "got shape"),
        (lambda: init.kaiming_normal_(blank(), mode="fan"), "fan_in"),
        (lambda: init.calculate_gain("swish"), "calculate_gain knows"),
        (lambda: init.uniform_(blank(), 1.0, 0.0), "a <= b"),
        (lambda: init.normal_(blank(), std=-1.0), "std >= 0"),
    ],
)
def test_refuses_what_cannot_be_meant(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
