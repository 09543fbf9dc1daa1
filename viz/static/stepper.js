// The stepper: shows one step of a trace at a time, and lets one walk, look, drag and guess.

import { disagreement, finiteDifference, rerun, unknownOperation } from "./evaluate.js";
import { settle } from "./frame.js";
import { agrees, decode, describe, elements, shapeText } from "./number.js";
import { readData } from "./packed.js";
import { Picture, setText } from "./picture.js";
import { hidden, question, Score } from "./quiz.js";
import { stateAt } from "./replay.js";
import { retell, sumText } from "./words.js";

const BEAT = 900; // milliseconds from step to step at speed 1
const KINDS = {
  forward: "→ forward",
  seed: "★ seed",
  visit: "● visit",
  contribute: "+= contribute",
  done: "✓ done",
};
const AMOUNTS = ["value", "upstream", "local", "contribution", "before", "after"];

// -- data -----------------------------------------------------------------------------------------------------

function decodeAll(amounts) {
  return Object.fromEntries(Object.entries(amounts).map(([id, amount]) => [id, decode(amount)]));
}

function decodeStep(step) {
  const found = { ...step };
  for (const key of AMOUNTS) if (key in step) found[key] = decode(step[key]);
  if (step.skipped) {
    const { values, grads } = step.skipped;
    found.skipped = { ...step.skipped, values: decodeAll(values), grads: decodeAll(grads) };
  }
  return found;
}

function decodeProgram(program) {
  return program.map((node) => ({
    ...node,
    value: decode(node.value),
    operands: node.operands.map((x) => ("id" in x ? x : { constant: decode(x.constant) })),
  }));
}

// -- the stepper ----------------------------------------------------------------------------------------------

class Stepper {
  constructor(root, page) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.page = page;
    this.names = page.names;
    this.steps = this.recorded = page.steps.map(decodeStep);
    this.program = page.program && decodeProgram(page.program);
    this.leaves = {};
    this.leafIds = Object.keys(page.kinds).filter((id) => page.kinds[id] === "leaf");
    this.k = 0;
    this.timer = 0;
    this.breakpoints = new Set();
    this.score = page.quiz ? new Score() : null;
    this.picture = new Picture(this.find("picture"), page);
    this.picked = ""; // the node that was picked; "" follows the steps
    this.canDrag = this.permitDragging();
    this.prepare();
    this.listen();
    this.show();
  }

  /** Tell whether the browser can run the program; say why when it cannot. */
  permitDragging() {
    let why = this.page.fixed;
    if (this.program) {
      const stranger = unknownOperation(this.program);
      const differs = stranger ? "" : disagreement(this.recorded, this.program);
      if (stranger) why = `Values cannot be dragged here: the browser does not know the operation ${stranger}.`;
      else if (differs) why = `Values cannot be dragged here: the browser computes another number at “${differs}”.`;
    }
    setText(this.find("note"), why);
    this.find("note").hidden = !why;
    return !why;
  }

  prepare() {
    const { page } = this;
    this.find("message").hidden = !page.message;
    setText(this.find("message"), page.message);
    this.find("slider").max = this.steps.length - 1;
    this.find("score").hidden = !this.score;
    const list = this.find("chosen");
    list.append(new Option("of this step", ""));
    for (const id of Object.keys(page.kinds)) {
      if (!(id in this.names)) continue;
      list.append(new Option(this.names[id], id));
    }
    const turn = this.steps.findIndex((step) => step.kind === "seed");
    const share = turn < 0 ? 100 : (100 * turn) / Math.max(1, this.steps.length - 1);
    this.find("passes").style.background =
      `linear-gradient(90deg, var(--forward) ${share}%, var(--backward) ${share}%)`;
    setText(this.root.querySelector(".events summary"), `All ${this.steps.length.toLocaleString("en")} steps`);
  }

  listen() {
    const on = (name, event, handler) => this.find(name).addEventListener(event, handler);
    on("first", "click", () => this.goTo(0));
    on("previous", "click", () => this.goTo(this.k - 1));
    on("next", "click", () => this.goTo(this.k + 1));
    on("last", "click", () => this.goTo(this.steps.length - 1));
    on("play", "click", () => this.toggle());
    on("slider", "input", (event) => this.goTo(event.target.valueAsNumber));
    on("speed", "change", () => this.timer && this.play());
    on("chosen", "change", (event) => this.pick(event.target.value));
    on("earlier", "click", () => this.goTo(this.neighbour(-1)));
    on("later", "click", () => this.goTo(this.neighbour(1)));
    on("breakpoint", "change", (event) => this.setBreakpoint(event.target.checked));
    on("number", "input", (event) => this.drag(event.target.valueAsNumber));
    on("range", "input", (event) => this.drag(event.target.valueAsNumber));
    on("reset", "click", () => this.reset());
    on("events", "toggle", () => this.fillTable());
    on("question", "submit", (event) => this.answer(event));
    on("reveal", "click", () => this.reveal());
    this.picture.svg.addEventListener("click", (event) => {
      const id = event.target.closest("[data-node]")?.dataset.node;
      if (id in this.names) this.pick(id === this.picked ? "" : id);
    });
    this.root.ownerDocument.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea, summary")) return;
    const last = this.steps.length - 1;
    const goals = { ArrowRight: this.k + 1, ArrowLeft: this.k - 1, Home: 0, End: last };
    if (event.key in goals) this.goTo(goals[event.key]);
    else if (event.key === " " && !event.target.closest("button")) this.toggle();
    else return;
    event.preventDefault();
  }

  // -- moving -------------------------------------------------------------------------------------------------

  goTo(k) {
    this.pause();
    this.move(k);
  }

  move(k) {
    const stopped = k > this.limit;
    this.k = Math.max(0, Math.min(k, this.limit));
    this.show();
    if (stopped && this.asks()) setText(this.find("verdict"), "Type the number, or reveal it.");
  }

  /** The last step that one may go to: in a quiz the first question without its answer. */
  get limit() {
    const isOpen = (step, i) => this.score && !this.score.isOpen(i) && question(step) !== undefined;
    const first = this.steps.findIndex(isOpen);
    return first < 0 ? this.steps.length - 1 : first;
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    this.pause();
    if (this.k === this.steps.length - 1) this.move(0);
    this.timer = setInterval(() => this.beat(), BEAT / Number(this.find("speed").value));
    this.find("play").setAttribute("aria-pressed", "true");
    this.find("play").setAttribute("aria-label", "Pause");
  }

  beat() {
    if (this.asks()) return this.pause();
    this.move(this.k + 1);
    const step = this.steps[this.k];
    const atStop = this.breakpoints.has(step.operand ?? step.node);
    if (atStop || this.asks() || this.k === this.steps.length - 1) this.pause();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.find("play").setAttribute("aria-pressed", "false");
    this.find("play").setAttribute("aria-label", "Play");
  }

  /** Return the nearest step about the chosen node in one direction; this one when there is none. */
  neighbour(direction) {
    const about = (step) => (step.operand ?? step.node) === this.chosen;
    for (let i = this.k + direction; i >= 0 && i < this.steps.length; i += direction) {
      if (about(this.steps[i])) return i;
    }
    return this.k;
  }

  /** The node that one looks at: the one picked, or the one that the step changes. */
  get chosen() {
    const step = this.steps[this.k];
    return this.picked || (step.operand ?? step.node);
  }

  pick(id) {
    this.picked = id;
    this.show();
  }

  setBreakpoint(isStop) {
    if (isStop) this.breakpoints.add(this.chosen);
    else this.breakpoints.delete(this.chosen);
    this.picture.sign(this.chosen, isStop);
  }

  // -- quiz ---------------------------------------------------------------------------------------------------

  /** Tell whether the step shown is a question that is not answered yet. */
  asks() {
    return Boolean(this.score) && !this.score.isOpen(this.k) && question(this.steps[this.k]) !== undefined;
  }

  answer(event) {
    event.preventDefault();
    const input = this.find("answer");
    if (!this.asks() || input.value.trim() === "") return;
    const isRight = agrees(input.value, question(this.steps[this.k]));
    this.score.answer(this.k, isRight);
    this.show();
    setText(this.find("verdict"), isRight ? "✓ right" : "✗ not yet");
  }

  reveal() {
    this.score.reveal(this.k);
    this.show();
    this.find("next").focus();
  }

  // -- dragging -----------------------------------------------------------------------------------------------

  drag(value) {
    if (!Number.isFinite(value)) return;
    this.leaves[this.chosen] = value;
    this.rerun();
  }

  reset() {
    delete this.leaves[this.chosen];
    this.rerun();
  }

  rerun() {
    const changed = Object.keys(this.leaves).length > 0;
    this.steps = changed ? rerun(this.recorded, this.program, this.leaves) : this.recorded;
    if (changed) {
      const end = stateAt(this.steps, this.steps.length - 1);
      for (const step of this.steps) step.text = retell(step, this.names, this.leafIds, end.grads);
    }
    this.tableOf = null;
    this.show();
  }

  // -- showing ------------------------------------------------------------------------------------------------

  show() {
    const { steps, k } = this;
    const step = steps[k];
    const asks = this.asks();
    const state = stateAt(steps, asks ? k - 1 : k);
    this.showLine(step, asks);
    this.picture.show(state, step, this.contributed(asks ? k - 1 : k), this.mark(step));
    this.showControls(step);
    this.showNode(state, asks ? k - 1 : k);
    this.showTable();
  }

  mark(step) {
    const edge = step.operand === undefined ? "" : `${step.operand}>${step.node}:${step.slot}`;
    const isNode = (id) => id in this.names;
    return { node: step.node, target: step.operand, edge, chosen: this.picked, isNode };
  }

  /** Return the edges that have contributed in this pass, with what they did. */
  contributed(k) {
    const found = new Map();
    for (let i = k; i >= 0 && this.steps[i].kind !== "seed"; i--) {
      const step = this.steps[i];
      if (step.operand !== undefined) found.set(`${step.operand}>${step.node}:${step.slot}`, step);
      if (step.kind === "forward") break;
    }
    return found;
  }

  showLine(step, asks) {
    const kind = this.find("kind");
    kind.className = `kind ${step.kind}`;
    setText(kind, KINDS[step.kind]);
    setText(this.find("line"), asks ? hidden(step.text) : step.text);
    const isPlaced = step.source && (step.kind === "forward" || step.kind === "visit");
    setText(this.find("place"), isPlaced ? placeText(step.source) : "");
    const form = this.find("question");
    const input = this.find("answer");
    if (asks && (form.hidden || this.asked !== this.k)) input.value = "";
    if (this.asked !== this.k) setText(this.find("verdict"), "");
    const wasTyping = this.root.ownerDocument.activeElement === input;
    form.hidden = !this.score || (!asks && this.asked !== this.k);
    for (const name of ["answer", "check", "reveal"]) this.find(name).hidden = !asks;
    this.asked = asks ? this.k : this.asked === this.k ? this.k : -1;
    if (asks && this.moved) input.focus({ preventScroll: true });
    else if (wasTyping && !asks) this.find("next").focus({ preventScroll: true });
    if (this.score) setText(this.find("score"), `Score: ${this.score}`);
    this.moved = true;
  }

  showControls(step) {
    const { k, steps } = this;
    const slider = this.find("slider");
    slider.value = k;
    slider.setAttribute("aria-valuetext", `step ${step.index + 1}: ${step.kind}`);
    setText(this.find("counter"), `${(step.index + 1).toLocaleString("en")} / ${this.page.total.toLocaleString("en")}`);
    for (const name of ["first", "previous"]) this.find(name).disabled = k === 0;
    for (const name of ["next", "last"]) this.find(name).disabled = k === steps.length - 1;
  }

  showNode(state, k) {
    const { chosen, page, names } = this;
    const value = state.values[chosen];
    const grad = state.grads[chosen];
    this.find("chosen").value = this.picked;
    this.find("breakpoint").checked = this.breakpoints.has(chosen);
    this.find("earlier").disabled = this.neighbour(-1) === this.k;
    this.find("later").disabled = this.neighbour(1) === this.k;
    setText(this.find("about"), aboutText(page.about[chosen], value));
    const sum = grad === undefined ? "" : sumText(this.steps, chosen, k, names, page.root, grad);
    setText(this.find("sum"), sum || `∂${names[page.root]}/∂${names[chosen]} = — (not reached yet)`);
    this.showArrays({ value, gradient: grad });
    const isDragged = this.canDrag && page.kinds[chosen] === "leaf" && !this.asks();
    this.find("drag").hidden = !isDragged;
    if (isDragged) this.showDrag(chosen);
  }

  showArrays(amounts) {
    const place = this.find("arrays");
    const shown = Object.entries(amounts).filter(([, amount]) => amount?.values?.length > 1);
    const key = JSON.stringify([this.chosen, shown]);
    if (this.arraysOf === key) return;
    const open = new Set([...place.querySelectorAll("details[open]")].map((details) => details.dataset.name));
    this.arraysOf = key;
    place.replaceChildren(
      ...shown.map(([name, amount]) => {
        const details = document.createElement("details");
        details.dataset.name = name;
        details.open = open.has(name);
        const summary = document.createElement("summary");
        summary.textContent = `${name}, all ${amount.values.length} elements ${shapeText(amount.shape)}`;
        const pre = document.createElement("pre");
        pre.textContent = elements(amount);
        details.append(summary, pre);
        return details;
      }),
    );
  }

  showDrag(leaf) {
    const recorded = this.program.find((node) => node.id === leaf).value;
    const value = this.leaves[leaf] ?? recorded;
    const number = this.find("number");
    const range = this.find("range");
    const reach = Math.max(2, 2 * Math.abs(recorded));
    range.min = recorded - reach;
    range.max = recorded + reach;
    range.step = reach / 200;
    range.value = value;
    if (this.root.ownerDocument.activeElement !== number) number.value = Number(value.toPrecision(6));
    this.find("reset").disabled = !(leaf in this.leaves);
    const gradient = stateAt(this.steps, this.steps.length - 1).grads[leaf];
    const slope = finiteDifference(this.program, this.leaves, leaf, this.page.root);
    setText(
      this.find("difference"),
      gradient === undefined || this.score
        ? ""
        : `gradient ${describe(gradient)}, finite difference ${describe(slope)}`,
    );
  }

  // -- the table ----------------------------------------------------------------------------------------------

  fillTable() {
    this.tableOf = null;
    this.showTable();
  }

  showTable() {
    const details = this.find("events");
    if (!details.open) return;
    const body = details.querySelector("tbody");
    if (this.tableOf !== this.steps) {
      this.tableOf = this.steps;
      body.replaceChildren(...this.steps.map((step, i) => this.row(step, i)));
    }
    body.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const rows = body.rows;
    rows[this.k].setAttribute("aria-current", "step");
    if (this.score) this.keepSecrets(rows);
    const table = details.querySelector("table");
    const row = rows[this.k];
    if (row.offsetTop < table.scrollTop + 30) table.scrollTop = row.offsetTop - 60;
    else if (row.offsetTop + row.offsetHeight > table.scrollTop + table.clientHeight) {
      table.scrollTop = row.offsetTop + row.offsetHeight - table.clientHeight + 30;
    }
  }

  /** Hide in the table what the quiz has not asked yet. */
  keepSecrets(rows) {
    const { limit } = this;
    for (const [i, step] of this.steps.entries()) {
      const isSecret = i > limit || (i === limit && this.asks());
      setText(rows[i].cells[2], isSecret ? hidden(step.text) : step.text);
    }
  }

  row(step, i) {
    const row = document.createElement("tr");
    for (const text of [String(step.index + 1), KINDS[step.kind], step.text]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    row.addEventListener("click", () => this.goTo(i));
    return row;
  }
}

function placeText([file, line]) {
  return `${file.split(/[\\/]/).pop()}:${line}`;
}

function aboutText(about, value) {
  return `${about.replaceAll("\n", " · ")}${value === undefined ? "" : ` · value ${describe(value)}`}`;
}

/** Keep the frame around this page as high as what stands in it. */
function keepHeight(root) {
  const fit = () => settle(Math.ceil(root.getBoundingClientRect().height));
  new ResizeObserver(fit).observe(root);
  fit();
}

async function start() {
  const page = await readData();
  const root = document.querySelector(".stepper");
  if (page.picture) root.querySelector(".picture").innerHTML = page.picture;
  new Stepper(root, page);
  keepHeight(root);
}

start();
