/** @file Options that take several values with commas between them, and every combination of them. */
import { Option } from "commander";
import { hardwareNames } from "../../sim/hardware.js";
import type { Query } from "../../sim/query.js";
import { type ModelOptions, optionFlag } from "../models/options.js";
import { planSchema } from "../transforms/plan.js";
import { orList } from "../units/orList.js";
import { formatCount, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { type AsOption, BATCH, modelWords, planWords } from "./planOptions.js";

type Value = string | number;

/** What commander makes of list options. */
export interface ListFlags {
  readonly [option: string]: readonly Value[] | Value | boolean | undefined;
}

/** `a,b` as its parts, each once. @throws UserError when one is empty */
export function splitList(flag: string, text: string): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.includes("")) throw new UserError(`${flag} ${text}: a value is missing beside a comma`);
  return [...new Set(parts)];
}

/** An option that takes a list. The names within one value of --remat are joined with +, as commas go between values. */
export const listOption: AsOption = ({ name, placeholder, words, parse }) => {
  const flag = optionFlag(name);
  const isNames = name === "remat";
  const one = (part: string) => parse(isNames ? part.replaceAll("+", ",") : part);
  return new Option(
    `${flag} <${placeholder},…>`,
    isNames ? words.replace("attention,mlp", "attention+mlp") : words,
  ).argParser((text) => [...new Set(splitList(flag, text).map(one))]);
};

/** `--on a,b` */
export function hardwareListOption(): Option {
  return new Option(
    "--on <hardware,…>",
    "machines of `willfit hardware`, or JSON files like its profiles",
  ).argParser((text) => splitList("--on", text));
}

/** `--batch 1k,2k` */
export function batchListOption(): Option {
  return new Option(
    "--batch <examples,…>",
    "examples a step, over all devices: 1k,2k,4k (k = 1024)",
  ).argParser((text) => [...new Set(splitList("--batch", text).map((part) => parseCount(part, BATCH)))]);
}

/** @throws UserError when there is none */
export function requireHardware(on: readonly string[] | undefined): readonly string[] {
  if (on) return on;
  throw new UserError(`--on is missing: say which machines, of ${orList(hardwareNames())}`);
}

/**
 * The most that is predicted at once: a row is some 3 kB, all of which are kept until the last is there, and takes some
 * milliseconds.
 */
const MOST_CONFIGURATIONS = 100_000;

/** @throws UserError when lists of so many values have more combinations than are predicted at once */
export function checkConfigurations(counts: readonly number[]): void {
  const total = counts.reduce((product, count) => product * count, 1);
  if (total <= MOST_CONFIGURATIONS) return;
  throw new UserError(
    `${formatCount(total)} combinations are asked for, and at most ${formatCount(MOST_CONFIGURATIONS)} are predicted at once: fewer values, or a sweep for each model`,
  );
}

/** Every combination of the given values; the last option's vary fastest. */
function combinations(
  flags: ListFlags,
  names: readonly string[],
): readonly Readonly<Record<string, Value>>[] {
  const lists = names.flatMap((name) => {
    const values = flags[name];
    return Array.isArray(values) ? [{ name, values: values as readonly Value[] }] : [];
  });
  checkConfigurations(lists.map(({ values }) => values.length));
  let all: readonly Readonly<Record<string, Value>>[] = [{}];
  for (const { name, values } of lists)
    all = all.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
  return all;
}

export function modelOptionLists(flags: ListFlags): readonly ModelOptions[] {
  return combinations(flags, Object.keys(modelWords));
}

export function planLists(flags: ListFlags): readonly Query["plan"][] {
  const schema = planSchema.omit({ globalBatch: true }).exactPartial();
  return combinations(flags, Object.keys(planWords)).map((plan) => schema.parse(plan));
}
