/** @file Probes run on whatever backend there is, and are measured without a trace left behind. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../train/backend.js";
import { backendNames } from "../../train/machine.js";
import { measureProbes, probeProgram } from "../../train/measureProbes.js";
import { probesFor } from "../../train/probes.js";

beforeAll(async () => {
  await loadBackend();
});

describe("probes", () => {
  it.each(backendNames)("for %s: quick ones are some of all", (backend) => {
    const all = probesFor(backend).map(({ name }) => name);
    const quick = probesFor(backend, true).map(({ name }) => name);
    expect(quick.length).toBeLessThan(all.length);
    expect(all).toEqual(expect.arrayContaining(quick));
  });

  it.each(backendNames)("for %s: every one is a program", (backend) => {
    for (const probe of probesFor(backend)) {
      const { operations, types } = probeProgram(probe);
      expect(operations.length).toBeGreaterThan(10);
      for (const { shape } of types) expect(shape.every(Number.isInteger), probe.name).toBe(true);
    }
  });

  // The smallest there are, one of each kind.
  const kinds = new Map(probesFor("cpu").map((probe) => [probe.name.replace(/ .*/, ""), probe]));

  it.each([...kinds])("%s: every operation is timed", async (_, probe) => {
    const before = tf.memory().numTensors;
    const done: number[] = [];
    const [measured] = await measureProbes([probe], {
      seconds: 0.01,
      onProgress: (share) => done.push(share),
    });
    const { operations, stepSeconds, run } = measured!;
    expect(operations.length).toBe(
      run.steps.filter(({ results }) => !run.storage.sharedWith.has(results[0]!)).length,
    );
    for (const { seconds } of operations) expect(seconds).toBeGreaterThan(0);
    expect(stepSeconds).toBeGreaterThan(0);
    expect(done.at(-1)).toBeLessThanOrEqual(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("end when they are told to, and leave nothing behind", async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const reason = new Error("enough");
    const measuring = measureProbes(probesFor("cpu"), {
      seconds: 60,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(measuring).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before);
  });
});
