"""Reading networks: their parameters as groups of nodes, and what each module returned in one forward pass.

Plots and summaries look at a model through this file. It imports ``nn`` inside functions only, and leaves a model as
it found it: parameters, buffers, gradients, random numbers, training flag.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor, Value, get_rng_state, set_rng_state
from autograd.mode import Scope, current
from autograd.node import Node

__all__ = ["Call", "array_of", "gradient_of", "parameter_groups", "undisturbed", "watch_calls"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a module.

    Attributes:
        module: What was called.
        scope: The scope of this very call; ``None`` when ``forward`` was called past the module's own call.
        output: What it returned.
    """

    module: Any
    scope: Scope | None
    output: Any


def parameter_groups(model: Any) -> dict[str, list[Node]]:
    """Return the parameters of a model by name; those of single numbers are taken together, layer by layer.

    Args:
        model: An ``nn`` module, a network of ``nn.scalar``, a mapping of names to nodes, or nodes in a sequence.

    Raises:
        TypeError: There is nothing in it that could have a gradient.

    >>> from autograd import Value
    >>> {name: len(nodes) for name, nodes in parameter_groups({"w": Value(1.0), "b": Value(0.0)}).items()}
    {'w': 1, 'b': 1}
    """
    from nn import Module, scalar

    if isinstance(model, Module):
        groups: dict[str, list[Node]] = {name: [parameter] for name, parameter in model.named_parameters()}
    elif isinstance(model, scalar.Module):
        groups = _scalar_groups(model)
    elif isinstance(model, Mapping):
        groups = {str(name): _nodes(item) for name, item in model.items()}
    elif isinstance(model, Node):
        groups = {model.label or "parameter": [model]}
    elif isinstance(model, Iterable) and not isinstance(model, str | bytes | np.ndarray):
        groups = _listed(list(model))
    else:
        raise _no_model(model)
    if not groups:
        raise ValueError("expected a model with parameters, got one without any; give it a layer that learns")
    return groups


def _scalar_groups(model: Any) -> dict[str, list[Node]]:
    """Return the weights and the biases of each layer of a network of numbers."""
    groups: dict[str, list[Node]] = {}
    for layer, neurons in scalar_layers(model):
        groups[f"{layer}w"] = [weight for neuron in neurons for weight in neuron.w]
        groups[f"{layer}b"] = [neuron.b for neuron in neurons]
    return groups


def scalar_layers(model: Any) -> list[tuple[str, list[Any]]]:
    """Return the neurons of each layer of a network, a layer or a neuron of ``nn.scalar``, with a prefix for names."""
    from nn import scalar

    if isinstance(model, scalar.MLP):
        return [(f"{layer.name}.", layer.neurons) for layer in model.layers]
    if isinstance(model, scalar.Layer):
        return [("", model.neurons)]
    if isinstance(model, scalar.Neuron):
        return [("", [model])]
    raise TypeError(
        f"expected an MLP, a Layer or a Neuron of nn.scalar, got {type(model).__name__}; "
        "pass a mapping of names to Values instead"
    )


def _nodes(item: Any) -> list[Node]:
    nodes = [item] if isinstance(item, Node) else list(item) if isinstance(item, list | tuple) else []
    if not nodes or not all(isinstance(node, Node) for node in nodes):
        raise TypeError(f"expected a Tensor, a Value or a list of Values, got {type(item).__name__}")
    return nodes


def _listed(items: list[Any]) -> dict[str, list[Node]]:
    if not all(isinstance(item, Node) for item in items):
        raise _no_model(items)
    if all(isinstance(item, Value) for item in items):
        return {"parameters": items} if items else {}
    return {item.label or str(index): [item] for index, item in enumerate(items)}


def _no_model(item: object) -> TypeError:
    return TypeError(
        f"expected a module, a mapping of names to Tensors or Values, or parameters, got {type(item).__name__}; "
        "for example pass model, or {'w': w, 'b': b}"
    )


def array_of(item: Any) -> Array:
    """Return the numbers in a tensor, a value, a list of them or anything NumPy reads, as an array of their own dtype.

    >>> from autograd import Tensor, Value
    >>> array_of([Value(1.0), 2]).tolist(), array_of(Tensor([3.0])).tolist()
    ([1.0, 2.0], [3.0])
    """
    if isinstance(item, Node):
        return np.asarray(item.payload)
    if isinstance(item, list | tuple):
        return np.asarray([array_of(part) for part in item])
    return np.asarray(item)


def gradient_of(nodes: Iterable[Node]) -> Array | None:
    """Return the gradients of a group as one flat array; ``None`` when no node of it has one yet.

    >>> from autograd import Value
    >>> x = Value(3.0); gradient_of([x]) is None
    True
    >>> (x * x).backward(); gradient_of([x]).tolist()
    [6.0]
    """
    found = [node.gradient for node in nodes]
    parts = [array_of(gradient).ravel() for gradient in found if gradient is not None]
    return np.concatenate(parts) if parts else None


@contextmanager
def watch_calls(model: Any) -> Iterator[list[Call]]:
    """List the calls of all modules of a model that are made inside, in the order in which they return.

    Each module gets a ``forward`` of its own that keeps what the class's returns; it is taken away afterwards.
    """
    calls: list[Call] = []
    entered: set[Scope | None] = {current().scope}

    def watched(module: Any, forward: Any) -> Any:
        def listen(*args: Any, **kwargs: Any) -> Any:
            scope = current().scope
            own = None if scope in entered else scope
            entered.add(scope)
            output = forward(*args, **kwargs)
            calls.append(Call(module, own, output))
            return output

        return listen

    modules = list(model.modules())
    before = [vars(module).get("forward") for module in modules]
    try:
        for module in modules:
            vars(module)["forward"] = watched(module, module.forward)
        yield calls
    finally:
        for module, own in zip(modules, before, strict=True):
            if own is None:
                vars(module).pop("forward", None)
            else:
                vars(module)["forward"] = own


@contextmanager
def undisturbed(model: Any) -> Iterator[None]:
    """Put a model and the random numbers back as they were, whatever is run inside."""
    modules = list(model.modules())
    attributes = [dict(vars(module)) for module in modules]
    tensors = [(t, t.payload, t.payload.copy(), t.gradient, t.requires_grad) for t in _tensors(model)]
    generators = [
        (item, item.bit_generator.state)
        for held in attributes
        for item in held.values()
        if isinstance(item, np.random.Generator)
    ]
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
        for generator, saved in generators:
            generator.bit_generator.state = saved
        for module, held in zip(modules, attributes, strict=True):
            vars(module).clear()
            vars(module).update(held)
        for tensor, payload, numbers, gradient, wanted in tensors:
            tensor.gradient, tensor.requires_grad = gradient, wanted
            if not _same(payload, numbers):
                payload[...] = numbers  # somebody wrote into the array itself
            if not _same(tensor.payload, numbers):
                tensor.data = payload


def _same(one: Array, other: Array) -> bool:
    return one.tobytes() == other.tobytes()


def _tensors(model: Any) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]
