/** @file The last line: the keys there are; and what they do. */
import { Box, Text, useInput, useStdin } from "ink";
import { useColors } from "../colors.js";
import { CTRL_C } from "../inkKeys.js";
import { actionsOf } from "./keys.js";
import type { RunState } from "./runState.js";

export interface KeyActions {
  readonly onStop: () => void;
  readonly onHelp: () => void;
}

interface KeysLineProps extends KeyActions {
  readonly state: RunState;
  readonly width: number;
  readonly height: number;
}

export function KeysLine({ state: { isStopping, showsHelp }, width, height, onStop, onHelp }: KeysLineProps) {
  const { bold, dim } = useColors();
  // Where standard input is a pipe there are no keys, but Ctrl-C is a signal then and does the same.
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      const perform = { stop: onStop, help: onHelp };
      // Ink tells a lone Ctrl-C as the letter.
      for (const action of actionsOf(key.ctrl && input === "c" ? CTRL_C : input)) perform[action]();
      if (key.escape && showsHelp) onHelp();
    },
    { isActive: isRawModeSupported },
  );
  const stop = isStopping ? "stop at once" : "stop after this step, with a checkpoint";
  const keys = isRawModeSupported
    ? `${bold("q")} ${dim(stop)}   ${bold("?")} ${dim(showsHelp ? "back" : "help")}`
    : `${bold("Ctrl-C")} ${dim(stop)}`;
  return (
    <Box width={width} height={height} flexShrink={0} overflowY="hidden">
      <Text wrap="truncate-end">{keys}</Text>
    </Box>
  );
}
