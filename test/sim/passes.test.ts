/** @file Each pass on programs small enough to know the answer. */
import { describe, expect, it } from "vitest";
import { fuse } from "../../sim/fuse.js";
import { fusionRules, loadHardware, parseProfile } from "../../sim/hardware.js";
import { peak, usage } from "../../sim/memory.js";
import { simulate } from "../../sim/simulate.js";
import { argumentLayout, freeLayout } from "../../sim/tiles.js";
import { einsum } from "../../src/ops/dot.js";
import { add, exponential, multiply } from "../../src/ops/elementwise.js";
import { reduce } from "../../src/ops/reduction.js";
import { broadcastTrailing, convert } from "../../src/ops/shape.js";
import { Trace } from "../../src/program/trace.js";
import type { TensorType } from "../../src/program/types.js";

const v3 = loadHardware("tpu-v3-8");
if (v3.kind !== "tpu") throw new Error("tpu-v3-8 is a TPU");
const rules = fusionRules(v3);
const bf16 = (...shape: number[]): TensorType => ({ dtype: "bf16", shape });

describe("layout", () => {
  it.each([
    // From the compiler's output for ViT-S/16 at 128 images a core: tokens cost no padding,
    [bf16(128, 196, 384), 128 * 196 * 384 * 2],
    // images have the batch in lanes and the width in sublanes, so that three channels cost none,
    [bf16(128, 224, 224, 3), 128 * 224 * 224 * 3 * 2],
    // 64 channels at a batch of 128 go to sublanes, the batch to lanes,
    [bf16(128, 56, 56, 64), 128 * 56 * 56 * 64 * 2],
    // and at a batch of 32 the channels are in lanes, padded twofold.
    [bf16(32, 56, 56, 64), 32 * 56 * 56 * 128 * 2],
    // 196 by 196 probabilities: 256 lanes and 200 rows, because tiles of bf16 have eight rows, too.
    [bf16(196, 196), 200 * 256 * 2],
    // Four rows take a tile of four, T(4,128).
    [{ dtype: "f32", shape: [4, 128] } as const, 4 * 128 * 4],
    // Vectors are padded to 128, 256, 512, or multiples of 1024 elements.
    [{ dtype: "f32", shape: [300] } as const, 512 * 4],
    [{ dtype: "f32", shape: [1025] } as const, 2048 * 4],
  ])("%o takes %d bytes", (type, bytes) => {
    expect(freeLayout(type, v3).paddedBytes).toBe(bytes);
  });

  it("images of a small batch arrive with their width in lanes", () => {
    // The compiler's {2,1,3,0} at 32 images a core: 224 pixels padded to 256 lanes, and nothing else.
    expect(argumentLayout(bf16(32, 224, 224, 3), v3).paddedBytes).toBe(32 * 224 * 256 * 3 * 2);
  });
});

describe("fuse", () => {
  it("a projection takes bias and residual along, and the sums of the next normalisation", () => {
    const trace = new Trace();
    const x = trace.input("batch", "x", "bf16", [8, 16, 128]);
    const residual = trace.input("batch", "residual", "bf16", [8, 16, 128]);
    const kernel = trace.input("parameter", "kernel", "bf16", [128, 128]);
    const bias = trace.input("parameter", "bias", "bf16", [128]);
    const projected = einsum("abx,xy->aby", x, kernel);
    const sum = add(add(projected, broadcastTrailing(bias, projected)), residual);
    trace.output("sum", sum);
    trace.output("row sums", reduce("add", convert(sum, "f32"), [2]));
    const { fusions } = fuse(trace.finish("projection"), rules);
    expect(fusions.map(({ kind, writes }) => [kind, writes.length])).toEqual([["dot", 2]]);
  });

  it("what follows a product and comes together again is written instead of the product", () => {
    const trace = new Trace();
    const x = trace.input("batch", "x", "f32", [64, 128]);
    const y = trace.input("batch", "y", "f32", [128, 128]);
    const product = einsum("ab,bc->ac", x, y);
    trace.output("z", multiply(product, exponential(product)));
    const { fusions } = fuse(trace.finish("reconverging"), rules);
    expect(fusions).toHaveLength(1);
    expect(fusions[0]!.writes).toEqual([trace.operations.at(-1)!.results[0]]);
  });
});

describe("memory", () => {
  it("adds up: parts make the peak, and the timeline never exceeds it", () => {
    const trace = new Trace();
    const x = trace.input("batch", "x", "f32", [256, 256]);
    let y = x;
    for (let i = 0; i < 4; i++) y = einsum("ab,bc->ac", y, x);
    trace.output("y", y);
    const { timeline } = simulate(trace.finish("chain"), v3);
    const worst = peak(timeline);
    const parts = worst.parts.reduce((total, { bytes }) => total + bytes, 0);
    expect(parts).toBe(worst.peakBytes);
    expect(Math.max(...usage(timeline))).toBe(worst.tempBytes);
    // Two products at a time: the result, in f32, and the one it is made from, which only a product reads: in bf16.
    expect(worst.tempBytes).toBe(256 * 256 * (4 + 2));
  });
});

describe("hardware profiles", () => {
  it("says where a profile is wrong", () => {
    const negative = JSON.stringify({
      ...v3,
      memoryBytesPerSecond: { value: -1, source: "typo" },
      name: undefined,
    });
    expect(() => parseProfile("mine", "mine.json", negative)).toThrow(
      /^mine\.json:1:\d+: memoryBytesPerSecond\.value: -1 is too small/,
    );
    expect(() => parseProfile("mine", "mine.json", "{")).toThrow("mine.json:1:2: not JSON");
    expect(() => loadHardware("tpu-v38")).toThrow("did you mean tpu-v3-8?");
  });
});
