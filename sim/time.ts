/**
 * @file Time: what each fusion takes on the chip, from the work of its parts and the constants of the profile.
 *
 * In a fusion the memory streams registers of values in and out, the vector unit turns them into results one after the
 * other, and the matrix unit multiplies beside them. The compiler adds the first two up, and hides the shorter of the sum and
 * the matrix unit's time behind the longer, but for a little.
 */
import { numbering } from "../src/program/kinds.js";
import { BYTES_PER_ELEMENT, elementCount, type Operation, type Program } from "../src/program/types.js";
import { collectiveSeconds, startingCollectives } from "./collectives.js";
import { equalFusions } from "./equalFusions.js";
import type { Fusion } from "./fusion.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { LaidOutProgram, ScheduledFusion } from "./layout.js";
import { matrixSeconds, productOf } from "./matrixUnit.js";
import type { Layout } from "./tiles.js";
import { vectorSeconds } from "./vectorUnit.js";

/** Seconds that each unit is busy. */
interface UnitTimes {
  readonly matrix: number;
  readonly vector: number;
  readonly memory: number;
}

export interface FusionTime extends UnitTimes {
  readonly seconds: number;
}

/** Seconds that rows of a table take to be found one by one, whatever is in them. */
function lookupSeconds({ kind, root }: Fusion, program: Program, chip: AcceleratorProfile): number {
  if (kind !== "gather" && kind !== "scatter") return 0;
  return elementCount(program.types[root.operands[1]!]!.shape) * chip.gatheredRowSeconds.value;
}

/** Bytes a fusion moves: its buffers, padding included; of a table that is looked up, only the rows. */
export function bytesMoved({ fusion, reads, writes }: ScheduledFusion, program: LaidOutProgram): number {
  const { types } = program.fused.program;
  let bytes = 0;
  for (const id of writes) bytes += program.buffers[id]!.layout.paddedBytes;
  for (const id of reads) {
    const { value, layout } = program.buffers[id]!;
    const table = fusion.kind === "gather" && value === fusion.root.operands[0];
    const result = types[fusion.root.results[0]!]!;
    bytes += table ? elementCount(result.shape) * BYTES_PER_ELEMENT[result.dtype] : layout.paddedBytes;
  }
  return bytes;
}

/** Seconds of one fusion that is no collective, and of its parts. */
function fusionTime(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
): FusionTime {
  const { fusion } = scheduled;
  const source = program.fused.program;
  const product = fusion.kind === "copy" ? undefined : productOf(source, fusion.root);
  const matrix = product ? matrixSeconds(product, chip) : 0;
  const vector = vectorSeconds(scheduled, program, chip);
  const memory =
    bytesMoved(scheduled, program) / (chip.memoryBytesPerSecond.value * chip.efficiency.memory.value);
  const p = chip.overlapExponent.value;
  const streamed = (matrix ** p + (vector + memory) ** p) ** (1 / p);
  const seconds = streamed + lookupSeconds(fusion, source, chip) + chip.issueSeconds.value;
  return { matrix, vector, memory, seconds };
}

/** Tells kinds of fusions: those of a kind are equal and touch the same layouts. */
function kindsOf(program: LaidOutProgram): (scheduled: ScheduledFusion) => string {
  const numberOf = equalFusions(program.fused);
  const layoutNumber = numbering<Layout>();
  const layouts = program.buffers.map(({ layout }) => layoutNumber(layout));
  return (scheduled) => {
    let key = `${numberOf(scheduled.fusion)}`;
    for (const id of scheduled.reads) key += `,${layouts[id]!}`;
    for (const id of scheduled.writes) key += `:${layouts[id]!}`;
    return key;
  };
}

/** What is computed once for each kind of fusions. */
function oncePerKind<T>(
  program: LaidOutProgram,
  compute: (scheduled: ScheduledFusion) => T,
): (scheduled: ScheduledFusion) => T {
  const kindOf = kindsOf(program);
  const known = new Map<string, T>();
  return (scheduled) => {
    const key = kindOf(scheduled);
    const found = known.get(key) ?? compute(scheduled);
    known.set(key, found);
    return found;
  };
}

/** Seconds of every step of the schedule, in order. */
export function stepTimes(program: LaidOutProgram, chip: AcceleratorProfile): readonly FusionTime[] {
  const source = program.fused.program;
  const starting = startingCollectives(source, program.schedule);
  const timeOf = oncePerKind(program, (scheduled) => fusionTime(scheduled, program, chip));
  return program.schedule.map((scheduled, step) => {
    const { kind, root } = scheduled.fusion;
    if (kind !== "collective") return timeOf(scheduled);
    const seconds = collectiveSeconds(source, root, chip, starting.has(step));
    return { matrix: 0, vector: 0, memory: 0, seconds };
  });
}

/**
 * Seconds of the whole schedule on chips whose constants of time differ, a few thousand times as often as there is reason to run
 * the other passes: none of them reads these constants.
 */
export function stepSecondsOf(program: LaidOutProgram): (chip: AcceleratorProfile) => number {
  const source = program.fused.program;
  const starting = startingCollectives(source, program.schedule);
  const kindOf = kindsOf(program);
  const kinds = new Map<string, { readonly scheduled: ScheduledFusion; count: number }>();
  const collectives: { readonly root: Operation; readonly isFirst: boolean }[] = [];
  program.schedule.forEach((scheduled, step) => {
    const { kind, root } = scheduled.fusion;
    if (kind === "collective") {
      collectives.push({ root, isFirst: starting.has(step) });
      return;
    }
    const key = kindOf(scheduled);
    const known = kinds.get(key);
    if (known) known.count++;
    else kinds.set(key, { scheduled, count: 1 });
  });
  return (chip) => {
    let seconds = 0;
    for (const { scheduled, count } of kinds.values())
      seconds += count * fusionTime(scheduled, program, chip).seconds;
    for (const { root, isFirst } of collectives) seconds += collectiveSeconds(source, root, chip, isFirst);
    return seconds;
  };
}
