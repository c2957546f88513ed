/** @file The built executable in processes of its own, and a training run so small that it can be ended often. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { expect, vi } from "vitest";
import { packagePath } from "../../src/packagePath.js";

export const executable = packagePath("dist/src/cli/main.js");

/** Skips a test where nothing is built. */
export function needsBuild(skip: (note: string) => void): void {
  if (!existsSync(executable)) skip("the executable is not built: npm run build");
}

/** A folder of a test file's own. */
export function testFolder(name: string): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `willfit-faults-${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Ended {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is different of a process. */
export type Around = Pick<Options, "cwd" | "env" | "extendEnv" | "uid" | "gid">;

export interface Running {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
  /** What it has said on standard error so far. */
  readonly said: () => string;
}

/** Starts any program. */
export function startProgram(program: string, args: readonly string[], around: Around = {}): Running {
  const child = execa(program, args, { reject: false, stdin: "ignore", stripFinalNewline: false, ...around });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = async (): Promise<Ended> => {
    const { exitCode, signal, stdout, stderr } = await child;
    return { status: exitCode, signal, stdout: String(stdout), stderr: String(stderr) };
  };
  return { pid: child.pid!, kill: (signal) => child.kill(signal), ended: ended(), said: () => said };
}

/** Starts `willfit` with arguments separated by spaces. */
export const start = (line: string, around: Around = {}): Running =>
  startProgram(process.execPath, [executable, ...line.split(" ")], around);

/** Runs `willfit` with arguments separated by spaces. */
export const willfit = (line: string, around: Around = {}): Promise<Ended> => start(line, around).ended;

/** Whether a user can run the program, by user. */
const readers = new Map<number | undefined, Promise<boolean>>();

const canRead = (around: Around) =>
  willfit("--version", around).then(
    ({ status }) => status === 0,
    () => false,
  );

/** Skips a test in which another user runs the program where that one cannot read it. */
export async function needsReader(around: Around, skip: (note: string) => void): Promise<void> {
  const reads = readers.get(around.uid) ?? canRead(around);
  readers.set(around.uid, reads);
  if (!(await reads)) skip("another user cannot read this project, so that it cannot be refused anything");
}

/** Runs a line of a shell, in which `$willfit` is the program. */
export const shell = (line: string, around: Around = {}): Promise<Ended> =>
  startProgram("bash", ["-c", line.replaceAll("$willfit", `"${process.execPath}" "${executable}"`)], around)
    .ended;

/** A process may take its time where the computer has other things to do. */
export const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 60_000, interval: 10 });

/** Longer than a command takes to begin what signals end, where the system does not tell. */
const PATIENCE_MILLISECONDS = 5000;

/** Until a process listens to signals: to SIGHUP, which is nobody's but ours. */
export async function listening({ pid }: Running): Promise<void> {
  if (process.platform !== "linux")
    return new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
  await soon(() => {
    const [, caught = ""] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    // The first bit is the first signal's.
    expect(BigInt(`0x${caught}`) & 1n).toBe(1n);
  });
}

function idx(shape: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((size, d) => {
    header.writeInt32BE(size, 4 + 4 * d);
  });
  return Buffer.concat([header, bytes]);
}

/** Side and numbers of the images, and of their classes. */
const [SIDE, TRAIN, TEST, CLASSES] = [8, 64, 16, 3];

/** Writes a data set of the smallest kind. @returns its folder */
export function writeTinyData(folder: string): string {
  const data = join(folder, "data");
  mkdirSync(data);
  for (const [split, count] of [["train", TRAIN] as const, ["t10k", TEST] as const]) {
    const pixels = Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => i * 37);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
    writeFileSync(join(data, `${split}-images-idx3-ubyte`), idx([count, SIDE, SIDE], pixels));
    writeFileSync(join(data, `${split}-labels-idx1-ubyte`), idx([count], labels));
  }
  return data;
}

/** Steps of an epoch of the run below. */
export const STEPS_PER_EPOCH = 8;

/** The run: a step takes milliseconds, on a backend that is everywhere and starts at once. */
export const tinyRun = (data: string, epochs: number): string =>
  `train vit-s16 --patch 4 --width 8 --depth 1 --heads 1 --data ${data} --batch ${TRAIN / STEPS_PER_EPOCH} --epochs ${epochs} --backend wasm`;

/** Of which nobody waits for the end. */
export const ENDLESS = 100_000;

/** Files of a folder that are only there while another is written. */
export const leftovers = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".tmp") || name.endsWith(".lock"));

/** Steps in the record of a run. */
export function stepsIn(out: string): readonly number[] {
  const rows = readFileSync(join(out, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  return rows.flatMap((line) => {
    const { kind, step } = JSON.parse(line) as { readonly kind: string; readonly step: number };
    return kind === "step" ? [step] : [];
  });
}
