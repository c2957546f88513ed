/** @file Step time and memory of smaller and larger batches, with the largest that fits. */

import { Box } from "ink";
import { formatCount } from "../../../units/quantity.js";
import { answerTo, known } from "../app/answers.js";
import type { AppState } from "../app/state.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Lines, Panel, Paragraph } from "../Panel.js";
import { memoryLines, timeLines } from "../plan/planFigures.js";
import { GAP_COLUMNS } from "../size.js";
import { windowOf } from "../window.js";
import { batchChartLines } from "./batchCharts.js";
import { batchesKeyed, selectedBatch } from "./batchesKeys.js";
import { batchAsk, batchesOf, largestAsk, largestOf, slotsOf } from "./batchPoints.js";
import { legendLines, slotLines, TABLE_COLUMNS, tableHeading, WIDE_TABLE_COLUMNS } from "./batchTable.js";

/** With its labels; where there is less room the table has all of it. */
const LEAST_CHART_COLUMNS = 22;
const WIDE_FROM_COLUMNS = 110;

/** Below the table: two limits, the capacity, marks, and the fastest. */
const LEGEND_ROWS = 5;
/** The heading of the panel and of the columns, and the legend with an empty line above it. */
const ROWS_BESIDE_SLOTS = 2 + 1 + LEGEND_ROWS;
/** Two panels that say something. */
const LEAST_SELECTED_ROWS = 10;

function Charts({ state, size }: BodyProps) {
  const colors = useColors();
  const slots = slotsOf(state);
  const largest = largestOf(state);
  const time = Math.floor(size.rows / 2);
  const memory = size.rows - time;
  const charts = { slots, selected: selectedBatch(state), ...(largest && { largest }) };
  // Without the headings.
  const room = { width: size.columns, time: time - 1, memory: memory - 1 };
  const lines = batchChartLines(charts, room, colors);
  const waiting = colors.dim("simulating …");
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Panel title="Time of a step" width={size.columns} height={time}>
        <Lines lines={lines.time.length === 0 ? [waiting] : lines.time} />
      </Panel>
      <Panel title="Memory of a device" width={size.columns} height={memory}>
        <Lines lines={lines.memory} />
      </Panel>
    </Box>
  );
}

/** The figures of each batch, and what the charts' marks stand for. */
function Table({ state, size }: BodyProps) {
  const colors = useColors();
  const slots = slotsOf(state);
  const selected = selectedBatch(state);
  const at = slots.findIndex(({ globalBatch }) => globalBatch === selected);
  const room = Math.max(1, size.rows - ROWS_BESIDE_SLOTS);
  const { from, to } = windowOf(at, slots.length, room);
  const capacity = slots.find(({ prediction }) => prediction)?.prediction?.memory.capacityBytes;
  const error = slots[at]?.error;
  const lines = [
    colors.dim(tableHeading),
    ...slotLines(slots, { width: size.columns, selected, colors }).slice(from, to),
    " ",
  ];
  return (
    <Panel title="Batches" width={size.columns} height={size.rows}>
      <CutLines lines={lines} />
      {error === undefined ? (
        <CutLines lines={legendLines(state.question.hardware, largestOf(state), capacity, colors)} />
      ) : (
        <Paragraph text={colors.red(error)} />
      )}
    </Panel>
  );
}

/** Where time and memory of the selected batch go. */
function Selected({ state, size }: BodyProps) {
  const colors = useColors();
  const batch = selectedBatch(state);
  const prediction = known(state.answers, batchAsk(state, batch));
  if (!prediction || size.rows < LEAST_SELECTED_ROWS) return null;
  // A line for each part and one to keep the panels apart; memory has the rest.
  const time = Math.min(Math.floor(size.rows / 2), prediction.time.parts.length + 2);
  const memory = size.rows - time;
  const view = { colors, width: size.columns };
  const title = `at ${formatCount(batch)}`;
  return (
    <>
      <Panel title={`Time of a step ${title}`} width={size.columns} height={time}>
        <Lines lines={timeLines(prediction, time - 1, view)} />
      </Panel>
      <Panel title={`Memory of a device ${title}`} width={size.columns} height={memory}>
        <Lines lines={memoryLines(prediction, memory - 1, view)} />
      </Panel>
    </>
  );
}

function Body({ state, size }: BodyProps) {
  const { red } = useColors();
  const answer = answerTo(state.answers, largestAsk(state));
  // What is wrong with every batch.
  if (answer && "error" in answer) {
    return (
      <Panel title="Batches" width={size.columns} height={size.rows}>
        <Paragraph text={red(answer.error)} />
      </Panel>
    );
  }
  const wanted = size.columns < WIDE_FROM_COLUMNS ? TABLE_COLUMNS : WIDE_TABLE_COLUMNS;
  const charts = size.columns - wanted - GAP_COLUMNS;
  const hasCharts = charts >= LEAST_CHART_COLUMNS;
  const columns = hasCharts ? wanted : size.columns;
  const table = Math.min(size.rows, batchesOf(state).length + ROWS_BESIDE_SLOTS);
  return (
    <Box columnGap={GAP_COLUMNS} height={size.rows}>
      {hasCharts && <Charts state={state} size={{ columns: charts, rows: size.rows }} />}
      <Box flexDirection="column" flexShrink={0}>
        <Table state={state} size={{ columns, rows: table }} />
        <Selected state={state} size={{ columns, rows: size.rows - table }} />
      </Box>
    </Box>
  );
}

/** The nearest to the selected one first: that is where a person looks, and goes. */
function nearestFirst(state: AppState): readonly number[] {
  const selected = Math.log2(selectedBatch(state));
  const far = (batch: number) => Math.abs(Math.log2(batch) - selected);
  return [...batchesOf(state)].sort((a, b) => far(a) - far(b));
}

export const batchesView: View = {
  title: "Batches",
  wanted: (state) => [largestAsk(state), ...nearestFirst(state).map((batch) => batchAsk(state, batch))],
  keyed: batchesKeyed,
  hints: () => [
    { key: "←→", does: "smaller, larger" },
    { key: "enter", does: "take as the question's" },
    { key: "home end", does: "smallest, largest" },
  ],
  help: [
    "Powers of two times what a batch has to be a multiple of, devices and microbatches; and the batch of the question. Twice as many examples are as far apart everywhere.",
    "Memory is one device's, with what the compiler recomputes taken into account; the line across is its capacity. The lines upright are the largest batch that fits, and the largest for which nothing is recomputed.",
    "Of a batch that does not fit, time is what it would be were there memory.",
    "willfit batches studies batches with plans that make them fit.",
  ],
  Body,
};
