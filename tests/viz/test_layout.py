"""The layout: nothing overlaps, everything flows, and the browser's script finds the same numbers."""

import json
import shutil
import subprocess
import sys
import time
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, scope
from viz import GraphView, layout
from viz.explorer import data_of
from viz.frames import TITLE, TOP, Block, Box, Curve, Wire, place
from viz.layered import Item, Link, arrange

ROOT = Path(__file__).parents[2]
DIRECTIONS = ("LR", "RL", "TB", "BT")


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Block], list[Wire]]:
    """Blocks nested in frames, and wires between them; cycles, loops and parallel wires are among them."""
    blocks: list[Block] = []
    frames = [TOP]
    for number in range(draw(st.integers(1, 24))):
        is_frame = draw(st.integers(0, 4)) == 0
        blocks.append(
            Block(
                draw(st.sampled_from(frames)),
                float(draw(st.integers(20, 200))),
                draw(st.sampled_from([25.0, 26.5, 40.0])),
                0.0 if is_frame else draw(st.sampled_from([0.0, 12.5, 18.2])),
                is_frame,
            )
        )
        if is_frame:
            frames.append(number)
    cards = [number for number, block in enumerate(blocks) if not block.is_frame]
    wires = []
    if cards:
        label = st.sampled_from([(0.0, 0.0), (0.0, 0.0), (44.0, 12.0), (61.0, 24.0)])
        for _ in range(draw(st.integers(0, 40))):
            wires.append(Wire(draw(st.sampled_from(cards)), draw(st.sampled_from(cards)), *draw(label)))
    return blocks, wires


def overlap(one: Box, two: Box) -> bool:
    return (
        one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    )


def is_inside(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x
        and inner.y >= outer.y + TITLE
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def around(blocks: list[Block], number: int) -> list[int]:
    frames = []
    while (number := blocks[number].parent) != TOP:
        frames.append(number)
    return frames


@given(plans(), st.sampled_from(DIRECTIONS))
@settings(max_examples=300, deadline=None)
def test_nothing_overlaps_and_members_stay_in_their_frames(plan: Any, direction: Any) -> None:
    blocks, wires = plan
    boxes, curves, (width, height) = place(blocks, wires, direction)
    assert len(boxes) == len(blocks)
    assert len(curves) == len(wires)
    for one, two in combinations(range(len(blocks)), 2):
        if one not in around(blocks, two):
            assert not overlap(boxes[one], boxes[two]), (one, two)
    for number, block in enumerate(blocks):
        box = boxes[number]
        assert box.width >= block.width
        assert box.height >= block.height
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= width
        assert box.y + box.height <= height
        if block.parent != TOP:
            assert is_inside(box, boxes[block.parent])


def ahead(curve: Curve, direction: str) -> float:
    """Return how far a curve runs with the flow."""
    (x1, y1), (x2, y2) = curve.points[0], curve.points[-1]
    return {"LR": x2 - x1, "RL": x1 - x2, "TB": y2 - y1, "BT": y1 - y2}[direction]


@given(plans(), st.sampled_from(DIRECTIONS))
@settings(max_examples=200, deadline=None)
def test_every_wire_leaves_its_source_arrives_at_its_target_and_flows_forward(plan: Any, direction: Any) -> None:
    blocks, wires = plan
    boxes, curves, _ = place(blocks, wires, direction)
    for wire, curve in zip(wires, curves, strict=True):
        assert len(curve.points) % 3 == 1
        source, target = boxes[wire.source], boxes[wire.target]
        assert touches(curve.points[0], source, {"LR": "right", "RL": "left", "TB": "bottom", "BT": "top"}[direction])
        assert touches(curve.points[-1], target, {"LR": "left", "RL": "right", "TB": "top", "BT": "bottom"}[direction])
        if not curve.is_turned:
            assert ahead(curve, direction) > 0
    if all(wire.source < wire.target and not around(blocks, wire.target) for wire in wires):
        flat = [wire for wire in wires if not around(blocks, wire.source)]
        assert len(flat) < len(wires) or not any(curve.is_turned for curve in curves)


def touches(point: tuple[float, float], box: Box, side: str) -> bool:
    x, y = point
    edges = {"left": (x, box.x), "right": (x, box.x + box.width), "top": (y, box.y), "bottom": (y, box.y + box.height)}
    found, wanted = edges[side]
    within = box.y <= y <= box.y + box.height if side in ("left", "right") else box.x <= x <= box.x + box.width
    return abs(found - wanted) < 1e-9 and within


@given(plans(), st.sampled_from(DIRECTIONS))
@settings(max_examples=50, deadline=None)
def test_the_same_plan_is_placed_alike(plan: Any, direction: Any) -> None:
    assert place(*plan, direction) == place(*plan, direction)


def test_a_tree_has_no_crossings_and_keeps_the_order_of_the_operands() -> None:
    items = [Item(30.0, 20.0, 10.0) for _ in range(7)]
    links = [Link(0, 4), Link(1, 4), Link(2, 5), Link(3, 5), Link(4, 6), Link(5, 6)]
    drawing = arrange(items, links)
    assert drawing.across[:4] == sorted(drawing.across[:4])
    assert drawing.across[6] == (drawing.across[4] + drawing.across[5]) / 2
    assert drawing.along[0] < drawing.along[4] < drawing.along[6]


def test_a_chain_is_straight() -> None:
    drawing = arrange([Item(30.0, 20.0)] * 40, [Link(number, number + 1) for number in range(39)])
    assert len(set(drawing.across)) == 1
    assert all(len(path) == 2 for path in drawing.paths)


def test_two_uses_of_one_operand_are_two_edges() -> None:
    """``x * x``: one line over the other would look like one."""
    x = Value(3.0, label="x")
    plan = layout(GraphView.of(x * x))
    first, second = plan.routes
    assert first.edge.slot == 0
    assert second.edge.slot == 1
    assert abs(first.points[0][1] - second.points[0][1]) >= 5
    assert abs(first.points[-1][1] - second.points[-1][1]) >= 5


def test_long_edges_of_one_operand_share_their_way() -> None:
    items = [Item(30.0, 20.0) for _ in range(12)]
    links = [Link(number, number + 1) for number in range(11)] + [Link(0, number) for number in range(2, 12)]
    drawing = arrange(items, links)
    assert drawing.breadth < 80  # ten lanes side by side would take more than 100


def test_no_line_runs_through_a_foreign_box() -> None:
    items = [Item(60.0, 24.0, 12.0) for _ in range(10)]
    links = [Link(number, number + 1) for number in range(9)] + [Link(0, 9), Link(2, 7)]
    drawing = arrange(items, links)
    for link, path in zip(links, drawing.paths, strict=True):
        for (x1, y1), (x2, y2) in pairwise(path):
            if y1 != y2:
                continue
            for number, (x, y) in enumerate(zip(drawing.along, drawing.across, strict=True)):
                if number not in (link.source, link.target) and x1 < x + 30 and x2 > x - 30:
                    assert abs(y - y1) > 12


@pytest.mark.parametrize("shape", ["chain", "layers", "star"])
def test_ten_thousand_nodes_are_placed_in_time_and_without_recursion(shape: str) -> None:
    count = 10_000

    def operands(number: int) -> tuple[int, ...]:
        layer = (number // 100 - 1) * 100
        return {
            "chain": (number - 1, max(0, number - 37)),
            "layers": (layer + number * 7 % 100, layer + number % 100),
            "star": (0,),
        }[shape]

    wires = [Wire(source, number) for number in range(1, count) for source in operands(number) if source >= 0]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(150)
    start = time.perf_counter()
    try:
        boxes, curves, _ = place([Block(TOP, 150.0, 26.0, 18.0)] * count, wires)
    finally:
        sys.setrecursionlimit(limit)
    assert time.perf_counter() - start < 10  # ten times what it takes, for machines that are busy
    assert len(boxes) == count
    assert len(curves) == len(wires)
    assert len({(box.x, box.y) for box in boxes}) == count


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="expected direction to be one of LR, RL, TB, BT, got 'UP'"):
        layout(GraphView.of(Value(1.0)), "UP")  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_one_node_and_nested_frames(direction: Any) -> None:
    assert len(layout(GraphView.of(Value(1.0)), direction).boxes) == 1
    with scope("outer"):
        x = Value(2.0) * 3.0
        with scope("inner"):
            y = x * x
    plan = layout(GraphView.of(y + 1.0, group="scope"), direction)
    names = {node.id: node.name for node in GraphView.of(y + 1.0, group="scope").nodes}
    frames = [identifier for identifier, name in names.items() if name in ("outer", "inner")]
    assert len(frames) == 2
    assert is_inside(plan.boxes[frames[1]], plan.boxes[frames[0]])


# The browser's script


def in_node(tmp_path: Path, cases: list[dict[str, Any]]) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases), encoding="utf-8")
    done = subprocess.run(
        [node, str(ROOT / "tests/viz/js/same_layout.mjs"), str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_script_places_alike(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = []

    @given(plans(), st.sampled_from(DIRECTIONS))
    @settings(max_examples=100, deadline=None, database=None)
    def collect(plan: Any, direction: Any) -> None:
        blocks, wires = plan
        boxes, curves, size = place(blocks, wires, direction)
        cases.append(
            {
                "direction": direction,
                "blocks": [
                    {"parent": b.parent, "width": b.width, "height": b.height, "inlet": b.inlet, "isFrame": b.is_frame}
                    for b in blocks
                ],
                "wires": [
                    {"source": w.source, "target": w.target, "labelWidth": w.label_width, "labelHeight": w.label_height}
                    for w in wires
                ],
                "boxes": [[box.x, box.y, box.width, box.height] for box in boxes],
                "points": [curve.points for curve in curves],
                "labels": [curve.label for curve in curves],
                "turned": [curve.is_turned for curve in curves],
                "size": size,
            }
        )

    collect()
    in_node(tmp_path, cases)


def unrolled(steps: int) -> Value:
    """A loop over time in a scope, its weights used by every step."""
    w, u, h = Value(0.5, label="w"), Value(-0.3, label="u"), Value(0.0, label="h")
    with scope("rnn"):
        for step in range(steps):
            with scope(f"step{step}"):
                h = (w * Value(float(step), label=f"x{step}") + u * h).tanh()
    y = h * h
    y.backward()
    return y


@pytest.mark.parametrize("options", [{"group": "scope"}, {"group": "module"}, {"max_nodes": 12}, {"depth": 2}])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_the_script_shows_what_a_view_shows(tmp_path: Path, options: Any, direction: Any) -> None:
    """Projection, merged edges, labels and places: as closed and open as the view is."""
    show = ("data", "grad", "local", "contribution")
    view = GraphView.of(unrolled(6), show=show[2:], **options)
    shown, plan = view.shown(), layout(view, direction, show)
    in_node(
        tmp_path,
        [
            {
                "graph": data_of(view, direction, show),
                "shown": [node.id for node in shown.nodes],
                "edges": [[edge.source, edge.target, edge.slot, edge.count] for edge in shown.edges],
                "boxes": [[box.x, box.y, box.width, box.height] for box in plan.boxes.values()],
                "points": [route.points for route in plan.routes],
                "labels": [route.label for route in plan.routes],
                "turned": [route.is_turned for route in plan.routes],
                "size": [plan.width, plan.height],
            }
        ],
    )


def test_the_scripts_alone() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    tests = str(ROOT / "tests/viz/js/explorer.test.mjs")
    done = subprocess.run([node, "--test", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
