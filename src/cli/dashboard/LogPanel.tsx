/** @file The newest lines of what there was to say. */
import { Lines, Panel } from "./Panel.js";
import type { RunState } from "./runState.js";

interface LogPanelProps {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
}

export function LogPanel({ state: { log }, width, height }: LogPanelProps) {
  return (
    <Panel title="Log" width={width} height={height}>
      <Lines lines={height > 1 ? log.slice(1 - height) : []} />
    </Panel>
  );
}
