/**
 * @file The options that make up a question: machine, batch, plan and model options, read into a `Query`.
 *
 * Which plan and model options there are, and their choices, is read off the schemas of `Plan` and of the model
 * families; here are only the words for them.
 */
import { type Command, Option } from "commander";
import { z } from "zod";
import { hardwareNames } from "../../sim/hardware.js";
import type { Query } from "../../sim/query.js";
import {
  type Family,
  familyOptions,
  type ModelOptions,
  type OptionValues,
  optionFlag,
} from "../models/options.js";
import { findRecipe, type Recipe } from "../recipes/recipes.js";
import { defaultPlan, type Plan, planSchema } from "../transforms/plan.js";
import { nearestName } from "../units/nearestName.js";
import { orList } from "../units/orList.js";
import { type Asked, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";

/** How a batch is written. */
export const BATCH: Asked = { name: "--batch", of: "a number of examples", like: "4096, 32k or 1M" };

export type PlanOption = Exclude<keyof Plan, "globalBatch">;
type ModelOption = { [F in Family]: Extract<keyof OptionValues<F>, string> }[Family];

/** Words for every option of the plan, in the order in which they are shown. */
export const planWords: Readonly<Record<PlanOption, string>> = {
  devices: "devices that share the batch (default: all of the machine's)",
  loss: `how two towers are compared (default: ${defaultPlan.loss})`,
  optimizer: "how parameters are updated (default: the paper's)",
  momentumDtype: `element type of the first moment (default: ${defaultPlan.momentumDtype})`,
  activations: `element type of activations (default: ${defaultPlan.activations})`,
  batchNorm: `whose examples batch normalisation takes its statistics of (default: ${defaultPlan.batchNorm})`,
  microbatches: `parts that a device works through one after the other (default: ${defaultPlan.microbatches})`,
  shard: `whether each device holds only its part of parameters and optimizer state, and gathers the rest where it is read (default: ${defaultPlan.shard})`,
  ema: "decay of a moving average of the parameters that is kept beside them, such as 0.9999 (default: none)",
  remat: `what the backward pass computes again instead of keeping it: none, block, full (blocks and all between them) or parts of the model, such as attention,mlp (default: ${defaultPlan.remat})`,
};

/** Words for every option of the models. */
export const modelWords: Readonly<Record<ModelOption, string>> = {
  image: "side of the image in pixels",
  patch: "side of a patch in pixels",
  channels: "channels of the image",
  width: "features of a token, or of the first stage",
  depth: "blocks, or layers of a residual network",
  heads: "attention heads",
  mlp: "hidden features of a block (default: four times the width)",
  tokenMlp: "hidden features of a Mixer across tokens (default: half the width)",
  classes: "classes to tell apart",
  head: "the classifier on top",
  pool: "how tokens become one vector",
  posemb: "position embedding",
  imageTower: "whether the image tower learns, only runs, or has run before (its embeddings are the batch)",
  textWidth: "features of a token of the text tower",
  textDepth: "blocks of the text tower",
  textMlp: "hidden features of a block of the text tower (default: four times its width)",
  textHeads: "attention heads of the text tower",
  textLength: "tokens of a text",
  vocabulary: "rows of the token table",
  tokenWidth: "columns of the token table; fewer than the tower's features are projected (mSigLIP: 96)",
  squeezeExcite: "what squeeze and excitation divides a block's channels by; 0 for none",
  nonlinearity: "of a BoTNet's convolutions",
  lastStride: "stride of the last stage of a BoTNet: 2, or 1 for the S1 variants",
  stemWidth: "features of the first convolutions of a deep stem",
  widthPercent: "features of an EfficientNet, in percent of B0's",
  depthPercent: "blocks of an EfficientNet, in percent of B0's",
  backbone: "what the detector is built on",
  rois: "regions of an image that the detector's heads are trained on",
  objects: "most objects in an image",
};

/** A name out of a list, as it is typed. @throws UserError with the nearest one */
export function choose<Name extends string>(flag: string, text: string, choices: readonly Name[]): Name {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new UserError(`${flag} ${text}: unknown; ${nearestName(text, choices)}`);
}

/** Words that end in another default, where there is one. */
export function withDefault(words: string, value: string | undefined): string {
  return value === undefined ? words : words.replace(/\(default: [^)]*\)$/, `(default: ${value})`);
}

/** One value of an option, as it is typed. */
export interface OptionValue {
  readonly name: string;
  readonly placeholder: "name" | "n" | "parts";
  readonly words: string;
  /** Where it is one of some. */
  readonly choices?: readonly string[];
  /** @throws UserError with what would be right */
  readonly parse: (text: string) => string | number;
}

/** What an option takes whose values are those of the schemas that go by its name: one of some names, or a count. */
function optionValue(name: string, schemas: readonly z.ZodType[], words: string): OptionValue {
  const flag = optionFlag(name);
  const choices = schemas.flatMap((schema) =>
    schema instanceof z.ZodEnum ? schema.options.map(String) : [],
  );
  if (choices.length > 0) {
    const known = [...new Set(choices)];
    return {
      name,
      placeholder: "name",
      words: `${orList(known)}: ${words}`,
      choices: known,
      parse: (text) => choose(flag, text, known),
    };
  }
  const text = schemas.find((schema) => schema instanceof z.ZodString);
  if (text) {
    const parse = (given: string) => {
      if (text.safeParse(given).success) return given;
      throw new UserError(`${flag} ${given}: not names with commas between them, such as attention,mlp`);
    };
    return { name, placeholder: "parts", words, parse };
  }
  const share = schemas.find((schema) => schema instanceof z.ZodNumber && !schema.isInt);
  if (share) {
    const parse = (given: string) => {
      const parsed = share.safeParse(given.trim() === "" ? undefined : Number(given));
      if (parsed.success) return Number(given);
      throw new UserError(`${flag} ${given}: not a number from 0 to below 1, such as 0.9999`);
    };
    return { name, placeholder: "n", words, parse };
  }
  const asked: Asked = { name: flag, of: "a whole number", like: "16, 224 or 32k" };
  const hasNone = schemas.some((schema) => schema.safeParse(0).success);
  const parse = (given: string) => {
    const value = hasNone && given.trim() === "0" ? 0 : parseCount(given, asked);
    const results = schemas.map((schema) => schema.safeParse(value));
    const [refusal] = results;
    // Of an option that several families have, one that takes the value is enough: which it is for is known later.
    if (!refusal?.error || results.some(({ success }) => success)) return value;
    throw new UserError(`${flag} ${given.trim()}: ${refusal.error.issues[0]!.message}`);
  };
  return { name, placeholder: "n", words, parse };
}

/** Makes a command line option of a value. */
export type AsOption = (value: OptionValue) => Option;

/** An option that takes one value. */
export const singleOption: AsOption = ({ name, placeholder, words, parse }) =>
  new Option(`${optionFlag(name)} <${placeholder}>`, words).argParser(parse);

/** What commander makes of the options below. */
export interface QueryFlags {
  readonly on?: string;
  readonly batch?: number;
  readonly recipe?: string;
  readonly json?: boolean;
  readonly [option: string]: string | number | boolean | undefined;
}

/** Gives a command the model argument and all options of a question. */
export function addQueryOptions(command: Command, { json = true } = {}): Command {
  command
    .argument("[model]", "a model of `willfit models`")
    .option("--recipe <recipe>", "a run of `willfit recipes`; other options change it")
    .option("--on <hardware>", "a machine of `willfit hardware`, or a JSON file like one of its profiles")
    .addOption(
      new Option(
        "--batch <examples>",
        "examples a step, over all devices: 4096, 32k, 1M (k = 1024)",
      ).argParser((text) => parseCount(text, BATCH)),
    );
  if (json) command.option("--json", "one JSON object, in bytes and seconds, for programs");
  return addModelOptions(command);
}

/** The options of the plan. */
export function planValues(): readonly OptionValue[] {
  return Object.entries(planWords).map(([name, words]) =>
    optionValue(name, [planSchema.shape[name as PlanOption]], words),
  );
}

/** The options of all models. */
export function modelValues(): readonly OptionValue[] {
  return Object.entries(modelWords).map(([name, words]) => {
    const schemas = Object.values(familyOptions).flatMap(({ shape }) =>
      name in shape ? [shape[name as keyof typeof shape] as z.ZodType] : [],
    );
    return optionValue(name, schemas, words);
  });
}

/** Gives a command the options of plan and model. */
export function addModelOptions(command: Command, asOption: AsOption = singleOption): Command {
  command.optionsGroup("Plan options:");
  for (const value of planValues()) command.addOption(asOption(value));
  command.optionsGroup("Model options (by default the model's own: willfit models MODEL shows them):");
  for (const value of modelValues()) command.addOption(asOption(value));
  return command;
}

/** Those of the given options that `words` names. */
function given(
  flags: Readonly<Record<string, unknown>>,
  words: Readonly<Record<string, string>>,
): Record<string, number | string> {
  return Object.fromEntries(
    Object.keys(words).flatMap((name) => {
      const value = flags[name];
      return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
    }),
  );
}

/** The model options among the flags. */
export function modelOptionsFrom(flags: Readonly<Record<string, unknown>>): ModelOptions {
  return given(flags, modelWords);
}

/** The plan options among the flags. */
export function planFrom(flags: Readonly<Record<string, unknown>>): Query["plan"] {
  return planSchema.omit({ globalBatch: true }).exactPartial().parse(given(flags, planWords));
}

/** The recipe among the flags. @throws UserError when there is none of this name */
export function recipeFrom({ recipe }: QueryFlags): Recipe | undefined {
  return recipe === undefined ? undefined : findRecipe(recipe);
}

/** @throws UserError when neither names a model */
export function modelOrRecipes(model: string | undefined, recipe: Recipe | undefined): string {
  const asked = model ?? recipe?.model;
  if (asked !== undefined) return asked;
  throw new UserError("the model is missing: say a name of `willfit models`, or --recipe");
}

/** A question that needs no machine. @throws UserError when the model or the batch is missing */
export function questionFrom(model: string | undefined, flags: QueryFlags): Omit<Query, "hardware"> {
  const recipe = recipeFrom(flags);
  const globalBatch = flags.batch ?? recipe?.globalBatch;
  const asked = modelOrRecipes(model, recipe);
  if (globalBatch === undefined)
    throw new UserError(`--batch is missing: say how many examples a step, such as ${BATCH.like}`);
  // Another model does not take the options of the recipe's.
  const known = asked === recipe?.model ? recipe.modelOptions : {};
  // On another machine the recipe's share for each device would be another.
  const { devices, ...plan } = recipe?.plan ?? {};
  const isRecipes = flags.on === undefined || flags.on === recipe?.hardware;
  return {
    model: asked,
    modelOptions: { ...known, ...modelOptionsFrom(flags) },
    plan: { ...plan, ...(isRecipes && devices !== undefined && { devices }), ...planFrom(flags) },
    globalBatch,
  };
}

/** @throws UserError when the model, the machine or the batch is missing */
export function queryFrom(model: string | undefined, flags: QueryFlags): Query {
  const recipe = recipeFrom(flags);
  modelOrRecipes(model, recipe);
  const hardware = flags.on ?? recipe?.hardware;
  if (hardware === undefined)
    throw new UserError(`--on is missing: say which machine, ${orList(hardwareNames())}`);
  return { ...questionFrom(model, flags), hardware };
}
