"""The multilayer perceptron."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from autograd import Tensor
from nn.activation import ReLU
from nn.errors import ArgumentError
from nn.linear import Linear
from nn.module import Module

__all__ = ["MLP"]


class MLP(Module):
    """Linear layers with an activation between them; none after the last.

    Args:
        sizes: Inputs, hidden layers, outputs.
        activation: A module class, or any function that returns a module; called once for each hidden layer.
        rng: Where the starting weights are drawn.

    >>> from autograd import Tensor
    >>> net = MLP([784, 256, 128, 10])
    >>> net(Tensor(np.zeros((1, 784), np.float32))).shape
    (1, 10)
    >>> sum(p.data.size for p in net.parameters())
    235146
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], Module] = ReLU,
        *,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        if len(sizes) < 2:
            raise ArgumentError(f"MLP expects at least the sizes of input and output, got {list(sizes)}")
        pairs = itertools.pairwise(sizes)
        self.layers = [Linear(inside, outside, rng=rng) for inside, outside in pairs]
        self.activations = [activation() for _ in self.layers[1:]]

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., sizes[0])`` to ``(..., sizes[-1])``."""
        for layer, activation in zip(self.layers, self.activations, strict=False):
            x = activation(layer(x))
        out: Tensor = self.layers[-1](x)
        return out
