"""Folding: a picture of any graph fits its budget, reads as the program was written, and counts what it hides."""

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, scope
from tests.viz.graphs import chain, moons, programs, tangle, unrolled
from viz import GraphView, NodeView


def named(view: GraphView, name: str) -> NodeView:
    [node] = [node for node in view.nodes if node.name == name]
    return node


def drawn(view: GraphView) -> list[tuple[str, str, int]]:
    """Return reason, name and times of each group that is drawn."""
    return [(node.reason, node.name, node.times) for node in view.shown().nodes if node.kind == "group"]


def opened(view: GraphView) -> list[tuple[str, bool]]:
    """Return each group that is described, and whether it is open."""
    return [(node.name, node.is_open) for node in view.nodes if node.kind == "group"]


def ways(view: GraphView) -> set[tuple[str, str]]:
    """Return the edges drawn, by name."""
    shown = view.shown()
    name = {node.id: node.name or node.symbol for node in shown.nodes}
    return {(name[edge.source], name[edge.target]) for edge in shown.edges}


def test_a_graph_within_its_budget_is_left_as_it_is() -> None:
    view = GraphView.of(chain(100))
    assert len(view.nodes) == 201
    assert view.shown() == view
    assert view.hidden == 0


def test_two_moons_are_neurons_and_layers() -> None:
    """The loss of micrograd's network over many points: the calls of one neuron are one box."""
    view = GraphView.of(moons(20, (4, 3, 1)))
    groups = drawn(view)
    assert [group for group in groups if group[0] == "scope"] == [
        ("scope", "MLP", 20),
        ("scope", "layers.0", 20),
        *(("scope", f"neurons.{i}", 20) for i in range(4)),
        ("scope", "layers.1", 20),
        *(("scope", f"neurons.{i}", 20) for i in range(3)),
        ("scope", "layers.2", 20),
        ("scope", "neurons.0", 20),
    ]
    assert [node.name for node in view.shown().nodes if node.is_open] == ["MLP", "layers.0", "layers.1", "layers.2"]
    assert ("repeat", "relu", 20) in groups
    assert len(view.shown().nodes) < 40


def test_neurons_are_one_box_when_there_is_no_room_for_each() -> None:
    view = GraphView.of(moons(20, (16, 16, 1)), max_nodes=20)
    assert len(view.shown().nodes) <= 20
    assert [group for group in drawn(view) if "…" in group[1]] == [("repeat", "neurons.0…15", 16)] * 2
    layer = next(node for node in view.nodes if node.name == "layers.1")
    assert layer.count == 16 * (16 + 1 + 20 * 33)


def test_the_weights_of_a_neuron_stay_with_it_when_a_penalty_reads_them() -> None:
    view = GraphView.of(moons(20, (4, 3, 1)))
    neuron = next(node for node in view.nodes if node.name == "neurons.3")
    leaves = [node for node in view.nodes if node.parent == neuron.id and node.kind == "leaf"]
    assert len(leaves) == 3


def test_a_recurrence_is_one_step_that_feeds_itself() -> None:
    view = GraphView.of(unrolled(50), max_nodes=40)
    assert drawn(view) == [("scope", "rnn", 1), ("time", "cell", 50)]
    assert ("cell", "cell") in ways(view)
    [loop] = [edge for edge in view.shown().edges if edge.source == edge.target]
    assert loop.count == 49
    assert named(view, "cell").caption == "×50 in time, 202 nodes"


def test_calls_that_do_not_feed_each_other_are_no_recurrence() -> None:
    w = Value(1.0)
    parts = []
    for _ in range(200):
        with scope("part"):
            parts.append((w * 2.0).tanh())
    view = GraphView.of(sum(parts))
    assert ("scope", "part", 200) in drawn(view)
    assert all(edge.source != edge.target for edge in view.shown().edges)


def test_two_sequences_through_one_cell_are_folded_over_the_steps_of_one() -> None:
    w = Value(0.5)
    ends = []
    for _ in range(2):
        with scope("rnn"):
            h = Value(0.0)
            for _ in range(30):
                with scope("cell"):
                    h = (h * w + 1.0).tanh()
        ends.append(h)
    view = GraphView.of(ends[0] + ends[1], max_nodes=50)
    assert named(view, "cell").times == 30


def test_the_steps_of_an_open_cell_are_folded_too() -> None:
    view = GraphView.of(unrolled(50), max_nodes=40)
    cell = named(view, "cell")
    inside = [(node.name, node.times) for node in view.nodes if node.parent == cell.id and node.kind == "group"]
    assert inside == [("matmul", 50), ("add", 50), ("tanh", 50)]


def test_like_parts_without_a_scope_are_repeats() -> None:
    w = Value(0.5, label="w")
    errors = [(w * Value(float(i)) - 1.0) ** 2 for i in range(100)]
    view = GraphView.of(sum(errors))
    assert drawn(view) == [
        ("repeat", "multiply", 100),
        ("repeat", "subtract", 100),
        ("repeat", "power", 100),
        ("chain", "add", 99),
    ]
    assert ways(view) == {
        ("w", "multiply"),
        ("multiply", "subtract"),
        ("subtract", "power"),
        ("power", "add"),
        ("power", "+"),
        ("add", "+"),
    }


def test_a_chain_is_one_box_between_its_ends() -> None:
    view = GraphView.of(chain(1000)).shown()
    assert [node.name or node.symbol for node in view.nodes] == ["x", "multiply", "", "*"]
    chained = view.nodes[1]
    assert (chained.reason, chained.times, chained.count) == ("chain", 999, 1998)
    assert sum(node.count for node in view.nodes) == 2001


def test_what_is_left_is_cut_by_distance() -> None:
    y = tangle(2000)
    view = GraphView.of(y)
    assert len(view.shown().nodes) <= 300
    [more] = [node for node in view.shown().nodes if node.reason == "depth"]
    assert more.name == f"+{more.count:,} more"
    assert more.count > 500


def test_depth_counts_operations_from_the_root() -> None:
    y = chain(10)
    for depth in range(4):
        view = GraphView.of(y, depth=depth).shown()
        results = [node for node in view.nodes if node.kind == "result"]
        assert len(results) == depth + 1
        assert view.hidden == 21 - 2 * (depth + 1)
    assert GraphView.of(y, depth=10).hidden == 0
    assert GraphView.of(Value(1.0), depth=0).hidden == 0


def test_scopes_are_frames_and_modules_boxes_when_asked_for() -> None:
    x = Value(1.0, label="x")
    with scope("net"):
        with scope("head"):
            y = x * 2.0
        y = y + 1.0
    y = y * y
    frames = GraphView.of(y, group="scope")
    assert opened(frames) == [("net", True), ("head", True)]
    assert {node.name for node in frames.shown().nodes} >= {"x", "net", "head"}
    boxes = GraphView.of(y, group="module")
    assert opened(boxes) == [("net", True), ("head", False)]
    assert "x" not in {node.name for node in boxes.shown().nodes}
    assert GraphView.of(y).nodes == GraphView.of(y, group=None).nodes
    assert not any(node.kind == "group" for node in GraphView.of(y).nodes)


def test_the_place_in_a_list_is_named_after_the_list() -> None:
    with scope("blocks"), scope("0"):
        y = Value(1.0).tanh().exp()
    assert opened(GraphView.of(y, group="scope")) == [("blocks", True), ("blocks.0", True)]


def test_groups_stand_before_their_members_and_are_numbered_so() -> None:
    view = GraphView.of(moons(10, (4, 3, 1)))
    seen = {""}
    for node in view.nodes:
        assert node.parent in seen
        seen.add(node.id)
    groups = [node.id for node in view.nodes if node.kind == "group"]
    assert groups == [f"g{i}" for i in range(len(groups))]


def test_a_group_adds_up_gradients_costs_and_what_is_not_finite() -> None:
    x = Value(2.0)
    y = (x * 3.0).exp() * 0.0
    costs = {y: {"flops": 1.0}, x: {"flops": 10.0, "bytes": 8.0}}
    y.backward()
    group = GraphView.of(y, depth=0, costs=costs).nodes[0]
    assert group.grad is not None
    assert group.data is None
    assert group.grad.text == "0.0"
    assert group.costs == (("bytes", 8.0), ("flops", 10.0))
    bad = (Value(float("inf")) * 1.0 * 2.0) * 3.0
    group = GraphView.of(bad, depth=0).nodes[0]
    assert group.data is not None
    assert (group.data.text, group.data.tone) == ("3 not finite", "nan")
    bad.backward()


def test_a_group_with_a_gradient_that_is_not_finite_says_so() -> None:
    x = Value(0.0)
    y = x.log() * 2.0 * 3.0
    y.backward()
    group = GraphView.of(y, depth=0).nodes[0]
    assert group.grad is not None
    assert group.grad.tone == "inf"


def test_huge_groups_are_not_described_and_cannot_be_opened() -> None:
    view = GraphView.of(chain(50_000))
    assert len(view.nodes) == 4
    assert {node.parent for node in view.nodes} == {""}


@pytest.mark.parametrize("make", [lambda: chain(10_000), lambda: tangle(10_000)])
def test_ten_thousand_operations_are_folded_in_a_second(make: object) -> None:
    y = make()  # type: ignore[operator]
    start = time.perf_counter()
    view = GraphView.of(y)
    assert time.perf_counter() - start < 2.0  # half of it is for a busy machine
    assert len(view.shown().nodes) <= 300


def test_a_long_chain_needs_no_recursion() -> None:
    """T6: fifty thousand operations, and scopes as deep."""
    y = chain(50_000)
    assert GraphView.of(y).hidden == 99_998
    deep = Value(1.0)
    for _ in range(3):
        contexts = [scope("s") for _ in range(300)]
        for context in contexts:
            context.__enter__()
        deep = deep * 2.0
        for context in reversed(contexts):
            context.__exit__(None, None, None)
    assert GraphView.of(deep, group="scope", max_nodes=10).hidden > 0


@pytest.mark.slow
def test_a_million_operations_are_folded() -> None:
    view = GraphView.of(chain(1_000_000))
    assert len(view.shown().nodes) == 4


def test_a_graph_whose_operand_was_assigned_from_its_result_is_drawn() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    y = x * 2.0
    z = y * y
    y[0] = z[1]
    assert len(GraphView.of(z.sum(), max_nodes=3).shown().nodes) <= 3


@settings(max_examples=150, deadline=None)
@given(
    programs(),
    st.integers(1, 60),
    st.one_of(st.none(), st.integers(0, 6)),
    st.sampled_from([None, "scope", "module"]),
)
def test_any_folding_fits_and_loses_nothing(y: Value, most: int, depth: int | None, group: str | None) -> None:
    """R155: whatever is asked for, the picture fits, every node is counted once, and every edge."""
    whole = GraphView.of(y, max_nodes=None)
    view = GraphView.of(y, max_nodes=most, depth=depth, group=group)  # type: ignore[arg-type]
    shown = view.shown()
    assert len(shown.nodes) <= most
    assert shown.shown() == shown
    boxes = [node for node in shown.nodes if not node.is_open]
    assert sum(node.count for node in boxes) == len(whole.nodes)
    described = {node.id: node for node in view.nodes}
    for node in view.nodes:
        members = [other for other in view.nodes if other.parent == node.id]
        assert not members or sum(member.count for member in members) == node.count
        assert not node.is_open or members
    assert {node for node in whole.nodes if node.id in described} == {
        NodeView(**{**fields(node), "parent": ""}) for node in view.nodes if node.kind != "group"
    }
    # Each edge of the whole graph is drawn once, but for those inside of one box.
    face = faces(view)
    expected = Counter((face.get(e.source, e.source), face.get(e.target, e.target)) for e in whole.edges)
    if set(face) == {node.id for node in whole.nodes}:
        for edge in shown.edges:
            if edge.source != edge.target:
                expected[edge.source, edge.target] -= edge.count
        assert all(source == target for (source, target), count in expected.items() if count)


def fields(node: NodeView) -> dict[str, object]:
    return {name: getattr(node, name) for name in NodeView.__slots__}


def faces(view: GraphView) -> dict[str, str]:
    """Return in which box each node that is described is drawn."""
    nodes = {node.id: node for node in view.nodes}
    found = {}
    for node in view.nodes:
        if node.kind != "group":
            face, around = node.id, nodes.get(node.parent)
            while around is not None:
                face = face if around.is_open else around.id
                around = nodes.get(around.parent)
            found[node.id] = face
    return found
