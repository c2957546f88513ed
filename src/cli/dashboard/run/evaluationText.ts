/** @file What evaluations have found, in lines: all of them at a glance, then the last one. */
import type { Confusion } from "../../../../train/confusion.js";
import { formatCount } from "../../../units/quantity.js";
import { confusedPairs, confusionWords, scoreWords } from "../../trainWords.js";
import type { Room } from "../chart.js";
import type { RunFacts } from "./facts.js";
import type { EvaluationOfEpoch, RunState } from "./runState.js";

const percent = ({ evaluation }: EvaluationOfEpoch) => (evaluation.accuracy * 100).toFixed(1);

const BY_EPOCH = "by epoch";
const LEFT_OUT = "  …";
const UNIT = " %";

/** `by epoch  91.2  95.4  97.1 %`, the last ones that fit. */
function byEpoch(evaluations: readonly EvaluationOfEpoch[], width: number): string {
  const room = width - BY_EPOCH.length - UNIT.length;
  const numbers = evaluations.map((each) => `  ${percent(each)}`);
  const all = numbers.join("");
  if (all.length <= room) return `${BY_EPOCH}${all}${UNIT}`;
  const kept = numbers.reduceRight(
    (later, number) => (LEFT_OUT.length + number.length + later.length <= room ? number + later : later),
    "",
  );
  return `${BY_EPOCH}${LEFT_OUT}${kept}${UNIT}`;
}

/** With as many rows as this there is a row for each pair of confused classes. */
const LISTED_FROM_ROWS = 7;
/** Rows above such a list: the last evaluation over two lines at most, those before it, and a heading. */
const ROWS_BEFORE_LIST = 4;

function confusionLines(confusion: Confusion, classes: readonly string[], rows: number): readonly string[] {
  if (rows < LISTED_FROM_ROWS) return [confusionWords(confusion, classes)];
  const pairs = confusedPairs(confusion, classes, rows - ROWS_BEFORE_LIST);
  return ["most often confused:", ...pairs.map((pair) => `  ${pair}`)];
}

/** The last evaluation, those before it, and the classes that were confused. */
export function evaluationLines(
  { evaluations, last }: RunState,
  { stepsPerEpoch, classes }: RunFacts,
  { width, height }: Room,
): readonly string[] {
  const newest = evaluations.at(-1);
  if (!newest) return [`the first is after step ${formatCount(((last?.epoch ?? 0) + 1) * stepsPerEpoch)}`];
  const { epoch, evaluation, measure } = newest;
  return [
    `epoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`,
    ...(evaluations.length > 1 ? [byEpoch(evaluations, width)] : []),
    ...(evaluation.confusion ? confusionLines(evaluation.confusion, classes, height) : []),
  ];
}
