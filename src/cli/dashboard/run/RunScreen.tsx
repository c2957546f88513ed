/** @file The whole screen of a run. */
import { Box } from "ink";
import type { Size } from "../size.js";
import { AccuracyPanel } from "./AccuracyPanel.js";
import { EvaluationPanel } from "./EvaluationPanel.js";
import { FiguresPanel } from "./FiguresPanel.js";
import type { RunFacts } from "./facts.js";
import { Header } from "./Header.js";
import { HelpPanel } from "./HelpPanel.js";
import { type KeyActions, KeysLine } from "./KeysLine.js";
import { LogPanel } from "./LogPanel.js";
import { LossPanel } from "./LossPanel.js";
import { GAP_COLUMNS, type Layout, layoutOf } from "./layout.js";
import type { RunState } from "./runState.js";

interface BodyProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly layout: Layout;
}

function Body({ state, facts, layout }: BodyProps) {
  const { columns, main, side, loss, accuracy, figures, evaluation, log } = layout;
  const isBeside = accuracy > 0;
  const evaluations = (
    <EvaluationPanel state={state} facts={facts} width={isBeside ? side : columns} height={evaluation} />
  );
  return (
    <>
      <Box columnGap={GAP_COLUMNS} height={loss + accuracy} flexShrink={0}>
        <Box flexDirection="column" flexShrink={0}>
          <LossPanel state={state} width={main} height={loss} />
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

interface RunScreenProps extends KeyActions {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly size: Size;
}

export function RunScreen({ state, facts, size, onStop, onHelp }: RunScreenProps) {
  const layout = layoutOf(size);
  const { columns, rows, header, keys } = layout;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
      <Header state={state} facts={facts} width={columns} height={header} />
      {state.showsHelp ? (
        <HelpPanel state={state} facts={facts} width={columns} height={rows - header - keys} />
      ) : (
        <Body state={state} facts={facts} layout={layout} />
      )}
      <KeysLine state={state} width={columns} height={keys} onStop={onStop} onHelp={onHelp} />
    </Box>
  );
}
