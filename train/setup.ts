/**
 * @file What a training run is, before any of it has run: its model as the data need it, its plan and schedule, and what
 * becomes of the examples.
 */
import type { Classifier, Model, TwoTower } from "../src/models/model.js";
import type { ModelOptions } from "../src/models/options.js";
import { buildModel } from "../src/models/zoo.js";
import type { Program } from "../src/program/types.js";
import { defaultHyperparameters } from "../src/transforms/optimizer.js";
import type { Hyperparameters } from "../src/transforms/optimizers/rule.js";
import { defaultPlan, type Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { UserError } from "../src/units/userError.js";
import { type BatchValues, labelledBatch, tokensOf } from "./batch.js";
import { captionsOf, checkPrompts, defaultPrompts } from "./captions.js";
import {
  type Augmentation,
  formatAugmentation,
  NO_AUGMENTATION,
  parseAugmentation,
} from "./data/augmentation.js";
import type { ImageDataset, ImageExamples } from "./data/dataset.js";
import { bytesTokenizer, type Tokenizer } from "./data/tokenizer.js";
import { classifierEvaluation, type Evaluator } from "./evaluate.js";
import { pairEvaluation } from "./evaluatePairs.js";
import type { Measure } from "./measure.js";
import type { RunCommand } from "./runFile.js";
import type { Schedule } from "./schedule.js";

export interface TrainingOptions {
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly plan: Partial<Plan> & Pick<Plan, "globalBatch">;
  readonly dataset: ImageDataset;
  readonly epochs: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  /** What differs from the optimizer's defaults. */
  readonly hyperparameters?: Partial<Hyperparameters>;
  /** What training images go through; nothing unless given. */
  readonly augment?: string;
  /** Parameters of MixUp's beta distribution; 0, which mixes nothing, unless given. */
  readonly mixup?: number;
  /** Share of a label's probability that all classes get alike; 0 unless given. */
  readonly labelSmoothing?: number;
  /** Of two towers; bytes unless given. */
  readonly tokenizer?: Tokenizer;
  /** Sentences about a class, for zero-shot classification and where images have labels but no captions. */
  readonly prompts?: readonly string[];
  readonly seed: number;
  /** Folder for checkpoints and metrics; nothing is kept without it. */
  readonly out?: string;
  /** Go on from the newest whole checkpoint in `out`. */
  readonly resume: boolean;
  /** Steps between checkpoints; there is one at the end of every epoch too. */
  readonly checkpointEvery: number;
  /** Checkpoints to keep, the newest ones; 3 unless given. */
  readonly keep?: number;
  /** Whether TensorBoard's event files are written too; not unless given. */
  readonly tensorboard?: boolean;
  /** What started the run, to be kept with it. */
  readonly command?: RunCommand;
}

/** A model that learns from a data set of images. */
type TrainableModel = Classifier | TwoTower;

export interface RunSetup {
  readonly model: TrainableModel;
  readonly plan: Plan;
  readonly hyperparameters: Hyperparameters;
  readonly stepsPerEpoch: number;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
  /** The program of a step. */
  readonly program: () => Program;
  /** What the examples of step `step` become. */
  readonly batch: (examples: ImageExamples, step: number) => BatchValues;
  /** What is measured on the test split. */
  readonly measure: Measure;
  readonly evaluator: () => Evaluator;
}

/** What a kind of model makes of the examples. */
type Task = Pick<RunSetup, "batch" | "measure" | "evaluator">;

function classification(model: Classifier, options: TrainingOptions): Task {
  const { dataset, seed, labelSmoothing = 0, mixup = 0 } = options;
  const labels = { classes: model.classes, labelSmoothing, mixup };
  return {
    batch: (examples, step) => labelledBatch(examples, labels, `${seed} mixup ${step}`),
    measure: "classification",
    evaluator: () => classifierEvaluation(model, dataset),
  };
}

function pairing(model: TwoTower, options: TrainingOptions, tokenizer: Tokenizer): Task {
  const { dataset, seed, labelSmoothing = 0, mixup = 0, prompts = defaultPrompts } = options;
  if (labelSmoothing > 0 || mixup > 0) {
    throw new UserError(
      `${model.name} learns from pairs: it has no labels for --label-smoothing and --mixup`,
    );
  }
  checkPrompts(prompts);
  if (model.vocabulary < tokenizer.vocabulary) {
    throw new UserError(
      `--vocabulary ${model.vocabulary}: ${tokenizer.name} has ${tokenizer.vocabulary} tokens; leave it out`,
    );
  }
  const { classes } = dataset;
  return {
    batch: ({ pixels, labels, captions }, step) => {
      const sentences = captionsOf(labels, classes, prompts, `${seed} caption ${step}`);
      // Of images with captions and images with classes in one data set, each has what it has.
      const texts = sentences.map((sentence, i) => captions?.[i] || sentence);
      return new Map<string, Float32Array | Int32Array>([
        ["images", pixels],
        ["tokens", tokensOf(texts, tokenizer, model.textLength)],
      ]);
    },
    measure: classes.length > 0 ? "zero-shot" : "retrieval",
    evaluator: () => pairEvaluation(model, dataset, { tokenizer, prompts }),
  };
}

/** The image tower of two, when it is to see images. @throws UserError when it would not */
function checkTowers(model: Model): void {
  if (model.kind === "two-tower" && model.options.imageTower === "precomputed") {
    throw new UserError(
      `${model.name} takes embeddings in place of images; add --image-tower trained or frozen`,
    );
  }
}

/** The model as the data set needs it: its image size, channels, classes and tokens unless the options say otherwise. */
function modelFor(
  { model: name, modelOptions, dataset }: TrainingOptions,
  tokenizer: Tokenizer,
): TrainableModel {
  const { image, channels } = dataset;
  const classes = dataset.classes.length;
  const probe = buildModel(name);
  if (probe.kind === "detector") {
    throw new UserError(`${name} learns from objects in images, and ${dataset.name} has whole images`);
  }
  if (probe.kind === "classifier" && classes === 0) {
    throw new UserError(`${name} learns from labels, and ${dataset.name} has captions only`);
  }
  const targets = probe.kind === "classifier" ? { classes } : textOptions(tokenizer);
  const model = buildModel(name, { image, channels, ...targets, ...modelOptions });
  if (model.kind === "detector") throw new Error(`${name} changed its kind with its options`);
  checkTowers(model);
  const hasItsClasses = model.kind !== "classifier" || model.classes === classes;
  if (model.image !== image || model.channels !== channels || !hasItsClasses) {
    throw new UserError(
      `${dataset.name} has ${image}x${image} images of ${channels} channel(s) in ${classes} classes; ` +
        `leave --image, --channels and --classes out`,
    );
  }
  return model;
}

/** Characters of most captions: a token is a byte where nothing else is given. */
const BYTES_OF_A_TEXT = 64;

const textOptions = (tokenizer: Tokenizer): ModelOptions => ({
  vocabulary: tokenizer.vocabulary,
  ...(tokenizer === bytesTokenizer && { textLength: BYTES_OF_A_TEXT }),
});

/**
 * The model, plan and steps of a run.
 *
 * @throws UserError when model and data do not go together
 */
export function setUp(options: TrainingOptions): RunSetup {
  const { dataset, epochs, tokenizer = bytesTokenizer, augment = NO_AUGMENTATION } = options;
  const augmentation = parseAugmentation(augment);
  const model = modelFor(options, tokenizer);
  const plan: Plan = {
    ...defaultPlan,
    optimizer: model.optimizer,
    activations: "f32",
    devices: 1,
    ...options.plan,
  };
  const { globalBatch: batch } = plan;
  const stepsPerEpoch = Math.floor(dataset.train.count / batch);
  if (stepsPerEpoch === 0) {
    throw new UserError(
      `a batch of ${batch} is more than the ${dataset.train.count} examples of ${dataset.name}`,
    );
  }
  const hyperparameters = { ...defaultHyperparameters, ...options.hyperparameters };
  return {
    model,
    plan,
    hyperparameters,
    stepsPerEpoch,
    schedule: {
      peak: options.learningRate,
      warmupSteps: options.warmupSteps,
      steps: stepsPerEpoch * epochs,
    },
    augmentation,
    program: () => traceTrainingStep(model, plan, hyperparameters),
    ...(model.kind === "classifier" ? classification(model, options) : pairing(model, options, tokenizer)),
  };
}

/** What has to agree between a checkpoint and the run that goes on from it. */
export function identityOf(
  options: TrainingOptions,
  { model, plan, hyperparameters, augmentation }: RunSetup,
): Readonly<Record<string, string>> {
  const { learningRate, warmupSteps, epochs, seed, dataset } = options;
  const { mixup = 0, labelSmoothing = 0, prompts = defaultPrompts } = options;
  const texts = model.kind === "two-tower" && {
    tokenizer: (options.tokenizer ?? bytesTokenizer).name,
    prompts,
  };
  return {
    model: model.name,
    options: JSON.stringify(model.options),
    plan: JSON.stringify(plan),
    run: JSON.stringify({ data: dataset.identity ?? dataset.name, learningRate, warmupSteps, epochs, seed }),
    training: JSON.stringify({
      augment: formatAugmentation(augmentation),
      mixup,
      labelSmoothing,
      hyperparameters,
      ...texts,
    }),
  };
}
