/** @file The question with everything that can be changed about it, and the answer beside it. */

import { Box } from "ink";
import { loadHardware } from "../../../../sim/hardware.js";
import type { Prediction } from "../../../../sim/prediction.js";
import { answerTo, ask, known } from "../app/answers.js";
import { predictionAsk } from "../app/state.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Lines, Panel, Paragraph } from "../Panel.js";
import { GAP_COLUMNS } from "../size.js";
import { AdvicePanel } from "./AdvicePanel.js";
import { FieldsPanel } from "./FieldsPanel.js";
import { memoryLines, summaryLines, timeLines } from "./planFigures.js";
import { foreseenPlans, isAmongSuggestions, isCurrent, planKeyed } from "./planKeys.js";
import { type PlanLayout, planLayoutOf } from "./planLayout.js";

interface FiguresProps extends BodyProps {
  readonly prediction: Prediction;
  readonly layout: PlanLayout;
}

function Figures({ state, prediction, layout }: FiguresProps) {
  const colors = useColors();
  const { figures: width, summary, memory, time } = layout;
  const view = { colors, width };
  const largest = known(state.answers, ask("largest", state.question));
  const device = loadHardware(prediction.hardware).deviceName;
  return (
    <>
      <Box flexDirection="column" width={width} height={summary} flexShrink={0} overflowY="hidden">
        <CutLines lines={summaryLines(prediction, { largest, isCurrent: isCurrent(state) }, colors)} />
      </Box>
      <Panel title={`Memory of a ${device} at the worst moment`} width={width} height={memory}>
        <Lines lines={memoryLines(prediction, memory - 1, view)} />
      </Panel>
      <Panel title="Time of a step" width={width} height={time}>
        <Lines lines={timeLines(prediction, time - 1, view)} />
      </Panel>
    </>
  );
}

/** What is wrong with the question, or that it is being answered. */
function Unanswered({ state, layout }: BodyProps & { readonly layout: PlanLayout }) {
  const { red, dim } = useColors();
  const answer = answerTo(state.answers, predictionAsk(state));
  const error = answer && "error" in answer ? answer.error : undefined;
  return (
    <Box flexDirection="column" width={layout.figures}>
      <Paragraph text={error === undefined ? dim("simulating …") : red(error)} />
    </Box>
  );
}

function Body({ state, size }: BodyProps) {
  const layout = planLayoutOf(size);
  const answer = answerTo(state.answers, predictionAsk(state));
  const hasError = answer !== undefined && "error" in answer;
  return (
    <Box columnGap={GAP_COLUMNS} height={size.rows}>
      <FieldsPanel state={state} width={layout.fields} height={size.rows} />
      <Box flexDirection="column" flexShrink={0}>
        {hasError || !state.shown ? (
          <Unanswered state={state} size={size} layout={layout} />
        ) : (
          <>
            <Figures state={state} size={size} prediction={state.shown} layout={layout} />
            <AdvicePanel state={state} width={layout.figures} height={layout.advice} />
          </>
        )}
      </Box>
    </Box>
  );
}

export const planView: View = {
  title: "Plan",
  wanted: ({ question }) => [ask("largest", question), ask("advice", question)],
  foreseen: foreseenPlans,
  keyed: planKeyed,
  hints: (state) =>
    isAmongSuggestions(state)
      ? [
          { key: "enter", does: "apply" },
          { key: "↑↓", does: "choose" },
          { key: "tab", does: "fields" },
        ]
      : [
          { key: "↑↓", does: "choose" },
          { key: "←→", does: "change" },
          { key: "enter", does: "edit" },
          { key: "tab", does: "suggestions" },
          { key: "b", does: "batch" },
          { key: "m", does: "model" },
          { key: "h", does: "hardware" },
        ],
  help: [
    "Every figure follows the question: model, hardware, batch, plan and the model's own options.",
    "The bars are one device's: each part begins where the one before ends, and the line is its capacity. On the batch's line the bar marks the largest that fits.",
    "MFU: the model's FLOPs, nothing recomputed, over what the chips could do in that time. Suggestions change the plan only, never the model or the batch.",
    "willfit fit says the same on the command line, willfit report as a file.",
  ],
  Body,
};
