// The picture of the stepper: it is laid out once, in Python; a step only changes classes and texts in it.

import { describe } from "./number.js";

const SVG = "http://www.w3.org/2000/svg";

/** Return elements by the value of an attribute such as `data-node`. */
function index(root, key) {
  const found = {};
  for (const element of root.querySelectorAll(`[data-${key}]:not(.label)`)) found[element.dataset[key]] = element;
  return found;
}

/** Write a text where it differs, so that a step touches only what changes. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function warn(amount) {
  const numbers = typeof amount === "number" ? [amount] : amount ? [amount.norm] : [];
  return numbers.some((x) => !Number.isFinite(x));
}

export class Picture {
  constructor(figure, page) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.nodes = index(this.svg, "node");
    this.edges = index(this.svg, "edge");
    this.labels = {};
    for (const label of this.svg.querySelectorAll(".label")) this.labels[label.dataset.edge] = label;
    this.parts = {};
    for (const [id, group] of Object.entries(this.nodes)) {
      this.parts[id] = index(group, "part");
      setText(group.querySelector("title"), page.about[id] ?? page.names[id] ?? "constant");
    }
    for (const group of Object.values(this.edges)) group.querySelector("title")?.remove();
    const natural = this.svg.viewBox.baseVal.width;
    const fit = () => figure.classList.toggle("wide", natural * 0.62 > figure.clientWidth);
    new ResizeObserver(fit).observe(figure);
    fit();
  }

  /** Show what is known after a step, and what the step is about. */
  show(state, step, contributed, mark) {
    for (const [id, group] of Object.entries(this.nodes)) this.node(id, group, state, step, mark);
    for (const [id, group] of Object.entries(this.edges)) this.edge(id, group, contributed.get(id), state, mark);
    this.reveal(this.nodes[mark.target] ?? this.nodes[mark.node]);
  }

  edge(id, group, done, state, mark) {
    const source = id.split(">")[0];
    for (const element of [group, this.labels[id]]) {
      element?.classList.toggle("used", Boolean(done));
      element?.classList.toggle("now-edge", mark.edge === id);
    }
    group.classList.toggle("waiting", mark.isNode(source) && !(source in state.values));
    if (done && this.labels[id]) setText(index(this.labels[id], "part").local, brief(done.local ?? done.contribution));
  }

  node(id, group, state, step, mark) {
    const parts = this.parts[id];
    const value = state.values[id];
    const grad = state.grads[id];
    this.amount(parts.data, value);
    this.amount(parts.grad, grad);
    group.classList.toggle("waiting", mark.isNode(id) && value === undefined && mark.node !== id);
    group.classList.toggle("reached", grad !== undefined);
    group.classList.toggle("now-node", mark.node === id);
    group.classList.toggle("target-node", mark.target === id);
    group.classList.toggle("chosen-node", mark.chosen === id);
    for (const kind of Object.keys(KINDS)) group.classList.toggle(kind, mark.node === id && step.kind === kind);
  }

  amount(part, amount) {
    if (!part) return;
    const alarm = warn(amount);
    const short = amount !== null && typeof amount === "object" && !Array.isArray(amount) && !amount.values;
    setText(part, (alarm ? "⚠ " : "") + (short ? `norm ${describe(amount.norm)}` : brief(amount)));
    part.classList.toggle("alarm", alarm);
  }

  /** Scroll a node into the frame, without moving the page around it. */
  reveal(group) {
    if (!group || this.figure.scrollWidth <= this.figure.clientWidth + 1) return;
    const frame = this.figure.getBoundingClientRect();
    const box = group.getBoundingClientRect();
    if (box.left < frame.left || box.right > frame.right) {
      this.figure.scrollLeft += (box.left + box.right) / 2 - (frame.left + frame.right) / 2;
    }
    if (box.top < frame.top || box.bottom > frame.bottom) {
      this.figure.scrollTop += (box.top + box.bottom) / 2 - (frame.top + frame.bottom) / 2;
    }
  }

  /** Put a stop sign on a node, or take it away. */
  sign(id, isStop) {
    const group = this.nodes[id];
    group?.querySelector(".stop-sign")?.remove();
    if (!group || !isStop) return;
    const circle = document.createElementNS(SVG, "circle");
    for (const [key, value] of Object.entries({ class: "stop-sign", cx: 1, cy: 1, r: 6 }))
      circle.setAttribute(key, value);
    group.append(circle);
  }
}

/** Write an amount for the picture, where an array's shape stands on a line of its own. */
function brief(amount) {
  if (amount && typeof amount === "object" && amount.values?.length > 4) return `norm ${describe(amount.norm)}`;
  return describe(amount);
}
