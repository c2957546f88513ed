/**
 * @file The predicted step as a trace in Chrome's format, which Perfetto and chrome://tracing open: fusions one after the other,
 * nested by where in the model they are, and what is in memory meanwhile.
 */
import { formatType } from "../src/program/types.js";
import { boundOf, type FusionCost, fusionCosts } from "./fusionCosts.js";
import { momentsOf } from "./memoryReport.js";
import { nameOf } from "./query.js";
import type { SimulatedStep } from "./simulatedStep.js";

/** A complete event of the format: a slice with its length; times in microseconds. */
interface Slice {
  readonly ph: "X";
  readonly pid: 1;
  readonly tid: 1;
  readonly cat: "scope" | "fusion";
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: object;
}

/**
 * Parts of a microsecond that times are rounded to: an eighth is a whole number of nanoseconds, which Perfetto counts in, and exact
 * in binary. With other fractions a slice can end a nanosecond after the one that it is in, and is then shown beside it.
 */
const PARTS = 8;

const microseconds = (seconds: number) => Math.round(seconds * 1e6 * PARTS) / PARTS;

/** A fusion with its place in time and in the model. */
interface Placed {
  readonly cost: FusionCost;
  /** `["forward", "encoder", "block3", "mlp", "up"]` */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

function placed(costs: readonly FusionCost[]): readonly Placed[] {
  let end = 0;
  return costs.map((cost) => {
    const start = end;
    end += cost.time.seconds;
    const { phase, scope } = cost.fusion;
    const path = [phase, ...(scope === "" ? [] : scope.split("/"))];
    // Rounded where they meet, not one by one: the whole is as long as the step.
    return { cost, path, start: microseconds(start), end: microseconds(end) };
  });
}

/** Neighbours with the same key. */
function runsBy<T>(items: readonly T[], key: (item: T) => string | undefined): readonly (readonly T[])[] {
  const runs: T[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    if (run && key(run[0]!) === key(item)) run.push(item);
    else runs.push([item]);
  }
  return runs;
}

const slice = (cat: Slice["cat"], name: string, start: number, end: number): Slice => {
  return { ph: "X", pid: 1, tid: 1, cat, name, ts: start, dur: end - start };
};

/** The slices of fusions that have the first `depth` parts of their path in common: each before what is in it. */
function* slices(
  fusions: readonly Placed[],
  depth: number,
  leaf: (fusion: Placed) => Slice,
): Generator<Slice> {
  for (const run of runsBy(fusions, ({ path }) => path[depth])) {
    const [first] = run as readonly [Placed];
    const name = first.path[depth];
    if (name === undefined) yield* run.map(leaf);
    else {
      yield slice("scope", name, first.start, run.at(-1)!.end);
      yield* slices(run, depth + 1, leaf);
    }
  }
}

/** The trace of one step on one device. */
export function stepTrace({ query, plan, simulation }: SimulatedStep): string {
  const { buffers } = simulation.program;
  const leaf = ({ cost, start, end }: Placed): Slice => {
    const { fusion, scheduled, bytes, flops, isRecomputed } = cost;
    // A copy between layouts stands before the fusion that it is made for, and has that one's root.
    const name = fusion.kind === "copy" ? "copy" : `${fusion.kind} ${fusion.root.name}`;
    const writes = scheduled.writes.map((id) => formatType(buffers[id]!.layout.type));
    const args = {
      bytes,
      flops,
      bound: boundOf(cost),
      writes: writes.join(", "),
      ...(isRecomputed && { recomputed: "by the compiler, to save memory" }),
    };
    return { ...slice("fusion", name, start, end), args };
  };
  const title = `${nameOf(query.model)}, ${plan.globalBatch} examples a step, on one device of ${nameOf(query.hardware)}`;
  const names = [
    { ph: "M", pid: 1, name: "process_name", args: { name: title } },
    { ph: "M", pid: 1, tid: 1, name: "thread_name", args: { name: "fusions" } },
  ];
  const counters = momentsOf(simulation).map(({ seconds, parts }) => {
    return { ph: "C", pid: 1, name: "memory (bytes)", ts: microseconds(seconds), args: parts };
  });
  const fusions = slices(placed(fusionCosts(simulation)), 0, leaf);
  return JSON.stringify({ traceEvents: [...names, ...fusions, ...counters] });
}
