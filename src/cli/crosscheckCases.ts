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

/** From the largest, for TensorFlow on two cores, to what plain JavaScript is through with in a second or a few a step. */
export const caseSizes = ["large", "middle", "small"] as const;
export type CaseSize = (typeof caseSizes)[number];

interface Family {
  readonly model: string;
  /** Plans of its own: two towers have two losses. */
  readonly plans?: readonly Query["plan"][];
  readonly options: Readonly<Record<CaseSize, ModelOptions>>;
}

/** Towers as small as ViT-Ti's, and smaller. */
const towers: Family["options"] = {
  large: { width: 192, heads: 3 },
  middle: { image: 64, width: 96, heads: 3, depth: 6 },
  small: { image: 32, width: 48, heads: 3, depth: 4 },
};

const residual: Family["options"] = {
  large: { image: 128 },
  middle: { image: 64, width: 16 },
  small: { image: 32, width: 8 },
};

const families: readonly Family[] = [
  { model: "vit-ti16", options: { ...towers, large: {} } },
  {
    model: "siglip-b16",
    plans: [{ loss: "sigmoid" }, { loss: "softmax" }],
    options: {
      large: towers.large,
      middle: { ...towers.middle, textLength: 16, vocabulary: 1024 },
      small: { ...towers.small, textLength: 8, vocabulary: 256 },
    },
  },
  { model: "resnet50", options: residual },
  { model: "se-resnet50", options: residual },
  { model: "botnet50", options: residual },
  {
    model: "efficientnet-b0",
    options: {
      large: { image: 128 },
      middle: { image: 64, widthPercent: 50 },
      small: { image: 32, widthPercent: 25 },
    },
  },
  {
    model: "mixer-s16",
    options: {
      large: { image: 112 },
      middle: { image: 64, width: 128, depth: 4 },
      small: { image: 32, width: 64, depth: 2 },
    },
  },
];

/** With these a step of the large list takes 0.15 to 1.1 s on TensorFlow, on two cores. */
const listBatches: readonly number[] = [4, 16];

/** As the host computes: in f32, whatever the program says. */
const plans: readonly Query["plan"][] = [
  { activations: "f32", remat: "none" },
  { activations: "f32", remat: "block" },
];

/** A model that the list does not have is what it is, at every size. */
function familyOf(model: string): Family {
  return (
    families.find((family) => family.model === model) ?? {
      model,
      options: { large: {}, middle: {}, small: {} },
    }
  );
}

export interface CasesAsked {
  /** All of the list where none is named. */
  readonly models: readonly string[];
  /** Every combination of the options given; they replace those of the list. */
  readonly modelOptions: readonly ModelOptions[];
  readonly plans: readonly Query["plan"][];
  readonly batches?: readonly number[];
  readonly size: CaseSize;
}

/** Combinations of the list's plans with those asked for, each once. */
function plansOf({ plans: own = [{}] }: Family, asked: CasesAsked["plans"]): readonly Query["plan"][] {
  const all = own.flatMap((loss) =>
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
  if (devices !== undefined)
    throw new UserError(`--devices ${devices}: this computer is one device; leave it out`);
  for (const model of asked.models) buildModel(model);
  const chosen = asked.models.length > 0 ? asked.models.map(familyOf) : families;
  const cases: CrosscheckCase[] = [];
  const leftOut: string[] = [];
  for (const family of chosen) {
    const { model, options } = family;
    for (const given of asked.modelOptions) {
      const modelOptions = { ...options[asked.size], ...given };
      try {
        buildModel(model, modelOptions);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        leftOut.push(error.message);
        continue;
      }
      const ofModel = plansOf(family, asked.plans);
      for (const globalBatch of asked.batches ?? listBatches)
        cases.push(...ofModel.map((plan) => ({ model, modelOptions, plan, globalBatch })));
    }
  }
  if (cases.length === 0) throw new UserError(leftOut[0] ?? "nothing is asked");
  return { cases, leftOut };
}
