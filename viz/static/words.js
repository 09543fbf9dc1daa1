// Words: a step in words again, after its numbers changed; and the sum that makes a gradient.

import { describe } from "./number.js";
import { contributionsTo } from "./replay.js";

const FEW_LEAVES = 6;

/** Return the text of a step with the numbers it has now; what is not a number stays as Python wrote it. */
export function retell(step, names, leaves, grads) {
  if (step.kind === "done") return summary(names, leaves, grads);
  if (step.kind === "contribute") {
    const earlier = step.before === undefined ? "" : `${describe(step.before)} + `;
    const product = `${describe(step.upstream)} × ${describe(step.local)}`;
    return `grad(${names[step.operand]}): ${earlier}${product} = ${describe(step.after)}`;
  }
  const amount = step.kind === "forward" ? step.value : step.after;
  return `${step.text.slice(0, step.text.lastIndexOf(" = "))} = ${describe(amount)}`;
}

/** Say which gradients the leaves have got. */
function summary(names, leaves, grads) {
  const reached = leaves.filter((id) => id in grads);
  const shown = reached.slice(0, FEW_LEAVES).map((id) => `grad(${names[id]}) = ${describe(grads[id])}`);
  const more = reached.length > FEW_LEAVES ? ` and ${reached.length - FEW_LEAVES} more` : "";
  return `done: ${shown.join(", ") || "no leaf was reached"}${more}`;
}

/** Return the terms whose sum is a node's gradient after step `k`: upstream times local derivative, or the rule. */
export function terms(steps, node, k) {
  const found = contributionsTo(steps, node, k);
  const earlier = found.length && found[0].before !== undefined ? [describe(found[0].before)] : [];
  return earlier.concat(
    found.map((step) =>
      step.local === undefined
        ? step.text.slice(step.text.indexOf("+= ") + 3, step.text.lastIndexOf(" = "))
        : `${describe(step.upstream)} × ${describe(step.local)}`,
    ),
  );
}

/** Write a gradient as the sum it is: "∂y/∂a = 1.0 × 3.0 + 1.0 × 1.0 = 4.0". */
export function sumText(steps, node, k, names, root, total) {
  const sum = terms(steps, node, k).join(" + ");
  return `∂${names[root]}/∂${names[node]} = ${sum ? `${sum} = ` : ""}${describe(total)}`;
}
