/**
 * @file Sentences about classes: captions for data sets that have labels only, and the prompts of zero-shot
 * classification.
 */
import seedrandom from "seedrandom";
import { UserError } from "../src/units/userError.js";

/** What stands for the class in a sentence, as in CLIP's templates. */
const CLASS = "{}";

/** In the manner of CLIP's prompts (arXiv 2103.00020, section 3.1.4), whose embeddings are averaged, too. */
export const defaultPrompts: readonly string[] = ["itap of a {}.", "a photo of the {}.", "art of the {}."];

/** @throws UserError when a sentence has no place for the class */
export function checkPrompts(prompts: readonly string[]): void {
  const without = prompts.find((prompt) => !prompt.includes(CLASS));
  if (without !== undefined)
    throw new UserError(`--prompt "${without}": ${CLASS} is missing, where the name of the class goes`);
}

/** A class in one sentence; of `golden_retriever` the name is "golden retriever". */
export function sentence(prompt: string, className: string): string {
  return prompt.replaceAll(CLASS, className.replaceAll("_", " "));
}

/** A sentence for each label, drawn by `seed`; nothing for an example without a class. */
export function captionsOf(
  labels: Int32Array,
  classes: readonly string[],
  prompts: readonly string[],
  seed: string,
): readonly string[] {
  const random = seedrandom(seed);
  return Array.from(labels, (label) => {
    const prompt = prompts[Math.floor(random() * prompts.length)]!;
    return label < 0 ? "" : sentence(prompt, classes[label]!);
  });
}
