/** @file The words for what training measures. */
import type { ActiveBackend } from "../../train/backend.js";
import { type Confusion, type Evaluation, mostConfused } from "../../train/confusion.js";
import type { Measure } from "../../train/measure.js";
import { formatAccuracy } from "../units/quantity.js";

export const measureWords: Readonly<Record<Measure, string>> = {
  classification: "test accuracy",
  "zero-shot": "zero-shot accuracy",
  retrieval: "image-to-text recall@1",
};

/** `training on wasm 4.22.0`, and why on nothing faster, unless it was asked for. */
export function trainingOn({
  name,
  version,
  reason,
  advice,
}: Pick<ActiveBackend, "name" | "version" | "reason" | "advice">): string {
  const words = `training on ${name} ${version}`;
  return advice === undefined ? words : `${words}, because of ${reason}; \`willfit doctor\` says what to do`;
}

/** `test accuracy 97.10 %, top-5 99.90 %` */
export function scoreWords(
  { accuracy, top5 }: Pick<Evaluation, "accuracy" | "top5">,
  measure: Measure,
): string {
  const second = measure === "retrieval" ? "recall@5" : "top-5";
  const further = top5 === undefined ? "" : `, ${second} ${formatAccuracy(top5)}`;
  return `${measureWords[measure]} ${formatAccuracy(accuracy)}${further}`;
}

/** More pairs of confused classes than a person reads in passing. */
const PAIRS_SHOWN = 3;

/** `four taken for nine: 31 of 982`, for each of the pairs most often confused. */
export function confusedPairs(
  confusion: Confusion,
  classes: readonly string[],
  most: number,
): readonly string[] {
  return mostConfused(confusion, most).map(
    ({ label, predicted, count, of }) =>
      `${classes[label]} taken for ${classes[predicted]}: ${count} of ${of}`,
  );
}

/** `most often confused: four taken for nine: 31 of 982; …` */
export function confusionWords(confusion: Confusion, classes: readonly string[]): string {
  const words = confusedPairs(confusion, classes, PAIRS_SHOWN);
  return words.length === 0 ? "no class was taken for another" : `most often confused: ${words.join("; ")}`;
}
