"""The page on testing: its programs run, and print what it says; numbers may differ in their last digits.

``STEPGRAD_UPDATE=1`` writes the outputs and tables anew.
"""

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

import autograd.testing
import viz.compare
from tests.defects.table import defect_table, law_table

LOADED = (autograd.testing, viz.compare)
pytest_plugins = ["pytester"]

PAGE = Path(__file__).parent.parent.parent / "docs" / "testing.md"
FENCED = re.compile(r"```(python|text)\n(.*?)```\n", re.DOTALL)


def printed(program: str, names: dict[str, Any]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "testing.md", "exec"), names)
    return out.getvalue()


def failures(program: str, pytester: pytest.Pytester) -> str:
    """Return what pytest says of the first failing test of a file."""
    pytester.makepyfile(test_softsquare=program)
    result = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-k", "gradients and not of_gradients and not share"
    )
    lines = [line.removeprefix("E").removeprefix("   ") for line in result.outlines if line.startswith("E  ")]
    end = next(i for i, line in enumerate(lines) if "Failing test case" in line or "Falsifying example" in line)
    return "\n".join(lines[:end]) + "\n"


def with_outputs(page: str, pytester: pytest.Pytester) -> str:
    """Return the page with everything in its place that its programs print."""
    names: dict[str, Any] = {}
    waiting = [""]

    def filled(match: re.Match[str]) -> str:
        language, body = match.groups()
        if language == "text":
            return f"```text\n{waiting.pop()}```\n"
        if body.startswith("# test_softsquare.py"):
            waiting.append(failures(body, pytester))
        elif not body.startswith("# test_"):
            waiting.append(printed(body, names))
        return match.group()

    page = FENCED.sub(filled, page)
    for name, table in (("defects", defect_table()), ("laws", law_table())):
        head, _, rest = page.partition(f"<!-- {name} -->\n")
        page = f"{head}<!-- {name} -->\n\n{table}\n\n<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}"
    return page


def blurred(text: str) -> list[str]:
    """Return the lines without numbers and padding, which differ between machines."""
    return [" ".join(re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "#", line).split()) for line in text.splitlines()]


def test_the_page_on_testing_says_what_happens(pytester: pytest.Pytester) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = with_outputs(page, pytester)
    if os.environ.get("STEPGRAD_UPDATE", "") not in {"", "0"}:
        PAGE.write_text(found, encoding="utf-8")
    assert blurred(PAGE.read_text(encoding="utf-8")) == blurred(found)


def test_the_plugin_example_of_the_page_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import entry_points

    (program,) = [
        body for _, body in FENCED.findall(PAGE.read_text(encoding="utf-8")) if body.startswith("# test_with_the")
    ]
    pytester.makepyfile(test_with_the_plugin=program)
    load = () if entry_points(group="pytest11", name="stepgrad") else ("-p", "_stepgrad_pytest")
    pytester.runpytest_inprocess(*load, "--update-goldens").assert_outcomes(passed=3)
