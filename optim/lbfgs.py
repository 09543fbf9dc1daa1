"""L-BFGS: Newton's method for all parameters together, with a curvature remembered from the last steps."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from optim.errors import OptimizerError, OptimizerTypeError
from optim.line_search import Point, strong_wolfe
from optim.optimizer import Group, Optimizer, as_complex, as_real, raw
from optim.options import check_not_negative

__all__ = ["LBFGS"]


def newton_direction(
    grad: Any, changes: Sequence[Any], steps: Sequence[Any], inverses: Sequence[Any], scale: Any
) -> Any:
    """Return minus the approximate inverse Hessian times the gradient, by the two loops of Nocedal (1980).

    Args:
        grad: The gradient, a vector.
        changes: By how much the gradient changed in the last steps, oldest first.
        steps: Those steps.
        inverses: One over the product of each change and step.
        scale: The inverse Hessian that the memory corrects, a multiple of the identity.

    >>> newton_direction(np.array([4.0]), [np.array([2.0])], [np.array([1.0])], [0.5], 0.5).tolist()
    [-2.0]
    """
    direction, parts = -grad, []
    for change, step, inverse in zip(reversed(changes), reversed(steps), reversed(inverses), strict=True):
        parts.append((step @ direction) * inverse)
        direction = direction - parts[-1] * change
    direction = direction * scale
    for change, step, inverse in zip(changes, steps, inverses, strict=True):
        direction = direction + (parts.pop() - (change @ direction) * inverse) * step
    return direction


class LBFGS(Optimizer):
    """Newton's method with a curvature remembered from the last steps, as ``torch.optim.LBFGS``.

    One ``step(closure)`` is up to ``max_iter`` iterations, each of which calls ``closure``: it forgets the gradients,
    computes the loss and its gradients, and returns the loss. From J. Nocedal, *Updating quasi-Newton matrices with
    limited storage*, 1980, and D. Liu and J. Nocedal, *On the limited memory BFGS method for large scale optimization*,
    1989.

    Args:
        params: Parameters, in one group.
        lr: The length of a step along the direction, or where the line search starts.
        max_iter: The most iterations of one step.
        max_eval: The most calls of ``closure`` in one step; ``max_iter * 5 // 4`` when left out.
        tolerance_grad: Stop when no entry of the gradient is larger.
        tolerance_change: Stop when loss and values change by less.
        history_size: How many steps are remembered.
        line_search_fn: ``"strong_wolfe"``, or ``None`` for steps of fixed length.

    >>> from autograd import Value
    >>> x, y = Value(3.0), Value(-2.0)
    >>> optimizer = LBFGS([x, y], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (x - 1.0) ** 2 + 10.0 * (y - x * x) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(3):
    ...     loss = optimizer.step(closure)
    >>> round(x.data, 4), round(y.data, 4)
    (1.0, 1.0)
    """

    numbers = frozenset({"func_evals", "n_iter"})

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Refuse a second group: all parameters move together."""
        if self.param_groups:
            raise OptimizerError("LBFGS expects one group of parameters, got a second: they all move together")
        super().add_param_group(param_group)

    def check(self, group: Group) -> None:
        """Refuse negative options, no memory at all, and an unknown line search."""
        check_not_negative(group, "lr", "tolerance_grad", "tolerance_change")
        if not group["history_size"] >= 1:
            raise OptimizerError(f"history_size expects a number of 1 or more, got {group['history_size']}")
        if group["line_search_fn"] not in {None, "strong_wolfe"}:
            raise OptimizerError(f"line_search_fn expects None or 'strong_wolfe', got {group['line_search_fn']!r}")

    def shape_of(self, name: str, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return ``None``: what is remembered is of all parameters, and stands with the first."""
        return None

    def advance(self, closure: Callable[[], Any] | None) -> Any:
        """Iterate until one of the limits or tolerances is reached; return the loss before."""
        if closure is None:
            raise OptimizerTypeError("LBFGS.step expects a closure that computes the loss and its gradients, got none")
        group, memory = self.param_groups[0], self.state[0]
        first = closure()
        loss, grad, evals = float(first), self._flat_gradient(), 1
        memory["func_evals"] = memory.get("func_evals", 0) + 1
        if abs(grad).max() <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            self._turn(loss, grad)
            direction, before = memory["d"], loss
            slope = grad @ direction
            if slope > -group["tolerance_change"]:
                break
            last = iteration == group["max_iter"]
            if group["line_search_fn"] is None:
                self._move(self._flat_values() + memory["t"] * direction)
                used = 0
                if not last:
                    loss, grad, used = float(closure()), self._flat_gradient(), 1
            else:
                start = Point(0.0, np.float64(loss), np.float64(slope), grad)
                point, used = self._search(closure, start, group["max_eval"] - evals)
                loss, grad, memory["t"] = float(point.loss), point.grad, point.t
            evals += used
            memory["func_evals"] += used
            if last or evals >= group["max_eval"] or abs(grad).max() <= group["tolerance_grad"]:
                break
            change = group["tolerance_change"]
            if abs(memory["t"] * direction).max() <= change or abs(loss - before) < change:
                break
        return first

    def _turn(self, loss: float, grad: Any) -> None:
        """Remember what the last iteration taught, and choose direction and length of the next."""
        group, memory = self.param_groups[0], self.state[0]
        memory["n_iter"] = memory.get("n_iter", 0) + 1
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            memory["t"] = float(min(1.0, 1.0 / abs(grad).sum()) * group["lr"])
        else:
            self._learn(grad - memory["prev_flat_grad"], memory["t"] * memory["d"])
            memory["t"] = group["lr"]
        remembered = memory["old_dirs"], memory["old_stps"], memory["ro"], memory["H_diag"]
        memory["d"] = newton_direction(grad, *remembered)
        memory["prev_flat_grad"], memory["prev_loss"] = grad, loss

    def _learn(self, change: Any, step: Any) -> None:
        """Add a step and what it did to the gradient to the memory, if the curvature along it is positive."""
        memory, product = self.state[0], change @ step
        if product > 1e-10:
            for name, item in (("old_dirs", change), ("old_stps", step), ("ro", 1.0 / product)):
                memory[name] = [*memory[name], item][-self.param_groups[0]["history_size"] :]
            memory["H_diag"] = product / (change @ change)

    def _search(self, closure: Callable[[], Any], start: Point, max_evals: int) -> tuple[Point, int]:
        """Search along the direction, and move to what was found."""
        memory, values = self.state[0], self._flat_values()
        direction = memory["d"]

        def evaluate(t: float) -> Point:
            self._move(values + t * direction)
            loss = np.float64(float(closure()))
            grad = self._flat_gradient()
            return Point(t, loss, np.float64(grad @ direction), grad)

        reach, tolerance = abs(direction).max(), 1e-9
        point, evals = strong_wolfe(evaluate, start, memory["t"], reach, tolerance, max_evals)
        self._move(values + point.t * direction)
        return point, evals

    def _flat_gradient(self) -> Any:
        """Return all gradients as one vector; zeros where there is none."""
        parts = []
        for parameter in self.param_groups[0]["params"]:
            found = parameter.gradient
            parts.append(np.zeros_like(raw(parameter)) if found is None else raw(found))
        return np.concatenate([np.ravel(as_real(part)) for part in parts])

    def _flat_values(self) -> Any:
        return np.concatenate([np.ravel(as_real(raw(parameter))) for parameter in self.param_groups[0]["params"]])

    def _move(self, values: Any) -> None:
        """Assign a vector to all parameters."""
        start = 0
        for parameter in self.param_groups[0]["params"]:
            old = as_real(raw(parameter))
            part = values[start : start + old.size].reshape(old.shape)
            start += old.size
            if isinstance(parameter, Tensor):
                parameter.data = as_complex(part) if parameter.dtype.kind == "c" else part
            else:
                parameter.data = part.item()
