/**
 * @file The view of training runs as plain data: a command line to start one with and the runs there are, or one run that is
 * watched; and what each thing that happens makes of it.
 */
import type { RunFile } from "../../../../train/runFile.js";
import { type EditedLine, lineOf } from "../lineEditor.js";
import type { ChildEnd } from "./childRun.js";
import type { PredictedFigures } from "./facts.js";
import type { RunSummary } from "./runList.js";
import { initialRun, type RunEvent, type RunState, runAfter } from "./runState.js";
import { tinyTraining } from "./tinyTraining.js";

export interface WatchedRun {
  readonly folder: string;
  /** Absent until the folder says what the run is. */
  readonly run?: RunFile;
  /** Of this computer. */
  readonly predicted?: PredictedFigures;
  readonly state: RunState;
  /** The curve where there is room for one. */
  readonly chart: "loss" | "accuracy";
}

export interface RunPane {
  /** The model whose family is suggested to be trained. */
  readonly model: string;
  readonly command: EditedLine;
  readonly isEditing: boolean;
  readonly runs: readonly RunSummary[];
  /** The folder of the run that is chosen from the list; absent where it is the command line. */
  readonly selected?: string;
  /** The run that is shown in place of the list. */
  readonly watched?: WatchedRun;
  /** The folder of the run that a process of this dashboard trains. */
  readonly training?: string;
  /** What there is to say about what was asked last. */
  readonly message?: string;
}

export type PaneEvent =
  /** Another model is looked at elsewhere. */
  | { readonly kind: "model"; readonly model: string }
  | { readonly kind: "listed"; readonly runs: readonly RunSummary[] }
  /** A run is to be watched. */
  | { readonly kind: "attached"; readonly folder: string }
  /** A process of this dashboard trains in a folder. */
  | { readonly kind: "training"; readonly folder: string }
  | { readonly kind: "closed"; readonly folder: string; readonly end: ChildEnd }
  | { readonly kind: "described"; readonly folder: string; readonly run: RunFile }
  | { readonly kind: "predicted"; readonly folder: string; readonly predicted: PredictedFigures }
  | { readonly kind: "happened"; readonly folder: string; readonly events: readonly RunEvent[] }
  | { readonly kind: "refused"; readonly message: string };

/** Nothing runs, and the command line trains a small model of the family of this one. */
export const initialPane = (model: string): RunPane => ({
  model,
  command: lineOf(tinyTraining(model)),
  isEditing: false,
  runs: [],
});

export function withoutMessage({ message: _, ...pane }: RunPane): RunPane {
  return pane;
}

/** The list in place of the run that was watched. */
export function unwatched({ watched: _, ...pane }: RunPane): RunPane {
  return pane;
}

/** With a change of the run that is watched, if it is the one in this folder. */
function withWatched(
  pane: RunPane,
  folder: string,
  change: (watched: WatchedRun) => Partial<WatchedRun>,
): RunPane {
  const { watched } = pane;
  return watched?.folder === folder ? { ...pane, watched: { ...watched, ...change(watched) } } : pane;
}

const withEvents = (pane: RunPane, folder: string, events: readonly RunEvent[]) =>
  withWatched(pane, folder, ({ state }) => ({ state: events.reduce(runAfter, state) }));

/** When a process of ours has ended: what it did, and where that shows. */
function closed(pane: RunPane, folder: string, { outcome, words }: ChildEnd): RunPane {
  const { training: _, ...rest } = pane;
  const message = `${folder}: ${words}`;
  if (pane.watched?.folder !== folder) return { ...rest, message };
  // It has never begun: what it was to do can be put right in the command line.
  if (!pane.watched.run) return { ...unwatched(rest), message };
  const events: readonly RunEvent[] = [
    { kind: "noted", text: words },
    { kind: "ended", outcome },
  ];
  return withEvents(rest, folder, events);
}

/** Another model is suggested; what a person has typed stays. */
function suggesting(pane: RunPane, model: string): RunPane {
  const isTyped = pane.isEditing || pane.command.text !== tinyTraining(pane.model);
  return { ...pane, model, ...(!isTyped && { command: lineOf(tinyTraining(model)) }) };
}

/** The runs as they are now; a run that is gone is chosen no longer. */
function listed(pane: RunPane, runs: readonly RunSummary[]): RunPane {
  const { selected, ...rest } = pane;
  const isThere = selected !== undefined && runs.some(({ folder }) => folder === selected);
  return { ...rest, runs, ...(isThere && { selected }) };
}

export function paneAfter(pane: RunPane, event: PaneEvent): RunPane {
  switch (event.kind) {
    case "model":
      return suggesting(pane, event.model);
    case "listed":
      return listed(pane, event.runs);
    case "attached": {
      const { folder } = event;
      const known = pane.watched?.folder === folder ? pane.watched : undefined;
      const watched = known ?? { folder, state: initialRun, chart: "loss" };
      return { ...withoutMessage(pane), isEditing: false, selected: folder, watched };
    }
    case "training":
      return withEvents({ ...pane, training: event.folder }, event.folder, [{ kind: "preparing" }]);
    case "closed":
      return closed(pane, event.folder, event.end);
    case "described":
      return withWatched(pane, event.folder, () => ({ run: event.run }));
    case "predicted":
      return withWatched(pane, event.folder, () => ({ predicted: event.predicted }));
    case "happened":
      return withEvents(pane, event.folder, event.events);
    case "refused":
      return pane.watched
        ? withEvents(pane, pane.watched.folder, [{ kind: "noted", text: event.message }])
        : { ...pane, message: event.message };
  }
}

/** Whether the run that is watched goes on, as far as is known. */
export const isRunning = ({ watched, training }: RunPane): boolean =>
  watched !== undefined && (watched.folder === training || (!!watched.run && !watched.state.outcome));
