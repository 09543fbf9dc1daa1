"""Containers: modules that hold modules under the names ``0``, ``1``, ..., as PyTorch numbers them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from nn.errors import ArgumentError, ArgumentTypeError
from nn.module import Module

__all__ = ["ModuleList", "Sequential"]


def _checked(module: Any, owner: Module) -> Module:
    if not isinstance(module, Module):
        raise ArgumentTypeError(
            f"{type(owner).__name__} holds modules, got {type(module).__name__}: "
            "wrap a function in a Module with a forward(), and pass instances, not classes"
        )
    return module


class _Numbered(Module):
    """Modules in order, kept as attributes so that the walk over ``vars`` names them."""

    def _names(self) -> list[str]:
        return [name for name, item in vars(self).items() if isinstance(item, Module)]

    def _replace(self, modules: Iterable[Module]) -> None:
        for name in self._names():
            delattr(self, name)
        for index, module in enumerate(modules):
            setattr(self, str(index), _checked(module, self))

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Module]:
        return iter([getattr(self, name) for name in self._names()])

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: int | slice) -> "Module | Self":
        modules = list(self)
        if not isinstance(index, slice):
            return modules[index]
        part = type(self)()
        part._replace(modules[index])
        return part

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._names()[index], _checked(module, self))

    def append(self, module: Module) -> Self:
        """Add ``module`` at the end and return the container."""
        setattr(self, str(len(self)), _checked(module, self))
        return self


class Sequential(_Numbered):
    """Run modules one after the other. Give them in order, or one dict to name them.

    >>> from autograd import Tensor
    >>> from nn import Linear, ReLU, Sequential
    >>> net = Sequential(Linear(2, 3), ReLU(), Linear(3, 1))
    >>> net(Tensor([[0.5, 0.1]])).shape
    (1, 1)
    >>> Sequential({"hidden": Linear(2, 3), "act": ReLU()})
    Sequential(
      (hidden): Linear(in_features=2, out_features=3, bias=True)
      (act): ReLU()
    )
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                setattr(self, self._checked_name(name), _checked(module, self))
        else:
            self._replace(_checked(module, self) for module in modules)

    def _checked_name(self, name: Any) -> str:
        if not isinstance(name, str) or not name or "." in name or name in dir(type(self)):
            raise ArgumentError(
                f"Sequential names its modules by non-empty strings without dots that are no attribute of "
                f"Sequential, got {name!r}: choose another name"
            )
        return name

    def forward(self, x: Any) -> Any:
        """Return the output of the last module."""
        for module in self:
            x = module(x)
        return x


class ModuleList(_Numbered):
    """A list of modules. A plain list does as well; this one names its entries as PyTorch does.

    >>> from nn import Linear, ModuleList
    >>> layers = ModuleList(Linear(size, 1) for size in (2, 3))
    >>> len(layers), layers[-1].in_features
    (2, 3)
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self._replace(modules)

    def _take_name(self, path: str) -> None:
        """Hand the name on: a list is never called itself, its modules are."""
        super()._take_name(path)
        for name, module in self.named_children():
            module._take_name(f"{path}.{name}")

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add every module at the end and return the list."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put ``module`` before position ``index``."""
        modules = list(self)
        modules.insert(index, _checked(module, self))
        self._replace(modules)
