/** @file Follows a run through the files of its folder, whoever trains it: what they say becomes what happened. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { METRICS_JSONL, metricsRow } from "../../../../train/metrics.js";
import { RUN_FILE, type RunFile, readRunFile } from "../../../../train/runFile.js";
import { UserError } from "../../../units/userError.js";
import { clockAtStart, eventsOfRows } from "./rowEvents.js";
import { outcomeOf } from "./runProcess.js";
import type { RunEvent } from "./runState.js";
import { tailOf } from "./tail.js";

export interface Followed {
  /** What the folder says of the run: once at first, then whenever the run starts, goes on or ends. */
  readonly onRun: (run: RunFile) => void;
  readonly onEvents: (events: readonly RunEvent[]) => void;
}

export interface FollowOptions {
  /** The process whose run it is to be: until that has written to the folder, nothing of the folder counts. */
  readonly processId?: number;
  readonly pollMilliseconds?: number;
}

export interface Following {
  /** Reads all there is by now, at once. */
  readonly catchUp: () => void;
  readonly close: () => void;
}

/** Steps that are shorter come together; a person does not see the difference. */
const POLL_MILLISECONDS = 150;

/** Reads the run's file when it is another one than the last time. */
function runFileOf(folder: string): () => RunFile | undefined {
  let seen = "";
  return () => {
    const stat = statSync(join(folder, RUN_FILE), { throwIfNoEntry: false });
    if (!stat) return undefined;
    // Numbers of inodes are given again.
    const version = `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (version === seen) return undefined;
    seen = version;
    return readRunFile(folder);
  };
}

/**
 * Follows a run until it is told not to.
 *
 * @throws UserError when there is no run in the folder, unless it is one that a process has yet to write to
 */
export function followRun(
  folder: string,
  { onRun, onEvents }: Followed,
  { processId, pollMilliseconds = POLL_MILLISECONDS }: FollowOptions = {},
): Following {
  if (processId === undefined) readRunFile(folder);
  const changedRun = runFileOf(folder);
  const newRows = tailOf(join(folder, METRICS_JSONL));
  let run: RunFile | undefined;
  let clock = clockAtStart;
  let hasEnded = false;

  /** @returns whether there is more to read at once */
  const look = (): boolean => {
    const changed = changedRun();
    if (changed && (processId === undefined || changed.processId === processId)) {
      const isStart = changed.processId !== run?.processId || changed.resumedAt !== run.resumedAt;
      run = changed;
      onRun(run);
      // The record has all steps, those before it went on, too.
      const { parameters, steps } = run;
      if (isStart) onEvents([{ kind: "started", parameters, steps, step: 0 }]);
      if (isStart) hasEnded = false;
    }
    if (!run) return false;
    // Asked before the rows are read: when the run has ended, all its rows are there.
    const outcome = hasEnded ? undefined : outcomeOf(run);
    const { lines, isAnew, isMore } = newRows();
    if (isAnew) clock = clockAtStart;
    const rows = lines.flatMap((line) => metricsRow(line) ?? []);
    const read = eventsOfRows(rows, clock, run);
    ({ clock } = read);
    const events: RunEvent[] = [...(isAnew ? [{ kind: "rewound" } as const] : []), ...read.events];
    if (outcome !== undefined && !isMore) {
      hasEnded = true;
      events.push({
        kind: "ended",
        outcome,
        ...(run.end?.error !== undefined && { error: run.end.error }),
      });
    }
    if (events.length > 0) onEvents(events);
    return isMore;
  };

  let trouble = "";
  /** A file that is damaged or cannot be read says so, once; the next one may be whole. */
  const lookAndTell = (): boolean => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof UserError || (error instanceof Error && "code" in error))) throw error;
      if (error.message !== trouble) onEvents([{ kind: "noted", text: error.message }]);
      trouble = error.message;
      return false;
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const poll = () => {
    const isMore = lookAndTell();
    // Who is told may have had enough.
    if (isOpen) timer = setTimeout(poll, isMore ? 0 : pollMilliseconds);
  };
  poll();
  return {
    catchUp: () => {
      while (lookAndTell());
    },
    close: () => {
      isOpen = false;
      clearTimeout(timer);
    },
  };
}
