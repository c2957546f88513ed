/** @file The loss of the whole run. */
import { chartLines } from "./chart.js";
import { useColors } from "./colors.js";
import { Lines, Panel } from "./Panel.js";
import type { RunState } from "./runState.js";
import { resampled } from "./series.js";

interface LossPanelProps {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
}

export function LossPanel({ state: { losses, firstStep, last }, width, height }: LossPanelProps) {
  const colors = useColors();
  const count = (step: number) => step.toLocaleString("en-US");
  const lines = chartLines(
    {
      values: (length) => resampled(losses, length),
      ends: [`step ${count(firstStep + 1)}`, count(last?.step ?? firstStep)],
    },
    { width, height: height - 1 },
    colors,
  );
  return (
    <Panel title="Loss" width={width} height={height}>
      <Lines lines={lines} />
    </Panel>
  );
}
