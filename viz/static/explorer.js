// The page to explore a graph in: move and zoom, search, look into nodes, open and close groups, focus.

import { isFramed, settle } from "./frame.js";
import { readData } from "./packed.js";
import { compose, near } from "./scene.js";
import { boundsOf, CanvasStage, SvgStage } from "./stage.js";

const CROWD = 2000;
const ZOOM = 1.25;
const LEAST = 0.02;
const MOST = 4;
const MARGIN = 8;
const CLICK = 4;
const TITLE = 20;
const MARKED = 200;
const HEIGHTS = [140, 460];
const DETAILS = 240;
const TINY = 0.2;
const LEGIBLE = 0.5;
const READABLE = 0.8;
const ROOT_PLACES = { LR: [0.85, 0.5], RL: [0.15, 0.5], TB: [0.5, 0.85], BT: [0.5, 0.15] };

class Explorer {
  constructor(root, graph) {
    this.graph = graph;
    this.root = root;
    this.host = root.querySelector(".view");
    this.details = root.querySelector(".details");
    this.field = root.querySelector("input[type=search]");
    this.output = root.querySelector(".found");
    this.focusButton = root.querySelector("[data-do=near]");
    this.reach = root.querySelector(".reach input");
    this.around = root.querySelector(".around");
    this.open = new Set(graph.nodes.flatMap((node, number) => (node.open ? [number] : [])));
    this.openable = new Set(graph.nodes.map((node) => node.parent).filter((parent) => parent >= 0));
    this.matches = [];
    this.view = { x: 0, y: 0, scale: 1 };
    for (const button of root.querySelectorAll(".groups")) button.hidden = !this.openable.size;
    root.querySelector(".legend").replaceChildren(...graph.legend.map(swatch));
    this.relayout();
    this.listen();
  }

  /** Lay out anew, and paint on the stage that suits the number of boxes. */
  relayout() {
    this.scene = compose(this.graph, this.open);
    this.items = new Map(this.scene.items.map((item) => [item.number, item]));
    const Stage = this.scene.items.length > CROWD ? CanvasStage : SvgStage;
    if (!(this.stage instanceof Stage)) this.stage = new Stage(this.host, this.graph);
    this.stage.show(this.scene);
    this.host.setAttribute("aria-label", `Computation graph of ${this.scene.items.length} boxes`);
    this.mark();
    this.fade();
    this.makeRoom();
  }

  mark() {
    const found = this.matches.filter((number) => this.items.has(number)).slice(0, MARKED);
    this.stage.mark(
      this.items.get(this.chosen),
      found.map((number) => this.items.get(number).box),
    );
  }

  /** Focus on a node: fade what is far from it, and move to what is near. Without a node, show everything again. */
  focus(number) {
    this.focused = number;
    this.fade();
    if (!this.near) return;
    const boxes = [...this.near].map((each) => this.items.get(each).box);
    this.fit(boundsOf(boxes.flatMap(corners)));
    if (this.view.scale < LEGIBLE) this.centre(this.visible(number), READABLE);
  }

  /** Focus on the chosen node, or let go of it. */
  toggleFocus() {
    if (this.chosen === undefined || this.chosen === this.focused) this.focus(undefined);
    else this.focus(this.chosen);
  }

  setReach(reach) {
    if (this.focused === undefined) return;
    this.reach.value = reach;
    this.focus(this.focused);
  }

  /** Fade what is far from the focus, or from the group that hides it now, and say what is left. */
  fade() {
    const isFocused = this.focused !== undefined;
    const reach = Math.max(1, Math.trunc(Number(this.reach.value)) || 1);
    this.near = isFocused ? near(this.graph, this.scene, this.visible(this.focused), reach) : undefined;
    this.stage.fade(this.near);
    this.focusButton.setAttribute("aria-pressed", String(isFocused));
    this.enableFocus();
    this.reach.parentElement.hidden = !isFocused;
    const name = isFocused && nameOf(this.graph.nodes[this.focused]);
    this.around.textContent = isFocused ? `${name}: ${this.near.size} of ${this.items.size} boxes` : "";
  }

  enableFocus() {
    this.focusButton.disabled = this.chosen === undefined && this.focused === undefined;
  }

  /** Return what a node is seen as: itself, or the group around it that is closed. */
  visible(number) {
    return this.items.has(number) ? number : this.visible(this.graph.nodes[number].parent);
  }

  move(x, y, scale = this.view.scale) {
    this.view = { x, y, scale };
    this.stage.move(this.view);
  }

  /** Zoom, and leave what is at a point of the view where it is. */
  zoom(factor, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    const scale = Math.min(MOST, Math.max(Math.min(LEAST, this.wholeScale()), this.view.scale * factor));
    const ratio = scale / this.view.scale;
    this.move(x - (x - this.view.x) * ratio, y - (y - this.view.y) * ratio, scale);
  }

  wholeScale({ width, height } = this.scene) {
    const { clientWidth, clientHeight } = this.host;
    return Math.min(1, (clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
  }

  fit({ x, y, width, height } = { x: 0, y: 0, ...this.scene }) {
    const scale = this.wholeScale({ width, height });
    const { clientWidth, clientHeight } = this.host;
    this.move((clientWidth - width * scale) / 2 - x * scale, (clientHeight - height * scale) / 2 - y * scale, scale);
  }

  /** Show everything, or where that would be too small to be read, the root and what leads to it. */
  overview() {
    this.fit();
    if (this.view.scale < TINY && this.items.has(this.graph.root)) this.centre(this.graph.root, READABLE, ROOT_PLACES);
  }

  /** Move a node to a place in the view, by default its middle, and make it large enough to be read. */
  centre(number, scale = Math.max(this.view.scale, READABLE), places = {}) {
    const { box } = this.items.get(number);
    const [left, top] = places[this.graph.direction] ?? [0.5, 0.5];
    const { clientWidth, clientHeight } = this.host;
    const [x, y] = middle(box);
    this.move(clientWidth * left - x * scale, clientHeight * top - y * scale, scale);
  }

  /** Open or close a group, and leave it where it is on the screen. */
  toggle(number) {
    if (!this.openable.has(number)) return;
    const before = this.items.get(number)?.box;
    if (!this.open.delete(number)) this.open.add(number);
    this.relayout();
    const after = this.items.get(number).box;
    const { x, y, scale } = this.view;
    this.move(before ? x + (before.x - after.x) * scale : x, before ? y + (before.y - after.y) * scale : y);
    this.choose(number);
  }

  openAll(isOpen) {
    this.open = new Set(isOpen ? this.openable : []);
    this.relayout();
    this.overview();
  }

  /** Show a node: open the groups around it, choose it and move to it. */
  reveal(number) {
    let isHidden = false;
    for (let outer = this.graph.nodes[number].parent; outer >= 0; outer = this.graph.nodes[outer].parent) {
      isHidden ||= !this.open.has(outer);
      this.open.add(outer);
    }
    if (isHidden) this.relayout();
    this.choose(number);
    if (this.near?.has(number) === false) this.focus(number);
    else this.centre(number);
  }

  choose(number) {
    this.chosen = number;
    this.enableFocus();
    this.mark();
    this.describe();
    this.makeRoom();
  }

  /** Tell everything about the chosen node. */
  describe() {
    this.details.hidden = this.chosen === undefined;
    if (this.details.hidden) return;
    const node = this.graph.nodes[this.chosen];
    const [heading, ...lines] = node.tip.split("\n");
    this.details.replaceChildren(make("h2", heading), make("p", lines.join("\n")));
    if (this.openable.has(this.chosen)) {
      const title = this.open.has(this.chosen) ? "Close this group" : "Open this group";
      this.details.append(this.button(title, () => this.toggle(this.chosen)));
    }
    const { edges } = this.graph;
    this.list(
      "Operands",
      edges.filter((edge) => edge.target === this.chosen).map((edge) => [edge.source, edge.tip]),
    );
    this.list(
      "Used by",
      edges.filter((edge) => edge.source === this.chosen).map((edge) => [edge.target, edge.tip]),
    );
  }

  list(title, entries) {
    if (!entries.length) return;
    const list = make("ul");
    for (const [number, tip] of entries.slice(0, MARKED)) {
      const name = nameOf(this.graph.nodes[number]);
      const item = make("li");
      item.append(
        this.button(name, () => this.reveal(number)),
        make("span", ` ${tip.replaceAll("\n", ", ")}`),
      );
      list.append(item);
    }
    this.details.append(make("h3", title), list);
  }

  button(title, action) {
    const made = make("button", title);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  /** Find nodes: those of this name first, then those with it in their name, then those that say it anywhere. */
  search() {
    const wanted = this.field.value.trim().toLowerCase();
    const ranks = [[], [], []];
    this.graph.nodes.forEach((node, number) => {
      const text = node.tip.toLowerCase();
      const name = text.split("\n", 1)[0];
      const rank =
        name === wanted || node.id === wanted ? 0 : name.includes(wanted) ? 1 : text.includes(wanted) ? 2 : 3;
      ranks[rank]?.push(number);
    });
    this.matches = wanted ? ranks.flat() : [];
    this.next = 0;
    this.output.textContent = wanted ? `${this.matches.length} found` : "";
    this.mark();
  }

  showNextMatch() {
    if (!this.matches.length) return;
    const at = this.next % this.matches.length;
    this.next = at + 1;
    this.reveal(this.matches[at]);
    this.output.textContent = `${at + 1} of ${this.matches.length}`;
  }

  /** Return what is at a point of the view: the innermost box. */
  under(x, y) {
    const [left, top] = [(x - this.view.x) / this.view.scale, (y - this.view.y) / this.view.scale];
    return this.scene.items.findLast(
      ({ box }) => left >= box.x && left <= box.x + box.width && top >= box.y && top <= box.y + box.height,
    );
  }

  click(x, y) {
    const item = this.under(x, y);
    if (!item) return this.choose(undefined);
    const isInTitle = (y - this.view.y) / this.view.scale - item.box.y < TITLE;
    if (this.openable.has(item.number) && (!item.isFrame || isInTitle)) return this.toggle(item.number);
    return this.choose(item.number);
  }

  /** Go to the nearest node in a direction. */
  step(dx, dy) {
    const from = this.items.get(this.chosen);
    if (!from)
      return this.chooseVisibly(this.items.has(this.graph.root) ? this.graph.root : this.scene.items[0].number);
    const [x, y] = middle(from.box);
    let best;
    let least = Number.POSITIVE_INFINITY;
    for (const item of this.scene.items) {
      if (item.isFrame || item === from || this.near?.has(item.number) === false) continue;
      const [toX, toY] = middle(item.box);
      const ahead = (toX - x) * dx + (toY - y) * dy;
      const aside = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
      if (ahead > 1 && ahead + 3 * aside < least) [best, least] = [item, ahead + 3 * aside];
    }
    if (best) this.chooseVisibly(best.number);
  }

  chooseVisibly(number) {
    this.choose(number);
    const { box } = this.items.get(number);
    const { x, y, scale } = this.view;
    const [left, top] = [box.x * scale + x, box.y * scale + y];
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + box.width * scale <= this.host.clientWidth &&
      top + box.height * scale <= this.host.clientHeight;
    if (!isSeen || scale < 0.4) this.centre(number);
  }

  listen() {
    const actions = {
      in: () => this.zoom(ZOOM),
      out: () => this.zoom(1 / ZOOM),
      fit: () => this.fit(),
      open: () => this.openAll(true),
      close: () => this.openAll(false),
      near: () => this.toggleFocus(),
    };
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.addEventListener("click", actions[button.dataset.do]);
    }
    this.field.addEventListener("input", () => this.search());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.showNextMatch();
    });
    this.reach.addEventListener("input", () => this.focus(this.focused));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target !== this.field) this.escape();
    });
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.listenToPointer();
    const repaint = () => this.stage.repaint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(repaint).observe(this.host);
  }

  key(event) {
    const actions = {
      ArrowLeft: () => this.step(-1, 0),
      ArrowRight: () => this.step(1, 0),
      ArrowUp: () => this.step(0, -1),
      ArrowDown: () => this.step(0, 1),
      Enter: () => this.toggle(this.chosen),
      " ": () => this.toggle(this.chosen),
      n: () => this.toggleFocus(),
      "+": () => this.zoom(ZOOM),
      "=": () => this.zoom(ZOOM),
      "-": () => this.zoom(1 / ZOOM),
      0: () => this.fit(),
      "/": () => this.field.focus(),
    };
    for (let reach = 1; reach <= 9; reach++) actions[reach] = () => this.setReach(reach);
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** Let go of the focus, and when there is none, of the chosen node. */
  escape() {
    if (this.focused === undefined) this.choose(undefined);
    else this.focus(undefined);
  }

  /** Zoom; within a notebook only once the picture was clicked, so that the notebook can be scrolled past it. */
  wheel(event) {
    const isWanted = !isFramed() || event.ctrlKey || this.host.contains(document.activeElement);
    if (!isWanted) return;
    event.preventDefault();
    const bounds = this.host.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / 400), event.clientX - bounds.left, event.clientY - bounds.top);
  }

  listenToPointer() {
    let start;
    this.host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = { x: event.clientX, y: event.clientY, view: this.view, isMoving: false };
      this.host.focus({ preventScroll: true });
      this.host.setPointerCapture(event.pointerId);
    });
    this.host.addEventListener("pointermove", (event) => {
      if (!start) return this.hover(event);
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      start.isMoving ||= Math.hypot(dx, dy) > CLICK;
      this.host.classList.toggle("is-moving", start.isMoving);
      if (start.isMoving) this.move(start.view.x + dx, start.view.y + dy);
    });
    this.host.addEventListener("pointerup", (event) => {
      const bounds = this.host.getBoundingClientRect();
      if (start && !start.isMoving) this.click(event.clientX - bounds.left, event.clientY - bounds.top);
      start = undefined;
      this.host.classList.remove("is-moving");
    });
  }

  /** Say on a canvas, which has no parts of its own, what the pointer is over. */
  hover(event) {
    if (!(this.stage instanceof CanvasStage)) return this.host.removeAttribute("title");
    const bounds = this.host.getBoundingClientRect();
    const item = this.under(event.clientX - bounds.left, event.clientY - bounds.top);
    this.host.title = item ? this.graph.nodes[item.number].tip : "";
  }

  /** In a notebook take the room that the picture and the details need, within bounds; none is given back, so that what
   * stands below moves as little as can be. */
  makeRoom() {
    if (!isFramed()) return;
    const fitting = Math.min(1, (this.host.clientWidth - 2 * MARGIN) / this.scene.width);
    const scale = fitting < TINY ? READABLE : fitting;
    const [least, most] = HEIGHTS;
    const picture = Math.min(most, Math.max(least, this.scene.height * scale + 2 * MARGIN));
    const told = this.details.hidden ? 0 : Math.min(DETAILS, this.details.scrollHeight + 1);
    const isBelow = getComputedStyle(this.host.parentElement).flexDirection === "column";
    this.room = Math.max(this.room ?? 0, isBelow ? picture + told : Math.max(picture, told));
    const around = [".bar", ".keys"].map((name) => this.root.querySelector(name).offsetHeight);
    settle(Math.ceil(around[0] + around[1] + this.room));
  }

  start() {
    new ResizeObserver(() => this.makeRoom()).observe(this.root.querySelector(".bar"));
    this.makeRoom();
    requestAnimationFrame(() => {
      this.overview();
      document.documentElement.dataset.ready = "";
    });
  }
}

const nameOf = (node) => node.tip.split("\n", 1)[0];

/** Return the corners of a box. */
const corners = ({ x, y, width, height }) => [
  [x, y],
  [x + width, y + height],
];

const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];

function make(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Return one entry of the legend: a colour and what it means. */
function swatch([fill, words]) {
  const entry = make("span");
  const sample = make("i");
  sample.style.background = fill;
  entry.append(sample, words);
  return entry;
}

new Explorer(document.querySelector(".explorer"), await readData()).start();
