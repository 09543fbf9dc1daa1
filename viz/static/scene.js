// What is shown of a graph while some of its groups are open, and where it stands.

import { place, TOP } from "./layout.js";

const COUNT_WIDTHS = { "×": 8.5, ",": 3.5 };
const DIGIT_WIDTH = 6.5;
const LABEL_PAD = 6;
const LABEL_HEIGHT = 12;
const CROWDED = 24;

/** Return what is drawn: closed groups without their members, and edges between what is left. */
export function project(graph, open) {
  const { nodes, edges } = graph;
  const face = [];
  const shown = [];
  const isClosed = (number) => number !== TOP && "title" in nodes[number] && !open.has(number);
  nodes.forEach((node, number) => {
    const outer = node.parent === TOP ? TOP : face[node.parent];
    face[number] = isClosed(outer) ? outer : number;
    if (face[number] === number) shown.push(number);
  });
  const merged = new Map();
  edges.forEach((edge, number) => {
    const [source, target] = [face[edge.source], face[edge.target]];
    const isMerged = isClosed(source) || isClosed(target);
    if (isMerged && source === target) return;
    const name = isMerged ? `${source} ${target}` : `${source} ${target} ${edge.slot}`;
    const same = merged.get(name);
    const count = edge.count ?? 1;
    if (!same) merged.set(name, { source, target, slot: edge.slot, count, edge: number });
    else merged.set(name, { source, target, slot: -1, count: same.count + count });
  });
  const loops = shown
    .filter((number) => isClosed(number) && nodes[number].loop)
    .map((number) => ({ source: number, target: number, slot: -1, count: nodes[number].loop }));
  return { shown, edges: [...merged.values(), ...loops] };
}

/** Return what is written in the middle of an edge: lines of runs. */
export function labelOf(graph, link, isCrowded = false) {
  if (link.count === 1) return graph.edges[link.edge].lines ?? [];
  return isCrowded ? [] : [[[`×${grouped(link.count)}`, "faint"]]];
}

function labelSize(graph, link, isCrowded) {
  if (link.count === 1) return graph.edges[link.edge].label ?? [0, 0];
  if (isCrowded) return [0, 0];
  let width = 2 * LABEL_PAD;
  for (const letter of `×${grouped(link.count)}`) width += COUNT_WIDTHS[letter] ?? DIGIT_WIDTH;
  return [Math.floor(width + 0.5), LABEL_HEIGHT];
}

const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Return which boxes of a scene are at most `reach` operations away from one of them, along edges in either direction.
 * An open group is near with its members, and stands around whichever of them is. */
export function near(graph, scene, start, reach) {
  const neighbours = new Map(scene.items.map(({ number }) => [number, []]));
  for (const { source, target } of scene.links) {
    neighbours.get(source).push(target);
    neighbours.get(target).push(source);
  }
  const found = new Set();
  for (const { number } of scene.items) {
    if (number === start || found.has(graph.nodes[number].parent)) found.add(number);
  }
  let last = [...found];
  for (let away = 0; away < reach && last.length; away++) {
    const next = new Set(last.flatMap((number) => neighbours.get(number)).filter((number) => !found.has(number)));
    for (const number of next) found.add(number);
    last = [...next];
  }
  for (const { number } of scene.items.toReversed()) {
    const { parent } = graph.nodes[number];
    if (found.has(number) && parent !== TOP) found.add(parent);
  }
  return found;
}

/** Lay out what is shown while the groups in `open` are open. */
export function compose(graph, open) {
  const { shown, edges } = project(graph, open);
  const places = new Map(shown.map((number, at) => [number, at]));
  const blocks = shown.map((number) => {
    const node = graph.nodes[number];
    const isFrame = "title" in node && open.has(number);
    const [width, height] = isFrame ? node.frame : node.size;
    const parent = node.parent === TOP ? TOP : places.get(node.parent);
    return { parent, width, height, inlet: isFrame ? 0 : node.inlet, isFrame };
  });
  const isCrowded = edges.filter((link) => link.count > 1).length > CROWDED;
  const wires = edges.map((link) => {
    const [labelWidth, labelHeight] = labelSize(graph, link, isCrowded);
    return { source: places.get(link.source), target: places.get(link.target), labelWidth, labelHeight };
  });
  const { boxes, curves, width, height } = place(blocks, wires, graph.direction);
  return {
    width,
    height,
    isCrowded,
    items: shown.map((number, at) => ({ number, box: boxes[at], isFrame: blocks[at].isFrame })),
    links: edges.map((link, at) => ({ ...link, ...curves[at] })),
  };
}
