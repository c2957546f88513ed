/** @file What is told of a step adds up to the step, whichever way it is cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ScopeCost, scopeCosts } from "../../sim/breakdown.js";
import { arithmeticIntensity, fusionCosts } from "../../sim/fusionCosts.js";
import { predict } from "../../sim/predict.js";
import type { Query } from "../../sim/query.js";
import { ridgeIntensity, roofline } from "../../sim/roofline.js";
import { simulatedStep } from "../../sim/simulatedStep.js";
import { stepReport, stepReportOf } from "../../sim/stepReport.js";
import { flopCount } from "../../src/models/count.js";
import { UserError } from "../../src/units/userError.js";
import { smallQueries } from "./smallQueries.js";

const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);

const vit: Query = {
  model: "vit-s16",
  modelOptions: {},
  hardware: "tpu-v3-8",
  globalBatch: 1024,
  plan: {},
};

/** All scopes of a tree. */
const flat = (scope: ScopeCost): readonly ScopeCost[] => [scope, ...scope.children.flatMap(flat)];

const child = ({ children }: ScopeCost, name: string) => children.find((it) => it.name === name)!;

describe("the scopes of a step", () => {
  it("add up to it, for any model, plan and machine", () => {
    fc.assert(
      fc.property(smallQueries, (query) => {
        const step = simulatedStep(query);
        const { scopes, memory } = stepReportOf(step);
        const { time, memory: predicted, flopsPerStep, devices } = predict(query);
        expect(scopes.seconds).toBeCloseTo(time.stepSeconds, 9);
        expect(sum(Object.values(scopes.phaseSeconds))).toBeCloseTo(scopes.seconds, 9);
        expect(memory.peak.bytes).toBe(predicted.peakBytes);
        expect(memory.verdict).toBe(predicted.verdict);
        // What a fusion computes again, and what the compiler recomputes, comes on top.
        expect(scopes.flops).toBeGreaterThanOrEqual((flopsPerStep / devices) * (1 - 1e-9));
        for (const scope of flat(scopes)) {
          for (const amount of ["seconds", "bytes", "flops", "recomputedSeconds"] as const)
            expect(sum(scope.children.map((it) => it[amount]))).toBeLessThanOrEqual(
              scope[amount] * (1 + 1e-9),
            );
        }
      }),
      { numRuns: 25 },
    );
  });

  it("count each operation's FLOPs as often as it is run", () => {
    const step = simulatedStep(vit);
    const costs = fusionCosts(step.simulation);
    const runs = costs.flatMap(({ fusion }) => fusion.operations);
    const again = runs.length - new Set(runs).size;
    expect(again).toBeGreaterThan(0);
    const { flops } = scopeCosts(step.simulation);
    expect(flops).toBe(sum(costs.map((cost) => cost.flops)));
    // What is computed again is cheap.
    expect(flops / flopCount(step.program)).toBeGreaterThan(1);
    expect(flops / flopCount(step.program)).toBeLessThan(1.01);
  });

  it("tell blocks of a kind as one, or each", () => {
    const { simulation } = simulatedStep(vit);
    const encoderOf = (step: ScopeCost) => child(child(step, "vit"), "encoder");
    const together = child(encoderOf(scopeCosts(simulation)), "block*");
    const apart = encoderOf(scopeCosts(simulation, "apart")).children.filter(({ name }) =>
      name.startsWith("block"),
    );
    expect(together.count).toBe(12);
    expect(apart.map(({ count }) => count)).toEqual(new Array(12).fill(1));
    expect(sum(apart.map(({ seconds }) => seconds))).toBeCloseTo(together.seconds, 12);
    expect(sum(apart.map(({ bytes }) => bytes))).toBe(together.bytes);
    // Their parts, too.
    expect(child(together, "attention").count).toBe(12);
    expect(sum(apart.map((block) => child(block, "attention").seconds))).toBeCloseTo(
      child(together, "attention").seconds,
      12,
    );
  });

  it("have most time first, and what the compiler runs a second time apart", () => {
    const step = scopeCosts(simulatedStep({ ...vit, globalBatch: 8192 }).simulation);
    for (const { children } of flat(step)) {
      const seconds = children.map((it) => it.seconds);
      expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
    }
    const { verdict } = predict({ ...vit, globalBatch: 8192 }).memory;
    expect(verdict).not.toBe("fits");
    expect(step.recomputedSeconds).toBeGreaterThan(0);
    expect(scopeCosts(simulatedStep(vit).simulation).recomputedSeconds).toBe(0);
  });

  it("book what block rematerialisation computes again on its own phase", () => {
    const { phaseSeconds } = stepReport({ ...vit, plan: { remat: "block" } }).scopes;
    expect(phaseSeconds.recompute).toBeGreaterThan(0);
    expect(stepReport(vit).scopes.phaseSeconds.recompute).toBe(0);
  });
});

describe("the roofline", () => {
  it("has the whole step but for its collectives, and no point above its roof", () => {
    fc.assert(
      fc.property(smallQueries, (query) => {
        const step = simulatedStep(query);
        const { points, ...roof } = roofline(step);
        const ofCollectives = sum(
          fusionCosts(step.simulation)
            .filter(({ fusion }) => fusion.kind === "collective")
            .map(({ time }) => time.seconds),
        );
        const { stepSeconds } = predict(query).time;
        expect(sum(points.map(({ count, seconds }) => count * seconds))).toBeCloseTo(
          stepSeconds - ofCollectives,
          9,
        );
        for (const point of points) {
          const reached = point.flops / point.seconds;
          const attainable = Math.min(
            roof.peakFlopsPerSecond,
            arithmeticIntensity(point) * roof.memoryBytesPerSecond,
          );
          expect(reached).toBeLessThanOrEqual(attainable * (1 + 1e-9));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("tells equal fusions of all blocks as one point", () => {
    const { points } = roofline(simulatedStep(vit));
    const up = points.find(({ place }) => place === "forward/vit/encoder/block*/mlp/up")!;
    expect(up).toMatchObject({ kind: "dot", phase: "forward", count: 12 });
    // 128 images a core, 196 tokens, 384 features to four times as many.
    expect(up.flops).toBeGreaterThan(2 * 128 * 196 * 384 * 1536);
  });

  it("has its ridge where a v3 core's peak meets its bandwidth", () => {
    // 61.5 TFLOP/s (Jouppi et al. 2020: 123 a chip) over half of 900 GB/s.
    expect(ridgeIntensity(roofline(simulatedStep(vit)))).toBeCloseTo(61.6e12 / 450e9, 0);
  });
});

describe("a step report", () => {
  it("is plain data: it passes between threads", () => {
    const report = stepReport({ ...vit, modelOptions: { depth: 1 } });
    expect(structuredClone(report)).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("is an accelerator's", () => {
    expect(() => stepReport({ ...vit, hardware: "host" })).toThrow(UserError);
    expect(() => stepReport({ ...vit, hardware: "host" })).toThrow(/^host runs the program as it is/);
  });
});
