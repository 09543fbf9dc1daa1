"""What is recorded just now: gradients on or off, anomaly mode, the scope.

The mode is one immutable record in a context variable, so that threads and asyncio tasks never see each
other's, and an exception always restores it.
"""

import functools
from collections.abc import Callable, Generator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

__all__ = [
    "PLAIN",
    "Mode",
    "current",
    "detect_anomaly",
    "enable_grad",
    "is_grad_enabled",
    "no_grad",
    "scope",
    "set_grad_enabled",
]


@dataclass(frozen=True, slots=True)
class Mode:
    """The switches that an operation looks at when it runs."""

    grad: bool = True
    anomaly: bool = False
    scope: str = ""


_GENERATOR = 0x20  # inspect.CO_GENERATOR; the module itself is slow to import
_PLAIN_CODE = (lambda: None).__code__
PLAIN = Mode()  # gradients on, nothing else: the mode outside of every context
_mode: ContextVar[Mode] = ContextVar("stepgrad_mode", default=PLAIN)
current = _mode.get


class _ModeContext:
    """A context manager and decorator that changes the mode; works on generators step by step (case R109)."""

    def _changed(self, mode: Mode) -> Mode:
        raise NotImplementedError

    def __enter__(self) -> Self:
        saved = self.__dict__.setdefault("_saved", [])
        saved.append(current())
        _mode.set(self._changed(saved[-1]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _mode.set(self.__dict__["_saved"].pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if getattr(function, "__code__", _PLAIN_CODE).co_flags & _GENERATOR:

            @functools.wraps(function)
            def stepwise(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                generator = function(*args, **kwargs)
                advance: Callable[[], Any] = lambda: next(generator)  # noqa: E731
                while True:
                    try:
                        with self._fresh():
                            item = advance()
                    except StopIteration as stop:
                        return stop.value
                    try:
                        sent = yield item
                    except GeneratorExit:
                        with self._fresh():
                            generator.close()
                        raise
                    except BaseException as error:
                        advance = functools.partial(generator.throw, error)
                    else:
                        advance = functools.partial(generator.send, sent)

            return stepwise

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return wrapped

    def _fresh(self) -> "_ModeContext":
        """Return a copy that is entered on its own, so that a decorated function may recurse or run in threads."""
        copy = object.__new__(type(self))
        copy.__dict__.update({k: v for k, v in self.__dict__.items() if k != "_saved"})
        return copy


class set_grad_enabled(_ModeContext):
    """Switch recording on or off, for a block or a function.

    >>> from autograd import Tensor, set_grad_enabled
    >>> x = Tensor([1.0], requires_grad=True)
    >>> with set_grad_enabled(False):
    ...     (x * 2).requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def _changed(self, mode: Mode) -> Mode:
        return replace(mode, grad=self.mode)


class no_grad(set_grad_enabled):
    """Record nothing inside: a ``with`` block or a decorator.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     y = Value(2.0) * 3
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(set_grad_enabled):
    """Record inside, also within :class:`no_grad`."""

    def __init__(self) -> None:
        super().__init__(True)


class detect_anomaly(_ModeContext):
    """Raise :class:`~autograd.errors.AnomalyError` at the first NaN or infinity, forward or backward.

    The message names the operation, its operands and the line of the user's program.

    >>> from autograd import Tensor, detect_anomaly
    >>> with detect_anomaly():
    ...     Tensor([0.0], requires_grad=True).log()  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log produced -inf
    """

    def _changed(self, mode: Mode) -> Mode:
        return replace(mode, anomaly=True)


class scope(_ModeContext):
    """Name the part of the program that is recorded inside, for pictures.

    >>> from autograd import Value, scope
    >>> with scope("loss"):
    ...     y = Value(2.0) * 3
    >>> y.scope
    'loss'
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def _changed(self, mode: Mode) -> Mode:
        return replace(mode, scope=f"{mode.scope}.{self.name}" if mode.scope else self.name)


def is_grad_enabled() -> bool:
    """Return whether operations are recorded here and now.

    >>> is_grad_enabled()
    True
    """
    return current().grad
