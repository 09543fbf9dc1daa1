"""The stepper's page: what is in it, which steps, and that the browser's numbers are Python's."""

import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import REGISTRY, Tensor, Value
from viz import Trace, steps, trace
from viz.amount import describe, encode
from viz.trace_json import encode_step

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).with_name("js")
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and not os.environ.get("CI"), reason="Node is not installed")


def node(*arguments: str) -> str:
    """Run a script in Node and return what it prints."""
    assert NODE is not None, "the tests of the scripts need Node"
    done = subprocess.run([NODE, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(folder: Path, question: str, **input_: Any) -> Any:
    """Ask the browser's scripts something."""
    file = folder / "input.json"
    file.write_text(json.dumps({"ask": question, **input_}), encoding="utf-8")
    return json.loads(node(str(SCRIPTS / "parity.mjs"), str(file)))


def number(x: Any) -> float:
    special = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0.0": -0.0}
    return special[x] if isinstance(x, str) else float(x)


def example() -> Value:
    x, w, b = Value(0.5, label="x"), Value(-1.5, label="w"), Value(1.0, label="b")
    loss = ((w * x + b).tanh() - 1) ** 2
    loss.label = "loss"
    return loss


def data_of(page: str) -> dict[str, Any]:
    """Return the data in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    if "packed" in data:
        import base64
        import zlib

        data = json.loads(zlib.decompress(base64.b64decode(data["packed"])))
    return data


# -- the scripts ---------------------------------------------------------------------------------------------


@needs_node
def test_the_scripts_pass_their_own_tests() -> None:
    node("--test", str(SCRIPTS / "stepper.test.mjs"))


SPECIAL_POINTS = [-800.0, -6.0, -2.0, -1.0, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1.0, 2.0, 3.0, 6.0, 50.0, 800.0]
SPECIAL_POINTS += [math.inf, -math.inf, math.nan]
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "leaky_relu": [{}, {"negative_slope": 0.3}],
    "elu": [{}, {"alpha": 0.3}],
    "softplus": [{}, {"beta": 2.0}],
    "gelu": [{}, {"approximate": "none"}, {"approximate": "tanh"}],
}


def operands_of(name: str, rng: random.Random) -> list[float | None]:
    if name == "clip":
        low, high = rng.choice([(None, 1.0), (0.5, None), (-1.0, 1.0), (2.0, 0.5)])
        return [rng.uniform(-3, 3), low, high]
    points = [*SPECIAL_POINTS, rng.uniform(-4, 4), rng.uniform(-4, 4), rng.uniform(0, 1)]
    return [rng.choice(points) for _ in range(REGISTRY[name].arity)]


def value_and_slopes(name: str, operands: list[float | None], params: dict[str, Any]) -> list[float | None]:
    """Return what the engine finds: the value, then the local derivative for each operand."""
    leaves = [None if x is None else Value(x) for x in operands]
    with np.errstate(all="ignore"):
        made = REGISTRY[name](*leaves, **params)
        slopes = {event.slot: event.local for event in autograd.backward_events(made) if event.kind == "contribute"}
    return [made.data, *(slopes.get(slot) for slot in range(len(operands)))]


def same_number(a: Any, b: Any, tolerance: float = 1e-12) -> bool:
    if a is None or b is None:
        return a is b
    a, b = number(a), number(b)
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= tolerance * max(abs(a), abs(b))


@needs_node
def test_the_browser_knows_every_operation_on_numbers(tmp_path: Path) -> None:
    """But for special functions and their kin: a graph with one of them says so, and cannot be dragged."""
    elementwise = {name for name, op in REGISTRY.items() if op.elementwise}
    families = (op.__module__.rpartition(".")[2] for op in REGISTRY.values())
    foreign = {name for name, family in zip(REGISTRY, families, strict=True) if family in ("special", "arithmetic")}
    missing = elementwise - set(ask(tmp_path, "known")) - foreign
    assert missing == {"astype"}, "an operation on numbers is missing in evaluate.js"


@needs_node
def test_each_operation_is_the_same_in_the_browser(tmp_path: Path) -> None:
    """Value and local derivatives, also at kinks, ties, infinities and NaN."""
    rng = random.Random(3)
    cases, expected = [], []
    for name in ask(tmp_path, "known"):
        for _ in range(250):
            operands, params = operands_of(name, rng), rng.choice(PARAMETERS.get(name, [{}]))
            cases.append([name, [encode(x) for x in operands], params])
            expected.append(value_and_slopes(name, operands, params))
    for case, wanted, (value, partials) in zip(cases, expected, ask(tmp_path, "run", cases=cases), strict=True):
        found = [value, *partials]
        assert all(map(same_number, found, wanted)), f"{case}: Python {wanted}, browser {found}"


TAME = 4.0
"""Larger numbers do not go into a random program: what a cancellation leaves of them has no twelve digits."""


def random_program(rng: random.Random, names: list[str]) -> tuple[Value, list[Value]]:
    leaves = [Value(rng.uniform(-2, 2), label=f"x{i}") for i in range(rng.randint(1, 4))]
    nodes = list(leaves)
    for _ in range(rng.randint(2, 15)):
        name = rng.choice(names)
        operands: list[Any] = [rng.choice(nodes) for _ in range(REGISTRY[name].arity)]
        if name == "clip":
            operands[1:] = [-1.0, 1.0]
        elif len(operands) > 1 and rng.random() < 0.2:
            operands[1] = rng.uniform(0.5, 2)
        with np.errstate(all="ignore"):
            made = REGISTRY[name](*operands, **rng.choice(PARAMETERS.get(name, [{}])))
            slopes = [abs(event.local or 0.0) for event in autograd.backward_events(made) if event.node is made]
        if abs(made.data) <= TAME and all(1e-4 < slope < 100 or slope == 0 for slope in slopes):
            nodes.append(made)
    return nodes[-1], leaves


def page_program(y: Value) -> tuple[list[Any], Trace]:
    stepper = steps(y)
    program = data_of(stepper.html)["program"]
    assert program is not None
    return program, stepper.trace


def sensitivity(y: Value, leaves: list[Value]) -> list[list[float]]:
    """Return how much each number of a trace changes when the leaves move by a few units in the last place."""
    before = [amounts(step) for step in trace(y)]
    changes = [[0.0] * len(row) for row in before]
    for sign in (1.0, -1.0):
        moved = replay(y, {leaf: leaf.data * (1 + sign * 2e-15) + sign * 1e-16 for leaf in leaves})
        for row, old, new in zip(changes, before, (amounts(step) for step in trace(moved)), strict=True):
            row[:] = [max(c, abs(a - b)) for c, a, b in zip(row, old, new, strict=True)]
    return changes


def replay(y: Value, data: dict[Value, float]) -> Value:
    """Run a recorded program again with other leaves."""
    made: dict[Value, Any] = {}
    for old in autograd.topological_order(y):
        if old.op is None:
            made[old] = Value(data.get(old, old.data), label=old.label, requires_grad=old.requires_grad)
        else:
            made[old] = old.op(*(made[x] if isinstance(x, Value) else x for x in old.inputs), **old.params)
    result: Value = made[y]
    return result


AMOUNTS = ("value", "upstream", "local", "contribution", "before", "after")


def amounts(step: Any) -> list[float]:
    found = step if isinstance(step, dict) else {key: getattr(step, key) for key in AMOUNTS}
    return [number(found[key]) for key in AMOUNTS if found.get(key) is not None]


@needs_node
def test_random_programs_are_the_same_in_the_browser(tmp_path: Path) -> None:
    """Every number of the forward and the backward pass, to 1e-12, over all operations on numbers."""
    rng = random.Random(11)
    names = sorted(ask(tmp_path, "known"))
    programs = [random_program(rng, names) for _ in range(400)]
    pages = [page_program(y) for y, _ in programs]
    cases = [{"program": program, "steps": [encode_step(s) for s in t]} for program, t in pages]
    answers = ask(tmp_path, "rerun", cases=cases)
    used = {op for program, _ in pages for op in (n["op"] for n in program)}
    assert len(used) > 50
    for (y, leaves), (_, t), answer in zip(programs, pages, answers, strict=True):
        for step, found, slack in zip(t, answer, sensitivity(y, leaves), strict=True):
            for mine, theirs, change in zip(amounts(step), amounts(found), slack, strict=True):
                assert abs(mine - theirs) <= 1e-12 * abs(mine) + 4 * change, f"{step.text}: browser {theirs}"


@needs_node
def test_dragging_a_leaf_gives_what_python_gives(tmp_path: Path) -> None:
    y = example()
    program, _ = page_program(y)
    w = next(n for n in autograd.topological_order(y) if n.label == "w")
    points = [-3.0, -0.25, 0.0, 1.5]
    answers = ask(tmp_path, "forward", cases=[{"program": program, "leaves": {"n0": x}} for x in points])
    assert next(n["value"] for n in program if n["id"] == "n0") == w.data
    for x, answer in zip(points, answers, strict=True):
        assert same_number(answer[program[-1]["id"]], replay(y, {w: x}).data)


@needs_node
def test_the_browser_replays_states_as_python_does(tmp_path: Path) -> None:
    y = Value(1.0, label="x")
    for i in range(150):
        y = y * y if i % 40 == 0 else y * 1.001 + 0.5
    for graph in (example(), y):
        t = trace(graph)
        at = [0, 1, 7, len(t) // 2, len(t) - 2, len(t) - 1]
        case = {"steps": [encode_step(step) for step in t], "at": at}
        for k, state in zip(at, ask(tmp_path, "states", cases=[case])[0], strict=True):
            named = {t.names[key]: number(x) for key, x in state["grads"].items()}
            assert named == dict(t.at(k).grads)
            assert {t.names[key]: number(x) for key, x in state["values"].items()} == dict(t.at(k).values)


@needs_node
def test_the_browser_writes_numbers_as_python_does(tmp_path: Path) -> None:
    rng = random.Random(5)
    numbers = [rng.uniform(-1, 1) * 10 ** rng.randint(-9, 12) for _ in range(2000)]
    numbers += [k / 32 for k in range(-200, 200)] + [k / 2**k for k in range(1, 40)]
    numbers += [
        0.0,
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        999999.99999,
        0.00099999,
        1e22,
        5e-324,
        1.7976931348623157e308,
    ]
    assert ask(tmp_path, "write", numbers=[encode(x) for x in numbers]) == [describe(x) for x in numbers]
    arrays = [
        trace(Tensor(np.ones(shape), requires_grad=True).sum())[0].value for shape in [(2,), (2, 2), (3, 4), (9, 9)]
    ]
    assert ask(tmp_path, "describe", amounts=[encode(x) for x in arrays]) == [describe(x) for x in arrays]


# -- the page ------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_loads_nothing() -> None:
    page = steps(example()).html
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page)
    for tag, attributes in Tags(page).found:
        assert tag not in ("link", "object", "embed", "base")
        assert not {"src", "href", "srcset", "onclick", "onload"} & attributes.keys()


def test_a_notebook_gets_a_picture_and_a_frame() -> None:
    bundle = steps(example())._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    tags = Tags(bundle["text/html"]).found
    assert [tag for tag, _ in tags] == ["img", "iframe"]
    assert str(tags[0][1]["src"]).startswith("data:image/svg+xml;base64,")
    assert tags[1][1]["height"] == "0"
    assert tags[1][1]["srcdoc"] == steps(example()).html
    assert bundle["text/plain"] == "<Stepper: 25 steps through 8 nodes>"
    assert list(steps(example())._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]


def test_the_picture_shows_the_end_of_the_pass() -> None:
    y = example()
    svg = steps(y).svg
    assert "-1.4196" in svg
    assert ET.fromstring(svg).tag.endswith("svg")
    assert not re.search(r"<style|<script| style=| class=", svg)
    assert all(n.gradient is None for n in autograd.topological_order(y)), "stepping touches no gradient"


def test_the_page_has_every_step() -> None:
    stepper = steps(example())
    data = data_of(stepper.html)
    assert [step["text"] for step in data["steps"]] == [step.text for step in stepper.trace]
    assert (data["total"], data["message"], data["quiz"]) == (25, "", False)
    assert data_of(steps(example(), quiz=True).html)["quiz"] is True


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("selector", "paper"), [(":root {", "#ffffff"), (':root[data-theme="dark"] {', "#14181d")])
def test_colours_can_be_read(selector: str, paper: str) -> None:
    """Text keeps a contrast of 4.5 to 1 with what is behind it (WCAG 2.2, 1.4.3)."""
    style = (ROOT / "viz/static/stepper.css").read_text(encoding="utf-8")
    rules = style[style.index(selector) :]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", rules[: rules.index("}")]))

    def contrast(a: str, b: str) -> float:
        dark, light = sorted((luminance(a), luminance(b)))
        return (light + 0.05) / (dark + 0.05)

    for tone in ("forward", "backward", "adds", "done"):
        assert contrast(colours[tone], paper) >= 4.5, tone
        assert contrast(colours[tone], colours["on-colour"]) >= 4.5, tone


def test_every_process_writes_the_same_bytes() -> None:
    program = (
        "import sys; sys.path[:0] = ['.', 'tests/viz']; from test_stepper import example, steps;"
        "s = steps(example(), only=['w', 'x']); t = steps(example());"
        "print(s._repr_html_(), s.animation(), t._repr_html_(), t.animation(), t.trace.to_json())"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            cwd=ROOT,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 100_000


@pytest.mark.parametrize(
    "label",
    ['"', "<script>alert(1)</script>", "</script>", "|{}\\", "a\nb", "🙂", "'", "<!--", "{{data}}", "x" * 10**6],
)
def test_hostile_labels_change_nothing_around_them(label: str) -> None:
    """R155, T34: a name is text wherever it stands."""
    plain, hostile = (steps(Value(2.0, label=name) * Value(3.0, label="b")) for name in ("a", label))
    shape = [tag for tag, _ in Tags(plain.html).found]
    assert [tag for tag, _ in Tags(hostile.html).found] == shape
    assert [tag for tag, _ in Tags(hostile._repr_html_()).found] == ["img", "iframe"]
    assert data_of(hostile.html)["names"]["n0"] == label.replace("\n", "↵") or len(label) > 40
    ET.fromstring(hostile.svg)
    ET.fromstring(hostile.animation())
    assert len(hostile.html) < len(plain.html) + 2_000


def test_arrays_are_shown_and_not_dragged() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, label="x")
    data = data_of(steps((x * x).sum()).html)
    assert data["program"] is None
    assert "arrays" in data["fixed"]
    assert data["steps"][0]["value"]["values"] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(autograd.errors.GraphError):
        steps(x)


def test_a_value_that_is_not_finite_is_no_trouble() -> None:
    stepper = steps(Value(0.0, label="x").log() * Value(math.nan, label="y"))
    assert [step["value"] for step in data_of(stepper.html)["steps"][:4]] == [0.0, "-inf", "nan", "nan"]
    ET.fromstring(stepper.svg)
    ET.fromstring(stepper.animation())


# -- which steps ---------------------------------------------------------------------------------------------


def chain(length: int) -> Value:
    y = Value(1.0, label="x")
    for _ in range(length):
        y = y * 1.0001
    return y


def test_a_long_pass_is_cut_with_a_message() -> None:
    y = chain(10_000)
    stepper = steps(y)
    data = data_of(stepper.html)
    assert len(data["steps"]) == 1000
    assert data["steps"][0]["kind"] == "seed"
    assert data["message"].startswith("Shown here: steps 10,002 to 11,001 of 30,004.")
    assert data["steps"][0]["skipped"]["values"], "what the forward pass computed is known"
    assert data["program"] is None
    assert len(stepper.html) < 1_000_000
    assert len(stepper._repr_html_()) < 1_000_000
    assert repr(stepper) == "<Stepper: 30,004 steps through 10,001 nodes, 1,000 of them shown>"


@pytest.mark.parametrize(
    ("options", "first", "count"),
    [({"start": 0}, 0, 1000), ({"stop": 600}, 0, 600), ({"stop": 1500}, 0, 1000), ({"start": 1400}, 1400, 104)],
)
def test_a_long_pass_can_be_looked_at_in_parts(options: dict[str, int], first: int, count: int) -> None:
    data = data_of(steps(chain(500), **options).html)
    assert (data["steps"][0]["index"], len(data["steps"])) == (first, count)


def test_a_window_starts_with_what_was_known() -> None:
    stepper = steps(example(), start=12, stop=15)
    data = data_of(stepper.html)
    assert [step["index"] for step in data["steps"]] == [12, 13, 14]
    state = stepper.trace.at(11)
    known = data["steps"][0]["skipped"]
    assert {data["names"][key]: x for key, x in known["grads"].items()}.items() <= dict(state.grads).items()


def test_only_some_nodes() -> None:
    y = example()
    w = next(n for n in autograd.topological_order(y) if n.label == "w")
    by_name, by_node = (data_of(steps(y, only=[key]).html) for key in ("w", w))
    assert by_name == by_node
    assert [step["text"] for step in by_name["steps"]] == [
        "w = -1.5",
        "grad(w): -1.4196 × 0.5 = -0.7098",
        "leaf w: grad(w) = -0.7098",
    ]
    drawn = {node for step in by_name["steps"] for node in (step["node"], step.get("operand")) if node}
    for step in by_name["steps"]:
        assert set(step.get("skipped", {}).get("grads", {})) <= {*drawn, *by_name["kinds"]}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"start": -1}, ValueError),
        ({"start": 5, "stop": 5}, ValueError),
        ({"stop": 26}, ValueError),
        ({"start": 1.5}, TypeError),
        ({"only": "w"}, TypeError),
        ({"only": ["nothing"]}, ValueError),
        ({"only": [Value(1.0)]}, ValueError),
        ({"only": ["x"], "start": 24}, ValueError),
        ({"theme": "blue"}, ValueError),
        ({"names": ["a"]}, TypeError),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        steps(example(), **options)


# -- files ---------------------------------------------------------------------------------------------------


def test_a_node_steps_by_itself() -> None:
    y = Value(2.0) * 3.0
    assert y.steps(quiz=True).html == steps(y, quiz=True).html


def test_saving(tmp_path: Path) -> None:
    stepper = steps(example())
    page = stepper.save(tmp_path / "deep" / "pass.html")
    assert page.read_text(encoding="utf-8") == stepper.html
    moving = stepper.save(str(tmp_path / "pass.svg"))
    assert moving.read_text(encoding="utf-8") == stepper.animation()
    with pytest.raises(ValueError, match=r"\.html or \.svg"):
        stepper.save(tmp_path / "pass.png")


def test_the_animation_has_each_step_and_no_script() -> None:
    stepper = steps(example())
    root = ET.fromstring(stepper.animation())
    name = "{http://www.w3.org/2000/svg}"
    texts = ["".join(element.itertext()) for element in root.iter(f"{name}text")]
    for step in stepper.trace:
        [caption] = [text for text in texts if text.startswith(f"{step.index + 1}/25 ")]
        assert step.text in caption or (caption.endswith("…") and step.text[:30] in caption)
    for animation in root.iter(f"{name}animate"):
        if animation.get("attributeName") == "visibility":
            times = [float(time) for time in str(animation.get("keyTimes")).split(";")]
            assert times == sorted(set(times))
            assert times[0] == 0.0
            assert times[-1] < 1.0
            assert len(times) == len(str(animation.get("values")).split(";"))
    assert {element.tag.removeprefix(name) for element in root.iter()} <= {
        *("svg", "title", "rect", "g", "path", "text", "tspan", "circle", "animate"),
    }


def test_an_animation_that_does_not_play_shows_the_end() -> None:
    root = ET.fromstring(steps(example()).animation())
    parents = {child: parent for parent in root.iter() for child in parent}

    def is_seen(element: Any) -> bool:
        while element in parents:
            if element.get("visibility") == "hidden":
                return False
            element = parents[element]
        return True

    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text") if is_seen(t)]
    assert "grad -0.7098" in texts
    assert "grad —" not in texts
