"""What is recorded just now: gradients on or off, anomaly mode, source lines, the scope, who listens to backward.

The mode is one immutable record in a context variable, so that threads and asyncio tasks never see each
other's, and an exception always restores it.
"""

import functools
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

__all__ = [
    "PLAIN",
    "Mode",
    "Scope",
    "current",
    "detect_anomaly",
    "enable_grad",
    "is_grad_enabled",
    "listening",
    "no_grad",
    "record_source",
    "scope",
    "set_grad_enabled",
    "strict_broadcast",
]


class Scope:
    """One entry into a named part of a program; two entries under one name are two scopes.

    Attributes:
        name: The name given, such as ``"attention"`` or, inside a module, ``"layers.0"``.
        parent: The scope around it, ``None`` at the top.

    >>> str(Scope("head", Scope("model")))
    'model.head'
    """

    __slots__ = ("name", "parent")

    def __init__(self, name: str, parent: "Scope | None" = None) -> None:
        self.name, self.parent = name, parent

    def __str__(self) -> str:
        return self.name if self.parent is None else f"{self.parent}.{self.name}"

    def __repr__(self) -> str:
        return f"<scope {self}>"


class Mode:
    """The switches that an operation looks at when it runs. Never changed once made.

    Attributes:
        grad: Whether operations are recorded.
        anomaly: Whether the first NaN or infinity raises.
        source: Whether the user's line is recorded with each operation.
        scope: Where in the program we are.
        listener: Who is told every event of a backward pass.
        strict: Whether operands that stretch each other are refused.
        unusual: Whether recording differs from the usual; the scope and the listener do not count.
    """

    __slots__ = ("anomaly", "grad", "listener", "scope", "source", "strict", "unusual")

    def __init__(
        self,
        grad: bool = True,
        anomaly: bool = False,
        source: bool = False,
        scope: Scope | None = None,
        listener: Callable[..., None] | None = None,
        strict: bool = False,
    ) -> None:
        self.grad, self.anomaly, self.source = grad, anomaly, source
        self.scope, self.listener, self.strict = scope, listener, strict
        self.unusual = anomaly or source or strict or not grad

    def replace(self, **changes: Any) -> "Mode":
        """Return another mode that differs in the named switches."""
        own = {name: getattr(self, name) for name in ("grad", "anomaly", "source", "scope", "listener", "strict")}
        return Mode(**own | changes)


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
        return mode.replace(grad=self.mode)


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
        return mode.replace(anomaly=True, source=True)


class scope(_ModeContext):
    """Name the part of the program that is recorded inside, for pictures.

    >>> from autograd import Value, scope
    >>> with scope("loss"):
    ...     y = Value(2.0) * 3
    >>> str(y.scope)
    'loss'
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def _changed(self, mode: Mode) -> Mode:
        return Mode(mode.grad, mode.anomaly, mode.source, Scope(self.name, mode.scope), mode.listener, mode.strict)


class record_source(_ModeContext):
    """Remember, with every operation inside, the file and line of the user's program; pictures show them.

    >>> from autograd import Value, record_source
    >>> with record_source():
    ...     y = Value(2.0) * 3
    >>> y.source is not None
    True
    """

    def _changed(self, mode: Mode) -> Mode:
        return mode.replace(source=True)


class strict_broadcast(_ModeContext):
    """Refuse elementwise operands that silently stretch each other, such as ``(N, 1)`` with ``(N,)``.

    Operands of as many axes may: ``(N, 1)`` with ``(1, M)`` says what it wants. So may one whose shape the result
    has: a bias of shape ``(M,)`` on ``(N, M)``.

    >>> from autograd import Tensor
    >>> with strict_broadcast():
    ...     Tensor([[1.0], [2.0]]) - Tensor([1.0, 2.0])  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    autograd.errors.ShapeError: expected operands that do not stretch each other in subtract
    """

    def _changed(self, mode: Mode) -> Mode:
        return mode.replace(strict=True)


class listening(_ModeContext):
    """Tell ``listener`` every event of the backward passes that run inside.

    Args:
        listener: Called with ``(kind, node, slot, upstream, contribution, before, after)``; ``kind`` is ``"seed"``,
            ``"visit"`` or ``"contribute"``, ``slot`` the operand, -1 when there is none.

    >>> from autograd import Value, listening
    >>> heard = []
    >>> with listening(lambda kind, *event: heard.append(kind)):
    ...     (Value(2.0) * 3).backward()
    >>> heard
    ['seed', 'visit', 'contribute', 'visit']
    """

    def __init__(self, listener: Callable[..., None]) -> None:
        self.listener = listener

    def _changed(self, mode: Mode) -> Mode:
        return mode.replace(listener=self.listener)


def is_grad_enabled() -> bool:
    """Return whether operations are recorded here and now.

    >>> is_grad_enabled()
    True
    """
    return current().grad
