"""A notebook on its way to readers: executed in a kernel, converted to a page of HTML."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = str(Path(__file__).parents[2])


def execute(cells: Sequence[str]) -> Any:
    """Run cells as a notebook, as people do; skip the test where the packages for it are missing."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    code = [nbformat.v4.new_code_cell(source.strip(), id=f"cell-{number}") for number, source in enumerate(cells)]
    book = nbformat.v4.new_notebook(cells=code)
    client = nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": ROOT}})
    manager = client.create_kernel_manager()
    with TemporaryDirectory() as room:
        manager.transport, manager.ip = "ipc", f"{room}/kernel"  # no port is opened, and no two kernels meet
        client.execute()
    return book


def publish(book: Any, path: Path) -> Path:
    """Write a notebook as a page that asks for nothing from elsewhere."""
    nbconvert = pytest.importorskip("nbconvert")
    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url="")
    page, _ = exporter.from_notebook_node(book)
    path.write_text(page, encoding="utf-8")
    return path
