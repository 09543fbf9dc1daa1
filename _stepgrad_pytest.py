"""The pytest plugin: the fixtures, the marker and the option for tests of derivatives and of graphs.

pytest loads it in every run of an environment that has stepgrad. So it is a module of its own beside the packages and
imports nothing of them: NumPy and all the rest come with the first test that asks for them.
"""

import functools
import importlib.util
import inspect
import os
from collections.abc import Callable
from typing import Any

import pytest

_UPDATE = "STEPGRAD_UPDATE"  # the environment variable that viz.assert_graph reads
_MARKER = (
    "gradcheck(order=1, atol=1e-5, rtol=1e-3, step=None, mode='auto'): check the gradients of the function and inputs "
    "that the test returns, and give these options to the fixture assert_gradients"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-goldens``, unless pytest-golden brings the same; then both follow it."""
    if importlib.util.find_spec("pytest_golden") is None:
        group = parser.getgroup("stepgrad")
        group.addoption("--update-goldens", action="store_true", help="write the files that assert_graph compares with")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and tell assert_graph whether to write."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("update_goldens", default=False):
        updating = pytest.MonkeyPatch()
        updating.setenv(_UPDATE, "1")
        config.add_cleanup(updating.undo)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Check what a marked test returns."""
    if pyfuncitem.get_closest_marker("gradcheck") is None or inspect.iscoroutinefunction(pyfuncitem.obj):
        return
    test, options = pyfuncitem.obj, _options(pyfuncitem)

    @functools.wraps(test)
    def checked(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        found = test(*args, **kwargs)
        if found is None:
            return
        if not (isinstance(found, tuple) and len(found) > 1 and callable(found[0])):
            pytest.fail(
                "expected a test marked gradcheck to return a function and its inputs, such as (cube, np.ones(3)), "
                f"got {type(found).__name__}",
                pytrace=False,
            )
        from autograd.testing import assert_gradients as check  # noqa: PLC0415 - only when it is used

        check(*found, **options)

    pyfuncitem.obj = checked


def _options(node: Any) -> dict[str, Any]:
    """Return the options of all markers of a test; those closer to it win."""
    merged: dict[str, Any] = {}
    for marker in node.iter_markers("gradcheck"):
        if marker.args:
            raise pytest.UsageError(f"expected options by name in the marker gradcheck, got {marker.args}")
        merged = marker.kwargs | merged
    return merged


@pytest.fixture
def assert_gradients(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``autograd.testing.assert_gradients``, with the options of the marker ``gradcheck``."""
    from autograd.testing import assert_gradients as check  # noqa: PLC0415 - only when it is used

    options = _options(request.node)

    def checked(function: Callable[..., Any], *inputs: Any, **more: Any) -> None:
        __tracebackhide__ = True
        check(function, *inputs, **options | more)

    return checked


@pytest.fixture
def assert_graph(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``viz.assert_graph``, with files beside the test; ``--update-goldens`` writes them."""
    from viz import assert_graph as check  # noqa: PLC0415 - only when it is used

    def checked(y: Any, path: str | os.PathLike[str], **options: Any) -> None:
        __tracebackhide__ = True
        check(y, request.path.parent / path, **options)

    return checked


@pytest.fixture
def strict_broadcast() -> Any:
    """The whole test runs inside ``autograd.testing.strict_broadcast``."""
    from autograd.testing import strict_broadcast as strict  # noqa: PLC0415 - only when it is used

    with strict():
        yield
