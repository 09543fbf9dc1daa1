// The two stages a scene is shown on: SVG, which can be looked into, and a canvas for thousands of boxes, on which only
// what is in view is painted.

import { arrowHead, asSvg, cardShapes, edgeTexts, element, frameShapes, onCanvas, pathOf, trail } from "./paint.js";
import { labelOf } from "./scene.js";

const LEGIBLE = 0.35;
const FADED = 0.12;

/** What both stages need to know of a link. */
function linkLook(graph, link, isCrowded) {
  const data = graph.edges[link.edge];
  const target = graph.nodes[link.target];
  const isQuiet = Boolean(graph.nodes[link.source].quiet);
  return {
    stroke: isQuiet ? "--pale" : "--line",
    dash: link.isTurned ? [4, 3] : [],
    label: labelOf(graph, link, isCrowded),
    weight: isCrowded ? 0.5 : 1,
    slotText: link.count === 1 && !target.title ? data?.slotText : undefined,
    isInFrame: target.parent >= 0,
  };
}

/** The name of a link, as in the pictures of svg.py. */
function linkName(graph, link) {
  return `${graph.nodes[link.source].id}>${graph.nodes[link.target].id}:${link.slot}`;
}

export class SvgStage {
  constructor(host, graph) {
    this.graph = graph;
    this.world = element("g", {});
    this.element = element("svg", {
      "font-family": "Helvetica,Arial,sans-serif",
      "font-size": 12,
      "text-anchor": "middle",
    });
    this.element.append(this.world);
    host.replaceChildren(this.element);
  }

  show(scene) {
    const { graph } = this;
    this.scene = scene;
    const frames = scene.items.filter((item) => item.isFrame);
    const cards = scene.items.filter((item) => !item.isFrame);
    this.marks = element("g", {});
    this.drawn = [];
    this.world.replaceChildren(
      ...frames.map((item) => this.node(item, frameShapes(graph.nodes[item.number], item.box))),
      element("g", { fill: "none" }, ...scene.links.map((link) => this.link(link))),
      ...cards.map((item) => {
        const node = graph.nodes[item.number];
        return this.node(item, cardShapes(node, graph.direction, item.number === graph.root));
      }),
      ...scene.links.flatMap((link) => this.texts(link)),
      this.marks,
    );
  }

  /** Remember which boxes an element belongs to. */
  of(numbers, made) {
    this.drawn.push([numbers, made]);
    return made;
  }

  /** Fade what does not belong to these boxes alone; without any, show everything again. */
  fade(near) {
    for (const [numbers, made] of this.drawn) {
      made.classList.toggle("is-far", Boolean(near) && !numbers.every((number) => near.has(number)));
    }
  }

  node({ number, box }, shapes) {
    const { id, tip } = this.graph.nodes[number];
    const title = element("title", {}, tip);
    const move = `translate(${box.x} ${box.y})`;
    return this.of([number], element("g", { "data-node": id, transform: move }, title, ...asSvg(shapes)));
  }

  link(link) {
    const { stroke, dash, weight } = linkLook(this.graph, link, this.scene.isCrowded);
    const head = arrowHead(link.points)
      .map((point) => point.join(" "))
      .join("L");
    const title = element("title", {}, linkTip(this.graph, link));
    const path = element("path", { d: `${pathOf(link.points)}M${head}` });
    const look = {
      stroke: `var(${stroke})`,
      "stroke-width": weight,
      "stroke-dasharray": dash.length ? dash.join(" ") : undefined,
    };
    const made = element("g", { "data-edge": linkName(this.graph, link), ...look }, title, path);
    return this.of([link.source, link.target], made);
  }

  texts(link) {
    const { label, slotText, isInFrame } = linkLook(this.graph, link, this.scene.isCrowded);
    return asSvg(edgeTexts(link, label, slotText, isInFrame)).map((text) => this.of([link.source, link.target], text));
  }

  move({ x, y, scale }) {
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  mark(chosen, found) {
    const outline = (name) => (box) => {
      const { x, y, width, height } = box;
      return element("rect", { class: name, x: x - 3, y: y - 3, width: width + 6, height: height + 6, rx: 6 });
    };
    this.marks.replaceChildren(
      ...found.map(outline("found-mark")),
      ...(chosen ? [chosen.box].map(outline("chosen-mark")) : []),
    );
    const id = chosen && this.graph.nodes[chosen.number].id;
    for (const edge of this.world.querySelectorAll("[data-edge]")) {
      const [source, target] = edge.dataset.edge.split(/[>:]/);
      edge.classList.toggle("is-chosen", source === id || target === id);
    }
  }

  repaint() {}
}

export class CanvasStage {
  constructor(host, graph) {
    this.graph = graph;
    this.host = host;
    this.element = document.createElement("canvas");
    this.context = this.element.getContext("2d");
    host.replaceChildren(this.element);
    this.view = { x: 0, y: 0, scale: 1 };
    this.found = [];
    this.names = new Map();
  }

  show(scene) {
    this.scene = scene;
    this.bounds = scene.links.map((link) => boundsOf(link.points));
    this.repaint();
  }

  move(view) {
    this.view = view;
    this.schedule();
  }

  mark(chosen, found) {
    this.chosen = chosen;
    this.found = found;
    this.schedule();
  }

  fade(near) {
    this.near = near;
    this.schedule();
  }

  /** How strongly something is painted that belongs to these boxes. */
  strength(...numbers) {
    return !this.near || numbers.every((number) => this.near.has(number)) ? 1 : FADED;
  }

  repaint() {
    this.names.clear();
    this.schedule();
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paint();
    });
  }

  colour(name) {
    if (!this.names.has(name)) {
      this.names.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    }
    return this.names.get(name);
  }

  paint() {
    const { context, element: canvas, host, graph, scene } = this;
    const { x, y, scale } = this.view;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [host.clientWidth, host.clientHeight];
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.colour("--paper");
    context.fillRect(0, 0, width, height);
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
    const seen = { left: -x / scale, top: -y / scale, right: (width - x) / scale, bottom: (height - y) / scale };
    const colours = (name) => this.colour(name);
    const visible = scene.items.filter((item) => isIn(item.box, seen));
    for (const item of visible) {
      if (item.isFrame) this.at(item, frameShapes(graph.nodes[item.number], item.box), colours);
    }
    this.paintLinks(seen);
    const isLegible = scale >= LEGIBLE;
    for (const item of visible) {
      if (item.isFrame) continue;
      const node = graph.nodes[item.number];
      const shapes = cardShapes(node, graph.direction, item.number === graph.root);
      this.at(item, isLegible ? shapes : withoutText(shapes), colours);
    }
    this.paintMarks();
  }

  /** The width of a line that can still be seen at this scale. */
  thinnest() {
    return 0.5 / this.view.scale;
  }

  at({ number, box }, shapes, colours) {
    this.context.save();
    this.context.globalAlpha = this.strength(number);
    this.context.translate(box.x, box.y);
    onCanvas(this.context, shapes, colours, this.thinnest());
    this.context.restore();
  }

  paintLinks(seen) {
    const { context, graph, scene } = this;
    const isLegible = this.view.scale >= LEGIBLE;
    scene.links.forEach((link, number) => {
      if (!isIn(this.bounds[number], seen)) return;
      const { stroke, dash, weight, label, slotText, isInFrame } = linkLook(graph, link, scene.isCrowded);
      const isChosen = this.chosen && (link.source === this.chosen.number || link.target === this.chosen.number);
      context.globalAlpha = this.strength(link.source, link.target);
      context.strokeStyle = this.colour(isChosen ? "--accent" : stroke);
      context.lineWidth = Math.max(isChosen ? 2 : weight, this.thinnest());
      context.setLineDash(dash);
      context.beginPath();
      const { points } = link;
      context.moveTo(...points[0]);
      for (let at = 1; at < points.length; at += 3) {
        context.bezierCurveTo(...points[at], ...points[at + 1], ...points[at + 2]);
      }
      trail(context, arrowHead(points));
      context.stroke();
      context.setLineDash([]);
      if (isLegible) onCanvas(context, edgeTexts(link, label, slotText, isInFrame), (name) => this.colour(name));
    });
    context.globalAlpha = 1;
  }

  paintMarks() {
    const { context } = this;
    context.strokeStyle = this.colour("--accent");
    const outline = ({ x, y, width, height }) => context.strokeRect(x - 3, y - 3, width + 6, height + 6);
    context.lineWidth = Math.max(2, 2 / this.view.scale);
    context.setLineDash([3, 3]);
    this.found.forEach(outline);
    context.setLineDash([]);
    context.lineWidth = Math.max(3, 3 / this.view.scale);
    if (this.chosen) outline(this.chosen.box);
  }
}

function* withoutText(shapes) {
  for (const shape of shapes) if (shape.kind !== "text") yield shape;
}

/** Return the smallest box around points. */
export function boundsOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const isIn = (box, seen) =>
  box.x <= seen.right && box.x + box.width >= seen.left && box.y <= seen.bottom && box.y + box.height >= seen.top;

/** Say everything about a link. */
export function linkTip(graph, link) {
  return link.count > 1 ? `${link.count} edges` : (graph.edges[link.edge]?.tip ?? "");
}
