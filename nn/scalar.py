"""Networks of single numbers: the neuron, the layer and the multilayer perceptron on ``Value``.

Interface and random draws are those of micrograd: a lecture notebook runs with its import line changed and,
with the same seed of ``random``, finds the same numbers.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value, scope
from autograd.errors import ShapeError
from nn.errors import ArgumentError

if TYPE_CHECKING:
    import random

__all__ = ["MLP", "Layer", "Module", "Neuron"]


class Module:
    """What neuron, layer and network have in common: parameters, forgetting their gradients, a name for pictures."""

    name = ""

    def _scope(self) -> scope:
        return scope(self.name or type(self).__name__)

    def zero_grad(self) -> None:
        """Set every parameter back to "no gradient yet", which reads 0.0."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def parameters(self) -> list[Value]:
        """Return the weights and biases in order."""
        return []


class Neuron(Module):
    """One neuron: the weighted sum of its inputs plus a bias, through a ReLU if ``nonlin``.

    >>> import random
    >>> random.seed(1)
    >>> Neuron(2)
    ReLUNeuron(2)
    >>> len(Neuron(2).parameters())
    3
    """

    def __init__(self, nin: int, nonlin: bool = True, *, rng: "random.Random | None" = None) -> None:
        import random  # noqa: PLC0415 - Python's module, and its global stream: micrograd draws from it

        draw = (rng or random).uniform
        self.w = [Value(draw(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.nonlin = nonlin

    def __call__(self, x: Iterable[Any]) -> Value:
        """Return the activation for the inputs ``x``, numbers or Values."""
        inputs = list(x)
        if len(inputs) != len(self.w):
            raise ShapeError(
                f"{self!r} expects {len(self.w)} inputs, got {len(inputs)}: "
                f"pass {len(self.w)} numbers or build it with nin={len(inputs)}"
            )
        with self._scope():
            act = self.b
            for weight, number in zip(self.w, inputs, strict=True):
                act = act + weight * number
            return act.relu() if self.nonlin else act

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        """Return kind and number of inputs."""
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side; a layer of one neuron returns its Value, else a list.

    >>> Layer(2, 2, nonlin=False)
    Layer of [LinearNeuron(2), LinearNeuron(2)]
    """

    def __init__(self, nin: int, nout: int, nonlin: bool = True, *, rng: "random.Random | None" = None) -> None:
        self.neurons = [Neuron(nin, nonlin, rng=rng) for _ in range(nout)]
        for index, neuron in enumerate(self.neurons):
            neuron.name = f"neurons.{index}"

    def __call__(self, x: Iterable[Any]) -> Any:
        """Return the activation of the one neuron, or the list of all."""
        inputs = list(x)
        with self._scope():
            out = [neuron(inputs) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons in order."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        """Return the neurons."""
        return f"Layer of [{', '.join(str(neuron) for neuron in self.neurons)}]"


class MLP(Module):
    """Layers one after the other, all with ReLU but the last.

    >>> MLP(2, [2, 1])
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]
    >>> len(MLP(2, [16, 16, 1]).parameters())
    337
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, rng: "random.Random | None" = None) -> None:
        if not nouts:
            raise ArgumentError(
                "MLP expects the size of at least one layer, got none: for example MLP(2, [16, 1])"
            )
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last, rng=rng) for i in range(len(nouts))]
        for index, layer in enumerate(self.layers):
            layer.name = f"layers.{index}"

    def __call__(self, x: Iterable[Any]) -> Any:
        """Return the output of the last layer: one Value, or a list."""
        out: Any = x
        with self._scope():
            for index, layer in enumerate(self.layers):
                out = layer([out] if index and isinstance(out, Value) else out)
        return out

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers in order."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        """Return the layers."""
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
