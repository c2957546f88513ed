/** @file One fusion of a simulated step in full: what it reads, computes and writes, and how its time comes about. */
import { formatOperation } from "../src/program/print.js";
import { formatType } from "../src/program/types.js";
import { placeOf } from "../src/stablehlo/opName.js";
import { formatCount } from "../src/units/quantity.js";
import { UserError } from "../src/units/userError.js";
import type { FusionKind } from "./fusion.js";
import type { BufferId, LaidOutProgram } from "./layout.js";
import { type Product, productOf } from "./matrixUnit.js";
import { trainingStepOf } from "./query.js";
import type { SimulatedStep } from "./simulatedStep.js";
import { layoutText, paddingShare } from "./tiles.js";
import { bytesMoved, type FusionTime } from "./time.js";
import { type VectorWork, vectorWorkOf } from "./vectorUnit.js";

/** A buffer that a fusion touches. */
export interface TouchedBuffer {
  /** As the program numbers it. */
  readonly value: number;
  /** `bf16[128,196,384]` */
  readonly type: string;
  /** `{2,0,1}`, the minor-most dimension first; empty for vectors. */
  readonly layout: string;
  readonly paddedBytes: number;
  /** Of the tiles, as a share of what is in them. */
  readonly paddingShare: number;
}

export interface FusionReport {
  /** Where it is in the schedule, from 0. */
  readonly number: number;
  /** Fusions of the step. */
  readonly count: number;
  readonly kind: FusionKind;
  /** `forward/encoder/block3/mlp/up` */
  readonly place: string;
  readonly reads: readonly TouchedBuffer[];
  /** In program order, as `--pass program` prints them. */
  readonly operations: readonly string[];
  readonly writes: readonly TouchedBuffer[];
  /** What the matrix unit multiplies, if anything. */
  readonly product?: Product;
  /** Nothing for collectives, which the links carry. */
  readonly vectorWork: readonly VectorWork[];
  /** Moved between memory and chip, padding included. */
  readonly bytes: number;
  readonly time: FusionTime;
}

function touched({ buffers }: LaidOutProgram, id: BufferId): TouchedBuffer {
  const { value, layout } = buffers[id]!;
  return {
    value,
    type: formatType(layout.type),
    layout: layoutText(layout),
    paddedBytes: layout.paddedBytes,
    paddingShare: paddingShare(layout),
  };
}

/** @throws UserError when the step has no fusion of that number */
export function fusionReport({ query, plan, chip, simulation }: SimulatedStep, number: number): FusionReport {
  const { program, times } = simulation;
  const count = program.schedule.length;
  const scheduled = program.schedule[number];
  if (!scheduled)
    throw new UserError(`fusion ${number}: there is none; the step has 0 to ${formatCount(count - 1)}`);
  const { fusion, reads, writes } = scheduled;
  const source = program.fused.program;
  const product = fusion.kind === "copy" ? undefined : productOf(source, fusion.root);
  // The simulated program may have another batch's sizes in its attributes (see `programFamily`).
  const traced = trainingStepOf(query, plan.devices).program;
  const asTraced = new Map(traced.operations.map((operation) => [operation.results[0], operation]));
  return {
    number,
    count,
    kind: fusion.kind,
    place: placeOf(fusion.root),
    reads: reads.map((id) => touched(program, id)),
    operations: fusion.operations.map(({ results: [value] }) =>
      formatOperation(traced, asTraced.get(value)!),
    ),
    writes: writes.map((id) => touched(program, id)),
    ...(product && { product }),
    vectorWork: fusion.kind === "collective" ? [] : vectorWorkOf(scheduled, program, chip),
    bytes: bytesMoved(scheduled, program),
    time: times[number]!,
  };
}
