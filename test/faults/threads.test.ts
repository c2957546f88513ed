/** @file Worker threads that end in the middle, run out of memory or cannot be started: never a hang, and others in their place. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { sweep } from "../../sim/sweep.js";
import { onThreads } from "../../sim/sweepWorkers.js";
import { ask } from "../../src/cli/dashboard/app/answers.js";
import { askerOn, openLane } from "../../src/cli/dashboard/app/asker.js";
import { UserError } from "../../src/units/userError.js";
import { openPool } from "../../src/workerPool.js";
import type { DecodeTask } from "../../train/data/decode.js";
import { startDecoder } from "../../train/data/decodeWorkers.js";
import { testFolder } from "./cli.js";

const { folder, remove } = testFolder("threads");
afterAll(remove);

/** Plain JavaScript, which threads run without a build. */
const fixture = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const mortal = fixture("mortal.mjs");
const unloadable = fixture("unloadable.mjs");

describe("a pool", () => {
  const open = (filename: string) =>
    openPool<{ readonly how: string }, { readonly answered: string }>({
      filename,
      name: "work",
      minThreads: 1,
      maxThreads: 2,
      resourceLimits: { maxOldGenerationSizeMb: 16 },
    });

  it.each([
    ["exits", UserError, "a worker thread ended with status 0"],
    ["grows", UserError, "a worker thread ran out of memory"],
    ["throws", TypeError, "a bug"],
  ])("says that a task %s, does the others, and goes on", async (how, kind, message) => {
    const pool = open(mortal);
    try {
      const settled = await Promise.allSettled(["a", how, "b", "c"].map((task) => pool.run({ how: task })));
      expect(settled.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
        "fulfilled",
      ]);
      const { reason } = settled[1] as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(kind);
      expect((reason as Error).message).toBe(message);
      expect(await pool.run({ how: "d" })).toEqual({ answered: "d" });
    } finally {
      await pool.close();
    }
  });

  it("whose threads cannot be started leaves nobody waiting", async () => {
    const pool = open(unloadable);
    const settled = await Promise.allSettled(["a", "b", "c", "d"].map((how) => pool.run({ how })));
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
    await expect(pool.run({ how: "e" })).rejects.toThrow(
      "a worker thread could not be started: no such library",
    );
    await pool.close();
  });
});

it("a sweep ends with a line for the person", async () => {
  const question = {
    models: ["vit-s16", "vit-b16"],
    modelOptions: [{ image: 32, width: 64, depth: 1, heads: 2 }],
    hardware: ["tpu-v3-8"],
    plans: [{}],
    // As many as are worth threads.
    batches: Array.from({ length: 32 }, (_, i) => 64 * (i + 1)),
  };
  const failed = sweep(question, { run: onThreads(2, mortal) });
  await expect(failed).rejects.toThrow(new UserError("a worker thread ended with status 1"));
});

describe("a decoder", () => {
  const task = (path: string): DecodeTask => ({ path, image: 8, channels: 3 });

  it("leaves out the image that ends its thread, as one that cannot be read", async () => {
    const decoder = await startDecoder(1, mortal);
    const decoded = await Promise.all(
      ["a", "ends the thread", "b"].map((path) => decoder.decode(task(path))),
    );
    expect(decoded).toEqual([
      { bytes: new Uint8Array([1]) },
      { failure: "it has ended the thread that decodes it, twice" },
      { bytes: new Uint8Array([1]) },
    ]);
    await decoder.close();
  });

  it("that cannot be started is told", async () => {
    const decoder = await startDecoder(2, unloadable);
    const settled = await Promise.allSettled(["a", "b", "c"].map((path) => decoder.decode(task(path))));
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await decoder.close();
  });

  it("has nothing against a file that is no image", async () => {
    const path = join(folder, "no.png");
    writeFileSync(path, "no image");
    const decoder = await startDecoder(1, join(folder, "not-built.js"));
    expect(await decoder.decode(task(path))).toEqual({
      failure: expect.stringContaining("unsupported image format"),
    });
    await decoder.close();
  });
});

it("the dashboard shows the line in place of an answer, and has the next one from another thread", async () => {
  const answered = vi.fn();
  const asker = askerOn({ quick: openLane(mortal), thorough: openLane(unloadable) }, answered);
  const asked = (model: string) =>
    ask("prediction", { model, modelOptions: {}, hardware: "tpu-v3-8", plan: {}, globalBatch: 64 });
  const said = (model: string, error: string) =>
    vi.waitFor(() => expect(answered).toHaveBeenCalledWith(asked(model), { error }), 10_000);
  asker.want({ quick: [asked("ends the thread")], thorough: [] });
  await said("ends the thread", "a worker thread ended with status 1");
  asker.want({ quick: [asked("vit-s16")], thorough: [] });
  await said("vit-s16", "asked of vit-s16");
  for (const model of ["a", "b"]) {
    asker.want({ quick: [], thorough: [asked(model)] });
    await vi.waitFor(() =>
      expect(answered).toHaveBeenCalledWith(asked(model), {
        error: expect.stringContaining("no such library"),
      }),
    );
  }
  await asker.close();
});
