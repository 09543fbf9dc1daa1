// Run the browser's evaluator on what a test wrote into a file, and print what it finds.

import { readFileSync } from "node:fs";
import { forward, KNOWN, rerun, run } from "../../../viz/static/evaluate.js";
import { decode, describe, write } from "../../../viz/static/number.js";
import { stateAt } from "../../../viz/static/replay.js";

const AMOUNTS = ["value", "upstream", "local", "contribution", "before", "after"];
const input = JSON.parse(readFileSync(process.argv[2], "utf8"));

function encode(x) {
  if (typeof x === "number" && !Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.0";
  return x;
}

function decodeStep(step) {
  return {
    ...step,
    ...Object.fromEntries(AMOUNTS.filter((key) => key in step).map((key) => [key, decode(step[key])])),
  };
}

function decodeOperand(x) {
  return "constant" in x ? { constant: decode(x.constant) } : x;
}

const answers = {
  known: () => KNOWN,
  write: () => input.numbers.map((x) => write(decode(x))),
  describe: () => input.amounts.map((x) => describe(decode(x))),
  run: () => input.cases.map(([op, operands, params]) => run(op, operands.map(decode), params)),
  rerun: () =>
    input.cases.map(({ steps, program }) => {
      const nodes = program.map((node) => ({
        ...node,
        value: decode(node.value),
        operands: node.operands?.map(decodeOperand),
      }));
      return rerun(steps.map(decodeStep), nodes, {});
    }),
  states: () => input.cases.map(({ steps, at }) => at.map((k) => stateAt(steps.map(decodeStep), k))),
  forward: () => input.cases.map(({ program, leaves }) => forward(program, leaves).values),
};

process.stdout.write(JSON.stringify(answers[input.ask](), (_, x) => encode(x)));
