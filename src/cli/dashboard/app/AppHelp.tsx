/** @file Every key, and what there is to know about the view at hand. */
import { Box } from "ink";
import { useColors } from "../colors.js";
import type { KeyHint } from "../key.js";
import { Line, Panel, Paragraph } from "../Panel.js";
import { GAP_COLUMNS } from "../size.js";
import type { AppState } from "./state.js";
import type { BodyProps } from "./view.js";
import { views } from "./views.js";

const everywhere: readonly KeyHint[] = [
  { key: "1 … 8", does: "the views" },
  { key: "[ ]", does: "the view before, and after" },
  { key: "m", does: "model" },
  { key: "h", does: "hardware" },
  { key: "b", does: "batch, as 4096, 32k or 1M" },
  { key: "- +", does: "half and twice the batch" },
  { key: "r", does: "recipe, for hours and dollars" },
  { key: "u", does: "back to the question before" },
  { key: "j k", does: "down and up, as the arrows" },
  { key: "?", does: "this page, and back" },
  { key: "q", does: "quit" },
];

const KEY_COLUMN = 10;

function KeyLines({ hints }: { readonly hints: readonly KeyHint[] }) {
  const { bold } = useColors();
  return hints.map(({ key, does }) => <Line key={key} text={`${bold(key.padEnd(KEY_COLUMN))}${does}`} />);
}

/** Keys that only this view has; those that are everywhere are told once. */
function ownHints(state: AppState): readonly KeyHint[] {
  const known = new Set(everywhere.map(({ key }) => key));
  return views[state.view].hints(state).filter(({ key }) => !known.has(key));
}

export function AppHelp({ state, size: { columns, rows } }: BodyProps) {
  const { title, help } = views[state.view];
  const own = ownHints(state);
  const upper = Math.min(rows, Math.max(own.length, everywhere.length) + 1);
  const left = Math.floor((columns - GAP_COLUMNS) / 2);
  return (
    <Box flexDirection="column" height={rows} overflowY="hidden">
      <Box columnGap={GAP_COLUMNS} flexShrink={0}>
        <Panel title="Everywhere" width={left} height={upper}>
          <KeyLines hints={everywhere} />
        </Panel>
        <Panel title={title} width={Math.max(0, columns - left - GAP_COLUMNS)} height={upper}>
          <KeyLines hints={own} />
        </Panel>
      </Box>
      <Panel title="What is shown" width={columns} height={Math.max(0, rows - upper)}>
        {help.map((text) => (
          <Paragraph key={text} text={text} />
        ))}
      </Panel>
    </Box>
  );
}
