/** @file What the host has to do for a program: nothing is forgotten, and products are counted as everywhere else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HostProfile, ownHostProfile } from "../../sim/hardware.js";
import { predictHost } from "../../sim/host.js";
import { hostStepSeconds, overheadSeconds, workSeconds } from "../../sim/hostTime.js";
import { hostWork } from "../../sim/hostWork.js";
import { multiplyAddCount } from "../../src/models/count.js";
import { buildModel } from "../../src/models/zoo.js";
import { hostProgram } from "../../src/program/hostMemory.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { tinyFamilies, tinyPlan } from "../train/tiny.js";

const host = ownHostProfile();
const programOf = ({ model, options, optimizer, batch }: (typeof tinyFamilies)[number]) =>
  traceTrainingStep(buildModel(model, options), {
    ...tinyPlan,
    optimizer,
    globalBatch: batch ?? tinyPlan.globalBatch,
  });

describe.each(tinyFamilies)("$model $options", (tiny) => {
  const program = programOf(tiny);

  it.each([true, false])("has all of the program's multiply-adds, grouped %s", (grouped) => {
    const run = hostProgram(program, grouped);
    const flops = run.steps.reduce((total, step) => total + (hostWork(run, step)?.amounts.flops ?? 0), 0);
    expect(flops).toBe(2 * multiplyAddCount(program));
  });

  it("takes time for everything but constants", () => {
    const run = hostProgram(program);
    const seconds = hostStepSeconds(run, host);
    run.steps.forEach(({ results }, i) => {
      if (run.storage.sharedWith.has(results[0]!)) expect(seconds[i]).toBe(0);
      else expect(seconds[i]).toBeGreaterThan(0);
    });
  });

  it("adds up to the predicted step", () => {
    const run = hostProgram(program);
    const together = hostStepSeconds(run, host).reduce((a, b) => a + b, 0);
    const calls = run.steps.filter(({ results }) => !run.storage.sharedWith.has(results[0]!)).length;
    const { time } = predictHost(program, host, 1, 1);
    expect(time.stepSeconds).toBeCloseTo(together + overheadSeconds(host, together, calls), 12);
    expect(time.parts.reduce((total, part) => total + part.seconds, 0)).toBeCloseTo(time.stepSeconds, 12);
  });
});

describe("a class that was not measured", () => {
  const seconds: HostProfile["seconds"] = {
    add: { calls: 1e-5, bytes: 1e-11 },
    pad: { calls: 2e-5, bytes: 2e-11 },
  };
  const work = (workClass: string) => ({ workClass, amounts: { calls: 1, bytes: 1e6 } });
  it("is taken for its ordinary case, or else for additions", () => {
    expect(workSeconds(work("pad, dilated or cropped"), seconds)).toBeCloseTo(4e-5, 12);
    expect(workSeconds(work("topK"), seconds)).toBeCloseTo(2e-5, 12);
  });
});

it("takes twice as long where everything does", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 10, noNaN: true }), (factor) => {
      const slower = Object.fromEntries(
        Object.entries(host.seconds).map(([name, amounts]) => [
          name,
          Object.fromEntries(Object.entries(amounts).map(([amount, value]) => [amount, factor * value!])),
        ]),
      ) as HostProfile["seconds"];
      const run = hostProgram(programOf(tinyFamilies[0]!));
      const total = (profile: HostProfile) => hostStepSeconds(run, profile).reduce((a, b) => a + b, 0);
      expect(total({ ...host, seconds: slower }) / total(host)).toBeCloseTo(factor, 9);
    }),
    { numRuns: 10 },
  );
});
