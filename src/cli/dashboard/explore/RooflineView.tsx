/** @file How near the step's fusions come to what the chip could do, and which of them are worth a look. */

import { Box } from "ink";
import type { StepReport } from "../../../../sim/stepReport.js";
import { formatSeconds, formatShare } from "../../../units/quantity.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import { GAP_COLUMNS } from "../size.js";
import { fusionDetails, fusionHeading, fusionLines } from "./fusionLines.js";
import { rooflineChartLines } from "./rooflineChart.js";
import { stepTimesOf } from "./rooflineFigures.js";
import { rooflineKeyed, shownFusions } from "./rooflineKeys.js";
import { rooflineLayoutOf } from "./rooflineLayout.js";
import { StepBody } from "./StepBody.js";
import { stepAsks } from "./shownStep.js";

interface RooflineProps extends BodyProps {
  readonly step: StepReport;
  readonly titled: (heading: string) => string;
}

function Fusions({ step, state, size }: Omit<RooflineProps, "titled">) {
  const colors = useColors();
  const { roofline } = step;
  const shown = shownFusions(roofline, state.panes.roofline);
  const { points, selected, kind } = shown;
  const { predicted } = stepTimesOf(step);
  const details = points[selected] ? fusionDetails(points[selected], roofline, predicted) : [];
  // The heading, those of the columns, and the details.
  const view = { width: size.columns, rows: size.rows - 2 - details.length, colors };
  const lines = fusionLines(shown, roofline, predicted, view);
  const rest = new Array<string>(Math.max(0, view.rows - lines.length)).fill("");
  return (
    <Panel
      title={`Fusions, ${kind === undefined ? "all kinds" : `${kind} only`}: ${selected + 1} of ${points.length}`}
      width={size.columns}
      height={size.rows}
    >
      <CutLines
        lines={[fusionHeading(view), ...lines, ...rest, ...details.map((text) => colors.dim(`  ${text}`))]}
      />
    </Panel>
  );
}

function Roofline({ step, state, size, titled }: RooflineProps) {
  const colors = useColors();
  const { isWide, plot, list } = rooflineLayoutOf(size);
  const { predicted, atRoof } = stepTimesOf(step);
  const shown = shownFusions(step.roofline, state.panes.roofline);
  const heading = `Roofline: ${formatSeconds(predicted)} a step, ${formatSeconds(atRoof)} (${formatShare(atRoof / predicted)}) at the roof`;
  return (
    <Box
      flexDirection={isWide ? "row" : "column"}
      columnGap={isWide ? GAP_COLUMNS : 0}
      height={size.rows}
      overflowY="hidden"
    >
      <Panel title={titled(heading)} width={plot.columns} height={plot.rows}>
        <CutLines
          lines={rooflineChartLines(
            shown,
            step.roofline,
            { columns: plot.columns, rows: plot.rows - 1 },
            colors,
          )}
        />
      </Panel>
      <Fusions step={step} state={state} size={list} />
    </Box>
  );
}

export const rooflineView: View = {
  title: "Roofline",
  wanted: stepAsks,
  keyed: rooflineKeyed,
  hints: ({ panes, showsHelp }) => [
    { key: "↑↓", does: "choose" },
    { key: "f", does: "kind of fusions" },
    ...(panes.roofline.kind !== undefined || showsHelp ? [{ key: "esc", does: "all kinds" }] : []),
  ],
  help: [
    "Each dot is a fusion, those of equal blocks one: FLOPs for each byte it moves, and FLOP/s as predicted. The line is the most that the chip could do: its memory's bandwidth up to the ridge, from there on its peak. • takes 1 % of the fusions' time, ● 5 %, ◆ is selected.",
    "Fusions that compute nothing, such as copies, are in the list only; collectives are in neither, and in the time at the roof as predicted.",
    "Below the roof is what its units cannot overlap, lanes and passes that are not full, and the vector unit's work, which the roof knows nothing of.",
  ],
  Body: ({ state, size }) => (
    <StepBody state={state} size={size}>
      {(step, titled) => <Roofline step={step} state={state} size={size} titled={titled} />}
    </StepBody>
  ),
};
