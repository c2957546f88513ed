/** @file The panels of a run between its header and its keys. */

import { Box } from "ink";
import { GAP_COLUMNS } from "../size.js";
import { AccuracyPanel } from "./AccuracyPanel.js";
import { EvaluationPanel } from "./EvaluationPanel.js";
import { FiguresPanel } from "./FiguresPanel.js";
import type { RunFacts } from "./facts.js";
import { LogPanel } from "./LogPanel.js";
import { LossPanel } from "./LossPanel.js";
import type { Layout } from "./layout.js";
import type { RunState } from "./runState.js";

interface RunPanelsProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly layout: Layout;
  /** The curve where there is room for one. */
  readonly chart?: "loss" | "accuracy";
}

export function RunPanels({ state, facts, layout, chart = "loss" }: RunPanelsProps) {
  const { columns, main, side, loss, accuracy, figures, evaluation, log } = layout;
  const isBeside = accuracy > 0;
  const evaluations = (
    <EvaluationPanel state={state} facts={facts} width={isBeside ? side : columns} height={evaluation} />
  );
  return (
    <>
      <Box columnGap={GAP_COLUMNS} height={loss + accuracy} flexShrink={0}>
        <Box flexDirection="column" flexShrink={0}>
          {isBeside || chart === "loss" ? (
            <LossPanel state={state} width={main} height={loss} />
          ) : state.evaluations.length === 0 ? (
            <EvaluationPanel state={state} facts={facts} width={main} height={loss} />
          ) : (
            <AccuracyPanel state={state} width={main} height={loss} />
          )}
          <AccuracyPanel state={state} width={main} height={accuracy} />
        </Box>
        <Box flexDirection="column" flexShrink={0}>
          <FiguresPanel state={state} facts={facts} width={side} height={figures} />
          {isBeside && evaluations}
        </Box>
      </Box>
      {!isBeside && evaluations}
      <LogPanel state={state} width={columns} height={log} />
    </>
  );
}
