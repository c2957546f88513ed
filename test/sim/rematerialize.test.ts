/** @file What the compiler recomputes, shares and scatters, on programs small enough to know the answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilerLimit } from "../../sim/compilerLimit.js";
import { fuse } from "../../sim/fuse.js";
import { type AcceleratorProfile, fusionRules, loadHardware } from "../../sim/hardware.js";
import { type LaidOutProgram, layOut } from "../../sim/layout.js";
import { memoryTimeline } from "../../sim/memory.js";
import { trainingStepOf } from "../../sim/query.js";
import { rematerialize } from "../../sim/rematerialize.js";
import { scatter } from "../../sim/scatter.js";
import { UsageTracker } from "../../sim/usageTracker.js";
import { einsum } from "../../src/ops/dot.js";
import { exponential, multiply, tanh } from "../../src/ops/elementwise.js";
import { type Tensor, Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";
import { differentiate } from "../../src/transforms/differentiate.js";

const v3 = loadHardware("tpu-v3-8");
if (v3.kind !== "tpu") throw new Error("tpu-v3-8 is a TPU");

/** The chip with so little memory that temporaries may take `limitBytes`. */
function chipFor(program: LaidOutProgram, limitBytes: number): AcceleratorProfile {
  const chip = v3 as AcceleratorProfile;
  const usable = chip.usableMemoryBytes.value;
  const share = chip.rematerialization.limitShare.value;
  const value = usable + (limitBytes - compilerLimit(program, chip)) / share;
  return { ...chip, usableMemoryBytes: { value, source: "made up" } };
}

/** The most that is alive at once as the pass counts it: without storage that is shared. */
function mostAlive(program: LaidOutProgram): number {
  const tracker = new UsageTracker(program);
  let most = 0;
  for (let step = tracker.first; step; step = step.next) {
    tracker.begin(step);
    most = Math.max(most, tracker.usage);
    tracker.end(step);
  }
  return most;
}

const laidOut = (program: Program) => layOut(fuse(program, fusionRules(v3)), v3);
/** So that a square is worth recomputing. */
const SIDE = 2048;
const SQUARE_BYTES = SIDE * SIDE * 4;

/** A perceptron of square layers, and the gradient of what goes in: every layer's result waits for the backward pass. */
function perceptron(layers: number): Program {
  const trace = new Trace();
  const input = trace.input("batch", "x", "f32", [SIDE, SIDE]);
  let x: Tensor = input;
  for (let i = 0; i < layers; i++) {
    const kernel = trace.parameter(`kernel${i}`, [SIDE, SIDE], { kind: "constant", value: 1 });
    x = tanh(einsum("ab,bc->ac", x, kernel));
  }
  const loss = einsum("ab,ab->", x, x);
  trace.output("loss", loss);
  const [gradient] = differentiate(loss, [input]);
  trace.output("gradient", einsum("ab,ab->", gradient!, gradient!));
  return trace.finish("perceptron");
}

/** Every buffer is written before it is read, and by one step. */
function expectValid({ schedule, inputs }: LaidOutProgram): void {
  const written = new Set(inputs);
  for (const { reads, writes } of schedule) {
    for (const id of reads) expect(written.has(id)).toBe(true);
    for (const id of writes) {
      expect(written.has(id)).toBe(false);
      written.add(id);
    }
  }
}

describe("rematerialisation by the compiler", () => {
  it("leaves a program alone that is within the limit", () => {
    const program = laidOut(perceptron(4));
    const { added, program: same } = rematerialize(program, chipFor(program, 1e9));
    expect(added.size).toBe(0);
    expect(same.schedule.length).toBe(program.schedule.length);
  });

  it("recomputes what is above it, and needs less then", () => {
    const program = laidOut(perceptron(8));
    const limit = mostAlive(program) - 2 * SQUARE_BYTES;
    const { program: after, added } = rematerialize(program, chipFor(program, limit));
    expect(added.size).toBeGreaterThan(0);
    expectValid(after);
    expect(mostAlive(after)).toBeLessThanOrEqual(limit);
  });

  it("whatever the limit, the program stays valid and computes the same values", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (layers, share) => {
          const program = laidOut(perceptron(layers));
          const natural = mostAlive(program);
          const { program: after, added } = rematerialize(program, chipFor(program, share * natural));
          expectValid(after);
          const valuesOf = ({ schedule, buffers }: LaidOutProgram) =>
            new Set(schedule.flatMap(({ writes }) => writes.map((id) => buffers[id]!.value)));
          expect(valuesOf(after)).toEqual(valuesOf(program));
          expect(after.schedule.length - added.size).toBeLessThanOrEqual(program.schedule.length);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe("storage", () => {
  it("a derivative takes the place of what it is taken of", () => {
    const trace = new Trace();
    const x = trace.input("batch", "x", "f32", [SIDE, SIDE]);
    const y = einsum("ab,bc->ac", x, x);
    // The product's epilogue reads y for the last time.
    trace.output("z", multiply(einsum("ab,bc->ac", exponential(x), x), y));
    const { temporaries } = memoryTimeline(laidOut(trace.finish("in place")));
    expect(temporaries.map(({ bytes }) => bytes)).toEqual([SQUARE_BYTES]);
  });

  it("Adafactor's gradients are scattered over the devices, AdamW's are not", () => {
    const gradientBytes = (optimizer: "adafactor" | "adamw") => {
      const query = { model: "vit-b16", modelOptions: { depth: 1 }, globalBatch: 8, plan: { optimizer } };
      const { program } = trainingStepOf(query, 8);
      const { buffers, schedule } = scatter(laidOut(program));
      const sums = schedule.filter(({ fusion }) => fusion.root.name === "allReduce");
      return sums
        .flatMap(({ writes }) => writes)
        .reduce((sum, id) => sum + buffers[id]!.layout.paddedBytes, 0);
    };
    expect(gradientBytes("adafactor")).toBeLessThan(gradientBytes("adamw") / 4);
  });
});
