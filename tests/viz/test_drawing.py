"""The drawing: files, notebooks, and a machine without Graphviz."""

import base64
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from viz import Drawing, draw

ROOT = Path(__file__).parents[2]
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@pytest.fixture
def drawing() -> Drawing:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + 1.0
    y.backward()
    return draw(y)


@needs_dot
@pytest.mark.parametrize(
    ("name", "magic"),
    [
        ("g.svg", b"<?xml"),
        ("g.png", b"\x89PNG"),
        ("g.pdf", b"%PDF"),
        ("g.dot", b"digraph"),
        ("g.SVG", b"<?xml"),
    ],
)
def test_save(drawing: Drawing, tmp_path: Path, name: str, magic: bytes) -> None:
    path = drawing.save(tmp_path / "new" / name)
    assert path == tmp_path / "new" / name
    content = path.read_bytes()
    assert content.startswith(magic)
    assert drawing.save(str(tmp_path / name)).read_bytes() == content


@pytest.mark.parametrize("name", ["g.jpg", "g", ".svg"])
def test_an_unknown_ending_is_refused(drawing: Drawing, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in one of \.svg, \.png, \.pdf, \.dot"):
        drawing.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@needs_dot
def test_notebook(drawing: Drawing) -> None:
    bundle = drawing._repr_mimebundle_()
    assert sorted(bundle) == ["image/svg+xml", "text/html", "text/plain"]
    svg = drawing._repr_svg_()
    assert svg is not None
    assert svg.startswith("<svg")
    assert bundle["image/svg+xml"] == svg
    encoded = bundle["text/html"].partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(encoded).decode() == svg
    assert list(drawing._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]
    assert "image/svg+xml" not in drawing._repr_mimebundle_(exclude={"image/svg+xml"})


def check_fallback(drawing: Drawing, folder: Path, capsys: pytest.CaptureFixture[str], hint: str) -> None:
    for ending in ("svg", "png", "pdf"):
        path = drawing.save(folder / f"g.{ending}")
        assert path == folder / f"g.{ending}.dot"
        assert path.read_text(encoding="utf-8") == str(drawing)
        assert not (folder / f"g.{ending}").exists()
        output, message = capsys.readouterr()
        assert output == ""
        assert message.count("\n") == 1
        assert hint in message
        assert f"g.{ending}.dot" in message
    assert drawing._repr_svg_() is None
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert hint in bundle["text/plain"]
    assert str(drawing) in bundle["text/plain"]


def test_without_the_program(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """R155: without ``dot`` there is a message one can follow, and the DOT text."""
    pytest.importorskip("graphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    check_fallback(drawing, tmp_path, capsys, "apt install graphviz")


def test_without_the_package(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """R155: the same without the Python package."""
    monkeypatch.setitem(sys.modules, "graphviz", None)
    check_fallback(drawing, tmp_path, capsys, "pip install graphviz")


def test_when_the_program_fails(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graphviz = pytest.importorskip("graphviz")

    def fail(*_: Any, **__: Any) -> bytes:
        raise graphviz.CalledProcessError(1, ["dot"], stderr=b"no such\nformat")

    monkeypatch.setattr(graphviz.Source, "pipe", fail)
    check_fallback(drawing, tmp_path, capsys, "(no such format)")


def test_importing_viz_imports_nothing_heavy() -> None:
    program = "import sys, viz; print({'graphviz', 'IPython', 'matplotlib'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"


def test_repr_counts() -> None:
    x = Value(1.0)
    assert repr(draw(x)) == "<Drawing: 1 node, 0 edges>"
    assert repr(draw(x + x + x, max_nodes=1)) == "<Drawing: 1 node, 1 edge, 2 more not drawn>"
