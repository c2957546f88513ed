/** @file The trace of a step: its slices nest, and it tells the same step as the prediction. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict } from "../../sim/predict.js";
import type { Query } from "../../sim/query.js";
import { simulatedStep } from "../../sim/simulatedStep.js";
import { stepTrace } from "../../sim/trace.js";
import { smallQueries } from "./smallQueries.js";

interface TraceEvent {
  readonly ph: "M" | "X" | "C";
  readonly cat?: "scope" | "fusion";
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, number | string>>;
}

function eventsOf(query: Query): readonly TraceEvent[] {
  const { traceEvents } = JSON.parse(stepTrace(simulatedStep(query))) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  return traceEvents;
}

const slicesOf = (query: Query) => eventsOf(query).filter(({ ph }) => ph === "X");

/** Hands each slice with those that it is in, outermost first, as a viewer finds them out: by begin and end alone. */
function* withParents(
  slices: readonly TraceEvent[],
): Generator<{ readonly event: TraceEvent; readonly parents: readonly TraceEvent[] }> {
  let open: readonly TraceEvent[] = [];
  for (const event of slices) {
    open = open.filter(({ ts, dur, cat }) => cat === "scope" && event.ts < ts + dur);
    yield { event, parents: open };
    open = [...open, event];
  }
}

const vit: Query = {
  model: "vit-s16",
  modelOptions: { depth: 2 },
  hardware: "tpu-v3-8",
  globalBatch: 1024,
  plan: {},
};

describe("the trace of a step", () => {
  it("nests: each slice ends with or before what it is in, and fusions do not overlap", () => {
    fc.assert(
      fc.property(smallQueries, (query) => {
        let fusionsEnd = 0;
        for (const { event, parents } of withParents(slicesOf(query))) {
          const end = event.ts + event.dur;
          // Exactly, in nanoseconds, too: what a viewer reads times as.
          expect((event.ts * 1000) % 1).toBe(0);
          expect((event.dur * 1000) % 1).toBe(0);
          for (const { ts, dur } of parents) {
            expect(event.ts).toBeGreaterThanOrEqual(ts);
            expect(end).toBeLessThanOrEqual(ts + dur);
          }
          if (event.cat === "fusion") {
            expect(event.ts).toBe(fusionsEnd);
            fusionsEnd = end;
          }
        }
        const { time, memory } = predict(query);
        expect(fusionsEnd / 1e6).toBeCloseTo(time.stepSeconds, 6);
        const alive = eventsOf(query)
          .filter(({ ph }) => ph === "C")
          .map(({ args }) => Object.values(args).reduce<number>((sum, bytes) => sum + Number(bytes), 0));
        expect(alive.reduce((most, bytes) => Math.max(most, bytes), 0)).toBe(memory.peakBytes);
      }),
      { numRuns: 15 },
    );
  });

  it("has the model's scopes from the outside in, consecutive fusions of one under one slice", () => {
    const named = [...withParents(slicesOf(vit))].map(({ event, parents }) =>
      [...parents, event].map(({ name }) => name).join("/"),
    );
    const inner = "forward/vit/encoder/block1/mlp";
    expect(named).toContain(`${inner}/up/dot dotGeneral`);
    expect(named.filter((name) => name === inner)).toHaveLength(1);
    expect(named.filter((name) => name === "update")).toHaveLength(1);
  });

  it("says of each fusion what it moves, computes and waits for", () => {
    const step = simulatedStep(vit);
    const fusions = slicesOf(vit).filter(({ cat }) => cat === "fusion");
    expect(fusions).toHaveLength(step.simulation.program.schedule.length);
    const up = fusions.find(({ args }) => String(args.writes).includes("bf16[128,196,1536]"))!;
    expect(up.args.bytes).toBeGreaterThan(128 * 196 * (384 + 1536) * 2);
    expect(up.args.flops).toBeGreaterThan(2 * 128 * 196 * 384 * 1536);
    const bounds = new Set(fusions.map(({ args }) => args.bound));
    for (const bound of ["matrix unit", "vector unit", "memory", "links", "issue"])
      expect(bounds).toContain(bound);
    expect(fusions.some(({ args }) => "recomputed" in args)).toBe(false);
  });

  it("marks what the compiler recomputes", () => {
    const fusions = slicesOf({ ...vit, globalBatch: 65_536 }).filter(({ cat }) => cat === "fusion");
    expect(fusions.filter(({ args }) => "recomputed" in args).length).toBeGreaterThan(0);
  });
});
