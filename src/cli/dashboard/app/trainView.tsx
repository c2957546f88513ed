/** @file The view of training runs, in the dashboard. */
import { paneKey, paneKeys } from "../run/paneKeys.js";
import { RunView } from "../run/RunView.js";
import { withPane } from "./state.js";
import type { View } from "./view.js";

export const trainView: View = {
  title: "Train",
  wanted: () => [],
  keyed: (state, key) => {
    const { train } = state.panes;
    const { pane, effects } = paneKey(train, key);
    // While a command is written every key is its own; else what changes nothing may mean something to the others.
    if (!train.isEditing && pane === train && effects.length === 0) return undefined;
    return { state: withPane(state, "train", pane), effects };
  },
  hints: ({ panes }) => paneKeys(panes.train),
  help: [
    "A run of willfit train, in a process of its own: its command is suggested for the model at hand, made small, and can be edited.",
    "Runs are followed by the files in their folders, wherever they were started: curves, examples a second, and the step's time and memory as predicted for this computer beside what is measured.",
    "The peak of live tensors is predicted to the byte. s ends a run after the step at hand, with a checkpoint that r goes on from.",
    "To leave the dashboard ends its own run in the same way.",
  ],
  Body: ({ state, size }) => <RunView pane={state.panes.train} size={size} />,
};
