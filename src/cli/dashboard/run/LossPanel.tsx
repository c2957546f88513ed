/** @file The loss of the whole run. */
import { formatCount } from "../../../units/quantity.js";
import { DOTS_ACROSS } from "../braille.js";
import { chartLines } from "../chart.js";
import { useColors } from "../colors.js";
import { Lines, Panel } from "../Panel.js";
import type { RunState } from "./runState.js";
import { resampled, stretched } from "./series.js";

interface LossPanelProps {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
}

export function LossPanel({ state: { losses, firstStep, last }, width, height }: LossPanelProps) {
  const colors = useColors();
  const lines = chartLines(
    {
      // One value a character: the curve is to show where the loss goes, not how single steps differ.
      values: (length) => stretched(resampled(losses, Math.ceil(length / DOTS_ACROSS)), length),
      ends: [`step ${formatCount(firstStep + 1)}`, formatCount(last?.step ?? firstStep)],
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
