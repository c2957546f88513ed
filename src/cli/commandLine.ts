/** @file A question as it is asked on the command line. */
import type { Query } from "../../sim/query.js";
import { optionFlag } from "../models/options.js";
import type { Recipe } from "../recipes/recipes.js";

type Options = Readonly<Record<string, unknown>>;

/** What a shell would read otherwise is quoted. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The flags of options that are not what they would be anyway. */
function flagsOf(options: Options, known: Options = {}): readonly string[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && known[name] !== value)
    .flatMap(([name, value]) => [optionFlag(name), String(value)]);
}

/** `siglip-b16 --batch 32768 --on tpu-v4x4 --remat block`: what follows the name of a command that takes a question. */
export function commandLine(
  { model, hardware, globalBatch, modelOptions, plan }: Query,
  recipe?: Recipe,
): string {
  const isRecipes = model === recipe?.model;
  // A recipe's share for each device is its own machine's.
  const { devices, ...elsewhere } = recipe?.plan ?? {};
  const knownPlan = hardware === recipe?.hardware ? { ...elsewhere, devices } : elsewhere;
  const words = [
    ...(isRecipes ? [] : [model]),
    ...(recipe ? ["--recipe", recipe.name] : []),
    ...flagsOf({ batch: globalBatch, on: hardware }, { batch: recipe?.globalBatch, on: recipe?.hardware }),
    ...flagsOf(modelOptions, isRecipes ? recipe.modelOptions : {}),
    ...flagsOf(plan, knownPlan),
  ];
  return words.map(quoted).join(" ");
}
