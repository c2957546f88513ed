/** @file The accuracy after each epoch, as a curve. */
import { measureWords } from "../../trainWords.js";
import { chartLines } from "../chart.js";
import { useColors } from "../colors.js";
import { Lines, Panel } from "../Panel.js";
import type { RunState } from "./runState.js";
import { stretched } from "./series.js";

interface AccuracyPanelProps {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
}

/** Digits that tell epochs apart. */
const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

export function AccuracyPanel({ state: { evaluations }, width, height }: AccuracyPanelProps) {
  const colors = useColors();
  const [first] = evaluations;
  const last = evaluations.at(-1);
  const accuracies = evaluations.map(({ evaluation }) => evaluation.accuracy);
  const lines = chartLines(
    {
      values: (length) => stretched(accuracies, length),
      ends: [`epoch ${(first?.epoch ?? 0) + 1}`, String((last?.epoch ?? 0) + 1)],
      format: percent,
    },
    { width, height: height - 1 },
    colors,
  );
  return (
    <Panel
      title={`${sentence(last ? measureWords[last.measure] : "accuracy")} after each epoch`}
      width={width}
      height={height}
    >
      <Lines lines={lines} />
    </Panel>
  );
}
