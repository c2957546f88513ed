/** @file The top of the screen: what runs, what it is doing, and how far it is. */
import { Box, Text } from "ink";
import { useColors } from "../colors.js";
import type { RunFacts } from "./facts.js";
import { phaseWord, progressLine, titleLine } from "./headerText.js";
import type { RunState } from "./runState.js";

interface HeaderProps {
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly width: number;
  readonly height: number;
}

export function Header({ state, facts, width, height }: HeaderProps) {
  const colors = useColors();
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0} overflowY="hidden">
      <Box justifyContent="space-between" columnGap={1}>
        <Text wrap="truncate-end">{titleLine(facts, state, colors)}</Text>
        <Box flexShrink={0}>
          <Text>{colors.dim(phaseWord(state, facts))}</Text>
        </Box>
      </Box>
      <Text wrap="truncate-end">{progressLine(state, facts, width, colors)}</Text>
    </Box>
  );
}
