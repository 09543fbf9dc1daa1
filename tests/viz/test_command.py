"""The command: right numbers, mistakes with their place, and nothing typed that makes it fail, hang or run code."""

import contextlib
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Value
from viz.__main__ import FORMATS, main
from viz.program import MAX_DEPTH, MAX_LENGTH, MistakeError, assignment, build, functions

ROOT = Path(__file__).parents[2]


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "viz", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def ours(text: str) -> str:
    """Leave out what the font library that comes with pygraphviz has to say about a machine's settings."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Fontconfig"))


def value(text: str, **variables: float) -> float:
    return build(text, variables)[0].data


def mistake(text: str, **variables: float) -> tuple[str, int]:
    with pytest.raises(MistakeError) as caught:
        build(text, variables)
    return str(caught.value).split("\n")[0], caught.value.place


# -- what is computed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0), ("(1 + 2) * 3", 9.0), ("2 ** 3 ** 2", 512.0), ("-2 ** 2", -4.0), ("2 ** -1", 0.5),
        ("1 - 2 - 3", -4.0), ("8 / 4 / 2", 1.0), ("- - 2", 2.0), ("+3", 3.0), (".5 + 1e-1 + 1.", 1.6),
        ("max(2, 3) - min(2, 3)", 1.0), ("abs(-2)", 2.0), ("pow(2, 3)", 8.0), ("exp(0) + log(1)", 1.0),
        ("relu(-1) + relu(2)", 2.0), ("9 ** 9 ** 9", math.inf), ("1 / 0", math.inf), ("-(1 / 0)", -math.inf),
        ("2 * (3 + 4) ", 14.0), ("  1", 1.0),
    ],
)  # fmt: skip
def test_arithmetic(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected)


def test_not_a_number_is_a_result_like_any_other() -> None:
    assert math.isnan(value("sqrt(-1)"))
    assert math.isnan(value("x - x", x=math.inf))


def test_gradients_are_those_of_the_same_program_in_python() -> None:
    y, leaves = build("tanh(w*x + b) ** 2 / x - exp(-w)", {"w": 2.0, "x": -1.0, "b": 0.5})
    w, x, b = Value(2.0), Value(-1.0), Value(0.5)
    own = (w * x + b).tanh() ** 2 / x - (-w).exp()
    y.backward()
    own.backward()
    assert y.data == own.data
    assert [leaves[name].grad for name in "wxb"] == [w.grad, x.grad, b.grad]


NUMBERS = st.floats(0.25, 4).map(lambda x: f"{x:.3f}")
TEXTS = st.recursive(
    NUMBERS | st.sampled_from(["x", "y", "long_name"]),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from([" + ", "-", "*", " / "]), parts).map("".join),
        parts.map(lambda part: f"({part})"),
        parts.map(lambda part: f"-{part}"),
        parts.map(lambda part: f"tanh({part})"),
        parts.map(lambda part: f"sin( {part} )"),
    ),
    max_leaves=12,
)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_order_of_operations_is_that_of_python(text: str) -> None:
    names = {"x": 1.25, "y": -0.75, "long_name": 3.0}
    used = {name: number for name, number in names.items() if name in text}
    try:
        expected = eval(text, {"tanh": math.tanh, "sin": math.sin, **names})
    except ZeroDivisionError:
        return
    assert value(text, **used) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_every_function_can_be_called() -> None:
    for name, op in functions().items():
        text = f"{name}({', '.join('xyz'[: op.arity])})"
        numbers = dict.fromkeys("xyz"[: op.arity], 0.5)
        if name == "polygamma":
            numbers["x"] = 1.0  # an order, a whole number
        build(text, numbers)[0].backward()


def test_a_variable_is_one_value_wherever_it_stands() -> None:
    y, leaves = build("x * x + x", {"x": 3.0})
    y.backward()
    assert leaves["x"].grad == 7.0


def test_letters_of_every_alphabet_are_names() -> None:
    assert value("θ * µ + 变量", **{"θ": 2.0, "\u03bc": 3.0, "变量": 1.0}) == 7.0
    assert assignment("\u00b5=1") == ("\u03bc", 1.0)


# -- what is refused


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "expected an expression", 0), ("   ", "expected an expression", 0),
        ("2 *", "expected a number, a name or a bracket here", 3), ("* 2", "expected a number, a name", 0),
        ("2 * (x", 'expected ")" for this bracket', 4), ("x) + 1", 'expected no ")" here', 1),
        ("x.real", "expected a number, a name, a bracket", 1), ("x[0]", "expected a number", 1),
        ("2x", "expected * or another operator after the number", 1), ("0x1f", "expected * or another operator", 1),
        ("1_000", "expected * or another operator", 1), ("1j", "expected * or another operator", 1),
        ("1e999", "fits into a float", 0),
        ("x x", "expected an operator or the end here", 2), ("x, x", "expected a number, a name, an operation", 0),
        ("()", "expected a number, a name, an operation", 0), ("lambda", "expected a name, which this word", 0),
        ("x if x else x", "expected a name, which this word cannot be", 2), ("not x", "which this word cannot be", 0),
        ("x = 1", "expected a number, a name, a bracket", 2), ("x := 1", "expected a number", 2),
        ("x ** ** x", "expected a number, a name or a bracket here", 5), ("x // x", "expected a number", 2),
        ("'x'", "expected a number", 0), ("x\nx", "expected a number", 1), ("x;x", "expected a number", 1),
        ("tnah(x)", "did you mean tanh?", 0), ("x + open(x)", "expected a function, which this is not", 4),
        ("x(2)", "write * to multiply by a bracket", 0), ("2(x)", "expected a number, a name, an operation", 0),
        ("tanh(x)(x)", "expected a number, a name, an operation", 0),
        ("tanh()", "expected 1 operand in tanh, got 0", 0),
        ("tanh(x, x)", "expected 1 operand in tanh, got 2", 0), ("pow(x)", "expected 2 operands in pow, got 1", 0),
        ("tanh(*x)", "expected a number, a name, an operation", 5), ("__import__(x)", "which this is not", 0),
        ("x @ x", "expected a number", 2), ("x % x", "expected a number", 2), ("~x", "expected a number", 0),
        ("x < x", "expected a number", 2), ("\x00", "expected a number", 0), ("\ud800", "expected a number", 0),
        ("θ + (", 'expected ")" for this bracket', 4), ("θ θ", "expected an operator", 2),
    ],
)  # fmt: skip
def test_mistakes_are_shown_where_they_are(text: str, message: str, place: int) -> None:
    found = mistake(text, **{name: 1.0 for name in ("x", "θ") if name in text})
    assert message in found[0]
    assert found[1] == place


def test_the_caret_stands_under_the_character() -> None:
    with pytest.raises(MistakeError) as caught:
        build("变 * 变.x", {"变": 1.0})
    lines = str(caught.value).split("\n")
    assert lines[1] == "  变 * 变.x"
    assert lines[2] == " " * 9 + "^"  # each of the two letters takes two columns


def test_missing_and_unused_variables_are_named() -> None:
    assert mistake("w*x + b", x=1.0) == ("2 names have no number; add w=1 b=1", 0)
    assert mistake("2 * w") == ("this name has no number; add w=1", 4)
    assert mistake("x", x=1.0, y=2.0) == ("the expression does not use y; leave out y=...", 0)
    assert mistake("tanh", x=1.0)[0] == "this name has no number; add tanh=1"
    assert value("tanh(tanh)", tanh=0.0) == 0.0


@pytest.mark.parametrize("text", ["x", "x=", "=2", "x=abc", "2=3", "a b=1", "if=1", "x=1=2", "", "x=0x1", "a.b=1"])
def test_assignments_that_are_none(text: str) -> None:
    with pytest.raises(MistakeError, match="expected"):
        assignment(text)


@pytest.mark.parametrize("number", ["1", "-1.5", "1e3", ".5", "inf", "nan", " 2"])
def test_assignments_take_every_number(number: str) -> None:
    found = assignment(f"x={number}")[1]
    assert found == float(number) or math.isnan(found)


@pytest.mark.parametrize(
    "text",
    [
        "(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "x" + "+x" * (MAX_LENGTH // 2 - 1), "-" * 40 + "x",
        "x" + "**x" * 40, "tanh(" * 40 + "x" + ")" * 40, "9**9**9**9**9*x", "x**9999999999", "x" * MAX_LENGTH,
    ],
)  # fmt: skip
def test_long_deep_and_huge_expressions_are_quick(text: str) -> None:
    start = time.perf_counter()
    name = "x" * MAX_LENGTH if set(text) == {"x"} else "x"
    build(text, {name: 1.0})[0].backward()
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "(" * 400 + "x" + ")" * 400, "-" * 900 + "x", "x" + "**x" * 300, "x" + "*-x" * 300 + "**" + "-" * 60 + "x",
        "x" * 1_000_000, "x + " + "9" * 900, "(" * 1_000_000,
    ],
)  # fmt: skip
def test_beyond_the_limits_there_is_a_mistake(text: str) -> None:
    assert mistake(text, x=1.0)[0].startswith("expected")


ALPHABET = st.sampled_from([*"xyθ0129.eE+-*/(), _\n'\"[]{}:;=@#$\\\x00😀é ²½", "tanh(", "**", "lambda ", "if "])


@given(st.lists(ALPHABET, max_size=30).map("".join) | st.text(max_size=40))
@example("x" * 5000)
@example("1e9999")
@example("ᵉ(1)")
@example("x²")
@settings(max_examples=500, deadline=2000)
def test_no_text_does_more_than_compute_or_be_refused(text: str) -> None:
    for variables in ({}, dict.fromkeys(["x", "y", "θ"], 1.5)):
        with contextlib.suppress(MistakeError):
            assert isinstance(build(text, variables)[0].data, float)


@given(st.lists(st.text(max_size=12) | st.sampled_from(["x=1", "x", "--quiz", "--out", "-x", "--format", "none"])))
@settings(max_examples=150, deadline=2000)
def test_no_arguments_make_the_command_fail(arguments: list[str]) -> None:
    # Last, so that it wins: nothing is written.
    assert main([*arguments, "--format=none"]) in (0, 2)


# -- the program


def test_value_gradients_and_trace_are_printed_and_the_picture_written(tmp_path: Path) -> None:
    done = command("tanh(w*x + b)", "w=2", "x=-1", "b=0.5", "--out", str(tmp_path / "new"), "--format", "svg,dot")
    assert (done.returncode, ours(done.stderr)) == (0, "")
    lines = done.stdout.split("\n")
    assert lines[0] == "tanh(w*x + b) = -0.905148"
    assert [line for line in lines if line.startswith("grad(")] == [
        "grad(w) = -0.180707", "grad(x) = 0.361413", "grad(b) = 0.180707",
    ]  # fmt: skip
    assert "seed: grad(y) = 1.0" in done.stdout
    assert "grad(w): 0.1807 × -1.0 = -0.1807" in done.stdout
    written = [Path(line.removeprefix("written: ")).name for line in lines if line.startswith("written: ")]
    assert written == ["graph.svg", "graph.dot", "steps.html"]
    page = (tmp_path / "new" / "steps.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert (tmp_path / "new" / "graph.svg").read_text(encoding="utf-8").count("<svg") == 1
    again = command("tanh(w*x + b)", "w=2", "x=-1", "b=0.5", "--out", str(tmp_path / "new"), "--format", "svg,dot")
    assert again.stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["x*x", "x=3"], 0, ["x*x = 9", "grad(x) = 6"]),
        (["-x", "x=3"], 0, ["-x = -3", "grad(x) = -1"]),
        (["x=3", "--quiz", "x"], 2, ["expected name=number"]),
        (["2 + 2"], 0, ["2 + 2 = 4", "nothing has a gradient"]),
        (["y", "y=2"], 0, ["grad(y) = 1"]),
        (["w*x", "w=1"], 2, ["add x=1", "    ^"]),
        (["x", "x=1", "x=2"], 2, ["one number for x, got two"]),
        (["x", "x=1", "--format", "jpg"], 2, ["expected some of svg, png, pdf, dot, html, json, mmd, txt, or none"]),
        (["x", "x=1", "--fromat=svg"], 2, ["expected a name of letters", "--fromat=svg"]),
        ([], 2, ["expected an expression"]),
        (["--help"], 0, ["tanh", "--quiz", "--out"]),
        (["1/x", "x=0"], 0, ["1/x = inf", "grad(x) = -inf"]),
    ],
)
def test_exit_codes(arguments: list[str], code: int, words: list[str], capsys: Any) -> None:
    nothing_written = [] if "--format" in arguments else ["--format=none"]
    assert main([*arguments, *nothing_written]) == code
    output = "".join(capsys.readouterr())
    assert "Traceback" not in output
    for word in words:
        assert word in output


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_written(ending: str, tmp_path: Path, capsys: Any) -> None:
    if ending in ("png", "pdf") and shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    assert main(["x*x", "x=3", "--out", str(tmp_path), "--format", ending]) == 0
    assert (tmp_path / f"graph.{ending}").stat().st_size > 0
    assert capsys.readouterr().out.count("written: ") == 2


def test_the_quiz_is_another_page(tmp_path: Path) -> None:
    pages = []
    for options in ([], ["--quiz"]):
        assert main(["x*x", "x=3", "--out", str(tmp_path), *options]) == 0
        pages.append((tmp_path / "steps.html").read_text(encoding="utf-8"))
    assert pages[0] != pages[1]


def test_a_folder_that_cannot_be_written_is_code_one(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("")
    assert main(["x", "x=1", "--out", str(tmp_path / "file" / "deeper")]) == 1
    assert "expected to write into" in capsys.readouterr().err


def test_a_terminal_without_the_letters_and_a_pipe_that_closes() -> None:
    done = command("θ*2", "θ=2", "--format=none", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, ours(done.stderr)) == (0, "")
    assert "\\u03b8" in done.stdout
    done = command("θ.", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    piped = subprocess.run(
        f"{sys.executable} -m viz x*x x=1 --format=none | true", shell=True, cwd=ROOT, capture_output=True, check=False
    )
    assert piped.stderr == b""
