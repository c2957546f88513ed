/** @file The evaluations so far, and what the last one confused. */

import { Panel, Paragraph } from "../Panel.js";
import { evaluationLines } from "./evaluationText.js";
import type { RunFacts } from "./facts.js";
import type { RunState } from "./runState.js";

interface EvaluationPanelProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly width: number;
  readonly height: number;
}

export function EvaluationPanel({ state, facts, width, height }: EvaluationPanelProps) {
  return (
    <Panel title="Evaluation" width={width} height={height}>
      <Paragraph text={evaluationLines(state, facts, { width, height: height - 1 }).join("\n")} />
    </Panel>
  );
}
