/**
 * @file Quantities as people write them: "32k", "30.75 GiB", "6 h 30 min", "275 TFLOP/s"; in and out.
 *
 * Units are read by mathjs, which knows them all. They are written without it: loading mathjs takes longer
 * (0.7 s) than answering `willfit fit`, and writing needs only the prefixes below.
 */
import { UserError } from "./userError.js";

/** What is being read, for the error message. */
export interface Asked {
  /** As it was given: `--batch`. */
  readonly name: string;
  /** What it ought to be: `a number of examples`. */
  readonly of: string;
  /** Right forms to imitate: `4096, 32k or 1M`. */
  readonly like: string;
}

/** Counts of examples, layers and the like go in powers of 1024, as batch sizes do: 32k is 32,768. */
const countFactors: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function refuse(text: string, { name, of, like }: Asked): UserError {
  return new UserError(`${name} ${text.trim() || '""'}: not ${of}; write ${like}`);
}

/** `digits`, with or without a decimal point, times `factor`, exactly; NaN where that is no whole number. */
function wholeProduct(digits: string, factor: number): number {
  const [whole = "", fraction = ""] = digits.split(".");
  const product = BigInt(whole + fraction) * BigInt(factor);
  const one = 10n ** BigInt(fraction.length);
  return product % one === 0n ? Number(product / one) : Number.NaN;
}

/**
 * Reads a whole number of at least 1: `4096`, `4,096`, `4_096`, `4k`, `1.5k`, `1M` (k = 1024, M = 1024²).
 *
 * @throws UserError with the forms that would be right
 */
export function parseCount(text: string, asked: Asked): number {
  const match = /^(\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*(?:\.\d+)?)\s*([kmg]?)$/i.exec(text.trim());
  if (!match) throw refuse(text, asked);
  const [, digits = "", suffix = ""] = match;
  const value = wholeProduct(digits.replace(/[,_]/g, ""), countFactors[suffix.toLowerCase()]!);
  if (!Number.isSafeInteger(value) || value < 1) {
    const problem = Number.isNaN(value) ? "not a whole number" : value < 1 ? "less than one" : "too large";
    throw new UserError(`${asked.name} ${text.trim()}: ${problem}; write ${asked.like}`);
  }
  return value;
}

/** Every digit, in groups of three: `32,768`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Four significant digits below a hundred and whole numbers above: 30.75, 1.5, 345. */
function digits(value: number, significant: number): number {
  return value >= 10 ** (significant - 1) ? Math.round(value) : Number(value.toPrecision(significant));
}

/** The largest prefix that leaves at least 1 once the value is rounded. */
function prefixed(value: number, step: number, prefixes: readonly string[], significant: number): string {
  let scaled = value;
  let index = 0;
  while (index < prefixes.length - 1 && digits(scaled, significant) >= step) {
    scaled /= step;
    index += 1;
  }
  return `${digits(scaled, significant)} ${prefixes[index]!}`;
}

const binaryPrefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const decimalPrefixes = ["", "k", "M", "G", "T", "P", "E"] as const;

/** `30.75 GiB`; from a hundred on without decimals, `345 GiB`. */
export function formatBytes(bytes: number): string {
  return prefixed(
    bytes,
    1024,
    binaryPrefixes.map((prefix) => `${prefix}B`),
    bytesDigits(bytes),
  );
}

/** Sizes of hundreds are read at a glance, and no prediction is good to four digits of them. */
function bytesDigits(bytes: number): number {
  let scaled = bytes;
  while (scaled >= 1024) scaled /= 1024;
  return scaled >= 100 ? 3 : 4;
}

/** A large number in powers of a thousand: `203.1 M` parameters, `4.574 G` multiply-adds. */
export function formatMagnitude(value: number): string {
  return prefixed(value, 1000, decimalPrefixes, 4).trim();
}

/** `275 TFLOP/s`, `1.2 TB/s`, `1.05 GHz`: powers of a thousand of a unit. */
export function formatRate(value: number, unit: string): string {
  return prefixed(
    value,
    1000,
    decimalPrefixes.map((prefix) => prefix + unit),
    4,
  );
}

/** `2,887`, `0.3125`: examples a second where the unit is said elsewhere. */
export function formatExamplesRate(examplesPerSecond: number): string {
  return digits(examplesPerSecond, 4).toLocaleString("en-US", { maximumSignificantDigits: 15 });
}

/** `2,887 examples/s`, `0.3125 examples/s`. */
export function formatThroughput(examplesPerSecond: number): string {
  return `${formatExamplesRate(examplesPerSecond)} examples/s`;
}

/** Whole dollars: `$1,234`. */
export function formatDollars(dollars: number): string {
  return `$${formatCount(Math.round(dollars))}`;
}

/** A fraction: `30.1 %`. */
export function formatPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`;
}

/** A share of a whole: `26.0 %`, `< 0.1 %`. Finer ones would not be true. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

/** An accuracy, to the hundredth of a percent that papers give: `97.10 %`. */
export function formatAccuracy(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** A relative difference to a tenth of a percent, with its sign: `+3.6 %`, `−0.3 %`. */
export function formatDifference(fraction: number): string {
  const percent = (100 * fraction).toFixed(1);
  if (Number(percent) === 0) return "0 %";
  return percent.startsWith("-") ? `−${percent.slice(1)} %` : `+${percent} %`;
}

export const SECONDS_PER_HOUR = 3600;

const longUnits = [
  // `below` is what the next shorter form rounds to: what it would write as `from` is written in this one.
  { name: "d", seconds: 86_400, smaller: "h", step: 3600, from: 72 * 3600, below: 60 },
  { name: "h", seconds: 3600, smaller: "min", step: 60, from: 3600, below: 1 },
  { name: "min", seconds: 60, smaller: "s", step: 1, from: 60, below: 1 },
] as const;

/** `290 ns`, `138 ms`, `1.33 s`, `2 min 5 s`, `6 h 30 min`, `3 d 4 h`: about three digits. */
export function formatSeconds(seconds: number): string {
  if (digits(seconds, 3) < 60) {
    if (seconds === 0 || digits(seconds, 3) >= 1) return `${digits(seconds, 3)} s`;
    return prefixed(seconds * 1e9, 1000, ["ns", "µs", "ms", "s"], 3);
  }
  const unit = longUnits.find(({ below, from }) => Math.round(seconds / below) * below >= from)!;
  const rounded = Math.round(seconds / unit.step) * unit.step;
  const whole = Math.floor(rounded / unit.seconds);
  const rest = Math.round((rounded - whole * unit.seconds) / unit.step);
  return rest === 0 ? `${whole} ${unit.name}` : `${whole} ${unit.name} ${rest} ${unit.smaller}`;
}

/** Units that a quantity can be asked in; the number that comes back counts them. */
export type Unit = "B" | "s" | "B/s" | "FLOP/s" | "examples/s" | "Hz";

type Reader = (text: string, unit: Unit) => number;

let reader: Promise<Reader> | undefined;

/** mathjs with our units, loaded when the first quantity is read. */
function loadReader(): Promise<Reader> {
  reader ??= import("mathjs").then(({ create, all }) => {
    const math = create(all);
    math.createUnit("FLOP", { prefixes: "short" });
    math.createUnit("example", { aliases: ["examples"] });
    return (text, unit) => math.unit(text).toNumber(unit);
  });
  return reader;
}

/**
 * Reads a quantity with its unit, such as `30.75 GiB`, `6 h 30 min` or `275 TFLOP/s`, into `unit`.
 *
 * @throws UserError with the forms that would be right
 */
export async function parseQuantity(text: string, unit: Unit, asked: Asked): Promise<number> {
  const read = await loadReader();
  // mathjs reads one number with one unit, spells micro with a Latin u and knows no `d`.
  const terms = text
    .trim()
    // Commas between thousands; 1,5 is not 15.
    .replace(/(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])/g, (number) => number.replaceAll(",", ""))
    .replace(/[µμ](?=s\b)/g, "u")
    .match(/[+-]?\d[\d.]*(?:e[+-]?\d+)?\s*[a-z][a-z/]*\s*|.+/gi);
  // Without a number mathjs would read "GiB" as one of them.
  if (!terms?.every((term) => /^[+-]?\d/.test(term))) throw refuse(text, asked);
  try {
    const values = terms.map((term) => read(term.trim().replace(/(?<=[\d\s])d$/, "day"), unit));
    const total = values.reduce((sum, value) => sum + value, 0);
    if (Number.isFinite(total) && values.every((value) => value >= 0)) return total;
  } catch {
    // mathjs says what it stumbled over in its own terms; ours name the option.
  }
  throw refuse(text, asked);
}
