/**
 * @file A table of measured steps: a CSV file with a line of names, in which a step is a line, its options columns as the command
 * line names them.
 */
import { CsvError, parse } from "csv-parse/sync";
import type { MeasuredStep } from "../../sim/calibrateFrom.js";
import { trainingStepOf } from "../../sim/query.js";
import { optionFlag } from "../models/options.js";
import { readText } from "../readText.js";
import { nearestName } from "../units/nearestName.js";
import { formatCount, parseCount, parseQuantity } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { BATCH, modelOptionsFrom, modelValues, planFrom, planValues } from "./planOptions.js";

/** Each is traced, and predicted by a fit of the others: more than these would take hours, and a handful says as much. */
const MOST_STEPS = 1000;

const REQUIRED = ["model", "batch", "stepSeconds"] as const;
const PEAK = "peakBytes";

/** `--text-length` as a column: `text-length`. */
const columnOf = (name: string) => optionFlag(name).slice("--".length);

interface Line {
  readonly number: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** @throws UserError naming the file when it cannot be read or is no table */
function linesOf(path: string): readonly Line[] {
  const text = readText(path);
  try {
    const columns = (names: readonly string[]) => {
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice === undefined) return [...names];
      throw new UserError(`${path}, line 1: the column ${twice || '""'} is there twice`);
    };
    const records: { readonly record: Record<string, string>; readonly info: { readonly lines: number } }[] =
      parse(text, { columns, info: true, trim: true, bom: true, skip_empty_lines: true });
    return records.map(({ record, info }) => ({ number: info.lines, cells: record }));
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof CsvError) throw new UserError(`${path}, line ${error.lines}: ${error.message}`);
    throw error;
  }
}

/** @throws UserError for a column that is missing or that nobody knows */
function checkColumns(path: string, names: readonly string[]): void {
  const missing = REQUIRED.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new UserError(
      `${path}, line 1: the column ${missing} is missing; the first line names the columns, at least ${REQUIRED.join(",")}`,
    );
  const known = [...REQUIRED, PEAK, ...[...planValues(), ...modelValues()].map(({ name }) => columnOf(name))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UserError(`${path}, line 1: unknown column "${unknown}"; ${nearestName(unknown, known)}`);
}

/** @throws UserError naming file, line and column, and what would be right */
async function measurementOf(path: string, { number, cells }: Line): Promise<MeasuredStep> {
  const place = `${path}, line ${number}`;
  const inColumn = async <T>(column: string, read: (text: string) => T | Promise<T>): Promise<T> => {
    const text = cells[column] ?? "";
    if (text === "") throw new UserError(`${place}, column ${column}: empty`);
    try {
      return await read(text);
    } catch (error) {
      // What reads an option begins with its flag; here the column says which.
      if (error instanceof UserError)
        throw new UserError(`${place}, column ${column}: ${error.message.replace(/^--\S+ /, "")}`);
      throw error;
    }
  };
  const given = [...planValues(), ...modelValues()].filter(({ name }) => cells[columnOf(name)]);
  const flags: Record<string, string | number> = {};
  for (const { name, parse: read } of given) flags[name] = await inColumn(columnOf(name), read);
  const model = await inColumn("model", (text) => text);
  const globalBatch = await inColumn("batch", (text) => parseCount(text, BATCH));
  const stepSeconds = await inColumn("stepSeconds", readSeconds);
  const peakBytes = cells[PEAK] ? await inColumn(PEAK, readBytes) : undefined;
  const query = { model, modelOptions: modelOptionsFrom(flags), plan: planFrom(flags), globalBatch };
  const options = Object.entries(flags).map(([name, value]) => `${columnOf(name)} ${value}`);
  return { query, name: [model, globalBatch, ...options].join(", "), stepSeconds, peakBytes };
}

/** `0.0355`, or with a unit: `35.5 ms`. */
async function readSeconds(text: string): Promise<number> {
  const asked = { name: "--seconds", of: "a time", like: "0.0355 (seconds) or 35.5 ms" };
  const seconds = await parseQuantity(/[a-z]$/i.test(text) ? text : `${text} s`, "s", asked);
  if (seconds > 0) return seconds;
  throw new UserError(`${text}: not a time; write ${asked.like}`);
}

/** `6578065336`, or with a unit: `6.1 GiB`. */
async function readBytes(text: string): Promise<number> {
  const asked = { name: "--bytes", of: "an amount of memory", like: "6578065336 (bytes) or 6.1 GiB" };
  const bytes = await parseQuantity(/[a-z]$/i.test(text) ? text : `${text} B`, "B", asked);
  if (bytes > 0) return bytes;
  throw new UserError(`${text}: not an amount of memory; write ${asked.like}`);
}

/**
 * Reads a table of measured steps.
 *
 * @param devices of the machine, where a line does not say another number
 * @throws UserError naming the file, the line and the column that is not right
 */
export async function readMeasurements(path: string, devices: number): Promise<readonly MeasuredStep[]> {
  const lines = linesOf(path);
  if (lines.length === 0)
    throw new UserError(`${path}: no measured step; below a line ${REQUIRED.join(",")} comes one for each`);
  if (lines.length > MOST_STEPS)
    throw new UserError(
      `${path}: ${formatCount(lines.length)} measured steps; at most ${formatCount(MOST_STEPS)}, of which a few of different models say most`,
    );
  checkColumns(path, Object.keys(lines[0]!.cells));
  const measurements: MeasuredStep[] = [];
  const lineOf = new Map<string, number>();
  for (const line of lines) {
    const measurement = await measurementOf(path, line);
    const known = lineOf.get(measurement.name);
    // What is left out of a fit to see how good it is must not be in it a second time.
    if (known !== undefined)
      throw new UserError(
        `${path}, line ${line.number}: the step of line ${known} again; give the mean of both in one line`,
      );
    lineOf.set(measurement.name, line.number);
    try {
      trainingStepOf(measurement.query, devices);
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`${path}, line ${line.number}: ${error.message}`);
      throw error;
    }
    measurements.push(measurement);
  }
  return measurements;
}
