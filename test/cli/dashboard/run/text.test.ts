/** @file What the panels say. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framePacer } from "../../../../src/cli/dashboard/framePacer.js";
import { evaluationLines } from "../../../../src/cli/dashboard/run/evaluationText.js";
import { phaseWord, progressBar } from "../../../../src/cli/dashboard/run/headerText.js";
import { actionsOf } from "../../../../src/cli/dashboard/run/keys.js";
import { examplesPerSecondNow, typicalSeconds } from "../../../../src/cli/dashboard/run/pace.js";
import {
  initialRun,
  LOG_LINES,
  type RunState,
  runAfter,
} from "../../../../src/cli/dashboard/run/runState.js";
import { afterEvaluation, facts, progressAt, scriptedRun } from "./scriptedRun.js";

describe("the phase", () => {
  const begun = runAfter(initialRun, { kind: "started", parameters: 10, steps: 120, step: 0 });
  const stepped = (step: number, state: RunState = begun) =>
    runAfter(state, { kind: "stepped", progress: progressAt(step), endedAtSeconds: step });

  it("goes from preparing to finishing", () => {
    expect(phaseWord(initialRun, facts)).toBe("preparing");
    expect(phaseWord(begun, facts)).toBe("first step");
    expect(phaseWord(stepped(1), facts)).toBe("training");
    expect(phaseWord(stepped(60), facts)).toBe("evaluating");
    expect(phaseWord(afterEvaluation(stepped(60), 0, 0.9), facts)).toBe("training");
    expect(phaseWord(afterEvaluation(stepped(120), 1, 0.9), facts)).toBe("finishing");
    expect(phaseWord(runAfter(stepped(1), { kind: "stopping" }), facts)).toBe("stopping");
  });
});

describe("the pace", () => {
  const recent = [1, 2, 3].map((endedAtSeconds) => ({ seconds: 0.5 + endedAtSeconds / 10, endedAtSeconds }));

  it("is by the clock, which counts what lies between steps", () => {
    expect(examplesPerSecondNow(recent, 100)).toBe(100);
    expect(examplesPerSecondNow([{ seconds: 0.5, endedAtSeconds: 7 }], 100)).toBe(200);
    expect(examplesPerSecondNow([], 100)).toBeUndefined();
  });

  it("of a step is the median", () => {
    expect(typicalSeconds(recent)).toBeCloseTo(0.7);
    expect(typicalSeconds([])).toBeUndefined();
  });
});

describe("evaluations", () => {
  it("say when the first one is", () => {
    expect(evaluationLines(initialRun, facts, { width: 80, height: 3 })).toEqual([
      "the first is after step 60",
    ]);
  });

  it("keep the last numbers that fit, whole", () => {
    const many = Array.from({ length: 30 }, (_, epoch) => epoch).reduce(
      (state, epoch) => afterEvaluation(state, epoch, 0.5 + epoch / 100),
      initialRun,
    );
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), (width) => {
        const line = evaluationLines(many, facts, { width, height: 3 })[1]!;
        expect(line.length).toBeLessThanOrEqual(width);
        expect(line).toMatch(/^by epoch( {2}…)?( {2}\d\d\.\d)* %$/);
        expect(line).toMatch(/79\.0 %$/);
      }),
    );
  });

  it("list the confused classes where there are rows for them", () => {
    const lines = evaluationLines(scriptedRun, facts, { width: 48, height: 10 });
    expect(lines).toContain("most often confused:");
    expect(lines).toContain("  four taken for nine: 31 of 982");
  });
});

describe("the log", () => {
  it("keeps lines, and not for ever", () => {
    const state = runAfter(initialRun, { kind: "noted", text: "\na\nb" });
    expect(state.log).toEqual(["a", "b"]);
    const full = Array.from({ length: LOG_LINES + 5 }, (_, i) => String(i)).reduce(
      (run, text) => runAfter(run, { kind: "noted", text }),
      initialRun,
    );
    expect(full.log).toHaveLength(LOG_LINES);
    expect(full.log.at(-1)).toBe(String(LOG_LINES + 4));
  });
});

it("a bar is as long as it is to be", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 200 }), (share, width) => {
      expect(progressBar(share, width)).toHaveLength(width);
    }),
  );
});

it("keys that come together each count; text does not", () => {
  expect(actionsOf("q")).toEqual(["stop"]);
  expect(actionsOf("q?\u0003")).toEqual(["stop", "help", "stop"]);
  expect(actionsOf("quit")).toEqual([]);
});

it("frames are far enough apart that drawing takes a hundredth of the time", () => {
  const pacer = framePacer();
  expect(pacer.isDue(0)).toBe(true);
  pacer.drew(0, 0.0001);
  expect(pacer.isDue(0.05)).toBe(false);
  expect(pacer.isDue(0.1)).toBe(true);
  pacer.drew(1, 1.004);
  expect(pacer.isDue(1.39)).toBe(false);
  expect(pacer.isDue(1.41)).toBe(true);
});

it("frames are never so far apart that the run seems to stand still", () => {
  const pacer = framePacer();
  pacer.drew(1, 1.5);
  expect(pacer.isDue(1.9)).toBe(false);
  expect(pacer.isDue(2.01)).toBe(true);
});
