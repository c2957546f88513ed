/** @file What lies in a device's memory over a step, and the tensors of the worst moment. */

import { Box } from "ink";
import { loadHardware } from "../../../../sim/hardware.js";
import type { MemoryReport } from "../../../../sim/memoryReport.js";
import { formatBytes, formatSeconds } from "../../../units/quantity.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import { GAP_COLUMNS } from "../size.js";
import { alikeOf, tensorLines } from "./largestTensors.js";
import { MomentPanel } from "./MomentPanel.js";
import { bandsShown, memoryChartLines } from "./memoryChart.js";
import { cursorColumn, memoryKeyed } from "./memoryKeys.js";
import { memoryLayoutOf } from "./memoryLayout.js";
import { momentsOver } from "./memoryMoments.js";
import { StepBody } from "./StepBody.js";
import { stepAsks } from "./shownStep.js";

interface MemoryProps extends BodyProps {
  readonly report: MemoryReport;
  readonly titled: (heading: string) => string;
}

function Memory({ report, state, size, titled }: MemoryProps) {
  const colors = useColors();
  const layout = memoryLayoutOf(size);
  const pane = state.panes.memory;
  const cursor = cursorColumn(pane, report, layout.across);
  // The fullest moment of the cursor's column, which in the worst one is the worst.
  const moment = momentsOver(report, layout.across)[cursor]!;
  const alike = alikeOf(report);
  const tensor = Math.min(pane.tensor, alike.length - 1);
  const device = loadHardware(report.hardware).deviceName;
  const heading =
    layout.side > 0
      ? `Memory of a ${device} over the step`
      : `A ${device} at ${formatSeconds(moment.seconds)}: ${formatBytes(moment.bytes)}`;
  return (
    <Box flexDirection="column" height={size.rows} overflowY="hidden">
      <Box columnGap={GAP_COLUMNS} height={layout.upper} flexShrink={0}>
        <Panel title={titled(heading)} width={layout.main} height={layout.upper}>
          <CutLines lines={memoryChartLines(report, cursor, layout, colors)} />
        </Panel>
        <MomentPanel
          report={report}
          moment={moment}
          bands={bandsShown(report, layout)}
          width={layout.side}
          height={layout.upper}
        />
      </Box>
      <Panel
        title={`Alive at the worst moment: ${tensor + 1} of ${alike.length}`}
        width={size.columns}
        height={layout.tensors}
      >
        <CutLines
          lines={tensorLines(report, tensor, { width: size.columns, rows: layout.tensors - 1, colors })}
        />
      </Panel>
    </Box>
  );
}

export const memoryView: View = {
  title: "Memory",
  wanted: stepAsks,
  keyed: memoryKeyed,
  hints: () => [
    { key: "←→", does: "moment" },
    { key: "p", does: "worst moment" },
    { key: "↑↓", does: "tensor" },
    { key: "home end", does: "the step's ends" },
    { key: "shift ←→", does: "ten columns" },
  ],
  help: [
    "What is alive in one device's memory from the beginning of a step to its end, each kind with a pattern of its own. Every column shows the fullest moment of its part of the step.",
    "Below are the tensors that are alive at the worst moment: where they are made, their type, the compiler's layout with the minor-most dimension first, and what tiles add to them.",
    "willfit explain --memory says the same on the command line.",
  ],
  Body: ({ state, size }) => (
    <StepBody state={state} size={size}>
      {({ memory }, titled) => <Memory report={memory} state={state} size={size} titled={titled} />}
    </StepBody>
  ),
};
