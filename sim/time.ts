/**
 * @file Time: what each fusion takes on the chip, from the work of its parts and the constants of the profile.
 *
 * In a fusion the memory streams registers of values in and out, the vector unit turns them into results one after the
 * other, and the matrix unit multiplies beside them. The compiler adds the first two up, and hides the shorter of the sum and
 * the matrix unit's time behind the longer, but for a little.
 */
import type { Cost } from "../src/ops/definition.js";
import { costOf } from "../src/ops/registry.js";
import { BYTES_PER_ELEMENT, elementCount, type Program, type ValueId } from "../src/program/types.js";
import { collectiveSeconds } from "./collectives.js";
import type { Fusion } from "./fusion.js";
import type { TpuProfile } from "./hardware.js";
import type { LaidOutProgram, ScheduledFusion } from "./layout.js";
import { isDepthwise, kernelShapeOf, matrixSeconds, productOf } from "./matrixUnit.js";

/** Seconds that each unit is busy. */
export interface UnitTimes {
  readonly matrix: number;
  readonly vector: number;
  readonly memory: number;
}

export interface FusionTime extends UnitTimes {
  readonly seconds: number;
}

/** What the vector unit computes: everything in the fusion but its product of matrices. */
function vectorWork(
  program: Program,
  { kind, operations, root }: Fusion,
): Pick<Cost, "flops" | "transcendentals"> {
  const isProduct = kind === "dot" || kind === "convolution";
  let [flops, transcendentals] = [0, 0];
  for (const operation of operations) {
    if (isProduct && operation === root) continue;
    const cost = costOf(program, operation);
    flops += cost.flops;
    transcendentals += cost.transcendentals;
  }
  return { flops, transcendentals };
}

/** Elements that a value of the fusion fills, padding included: as in the buffer that it, or one of its size, has. */
function paddedElements({ reads, writes }: ScheduledFusion, program: LaidOutProgram) {
  const { types } = program.fused.program;
  const bySize = new Map<number, number>();
  for (const id of [...reads, ...writes]) {
    const { value, layout } = program.buffers[id]!;
    const size = elementCount(types[value]!.shape);
    const padded = layout.paddedBytes / BYTES_PER_ELEMENT[layout.type.dtype];
    bySize.set(size, Math.max(padded, bySize.get(size) ?? 0));
  }
  return (value: ValueId) => {
    const size = elementCount(types[value]!.shape);
    return bySize.get(size) ?? size;
  };
}

/**
 * Elements that pass through the vector unit: the most of what the matrix unit has made, of what is summed up, and of what
 * is written in bf16, whose pairs of rows are packed. An f32 result that is only written costs it nothing to speak of.
 */
function handledElements(scheduled: ScheduledFusion, program: LaidOutProgram): number {
  const { fusion } = scheduled;
  const { types } = program.fused.program;
  const padded = paddedElements(scheduled, program);
  const handled = [
    ...(["dot", "convolution"].includes(fusion.kind) ? [fusion.root.results[0]!] : []),
    ...fusion.operations.flatMap(({ name, operands }) => (name === "reduce" ? [operands[0]!] : [])),
    ...fusion.writes.filter((value) => types[value]!.dtype === "bf16"),
  ];
  return Math.max(0, ...handled.map(padded));
}

/** Products of a depthwise convolution or of one of its gradients: each tap of each position, channels padded. */
function depthwiseTaps(scheduled: ScheduledFusion, program: LaidOutProgram): number {
  const { root } = scheduled.fusion;
  const source = program.fused.program;
  if (!root.name.startsWith("convolution")) return 0;
  const kernel = kernelShapeOf(source, root);
  if (!isDepthwise(root, kernel)) return 0;
  const positions = root.name === "convolutionKernelGradient" ? root.operands[1]! : root.results[0]!;
  return kernel[0] * kernel[1] * paddedElements(scheduled, program)(positions);
}

function vectorSeconds(scheduled: ScheduledFusion, program: LaidOutProgram, chip: TpuProfile): number {
  const { fusion } = scheduled;
  const source = program.fused.program;
  const register = chip.lanes.value * chip.sublanes.value;
  const seconds = (elements: number, cycles: number) =>
    (elements / register) * (cycles / chip.clockHertz.value);
  if (fusion.kind === "copy") {
    return seconds(
      paddedElements(scheduled, program)(fusion.writes[0]!),
      chip.transposedRegisterCycles.value,
    );
  }
  const work = vectorWork(source, fusion);
  return (
    seconds(handledElements(scheduled, program), chip.registerCycles.value) +
    seconds(work.flops, chip.operationRegisterCycles.value) +
    seconds(work.transcendentals, chip.transcendentalRegisterCycles.value) +
    seconds(depthwiseTaps(scheduled, program), chip.tapRegisterCycles.value)
  );
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

/** Seconds of one fusion, and of its parts. */
export function fusionTime(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: TpuProfile,
): FusionTime {
  const { fusion } = scheduled;
  const source = program.fused.program;
  if (fusion.kind === "collective") {
    const seconds = collectiveSeconds(source, fusion.root, chip);
    return { matrix: 0, vector: 0, memory: 0, seconds };
  }
  const product = fusion.kind === "copy" ? undefined : productOf(source, fusion.root);
  const matrix = product ? matrixSeconds(product, chip) : 0;
  const vector = vectorSeconds(scheduled, program, chip);
  const memory =
    bytesMoved(scheduled, program) / (chip.memoryBytesPerSecond.value * chip.efficiency.memory.value);
  const p = chip.overlapExponent.value;
  const seconds = (matrix ** p + (vector + memory) ** p) ** (1 / p) + chip.issueSeconds.value;
  return { matrix, vector, memory, seconds };
}
