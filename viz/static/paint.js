// Paints what scene.js placed: as SVG, or on a canvas where there is too much for that. Both paint the same shapes, and
// these are those of svg.py. Colours are names of the page's custom properties.

const SIGN_GAP = 14;
const LINE = 15;
const SIZE = 12;
const SMALL = 10;
const FONT = "Helvetica,Arial,sans-serif";
const SVG = "http://www.w3.org/2000/svg";

/** Yield the shapes of a node's card, measured from the corner of its box. */
export function* cardShapes(node, direction, isRoot) {
  const [sign, record] = parts(node, direction);
  const line = node.quiet ? "--pale" : node.title ? "--group-line" : "--ink";
  if (sign) {
    const ends = between(sign, record);
    yield { kind: "line", points: ends, stroke: "--line" };
    const round = sign.width === sign.height ? sign.width / 2 : 9;
    yield { kind: "rect", ...sign, round, fill: node.signFill ?? "--operation", stroke: "--operation-line" };
    yield* textShapes(node.sign[2], sign.x + sign.width / 2, sign.y + sign.height / 2);
  }
  const look = { kind: "rect", round: node.title ? 8 : 2, fill: node.fill ?? `--${node.kind}`, stroke: line };
  if (node.title) yield { ...record, ...look, x: record.x + 3, y: record.y + 3 };
  yield { ...record, ...look, weight: isRoot ? 2 : 1 };
  let x = record.x;
  for (const [number, [width, , isAlarm]] of node.cells.entries()) {
    const top = { x: x + 1, y: record.y + 1, width: width - 2, height: record.height - 2 };
    if (isAlarm) yield { kind: "rect", ...top, round: 2, fill: "--alarm-fill" };
    const bar = [
      [x, record.y],
      [x, record.y + record.height],
    ];
    if (number) yield { kind: "line", points: bar, stroke: line };
    x += width;
  }
  x = record.x;
  for (const [width, lines] of node.cells) {
    yield* textShapes(lines, x + width / 2, record.y + record.height / 2);
    x += width;
  }
}

function* textShapes(lines, x, middle) {
  const top = middle - ((lines.length - 1) * LINE) / 2 + SIZE * 0.35;
  for (const [row, runs] of lines.entries()) yield { kind: "text", x, y: top + row * LINE, runs };
}

function parts(node, direction) {
  const [width, height] = node.card;
  const [signWidth, signHeight] = node.sign ?? [0, 0];
  const [boxWidth, boxHeight] = node.size;
  const isLevel = direction === "LR" || direction === "RL";
  const isAhead = direction === "LR" || direction === "TB";
  const sign = { x: (boxWidth - signWidth) / 2, y: (boxHeight - signHeight) / 2, width: signWidth, height: signHeight };
  const record = { x: (boxWidth - width) / 2, y: (boxHeight - height) / 2, width, height };
  const [axis, extent] = isLevel ? ["x", "width"] : ["y", "height"];
  sign[axis] = isAhead ? 0 : record[extent] + SIGN_GAP;
  record[axis] = node.sign && isAhead ? sign[extent] + SIGN_GAP : 0;
  return [node.sign && sign, record];
}

function between(sign, record) {
  const [x, y] = [sign.x + sign.width / 2, sign.y + sign.height / 2];
  if (record.x >= sign.x + sign.width)
    return [
      [sign.x + sign.width, y],
      [record.x, y],
    ];
  if (record.x + record.width <= sign.x)
    return [
      [sign.x, y],
      [record.x + record.width, y],
    ];
  if (record.y > sign.y)
    return [
      [x, sign.y + sign.height],
      [x, record.y],
    ];
  return [
    [x, sign.y],
    [x, record.y + record.height],
  ];
}

/** Yield the shapes of an open group, measured from the corner of its frame. */
export function* frameShapes(node, box) {
  yield { kind: "rect", x: 0, y: 0, width: box.width, height: box.height, round: 6, fill: "--frame", stroke: "--pale" };
  yield { kind: "text", x: 8, y: 14, runs: [[node.title, "faint"]], anchor: "start", size: 11 };
}

/** Return the head of an arrow: three points that two strokes join. */
export function arrowHead(points) {
  const [dx, dy] = heading(points);
  const [x, y] = points.at(-1);
  const [backX, backY] = [x - 6 * dx, y - 6 * dy];
  return [
    [backX + 3 * dy, backY - 3 * dx],
    [x, y],
    [backX - 3 * dy, backY + 3 * dx],
  ];
}

function heading(points) {
  const [x, y] = points.at(-1);
  for (let at = points.length - 2; at >= 0; at--) {
    const [dx, dy] = [x - points[at][0], y - points[at][1]];
    const length = Math.hypot(dx, dy);
    if (length > 0) return [dx / length, dy / length];
  }
  return [1, 0];
}

/** Yield the texts beside an edge: the number of the argument, and its label. */
export function* edgeTexts(link, label, slotText, isInFrame) {
  const [x, y] = link.points.at(-1);
  if (slotText) {
    const [dx, dy] = heading(link.points);
    const [fromX, fromY] = halfway(link.points.slice(-4));
    const isLevel = Math.abs(dx) >= Math.abs(dy);
    const at = isLevel
      ? { x: x - 13 * dx, y: y + (fromY > y + 1 ? 9 : -3) }
      : { x: x + (fromX > x + 1 ? 6 : -6), y: y - 12 * dy + 3 };
    yield { kind: "text", ...at, runs: [[slotText, "faint"]], size: 9 };
  }
  const step = SMALL * 1.2;
  const top = link.label[1] - (label.length * step) / 2 + step * 0.78;
  for (const [row, runs] of label.entries()) {
    const halo = isInFrame ? "--frame" : "--paper";
    yield { kind: "text", x: link.label[0], y: top + row * step, runs, size: SMALL, halo };
  }
}

function halfway([a, b, c, d]) {
  return [0, 1].map((axis) => (a[axis] + 3 * b[axis] + 3 * c[axis] + d[axis]) / 8);
}

/** Make an element of SVG. */
export function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, typeof value === "number" ? round(value) : value);
  }
  made.append(...children);
  return made;
}

const round = (value) => Math.round(value * 10) / 10;
const colour = (name) => (name?.startsWith("--") ? `var(${name})` : name);

/** Return shapes as elements of SVG. */
export function asSvg(shapes) {
  return Array.from(shapes, (shape) => {
    const { x, y, width, height, fill, stroke, weight, halo } = shape;
    const paint = { fill: colour(fill) ?? "none", stroke: colour(stroke), "stroke-width": weight };
    if (shape.kind === "rect") return element("rect", { x, y, width, height, rx: shape.round, ...paint });
    if (shape.kind === "line") return element("path", { d: polyline(shape.points), ...paint });
    const edge = halo && {
      stroke: colour(halo),
      "stroke-width": 4,
      "paint-order": "stroke",
      "stroke-linejoin": "round",
    };
    const look = { x, y, "text-anchor": shape.anchor, "font-size": shape.size, fill: "var(--ink)", ...edge };
    return element("text", look, ...shape.runs.map((run) => tspan(run, shape.size)));
  });
}

function tspan([text, tone], size) {
  if (!tone) return text;
  const looks = {
    faint: { fill: "var(--faint)", "font-size": size ?? SMALL },
    strong: { "font-weight": "bold" },
    alarm: { "font-weight": "bold", fill: "var(--alarm)" },
  };
  return element("tspan", looks[tone], text);
}

const polyline = (points) => `M${points.map((point) => point.map(round).join(" ")).join("L")}`;

/** Return Bézier curves as the data of a path. */
export function pathOf(points) {
  const pair = (point) => point.map(round).join(" ");
  let text = `M${pair(points[0])}`;
  for (let at = 1; at < points.length; at += 3)
    text += `C${points
      .slice(at, at + 3)
      .map(pair)
      .join(" ")}`;
  return text;
}

/** Add straight lines through points to the path of a canvas. */
export function trail(context, [first, ...rest]) {
  context.moveTo(...first);
  for (const point of rest) context.lineTo(...point);
}

/** Paint shapes on a canvas, with no line thinner than said. */
export function onCanvas(context, shapes, colours, thinnest = 0) {
  for (const shape of shapes) {
    if (shape.kind === "text") {
      writeText(context, shape, colours);
      continue;
    }
    context.beginPath();
    if (shape.kind === "rect") context.roundRect(shape.x, shape.y, shape.width, shape.height, shape.round);
    else trail(context, shape.points);
    if (shape.fill) {
      context.fillStyle = colours(shape.fill);
      context.fill();
    }
    if (shape.stroke) {
      context.strokeStyle = colours(shape.stroke);
      context.lineWidth = Math.max(shape.weight ?? 1, thinnest);
      context.stroke();
    }
  }
}

function writeText(context, shape, colours) {
  const fonts = shape.runs.map(([, tone]) => {
    const size = shape.size ?? (tone === "faint" ? SMALL : SIZE);
    return `${tone === "strong" || tone === "alarm" ? "bold " : ""}${size}px ${FONT}`;
  });
  const widths = shape.runs.map(([text], at) => {
    context.font = fonts[at];
    return context.measureText(text).width;
  });
  let x = shape.x;
  if (shape.anchor !== "start") for (const width of widths) x -= width / 2;
  context.textAlign = "left";
  shape.runs.forEach(([text, tone], at) => {
    context.font = fonts[at];
    context.fillStyle = colours(tone === "faint" || tone === "alarm" ? `--${tone}` : "--ink");
    context.fillText(text, x, shape.y);
    x += widths[at];
  });
}
