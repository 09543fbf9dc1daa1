"""graph_diff and assert_graph: what differs is found by structure, and a file that is missing is no success."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, scope
from tests.viz.graphs import HOSTILE, UNPRINTABLE, chain, programs, unrolled
from viz import GraphView, assert_graph, from_json, graph_diff, to_json, to_text
from viz.theme import LIGHT, fills

ROOT = Path(__file__).parents[2]


def network(weight: float, activation: str = "tanh") -> Value:
    x, w, b = Value(2.0, label="x"), Value(weight, label="w"), Value(0.5, label="b")
    h = getattr(x * w + b, activation)()
    return h * h  # type: ignore[no-any-return]


def test_nothing_differs_between_two_runs() -> None:
    diff = graph_diff(network(1.0), network(1.0))
    assert not diff
    assert str(diff) == "no difference"
    assert "fill" in diff._repr_mimebundle_()["image/svg+xml"]
    assert diff.view == GraphView.of(network(1.0))


def test_values_and_gradients_that_changed() -> None:
    after = network(2.0)
    after.backward()
    diff = graph_diff(network(1.0), after)
    assert (diff.added, diff.removed) == ((), ())
    assert [(change.after.name, change.fields[0]) for change in diff.changed][1] == ("w", ("data", "1.0", "2.0"))
    assert "~ w: data 1.0 → 2.0, grad — → " in str(diff)
    assert "1.0 → 2.0" in diff.drawing().dot
    assert "1.0 → 2.0" in diff.drawing().svg
    coloured = fills(diff.view, "difference", LIGHT)
    assert set(coloured) == {change.after.id for change in diff.changed}


def test_a_difference_below_four_decimals_is_shown_in_full() -> None:
    diff = graph_diff(Value(1.0, label="x"), Value(1.0 + 1e-12, label="x"))
    assert str(diff).startswith("~ x: data 1.0 → 1.000000000001\n")


def test_an_operation_in_between_is_one_addition() -> None:
    x = Value(2.0, label="x")
    before, after = (x * 3.0 + 1.0).tanh(), (x * 3.0 + 1.0).exp().tanh()
    diff = graph_diff(before, after)
    assert [node.symbol for node in diff.added] == ["exp"]
    assert diff.removed == ()
    assert [(change.after.symbol, [name for name, _, _ in change.fields]) for change in diff.changed] == [
        ("tanh", ["data", "operands"])
    ]
    back = graph_diff(after, before)
    assert [node.symbol for node in back.removed] == ["exp"]
    assert "− exp" in str(back)


def test_an_operation_in_place_of_another_is_one_change() -> None:
    diff = graph_diff(network(1.0, "tanh"), network(1.0, "relu"))
    assert (diff.added, diff.removed) == ((), ())
    assert "~ relu: op tanh → relu" in str(diff)
    assert [change.after.symbol for change in diff.changed] == ["relu", "*"]
    assert "tanh → relu" in to_text(diff.view)


def test_swapped_operands_are_a_change() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    diff = graph_diff(x - y, y - x)
    assert [change.after.symbol for change in diff.changed] == ["-"]
    assert "operands" in str(diff)


def test_folded_graphs_are_compared_group_by_group() -> None:
    diff = graph_diff(unrolled(80), unrolled(90))
    [cell] = [change for change in diff.changed if change.after.name == "cell"]
    assert ("times", "80", "90") in cell.fields


def test_views_and_json_are_compared_too() -> None:
    saved = from_json(to_json(GraphView.of(network(1.0))))
    assert not graph_diff(saved, network(1.0))
    assert graph_diff(saved, network(3.0))


def test_names_are_used() -> None:
    x = Value(1.0)
    assert "~ x:" in str(graph_diff(Value(2.0), x, names={"x": x}))


def test_other_things_are_not_compared() -> None:
    with pytest.raises(TypeError, match="a Value, a Tensor or a GraphView to compare, got float"):
        graph_diff(Value(1.0), 1.0)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(programs(), programs(), st.integers(1, 60))
def test_both_graphs_are_in_the_union(a: Value, b: Value, most: int) -> None:
    first, second = (GraphView.of(y, max_nodes=most) for y in (a, b))
    diff = graph_diff(first, second)
    marked = [node.id for node in diff.view.nodes]
    assert len(set(marked)) == len(marked)
    assert len(marked) == len(second.shown().nodes) + len(diff.removed)
    assert len(first.shown().nodes) - len(diff.removed) == len(second.shown().nodes) - len(diff.added)
    assert from_json(to_json(diff.view)) == diff.view
    assert not graph_diff(first, first)
    str(diff)
    diff.drawing().dot  # noqa: B018 - written, not looked at


def test_a_frame_that_went_while_its_members_stayed_is_closed() -> None:
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    with scope("outer"):
        a = (x * y + x) * y
    b = (x * y + x) * y
    first = GraphView.of(a, max_nodes=3)
    nodes = tuple(replace(node, is_open=node.kind == "group") for node in first.nodes)
    diff = graph_diff(replace(first, nodes=nodes), GraphView.of(b, max_nodes=None))
    assert [node.id for node in diff.removed] == ["g0"]
    assert from_json(to_json(diff.view)) == diff.view


def test_a_chain_of_thousands_is_compared_in_a_moment() -> None:
    views = [GraphView.of(chain(n), max_nodes=None) for n in (2000, 2001)]
    assert len(graph_diff(*views).added) == 2  # the operation and its constant


# assert_graph


@pytest.fixture(autouse=True)
def _compares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPGRAD_UPDATE", raising=False)


@pytest.mark.parametrize("ending", [".dot", ".gv", ".mmd", ".txt", ".json"])
def test_what_was_written_is_accepted(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "deep" / f"golden{ending}"
    assert_graph(network(1.0), path, update=True)
    assert_graph(network(1.0), path)
    with pytest.raises(AssertionError, match="the graph is not what"):
        assert_graph(network(1.5), path)


def test_a_missing_file_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "golden.dot"
    with pytest.raises(AssertionError, match="there is no such file; run once with STEPGRAD_UPDATE=1"):
        assert_graph(network(1.0), path)
    assert not path.exists()


def test_the_difference_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "golden.txt"
    assert_graph(network(1.0), path, update=True)
    with pytest.raises(AssertionError) as caught:
        assert_graph(network(1.5), path)
    message = str(caught.value)
    assert "--- " in message
    assert "+++ the graph" in message
    assert "w  1.0" in message
    assert "w  1.5" in message
    path.write_text("x\n" * 10_000)
    with pytest.raises(AssertionError, match="more lines") as caught:
        assert_graph(network(1.5), path)
    assert len(str(caught.value)) < 10_000


@pytest.mark.parametrize(("value", "writes"), [("1", True), ("0", False), ("", False)])
def test_the_environment_updates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, writes: bool) -> None:
    path = tmp_path / "golden.dot"
    path.write_text("old")
    monkeypatch.setenv("STEPGRAD_UPDATE", value)
    if writes:
        assert_graph(network(1.0), path)
    else:
        with pytest.raises(AssertionError):
            assert_graph(network(1.0), path)
    assert (path.read_text() == "old") is not writes


def test_the_last_digit_of_a_number_is_no_failure(tmp_path: Path) -> None:
    for ending in (".dot", ".json", ".txt", ".mmd"):
        path = tmp_path / f"golden{ending}"
        assert_graph(Value(0.1 + 0.2), path, update=True)
        assert_graph(Value(0.3), path)


def test_options_say_what_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "golden.txt"
    assert_graph(network(1.0), path, update=True, show=("local",), depth=1)
    text = path.read_text(encoding="utf-8")
    assert "edge" in text
    assert "more" in text


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in one of .dot, .gv, .mmd, .txt, .json, got"):
        assert_graph(Value(1.0), tmp_path / "golden.png")


@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_names_survive_the_file(tmp_path: Path, name: str) -> None:
    for ending in (".dot", ".json", ".txt", ".mmd"):
        path = tmp_path / f"golden{ending}"
        assert_graph(Value(1.0, label=name), path, update=True)
        assert_graph(Value(1.0, label=name), path)


# The same text in every process

PROGRAM = """
import sys, random
sys.path.insert(0, ".")
from tests.viz.graphs import expression, moons, tangle, unrolled
from viz import GraphView, graph_diff, to_dot, to_json, to_mermaid, to_text
for y in (expression(), moons(10, (4, 3, 1)), tangle(400), unrolled(200)):
    for options in ({}, {"show": ("local",)}, {"depth": 2}, {"group": "module"}, {"max_nodes": 7}):
        view = GraphView.of(y, **options)
        for write in (to_dot, to_json, to_mermaid, to_text):
            sys.stdout.buffer.write(write(view).encode())
sys.stdout.buffer.write(str(graph_diff(moons(10, (4, 3, 1)), tangle(50))).encode())
sys.stdout.buffer.write(to_dot(GraphView.of(expression()), color="grad", theme="dark").encode())
"""


def test_two_processes_write_the_same_bytes() -> None:
    """T34: nothing depends on addresses or on the seed of hashes."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 50_000
