"""Execute the notebooks, and hold their stored outputs to what comes out.

``python notebooks/run.py --write`` runs every notebook in a fresh kernel and stores it, normalised: the same program
gives the same file, on every machine and at any time. ``--check`` runs them and compares: any other text is a
failure, numbers may differ in their last digits. Both take names of notebooks; without any, all are run.
"""

import argparse
import base64
import copy
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

SECONDS, BYTES = 30, 500_000
"""What a notebook may take to run (of a processor's time), and on disk."""

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far numbers in an output may be apart."""

GUARD_TAG = "colab"
GUARD = """\
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "stepgrad[plot]"
"""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_EMBEDDED = re.compile(r"base64,([A-Za-z0-9+/]+={0,2})")
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}|/home/|/root/|/tmp/|/Users/|\bat \d\d:\d\d:\d\d\b")

_COLOURS = re.compile(r"\x1b\[[\d;]*m")

Notebook = dict[str, Any]


class NotebookError(Exception):
    """A notebook that fails, breaks a rule, or no longer gives what is stored in it."""


# -- run -------------------------------------------------------------------------------------------------------


def executed(notebook: Notebook) -> Notebook:
    """Return a copy of a notebook with the outputs of a fresh kernel, normalised.

    Raises:
        NotebookError: A cell raised, or it took too long.
    """
    fresh = nbformat.reads(json.dumps(_without_outputs(notebook)), as_version=4)
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment.pop("MPLBACKEND", None)
    client = NotebookClient(
        fresh, timeout=2 * SECONDS, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    manager = client.create_kernel_manager()
    with tempfile.TemporaryDirectory() as room:
        # No port is opened; and two kernels started at once do not meet, as they would under the name given by default.
        manager.transport, manager.ip = "ipc", f"{room}/kernel"
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise NotebookError(f"a cell raised:\n{_COLOURS.sub('', str(error))}") from None
        except CellTimeoutError:
            raise NotebookError(f"a cell ran for more than {2 * SECONDS} s") from None
    return normalised(json.loads(nbformat.writes(fresh, version=4)))


def _without_outputs(notebook: Notebook) -> Notebook:
    bare = copy.deepcopy(notebook)
    for cell in bare["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return bare


def normalised(notebook: Notebook) -> Notebook:
    """Return a notebook without whatever may differ from run to run, cells numbered, texts as lists of lines."""
    cells = []
    number = 0
    for index, cell in enumerate(notebook["cells"]):
        tags = cell.get("metadata", {}).get("tags")
        kept = {
            "cell_type": cell["cell_type"],
            "id": f"cell-{index:02}",
            "metadata": {"tags": sorted(tags)} if tags else {},
            "source": _lines(cell["source"]),
        }
        if cell["cell_type"] == "code":
            number += 1
            kept |= {"execution_count": number, "outputs": [*_outputs(cell.get("outputs", []), number)]}
        cells.append(kept)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _outputs(outputs: Sequence[dict[str, Any]], number: int) -> Iterator[dict[str, Any]]:
    """Yield outputs; what was printed in several pieces becomes one."""
    printed: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            printed.setdefault(output["name"], []).append(_text(output["text"]))
    for name, pieces in printed.items():
        yield {"name": name, "output_type": "stream", "text": _lines("".join(pieces))}
    for output in outputs:
        if output["output_type"] in ("display_data", "execute_result"):
            data = {kind: _lines(content) for kind, content in sorted(output["data"].items())}
            if "text/html" in data:  # the picture is in there; a second copy would double the file
                data.pop("image/svg+xml", None)
            kept = {"data": data, "metadata": {}, "output_type": output["output_type"]}
            yield kept | ({"execution_count": number} if output["output_type"] == "execute_result" else {})


def _text(content: str | Sequence[str]) -> str:
    return content if isinstance(content, str) else "".join(content)


def _lines(content: str | Sequence[str]) -> list[str]:
    return _text(content).splitlines(keepends=True)


def as_text(notebook: Notebook) -> str:
    """Return the file of a notebook."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


# -- rules -----------------------------------------------------------------------------------------------------


def faults(notebook: Notebook, size: int) -> list[str]:
    """Return every convention that a stored notebook breaks, one a line."""
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    prose = "".join(_text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    outputs = json.dumps([cell["outputs"] for cell in code])
    guard = code[0] if code else {"source": "", "metadata": {}}
    stored = [cell.get("execution_count") for cell in code]
    rules = {
        f"expected at most {BYTES:,} bytes, got {size:,}": size <= BYTES,
        "expected metadata, ids and texts as run.py --write stores them": notebook == normalised(notebook),
        f"expected execution counts from 1 to {len(code)}, got {stored}": stored == [*range(1, len(code) + 1)],
        "expected the first code cell to be the guard for Colab, tagged 'colab'": (
            _text(guard["source"]) == GUARD.rstrip("\n") and guard["metadata"].get("tags") == [GUARD_TAG]
        ),
        "expected a line that begins with 'Needs:' and says what to install": re.search(r"(?m)^\**Needs:", prose),
        "expected the last code cell to end in assertions": (
            bool(code) and _text(code[-1]["source"]).strip().split("\n")[-1].lstrip().startswith("assert ")
        ),
        "expected outputs without addresses, folders and times of day": not _ADDRESS.search(outputs),
        "expected pictures as SVG or text, got image/png or image/jpeg": not re.search(r'"image/(png|jpeg)"', outputs),
        "expected no errors among the outputs": '"output_type": "error"' not in outputs,
        "expected nothing on stderr": '"name": "stderr"' not in outputs,
    }
    return [fault for fault, holds in rules.items() if not holds]


# -- compare ---------------------------------------------------------------------------------------------------


def difference(stored: Notebook, fresh: Notebook) -> str:
    """Say where two runs of a notebook differ first; ``""`` when they agree."""
    for index, (old, new) in enumerate(zip(stored["cells"], fresh["cells"], strict=True)):
        old_outputs, new_outputs = old.get("outputs", []), new.get("outputs", [])
        if len(old_outputs) != len(new_outputs):
            return f"cell {index}: {len(old_outputs)} outputs are stored, {len(new_outputs)} came out"
        for one, other in zip(old_outputs, new_outputs, strict=True):
            found = _output_difference(one, other)
            if found:
                return f"cell {index}: {found}"
    return ""


def _output_difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    contents = [output.get("data") or {output.get("name", ""): output.get("text", "")} for output in (one, other)]
    if contents[0].keys() != contents[1].keys() or one["output_type"] != other["output_type"]:
        return f"{one['output_type']} of {sorted(contents[0])} became {other['output_type']} of {sorted(contents[1])}"
    for kind in contents[0]:
        found = text_difference(_text(contents[0][kind]), _text(contents[1][kind]))
        if found:
            return f"{kind}: {found}"
    return ""


def text_difference(old: str, new: str) -> str:
    """Say where two texts differ by more than the last digits of their numbers; pictures are unpacked before.

    >>> text_difference("loss 0.10000000001", "loss 0.1"), text_difference("a 1", "b 1")
    ('', "stored 'a 1', came out 'b 1'")
    """
    old, new = (_EMBEDDED.sub(_unpacked, text) for text in (old, new))
    if old == new:
        return ""
    places = [[*_NUMBER.finditer(text)] for text in (old, new)]
    words = [_NUMBER.split(text) for text in (old, new)]
    for index, pair in enumerate(zip(*words, strict=False)):
        if pair[0] != pair[1]:
            starts = [(found[index - 1].start() if index else 0) for found in places]
            return f"stored {_excerpt(old, starts[0])}, came out {_excerpt(new, starts[1])}"
        if index < min(map(len, places)):
            numbers = [found[index] for found in places]
            if not math.isclose(float(numbers[0][0]), float(numbers[1][0]), rel_tol=RELATIVE, abs_tol=ABSOLUTE):
                stored, came = (_excerpt(number.string, number.start()) for number in numbers)
                return f"stored {stored}, came out {came}"
    return "" if len(words[0]) == len(words[1]) else f"stored {len(old):,} characters, {len(new):,} came out"


def _unpacked(match: re.Match[str]) -> str:
    try:
        return base64.b64decode(match[1], validate=True).decode()
    except ValueError:
        return match[0]


def _excerpt(text: str, place: int) -> str:
    start = max(place - 30, 0)
    return repr(text[start : place + 50])


# -- the command -----------------------------------------------------------------------------------------------


def read(path: Path) -> Notebook:
    """Return a stored notebook."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def check(path: Path) -> None:
    """Run a notebook and compare it with what is stored.

    Raises:
        NotebookError: It fails, breaks a rule, takes too long, or gives something else.
    """
    stored = read(path)
    broken = faults(stored, path.stat().st_size)
    if broken:
        raise NotebookError("\n".join(broken))
    start = _work()
    found = difference(stored, executed(stored))
    took = _work() - start
    if found:
        raise NotebookError(f"{found}\nIf that is what it should be, run: python notebooks/run.py --write {path.stem}")
    if took > SECONDS:
        raise NotebookError(f"expected it to run in {SECONDS} s, took {took:.0f} s")


def _work() -> float:
    """Return the seconds that finished kernels have worked; how busy the machine is besides does not count."""
    times = os.times()
    return times.children_user + times.children_system


def write(path: Path) -> None:
    """Run a notebook and store it."""
    fresh = executed(read(path))
    text = as_text(fresh)
    broken = faults(fresh, len(text.encode()))
    if broken:
        raise NotebookError("\n".join(broken))
    path.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return 0 when all went well, 1 when not."""
    parser = argparse.ArgumentParser(description="Execute the notebooks.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="store what comes out")
    mode.add_argument("--check", action="store_true", help="fail when something else comes out than what is stored")
    parser.add_argument("names", nargs="*", help="which ones, such as 01; all when not given")
    options = parser.parse_args(arguments)
    paths = sorted(HERE.glob("*.ipynb"))
    chosen = [path for path in paths if not options.names or any(path.stem.startswith(n) for n in options.names)]
    if not chosen:
        print(f"expected some of {', '.join(path.stem for path in paths)}", file=sys.stderr)
        return 1
    failed = 0
    for path in chosen:
        start = _work()
        try:
            (write if options.write else check)(path)
        except NotebookError as problem:
            failed += 1
            print(f"{path.name}: {problem}", file=sys.stderr)
        else:
            print(f"{path.name}: {_work() - start:.1f} s, {path.stat().st_size / 1000:.0f} kB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
