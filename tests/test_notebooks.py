"""The notebooks: they keep their conventions, and what is stored in them is what comes out."""

import base64
import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytest.importorskip("nbclient")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def load_runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "notebooks" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runner = load_runner()


@pytest.fixture
def notebook() -> dict[str, Any]:
    return runner.read(NOTEBOOKS[0])


def test_there_are_notebooks() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]


@each_notebook
def test_a_notebook_keeps_the_conventions(path: Path) -> None:
    assert runner.faults(runner.read(path), path.stat().st_size) == []
    assert path.read_text(encoding="utf-8") == runner.as_text(runner.read(path))


@pytest.mark.notebook
@each_notebook
def test_a_notebook_gives_what_is_stored_in_it(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "notebooks" / "run.py"), "--check", path.stem],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# -- the runner


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("loss 0.1", "loss 0.1000000001", True), ("loss 0.1", "loss 0.1001", False), ("1e-300", "0", True),
        ("a 1", "b 1", False), ("a 1", "a 1 2", False), ("nan", "inf", False), ("", "", True), ("", "1", False),
        ("x1 = 2.0", "x1 = 2.0", True), ("x1 = 2.0", "x2 = 2.0", False), ("100 right", "99 right", False),
    ],
)  # fmt: skip
def test_numbers_may_differ_in_their_last_digits(old: str, new: str, alike: bool) -> None:
    assert (runner.text_difference(old, new) == "") is alike


def test_pictures_are_compared_by_what_is_in_them() -> None:
    def picture(svg: str) -> str:
        return f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'

    same = picture('<path d="M 1.00000001 2"/>')
    assert runner.text_difference(picture('<path d="M 1 2"/>'), same) == ""
    assert "M 3 2" in runner.text_difference(picture('<path d="M 1 2"/>'), picture('<path d="M 3 2"/>'))
    assert runner.text_difference("base64,AAAA", "base64,AAAB") != ""


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb["metadata"]["language_info"].update(version="3.13"),
        lambda nb: nb["cells"][0].update(id="another"),
        lambda nb: nb["cells"][1]["metadata"].update(tags=[]),
        lambda nb: nb["cells"][0].update(source=["no word of what it takes"]),
        lambda nb: nb["cells"][-1].update(source=["1 + 1"]),
        lambda nb: nb["cells"][-1].update(execution_count=99),
        lambda nb: nb["cells"][-1]["outputs"].append({"name": "stderr", "output_type": "stream", "text": ["oh"]}),
        lambda nb: nb["cells"][-1]["outputs"].append(
            {"name": "stdout", "output_type": "stream", "text": ["<object at 0x7f01020304>"]}
        ),
        lambda nb: nb["cells"][-1]["outputs"].append(
            {"data": {"image/png": ["AAAA"]}, "metadata": {}, "output_type": "display_data"}
        ),
    ],
)
def test_what_breaks_a_convention_is_found(notebook: dict[str, Any], change: Any) -> None:
    assert runner.faults(notebook, 1000) == []
    change(notebook)
    assert runner.faults(notebook, 1000) != []


def test_a_large_file_is_found(notebook: dict[str, Any]) -> None:
    assert runner.faults(notebook, runner.BYTES + 1) == ["expected at most 500,000 bytes, got 500,001"]


def test_another_output_is_a_difference(notebook: dict[str, Any]) -> None:
    assert runner.difference(notebook, copy.deepcopy(notebook)) == ""
    for index, cell in enumerate(notebook["cells"]):
        for number in range(len(cell.get("outputs", []))):
            fewer, other = copy.deepcopy(notebook), copy.deepcopy(notebook)
            fewer["cells"][index]["outputs"].pop(number)
            output = other["cells"][index]["outputs"][number]
            if "data" in output:
                output["data"] = {kind: ["something else"] for kind in output["data"]}
            else:
                output["text"] = ["something else"]
            assert runner.difference(notebook, fewer).startswith(f"cell {index}: ")
            assert "something else" in runner.difference(notebook, other)


def test_normalising_drops_what_differs_from_run_to_run(notebook: dict[str, Any]) -> None:
    noisy = copy.deepcopy(notebook)
    noisy["metadata"]["kernelspec"]["display_name"] = "my environment"
    for index, cell in enumerate(noisy["cells"]):
        cell["id"] = f"{index}ffab{index}"
        cell["metadata"]["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["execution_count"] = 100 + index
            cell["outputs"] = [
                piece
                for output in cell["outputs"]
                for piece in (
                    [{**output, "text": line} for line in output["text"]]
                    if output["output_type"] == "stream"
                    else [output]
                )
            ]
    assert runner.normalised(noisy) == notebook
    assert json.loads(runner.as_text(notebook)) == notebook
