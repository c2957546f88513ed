/** @file Figures beside the charts: as they are now, and predicted beside measured. */
import { useColors } from "../colors.js";
import { Lines, Panel, Paragraph } from "../Panel.js";
import type { RunFacts } from "./facts.js";
import { nowLines, predictedLines } from "./figures.js";
import type { RunState } from "./runState.js";

interface FiguresPanelProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly width: number;
  readonly height: number;
}

export function FiguresPanel({ state, facts, width, height }: FiguresPanelProps) {
  const colors = useColors();
  return (
    <Panel title="Now" width={width} height={height}>
      <Lines lines={nowLines(state, facts.batch, width)} />
      <Lines lines={predictedLines(state, facts, width, colors)} />
      {facts.predicted && (
        <Paragraph text={facts.predicted.confidence.map((words) => colors.dim(words)).join("\n")} />
      )}
    </Panel>
  );
}
