/**
 * @file What a run's folder says of the run beside its record: what started it and how it is to go on, what it trains, and how it
 * ended. Whoever finds the folder can show the run, and resume it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { planSchema } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { writeWhole } from "../src/writeWhole.js";
import { measures } from "./measure.js";

export const RUN_FILE = "run.json";

const commandSchema = z.object({
  /** After `willfit`. */
  arguments: z.array(z.string()),
  /** Where it was given: what data and folders are relative to. */
  directory: z.string(),
});

const endSchema = z.object({
  how: z.enum(["finished", "stopped", "failed"]),
  at: z.iso.datetime(),
  /** The line that was said of a failure. */
  error: z.string().exactOptional(),
});

const runFileSchema = z.object({
  /** The command line that started it; absent where a program did. */
  command: commandSchema.exactOptional(),
  model: z.string(),
  /** All of them, as the model has them. */
  modelOptions: z.record(z.string(), z.union([z.number(), z.string()])),
  plan: planSchema,
  data: z.string(),
  classes: z.array(z.string()),
  /** What its evaluations measure. */
  measure: z.enum(measures),
  backend: z.object({ name: z.string(), version: z.string() }),
  parameters: z.int(),
  epochs: z.int(),
  stepsPerEpoch: z.int(),
  /** Of all epochs. */
  steps: z.int(),
  processId: z.int(),
  startedAt: z.iso.datetime(),
  /** When it went on, the last time. */
  resumedAt: z.iso.datetime().exactOptional(),
  /** Absent while it goes, and of a run that was killed. */
  end: endSchema.exactOptional(),
});

/** The command line of a run. */
export type RunCommand = Readonly<z.infer<typeof commandSchema>>;
export type RunEnd = Readonly<z.infer<typeof endSchema>>;
export type RunFile = Readonly<z.infer<typeof runFileSchema>>;

/** @throws UserError when there is none in the folder, or it is damaged */
export function readRunFile(folder: string): RunFile {
  const path = join(folder, RUN_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new UserError(`could not read ${path}: ${message}`);
    throw new UserError(`${folder} has no ${RUN_FILE}: no run, or one of an earlier version of willfit`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path} is damaged: not JSON`);
  }
  const parsed = runFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(`${path} is damaged: ${issue!.path.join(".") || "all of it"}: ${issue!.message}`);
}

/** What is known of a run when it starts or goes on. */
export type RunStart = Omit<RunFile, "processId" | "startedAt" | "resumedAt" | "end">;

export interface OpenRunFile {
  /** Writes down how the run ended. @throws UserError when it cannot be written */
  readonly end: (end: Omit<RunEnd, "at">) => void;
}

/** When the run began that goes on now, as far as the folder tells. */
function firstStart(folder: string): string | undefined {
  try {
    return readRunFile(folder).startedAt;
  } catch (error) {
    // What is there of it is written anew.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Writes down that a run has started, or goes on.
 *
 * @throws UserError when the file cannot be written
 */
export function openRunFile(folder: string, start: RunStart, { resumed }: { readonly resumed: boolean }) {
  const now = () => new Date().toISOString();
  const began = now();
  const run: RunFile = {
    ...start,
    processId: process.pid,
    startedAt: (resumed ? firstStart(folder) : undefined) ?? began,
    ...(resumed && { resumedAt: began }),
  };
  const write = (file: RunFile) => writeWhole(join(folder, RUN_FILE), `${JSON.stringify(file, null, 2)}\n`);
  write(run);
  const opened: OpenRunFile = { end: (end) => write({ ...run, end: { ...end, at: now() } }) };
  return opened;
}
