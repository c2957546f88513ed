/** @file The figures by which questions are compared, side by side: how each is written, and which of several is the best. */
import type { LargestBatches } from "../../sim/limits.js";
import type { Prediction } from "../../sim/prediction.js";
import {
  formatBytes,
  formatCount,
  formatExamplesRate,
  formatMagnitude,
  formatPercent,
  formatSeconds,
} from "../units/quantity.js";
import { verdictWords } from "./verdictWords.js";

/** Marks the best of several, without colours too. */
export const BEST = "◆";

export interface Figure<Of> {
  readonly name: string;
  readonly text: (of: Of) => string;
  /** Of figures of which one is better than another. */
  readonly best?: {
    readonly is: "least" | "most";
    readonly amount: (of: Of) => number;
  };
}

export const sizeFigures: readonly Figure<Prediction>[] = [
  { name: "parameters", text: ({ params }) => formatMagnitude(params) },
  { name: "FLOPs an example", text: ({ modelFlopsPerExample }) => formatMagnitude(modelFlopsPerExample) },
];

export const verdictFigure: Figure<Prediction> = {
  name: "verdict",
  text: ({ memory }) => verdictWords[memory.verdict],
};

export const throughputFigure: Figure<Prediction> = {
  name: "examples/s",
  text: ({ time }) => formatExamplesRate(time.examplesPerSecond),
  best: { is: "most", amount: ({ time }) => time.examplesPerSecond },
};

export const speedFigures: readonly Figure<Prediction>[] = [
  {
    name: "memory",
    text: ({ memory }) => formatBytes(memory.peakBytes),
    best: { is: "least", amount: ({ memory }) => memory.peakBytes },
  },
  {
    name: "step",
    text: ({ time }) => formatSeconds(time.stepSeconds),
    best: { is: "least", amount: ({ time }) => time.stepSeconds },
  },
  throughputFigure,
  {
    name: "MFU",
    text: ({ time }) => formatPercent(time.modelFlopsUtilization),
    best: { is: "most", amount: ({ time }) => time.modelFlopsUtilization },
  },
];

export const largestFigure: Figure<LargestBatches> = {
  name: "batch",
  text: ({ largestBatch }) => formatCount(largestBatch),
  best: { is: "most", amount: ({ largestBatch }) => largestBatch },
};

/** Which of several are the best: none where all are alike, or one has nothing beside it. */
export function bestOf<Of>({ best }: Figure<Of>, of: readonly (Of | undefined)[]): readonly boolean[] {
  const amounts = of.map((it) => (best && it !== undefined ? best.amount(it) : undefined));
  const known = amounts.filter((amount) => amount !== undefined);
  const found = best?.is === "least" ? Math.min(...known) : Math.max(...known);
  const isTold = known.some((amount) => amount !== found);
  return amounts.map((amount) => isTold && amount === found);
}
