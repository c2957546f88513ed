/**
 * @file The options of `willfit train`, and what a run makes of them: an option says it, or the recipe does, or there is a
 * default.
 */
import { basename, resolve } from "node:path";
import { type Command, Option } from "commander";
import { CHECKPOINTS_KEPT } from "../../train/checkpoints.js";
import { NO_AUGMENTATION } from "../../train/data/augmentation.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import type { Tokenizer } from "../../train/data/tokenizer.js";
import type { BackendName } from "../../train/machine.js";
import type { TrainingOptions } from "../../train/setup.js";
import { type Recipe, recipes } from "../recipes/recipes.js";
import { scaledTraining, type Training } from "../recipes/training.js";
import { defaultHyperparameters } from "../transforms/optimizer.js";
import type { Hyperparameters } from "../transforms/optimizers/rule.js";
import { orList } from "../units/orList.js";
import { formatCount, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { backendOption } from "./hereOptions.js";
import { modelOptionsFrom, modelOrRecipes, planFrom, type QueryFlags, recipeFrom } from "./planOptions.js";
import { newRunFolder } from "./runFolder.js";
import { DATA_KINDS } from "./trainingData.js";

export interface TrainFlags extends QueryFlags {
  readonly data: string;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly warmupSteps?: number;
  readonly weightDecay?: number;
  readonly clipNorm?: number;
  readonly augment?: string;
  readonly mixup?: number;
  readonly labelSmoothing?: number;
  readonly tokenizer?: string;
  readonly prompt?: string;
  readonly seed: number;
  readonly checkpointEvery: number;
  readonly keep: number;
  readonly tensorboard?: boolean;
  readonly dashboard?: boolean;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
  readonly backend?: BackendName;
}

/** What a run without a recipe does. */
const defaults = { batch: 128, epochs: 1, learningRate: 0.003, warmupSteps: 100 } as const;

/** A number within bounds. */
function numberOption(
  flags: string,
  words: string,
  { accepts, like }: { readonly accepts: (value: number) => boolean; readonly like: string },
): Option {
  const [flag] = flags.split(" ");
  return new Option(flags, words).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && accepts(value)) return value;
    throw new UserError(`${flag} ${text}: not ${like}`);
  });
}

const positive = { accepts: (value: number) => value > 0, like: "a positive number; write 0.001 or 3e-3" };
const notNegative = { accepts: (value: number) => value >= 0, like: "a number from 0, such as 0.2" };
const share = {
  accepts: (value: number) => value >= 0 && value < 1,
  like: "a share from 0 to below 1, such as 0.1",
};

function countOption(flags: string, words: string, [of, like]: readonly [of: string, like: string]): Option {
  const [name] = flags.split(" ") as [string];
  return new Option(flags, words).argParser((text) => parseCount(text, { name, of, like }));
}

/** What is taken where nothing is given. */
const recipeElse = (value: number | string) => `(default: the recipe's, or ${value})`;

export function addTrainingOptions(command: Command): Command {
  return command
    .argument("[model]", "a model of `willfit models`")
    .option("--recipe <recipe>", "train as this run of `willfit recipes` was; other options change it")
    .addOption(new Option("--data <data>", `what to learn from: ${DATA_KINDS}`).makeOptionMandatory())
    .addOption(
      countOption("--batch <examples>", `examples a step ${recipeElse(defaults.batch)}`, [
        "a number of examples",
        "128 or 1k",
      ]),
    )
    .addOption(
      countOption("--epochs <n>", `times to see every example ${recipeElse(defaults.epochs)}`, [
        "a whole number",
        "3",
      ]),
    )
    .addOption(
      numberOption("--learning-rate <rate>", `at its highest ${recipeElse(defaults.learningRate)}`, positive),
    )
    .addOption(
      countOption(
        "--warmup-steps <n>",
        `steps until the learning rate is there (default: the recipe's share of them, or ${defaults.warmupSteps})`,
        ["a whole number", "100"],
      ),
    )
    .addOption(
      numberOption(
        "--weight-decay <rate>",
        `of kernels, times the learning rate ${recipeElse(defaultHyperparameters.weightDecay)}`,
        notNegative,
      ),
    )
    .addOption(
      numberOption(
        "--clip-norm <norm>",
        `the most that all gradients together may be ${recipeElse(defaultHyperparameters.clipNorm)}`,
        positive,
      ),
    )
    .option(
      "--augment <steps>",
      `what training images go through, such as "inception-crop|flip|randaugment(2,10)" ${recipeElse(NO_AUGMENTATION)}`,
    )
    .addOption(
      numberOption("--mixup <alpha>", `MixUp's parameter; 0 mixes nothing ${recipeElse(0)}`, notNegative),
    )
    .addOption(
      numberOption(
        "--label-smoothing <share>",
        `what all classes get alike of a label ${recipeElse(0)}`,
        share,
      ),
    )
    .option("--tokenizer <tokenizer>", "of two towers: bytes, or a tokenizer.json (default: bytes)")
    .option(
      "--prompt <sentences>",
      'of two towers: sentences about a class, with | between them, such as "a photo of a {}.|the {}." (default: three in the manner of CLIP\'s)',
    )
    .addOption(
      countOption("--seed <n>", "for first weights and order of examples", ["a whole number", "1"]).default(
        1,
      ),
    )
    .option("--out <folder>", "where to keep checkpoints and metrics (default: a new folder in runs/)")
    .option("--resume", "go on from the newest whole checkpoint in --out")
    .addOption(
      countOption("--checkpoint-every <steps>", "besides the end of every epoch", [
        "a number of steps",
        "500",
      ]).default(500),
    )
    .addOption(
      countOption("--keep <n>", "checkpoints to keep, the newest ones", ["a whole number", "3"]).default(
        CHECKPOINTS_KEPT,
      ),
    )
    .option("--tensorboard", "write TensorBoard's event files too (with the tensorflow backend)")
    .option("--dashboard", "show the run on the whole screen while it goes")
    .option("--dry-run", "say what the run would take on this computer, and train nothing")
    .addOption(backendOption())
    .option("--json", "one JSON object at the end, for programs");
}

/** A recipe with how it was trained. @throws UserError when that is not known */
function trainingOf(recipe: Recipe): Training {
  if (recipe.training) return recipe.training;
  const names = recipes.filter(({ training }) => training).map(({ name }) => name);
  throw new UserError(`${recipe.name} can only be predicted; recipes to train by are ${orList(names)}`);
}

/** The model that is asked for, with the options of the recipe's where it is that. */
export function modelFrom(
  model: string | undefined,
  flags: TrainFlags,
): Pick<TrainingOptions, "model" | "modelOptions"> {
  const recipe = recipeFrom(flags);
  const asked = modelOrRecipes(model, recipe);
  const known = asked === recipe?.model ? recipe.modelOptions : {};
  return { model: asked, modelOptions: { ...known, ...modelOptionsFrom(flags) } };
}

/**
 * What of a recipe's plan is about how a model learns; the rest is about the recipe's machine. So are element types: this
 * computer keeps what is bf16 there as f32.
 */
function recipePlan({ plan }: Recipe, { ema }: Training): Partial<TrainingOptions["plan"]> {
  const { optimizer, loss } = plan;
  return {
    ...(optimizer && { optimizer }),
    ...(loss && { loss }),
    ema,
  };
}

/** What is asked of the trainer. @throws UserError for flags that do not go together */
export function trainingOptions(
  model: string | undefined,
  flags: TrainFlags,
  { dataset, tokenizer }: { readonly dataset: ImageDataset; readonly tokenizer?: Tokenizer },
): TrainingOptions {
  const recipe = recipeFrom(flags);
  const training = recipe && trainingOf(recipe);
  const batch = flags.batch ?? recipe?.globalBatch ?? defaults.batch;
  const epochs = flags.epochs ?? training?.epochs ?? defaults.epochs;
  const steps = Math.floor(dataset.train.count / batch) * epochs;
  const scaled = recipe && training ? scaledTraining(training, recipe, { batch, steps }) : defaults;
  const hyperparameters: Partial<Hyperparameters> = {
    ...training?.hyperparameters,
    ...(flags.weightDecay !== undefined && { weightDecay: flags.weightDecay }),
    ...(flags.clipNorm !== undefined && { clipNorm: flags.clipNorm }),
  };
  const { seed, resume = false, checkpointEvery, keep, tensorboard = false } = flags;
  const asked = modelFrom(model, flags);
  return {
    ...asked,
    plan: { ...(recipe && training && recipePlan(recipe, training)), ...planFrom(flags), globalBatch: batch },
    dataset,
    epochs,
    learningRate: flags.learningRate ?? scaled.learningRate,
    warmupSteps: flags.warmupSteps ?? scaled.warmupSteps,
    hyperparameters,
    augment: flags.augment ?? training?.augment ?? NO_AUGMENTATION,
    mixup: flags.mixup ?? training?.mixup ?? 0,
    labelSmoothing: flags.labelSmoothing ?? training?.labelSmoothing ?? 0,
    ...(tokenizer && { tokenizer }),
    ...(flags.prompt !== undefined && { prompts: flags.prompt.split("|") }),
    seed,
    resume,
    checkpointEvery,
    keep,
    tensorboard,
    out: flags.out ?? newRunFolder(asked.model, basename(resolve(flags.data))),
  };
}

/** One line of what is not plain to see in the options: what the recipe has become at this size. */
export function recipeText({ name, training }: Recipe, options: TrainingOptions): string {
  const { plan, epochs, learningRate, warmupSteps, augment, mixup, labelSmoothing } = options;
  const words = [
    `${formatCount(epochs)} epoch${epochs === 1 ? "" : "s"} at a batch of ${formatCount(plan.globalBatch)}`,
    `learning rate ${Number(learningRate.toPrecision(3))} after ${formatCount(warmupSteps)} steps`,
    ...(augment === NO_AUGMENTATION ? [] : [augment]),
    ...(mixup ? [`MixUp ${mixup}`] : []),
    ...(labelSmoothing ? [`label smoothing ${labelSmoothing}`] : []),
    ...(plan.ema ? [`moving average ${plan.ema}`] : []),
  ];
  return `${name}: ${words.join(", ")}${training?.assumed ? ` (assumed: ${training.assumed})` : ""}`;
}
