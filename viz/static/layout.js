// Where blocks in frames stand, and how wires run between them: the same program as layered.py and frames.py, and held
// equal to them by a test. What it does and why is told there; every sum is taken in the same order in both.

const FIRST = -1;
const INNER = 0;
const LAST = 1;
const GAP = 14;
const LANE = 8;
const CHANNEL = 26;
const STEEP = 60;
const DENSE = 2000;
const CROWDED = 5000;
const SWEEPS = 8;
const QUICK_SWEEPS = 4;
const ROUNDS = 8;
const QUICK_ROUNDS = 3;
const PARALLEL = 8;
const LABEL_ROOM = 1.5;
const STRAIGHT = [1, 2, 8];
const LOOSE = 1 / 64;

export const TOP = -1;
const TITLE = 20;
const PAD = 8;
const MARGIN = 12;
const TURN = 16;

const lists = (count) => Array.from({ length: count }, () => []);
const snap = (value) => Math.floor(value * 4 + 0.5) / 4;

class Grid {
  constructor(items, links) {
    this.items = items;
    this.links = links;
    this.turned = this.turnCycles();
    this.rank = this.ranks();
    this.breadth = items.map((item) => item.breadth);
    this.beside = items.map(() => -1);
    let passed = 0;
    for (let number = 0; number < links.length; number++) {
      const [source, target] = this.forward(number);
      passed += this.rank[target] - this.rank[source];
    }
    this.isDense = items.length <= DENSE && passed <= CROWDED;
    this.trunks = new Map();
    this.chains = links.map((_, number) => this.chain(number));
    this.makeRoomForLabels();
    this.connect();
    this.fillColumns();
  }

  forward(number) {
    const { source, target } = this.links[number];
    return this.turned[number] ? [target, source] : [source, target];
  }

  turnCycles() {
    const leaving = lists(this.items.length);
    this.links.forEach((link, number) => {
      leaving[link.source].push(number);
    });
    const turned = this.links.map(() => false);
    const seen = this.items.map(() => false);
    const onTheWay = this.items.map(() => false);
    for (let start = 0; start < this.items.length; start++) {
      if (seen[start]) continue;
      seen[start] = onTheWay[start] = true;
      const walk = [start];
      const tried = [0];
      while (walk.length) {
        const here = walk.at(-1);
        if (tried.at(-1) === leaving[here].length) {
          walk.pop();
          tried.pop();
          onTheWay[here] = false;
          continue;
        }
        const number = leaving[here][tried[tried.length - 1]++];
        const there = this.links[number].target;
        if (onTheWay[there]) turned[number] = true;
        else if (!seen[there]) {
          seen[there] = onTheWay[there] = true;
          walk.push(there);
          tried.push(0);
        }
      }
    }
    return turned;
  }

  ranks() {
    const leaving = lists(this.items.length);
    const arriving = lists(this.items.length);
    this.links.forEach((link, number) => {
      if (link.source === link.target) return;
      const [source, target] = this.forward(number);
      leaving[source].push(target);
      arriving[target].push(source);
    });
    const lowest = this.items.some((item) => item.pin === LAST) ? 1 : 0;
    const toGo = this.items.map((item) => (item.pin === INNER ? lowest : 0));
    for (const source of upstream(leaving, arriving)) {
      for (const target of leaving[source]) toGo[source] = Math.max(toGo[source], toGo[target] + 1);
    }
    let most = 0;
    this.items.forEach((item, number) => {
      if (item.pin !== FIRST) most = Math.max(most, toGo[number]);
    });
    if (this.items.some((item) => item.pin === FIRST)) most += 1;
    return this.items.map((item, number) => (item.pin === FIRST ? 0 : most - toGo[number]));
  }

  chain(number) {
    const [first, last] = this.forward(number);
    const chain = [first];
    if (this.turned[number]) {
      for (let rank = this.rank[first]; rank <= this.rank[last]; rank++) {
        if (!this.isDense && rank !== this.rank[first] && rank !== this.rank[last]) continue;
        chain.push(this.passThrough(rank, rank === this.rank[first] ? first : rank === this.rank[last] ? last : -1));
      }
    } else if (this.isDense) {
      for (let rank = this.rank[first] + 1; rank < this.rank[last]; rank++) {
        const trunk = `${first} ${this.links[number].leaves} ${rank}`;
        if (!this.trunks.has(trunk)) this.trunks.set(trunk, this.passThrough(rank, -1));
        chain.push(this.trunks.get(trunk));
      }
    }
    chain.push(last);
    return chain;
  }

  passThrough(rank, beside) {
    this.rank.push(rank);
    this.breadth.push(0);
    this.beside.push(beside);
    return this.rank.length - 1;
  }

  makeRoomForLabels() {
    const room = this.rank.map(() => 0);
    this.links.forEach((link, number) => {
      room[this.lastPassed(number)] += LABEL_ROOM * link.labelBreadth;
    });
    room.forEach((breadth, vertex) => {
      this.breadth[vertex] = Math.max(this.breadth[vertex], breadth);
    });
  }

  lastPassed(number) {
    return this.chains[number].at(this.turned[number] ? 1 : -2);
  }

  connect() {
    this.before = lists(this.rank.length);
    this.after = lists(this.rank.length);
    const drawn = new Set();
    const hasOperands = this.items.map((item) => item.pin === FIRST);
    for (const link of this.links) hasOperands[link.target] = true;
    this.chains.forEach((chain, number) => {
      const link = this.links[number];
      for (let place = 1; place < chain.length; place++) {
        const [source, target] = [chain[place - 1], chain[place]];
        const passing = Number(source >= this.items.length) + Number(target >= this.items.length);
        const name = `${source} ${target}`;
        if (this.rank[source] === this.rank[target] || (passing && drawn.has(name))) continue;
        drawn.add(name);
        const leaves = source === link.source ? link.leaves : 0;
        const arrives = target === link.target ? link.arrives : 0;
        const weight = STRAIGHT[passing] * (passing < 2 && !hasOperands[link.source] ? LOOSE : 1);
        const start = this.share(source, leaves);
        const end = this.share(target, arrives);
        this.before[target].push({ other: source, shift: leaves - arrives, weight, there: start, here: end });
        this.after[source].push({ other: target, shift: arrives - leaves, weight, there: end, here: start });
      }
    });
  }

  share(vertex, distance) {
    return distance !== 0 ? distance / this.breadth[vertex] : 0;
  }

  fillColumns() {
    let count = 0;
    for (const rank of this.rank) count = Math.max(count, rank + 1);
    this.columns = lists(count);
    const companions = lists(this.rank.length);
    this.beside.forEach((item, vertex) => {
      if (item >= 0) companions[item].push(vertex);
    });
    const seen = this.rank.map(() => false);
    for (const isEnd of [true, false]) {
      for (let end = 0; end < this.rank.length; end++) {
        if (seen[end] || (isEnd && this.after[end].length)) continue;
        const walk = [end];
        while (walk.length) {
          const vertex = walk.pop();
          if (seen[vertex]) continue;
          seen[vertex] = true;
          this.columns[this.rank[vertex]].push(vertex);
          for (let at = this.before[vertex].length - 1; at >= 0; at--) walk.push(this.before[vertex][at].other);
          for (let at = companions[vertex].length - 1; at >= 0; at--) walk.push(companions[vertex][at]);
        }
      }
    }
  }
}

function upstream(leaving, arriving) {
  const waiting = leaving.map((targets) => targets.length);
  const order = [];
  waiting.forEach((count, item) => {
    if (count === 0) order.push(item);
  });
  for (const item of order) {
    for (const source of arriving[item]) {
      waiting[source] -= 1;
      if (waiting[source] === 0) order.push(source);
    }
  }
  return order;
}

function orderColumns(grid) {
  let best = grid.columns;
  let fewest = grid.isDense ? crossings(grid) : 0;
  const sweeps = grid.isDense ? SWEEPS : QUICK_SWEEPS;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    if (grid.isDense && fewest === 0) break;
    const isForward = sweep % 2 === 0;
    const found = spots(grid);
    const columns = [...grid.columns];
    const last = columns.length - 1;
    for (let step = 1; step <= last; step++) {
      const rank = isForward ? step : last - step;
      columns[rank] = follow(grid, columns[rank], found, isForward);
      columns[rank].forEach((vertex, spot) => {
        found[vertex] = spot;
      });
    }
    grid.columns = columns;
    if (!grid.isDense) {
      best = columns;
      continue;
    }
    const count = crossings(grid);
    if (count < fewest) [best, fewest] = [columns, count];
  }
  grid.columns = best;
}

function spots(grid) {
  const found = grid.rank.map(() => 0);
  for (const column of grid.columns) {
    column.forEach((vertex, spot) => {
      found[vertex] = spot;
    });
  }
  return found;
}

function follow(grid, column, found, isForward) {
  const neighbours = isForward ? grid.before : grid.after;
  const standing = column.filter((vertex) => grid.beside[vertex] < 0);
  const free = [];
  for (const vertex of standing) {
    const steps = neighbours[vertex];
    if (!steps.length) continue;
    let total = 0;
    for (const { other, there } of steps) total += found[other] + there;
    free.push([total / steps.length, vertex]);
  }
  free.sort((one, two) => one[0] - two[0]);
  let next = 0;
  const order = standing.map((vertex) => (neighbours[vertex].length ? free[next++][1] : vertex));
  if (order.length === column.length) return order;
  return order.flatMap((vertex) => [vertex, ...column.filter((other) => grid.beside[other] === vertex)]);
}

function crossings(grid) {
  const found = spots(grid);
  let total = 0;
  for (const column of grid.columns) {
    const ends = [];
    for (const vertex of column) {
      for (const { other, there, here } of grid.after[vertex]) ends.push([found[vertex] + here, found[other] + there]);
    }
    ends.sort((one, two) => one[0] - two[0] || one[1] - two[1]);
    const arrived = [];
    for (const [, arrives] of ends) {
      let low = 0;
      let high = arrived.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (arrived[middle] > arrives) high = middle;
        else low = middle + 1;
      }
      total += arrived.length - low;
      arrived.splice(low, 0, arrives);
    }
  }
  return total;
}

function placeAcross(grid) {
  const across = grid.rank.map(() => 0);
  for (const column of grid.columns) {
    settleColumn(
      grid,
      column,
      across,
      column.map(() => 0),
      column.map(() => 1),
    );
  }
  const count = grid.columns.length;
  const rounds = grid.isDense ? ROUNDS : QUICK_ROUNDS;
  for (let round = 0; round < rounds; round++) {
    for (let rank = 1; rank < count; rank++) pull(grid, rank, across, true, false);
    for (let rank = count - 2; rank >= 0; rank--) pull(grid, rank, across, round === rounds - 1, true);
  }
  let least = across[0] - grid.breadth[0] / 2;
  grid.breadth.forEach((breadth, vertex) => {
    least = Math.min(least, across[vertex] - breadth / 2);
  });
  return across.map((middle) => snap(middle - least));
}

function pull(grid, rank, across, before, after) {
  const column = grid.columns[rank];
  const wishes = [];
  const weights = [];
  for (const vertex of column) {
    let total = 0;
    let sum = 0;
    for (const side of [before && grid.before, after && grid.after]) {
      if (!side) continue;
      for (const { other, shift, weight } of side[vertex]) {
        total += (across[other] + shift) * weight;
        sum += weight;
      }
    }
    const item = grid.beside[vertex];
    if (item >= 0) {
      total += (across[item] + grid.breadth[item] / 2 + LANE) * 2;
      sum += 2;
    }
    wishes.push(sum > 0 ? total / sum : across[vertex]);
    weights.push(sum > 0 ? sum : 0.1);
  }
  settleColumn(grid, column, across, wishes, weights);
}

function settleColumn(grid, column, across, wishes, weights) {
  const offsets = [];
  const pools = [];
  let offset = 0;
  column.forEach((vertex, number) => {
    if (number > 0) {
      const [one, two] = [grid.breadth[column[number - 1]], grid.breadth[vertex]];
      offset += (one + two) / 2;
      offset += one === 0 || two === 0 ? LANE : GAP;
    }
    offsets.push(offset);
    pools.push({ sum: (wishes[number] - offset) * weights[number], mass: weights[number], count: 1 });
    while (pools.length > 1 && pools.at(-2).sum / pools.at(-2).mass > pools.at(-1).sum / pools.at(-1).mass) {
      const { sum, mass, count } = pools.pop();
      pools.at(-1).sum += sum;
      pools.at(-1).mass += mass;
      pools.at(-1).count += count;
    }
  });
  let settled = 0;
  for (const { sum, mass, count } of pools) {
    for (let end = settled + count; settled < end; settled++) across[column[settled]] = sum / mass + offsets[settled];
  }
}

function trace(grid, across) {
  const [leaves, arrives, lifts] = spread(grid, across);
  const [starts, ends] = columnsAlong(grid, across);
  const along = grid.items.map((item, number) => {
    const rank = grid.rank[number];
    return grid.before[number].length ? (starts[rank] + ends[rank]) / 2 : ends[rank] - item.length / 2;
  });
  const paths = [];
  const labels = [];
  grid.links.forEach(({ source, target }, number) => {
    const out = [along[source] + grid.items[source].length / 2, across[source] + leaves[number]];
    const into = [along[target] - grid.items[target].length / 2, across[target] + arrives[number]];
    const points = [out, [ends[grid.rank[source]], out[1]]];
    const inner = grid.chains[number].slice(1, -1);
    if (grid.turned[number]) inner.reverse();
    for (const vertex of inner) {
      const sides = [starts[grid.rank[vertex]], ends[grid.rank[vertex]]];
      if (grid.turned[number]) sides.reverse();
      for (const side of sides) points.push([side, across[vertex]]);
    }
    points.push([starts[grid.rank[target]], into[1]], into);
    const [from, to] = grid.turned[number] ? points.slice(-4, -2) : points.slice(-3, -1); // told on its way back
    labels.push([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2 + lifts[number]]);
    paths.push(simplify(points));
  });
  let breadth = 0;
  across.forEach((middle, vertex) => {
    breadth = Math.max(breadth, middle + grid.breadth[vertex] / 2);
  });
  return { along, across, paths, labels, turned: grid.turned, length: ends.at(-1), breadth };
}

function spread(grid, across) {
  const leaves = grid.links.map((link) => link.leaves);
  const arrives = grid.links.map((link) => link.arrives);
  const lifts = grid.links.map(() => 0);
  const arriving = lists(grid.items.length);
  grid.links.forEach((link, number) => {
    if (grid.items[link.target].inlet > 0) arriving[link.target].push(number);
  });
  arriving.forEach((numbers, target) => {
    const step = snap(Math.min(PARALLEL, grid.items[target].inlet / Math.max(1, numbers.length)));
    numbers.sort((one, two) => across[grid.lastPassed(one)] - across[grid.lastPassed(two)]);
    const together = new Map();
    numbers.forEach((number, position) => {
      arrives[number] += (position - (numbers.length - 1) / 2) * step;
      const from = grid.lastPassed(number);
      if (!together.has(from)) together.set(from, []);
      together.get(from).push(number);
    });
    for (const [from, group] of together) {
      group.forEach((number, position) => {
        const place = position - (group.length - 1) / 2;
        if (from === grid.links[number].source) leaves[number] += place * step;
        lifts[number] = place * Math.max(0, grid.links[number].labelBreadth - step);
      });
    }
  });
  return [leaves, arrives, lifts];
}

function columnsAlong(grid, across) {
  const lengths = grid.columns.map(() => 0);
  const gaps = grid.columns.map(() => CHANNEL);
  grid.items.forEach((item, number) => {
    lengths[grid.rank[number]] = Math.max(lengths[grid.rank[number]], item.length);
  });
  grid.links.forEach((link) => {
    const rank = grid.rank[link.target];
    gaps[rank] = Math.max(gaps[rank], CHANNEL + link.labelLength);
  });
  grid.before.forEach((steps, vertex) => {
    const rank = grid.rank[vertex];
    for (const { other, shift } of steps) {
      const rise = Math.abs(across[other] + shift - across[vertex]);
      gaps[rank] = Math.max(gaps[rank], CHANNEL + Math.floor(Math.min(STEEP, rise / 8)));
    }
  });
  const starts = [];
  const ends = [];
  grid.columns.forEach((_, rank) => {
    starts.push(rank > 0 ? ends[rank - 1] + gaps[rank] : 0);
    ends.push(starts[rank] + lengths[rank]);
  });
  return [starts, ends];
}

function simplify(points) {
  const kept = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last && point[0] === last[0] && point[1] === last[1]) continue;
    if (kept.length > 1 && kept.at(-2)[1] === last[1] && last[1] === point[1]) kept.pop();
    kept.push(point);
  }
  return kept;
}

/** Place items so that links flow forward, and nothing overlaps. */
export function arrange(items, links) {
  if (!items.length) return { along: [], across: [], paths: [], labels: [], turned: [], length: 0, breadth: 0 };
  const grid = new Grid(items, links);
  orderColumns(grid);
  return trace(grid, placeAcross(grid));
}

class Frame {
  constructor() {
    this.members = [];
    this.spots = new Map();
    this.ports = new Map();
    this.links = [];
    this.labels = [];
    this.shared = new Map();
    this.inset = [0, 0];
    this.origin = [0, 0];
  }

  add(block) {
    this.spots.set(block, this.members.length);
    this.members.push(block);
  }

  port(source, enters) {
    const name = `${source} ${enters}`;
    if (!this.ports.has(name)) this.ports.set(name, { enters, item: this.members.length + this.ports.size });
    return this.ports.get(name).item;
  }

  link(start, end, source, label) {
    const name = `${start} ${end} ${source}`;
    if (!label && this.shared.has(name)) return this.shared.get(name);
    this.links.push([start, end, source]);
    this.labels.push(label ?? [0, 0]);
    if (!label) this.shared.set(name, this.links.length - 1);
    return this.links.length - 1;
  }
}

class Composition {
  constructor(blocks, wires, direction) {
    this.blocks = blocks;
    this.wires = wires;
    this.direction = direction;
    this.isLevel = direction === "LR" || direction === "RL";
    this.sizes = blocks.map((block) => this.flow(block.width, block.height));
    this.frames = new Map([[TOP, new Frame()]]);
    blocks.forEach((block, number) => {
      if (block.isFrame) this.frames.set(number, new Frame());
      this.frames.get(block.parent).add(number);
    });
    this.ways = wires.map((wire) => this.way(wire));
  }

  flow(width, height) {
    return this.isLevel ? [width, height] : [height, width];
  }

  around(block) {
    const frames = [];
    for (let inner = block; inner !== TOP; ) {
      inner = this.blocks[inner].parent;
      frames.push(inner);
    }
    return frames.reverse();
  }

  way(wire) {
    const { source, target } = wire;
    const leaving = this.around(source);
    const entering = this.around(target);
    let depth = 0;
    while (depth + 1 < Math.min(leaving.length, entering.length) && leaving[depth + 1] === entering[depth + 1]) depth++;
    const label = this.flow(wire.labelWidth, wire.labelHeight);
    const way = [];
    let inner = source;
    for (const number of leaving.slice(depth + 1).reverse()) {
      const frame = this.frames.get(number);
      way.push([number, frame.link(frame.spots.get(inner), frame.port(source, false), source, null)]);
      inner = number;
    }
    for (let level = depth; level < entering.length; level++) {
      const outer = entering[level + 1] ?? target;
      const frame = this.frames.get(entering[level]);
      const start = level === depth ? frame.spots.get(inner) : frame.port(source, true);
      const own = outer === target ? label : null;
      way.push([entering[level], frame.link(start, frame.spots.get(outer), source, own)]);
    }
    return way;
  }

  result() {
    const numbers = [...this.frames.keys()].sort((one, two) => one - two);
    for (const number of [...numbers].reverse()) this.arrange(number);
    const { length, breadth } = this.frames.get(TOP).drawing;
    const size = [length + 2 * MARGIN, breadth + 2 * MARGIN];
    this.frames.get(TOP).origin = [MARGIN, MARGIN];
    const corners = [];
    for (const number of numbers) this.settle(number, corners);
    const boxes = corners.map((corner, number) => this.box(corner, this.sizes[number], size));
    const curves = this.ways.map((way) => this.curve(way, size));
    const [width, height] = this.flow(...size);
    return { boxes, curves, width, height };
  }

  arrange(number) {
    const frame = this.frames.get(number);
    const items = frame.members.map((member) => {
      const [length, breadth] = this.sizes[member];
      return { length, breadth, inlet: this.blocks[member].inlet, pin: INNER };
    });
    for (const { enters } of frame.ports.values()) {
      items.push({ length: 0, breadth: 0, inlet: 0, pin: enters ? FIRST : LAST });
    }
    const links = frame.links.map(([source, target, from], position) => ({
      source,
      target,
      leaves: this.offset(frame, source, from, false),
      arrives: this.offset(frame, target, from, true),
      labelLength: frame.labels[position][0],
      labelBreadth: frame.labels[position][1],
    }));
    frame.drawing = arrange(items, links);
    if (number === TOP) return;
    let [before, after, left, right] = this.padding();
    if (frame.drawing.turned.some(Boolean)) {
      before += TURN;
      after += TURN;
    }
    const least = this.sizes[number];
    const length = Math.max(least[0], before + frame.drawing.length + after);
    const breadth = Math.max(least[1], Math.ceil(2 * (left + frame.drawing.breadth + right)) / 2); // so its half stays a quarter
    this.sizes[number] = [length, breadth];
    const spare = [length - before - frame.drawing.length - after, breadth - left - frame.drawing.breadth - right];
    frame.inset = [before + spare[0] / 2, left + spare[1] / 2];
  }

  padding() {
    if (this.isLevel) return [PAD, PAD, TITLE, PAD];
    return this.direction === "TB" ? [TITLE, PAD, PAD, PAD] : [PAD, TITLE, PAD, PAD];
  }

  offset(frame, item, source, enters) {
    const member = frame.members[item];
    if (member === undefined || !this.blocks[member].isFrame) return 0;
    const inside = this.frames.get(member);
    const port = inside.drawing.across[inside.ports.get(`${source} ${enters}`).item];
    return inside.inset[1] + port - this.sizes[member][1] / 2;
  }

  settle(number, corners) {
    const frame = this.frames.get(number);
    frame.members.forEach((member, item) => {
      const [length, breadth] = this.sizes[member];
      const along = frame.origin[0] + frame.drawing.along[item] - length / 2;
      const across = frame.origin[1] + frame.drawing.across[item] - breadth / 2;
      corners[member] = [along, across];
      if (!this.blocks[member].isFrame) return;
      const inside = this.frames.get(member);
      inside.origin = [along + inside.inset[0], across + inside.inset[1]];
    });
  }

  box(corner, extent, size) {
    const [x, y] = this.turned(corner, size);
    const [width, height] = this.flow(...extent);
    return {
      x: this.direction === "RL" ? x - width : x,
      y: this.direction === "BT" ? y - height : y,
      width,
      height,
    };
  }

  turned([along, across], size) {
    const ahead = this.direction === "RL" || this.direction === "BT" ? size[0] - along : along;
    return this.isLevel ? [ahead, across] : [across, ahead];
  }

  curve(way, size) {
    const points = [];
    let label = [0, 0];
    let isTurned = false;
    for (const [owner, link] of way) {
      const { drawing, origin } = this.frames.get(owner);
      for (const [along, across] of drawing.paths[link]) points.push([origin[0] + along, origin[1] + across]);
      label = [origin[0] + drawing.labels[link][0], origin[1] + drawing.labels[link][1]];
      isTurned = isTurned || drawing.turned[link];
    }
    const bent = bend(simplify(points)).map((point) => this.turned(point, size));
    return { points: bent, label: this.turned(label, size), isTurned };
  }
}

function bend(points) {
  const bent = [points[0]];
  let heading = 1;
  for (let number = 1; number < points.length; number++) {
    const [start, end] = [points[number - 1], points[number]];
    if (start[1] === end[1]) {
      heading = end[0] >= start[0] ? 1 : -1;
      bent.push(start, end, end);
    } else if (start[0] === end[0]) {
      const swing = start[0] + heading * TURN;
      bent.push([swing, start[1]], [swing, end[1]], end);
      heading = -heading;
    } else {
      const middle = (start[0] + end[0]) / 2;
      bent.push([middle, start[1]], [middle, end[1]], end);
      heading = end[0] >= start[0] ? 1 : -1;
    }
  }
  return bent;
}

/** Place blocks and route wires; return boxes, curves, width and height. */
export function place(blocks, wires, direction) {
  return new Composition(blocks, wires, direction).result();
}
