/** @file The whole screen of a run. */
import { Box } from "ink";
import type { Size } from "../size.js";
import type { RunFacts } from "./facts.js";
import { Header } from "./Header.js";
import { HelpPanel } from "./HelpPanel.js";
import { type KeyActions, KeysLine } from "./KeysLine.js";
import { layoutOf } from "./layout.js";
import { RunPanels } from "./RunPanels.js";
import type { RunState } from "./runState.js";

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
        <RunPanels state={state} facts={facts} layout={layout} />
      )}
      <KeysLine state={state} width={columns} height={keys} onStop={onStop} onHelp={onHelp} />
    </Box>
  );
}
