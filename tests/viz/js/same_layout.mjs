// Reads cases that Python laid out, and holds layout.js and scene.js to the same numbers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { place } from "../../../viz/static/layout.js";
import { compose } from "../../../viz/static/scene.js";

const CLOSE = 1e-6;

function same(found, wanted, name) {
  if (!Array.isArray(wanted)) {
    const isNear = typeof wanted === "number" ? Math.abs(found - wanted) <= CLOSE : found === wanted;
    assert.ok(isNear, `${name}: ${found} instead of ${wanted}`);
    return;
  }
  assert.equal(found.length, wanted.length, name);
  wanted.forEach((part, at) => {
    same(found[at], part, `${name}[${at}]`);
  });
}

function lay(given) {
  if (!given.graph) return place(given.blocks, given.wires, given.direction);
  const { graph } = given;
  const open = new Set(graph.nodes.flatMap((node, number) => (node.open ? [number] : [])));
  const scene = compose(graph, open);
  const id = (number) => graph.nodes[number].id;
  same(
    scene.items.map((item) => id(item.number)),
    given.shown,
    "shown",
  );
  same(
    scene.links.map((link) => [id(link.source), id(link.target), link.slot, link.count]),
    given.edges,
    "edges",
  );
  const boxes = scene.items.map((item) => item.box);
  return { boxes, curves: scene.links, width: scene.width, height: scene.height };
}

for (const [number, given] of JSON.parse(readFileSync(process.argv[2], "utf-8")).entries()) {
  const { boxes, curves, width, height } = lay(given);
  const name = `case ${number}`;
  same(
    boxes.map((box) => [box.x, box.y, box.width, box.height]),
    given.boxes,
    `${name} boxes`,
  );
  same(
    curves.map((curve) => curve.points),
    given.points,
    `${name} points`,
  );
  same(
    curves.map((curve) => curve.label),
    given.labels,
    `${name} labels`,
  );
  same(
    curves.map((curve) => curve.isTurned),
    given.turned,
    `${name} turned`,
  );
  same([width, height], given.size, `${name} size`);
}
