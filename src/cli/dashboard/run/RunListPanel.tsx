/** @file The runs there are. */
import { RUNS_FOLDER } from "../../runFolder.js";
import { useColors } from "../colors.js";
import { Lines, Panel } from "../Panel.js";
import type { RunPane } from "./pane.js";
import { runListLines } from "./runListText.js";

interface RunListPanelProps {
  readonly pane: RunPane;
  readonly width: number;
  readonly height: number;
}

export function RunListPanel({ pane: { runs, selected }, width, height }: RunListPanelProps) {
  const colors = useColors();
  const lines = runListLines(runs, selected, { width, height: height - 1 }, colors);
  const none = colors.dim(`none in ${RUNS_FOLDER}/ yet`);
  return (
    <Panel title="Runs, newest first" width={width} height={height}>
      <Lines lines={runs.length === 0 ? [none] : lines} />
    </Panel>
  );
}
