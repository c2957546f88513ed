/**
 * @file Sums of a page, done again. A block marked `arithmetic` has statements such as
 *
 *     matrix = 25,088 × 384 / clockHertz
 *            = 25,088 × 384 / 940 MHz
 *            = 10.2 ms
 *
 * whose sides all have to be the same, to the last digit of those that are but a number. A statement may begin with a name, by
 * which later ones mean its value. Other names are the constants of a hardware profile.
 */
import { evaluate } from "mathjs";
import { type Fence, fencesOf } from "./page.js";

export interface Statement {
  /** What later statements call it. */
  readonly name?: string;
  /** At least two. */
  readonly sides: readonly string[];
}

const NAME = /^[a-z][A-Za-z]*$/;

function statementsOf({ lines }: Fence): readonly Statement[] {
  const texts: string[] = [];
  for (const line of lines) {
    if (/^\s/.test(line)) texts[texts.length - 1] += ` ${line.trim()}`;
    else if (line !== "") texts.push(line);
  }
  return texts.map((text) => {
    const [first = "", ...sides] = text.split(/(?:^|\s+)=\s+/).map((side) => side.trim());
    return NAME.test(first) && sides.length > 1 ? { name: first, sides } : { sides: [first, ...sides] };
  });
}

export const sumsOf = (page: string): readonly Statement[] =>
  fencesOf(page, "arithmetic").flatMap(statementsOf);

const units: Readonly<Record<string, number>> = {
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  hours: 3600,
  bytes: 1,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  MHz: 1e6,
  "GB/s": 1e9,
  GFLOP: 1e9,
  "TFLOP/s": 1e12,
  "%": 0.01,
};

const QUANTITY = new RegExp(
  `(\\d[\\d,]*(?:\\.\\d+)?)(?: (${Object.keys(units).join("|")})(?![A-Za-z/]))?`,
  "g",
);

/** As mathjs reads it: `(940 * 1000000)` for `940 MHz`. */
const expressionOf = (side: string) =>
  side
    .replace(QUANTITY, (_, digits: string, unit?: string) => {
      const number = digits.replaceAll(",", "");
      return unit === undefined ? number : `(${number} * ${units[unit]!})`;
    })
    .replaceAll("×", "*")
    .replaceAll("−", "-")
    .replaceAll("²", "^2");

/** Half of the last digit of a side that is but a number; undefined for one that is to be computed. */
function roundingOf(side: string): number | undefined {
  const [match, digits = "", unit] = [...side.matchAll(QUANTITY)][0] ?? [];
  if (match !== side) return undefined;
  const decimals = digits.split(".")[1]?.length ?? 0;
  return (10 ** -decimals / 2) * (unit === undefined ? 1 : units[unit]!);
}

/** Constants, by name and by group and name. */
export type Constants = Readonly<Record<string, unknown>>;

/** The constants of a profile without their sources. */
export function constantsOf(profile: object): Constants {
  const plain = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null || Array.isArray(node)) return node;
    if ("value" in node) return node.value;
    return constantsOf(node);
  };
  return Object.fromEntries(Object.entries(profile).map(([key, node]) => [key, plain(node)]));
}

/** A statement whose sides are not the same, and what they are. */
export interface WrongSum {
  readonly statement: string;
  readonly values: readonly number[];
}

/** Does sums one after the other. @returns those that are wrong */
export function wrongSums(statements: readonly Statement[], constants: Constants): readonly WrongSum[] {
  const known: Record<string, unknown> = { ...constants };
  return statements.flatMap(({ name, sides }) => {
    const values = sides.map((side): number => evaluate(expressionOf(side), { ...known }));
    const [exact] = values as [number];
    if (name !== undefined) known[name] = exact;
    const roundings = sides.map(roundingOf);
    const last = roundings.at(-1);
    const isWrong = values.some((value, i) => {
      // What is computed of rounded numbers is as good as the figure that it ends in.
      const allowed = roundings[i] ?? last ?? 0;
      return Math.abs(value - exact) > allowed * (1 + 1e-9) + Math.abs(exact) * 1e-12;
    });
    return isWrong ? [{ statement: sides.join(" = "), values }] : [];
  });
}
