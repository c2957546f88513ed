/** @file Where a step's time, bytes and FLOPs go: the scopes of the model as a tree that is opened and closed. */
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import { windowOf } from "../window.js";
import { StepBody } from "./StepBody.js";
import { scopeDetail, scopeHeading, scopeLine, sortWords } from "./scopeLines.js";
import { type ShownScopes, scopesKeyed, shownScopes } from "./scopesKeys.js";
import { stepAsks } from "./shownStep.js";

interface ScopesProps extends BodyProps {
  readonly shown: ShownScopes;
  readonly titled: (heading: string) => string;
}

/** The panel's heading, the columns' headings, and what is said of the selected scope. */
const ROWS_AROUND = 3;

function Scopes({ shown: { rows, selected }, state, size, titled }: ScopesProps) {
  const colors = useColors();
  const { sort, areBlocksApart } = state.panes.scopes;
  const view = { sort, width: size.columns, colors };
  const step = rows[0]!.scope;
  const { from, to } = windowOf(selected, rows.length, size.rows - ROWS_AROUND);
  const hidden = rows.length - (to - from);
  const rest = new Array<string>(Math.max(0, size.rows - ROWS_AROUND - (to - from))).fill("");
  const lines = rows.slice(from, to).map((row, i) => scopeLine(row, step, from + i === selected, view));
  const blocks = areBlocksApart ? "every block" : "blocks of a kind as one";
  const heading = titled(`Scopes by ${sortWords[sort]}, ${blocks}`);
  return (
    <Panel
      title={hidden > 0 ? `${heading}: ${selected + 1} of ${rows.length}` : heading}
      width={size.columns}
      height={size.rows}
    >
      <CutLines
        lines={[scopeHeading(step, view), ...lines, ...rest, colors.dim(`  ${scopeDetail(rows[selected]!)}`)]}
      />
    </Panel>
  );
}

export const scopesView: View = {
  title: "Scopes",
  wanted: stepAsks,
  keyed: scopesKeyed,
  hints: ({ panes }) => [
    { key: "↑↓", does: "choose" },
    { key: "→←", does: "open and close" },
    { key: "s", does: "sort" },
    { key: "t", does: panes.scopes.areBlocksApart ? "blocks as one" : "every block" },
    { key: "enter", does: "open or close" },
  ],
  help: [
    "Where the time of one device goes, by the parts of the model. A fusion counts where the operation is that it is built around; what is not in a part of a scope is the scope's own.",
    "Shares and bars are of the whole step, in what is sorted by. Bytes are what fusions move between memory and chip, padding included; FLOP/B is the arithmetic intensity.",
    "recompute is what the plan's rematerialisation computes again, the compiler's what it adds to make the step fit.",
  ],
  Body: ({ state, size }) => (
    <StepBody state={state} size={size}>
      {(_, titled) => <Scopes shown={shownScopes(state)!} state={state} size={size} titled={titled} />}
    </StepBody>
  ),
};
