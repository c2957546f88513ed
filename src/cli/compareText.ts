/** @file A comparison of models as a table: a column for each model, a row for each figure. */
import type { ComparedModel, Comparison } from "../../sim/compare.js";
import type { Prediction } from "../../sim/prediction.js";
import {
  formatBytes,
  formatCount,
  formatMagnitude,
  formatPercent,
  formatSeconds,
  formatThroughput,
} from "../units/quantity.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";
import { verdictWords } from "./verdictWords.js";

type View = Pick<Terminal, "colors" | "width">;

interface Figure {
  readonly name: string;
  readonly of: (model: ComparedModel) => string;
}

/** Of a prediction, or a dash where there is none. */
function figure(
  name: string,
  prediction: (model: ComparedModel) => Prediction | null,
  format: (prediction: Prediction) => string,
): Figure {
  const of = (model: ComparedModel) => {
    const found = prediction(model);
    return found ? format(found) : "–";
  };
  return { name, of };
}

const speed = (of: (model: ComparedModel) => Prediction | null): readonly Figure[] => [
  figure("memory", of, ({ memory }) => formatBytes(memory.peakBytes)),
  figure("step", of, ({ time }) => formatSeconds(time.stepSeconds)),
  figure("examples/s", of, ({ time }) => formatThroughput(time.examplesPerSecond).replace(" examples/s", "")),
  figure("MFU", of, ({ time }) => formatPercent(time.modelFlopsUtilization)),
];

const equal = ({ atEqualBatch }: ComparedModel) => atEqualBatch;
const largest = ({ atLargestBatch }: ComparedModel) => atLargestBatch;

const heading = (name: string): Figure => ({ name, of: () => "" });

function figuresOf({ globalBatch }: Comparison): readonly Figure[] {
  return [
    { name: "parameters", of: ({ params }) => formatMagnitude(params) },
    { name: "FLOPs an example", of: ({ modelFlopsPerExample }) => formatMagnitude(modelFlopsPerExample) },
    heading(`at ${formatCount(globalBatch)}`),
    ...[figure("verdict", equal, ({ memory }) => verdictWords[memory.verdict]), ...speed(equal)].map(
      indented,
    ),
    heading("at the largest"),
    ...[
      { name: "batch", of: ({ largestBatch }: ComparedModel) => formatCount(largestBatch) },
      ...speed(largest),
    ].map(indented),
  ];
}

const indented = (it: Figure): Figure => ({ ...it, name: `  ${it.name}` });

/** As many models to a table as there is room for. */
function tables(models: readonly ComparedModel[], figures: readonly Figure[], view: View): readonly string[] {
  const label = Math.max(...figures.map(({ name }) => name.length));
  const widths = models.map((model) =>
    Math.max(model.model.length, ...figures.map(({ of }) => of(model).length)),
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
    const rows = figures.map(({ name, of }) => [name, ...some.map(of)]);
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
  return [
    view.colors.bold(head),
    ...tables(models, figuresOf(comparison), view),
    view.colors.dim(notes),
  ].join("\n\n");
}
