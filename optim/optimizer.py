"""Optimizer: what all optimizers share. It knows parameter groups and state, and no algorithm.

An algorithm is one pure method, :meth:`Optimizer.update`, in plain arithmetic: the same code moves a float
and an array. State is kept by the position of the parameter, never by its identity, so that it can be saved.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, Value, enable_grad
from optim.errors import OptimizerError, OptimizerStateError, OptimizerTypeError

__all__ = ["Optimizer"]

Group = dict[str, Any]
State = dict[str, Any]
Leaf = Value | Tensor


class Optimizer:
    """The base of every optimizer; subclasses write :meth:`update` and, for their options, :meth:`check`.

    Args:
        params: Values or tensors, or pairs of a name and one; or dicts, each with its ``"params"`` and the options
            that differ there.
        defaults: The options of groups that do not say otherwise.

    Attributes:
        defaults: The options of groups that do not say otherwise.
        param_groups: One dict for each group: its ``"params"`` and its options, which may be changed.
        state: One dict for each parameter, in the order of the groups.
        numbers: What an algorithm remembers as one plain number for a whole parameter, such as the count of steps.

    >>> from autograd import Value
    >>> class SignDescent(Optimizer):
    ...     def update(self, value, grad, state, group):
    ...         return value - group["lr"] * (1 if grad > 0 else -1)
    >>> x = Value(3.0)
    >>> optimizer = SignDescent([x], {"lr": 0.5})
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    2.5
    """

    numbers: ClassVar[frozenset[str]] = frozenset({"step"})

    def __init__(self, params: Iterable[Any], defaults: Mapping[str, Any]) -> None:
        self.defaults: dict[str, Any] = _plain(defaults)
        self.param_groups: list[Group] = []
        self.state: list[State] = []
        self._before: dict[object, Hook] = {}
        self._after: dict[object, Hook] = {}
        for group in _as_groups(params):
            self.add_param_group(group)

    # What an algorithm writes

    def update(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Return the next value of one parameter; an array must be a new one, which the parameter takes over.

        Args:
            value: A float or an array, which must not be changed in place.
            grad: Its gradient, likewise; already turned around where the group says ``maximize``.
            state: What the algorithm remembers of this parameter, empty at first; it writes here.
            group: The options.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(): return the next value of a parameter")

    def check(self, group: Group) -> None:
        """Raise :class:`~optim.errors.OptimizerError` if the options of a group have no meaning."""

    def shape_of(self, name: str, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the shape of what is remembered under ``name`` of a parameter of ``shape``, ``None`` for any."""
        return () if name in self.numbers else shape

    def advance(self, closure: Callable[[], Any] | None) -> Any:
        """Do what :meth:`step` promises; an algorithm that moves all parameters together writes its own."""
        loss = None if closure is None else closure()
        for state, (group, parameter) in zip(self.state, self._pairs(), strict=True):
            if parameter.gradient is not None:
                grad = raw(parameter.gradient)
                grad = -grad if group.get("maximize") else grad
                move = self._update_complex if grad.dtype.kind == "c" else self.update
                _assign(parameter, move(raw(parameter), grad, state, group))
        return loss

    def _update_complex(self, value: Any, grad: Any, state: State, group: Group) -> Any:
        """Move a complex parameter as if its real and imaginary parts were two, and remember complex arrays."""
        parts = {name: as_real(item) for name, item in state.items()}
        value = self.update(as_real(value), as_real(grad), parts, group)
        state.update({name: as_complex(item) for name, item in parts.items()})
        return as_complex(value)

    # What a user calls

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own, for example layers that were frozen before.

        >>> from autograd import Value
        >>> from optim import SGD
        >>> optimizer = SGD([Value(1.0)], lr=0.1)
        >>> optimizer.add_param_group({"params": [Value(2.0)], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        group = {**self.defaults, **_plain(_checked_group(param_group))}
        if self.param_groups and ("param_names" in group) != ("param_names" in self.param_groups[0]):
            raise OptimizerError("an optimizer expects names for all groups of parameters or for none")
        known = {id(parameter) for old in self.param_groups for parameter in old["params"]}
        for position, parameter in enumerate(group["params"]):
            _check_leaf(parameter, position)
            if id(parameter) in known:
                raise OptimizerError(
                    f"an optimizer expects every parameter once, got parameter {position} of group "
                    f"{len(self.param_groups)} a second time: it would be moved twice in a step; list it once"
                )
            known.add(id(parameter))
        self.check(group)
        self.param_groups.append(group)
        self.state.extend({} for _ in group["params"])

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or with ``set_to_none=False`` fill those that are there with zeros.

        >>> from autograd import Value
        >>> from optim import SGD
        >>> x = Value(1.0)
        >>> (x * 2).backward()
        >>> SGD([x]).zero_grad()
        >>> x.grad
        0.0
        """
        for _, parameter in self._pairs():
            if set_to_none or parameter.gradient is None:
                parameter.grad = None
            else:
                parameter.grad = parameter.grad * 0.0 if isinstance(parameter, Value) else _zeros(parameter)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; those without stay as they are.

        Args:
            closure: Computes the loss and its gradients anew before the step.

        Returns:
            What ``closure`` returned.
        """
        args: tuple[Any, ...] = (closure,)
        for hook in self._before.values():
            changed = hook(self, args, {})
            args = args if changed is None else changed[0]
        with np.errstate(all="ignore"):  # IEEE, as everywhere: what became of a NaN is for the loss to show
            loss = self.advance(None if args[0] is None else enable_grad()(args[0]))
        for hook in self._after.values():
            hook(self, args, {})
        return loss

    def register_step_pre_hook(self, hook: "Hook") -> "Handle":
        """Call ``hook(optimizer, args, kwargs)`` before every step; it may return other ``(args, kwargs)``."""
        return Handle(self._before, hook)

    def register_step_post_hook(self, hook: "Hook") -> "Handle":
        """Call ``hook(optimizer, args, kwargs)`` after every step.

        >>> from autograd import Value
        >>> from optim import SGD
        >>> optimizer = SGD([Value(1.0)])
        >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("done"))
        >>> optimizer.step()
        done
        >>> handle.remove()
        >>> optimizer.step()
        """
        return Handle(self._after, hook)

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of state and options, as PyTorch arranges them: parameters are numbered.

        >>> from autograd import Value
        >>> from optim import SGD
        >>> SGD([Value(1.0)], lr=0.1).state_dict()["param_groups"][0]["params"]
        [0]
        """
        groups, start = [], 0
        for group in self.param_groups:
            numbers = list(range(start, start + len(group["params"])))
            groups.append({**{k: v for k, v in group.items() if k != "params"}, "params": numbers})
            start += len(numbers)
        return {
            "state": {i: _copied(entry) for i, entry in enumerate(self.state) if entry},
            "param_groups": groups,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned, for parameters in the same order.

        Raises:
            OptimizerStateError: Groups or shapes differ. Nothing was changed then.
        """
        faults = self._misfits(state_dict)
        if faults:
            raise OptimizerStateError(
                "the state does not fit the optimizer:\n  " + "\n  ".join(faults) + "\n  (build the optimizer with "
                "the same groups of parameters, in the same order)"
            )
        groups = [
            {**self.defaults, **_names(group), **_plain(saved), "params": group["params"]}
            for saved, group in zip(state_dict["param_groups"], self.param_groups, strict=True)
        ]
        for group in groups:
            self.check(group)
        places = _places(state_dict["param_groups"])
        state: list[State] = [{} for _ in self.state]
        for key, entry in state_dict["state"].items():
            dtype = raw(self._pairs()[places[key]][1]).dtype
            state[places[key]] = {name: self._restored(name, item, dtype) for name, item in entry.items()}
        self.state, self.param_groups = state, groups

    def _restored(self, name: str, item: Any, dtype: Any) -> Any:
        """Return a copy of something remembered, an array in the dtype of its parameter."""
        if isinstance(item, list | tuple):
            return [self._restored(name, element, dtype) for element in item]
        if item is None or isinstance(item, str | bool | int) or type(item) is float:
            return item
        if name in self.numbers:
            return _number(name, item)
        return np.array(item, dtype)[()]

    def __repr__(self) -> str:
        """Return the options of every group."""
        lines = [type(self).__name__ + " ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])

    def _pairs(self) -> list[tuple[Group, Leaf]]:
        return [(group, parameter) for group in self.param_groups for parameter in group["params"]]

    def _misfits(self, saved: Any) -> list[str]:
        """Return one line for everything in which a saved state differs from this optimizer."""
        if not _is_state(saved):
            return ['expected a dict with "state" and "param_groups", as state_dict() returns it']
        expected = [len(group["params"]) for group in self.param_groups]
        found = [len(group["params"]) for group in saved["param_groups"]]
        if expected != found:
            return [f"expected groups of {expected} parameters, got {found}"]
        places, pairs = _places(saved["param_groups"]), self._pairs()
        faults = []
        for key, entry in saved["state"].items():
            if key not in places:
                faults.append(f"state of parameter {key}, which is in no group")
                continue
            for name, item in entry.items():
                wanted = self.shape_of(name, raw(pairs[places[key]][1]).shape)
                if wanted is not None and item is not None and np.shape(item) != wanted:
                    faults.append(f"{name} of parameter {key}: expected shape {wanted}, got {np.shape(item)}")
        return faults


class Handle:
    """What a registered hook can be taken back with."""

    def __init__(self, hooks: "dict[object, Hook]", hook: "Hook") -> None:
        self._hooks, self._key = hooks, object()
        hooks[self._key] = hook

    def remove(self) -> None:
        """Do not call the hook any more."""
        self._hooks.pop(self._key, None)


Hook = Callable[[Optimizer, tuple[Any, ...], dict[str, Any]], Any]


def raw(item: Any) -> Any:
    """Return a number of NumPy's or an array that cannot be written to, so that ``update`` has to be pure.

    NumPy's numbers follow IEEE where Python's raise: a division by zero is infinite.
    """
    if isinstance(item, Tensor):
        view = item.payload.view()
        view.flags.writeable = False
        return view
    return np.float64(item.payload if isinstance(item, Value) else item)


def _assign(parameter: Leaf, new: Any) -> None:
    """Give a parameter its next value; a new array of the right kind without copying it."""
    own = isinstance(new, np.ndarray) and new.flags.owndata
    if own and isinstance(parameter, Tensor) and (new.shape, new.dtype) == (parameter.shape, parameter.dtype):
        parameter._rebind(new)
    else:
        parameter.data = new


def as_real(item: Any) -> Any:
    """Return a complex array as a real one whose last axis has two places; anything else as it is.

    >>> as_real(np.array([1.0 + 2.0j])).tolist()
    [[1.0, 2.0]]
    """
    return np.stack([item.real, item.imag], axis=-1) if _kind(item) == "c" else item


def as_complex(item: Any) -> Any:
    """Return what :func:`as_real` was given.

    >>> as_complex(np.array([[1.0, 2.0]])).tolist()
    [(1+2j)]
    """
    return item[..., 0] + 1j * item[..., 1] if isinstance(item, np.ndarray) else item


def _kind(item: Any) -> str:
    return item.dtype.kind if isinstance(item, np.ndarray | np.generic) else ""


def _is_state(saved: Any) -> bool:
    """Tell whether something is arranged as a saved state, whatever it holds."""
    if not isinstance(saved, Mapping) or not {"state", "param_groups"} <= set(saved):
        return False
    groups, state = saved["param_groups"], saved["state"]
    return (
        isinstance(groups, list | tuple)
        and all(isinstance(group, Mapping) and isinstance(group.get("params"), list | tuple) for group in groups)
        and isinstance(state, Mapping)
        and all(isinstance(entry, Mapping) for entry in state.values())
    )


def _names(group: Group) -> Group:
    return {name: item for name, item in group.items() if name == "param_names"}


def _places(groups: Iterable[Mapping[str, Any]]) -> dict[Any, int]:
    """Return the position of every parameter of saved groups by the number it has there."""
    return {key: place for place, key in enumerate(chain.from_iterable(group["params"] for group in groups))}


def _as_groups(params: Any) -> list[Any]:
    """Return a list of group dicts, whichever way the parameters were given."""
    if isinstance(params, Leaf | Mapping | str | np.ndarray):
        raise OptimizerTypeError(
            f"an optimizer expects a list of parameters or of group dicts, got one {type(params).__name__}: "
            "put it into a list"
        )
    items = list(params)
    if not items:
        raise OptimizerError(
            "an optimizer expects at least one parameter, got an empty list: "
            "parameters() may have been consumed before; call it again"
        )
    return items if isinstance(items[0], Mapping) else [{"params": items}]


def _checked_group(group: Any) -> Group:
    """Return a group with a list of parameters, their names apart."""
    if not isinstance(group, Mapping) or "params" not in group:
        raise OptimizerTypeError(f'a parameter group is a dict with "params", got {group!r:.80}')
    params = group["params"]
    if isinstance(params, set | frozenset):
        raise OptimizerTypeError("parameters come in a list, got a set, whose order changes between runs")
    params = [params] if isinstance(params, Leaf) else list(params)
    named = [isinstance(item, tuple) for item in params]
    if any(named):
        if not all(named):
            raise OptimizerError("an optimizer expects names for all parameters of a group or for none")
        return {**group, "params": [item for _, item in params], "param_names": [name for name, _ in params]}
    return {**group, "params": params}


def _check_leaf(parameter: Any, position: int) -> None:
    if not isinstance(parameter, Leaf):
        raise OptimizerTypeError(
            f"an optimizer expects Values or Tensors, got {type(parameter).__name__} at place {position}: "
            "pass model.parameters()"
        )
    if not parameter.is_leaf:
        raise OptimizerError(
            f"an optimizer expects leaves, got the result of {parameter.op.name} as parameter {position}: "
            "pass the tensors that it was computed from, or its detach()"
        )


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options whose numbers are Python's: a tensor or array of one element may stand for one."""
    return {
        name: _number(name, option) if isinstance(option, Leaf | np.ndarray | np.generic) else option
        for name, option in options.items()
    }


def _number(name: str, item: Any) -> Any:
    array = np.asarray(raw(item) if isinstance(item, Leaf) else item)
    if array.size != 1:
        raise OptimizerError(f"{name} expects one number, got an array of shape {array.shape}")
    return array.item()


def _zeros(parameter: Tensor) -> Tensor:
    return Tensor(np.zeros(parameter.shape, parameter.dtype))


def _copied(entry: State) -> State:
    return {name: _copy(item) for name, item in entry.items()}


def _copy(item: Any) -> Any:
    if isinstance(item, list):
        return [_copy(element) for element in item]
    return item.copy() if isinstance(item, np.ndarray) else item
