/** @file What evaluations have found, in lines: all of them at a glance, then the last one. */
import { confusionWords, scoreWords } from "../trainWords.js";
import type { RunFacts } from "./facts.js";
import type { EvaluationOfEpoch, RunState } from "./runState.js";

const percent = ({ evaluation }: EvaluationOfEpoch) => (evaluation.accuracy * 100).toFixed(1);

/** `by epoch  91.2  95.4  97.1 %`, the last ones that fit. */
function byEpoch(evaluations: readonly EvaluationOfEpoch[], width: number): string {
  const name = "by epoch";
  const numbers = evaluations.map((each) => `  ${percent(each)}`).join("");
  const room = width - name.length - " %".length;
  const kept = numbers.length <= room ? numbers : `  …${numbers.slice(-(room - "  …".length))}`;
  // Cut at a number, not through one.
  return `${name}${numbers.length <= room ? kept : kept.replace(/…\S*/, "…")} %`;
}

/** The last evaluation, those before it, and the classes that were confused. */
export function evaluationLines({ evaluations, last }: RunState, facts: RunFacts, width: number) {
  const newest = evaluations.at(-1);
  if (!newest) {
    const epoch = last?.epoch ?? 0;
    return [`the first is after step ${((epoch + 1) * facts.stepsPerEpoch).toLocaleString("en-US")}`];
  }
  const { epoch, evaluation, measure } = newest;
  return [
    `epoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`,
    ...(evaluations.length > 1 ? [byEpoch(evaluations, width)] : []),
    ...(evaluation.confusion ? [confusionWords(evaluation.confusion, facts.classes)] : []),
  ];
}
