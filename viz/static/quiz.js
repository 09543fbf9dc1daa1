// Quiz: which number a step asks for, and how many answers were right.

/** Return the number that a step brings, or undefined when it brings none that one could work out. */
export function question(step) {
  const amount = step.kind === "forward" ? step.value : step.after;
  const asks = step.kind === "contribute" || (step.kind === "forward" && step.computed);
  return asks && typeof amount === "number" ? amount : undefined;
}

/** Write a step with a question mark for the number it asks for: the one behind the last equals sign. */
export function hidden(text) {
  return `${text.slice(0, text.lastIndexOf(" = "))} = ?`;
}

/** Keep the score: each question counts once, and as right only when the first answer to it was. */
export class Score {
  constructor() {
    this.first = new Map();
    this.open = new Set();
  }

  answer(index, isRight) {
    if (!this.first.has(index)) this.first.set(index, isRight);
    if (isRight) this.open.add(index);
  }

  reveal(index) {
    if (!this.first.has(index)) this.first.set(index, false);
    this.open.add(index);
  }

  isOpen(index) {
    return this.open.has(index);
  }

  toString() {
    const right = [...this.first.values()].filter(Boolean).length;
    return `${right} of ${this.first.size} right`;
  }
}
