/** @file The whole screen: which view and question on top, the view, and the keys below. */
import { Box, useInput, useStdin } from "ink";
import { useColors } from "../colors.js";
import { keysOf } from "../inkKeys.js";
import type { Key } from "../key.js";
import { AppHeader } from "./AppHeader.js";
import { AppHelp } from "./AppHelp.js";
import { bodySize } from "./bodySize.js";
import { HintsLine } from "./HintsLine.js";
import { OverlayPanel } from "./OverlayPanel.js";
import type { AppState } from "./state.js";
import { views } from "./views.js";

interface AppProps {
  readonly state: AppState;
  readonly onKey: (key: Key) => void;
}

function Body({ state }: Pick<AppProps, "state">) {
  const size = bodySize(state);
  if (state.overlay) return <OverlayPanel overlay={state.overlay} size={size} />;
  if (state.showsHelp) return <AppHelp state={state} size={size} />;
  const { Body: View } = views[state.view];
  return <View state={state} size={size} />;
}

export function App({ state, onKey }: AppProps) {
  const { columns, rows } = state.size;
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      for (const pressed of keysOf(input, key)) onKey(pressed);
    },
    { isActive: isRawModeSupported },
  );
  return (
    <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
      <AppHeader state={state} colors={useColors()} />
      <Box width={columns} height={bodySize(state).rows} flexShrink={0} overflow="hidden">
        <Body state={state} />
      </Box>
      <HintsLine state={state} />
    </Box>
  );
}
