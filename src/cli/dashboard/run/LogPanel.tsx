/** @file The newest lines of what there was to say. */
import { Line, Panel } from "../Panel.js";
import type { RunState } from "./runState.js";

interface LogPanelProps {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
  readonly title?: string;
}

export function LogPanel({ state: { log }, width, height, title = "Log" }: LogPanelProps) {
  const lines = height > 1 ? log.slice(1 - height) : [];
  return (
    <Panel title={title} width={width} height={height}>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is what it is by its place.
        <Line key={i} text={line} />
      ))}
    </Panel>
  );
}
