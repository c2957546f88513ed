/** @file The last line: the keys that there are now. */
import { Box, Text } from "ink";
import { useColors } from "../colors.js";
import type { KeyHint } from "../key.js";
import type { AppState } from "./state.js";
import { views } from "./views.js";

const overList: readonly KeyHint[] = [
  { key: "type", does: "to narrow" },
  { key: "↑↓", does: "choose" },
  { key: "enter", does: "take" },
  { key: "esc", does: "back" },
];

const overLine: readonly KeyHint[] = [
  { key: "enter", does: "take" },
  { key: "ctrl-u", does: "clear" },
  { key: "esc", does: "back" },
];

const always: readonly KeyHint[] = [
  { key: "?", does: "keys" },
  { key: "q", does: "quit" },
];

const leaving: readonly KeyHint[] = [
  { key: "…", does: "the run ends with a checkpoint" },
  { key: "q", does: "end it at once" },
];

function hintsOf({ overlay, showsHelp, ...state }: AppState): readonly KeyHint[] {
  if (state.isLeaving) return leaving;
  if (overlay) return overlay.choices ? overList : overLine;
  if (showsHelp) return [{ key: "esc", does: "back" }, always[1]!];
  // Views tell first what is used most, and what is cut off at the end is in the help.
  return [...always, ...views[state.view].hints({ ...state, showsHelp })];
}

export function HintsLine({ state }: { readonly state: AppState }) {
  const { bold, dim } = useColors();
  const text = hintsOf(state)
    .map(({ key, does }) => `${bold(key)} ${dim(does)}`)
    .join("  ");
  return (
    <Box width={state.size.columns} height={1} flexShrink={0} overflowY="hidden">
      <Text wrap="truncate-end">{text}</Text>
    </Box>
  );
}
