/**
 * @file The steps that `willfit crosscheck` predicts and runs: a small model of each family, at two batches, with and without
 * rematerialisation; or those that a person asks for.
 */
import type { Query } from "../../sim/query.js";
import type { ModelOptions } from "../models/options.js";
import { buildModel } from "../models/zoo.js";
import { UserError } from "../units/userError.js";

/** A step to predict and to run; the machine is this computer. */
export type CrosscheckCase = Omit<Query, "hardware">;

/** Sizes of a model. */
interface Size {
  readonly options: ModelOptions;
  readonly batches: readonly number[];
}

interface Family {
  readonly model: string;
  readonly losses?: readonly Query["plan"][];
  /** A step takes 0.1 to 1.5 s on TensorFlow, on two cores. */
  readonly full: Size;
  /** A tenth of that or less: as long on WebAssembly, and a glance on TensorFlow. */
  readonly quick: Size;
}

/** Towers as small as ViT-Ti's. */
const tiny = { width: 192, heads: 3 };
const quickTiny = { image: 64, width: 96, heads: 3, depth: 6 };

const families: readonly Family[] = [
  {
    model: "vit-ti16",
    full: { options: {}, batches: [4, 16] },
    quick: { options: quickTiny, batches: [4, 16] },
  },
  {
    model: "siglip-b16",
    losses: [{ loss: "sigmoid" }, { loss: "softmax" }],
    full: { options: tiny, batches: [4, 16] },
    quick: { options: { ...quickTiny, textLength: 16, vocabulary: 1024 }, batches: [4, 16] },
  },
  {
    model: "resnet50",
    full: { options: { image: 128 }, batches: [4, 16] },
    quick: { options: { image: 64, width: 16 }, batches: [4, 16] },
  },
  {
    model: "se-resnet50",
    full: { options: { image: 128 }, batches: [4, 16] },
    quick: { options: { image: 64, width: 16 }, batches: [4, 16] },
  },
  {
    model: "botnet50",
    full: { options: { image: 128 }, batches: [4, 16] },
    quick: { options: { image: 64, width: 16 }, batches: [4, 16] },
  },
  {
    model: "efficientnet-b0",
    full: { options: { image: 128 }, batches: [4, 16] },
    quick: { options: { image: 64, widthPercent: 50 }, batches: [4, 16] },
  },
  {
    model: "mixer-s16",
    full: { options: { image: 112 }, batches: [4, 16] },
    quick: { options: { image: 64, width: 128, depth: 4 }, batches: [4, 16] },
  },
];

/** As the host computes: in f32, whatever the program says. */
const plans: readonly Query["plan"][] = [
  { activations: "f32", remat: "none" },
  { activations: "f32", remat: "block" },
];

/** Of models that the list does not have. */
const otherBatches: readonly number[] = [2, 8];

function familyOf(model: string): Family {
  const size: Size = { options: {}, batches: otherBatches };
  return families.find((family) => family.model === model) ?? { model, full: size, quick: size };
}

export interface CasesAsked {
  /** All of the list where none is named. */
  readonly models: readonly string[];
  /** Every combination of the options given; they replace those of the list. */
  readonly modelOptions: readonly ModelOptions[];
  readonly plans: readonly Query["plan"][];
  readonly batches?: readonly number[];
  readonly quick: boolean;
}

/** Combinations of the list's plans with those asked for, each once. */
function plansOf({ losses = [{}] }: Family, asked: CasesAsked["plans"]): readonly Query["plan"][] {
  const all = losses.flatMap((loss) =>
    plans.flatMap((plan) => asked.map((given) => ({ ...loss, ...plan, ...given }))),
  );
  return [...new Map(all.map((plan) => [JSON.stringify(plan), plan])).values()];
}

export interface Cases {
  readonly cases: readonly CrosscheckCase[];
  /** Why some models are not among them: one line each. */
  readonly leftOut: readonly string[];
}

/**
 * The steps that are asked for; models that cannot be built with the options given are left out.
 *
 * @throws UserError for an unknown model, more devices than this computer is, or when nothing is left
 */
export function crosscheckCases(asked: CasesAsked): Cases {
  const devices = asked.plans.find((plan) => plan.devices !== undefined && plan.devices !== 1)?.devices;
  if (devices !== undefined) throw new UserError(`--devices ${devices}: this computer is one device`);
  for (const model of asked.models) buildModel(model);
  const chosen = asked.models.length > 0 ? asked.models.map(familyOf) : families;
  const cases: CrosscheckCase[] = [];
  const leftOut: string[] = [];
  for (const family of chosen) {
    const { model, [asked.quick ? "quick" : "full"]: size } = family;
    for (const given of asked.modelOptions) {
      const modelOptions = { ...size.options, ...given };
      try {
        buildModel(model, modelOptions);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        leftOut.push(error.message);
        continue;
      }
      const ofModel = plansOf(family, asked.plans);
      for (const globalBatch of asked.batches ?? size.batches)
        cases.push(...ofModel.map((plan) => ({ model, modelOptions, plan, globalBatch })));
    }
  }
  if (cases.length === 0) throw new UserError(leftOut[0] ?? "nothing is asked");
  return { cases, leftOut };
}
