// Replay: what is known after a step. A step is data; the state is the steps so far, and nothing else.

const SNAPSHOT_EVERY = 256;
const snapshots = new WeakMap(); // steps -> the state after each 256th of them

function empty() {
  return { values: {}, grads: {} };
}

function copy(state) {
  return { values: { ...state.values }, grads: { ...state.grads } };
}

/** Change a state by one step. What happened between the steps of a window stands in `skipped`. */
function apply(state, step) {
  if (step.skipped) {
    Object.assign(state.values, step.skipped.values);
    if (step.skipped.fresh) state.grads = {};
    Object.assign(state.grads, step.skipped.grads);
  }
  if (step.kind === "forward") {
    state.values[step.node] = step.value;
  } else if (step.kind !== "done") {
    if (step.kind === "seed") state.grads = {}; // another pass begins
    state.grads[step.operand ?? step.node] = step.after;
  }
}

/** Return the values and gradients by id after step `k`, in at most 256 steps; -1 is before the first. */
export function stateAt(steps, k) {
  if (!snapshots.has(steps)) snapshots.set(steps, [empty()]);
  const known = snapshots.get(steps);
  const last = Math.min(k, steps.length - 1);
  const wanted = Math.floor((last + 1) / SNAPSHOT_EVERY);
  while (known.length <= wanted) {
    const state = copy(known[known.length - 1]);
    const start = (known.length - 1) * SNAPSHOT_EVERY;
    for (let i = start; i < start + SNAPSHOT_EVERY; i++) apply(state, steps[i]);
    known.push(state);
  }
  const state = copy(known[wanted]);
  for (let i = wanted * SNAPSHOT_EVERY; i <= last; i++) apply(state, steps[i]);
  return state;
}

/** Return the contributions to one node's gradient in the pass that step `k` belongs to, oldest first. */
export function contributionsTo(steps, node, k) {
  const found = [];
  for (let i = Math.min(k, steps.length - 1); i >= 0 && steps[i].kind !== "seed"; i--) {
    if (steps[i].operand === node) found.push(steps[i]);
  }
  return found.reverse();
}
