/**
 * @file Findings of the papers as experiments for one computer: small models, several seeds, one thing changed at a time. As
 * data; runExperiment.ts runs them.
 */
import type { ModelOptions } from "../src/models/options.js";
import type { Plan } from "../src/transforms/plan.js";
import { nearestName } from "../src/units/nearestName.js";
import { UserError } from "../src/units/userError.js";

/** One of the ways to train that are compared. */
export interface Variant {
  readonly name: string;
  readonly modelOptions?: ModelOptions;
  readonly plan?: Partial<Plan>;
}

/** Variants that differ in the one thing that is asked about; the first is the paper's choice. */
export interface Comparison {
  /** What the variants share and other comparisons do not; empty where there is one comparison. */
  readonly name: string;
  readonly globalBatch: number;
  readonly learningRate: number;
  readonly variants: readonly [Variant, Variant];
}

export interface Experiment {
  readonly name: string;
  readonly question: string;
  /** What the paper found, and where. */
  readonly finding: string;
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly epochs: number;
  readonly comparisons: readonly Comparison[];
}

const BATCH = 128;
const LEARNING_RATE = 2e-3;

/** Sixteen tokens of a 28-pixel image, four blocks: an epoch of MNIST takes less than a minute on two cores. */
const smallVit: ModelOptions = { patch: 7, width: 64, depth: 4, heads: 4 };

const smallVitRuns = { model: "vit-s16", modelOptions: smallVit, epochs: 3 } as const;

const smallSiglip: ModelOptions = { ...smallVit, depth: 3, textDepth: 2, textLength: 32 };

const oneComparison = (variants: Comparison["variants"]): readonly Comparison[] => [
  { name: "", globalBatch: BATCH, learningRate: LEARNING_RATE, variants },
];

const losses: Comparison["variants"] = [
  { name: "sigmoid", plan: { loss: "sigmoid" } },
  { name: "softmax", plan: { loss: "softmax" } },
];

export const experiments: readonly Experiment[] = [
  {
    name: "pooling",
    question: "Global average pooling, or a class token?",
    finding:
      "average pooling is one of the changes that make the baseline better (arXiv 2205.01580, section 2)",
    ...smallVitRuns,
    comparisons: oneComparison([
      { name: "average pooling", modelOptions: { pool: "gap" } },
      { name: "class token", modelOptions: { pool: "token" } },
    ]),
  },
  {
    name: "positions",
    question: "Fixed sin-cos positions, or learned ones?",
    finding: "sin-cos is one of the changes that make the baseline better (arXiv 2205.01580, section 2)",
    ...smallVitRuns,
    comparisons: oneComparison([
      { name: "sincos2d", modelOptions: { posemb: "sincos2d" } },
      { name: "learned", modelOptions: { posemb: "learned" } },
    ]),
  },
  {
    name: "loss",
    question: "A sigmoid for each pair, or a softmax over the batch, by batch size?",
    finding:
      "sigmoid, clearly in small batches: 68.4 against 66.6 % zero-shot at 4k, 73.4 against 72.9 at 32k (arXiv 2303.15343; src/recipes/batchStudy.ts)",
    model: "siglip-b16",
    modelOptions: smallSiglip,
    epochs: 1,
    // The rate grows with the root of the batch, as Adam's noise asks for (arXiv 2205.10287).
    comparisons: [32, 128, 512].map((globalBatch) => ({
      name: `batch ${globalBatch}`,
      globalBatch,
      learningRate: LEARNING_RATE * Math.sqrt(globalBatch / BATCH),
      variants: losses,
    })),
  },
];

/** @throws UserError with the nearest name when there is no such experiment */
export function findExperiment(name: string): Experiment {
  const experiment = experiments.find((it) => it.name === name);
  if (experiment) return experiment;
  const names = experiments.map((it) => it.name);
  throw new UserError(`unknown experiment "${name}"; ${nearestName(name, names)}`);
}
