// Numbers and amounts: read from JSON, written the way Python writes them.

const SPECIAL = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };

/** Return an amount of a trace with its numbers as numbers; JSON has no NaN and no infinity. */
export function decode(amount) {
  if (typeof amount === "string") return SPECIAL[amount];
  if (amount === null || typeof amount !== "object") return amount;
  if (Array.isArray(amount)) return amount.map(decode);
  return { ...amount, norm: decode(amount.norm), values: amount.values?.map(decode) };
}

/** Write a number with four decimals at most, or in powers of ten where those would hide it. */
export function write(x) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return scientific(x);
  const [whole, decimals] = fixed(x).split(".");
  return `${whole}.${decimals.replace(/0+$/, "") || "0"}`;
}

/** Round to four decimals; a tie goes to the even digit, as in Python, and minus zero keeps its sign. */
function fixed(x) {
  const size = Math.abs(x);
  let text = size.toFixed(4);
  const exact = size.toFixed(40);
  const cut = exact.indexOf(".") + 5;
  if (/^50*$/.test(exact.slice(cut)) && (exact.charCodeAt(cut - 1) - 48) % 2 === 0) text = exact.slice(0, cut);
  return x < 0 || Object.is(x, -0) ? `-${text}` : text;
}

/** Write four significant digits, as Python's format ".4g" does. */
function scientific(x) {
  const [mantissa, exponent] = x.toExponential(3).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 4) return String(Number(x.toPrecision(4)));
  const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Write an amount in a few characters; nothing yet is a dash. */
export function describe(amount) {
  if (amount === null || amount === undefined) return "—";
  if (typeof amount === "number") return write(amount);
  if (Array.isArray(amount)) return amount.map(describe).join("; ");
  if (amount.values && amount.values.length <= 4) return nested(amount.values, amount.shape);
  return `${shapeText(amount.shape)}, norm ${write(amount.norm)}`;
}

/** Write every element of an array, one row of the last axis to a line. */
export function elements(amount) {
  if (!amount?.values) return "";
  const width = amount.shape.length ? amount.shape[amount.shape.length - 1] : 1;
  const cells = amount.values.map(write);
  const widest = Math.max(0, ...cells.map((cell) => cell.length));
  const rows = [];
  for (let start = 0; start < cells.length; start += width || 1) {
    rows.push(
      cells
        .slice(start, start + width)
        .map((cell) => cell.padStart(widest))
        .join("  "),
    );
  }
  return rows.join("\n");
}

export function shapeText(shape) {
  return `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}

function nested(values, shape) {
  if (shape.length === 0) return write(values[0]);
  const [first, ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  const parts = Array.from({ length: first }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
  return `[${parts.join(", ")}]`;
}

/** Tell whether a typed answer is the number: to three digits, or as it is written. */
export function agrees(answer, number) {
  const text = answer.trim().replace(",", ".").replace("−", "-");
  if (text === "") return false;
  const special = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };
  const given = text.toLowerCase() in special ? special[text.toLowerCase()] : Number(text);
  if (Number.isNaN(given)) return Number.isNaN(number) && text.toLowerCase() === "nan";
  if (!Number.isFinite(number) || !Number.isFinite(given)) return given === number;
  return Math.abs(given - number) <= 5e-3 * Math.max(Math.abs(number), 0.01);
}
