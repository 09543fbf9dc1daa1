// Evaluate: the same numbers as Python's, in the browser. One table says what each operation computes and its local
// derivatives; the walk follows the recorded steps, so the order of every sum is the engine's.

const LN2 = Math.log(2);
const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

// -- functions that JavaScript has not, or has otherwise ------------------------------------------------------

/**
 * Error function. Near 0 a series of terms of one sign, so that nothing cancels (Abramowitz and Stegun 7.1.6); further
 * out one minus a continued fraction (7.1.14), so that the last digit before 1 is right.
 */
function erf(x) {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size > 6) return Math.sign(x);
  if (size > 2) return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail(size)));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
}

function tail(x) {
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return fraction;
}

/** Power as IEEE 754 has it: one to any power is one, and minus one to an infinite one. */
function power(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;
}

/** Nearest integer, ties to even. */
function rint(x) {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** Quotient rounded towards minus infinity, and the remainder with the sign of the divisor. */
function divmod(x, y) {
  let rest = x % y;
  if (y === 0) return [x / y, rest];
  let quotient = (x - rest) / y;
  if (rest !== 0) {
    if (y < 0 !== rest < 0) {
      rest += y;
      quotient -= 1;
    }
  } else {
    rest = y < 0 ? -0 : 0;
  }
  if (quotient === 0) return [x / y < 0 ? -0 : 0, rest];
  const floor = Math.floor(quotient);
  return [quotient - floor > 0.5 ? floor + 1 : floor, rest];
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}

function logaddexp(x, y) {
  if (x === y) return x + LN2;
  const difference = x - y;
  if (difference > 0) return x + Math.log1p(Math.exp(-difference));
  return difference <= 0 ? y + Math.log1p(Math.exp(difference)) : Number.NaN;
}

function softplus(x, beta) {
  return logaddexp(0, beta * x) / beta;
}

function share(out, x) {
  return (x === out ? 1 : Math.exp(x - out)) * (out === Number.NEGATIVE_INFINITY ? 0 : 1);
}

/** Half of the gradient at a tie, all of it or none elsewhere. */
function chosen(x, out, other) {
  if (x !== out) return 0;
  return x === other ? 0.5 : 1;
}

function sinc(x) {
  const angle = Math.PI * (x === 0 ? 1e-20 : x);
  return Math.sin(angle) / angle;
}

function sincSlope(x) {
  if (Math.abs(x) >= 1e-2) return (Math.cos(Math.PI * x) - sinc(x)) / x;
  const square = (Math.PI * x) ** 2;
  return Math.PI ** 2 * x * (-1 / 3 + square * (1 / 30 - square / 840));
}

function mish(x) {
  const t = Math.tanh(softplus(x, 1));
  return [x * t, [t + x * (1 - t * t) * sigmoid(x)]];
}

function gelu(x, approximate) {
  if (approximate === "tanh") {
    const t = Math.tanh(ROOT_2_OVER_PI * (x + 0.044715 * x * x * x));
    const inner = ROOT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
    return [0.5 * x * (1 + t), [0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner]];
  }
  const cumulative = 0.5 * (1 + erf(x * Math.sqrt(0.5)));
  return [
    0.5 * x * (1 + erf(x * Math.sqrt(0.5))),
    [cumulative + x * Math.exp(-0.5 * x * x) * (1 / Math.sqrt(2 * Math.PI))],
  ];
}

function clip(x, low, high) {
  const below = low !== null && x < low;
  const above = high !== null && -x < -high;
  let value = low === null ? x : Math.max(x, low);
  value = high === null ? value : Math.min(value, high);
  const crossed = low !== null && high !== null && high < low; // then the upper edge wins
  const byLow = low === null ? null : Number(below && !crossed);
  const byHigh = high === null ? null : Number(above || crossed);
  return [value, [below || above ? 0 : 1, byLow, byHigh]];
}

function compare(relation) {
  return (x, y) => [Number(relation(x, y)), [null, null]];
}

function step(function_) {
  return (x) => [function_(x), [0]];
}

// -- the table: operands -> [value, local derivatives]; static parameters come last, as an object -------------

const OPERATIONS = {
  add: (x, y) => [x + y, [1, 1]],
  subtract: (x, y) => [x - y, [1, -1]],
  multiply: (x, y) => [x * y, [y, x]],
  divide: (x, y) => [x / y, [1 / y, -x / (y * y)]],
  floor_divide: (x, y) => [divmod(x, y)[0], [0, 0]],
  remainder: (x, y) => [divmod(x, y)[1], [1, -divmod(x, y)[0]]],
  fmod: (x, y) => [x % y, [1, -Math.trunc(x / y)]],
  negative: (x) => [-x, [-1]],
  positive: (x) => [x, [1]],
  copy: (x) => [x, [1]],
  power: (x, y) => {
    const value = power(x, y);
    return [value, [y === 0 ? 0 : y * power(x, y - 1), x === 0 && y >= 0 ? 0 : value * Math.log(x)]];
  },
  square: (x) => [x * x, [2 * x]],
  reciprocal: (x) => [1 / x, [-((1 / x) * (1 / x))]],
  absolute: (x) => [Math.abs(x), [Math.sign(x)]],
  sign: step(Math.sign),
  floor: step(Math.floor),
  ceil: step(Math.ceil),
  rint: step(rint),
  trunc: step(Math.trunc),
  equal: compare((x, y) => x === y),
  not_equal: compare((x, y) => x !== y),
  less: compare((x, y) => x < y),
  less_equal: compare((x, y) => x <= y),
  greater: compare((x, y) => x > y),
  greater_equal: compare((x, y) => x >= y),
  where: (condition, x, y) => (condition || Number.isNaN(condition) ? [x, [null, 1, 0]] : [y, [null, 0, 1]]),
  maximum: (x, y) => {
    const out = Math.max(x, y);
    return [out, [chosen(x, out, y), chosen(y, out, x)]];
  },
  minimum: (x, y) => {
    const out = Math.min(x, y);
    return [out, [chosen(x, out, y), chosen(y, out, x)]];
  },
  clip: (x, ...rest) => clip(x, ...[null, null].map((none, i) => (i < rest.length - 1 ? rest[i] : none))),
  hypot: (x, y) => {
    const out = Math.hypot(x, y);
    return [out, [x / out, y / out]];
  },
  exp: (x) => [Math.exp(x), [Math.exp(x)]],
  exp2: (x) => [2 ** x, [2 ** x * LN2]],
  expm1: (x) => [Math.expm1(x), [Math.exp(x)]],
  log: (x) => [Math.log(x), [1 / x]],
  log2: (x) => [Math.log2(x), [1 / (x * LN2)]],
  log10: (x) => [Math.log10(x), [1 / (x * Math.log(10))]],
  log1p: (x) => [Math.log1p(x), [1 / (1 + x)]],
  logaddexp: (x, y) => {
    const out = logaddexp(x, y);
    return [out, [share(out, x), share(out, y)]];
  },
  xlogy: (x, y) => [x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y), [x === 0 && y === 0 ? 0 : Math.log(y), x / y]],
  sqrt: (x) => [Math.sqrt(x), [0.5 / Math.sqrt(x)]],
  cbrt: (x) => {
    const out = Math.cbrt(x);
    return [out, [1 / (3 * out * out)]];
  },
  sin: (x) => [Math.sin(x), [Math.cos(x)]],
  cos: (x) => [Math.cos(x), [-Math.sin(x)]],
  tan: (x) => [Math.tan(x), [1 + Math.tan(x) * Math.tan(x)]],
  sinc: (x) => [sinc(x), [sincSlope(x)]],
  arcsin: (x) => [Math.asin(x), [1 / Math.sqrt(1 - x * x)]],
  arccos: (x) => [Math.acos(x), [-1 / Math.sqrt(1 - x * x)]],
  arctan: (x) => [Math.atan(x), [1 / (1 + x * x)]],
  arctan2: (y, x) => {
    const square = x * x + y * y;
    return [Math.atan2(y, x), square === 0 ? [x, -y] : [x / square, -y / square]];
  },
  sinh: (x) => [Math.sinh(x), [Math.cosh(x)]],
  cosh: (x) => [Math.cosh(x), [Math.sinh(x)]],
  tanh: (x) => {
    const out = Math.tanh(x);
    return [out, [1 - out * out]];
  },
  arcsinh: (x) => [Math.asinh(x), [1 / Math.sqrt(1 + x * x)]],
  arccosh: (x) => [Math.acosh(x), [1 / Math.sqrt(x * x - 1)]],
  arctanh: (x) => [Math.atanh(x), [1 / (1 - x * x)]],
  erf: (x) => [erf(x), [TWO_OVER_ROOT_PI * Math.exp(-(x * x))]],
  sigmoid: (x) => {
    const out = x <= -700 ? Math.exp(Math.max(x, -745)) : sigmoid(x);
    return [out, [out * (1 - out)]];
  },
  logsigmoid: (x) => [-logaddexp(0, -x), [sigmoid(-x)]],
  relu: (x) => {
    if (x > 0) return [x, [1]];
    return Number.isNaN(x) ? [x, [x]] : [0, [0]];
  },
  relu6: (x) => [clip(x, 0, 6)[0], [x > 0 && x < 6 ? 1 : 0]],
  hardtanh: (x) => [clip(x, -1, 1)[0], [x > -1 && x < 1 ? 1 : 0]],
  leaky_relu: (x, { negative_slope: slope = 0.01 }) => (x > 0 ? [x, [1]] : [slope * x, [slope]]),
  elu: (x, { alpha = 1 }) => (x > 0 ? [x, [1]] : [alpha * Math.expm1(x), [alpha * Math.exp(x)]]),
  softplus: (x, { beta = 1 }) => [softplus(x, beta), [sigmoid(beta * x)]],
  softsign: (x) => [x / (1 + Math.abs(x)), [1 / (1 + Math.abs(x)) ** 2]],
  silu: (x) => {
    const s = sigmoid(x);
    return [x * s, [s * (1 + x * (1 - s))]];
  },
  mish,
  gelu: (x, { approximate = "none" }) => gelu(x, approximate),
};

/** The operations that the browser can run. */
export const KNOWN = Object.keys(OPERATIONS);

/** Return the value and the local derivatives of one operation. */
export function run(op, operands, params = {}) {
  return OPERATIONS[op](...operands, params);
}

/** Name the first operation of a program that the browser does not know; "" when it knows them all. */
export function unknownOperation(program) {
  return program.find((node) => node.op && !Object.hasOwn(OPERATIONS, node.op))?.op ?? "";
}

/**
 * Compute a program from its leaves.
 *
 * @param program Nodes in order: {id, op, operands, params, value}; an operand is {id}, {constant}.
 * @param leaves The values of leaves by id; the others keep theirs.
 */
export function forward(program, leaves) {
  const values = {};
  const partials = {};
  for (const node of program) {
    if (!node.op) {
      values[node.id] = node.id in leaves ? leaves[node.id] : node.value;
      continue;
    }
    const operands = node.operands.map((x) => ("id" in x ? values[x.id] : x.constant));
    [values[node.id], partials[node.id]] = run(node.op, operands, node.params);
  }
  return { values, partials };
}

/** Return the recorded steps with the numbers that other leaves give; the steps themselves stay the same. */
export function rerun(steps, program, leaves) {
  const { values, partials } = forward(program, leaves);
  let grads = {};
  return steps.map((step) => {
    if (step.kind === "forward") return { ...step, value: values[step.node] };
    if (step.kind === "done") return { ...step };
    if (step.kind === "seed") {
      grads = { [step.node]: step.after };
      return { ...step };
    }
    const upstream = grads[step.node];
    if (step.kind === "visit") return { ...step, upstream, before: upstream, after: upstream };
    const local = partials[step.node][step.slot];
    const contribution = upstream === 0 ? 0 : upstream * local; // zero upstream is no gradient
    const before = grads[step.operand];
    const after = before === undefined ? contribution : before + contribution;
    grads[step.operand] = after;
    return { ...step, upstream, local, contribution, before, after };
  });
}

/** Name the first step that the browser computes otherwise than Python did; "" when they agree everywhere. */
export function disagreement(steps, program) {
  const again = rerun(steps, program, {});
  const differs = steps.findIndex(
    (step, i) => !close(step.value, again[i].value) || !close(step.after, again[i].after),
  );
  return differs < 0 ? "" : steps[differs].text;
}

function close(a, b) {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** Return the central difference of the output with respect to one leaf: the derivative without any rule. */
export function finiteDifference(program, leaves, leaf, output) {
  const x = forward(program, leaves).values[leaf];
  const h = Math.cbrt(Number.EPSILON) * Math.max(1, Math.abs(x));
  const at = (value) => forward(program, { ...leaves, [leaf]: value }).values[output];
  return (at(x + h) - at(x - h)) / (x + h - (x - h));
}
