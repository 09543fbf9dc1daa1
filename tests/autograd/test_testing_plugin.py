"""The pytest plugin, run by pytest on files of a user."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import autograd.testing
import viz.compare

LOADED = (autograd.testing, viz.compare)  # an inner run puts sys.modules back, and NumPy is not loaded twice
pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent.parent
INSTALLED = bool(entry_points(group="pytest11", name="stepgrad"))
LOAD = () if INSTALLED else ("-p", "_stepgrad_pytest")

CUBE = """
import numpy as np
import pytest
from autograd import Tensor, Value, ops, primitive

@primitive
def cube(x, /):
    return x**3

cube.defvjp(lambda g, out, x: 3.0 * g * x * x)

@primitive
def wrong(x, /):
    return x**3

wrong.defvjp(lambda g, out, x: -3.0 * g * x * x)
"""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def run(pytester: pytest.Pytester, source: str, *args: str) -> pytest.RunResult:
    pytester.makepyfile(test_user=CUBE + source)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers", *LOAD, *args)


def test_a_marked_test_returns_what_is_checked(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.gradcheck(order=2)
def test_right():
    return cube, np.array([1.0, 2.0])

@pytest.mark.gradcheck
@pytest.mark.parametrize("x", [1.0, 2.0])
def test_wrong(x):
    return wrong, x

@pytest.mark.gradcheck
def test_neither():
    return 3

def test_unmarked():
    pass
""",
    )
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(
        ["*diagnosis: wrong, input 0: the sign is flipped*", "*return a function and its inputs*"]
    )


def test_markers_choose_tests_and_options(pytester: pytest.Pytester) -> None:
    source = """
pytestmark = pytest.mark.gradcheck(order=2, rtol=1.0)

class TestTogether:
    @pytest.mark.gradcheck(rtol=10.0, atol=100.0)
    def test_so_loose_that_all_passes(self, assert_gradients):
        assert_gradients(wrong, np.ones(2))

    def test_tight(self, assert_gradients):
        assert_gradients(wrong, np.ones(2), atol=1e-9, rtol=1e-3)
"""
    run(pytester, source).assert_outcomes(passed=1, failed=1)
    run(pytester, "def test_other(): pass", "-m", "gradcheck").assert_outcomes(deselected=1)
    by_position = run(pytester, "@pytest.mark.gradcheck(2)\ndef test_order(): return cube, 1.0")
    by_position.stdout.fnmatch_lines(["*expected options by name*"])


def test_a_failure_shows_the_users_line_and_the_report(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_wrong(assert_gradients):
    assert_gradients(wrong, np.array([1.0, 2.0]))

def test_asserted():
    from autograd.testing import check_gradients
    assert check_gradients(wrong, np.array([1.0, 2.0]))
""",
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            ">*assert_gradients(wrong, np.array([[]1.0, 2.0[]]))",
            "E*expected d out* = *",
            "E*absolute error *, relative *ULP*",
            "E*diagnosis: *sign*",
            "E*analytic*numeric*",
            "test_user.py:*AssertionError",
            "E*assert <GradientCheck failed at order 1, input 0*: -* for *: sign flipped>",
        ]
    )
    assert "check.py" not in result.stdout.str()


def test_graphs_are_compared_with_files_beside_the_test(pytester: pytest.Pytester) -> None:
    source = """
def test_graph(assert_graph):
    assert_graph(Value(FACTOR).exp() * 2.0, "golden/exp.txt")
"""
    pytester.makeini("[pytest]")
    first = source.replace("FACTOR", "2.0")
    result = run(pytester, first)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no such file*"])
    before = os.environ.get("STEPGRAD_UPDATE")
    run(pytester, first, "--update-goldens").assert_outcomes(passed=1)
    assert os.environ.get("STEPGRAD_UPDATE") == before
    assert (pytester.path / "golden" / "exp.txt").exists()
    run(pytester, first).assert_outcomes(passed=1)
    run(pytester, source.replace("FACTOR", "3.0")).assert_outcomes(failed=1)


def test_strict_broadcast_for_a_whole_test(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
@pytest.mark.usefixtures("strict_broadcast")
def test_strict():
    with pytest.raises(ValueError, match="stretch each other"):
        Tensor(np.ones((2, 1))) + Tensor(np.ones(2))

def test_as_ever():
    assert (Tensor(np.ones((2, 1))) + Tensor(np.ones(2))).shape == (2, 2)
""",
    ).assert_outcomes(passed=2)


def test_a_run_that_does_not_use_it_stays_as_it_was(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import sys

def test_nothing_was_imported():
    assert not {"numpy", "autograd", "nn", "optim", "viz", "hypothesis.strategies"} & set(sys.modules)
"""
    )
    plain = ("-p", "no:hypothesispytest", "-p", "no:cov", "-p", "no:cacheprovider", "-p", "no:randomly")
    result = pytester.runpytest_subprocess(*plain, *LOAD)
    result.assert_outcomes(passed=1)
    without = pytester.runpytest_subprocess(*plain, "-p", "no:stepgrad")

    def told(run: pytest.RunResult) -> list[str]:
        return [line for line in run.outlines if "passed in" not in line and "plugins:" not in line]

    assert told(result) == told(without)


def test_the_module_imports_next_to_nothing() -> None:
    code = "import pytest, sys; before = set(sys.modules); import _stepgrad_pytest; print(*(set(sys.modules) - before))"
    found = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.split() == ["_stepgrad_pytest"]


def test_the_option_gives_way_to_pytest_golden(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        pytest_golden="def pytest_addoption(parser): parser.addoption('--update-goldens', action='store_true')"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pytester.path), str(ROOT)]))
    pytester.makepyfile("def test_it(): pass")
    found = pytester.runpytest_subprocess(*LOAD, "-p", "pytest_golden", "--update-goldens")
    found.assert_outcomes(passed=1)
