/**
 * @file `npm run soak`: a small run on MNIST is killed at random moments and resumed, 20 times, or `-- 1000` times. Each run that
 * gets to its end must have the weights and the record of one that nobody disturbed. `-- 1000 7` repeats the moments of seed 7.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import seedrandom from "seedrandom";
import { packagePath } from "../src/packagePath.js";
import { checkpointFiles } from "./checkpoints.js";
import { METRICS_CSV, METRICS_JSONL, type MetricsRow } from "./metrics.js";

const KILLS = 20;
/** Often enough that many a kill falls into the writing of a checkpoint. */
const CHECKPOINT_EVERY = 2;
const KEEP = 2;
/**
 * Two epochs of 29 steps: a kill may fall into an evaluation, or between it and the checkpoint after it. Everything that a step
 * draws at random is in it.
 */
const RUN =
  "vit-s16 --image 28 --patch 7 --width 16 --depth 1 --heads 2 --data mnist --batch 2048 --epochs 2 --warmup-steps 5" +
  " --augment pad-crop(2)|flip --mixup 0.2 --ema 0.99";
/** One kill in so many falls into the start of the program, where a run reads what the one before has left. */
const START_KILLS = 4;
/** Of what an undisturbed run takes from its first step to its end, the most that a run gets before it is killed. */
const LONGEST_SHARE = 0.3;

interface Ended {
  readonly killed: boolean;
  readonly milliseconds: number;
  /** From the start of the program to the start of training; undefined when it did not get that far. */
  readonly startMilliseconds: number | undefined;
}

/** Trains in a folder, from its newest checkpoint if it has one, until the end or the kill. */
function trainIn(folder: string, killAfterMilliseconds?: number): Promise<Ended> {
  const resume = checkpointFiles(folder).length > 0 ? ["--resume"] : [];
  const keeping = ["--checkpoint-every", String(CHECKPOINT_EVERY), "--keep", String(KEEP), "--out", folder];
  const program = [packagePath("dist/src/cli/main.js"), "train", ...RUN.split(" "), ...keeping, ...resume];
  const began = performance.now();
  let startMilliseconds: number | undefined;
  let notes = "";
  const child = spawn(process.execPath, program, { stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    notes += text;
    if (notes.includes("parameters,")) startMilliseconds ??= performance.now() - began;
  });
  const timer =
    killAfterMilliseconds === undefined
      ? undefined
      : setTimeout(() => child.kill("SIGKILL"), killAfterMilliseconds);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const milliseconds = performance.now() - began;
      if (status === 0) resolve({ killed: false, milliseconds, startMilliseconds });
      else if (signal === "SIGKILL") resolve({ killed: true, milliseconds, startMilliseconds });
      else reject(new Error(`the run failed (${status ?? signal}):\n${notes}`));
    });
  });
}

/** What the clock and the system say of a step. */
const clockless = {
  seconds: undefined,
  waitSeconds: undefined,
  examplesPerSecond: undefined,
  processBytes: undefined,
};

/** What must be the same of two runs: all but that. */
function traceOf(folder: string) {
  const [newest] = checkpointFiles(folder);
  if (!newest) throw new Error(`${folder} has no checkpoint`);
  const rows = readFileSync(join(folder, METRICS_JSONL), "utf8").trimEnd().split("\n");
  const csv = readFileSync(join(folder, METRICS_CSV), "utf8").trimEnd().split("\n").slice(1);
  const record = rows.map((line) => {
    const row = JSON.parse(line) as MetricsRow;
    return JSON.stringify({ ...row, ...clockless });
  });
  const order = rows.map((line) => {
    const { kind, step, epoch } = JSON.parse(line) as MetricsRow;
    return `${kind},${step},${epoch}`;
  });
  return {
    weights: readFileSync(newest.path),
    record,
    csvAgrees: csv.length === order.length && csv.every((line, i) => line.startsWith(`${order[i]},`)),
    steps: order.filter((row) => row.startsWith("step")).length,
    leftovers: readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    checkpoints: checkpointFiles(folder).length,
  };
}

type Trace = ReturnType<typeof traceOf>;

/** What is wrong with a run that was killed and resumed; nothing when all is well. */
function differences(run: Trace, undisturbed: Trace): readonly string[] {
  const first = undisturbed.record.findIndex((row, i) => row !== run.record[i]);
  return [
    ...(run.weights.equals(undisturbed.weights) ? [] : ["the weights differ"]),
    ...(first < 0 ? [] : [`the record differs: ${run.record[first]}, not ${undisturbed.record[first]}`]),
    ...(run.record.length === undisturbed.record.length
      ? []
      : [`${run.record.length} rows, not ${undisturbed.record.length}`]),
    ...(run.csvAgrees ? [] : ["the CSV and the JSON lines differ"]),
    ...(run.leftovers.length === 0 ? [] : [`left behind: ${run.leftovers.join(", ")}`]),
    ...(run.checkpoints === KEEP ? [] : [`${run.checkpoints} checkpoints kept, not ${KEEP}`]),
  ];
}

async function soak(kills: number, seed: string): Promise<readonly string[]> {
  const random = seedrandom(seed);
  const base = mkdtempSync(join(tmpdir(), "willfit-soak-"));
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const reference = await trainIn(join(base, "undisturbed"));
  const undisturbed = traceOf(join(base, "undisturbed"));
  const start = reference.startMilliseconds ?? 0;
  const training = reference.milliseconds - start;
  say(
    `undisturbed: ${undisturbed.steps} steps; ${(start / 1000).toFixed(1)} s to start and ${(training / 1000).toFixed(1)} s to train; seed ${seed}`,
  );
  const moment = () =>
    random() < 1 / START_KILLS ? random() * start : start + random() * training * LONGEST_SHARE;
  const wrong: string[] = [];
  let killed = 0;
  for (let run = 1; killed < kills || run === 1; run++) {
    const folder = join(base, `run${run}`);
    const before = killed;
    while ((await trainIn(folder, killed < kills ? moment() : undefined)).killed) {
      killed++;
      say(
        `run ${run}: kill ${killed} of ${kills}, newest checkpoint ${checkpointFiles(folder)[0]?.step ?? "none"}`,
      );
    }
    const found = differences(traceOf(folder), undisturbed);
    wrong.push(...found.map((what) => `run ${run}: ${what}`));
    say(
      `run ${run}: ended after ${killed - before} kills, ${found.length === 0 ? "identical" : found.join("; ")}`,
    );
    if (found.length === 0) rmSync(folder, { recursive: true });
  }
  if (wrong.length === 0) rmSync(base, { recursive: true });
  else say(`kept for a look: ${base}`);
  return wrong;
}

const [kills = String(KILLS), seed = String(Date.now())] = process.argv.slice(2);
const wrong = await soak(Number(kills), seed);
process.stdout.write(
  wrong.length === 0 ? `${kills} kills: nothing lost, nothing twice\n` : `${wrong.join("\n")}\n`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
