"""Backpropagation from a command line: ``python -m viz "tanh(w*x + b)" w=2 x=-1 b=0.5``."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from autograd import Value

from .drawing import draw
from .program import MistakeError, assignment, build, functions
from .stepper import steps
from .tracing import trace

if TYPE_CHECKING:
    import argparse

__all__ = ["main"]

FORMATS = ("svg", "png", "pdf", "dot", "html", "json", "mmd", "txt")
_OPTIONS = ("-h", "--help", "--out", "--quiz", "--format")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: print value, gradients and the backward pass, and write the picture and the stepper.

    Args:
        arguments: What stands after ``python -m viz``; those of the process when not given.

    Returns:
        The exit code: 0 done, 1 a file could not be written, 2 a mistake in what was typed.

    >>> main(["2 * x", "x=3", "--format", "none"])
    2 * x = 6
    <BLANKLINE>
    grad(x) = 2
    <BLANKLINE>
    1/7  x = 3.0
    2/7  y = 2.0 * x = 6.0
    3/7  seed: grad(y) = 1.0
    4/7  visit y = 2.0 * x: grad(y) = 1.0
    5/7    grad(x): 1.0 × 2.0 = 2.0
    6/7  leaf x: grad(x) = 2.0
    7/7  done: grad(x) = 2.0
    0
    """
    try:
        options = _options(list(sys.argv[1:] if arguments is None else arguments))
        result, leaves = build(options.expression, _variables(options.variables))
    except MistakeError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    except SystemExit as stop:  # the help, or a mistake in an option; what there is to say was said
        return int(stop.code or 0)
    _report(options.expression.strip(), result, leaves)
    try:
        for path in _write(result, Path(options.out), options.formats, quiz=options.quiz):
            print(f"written: {path}")
    except OSError as problem:
        print(f"error: expected to write into {options.out}: {problem.strerror or problem}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str]) -> "argparse.Namespace":
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.exit(2, f"error: {message}\nsee python -m viz --help\n")

    parser = Parser(
        prog="python -m viz",
        usage='%(prog)s "tanh(w*x + b)" w=2 x=-1 b=0.5 [--out DIR] [--quiz] [--format svg,png,...]',
        description="Compute an expression, walk backwards through it, and draw every value and gradient.",
        epilog=f"functions: {', '.join(sorted(functions()))}",
        allow_abbrev=False,
    )
    parser.add_argument("expression", nargs="?", help="of numbers, names, + - * / **, brackets and functions")
    parser.add_argument("variables", nargs="*", metavar="name=number", help="the number that each name stands for")
    parser.add_argument("--out", default="out", metavar="DIR", help="where the files go (default: %(default)s)")
    parser.add_argument("--quiz", action="store_true", help="the stepper hides each next number until it is typed")
    parser.add_argument(
        "--format", dest="formats", type=_formats, default=("svg",), metavar="svg,png,...",
        help=f"of the picture: {', '.join(FORMATS)}, several with commas; none writes no file (default: svg)",
    )  # fmt: skip
    # An expression may begin with a minus, which argparse would take for an option; a space before it is harmless.
    known = tuple(f"{option}=" for option in _OPTIONS)
    options = parser.parse_intermixed_args(
        [f" {a}" if a.startswith("-") and a not in _OPTIONS and not a.startswith(known) else a for a in arguments]
    )
    if options.expression is None:
        parser.error('expected an expression, such as "tanh(w*x + b)" w=2 x=-1 b=0.5')
    return options


def _formats(text: str) -> tuple[str, ...]:
    import argparse

    names = tuple(name.strip().lower() for name in text.split(",")) if text != "none" else ()
    wrong = [name for name in names if name not in FORMATS]
    if wrong:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(FORMATS)}, or none, got {wrong[0]!r}")
    return names


def _variables(arguments: Sequence[str]) -> dict[str, float]:
    variables: dict[str, float] = {}
    for argument in arguments:
        name, number = assignment(argument)
        if name in variables:
            raise MistakeError(f"expected one number for {name}, got two", argument, 0)
        variables[name] = number
    return variables


def _report(expression: str, result: Value, leaves: Mapping[str, Value]) -> None:
    """Walk backwards, and print what came of it."""
    print(f"{expression} = {result.data:g}\n")
    if not result.requires_grad:
        print("There is no name in it, so nothing has a gradient.")
        return
    if not result.is_leaf:
        result.label = "y" if "y" not in leaves else "result"
    events = trace(result)
    result.backward()
    for name, leaf in leaves.items():
        print(f"grad({name}) = {leaf.grad:g}")
    print(f"\n{events}")


def _write(result: Value, folder: Path, formats: Sequence[str], *, quiz: bool) -> list[Path]:
    """Write the picture in each format, and the stepper."""
    if not formats:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    drawing = draw(result, show=("data", "grad", "local", "contribution"))
    pictures = [drawing.save(folder / f"graph.{name}") for name in formats]
    return [*pictures, steps(result, quiz=quiz).save(folder / "steps.html")]


def _run() -> int:
    """Run as a program: no traceback at a terminal without dashes, nor when the reader of a pipe goes away."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream at a terminal is
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(_run())
