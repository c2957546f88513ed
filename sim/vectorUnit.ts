/**
 * @file The vector unit: how long it takes over what a fusion computes, packs, transposes and, for depthwise convolutions,
 * multiplies and adds. It works on registers of lanes × sublanes elements, full or not.
 */
import { costsOf } from "../src/ops/costs.js";
import type { Cost } from "../src/ops/definition.js";

import { elementCount, type Operation, type Program, type ValueId } from "../src/program/types.js";
import type { Fusion } from "./fusion.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { LaidOutProgram, ScheduledFusion } from "./layout.js";
import { isDepthwise, kernelShapeOf } from "./matrixUnit.js";
import { registerElements } from "./tiles.js";

/**
 * What the vector unit computes: everything in the fusion but products of matrices. A product that a loop turns before it is
 * written (MLP-Mixer) is another result of the product's own fusion, not computed again: XLA compiles one for each block.
 */
function computed(program: Program, { operations }: Fusion): Pick<Cost, "flops" | "transcendentals"> {
  const costs = costsOf(program);
  let [flops, transcendentals] = [0, 0];
  for (const operation of operations) {
    if (operation.name === "dotGeneral" || operation.name.startsWith("convolution")) continue;
    const cost = costs(operation);
    flops += cost.flops;
    transcendentals += cost.transcendentals;
  }
  return { flops, transcendentals };
}

/** Elements that a value of the fusion fills, padding included: as in the buffer that it, or one of its size, has. */
function paddedElements(
  { reads, writes }: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
) {
  const { types } = program.fused.program;
  const bySize = new Map<number, number>();
  for (const id of [...reads, ...writes]) {
    const { value, layout } = program.buffers[id]!;
    const size = elementCount(types[value]!.shape);
    bySize.set(size, Math.max(registerElements(layout, chip), bySize.get(size) ?? 0));
  }
  return (value: ValueId) => {
    const size = elementCount(types[value]!.shape);
    return bySize.get(size) ?? size;
  };
}

/**
 * Elements that pass through the vector unit: what is written in bf16, whose pairs of rows are packed, and what a loop sums up.
 * An f32 result costs it nothing to speak of, nor do sums of what a product has just made.
 */
function handledElements(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
): number {
  const { fusion, writes } = scheduled;
  const padded = paddedElements(scheduled, program, chip);
  const packed = writes
    .map((id) => program.buffers[id]!.layout)
    .filter(({ type }) => type.dtype === "bf16")
    .map((layout) => registerElements(layout, chip));
  const isProduct = fusion.kind === "dot" || fusion.kind === "convolution";
  const summed = isProduct
    ? []
    : fusion.operations.flatMap(({ name, operands }) => (name === "reduce" ? [padded(operands[0]!)] : []));
  return Math.max(0, ...packed, ...summed);
}

/** A kernel's gradient takes each tap with this share of a convolution's cycles (EfficientNet in libtpu's estimates). */
const KERNEL_GRADIENT_TAP_SHARE = 0.8;

/** The convolution of a fusion, if it is a depthwise one. */
function depthwiseOf({ fusion: { root } }: ScheduledFusion, program: Program): Operation | undefined {
  return root.name.startsWith("convolution") && isDepthwise(root, kernelShapeOf(program, root))
    ? root
    : undefined;
}

/** Work of the vector unit: elements in registers of lanes × sublanes of them, and the cycles that a register takes. */
export interface VectorWork {
  readonly work: "transposing" | "arithmetic" | "transcendentals" | "depthwise taps" | "packing and summing";
  readonly elements: number;
  readonly registerCycles: number;
}

/**
 * A depthwise convolution's taps, or those of one of its gradients: the vector unit multiplies and adds a register of every
 * position for each tap. Half of the zeros that a stride has put into a cotangent are skipped.
 */
function tapWork(
  root: Operation,
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
): VectorWork {
  const source = program.fused.program;
  const [kh, kw] = kernelShapeOf(source, root);
  const positions = root.name === "convolutionKernelGradient" ? root.operands[1]! : root.results[0]!;
  const elements = paddedElements(scheduled, program, chip)(positions);
  const batchInLanes = [...scheduled.reads, ...scheduled.writes].some(
    (id) => program.buffers[id]!.value === positions && program.buffers[id]!.layout.lanes === 0,
  );
  const { channelsInLanes, batchInLanes: slower } = chip.tapRegisterCycles;
  const registerCycles = batchInLanes ? slower.value : channelsInLanes.value;
  const share =
    root.name === "convolutionKernelGradient"
      ? KERNEL_GRADIENT_TAP_SHARE
      : root.name === "convolutionInputGradient"
        ? (1 + 1 / root.attributes.strides[0]) / 2
        : 1;
  return { work: "depthwise taps", elements: elements * kh * kw * share, registerCycles };
}

/** What the vector unit has to do in a fusion. */
export function vectorWorkOf(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
): readonly VectorWork[] {
  const { fusion } = scheduled;
  const source = program.fused.program;
  if (fusion.kind === "copy" || fusion.kind === "reshape") {
    const padded = [...scheduled.reads, ...scheduled.writes].map((id) =>
      registerElements(program.buffers[id]!.layout, chip),
    );
    const elements =
      fusion.kind === "copy"
        ? registerElements(program.buffers[scheduled.writes[0]!]!.layout, chip)
        : Math.max(...padded);
    return [{ work: "transposing", elements, registerCycles: chip.transposedRegisterCycles.value }];
  }
  const { flops, transcendentals } = computed(source, fusion);
  const depthwise = depthwiseOf(scheduled, source);
  return [
    { work: "arithmetic", elements: flops, registerCycles: chip.operationRegisterCycles.value },
    {
      work: "transcendentals",
      elements: transcendentals,
      registerCycles: chip.transcendentalRegisterCycles.value,
    },
    depthwise
      ? tapWork(depthwise, scheduled, program, chip)
      : {
          work: "packing and summing",
          elements: handledElements(scheduled, program, chip),
          registerCycles: chip.registerCycles.value,
        },
  ];
}

/** Seconds that the vector unit is busy with a fusion. */
export function vectorSeconds(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: AcceleratorProfile,
): number {
  const registerSize = chip.lanes.value * chip.sublanes.value;
  return vectorWorkOf(scheduled, program, chip).reduce(
    (seconds, { elements, registerCycles }) =>
      seconds + ((elements / registerSize) * registerCycles) / chip.clockHertz.value,
    0,
  );
}
