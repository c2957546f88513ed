/** @file A run followed through files that are written step by step, cut, torn and damaged. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { factsOfRun, hostQueryOf } from "../../../../src/cli/dashboard/run/facts.js";
import { type FollowOptions, followRun } from "../../../../src/cli/dashboard/run/follow.js";
import { phaseWord } from "../../../../src/cli/dashboard/run/headerText.js";
import { initialRun, type RunState, runAfter } from "../../../../src/cli/dashboard/run/runState.js";
import { METRICS_JSONL } from "../../../../train/metrics.js";
import { RUN_FILE, type RunFile } from "../../../../train/runFile.js";
import {
  appendRows,
  endedAs,
  evaluationRow,
  NO_PROCESS,
  ofThisProcess,
  replaceRows,
  runFile,
  stepRow,
  stepRows,
  writeRun,
} from "./runFolder.js";
import { facts } from "./scriptedRun.js";

/** The computer may have other things to do. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

const base = mkdtempSync(join(tmpdir(), "willfit-follow-"));
let close = () => {};
afterEach(() => close());
afterAll(() => rmSync(base, { recursive: true }));

/** What the same reducer makes of a run in a folder that the dashboard's own runs have. */
function follow(folder: string, options: FollowOptions = {}) {
  const seen: { state: RunState; run: RunFile | undefined } = { state: initialRun, run: undefined };
  const followed = followRun(
    folder,
    {
      onRun: (run) => {
        seen.run = run;
      },
      onEvents: (events) => {
        seen.state = events.reduce(runAfter, seen.state);
      },
    },
    { pollMilliseconds: 5, ...options },
  );
  close = followed.close;
  return seen;
}

const folderOf = (name: string) => {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

const losses = ({ losses: { bins } }: RunState) => bins.map(({ sum }) => sum);

it("shows steps and evaluations as they come", async () => {
  const folder = folderOf("grows");
  writeRun(folder, ofThisProcess);
  const seen = follow(folder);
  expect(seen.run).toEqual(ofThisProcess);
  expect(seen.state).toMatchObject({ steps: 180, parameters: 208_074, firstStep: 0 });
  expect(phaseWord(seen.state, facts)).toBe("first step");
  appendRows(folder, stepRows(1, 3));
  await soon(() => expect(seen.state.last?.step).toBe(3));
  expect(losses(seen.state)).toEqual([1, 2, 3].map((step) => stepRow(step).loss));
  // Of 0.25 s each: half is the step, half was waiting.
  expect(seen.state.last).toMatchObject({ epoch: 0, secondsLeft: 177 * 0.25, examplesPerSecond: 512 });
  expect(seen.state.recent.map(({ endedAtSeconds }) => endedAtSeconds)).toEqual([0.25, 0.5, 0.75]);
  expect(seen.state.peakBytes).toBe(88_400_000);
  expect(seen.state.last?.processBytes).toBe(700 * 2 ** 20);
  appendRows(folder, [...stepRows(4, 60), evaluationRow(1, 0.8926)]);
  await soon(() => expect(seen.state.evaluations).toHaveLength(1));
  expect(seen.state.log).toEqual(["epoch 1: test accuracy 89.26 %, top-5 99.00 %"]);
  expect(phaseWord(seen.state, facts)).toBe("training");
});

it("waits for a last line that is torn, and skips what is none", async () => {
  const folder = folderOf("torn");
  writeRun(folder, ofThisProcess);
  appendRows(folder, stepRows(1, 2));
  const third = `${JSON.stringify(stepRow(3))}\n`;
  appendFileSync(join(folder, METRICS_JSONL), `\u0000\n${third.slice(0, 30)}`);
  const seen = follow(folder);
  expect(seen.state.last?.step).toBe(2);
  appendFileSync(join(folder, METRICS_JSONL), third.slice(30));
  await soon(() => expect(losses(seen.state)).toHaveLength(3));
});

it("begins anew when the record is cut by a run that goes on, and says nothing twice", async () => {
  const folder = folderOf("cut");
  writeRun(folder, ofThisProcess);
  appendRows(folder, [...stepRows(1, 60), evaluationRow(1, 0.8926), ...stepRows(61, 70)]);
  const seen = follow(folder);
  const { log } = seen.state;
  expect(seen.state.last?.step).toBe(70);
  replaceRows(folder, [...stepRows(1, 60), evaluationRow(1, 0.8926)]);
  await soon(() => expect(seen.state.last?.step).toBe(60));
  expect(losses(seen.state)).toHaveLength(60);
  expect(seen.state.evaluations).toHaveLength(1);
  expect(seen.state.log).toEqual(log);
  // The next steps are more than were cut off, before anyone looks.
  replaceRows(folder, stepRows(1, 90));
  await soon(() => expect(losses(seen.state)).toHaveLength(90));
});

it.each(["finished", "stopped", "failed"] as const)(
  "tells that a run has %s, after its last step",
  async (how) => {
    const folder = folderOf(how);
    writeRun(folder, ofThisProcess);
    const seen = follow(folder);
    expect(seen.state.outcome).toBeUndefined();
    appendRows(folder, stepRows(1, 180));
    writeRun(folder, endedAs(how, how === "failed" ? "the loss of step 181 is not a number" : undefined));
    await soon(() => expect(seen.state.outcome).toBe(how));
    expect(seen.state.last?.step).toBe(180);
    expect(phaseWord(seen.state, facts)).toBe(how);
    expect(seen.state.log).toEqual(how === "failed" ? ["the loss of step 181 is not a number"] : []);
  },
);

it("tells that the process of a run is gone, or that its number is another program's now", () => {
  const folder = folderOf("killed");
  writeRun(folder, { ...runFile, processId: NO_PROCESS });
  appendRows(folder, stepRows(1, 5));
  const seen = follow(folder);
  expect(seen.state).toMatchObject({ outcome: "killed", last: { step: 5 } });
  close();
  // This process was not started with these arguments; only Linux tells.
  writeRun(folder, runFile);
  const again = follow(folder);
  if (process.platform === "linux") expect(again.state.outcome).toBe("killed");
});

it("tells that a run goes on again", async () => {
  const folder = folderOf("resumed");
  writeRun(folder, endedAs("stopped"));
  appendRows(folder, stepRows(1, 5));
  const seen = follow(folder);
  expect(seen.state.outcome).toBe("stopped");
  writeRun(folder, { ...ofThisProcess, resumedAt: "2026-11-26T11:00:00.000Z" });
  await soon(() => expect(seen.state.outcome).toBeUndefined());
  appendRows(folder, stepRows(6, 7));
  await soon(() => expect(losses(seen.state)).toHaveLength(7));
});

it("waits for the run of a process, whatever there was before", async () => {
  const folder = join(base, "expected");
  const seen = follow(folder, { processId: process.pid });
  expect(seen.run).toBeUndefined();
  writeRun(folder, { ...endedAs("stopped"), processId: NO_PROCESS });
  appendRows(folder, stepRows(1, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen.run).toBeUndefined();
  expect(seen.state).toEqual(initialRun);
  writeRun(folder, ofThisProcess);
  await soon(() => expect(seen.state.last?.step).toBe(5));
});

it("shows rows of a version that did not measure memory", () => {
  const folder = folderOf("earlier");
  writeRun(folder, ofThisProcess);
  const rows = stepRows(1, 4).map(({ peakBytes, processBytes, ...row }) => row);
  appendRows(folder, rows);
  const { state } = follow(folder);
  expect(losses(state)).toHaveLength(4);
  expect(state.peakBytes).toBeUndefined();
  expect(state.last?.processBytes).toBeUndefined();
});

it("refuses a folder that is not there, or of which it is not known what it is", () => {
  expect(() => follow(join(base, "nowhere"))).toThrow(/nowhere has no run\.json/);
  const folder = folderOf("damaged");
  writeFileSync(join(folder, RUN_FILE), "{}");
  expect(() => follow(folder)).toThrow(/run\.json is damaged: model/);
});

it("says once that a file has become unreadable, and goes on", async () => {
  const folder = folderOf("spoilt");
  writeRun(folder, ofThisProcess);
  const seen = follow(folder);
  writeFileSync(join(folder, RUN_FILE), "{");
  await soon(() => expect(seen.state.log).toEqual([expect.stringContaining("damaged: not JSON")]));
  appendRows(folder, stepRows(1, 2));
  await soon(() => expect(seen.state.last?.step).toBe(2));
  expect(seen.state.log).toHaveLength(1);
});

it("looks no more once it is closed, by whoever is told", async () => {
  const folder = folderOf("closed");
  writeRun(folder, ofThisProcess);
  const steps: number[] = [];
  const followed = followRun(
    folder,
    {
      onRun: () => {},
      onEvents: (events) => {
        for (const event of events) {
          if (event.kind !== "stepped") continue;
          steps.push(event.progress.step);
          followed.close();
        }
      },
    },
    { pollMilliseconds: 5 },
  );
  appendRows(folder, stepRows(1, 1));
  await soon(() => expect(steps).toEqual([1]));
  appendRows(folder, stepRows(2, 2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(steps).toEqual([1]);
});

it("gives the facts and the question to predict by", () => {
  expect(factsOfRun(runFile, facts.out!, facts.predicted)).toEqual(facts);
  expect(hostQueryOf(runFile)).toMatchObject({ model: "vit-s16", hardware: "host", globalBatch: 128 });
  expect(hostQueryOf(runFile).plan).not.toHaveProperty("globalBatch");
  // The project's own profile says nothing of how WebAssembly runs it.
  const elsewhere = { ...runFile, backend: { name: "wasm", version: "4.22.0" } };
  expect(() => hostQueryOf(elsewhere)).toThrow("willfit calibrate --backend wasm makes one");
});
