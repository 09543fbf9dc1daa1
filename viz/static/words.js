// Words: a step in words again, after its numbers changed; and the sum that makes a gradient.

import { describe } from "./number.js";
import { contributionsTo } from "./replay.js";

/** Return the text of a step with the numbers it has now; what is not a number stays as Python wrote it. */
export function retell(step, names, grads) {
  if (step.kind === "contribute") {
    const earlier = step.before === undefined ? "" : `${describe(step.before)} + `;
    const product = `${describe(step.upstream)} × ${describe(step.local)}`;
    return `grad(${names[step.operand]}): ${earlier}${product} = ${describe(step.after)}`;
  }
  if (step.kind === "done") {
    return step.text.replace(/grad\((.*?)\) = [^,]*?(?=, grad\(|$| and \d)/g, (whole, name) => {
      const id = Object.keys(names).find((key) => names[key] === name);
      return id in grads ? `grad(${name}) = ${describe(grads[id])}` : whole;
    });
  }
  const amount = step.kind === "forward" ? step.value : step.after;
  return `${step.text.slice(0, step.text.lastIndexOf(" = "))} = ${describe(amount)}`;
}

/** Return the terms whose sum is a node's gradient after step `k`: upstream times local derivative, or the rule. */
export function terms(steps, node, k) {
  return contributionsTo(steps, node, k).map((step) =>
    step.local === undefined
      ? step.text.slice(step.text.indexOf("+= ") + 3, step.text.lastIndexOf(" = "))
      : `${describe(step.upstream)} × ${describe(step.local)}`,
  );
}

/** Write a gradient as the sum it is: "∂y/∂a = 1.0 × 3.0 + 1.0 × 1.0 = 4.0". */
export function sumText(steps, node, k, names, root, total) {
  const found = terms(steps, node, k);
  const name = `∂${names[root]}/∂${names[node]}`;
  if (node === root) return `${name} = ${describe(total)}`;
  return `${name} = ${[...found, describe(total)].join(found.length > 1 ? " + " : " = ").replace(/ \+ ([^+]*)$/, found.length > 1 ? " = $1" : " + $1")}`;
}
