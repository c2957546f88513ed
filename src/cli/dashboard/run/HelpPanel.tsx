/** @file What there is to know about the screen, in its place. */

import { Panel, Paragraph } from "../Panel.js";
import type { RunFacts } from "./facts.js";
import type { RunState } from "./runState.js";

interface HelpPanelProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly width: number;
  readonly height: number;
}

function helpText({ losses }: RunState, { out, predicted }: RunFacts): string {
  const kept = out === undefined ? "Nothing is kept of this run." : `Checkpoints and metrics go to ${out}.`;
  const each = losses.stride === 1 ? "every step" : `the mean of ${losses.stride} steps`;
  return [
    "q, Ctrl-C   end the run after the step at hand, with a checkpoint that --resume",
    "            goes on from; a second time ends it at once",
    "?           this page, and back",
    "",
    `The curve of the loss is of ${each}, and smoothed to the width of the screen.`,
    "Its scale is logarithmic once the loss has fallen to a fifth.",
    "Examples/s are by the clock over the last steps; the step is their median.",
    "",
    ...(predicted ? [`Predicted of this computer: ${predicted.confidence.join("; ")}.`, ""] : []),
    kept,
  ].join("\n");
}

export function HelpPanel({ state, facts, width, height }: HelpPanelProps) {
  return (
    <Panel title="Help" width={width} height={height}>
      <Paragraph text={helpText(state, facts)} />
    </Panel>
  );
}
