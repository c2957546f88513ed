/**
 * @file What may stand in the place of an option's or argument's placeholder, `<hardware>` or `[model]`: names out of the tables
 * that commands check against. `<hardware,…>` takes several, with commas between them.
 */
import type { Argument, Option } from "commander";
import { formatCount } from "../../units/quantity.js";

interface Candidate {
  readonly value: string;
  readonly description?: string;
}

type Source = () => Promise<readonly Candidate[]>;

const named = (values: readonly string[]): readonly Candidate[] => values.map((value) => ({ value }));

const KIBI = 1024;

/** What people ask for: 128 to 64k, by powers of two. */
const batches: readonly Candidate[] = Array.from({ length: 10 }, (_, doublings) => {
  const batch = 128 * 2 ** doublings;
  const value = batch < KIBI ? String(batch) : `${batch / KIBI}k`;
  return { value, description: `${formatCount(batch)} examples` };
});

const models: Source = async () => {
  const { zoo } = await import("../../models/zoo.js");
  return Object.entries(zoo).map(([value, { description }]) => ({ value, description }));
};

/** By the word in the brackets. */
const sources: Readonly<Record<string, Source>> = {
  model: models,
  models,
  examples: async () => batches,
  hardware: async () => {
    const { hardwareNames, loadHardware } = await import("../../../sim/hardware.js");
    return hardwareNames().map((value) => {
      try {
        return { value, description: loadHardware(value).description };
      } catch {
        // A profile that someone is still writing; the others can be had all the same.
        return { value, description: `willfit hardware ${value} says what is wrong with it` };
      }
    });
  },
  recipe: async () => {
    const { recipes } = await import("../../recipes/recipes.js");
    return recipes.map(({ name, summary }) => ({ value: name, description: summary }));
  },
  experiment: async () => {
    const { experiments } = await import("../../../train/experiments.js");
    return experiments.map(({ name, question }) => ({ value: name, description: question }));
  },
  backend: async () => named((await import("../../../train/machine.js")).backendNames),
  pass: async () => named((await import("../../../sim/passNames.js")).passNames),
  parts: async () => named((await import("../../transforms/rematerialization.js")).partsOfEveryModel),
  data: async () => named((await import("../trainingData.js")).dataNames),
  tokenizer: async () => named([(await import("../../../train/data/tokenizer.js")).BYTES]),
  shell: async () => named((await import("./script.js")).shells),
};

/** Where files and folders may stand, too. */
const withFiles: readonly string[] = ["file", "folder", "data", "tokenizer"];

interface Placeholder {
  readonly word: string;
  readonly isList: boolean;
}

/** `--on <hardware,…>` is a list of `hardware`; undefined for an option that takes no value. */
function placeholderOf(place: Option | Argument): Placeholder | undefined {
  const text = "flags" in place ? place.flags.match(/[<[](.+)[>\]]/)?.[1] : place.name();
  if (text === undefined) return undefined;
  const [word] = text.split(",") as [string];
  return { word, isList: word !== text };
}

/** The names that an option of plan or model takes. */
async function choicesOf(place: Option | Argument): Promise<readonly Candidate[]> {
  if (!("flags" in place)) return [];
  const { modelValues, planValues } = await import("../planOptions.js");
  const value = [...planValues(), ...modelValues()].find(({ name }) => name === place.attributeName());
  return named(value?.choices ?? []);
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** Whether any file may stand there. */
  readonly files: boolean;
}

/** What may stand in a place in which `typed` stands so far; of lists each candidate is the list so far and one more. */
export async function candidatesFor(place: Option | Argument, typed: string): Promise<Candidates> {
  const placeholder = placeholderOf(place);
  if (!placeholder) return { candidates: [], files: false };
  const { word, isList } = placeholder;
  const found = await (sources[word]?.() ?? choicesOf(place));
  const before = isList ? typed.split(",").slice(0, -1) : [];
  const candidates = found
    .filter(({ value }) => !before.includes(value))
    .map((candidate) => ({ ...candidate, value: [...before, candidate.value].join(",") }));
  return { candidates, files: withFiles.includes(word) };
}
