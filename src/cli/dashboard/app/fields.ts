/**
 * @file What of a question can be changed with the keys: its model, machine, batch and recipe, and every option that the command
 * line has for the plan and this model. Each knows its value, and what the question is with another.
 */
import { hardwareNames, loadHardware } from "../../../../sim/hardware.js";
import { openPlanFor } from "../../../../sim/query.js";
import { familyOptions, optionFlag } from "../../../models/options.js";
import { buildModel, zoo } from "../../../models/zoo.js";
import { findRecipe, recipes } from "../../../recipes/recipes.js";
import { defaultPlan, planSchema } from "../../../transforms/plan.js";
import { formatCount, parseCount } from "../../../units/quantity.js";
import { UserError } from "../../../units/userError.js";
import {
  BATCH,
  choose,
  modelValues,
  type OptionValue,
  type PlanOption,
  planValues,
} from "../../planOptions.js";
import { type Question, questionOf, withHardware, withModel } from "./question.js";

export interface Choice {
  readonly value: string;
  /** What it is, in a few words. */
  readonly detail: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly group: "question" | "plan" | "model";
  /** What it is about, in a line. */
  readonly words: string;
  readonly value: string;
  /** What it can be; any text where it is left out. */
  readonly choices?: readonly Choice[];
  /** The question with another value. @throws UserError for a value that is none */
  readonly set: (text: string) => Question;
  /** The question with the value before or after this one, where values have an order; undefined at the ends. */
  readonly step?: (direction: -1 | 1) => Question | undefined;
}

/** Stands for no recipe. */
const NONE = "none";

/** `momentumDtype` as it is read: `momentum dtype`. */
const labelOf = (name: string) => optionFlag(name).slice(2).replaceAll("-", " ");

const plain = (values: readonly string[]): readonly Choice[] =>
  values.map((value) => ({ value, detail: "" }));

/** Goes from a choice to the next, and from the last to the first. */
function cycling(value: string, choices: readonly Choice[], set: Field["set"]): NonNullable<Field["step"]> {
  return (direction) => {
    const at = choices.findIndex((choice) => choice.value === value);
    const next = (at + direction + choices.length) % choices.length;
    return set(choices[next]!.value);
  };
}

function choiceField(
  field: Omit<Field, "set" | "step" | "choices">,
  choices: readonly Choice[],
  to: (value: string) => Question,
): Field {
  const values = choices.map(({ value }) => value);
  const set = (text: string) => to(choose(field.label, text.trim(), values));
  return { ...field, choices, set, step: cycling(field.value, choices, set) };
}

function modelField(question: Question): Field {
  const choices = Object.entries(zoo).map(([value, { description }]) => ({ value, detail: description }));
  const field = { name: "model", label: "model", group: "question", words: "what is trained" } as const;
  return choiceField({ ...field, value: question.model }, choices, (model) => withModel(question, model));
}

function hardwareField(question: Question): Field {
  // One that was named by its file on the command line is in no list.
  const names = new Set([...hardwareNames(), question.hardware]);
  const choices = [...names].map((value) => ({ value, detail: loadHardware(value).description }));
  const field = {
    name: "hardware",
    label: "hardware",
    group: "question",
    words: "what it is trained on",
  } as const;
  return choiceField({ ...field, value: question.hardware }, choices, (name) => withHardware(question, name));
}

function recipeField(question: Question): Field {
  const choices = [
    { value: NONE, detail: "one step, and no run" },
    ...recipes.map(({ name, summary }) => ({ value: name, detail: summary })),
  ];
  const words = "a paper's run: its model, machine, batch and plan, and what its steps take";
  const field = { name: "recipe", label: "recipe", group: "question", words } as const;
  return choiceField({ ...field, value: question.recipe ?? NONE }, choices, (name) => {
    if (name !== NONE) return questionOf(findRecipe(name));
    const { recipe: _, ...others } = question;
    return others;
  });
}

/** What a batch has to be a multiple of. */
export function batchUnit({ plan, hardware }: Question): number {
  const devices = plan.devices ?? loadHardware(hardware).devices;
  return devices * (plan.microbatches ?? defaultPlan.microbatches);
}

/** More examples than anyone asks for: 2³⁰. */
const LARGEST_BATCH = 2 ** 30;

/** The next power of two times `unit` that is larger or smaller; undefined beyond the ends. */
export function nextBatch(batch: number, unit: number, direction: -1 | 1): number | undefined {
  const power = Math.log2(batch / unit);
  const next = unit * 2 ** (direction > 0 ? Math.max(0, Math.floor(power) + 1) : Math.ceil(power) - 1);
  return next < unit || next > LARGEST_BATCH ? undefined : next;
}

/** The same question with the batches to both sides. */
export function neighbours(question: Question): readonly Question[] {
  return ([1, -1] as const).flatMap((direction) => {
    const globalBatch = nextBatch(question.globalBatch, batchUnit(question), direction);
    return globalBatch === undefined ? [] : [{ ...question, globalBatch }];
  });
}

function batchField(question: Question): Field {
  const { globalBatch } = question;
  return {
    name: "batch",
    label: "batch",
    group: "question",
    words: "examples a step over all devices: 4096, 32k or 1M (k = 1024)",
    value: formatCount(globalBatch),
    set: (text) => ({ ...question, globalBatch: parseCount(text, { ...BATCH, name: "batch" }) }),
    step: (direction) => {
      const next = nextBatch(globalBatch, batchUnit(question), direction);
      return next === undefined ? undefined : { ...question, globalBatch: next };
    },
  };
}

/** Values of `remat` that are worth a place in a list; parts of the model can be typed. */
const REMAT = ["none", "block", "full"];

/** Counts that are tried in powers of two. */
const DOUBLING = new Set(["devices", "microbatches"]);

function planField(question: Question, { name, words, choices, parse }: OptionValue, value: string): Field {
  const to = (text: string): Question => {
    const asked = parse(text.trim());
    const { [name as keyof Question["plan"]]: _, ...others } = question.plan;
    const recipePlan = question.recipe === undefined ? {} : findRecipe(question.recipe).plan;
    // A plan that says what it would be anyway is the same plan, and is answered already; a recipe would be it otherwise.
    const isDefault =
      !(name in recipePlan) && (defaultPlan as Readonly<Record<string, unknown>>)[name] === asked;
    return { ...question, plan: isDefault ? others : { ...others, [name]: asked } };
  };
  const field = { name, label: labelOf(name), group: "plan", words, value } as const;
  if (choices) return choiceField(field, plain(choices), to);
  if (name === "remat") return { ...field, set: to, step: cycling(value, plain(REMAT), to) };
  if (!DOUBLING.has(name)) return { ...field, set: to };
  const step = (direction: -1 | 1) => {
    const next = Number(value) * 2 ** direction;
    const isPossible = planSchema.shape[name as PlanOption].safeParse(next).success;
    return isPossible ? to(String(next)) : undefined;
  };
  return { ...field, set: to, step };
}

/** The options of a model as they are, with what was asked where that can be built. */
function optionsAsBuilt({ model, modelOptions }: Question): Readonly<Record<string, string | number>> {
  try {
    return buildModel(model, modelOptions).options;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...buildModel(model).options, ...modelOptions } as Record<string, string | number>;
  }
}

function modelOptionField(question: Question, option: OptionValue, value: string): Field {
  const { name, words, choices, parse } = option;
  const to = (text: string): Question => {
    return { ...question, modelOptions: { ...question.modelOptions, [name]: parse(text.trim()) } };
  };
  const field = { name, label: labelOf(name), group: "model", words, value } as const;
  return choices ? choiceField(field, plain(choices), to) : { ...field, set: to };
}

const ofPlans = new Map(planValues().map((option) => [option.name, option]));
const ofModels = modelValues();

/** What a plan option means nothing without. */
function concerns(name: string, { model }: Question): boolean {
  return name !== "loss" || zoo[model]!.family === "two-tower";
}

/** Those that are changed most come first. */
const PLAN_ORDER = ["remat", "microbatches", "shard", "activations", "optimizer", "momentumDtype"];

/** Every field of a question, in the order in which they are shown. */
export function fieldsOf(question: Question): readonly Field[] {
  const { optimizer } = buildModel(question.model);
  const plan: Readonly<Record<string, string | number>> = {
    ...openPlanFor(question, { optimizer }, loadHardware(question.hardware).devices),
  };
  const names = [...new Set([...PLAN_ORDER, ...ofPlans.keys()])].filter((name) => concerns(name, question));
  const { shape } = familyOptions[zoo[question.model]!.family];
  const options = optionsAsBuilt(question);
  return [
    modelField(question),
    hardwareField(question),
    batchField(question),
    recipeField(question),
    ...names.map((name) => planField(question, ofPlans.get(name)!, String(plan[name]))),
    ...ofModels
      .filter(({ name }) => name in shape)
      .map((option) => modelOptionField(question, option, String(options[option.name]))),
  ];
}
