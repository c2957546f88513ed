/** @file What came out of an experiment, for people: a table in the terminal, or Markdown to keep. */
import type { Experiment } from "../../train/experiments.js";
import type { ExperimentResult } from "../../train/runExperiment.js";
import { markdownTable } from "../markdownTable.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

const points = (share: number) => (share * 100).toFixed(2);

/** Standard errors from which a difference is called one; two are 95 % of a normal distribution. */
const CLEAR = 2;

/** `average pooling is 0.12 ± 0.05 points ahead of class token` */
export function differenceTexts(
  { comparisons }: Experiment,
  { differences }: ExperimentResult,
): readonly string[] {
  return differences.map(({ comparison, mean, error }, i) => {
    const [first, second] = comparisons[i]!.variants.map(({ name }) => name);
    const [ahead, behind] = mean >= 0 ? [first, second] : [second, first];
    const where = comparison === "" ? "" : `${comparison}: `;
    const size = `${points(Math.abs(mean))} ± ${points(error)} points`;
    const words = Math.abs(mean) >= CLEAR * error ? "" : ", which is within the noise";
    return `${where}${ahead} is ${size} ahead of ${behind}${words}`;
  });
}

const rowsOf = ({ variants }: ExperimentResult) =>
  variants.map(({ comparison, variant, accuracies, mean, spread }) => [
    [comparison, variant].filter((part) => part !== "").join(", "),
    points(mean),
    points(spread),
    accuracies.map(points).join(" "),
  ]);

const headings = ["variant", "mean %", "spread", "by seed"] as const;

export function experimentText(experiment: Experiment, result: ExperimentResult, terminal: Terminal): string {
  const { colors } = terminal;
  const columns = headings.map((heading, i) => ({
    heading,
    ...(i > 0 && i < 3 && { align: "right" as const }),
    ...(i === 3 && { wraps: true }),
  }));
  return [
    colors.bold(experiment.question),
    "",
    table(columns, rowsOf(result), terminal),
    "",
    ...differenceTexts(experiment, result),
    colors.dim(`The paper: ${experiment.finding}`),
  ].join("\n");
}

/** @param conditions data, epochs and seeds, in words */
export function experimentMarkdown(
  experiment: Experiment,
  result: ExperimentResult,
  conditions: string,
): string {
  return [
    `## ${experiment.question}`,
    "",
    `\`willfit experiment ${experiment.name}\`: ${conditions}`,
    "",
    markdownTable(headings, rowsOf(result), (column) => column === 1 || column === 2),
    "",
    ...differenceTexts(experiment, result).map((line) => `- ${line}`),
    `- The paper: ${experiment.finding}`,
  ].join("\n");
}
