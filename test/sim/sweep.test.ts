/** @file Sweeps: their order, their Pareto frontier, and going on from a journal that was cut anywhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../sim/hardware.js";
import { onFrontier } from "../../sim/pareto.js";
import { runHere, type SweepQuestion, sweep, sweepTasks } from "../../sim/sweep.js";
import { runTask, type TaskOutcome } from "../../sim/sweepTask.js";
import { journalPath, openJournal } from "../../src/cli/journal.js";
import { willfit } from "../cli/capture.js";

const tiny = { image: 32, width: 16, depth: 1, heads: 1 };
const question: SweepQuestion = {
  models: ["vit-s16", "vit-ti16"],
  modelOptions: [tiny],
  hardware: ["tpu-v4x4", "tpu-v3-8"],
  plans: [{ remat: "block" }, { remat: "none" }],
  batches: [64, 8, 12],
};

describe("the frontier", () => {
  it("is what no other candidate beats, as brute force finds it", () => {
    // Few different values, so that many are equal.
    const candidate = fc.record({ peakBytes: fc.nat(6), examplesPerSecond: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 30 }), (candidates) => {
        const beaten = candidates.map(({ peakBytes, examplesPerSecond }) =>
          candidates.some(
            (other) =>
              other.examplesPerSecond >= examplesPerSecond &&
              other.peakBytes <= peakBytes &&
              (other.examplesPerSecond > examplesPerSecond || other.peakBytes < peakBytes),
          ),
        );
        expect(onFrontier(candidates)).toEqual(beaten.map((it) => !it));
      }),
    );
  });
});

describe("a sweep", () => {
  it("comes by model, machine, plan and batch, as given, in whatever order tasks are done", async () => {
    const forward = await sweep(question);
    const backward = await sweep(question, {
      run: async (tasks, indices, done) => runHere(tasks, [...indices].reverse(), done),
    });
    expect(backward).toEqual(forward);
    const names = forward.rows.map(({ model, hardware, plan, globalBatch }) =>
      [model, hardware, plan.remat, globalBatch].join(" "),
    );
    expect(names.slice(0, 8)).toEqual([
      "vit-s16 tpu-v4x4 block 64",
      "vit-s16 tpu-v4x4 block 8",
      "vit-s16 tpu-v4x4 block 12",
      "vit-s16 tpu-v4x4 none 64",
      "vit-s16 tpu-v4x4 none 8",
      "vit-s16 tpu-v4x4 none 12",
      "vit-s16 tpu-v3-8 block 64",
      "vit-s16 tpu-v3-8 block 8",
    ]);
    expect(names[10]).toBe("vit-ti16 tpu-v4x4 block 64");
    // Twelve does not divide among eight devices: two models, two plans.
    expect(forward.leftOut).toMatchObject({ count: 4, reason: expect.stringContaining("does not divide") });
  });

  it("asks of one tower once, whatever the losses", () => {
    const plans = [{ loss: "sigmoid" }, { loss: "softmax" }] as const;
    const tasks = sweepTasks({
      ...question,
      models: ["vit-s16", "siglip-b16"],
      plans,
      hardware: ["tpu-v3-8"],
    });
    expect(tasks.map(({ model, plan }) => `${model} ${plan.loss}`)).toEqual([
      "vit-s16 sigmoid",
      "siglip-b16 sigmoid",
      "siglip-b16 softmax",
    ]);
  });

  it("runs what is not known only", async () => {
    const tasks = sweepTasks(question);
    const known = new Map(tasks.map((task, index) => [index, runTask(task)]));
    known.delete(3);
    const done: number[] = [];
    const resumed = await sweep(question, { known, onTask: (index) => done.push(index) });
    expect(done).toEqual([3]);
    expect(resumed).toEqual(await sweep(question));
  });

  it("ends when its signal says so", async () => {
    const controller = new AbortController();
    const ended = sweep(question, { signal: controller.signal, onTask: () => controller.abort() });
    await expect(ended).rejects.toThrow();
  });
});

describe("going on from a journal", () => {
  const folder = mkdtempSync(join(tmpdir(), "willfit-sweep-"));
  const output = join(folder, "sweep.csv");
  const line = `sweep vit-s16 --image 32 --width 16 --depth 1 --heads 1 --on tpu-v3-8 --batch 8,16 --remat none,block --output ${output}`;
  let expected = "";
  let journal = Buffer.alloc(0);
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const { status, stdout } = await willfit(line);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expected = readFileSync(output, "utf8");
    // The journal of that run, had it been stopped at its very end.
    const plans = [{ remat: "none" }, { remat: "block" }];
    const asked = {
      models: ["vit-s16"],
      modelOptions: [tiny],
      hardware: ["tpu-v3-8"],
      plans,
      batches: [8, 16],
    };
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    // The command line has model options in an order of its own.
    const modelOptions = [{ image: 32, width: 16, depth: 1, heads: 1 }];
    const kept = openJournal<TaskOutcome>(journalPath(output), {
      willfit: version,
      sweep: { ...asked, modelOptions },
    });
    sweepTasks({ ...asked, modelOptions }).forEach((task, index) => {
      kept.append(index, runTask(task));
    });
    journal = readFileSync(journalPath(output));
  });

  it("gives the same file, wherever the journal was cut", async () => {
    const header = journal.indexOf("\n");
    const first = journal.indexOf("\n", header + 1);
    const cuts = [
      0,
      1,
      header,
      header + 1,
      header + 50,
      first,
      first + 1,
      first + 99,
      journal.length - 1,
      journal.length,
    ];
    // And anywhere else.
    cuts.push(...fc.sample(fc.nat(journal.length), { numRuns: 15, seed: 1 }));
    for (const cut of cuts) {
      writeFileSync(journalPath(output), journal.subarray(0, cut));
      rmSync(output, { force: true });
      const { status, stderr } = await willfit(line);
      expect({ cut, status, text: readFileSync(output, "utf8") }).toEqual({ cut, status: 0, text: expected });
      const tasksDone = cut > first ? (cut === journal.length ? 4 : 2) : 0;
      if (tasksDone > 0) expect(stderr).toContain(`${tasksDone} of 4 configurations are done`);
      else expect(stderr).not.toContain("going on");
    }
  });

  it("does again what a disk has spoilt in the middle", async () => {
    const [header = "", first = "", ...others] = journal.toString("utf8").split("\n");
    for (const spoilt of ["\0".repeat(first.length), first.slice(10), "null"]) {
      writeFileSync(journalPath(output), [header, spoilt, ...others].join("\n"));
      const { status, stderr } = await willfit(line);
      expect(stderr).toContain("going on from");
      expect({ status, text: readFileSync(output, "utf8") }).toEqual({ status: 0, text: expected });
    }
  });

  it("refuses another question's", async () => {
    writeFileSync(journalPath(output), journal);
    const { status, stderr } = await willfit(line.replace("8,16", "8,32"));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^willfit: .*sweep\.csv\.partial is the journal of another question[^\n]*\n$/);
    expect(readFileSync(journalPath(output))).toEqual(journal);
  });

  it("refuses that of a machine whose file has changed since", async () => {
    const chip = join(folder, "chip.json");
    const ofFile = `${line.replace("tpu-v3-8", chip).replace(output, join(folder, "own.csv"))}`;
    const written = (hertz: number) =>
      writeFileSync(
        chip,
        JSON.stringify({ base: "tpu-v3-8", clockHertz: { value: hertz, source: "what if" } }),
      );
    written(1e9);
    openJournal(journalPath(join(folder, "own.csv")), {
      willfit: (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version,
      sweep: {
        models: ["vit-s16"],
        modelOptions: [{ image: 32, width: 16, depth: 1, heads: 1 }],
        hardware: [chip],
        plans: [{ remat: "none" }, { remat: "block" }],
        batches: [8, 16],
      },
      machines: [parseProfile(chip, chip, readFileSync(chip, "utf8"))],
    });
    written(2e9);
    expect((await willfit(ofFile)).stderr).toContain("is the journal of another question");
    rmSync(journalPath(join(folder, "own.csv")));
    expect((await willfit(ofFile)).status).toBe(0);
  });
});
