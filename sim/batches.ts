/**
 * @file A study of batch sizes: for each, the simplest plan and the fewest chips with which it fits, and what it takes then.
 */
import type { ModelOptions } from "../src/models/options.js";
import { buildModel, type ModelLike } from "../src/models/zoo.js";
import { batchStudies } from "../src/recipes/batchStudy.js";
import { type ContrastiveLoss, defaultPlan } from "../src/transforms/plan.js";
import { fewestChips, loadAccelerator } from "./chips.js";
import type { AcceleratorProfile, HardwareLike } from "./hardware.js";
import { predict } from "./predict.js";
import type { Prediction } from "./prediction.js";
import { type AnyQuery, nameOf, type Query } from "./query.js";
import { stepMemory } from "./stepMemory.js";

export interface BatchesQuestion<M = string, H = string> {
  /** What is trained. */
  readonly model: M;
  /** What is said of its options. */
  readonly modelOptions: ModelOptions;
  /** Accelerators, each studied by itself. */
  readonly hardware: readonly H[];
  /** What the plan says other than by default; what saves memory is added where a batch needs it. */
  readonly plan: Query["plan"];
  /** Of two towers; other models have none. */
  readonly losses: readonly ContrastiveLoss[];
  /** Ascending. */
  readonly batches: readonly number[];
  /** That a run is to see. */
  readonly examples?: number;
}

/** Of models and machines that need not be in any list. */
export type AnyBatchesQuestion = BatchesQuestion<ModelLike, HardwareLike>;

/** Plans from what is asked to what saves most memory. */
const rungs = ["as asked", "block", "block, 8"] as const;
export type Rung = (typeof rungs)[number];

/** How a batch fits. */
export interface Setup {
  /** The plan: as it was asked for, or what is added to it. */
  readonly rung: Rung;
  /** That share the batch. */
  readonly devices: number;
  /** That these devices are. */
  readonly chips: number;
  /** Of the batch with this plan on so many devices. */
  readonly prediction: Prediction;
  /** To see the examples of the question. */
  readonly runSeconds?: number;
}

export interface BatchRow {
  /** The kind of machine. */
  readonly hardware: string;
  /** Null for a model without towers to compare. */
  readonly loss: ContrastiveLoss | null;
  /** Examples of a step, over all devices. */
  readonly globalBatch: number;
  /** The most bytes that the loss takes at once, on a device of the machine itself with the plan as asked. */
  readonly lossBytes: number;
  /** Whether a plan of the ladder fits on the machine itself. */
  readonly fitsSlice: boolean;
  /** On the machine itself, or on the fewest chips of its kind; null when even the most are too few. */
  readonly setup: Setup | null;
  /** ImageNet zero-shot accuracy, as published; null where it is not. */
  readonly accuracyPercent: number | null;
}

/** More microbatches are seldom worth their time, and the program grows with them. */
const MICROBATCHES = 8;

interface Step {
  readonly rung: Rung;
  readonly plan: Query["plan"];
}

/** The steps of a ladder that say something new. */
function ladder(asked: Query["plan"]): readonly Step[] {
  const { remat = defaultPlan.remat, microbatches = defaultPlan.microbatches } = asked;
  const saving = { ...asked, remat: remat === "none" ? "block" : remat };
  return [
    { rung: "as asked", plan: asked },
    ...(remat === "none" ? [{ rung: "block", plan: saving } as const] : []),
    ...(microbatches < MICROBATCHES
      ? [{ rung: "block, 8", plan: { ...saving, microbatches: MICROBATCHES } } as const]
      : []),
  ];
}

/** Powers of two, and what the paper of the model has besides. */
export function studiedBatches(model: ModelLike, from: number, to: number): readonly number[] {
  const batches = new Set<number>();
  for (let batch = 1; batch <= to; batch *= 2) batches.add(batch);
  for (const published of Object.values(batchStudies[nameOf(model)]?.accuracyPercent ?? {})) {
    for (const batch of Object.keys(published)) batches.add(Number(batch));
  }
  return [...batches].filter((batch) => from <= batch && batch <= to).sort((a, b) => a - b);
}

const divides = ({ globalBatch, plan }: AnyQuery, devices: number) =>
  globalBatch % (devices * (plan?.microbatches ?? defaultPlan.microbatches)) === 0;

/** What smaller batches have shown: what did not fit them does not fit larger ones. */
interface Known {
  /** The first rung worth trying on the machine itself; past the last when none is. */
  readonly rung: number;
  /** The first number of devices worth trying beyond it. */
  readonly from: number;
}

/** Rows of one machine and loss. */
function* rowsOf(
  question: AnyBatchesQuestion,
  chip: AcceleratorProfile,
  loss: ContrastiveLoss | null,
): Generator<BatchRow> {
  const { model, modelOptions, plan: asked, batches, examples } = question;
  const slice = asked.devices ?? chip.devices;
  const steps = ladder({ ...asked, ...(loss && { loss }) });
  const perChip = chip.devicesPerChip.value;
  const setupOf = (query: AnyQuery, rung: Rung, devices: number): Setup => {
    const prediction = predict({ ...query, plan: { ...query.plan, devices } });
    const runSeconds =
      examples === undefined ? {} : { runSeconds: examples / prediction.time.examplesPerSecond };
    return { rung, devices, chips: devices / perChip, prediction, ...runSeconds };
  };
  let known: Known = { rung: 0, from: 2 * slice };
  for (const globalBatch of batches) {
    const queryFor = (plan: Query["plan"]): AnyQuery => {
      return { model, modelOptions, hardware: chip, plan, globalBatch };
    };
    const first = stepMemory(queryFor(steps[0]!.plan), chip);
    const fitting = steps.findIndex(({ plan }, i) => {
      if (i < known.rung || !divides(queryFor(plan), slice)) return false;
      return (i === 0 ? first : stepMemory(queryFor(plan), chip)).verdict !== "does-not-fit";
    });
    let setup: Setup | null = null;
    if (fitting >= 0) {
      const { plan, rung } = steps[fitting]!;
      setup = setupOf(queryFor(plan), rung, slice);
      known = { ...known, rung: fitting };
    } else {
      const best = fewestOf(steps, queryFor, known.from);
      if (best) setup = setupOf(queryFor(best.plan), best.rung, best.devices);
      // With none found, none will be for larger batches.
      known = { rung: steps.length, from: best?.devices ?? Number.POSITIVE_INFINITY };
    }
    // Of the very model that the paper trained.
    const isPublished = Object.keys(modelOptions).length === 0;
    const published =
      isPublished && loss && batchStudies[nameOf(model)]?.accuracyPercent?.[loss]?.[globalBatch];
    yield {
      hardware: chip.name,
      loss,
      globalBatch,
      lossBytes: first.lossBytes,
      fitsSlice: fitting >= 0,
      setup,
      accuracyPercent: published || null,
    };
  }
}

/**
 * The first plan of a ladder that fits on the fewest devices on which any does. What saves more memory than the plan as asked
 * is looked at first, the shortest programs before the longest.
 */
function fewestOf(
  steps: readonly Step[],
  queryFor: (plan: Query["plan"]) => AnyQuery,
  from: number,
): (Step & { readonly devices: number }) | undefined {
  let devices: number | undefined;
  let last: Step | undefined;
  for (const step of steps.length > 1 ? steps.slice(1) : steps) {
    const range = { from, ...(devices !== undefined && { below: devices }) };
    const found = fewestChips(queryFor(step.plan), range);
    if (found) [devices, last] = [found.devices, step];
  }
  if (devices === undefined || last === undefined) return undefined;
  const [asked] = steps as readonly [Step];
  const only = { from: devices, below: devices + 1 };
  const isEnough = last !== asked && fewestChips(queryFor(asked.plan), only) !== undefined;
  return { ...(isEnough ? asked : last), devices };
}

/** The losses that there will be rows of. @throws UserError for an unknown model */
export function lossesOf({
  model,
  modelOptions,
  losses,
}: AnyBatchesQuestion): readonly (ContrastiveLoss | null)[] {
  return buildModel(model, modelOptions).kind === "two-tower" ? losses : [null];
}

/**
 * Studies batch after batch, by machine, loss and batch; small batches first, as what fits them is where larger ones begin.
 *
 * @throws UserError for an unknown model, a machine that is no accelerator, or a batch that does not divide among its devices
 */
export function* batchStudy(question: AnyBatchesQuestion): Generator<BatchRow> {
  const machines = question.hardware.map(loadAccelerator);
  for (const chip of machines) {
    for (const loss of lossesOf(question)) yield* rowsOf(question, chip, loss);
  }
}
