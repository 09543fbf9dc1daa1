// The explorer's modules alone, in Node: what is shown while groups are open, and the shapes that are painted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { place, TOP } from "../../../viz/static/layout.js";
import { arrowHead, cardShapes, edgeTexts, frameShapes } from "../../../viz/static/paint.js";
import { compose, labelOf, near, project } from "../../../viz/static/scene.js";

const card = (id, parent = TOP) => ({ id, kind: "leaf", parent, size: [60, 25], card: [60, 25], inlet: 12, cells: [] });
const group = (id, parent = TOP, more = {}) => ({
  ...card(id, parent),
  kind: "group",
  title: id,
  frame: [80, 40],
  ...more,
});

// a -> [g: b -> c] -> d, a used twice in g
const GRAPH = {
  direction: "LR",
  root: 4,
  nodes: [card("a"), group("g"), card("b", 1), card("c", 1), card("d")],
  edges: [
    { source: 0, target: 2, slot: 0, slotText: "0" },
    { source: 0, target: 2, slot: 1, slotText: "1" },
    { source: 2, target: 3, slot: 0 },
    { source: 3, target: 4, slot: 0, lines: [[["∂ = 2"]]], label: [40, 12] },
  ],
};

test("a closed group swallows its members, and edges into it merge", () => {
  const { shown, edges } = project(GRAPH, new Set());
  assert.deepEqual(shown, [0, 1, 4]);
  assert.deepEqual(
    edges.map(({ source, target, slot, count }) => [source, target, slot, count]),
    [
      [0, 1, -1, 2],
      [1, 4, 0, 1],
    ],
  );
  assert.deepEqual(labelOf(GRAPH, edges[0]), [[["×2", "faint"]]]);
  assert.deepEqual(labelOf(GRAPH, edges[1]), [[["∂ = 2"]]]);
});

test("an open group shows its members, and parallel edges stay apart", () => {
  const { shown, edges } = project(GRAPH, new Set([1]));
  assert.deepEqual(shown, [0, 1, 2, 3, 4]);
  assert.deepEqual(
    edges.map(({ source, target, slot }) => [source, target, slot]),
    [
      [0, 2, 0],
      [0, 2, 1],
      [2, 3, 0],
      [3, 4, 0],
    ],
  );
});

test("a closed group in time feeds itself; a group in a closed group is not shown", () => {
  const graph = {
    ...GRAPH,
    nodes: [...GRAPH.nodes.slice(0, 1), group("g", TOP, { loop: 11 }), group("h", 1), card("c", 2), card("d")],
  };
  graph.edges = [{ source: 0, target: 3, slot: 0 }];
  const { shown, edges } = project(graph, new Set([2]));
  assert.deepEqual(shown, [0, 1, 4]);
  assert.deepEqual(edges.at(-1), { source: 1, target: 1, slot: -1, count: 11 });
});

test("a scene has a box for each node, members inside their frame", () => {
  const scene = compose(GRAPH, new Set([1]));
  const [, frame, b] = scene.items;
  assert.ok(frame.isFrame);
  assert.ok(b.box.x > frame.box.x && b.box.x + b.box.width < frame.box.x + frame.box.width);
  assert.equal(scene.links.length, 4);
});

test("near are the boxes so many operations away, before and after, and the frames around them", () => {
  const opened = compose(GRAPH, new Set([1]));
  const around = (start, reach) => [...near(GRAPH, opened, start, reach)].sort();
  assert.deepEqual(around(4, 0), [4]);
  assert.deepEqual(around(4, 1), [1, 3, 4]);
  assert.deepEqual(around(3, 1), [1, 2, 3, 4]);
  assert.deepEqual(around(4, 2), [1, 2, 3, 4]);
  assert.deepEqual(around(4, 99), [0, 1, 2, 3, 4]);
  assert.deepEqual(around(1, 0), [1, 2, 3]);
  assert.deepEqual(around(1, 1), [0, 1, 2, 3, 4]);
});

test("what is far stays far in a closed group, and a long chain is walked without recursion", () => {
  const closed = compose(GRAPH, new Set());
  assert.deepEqual([...near(GRAPH, closed, 0, 1)].sort(), [0, 1]);
  const count = 50_000;
  const numbers = Array.from({ length: count }, (_, number) => number);
  const graph = { nodes: numbers.map((number) => card(`n${number}`)) };
  const scene = {
    items: numbers.map((number) => ({ number })),
    links: numbers.slice(1).map((number) => ({ source: number - 1, target: number })),
  };
  assert.equal(near(graph, scene, 0, 10).size, 11);
  assert.equal(near(graph, scene, 0, count).size, count);
});

test("wires arrive from the left, and nothing is placed for nothing", () => {
  const block = { parent: TOP, width: 30, height: 20, inlet: 10, isFrame: false };
  const wire = { source: 0, target: 1, labelWidth: 0, labelHeight: 0 };
  const { boxes, curves } = place([block, block], [wire], "LR");
  assert.ok(boxes[0].x + boxes[0].width < boxes[1].x);
  assert.deepEqual(curves[0].points.at(-1), [boxes[1].x, boxes[1].y + 10]);
  assert.deepEqual(place([], [], "LR").boxes, []);
});

test("the head of an arrow points where the curve arrives", () => {
  assert.deepEqual(
    arrowHead([
      [0, 0],
      [5, 0],
      [5, 0],
      [10, 0],
    ]),
    [
      [4, -3],
      [10, 0],
      [4, 3],
    ],
  );
  assert.deepEqual(
    arrowHead([
      [0, 0],
      [0, 5],
      [0, 5],
      [0, 10],
    ]),
    [
      [3, 4],
      [0, 10],
      [-3, 4],
    ],
  );
});

test("a card is its sign, its record, and their texts", () => {
  const node = {
    ...card("n1"),
    kind: "result",
    size: [100, 26],
    sign: [26, 26, [[["+"]]]],
    cells: [
      [30, [[["data ", "faint"], ["1.0"]]]],
      [30, [[["nan", "alarm"]]], 1],
    ],
  };
  const shapes = [...cardShapes(node, "LR", true)];
  const texts = shapes.filter((shape) => shape.kind === "text").map(({ runs }) => runs.map(([text]) => text).join(""));
  assert.deepEqual(texts, ["+", "data 1.0", "nan"]);
  assert.ok(shapes.some((shape) => shape.fill === "--alarm-fill"));
  assert.equal(shapes.find((shape) => shape.weight).weight, 2);
  const [sign] = [...cardShapes(node, "RL", false)].filter((shape) => shape.fill === "--operation");
  assert.equal(sign.x, 74);
});

test("texts beside an edge: the argument's number on the side it comes from, then the label", () => {
  const points = [
    [0, 40],
    [20, 40],
    [20, 0],
    [40, 0],
  ];
  const texts = [...edgeTexts({ points, label: [20, 20] }, [[["∂ = 2"]]], "1", false)];
  assert.deepEqual(
    texts.map(({ runs }) => runs[0][0]),
    ["1", "∂ = 2"],
  );
  assert.ok(texts[0].y > 0);
  assert.equal([...frameShapes({ title: "lstm" }, { width: 80, height: 40 })].at(-1).runs[0][0], "lstm");
});
