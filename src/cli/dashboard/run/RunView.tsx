/** @file The view of training runs: one that is watched, or the command line and the list. Header and keys of the dashboard are not its. */
import { Box } from "ink";
import type { Size } from "../size.js";
import { factsOfRun } from "./facts.js";
import { Header } from "./Header.js";
import { LogPanel } from "./LogPanel.js";
import { layoutOf } from "./layout.js";
import type { RunPane, WatchedRun } from "./pane.js";
import { RunListPanel } from "./RunListPanel.js";
import { RunPanels } from "./RunPanels.js";
import { StartPanel } from "./StartPanel.js";

interface RunViewProps {
  readonly pane: RunPane;
  /** What the view has of the screen. */
  readonly size: Size;
}

/** Rows of the command line with its heading and a message: most commands take two lines of 80 columns. */
const START_ROWS = 5;
/** Of a screen that is too small for all, what the command line gets. */
const START_SHARE = 0.5;

function Watched({ watched, size }: { readonly watched: WatchedRun; readonly size: Size }) {
  const { folder, run, predicted, state, chart } = watched;
  const { columns, rows } = size;
  // What it is comes from its folder, once its process has traced the program.
  if (!run) return <LogPanel state={state} width={columns} height={rows} title={`Starting ${folder}`} />;
  const facts = factsOfRun(run, folder, predicted);
  const layout = layoutOf(size, 0);
  return (
    <>
      <Header state={state} facts={facts} width={columns} height={layout.header} />
      <RunPanels state={state} facts={facts} layout={layout} chart={chart} />
    </>
  );
}

export function RunView({ pane, size }: RunViewProps) {
  const { columns, rows } = size;
  const start = Math.min(START_ROWS, Math.ceil(rows * START_SHARE));
  return (
    <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
      {pane.watched ? (
        <Watched watched={pane.watched} size={size} />
      ) : (
        <>
          <StartPanel pane={pane} width={columns} height={start} />
          <RunListPanel pane={pane} width={columns} height={rows - start} />
        </>
      )}
    </Box>
  );
}
