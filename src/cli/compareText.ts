/** @file A comparison of models as a table: a column for each model, a row for each figure. */
import type { ComparedModel, Comparison } from "../../sim/compare.js";
import type { Prediction } from "../../sim/prediction.js";
import { formatBytes, formatCount } from "../units/quantity.js";
import { type Figure, largestFigure, sizeFigures, speedFigures, verdictFigure } from "./comparedFigures.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

type View = Pick<Terminal, "colors" | "width">;

/** A row: a name, and what stands below each model. */
type Row = Figure<ComparedModel>;

/** Of a model's prediction, or a dash where there is none. */
const rowOf =
  (prediction: (model: ComparedModel) => Prediction | null) =>
  ({ name, text }: Figure<Prediction>): Row => ({
    name,
    text: (model) => {
      const of = prediction(model);
      return of ? text(of) : "–";
    },
  });

const ofEqual = rowOf(({ atEqualBatch }) => atEqualBatch);
const ofLargest = rowOf(({ atLargestBatch }) => atLargestBatch);

const heading = (name: string): Row => ({ name, text: () => "" });

const indented = (row: Row): Row => ({ ...row, name: `  ${row.name}` });

function rowsOf({ globalBatch }: Comparison): readonly Row[] {
  return [
    ...sizeFigures.map(ofEqual),
    heading(`at ${formatCount(globalBatch)}`),
    ...[verdictFigure, ...speedFigures].map(ofEqual).map(indented),
    heading("at the largest"),
    ...[largestFigure, ...speedFigures.map(ofLargest)].map(indented),
  ];
}

/** As many models to a table as there is room for. */
function tables(models: readonly ComparedModel[], shown: readonly Row[], view: View): readonly string[] {
  const label = Math.max(...shown.map(({ name }) => name.length));
  const widths = models.map((model) =>
    Math.max(model.model.length, ...shown.map(({ text }) => text(model).length)),
  );
  const widest = Math.max(...widths) + "  ".length;
  const count = Math.max(1, Math.floor((view.width - label) / widest));
  const texts: string[] = [];
  for (let from = 0; from < models.length; from += count) {
    const some = models.slice(from, from + count);
    const columns: readonly Column[] = [
      { heading: "", least: label },
      ...some.map(({ model }): Column => ({ heading: model, align: "right" })),
    ];
    const rows = shown.map(({ name, text }) => [name, ...some.map(text)]);
    texts.push(table(columns, rows, view));
  }
  return texts;
}

export function compareText(comparison: Comparison, view: View): string {
  const { models, hardware } = comparison;
  const [{ atEqualBatch }] = models as readonly [ComparedModel];
  const { devices, memory } = atEqualBatch;
  const head = `on ${hardware}: ${formatCount(devices)} devices, ${formatBytes(memory.capacityBytes)} each`;
  const notes = "FLOPs: forward and backward. The largest batch with what the compiler recomputes.";
  return [view.colors.bold(head), ...tables(models, rowsOf(comparison), view), view.colors.dim(notes)].join(
    "\n\n",
  );
}
