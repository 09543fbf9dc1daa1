// The stepper's modules alone, in Node: what is known after a step, the words, the quiz, the numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { disagreement, finiteDifference, forward, rerun, unknownOperation } from "../../../viz/static/evaluate.js";
import { agrees, decode, describe, elements, write } from "../../../viz/static/number.js";
import { hidden, question, Score } from "../../../viz/static/quiz.js";
import { contributionsTo, stateAt } from "../../../viz/static/replay.js";
import { retell, sumText } from "../../../viz/static/words.js";

// y = x * x at x = 3
const NAMES = { n0: "x", n1: "y" };
const PROGRAM = [
  { id: "n0", op: "", operands: [], value: 3 },
  { id: "n1", op: "multiply", operands: [{ id: "n0" }, { id: "n0" }], params: {}, value: 9 },
];
const STEPS = [
  { index: 0, kind: "forward", node: "n0", value: 3, text: "x = 3.0" },
  { index: 1, kind: "forward", node: "n1", value: 9, text: "y = x * x = 9.0", computed: true },
  { index: 2, kind: "seed", node: "n1", after: 1, text: "seed: grad(y) = 1.0" },
  { index: 3, kind: "visit", node: "n1", upstream: 1, before: 1, after: 1, text: "visit y = x * x: grad(y) = 1.0" },
  contribution(4, 0, undefined, 3),
  contribution(5, 1, 3, 6),
  { index: 6, kind: "visit", node: "n0", upstream: 6, before: 6, after: 6, text: "leaf x: grad(x) = 6.0" },
  { index: 7, kind: "done", node: "n1", text: "done: grad(x) = 6.0" },
];

function contribution(index, slot, before, after) {
  const step = {
    index,
    kind: "contribute",
    node: "n1",
    operand: "n0",
    slot,
    upstream: 1,
    local: 3,
    contribution: 3,
    after,
  };
  if (before !== undefined) step.before = before;
  return { ...step, text: `grad(x): ${before === undefined ? "" : "3.0 + "}1.0 × 3.0 = ${after}.0` };
}

test("a state is the one before and one step", () => {
  assert.deepEqual(stateAt(STEPS, -1), { values: {}, grads: {} });
  assert.deepEqual(stateAt(STEPS, 1), { values: { n0: 3, n1: 9 }, grads: {} });
  assert.deepEqual(stateAt(STEPS, 4).grads, { n1: 1, n0: 3 });
  assert.deepEqual(stateAt(STEPS, 99), { values: { n0: 3, n1: 9 }, grads: { n1: 1, n0: 6 } });
});

test("snapshots change nothing", () => {
  const steps = Array.from({ length: 2000 }, (_, i) => ({ kind: "forward", node: `n${i % 300}`, value: i }));
  for (const k of [1999, 0, 255, 256, 257, 511, 512, 1024, 1500]) {
    const values = {};
    for (const step of steps.slice(0, k + 1)) values[step.node] = step.value;
    assert.deepEqual(stateAt(steps, k), { values, grads: {} });
  }
});

test("a state that was handed out can be changed without harm", () => {
  stateAt(STEPS, 5).grads.n0 = 100;
  assert.equal(stateAt(STEPS, 5).grads.n0, 6);
});

test("what was skipped is made up for, and a seed begins anew", () => {
  const skipped = { values: { n0: 5 }, grads: { n1: 2 }, fresh: true };
  const steps = [
    { kind: "done", node: "n1" },
    { kind: "visit", node: "n1", after: 2, skipped },
  ];
  assert.deepEqual(stateAt(steps, 1), { values: { n0: 5 }, grads: { n1: 2 } });
  assert.deepEqual(stateAt([...STEPS, { kind: "seed", node: "n1", after: 7 }], 8).grads, { n1: 7 });
});

test("contributions are those of the pass so far", () => {
  assert.deepEqual(contributionsTo(STEPS, "n0", 4), [STEPS[4]]);
  assert.deepEqual(contributionsTo(STEPS, "n0", 7), [STEPS[4], STEPS[5]]);
  assert.deepEqual(contributionsTo([...STEPS, STEPS[2]], "n0", 8), []);
});

test("the recorded numbers come back, and other leaves give others", () => {
  assert.equal(disagreement(STEPS, PROGRAM), "");
  const other = rerun(STEPS, PROGRAM, { n0: -2 });
  assert.deepEqual(stateAt(other, 7), { values: { n0: -2, n1: 4 }, grads: { n1: 1, n0: -4 } });
  assert.deepEqual(
    other.map((step) => retell(step, NAMES, ["n0"], stateAt(other, 7).grads)),
    [
      "x = -2.0",
      "y = x * x = 4.0",
      "seed: grad(y) = 1.0",
      "visit y = x * x: grad(y) = 1.0",
      "grad(x): 1.0 × -2.0 = -2.0",
      "grad(x): -2.0 + 1.0 × -2.0 = -4.0",
      "leaf x: grad(x) = -4.0",
      "done: grad(x) = -4.0",
    ],
  );
  assert.deepEqual(STEPS[5].after, 6, "the recorded steps stay as they are");
});

test("retelling the recorded numbers gives Python's words", () => {
  const { grads } = stateAt(STEPS, 7);
  for (const step of STEPS) assert.equal(retell(step, NAMES, ["n0"], grads), step.text);
});

test("a number that the browser computes otherwise is noticed", () => {
  const wrong = STEPS.map((step) => (step.index === 1 ? { ...step, value: 9.001 } : step));
  assert.equal(disagreement(wrong, PROGRAM), "y = x * x = 9.0");
});

test("an unknown operation is named", () => {
  assert.equal(unknownOperation(PROGRAM), "");
  assert.equal(unknownOperation([...PROGRAM, { id: "n2", op: "mystery", operands: [] }]), "mystery");
  assert.equal(unknownOperation([{ id: "n2", op: "toString", operands: [] }]), "toString");
});

test("a zero upstream contributes zero, whatever the local derivative", () => {
  const program = [
    { id: "n0", op: "", operands: [], value: 0 },
    { id: "n1", op: "log", operands: [{ id: "n0" }], params: {} },
  ];
  const steps = [
    { kind: "seed", node: "n1", after: 0 },
    { kind: "contribute", node: "n1", operand: "n0", slot: 0, upstream: 0, local: Infinity, after: 0 },
  ];
  assert.equal(rerun(steps, program, {})[1].after, 0);
});

test("the finite difference is the derivative", () => {
  assert.ok(Math.abs(finiteDifference(PROGRAM, {}, "n0", "n1") - 6) < 1e-8);
  assert.ok(Math.abs(finiteDifference(PROGRAM, { n0: 100 }, "n0", "n1") - 200) < 1e-6);
  assert.equal(forward(PROGRAM, { n0: 100 }).values.n1, 10000);
});

test("a gradient is told as the sum it is", () => {
  assert.equal(sumText(STEPS, "n0", 5, NAMES, "n1", 6), "∂y/∂x = 1.0 × 3.0 + 1.0 × 3.0 = 6.0");
  assert.equal(sumText(STEPS, "n1", 5, NAMES, "n1", 1), "∂y/∂y = 1.0");
  const rule = [{ ...STEPS[4], local: undefined, text: "grad(x) += xᵀ g = (3, 4), norm 2.0" }];
  assert.match(sumText(rule, "n0", 0, NAMES, "n1", 2), /= xᵀ g = 2\.0$/);
});

test("the quiz asks for computed numbers, and hides the last one", () => {
  assert.deepEqual(STEPS.map(question), [undefined, 9, undefined, undefined, 3, 6, undefined, undefined]);
  assert.equal(hidden("y = x * x = 9.0"), "y = x * x = ?");
});

test("an answer is right to three digits", () => {
  for (const text of ["6", "6.0", " 6,02 ", "5.98"]) assert.ok(agrees(text, 6), text);
  for (const text of ["", "6.1", "-6", "six", "nan"]) assert.ok(!agrees(text, 6), text);
  assert.ok(agrees("−1.42", -1.4196));
  assert.ok(agrees("nan", Number.NaN));
  assert.ok(agrees("inf", Infinity));
  assert.ok(!agrees("inf", 6));
});

test("the first answer counts", () => {
  const score = new Score();
  score.answer(4, false);
  assert.ok(!score.isOpen(4));
  score.answer(4, true);
  score.answer(5, true);
  score.reveal(6);
  assert.deepEqual(
    [4, 5, 6, 7].map((k) => score.isOpen(k)),
    [true, true, true, false],
  );
  assert.equal(String(score), "1 of 3 right");
});

test("amounts are read and written", () => {
  assert.deepEqual(decode({ shape: [2], dtype: "float64", norm: "inf", values: [1, "-inf"] }), {
    shape: [2],
    dtype: "float64",
    norm: Infinity,
    values: [1, -Infinity],
  });
  assert.equal(describe(undefined), "—");
  assert.equal(describe({ shape: [2, 2], norm: 0, values: [1, 2, 3, 4] }), "[[1.0, 2.0], [3.0, 4.0]]");
  assert.equal(describe({ shape: [3, 4], norm: 5 }), "(3, 4), norm 5.0");
  assert.equal(elements({ shape: [2, 2], values: [1, -2, 3, 40] }), " 1.0  -2.0\n 3.0  40.0");
  assert.deepEqual([2, -0, 0.03125, 0.09375, 1e-4, 1e30, 123456.7].map(write), [
    "2.0",
    "-0.0",
    "0.0312",
    "0.0938",
    "0.0001",
    "1e+30",
    "123456.7",
  ]);
});
