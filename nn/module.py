"""Module: a piece of a network, found to be so by looking at it.

Nothing is registered. Parameters, buffers and children are whatever a walk over ``vars(self)`` finds, in the
order in which it was assigned, through lists, tuples and dicts. This file knows no layer.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from autograd import Tensor, scope
from nn.errors import ArgumentTypeError, StateDictError
from nn.parameter import Parameter

__all__ = ["IncompatibleKeys", "Module"]


class IncompatibleKeys(NamedTuple):
    """What :meth:`Module.load_state_dict` could not place."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _find(name: str, item: Any) -> Iterator[tuple[str, "Tensor | Module"]]:
    """Yield the tensors and modules that ``item`` is or holds, with their dotted names."""
    if isinstance(item, Tensor | Module):
        yield name, item
    elif isinstance(item, list | tuple):
        for index, element in enumerate(item):
            yield from _find(_join(name, str(index)), element)
    elif isinstance(item, dict):
        for key, element in item.items():
            yield from _find(_join(name, str(key)), element)


def _once(pairs: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Drop every object that came before, by identity."""
    seen: set[int] = set()
    for name, item in pairs:
        if id(item) not in seen:
            seen.add(id(item))
            yield name, item


class Module:
    """The base of every layer and model: assign parameters and layers to ``self`` and write ``forward``.

    ``super().__init__()`` is not needed. A :class:`Parameter` is learned, any other ``Tensor`` is a buffer:
    state that is saved but not learned.

    >>> from autograd import Tensor
    >>> from nn import Module, Parameter
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factors = [Parameter([2.0]), Parameter([3.0])]
    ...     def forward(self, x):
    ...         return x * self.factors[0] * self.factors[1]
    >>> scale = Scale()
    >>> scale(Tensor([1.0])).item()
    6.0
    >>> [name for name, _ in scale.named_parameters()]
    ['factors.0', 'factors.1']
    """

    training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass writes its own."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward(): define one that returns its output"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return ``self.forward(...)``, recorded in a scope of the name that this module was assigned to."""
        with scope(vars(self).get("_name") or type(self).__name__):
            return self.forward(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign, but never let a plain tensor silently take the place of a parameter (case R136).

        Modules and parameters take the name for pictures.
        """
        is_plain = isinstance(value, Tensor) and not isinstance(value, Parameter)
        if is_plain and isinstance(vars(self).get(name), Parameter):
            raise ArgumentTypeError(
                f"{type(self).__name__}.{name} expects a Parameter, got a plain Tensor, which would not be "
                f"learned: assign Parameter(tensor), or {name}.data = array to change the numbers in place"
            )
        object.__setattr__(self, name, value)
        for path, item in _find(name, value):
            if isinstance(item, Module):
                item._take_name(path)
            elif isinstance(item, Parameter) and not item.label:
                item.label = path

    def _take_name(self, path: str) -> None:
        """Take the name under which an owner holds this module; pictures show it."""
        object.__setattr__(self, "_name", path)

    # The walk

    def _members(self) -> Iterator[tuple[str, "Tensor | Module"]]:
        for name, item in vars(self).items():
            yield from _find(name, item)

    def _named_tensors(
        self, prefix: str = "", above: tuple["Module", ...] = ()
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield every tensor below, shared ones each time; a reference back to an owner is passed by."""
        path = (*above, self)
        for name, item in self._members():
            if isinstance(item, Tensor):
                yield _join(prefix, name), item
            elif not any(item is module for module in path):
                yield from item._named_tensors(_join(prefix, name), path)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield ``(dotted name, parameter)`` in definition order; a shared one once, under its first name.

        >>> from nn import Linear, Sequential
        >>> [name for name, _ in Sequential(Linear(2, 3), Linear(3, 1)).named_parameters()]
        ['0.weight', '0.bias', '1.weight', '1.bias']
        """
        return _once((name, item) for name, item in self._named_tensors() if isinstance(item, Parameter))

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters, each once.

        >>> from nn import Linear
        >>> sum(p.data.size for p in Linear(2, 3).parameters())
        9
        """
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Yield ``(dotted name, tensor)`` for the tensors that are no parameters, each once."""
        return _once((name, item) for name, item in self._named_tensors() if not isinstance(item, Parameter))

    def buffers(self) -> Iterator[Tensor]:
        """Yield the buffers, each once."""
        return (buffer for _, buffer in self.named_buffers())

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """Yield the modules right below, each once, with the names they go by here."""
        return _once((name, item) for name, item in self._members() if isinstance(item, Module))

    def children(self) -> Iterator["Module"]:
        """Yield the modules right below, each once.

        >>> from nn import Linear, ReLU, Sequential
        >>> list(Sequential(Linear(1, 1), ReLU()).children())
        [Linear(in_features=1, out_features=1, bias=True), ReLU()]
        """
        return (module for _, module in self.named_children())

    def named_modules(self) -> Iterator[tuple[str, "Module"]]:
        """Yield this module, named ``""``, and every module below, each once, owners before what they own."""
        stack: list[tuple[str, Module]] = [("", self)]
        seen: set[int] = set()
        while stack:
            prefix, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield prefix, module
                below = [(_join(prefix, name), child) for name, child in module.named_children()]
                stack.extend(reversed(below))

    def modules(self) -> Iterator["Module"]:
        """Yield this module and every module below, each once."""
        return (module for _, module in self.named_modules())

    # What is done to all

    def apply(self, function: Callable[["Module"], Any]) -> Self:
        """Call ``function`` on every module below, then on this one, and return this one."""
        for module in reversed(list(self.modules())):
            function(module)
        return self

    def train(self, mode: bool = True) -> Self:
        """Put this module and all below into training mode, or with ``False`` into evaluation mode.

        >>> from nn import Linear, Sequential
        >>> Sequential(Linear(1, 1)).eval()[0].training
        False
        """
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> Self:
        """Put this module and all below into evaluation mode."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or with ``set_to_none=False`` fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(np.zeros(parameter.shape, parameter.dtype))

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters with ``False``, thaw them with ``True``.

        >>> from nn import Linear
        >>> any(p.requires_grad for p in Linear(1, 1).requires_grad_(False).parameters())
        False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    # State

    def state_dict(self) -> dict[str, Tensor]:
        """Return copies of all parameters and buffers under their dotted names; shared ones under each name.

        The copies do not follow when training goes on.

        >>> from nn import Linear
        >>> {name: tensor.shape for name, tensor in Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return {name: tensor.detach() for name, tensor in self._named_tensors()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Take over the numbers of ``state_dict``, tensors or arrays, converted to the dtype found here.

        Args:
            state_dict: What :meth:`state_dict` returned, here or in PyTorch (as arrays).
            strict: Whether missing and unexpected names are errors. Wrong shapes always are.

        Returns:
            The names that were missing and those that were unexpected.

        Raises:
            StateDictError: Listing everything that does not fit. Nothing was changed then.

        >>> from nn import Linear
        >>> first, second = Linear(2, 3), Linear(2, 3)
        >>> second.load_state_dict(first.state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        >>> bool((first.weight.data == second.weight.data).all())
        True
        """
        if not isinstance(state_dict, Mapping):
            raise ArgumentTypeError(
                f"load_state_dict expects a mapping of names to arrays, got {type(state_dict).__name__}: "
                "pass what state_dict() returned"
            )
        own = dict(self._named_tensors())
        keys = IncompatibleKeys(
            [name for name in own if name not in state_dict], [name for name in state_dict if name not in own]
        )
        arrays = {name: _as_array(state_dict[name]) for name in own if name in state_dict}
        faults = _faults(own, arrays, keys if strict else IncompatibleKeys([], []))
        if faults:
            raise StateDictError(f"the state does not fit {type(self).__name__}:\n  " + "\n  ".join(faults))
        for name, array in arrays.items():
            own[name].data = array.astype(own[name].dtype, copy=True)
        return keys

    # Looks

    def extra_repr(self) -> str:
        """Return what stands between the brackets of ``repr``; subclasses say their options here."""
        return ""

    def __repr__(self) -> str:
        """Return the module and all below, one a line, as PyTorch writes them."""
        extra = self.extra_repr()
        lines = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self.named_children()]
        if not lines:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}(\n  " + "\n  ".join([extra, *lines] if extra else lines) + "\n)"


def _as_array(item: Any) -> np.ndarray[Any, Any]:
    return np.asarray(item.detach() if isinstance(item, Tensor) else item)


def _faults(
    own: Mapping[str, Tensor], arrays: Mapping[str, np.ndarray[Any, Any]], keys: IncompatibleKeys
) -> list[str]:
    """Return one line for each kind of misfit or each mis-shaped entry."""
    faults = []
    if keys.missing_keys:
        faults.append("missing: " + ", ".join(keys.missing_keys))
    if keys.unexpected_keys:
        faults.append("unexpected: " + ", ".join(keys.unexpected_keys))
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            faults.append(f"{name}: expected real numbers, got dtype {array.dtype}")
        elif array.shape != own[name].shape:
            faults.append(f"{name}: expected shape {own[name].shape}, got {array.shape}")
    if faults:
        faults.append(
            "(build the module with the sizes it was saved with, or pass strict=False to skip names)"
        )
    return faults
