/** @file Does what the keys of the view of training runs ask for, outside of it, and tells the view what comes of it. */
import { basename, normalize, resolve } from "node:path";
import type { Query } from "../../../../sim/query.js";
import { type RunFile, readRunFile } from "../../../../train/runFile.js";
import { UserError } from "../../../units/userError.js";
import { newRunFolder, RUNS_FOLDER } from "../../runFolder.js";
import { type ChildRun, type Executable, ownExecutable, startChild } from "./childRun.js";
import { hostQueryOf, type PredictedFigures, predictedFigures } from "./facts.js";
import { type Following, followRun } from "./follow.js";
import type { PaneEvent } from "./pane.js";
import type { RunEffect } from "./paneKeys.js";
import { runsIn } from "./runList.js";
import { isAlive } from "./runProcess.js";
import { optionValue } from "./trainingArguments.js";

export interface RunEffectsOptions {
  /** Told of what comes of an effect: some of it before `perform` returns. */
  readonly dispatch: (event: PaneEvent) => void;
  /** What trains: this program unless given. */
  readonly executable?: Executable;
  /** Works out what this computer is predicted to take; here and now unless given. */
  readonly predict?: (query: Query) => Promise<PredictedFigures>;
  /** The folder with the runs. */
  readonly runsFolder?: string;
}

export interface RunEffects {
  readonly perform: (effect: RunEffect) => void;
  /** Before the dashboard is left: ends the run that it trains with a checkpoint, the second time at once, and looks no more. */
  readonly stop: () => void;
  /** Resolves when no run is trained by this dashboard any longer. */
  readonly closed: () => Promise<void>;
}

/** The number of no process that was started. */
const NO_PROCESS = 0;

/** Between looks which runs there are, while they are shown. */
const LIST_MILLISECONDS = 2000;

/** Other ways to show a run and its result than this one. */
const ways: ReadonlySet<string> = new Set(["--dashboard", "--json"]);

/** The arguments that go on with a run, without the command's name. @throws UserError when no command line has started it */
function resumeArguments({ command }: RunFile, folder: string): readonly string[] {
  if (!command) throw new UserError(`${folder} was not started from a command line: resume it where it was`);
  // Relative folders are of another place than this, and those of earlier starts are said again each time.
  const given = command.arguments.slice(1);
  const kept = given.filter(
    (word, i) => word !== "--resume" && !word.startsWith("--out=") && ![word, given[i - 1]].includes("--out"),
  );
  return [...kept, "--out", resolve(folder), "--resume"];
}

/** The folder that arguments say, or a new one, and the arguments with it. */
function placed(words: readonly string[], runsFolder: string) {
  const out = optionValue(words, "--out");
  if (out !== undefined) return { folder: normalize(out), words };
  const model = words[0]?.startsWith("-") === false ? words[0] : optionValue(words, "--recipe");
  const data = basename(resolve(optionValue(words, "--data") ?? "data"));
  const folder = newRunFolder(model ?? "run", data, runsFolder);
  return { folder, words: [...words, "--out", folder] };
}

const predictHere = async (query: Query): Promise<PredictedFigures> => {
  const { predict } = await import("../../../../sim/predict.js");
  return predictedFigures(predict(query));
};

/** The run that is watched. */
interface Watching {
  readonly folder: string;
  /** Whether the folder has said what the run is. */
  isDescribed: boolean;
  following?: Following;
}

/** A run that a process of ours trains. */
interface Training {
  readonly folder: string;
  readonly child: ChildRun;
  /** All that it has said, for when it is watched again. */
  readonly said: string[];
}

export function runEffects({
  dispatch,
  executable = ownExecutable(),
  predict = predictHere,
  runsFolder = RUNS_FOLDER,
}: RunEffectsOptions): RunEffects {
  let training: Training | undefined;
  let closed = Promise.resolve();
  let watching: Watching | undefined;
  let listing: NodeJS.Timeout | undefined;
  let isLeaving = false;

  const lookNoMore = () => {
    clearInterval(listing);
    watching?.following?.close();
    watching = undefined;
  };
  /** What the system refuses, a folder that cannot be read or a process that is another person's, is told, too. */
  const orRefused = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UserError || (error instanceof Error && "code" in error))) throw error;
      dispatch({ kind: "refused", message: error.message });
    }
  };
  const tell = (folder: string, ...texts: readonly string[]) =>
    dispatch({ kind: "happened", folder, events: texts.map((text) => ({ kind: "noted", text })) });

  const askPrediction = async (folder: string, run: RunFile) => {
    try {
      dispatch({ kind: "predicted", folder, predicted: await predict(hostQueryOf(run)) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(folder, `no prediction: ${error.message}`);
    }
  };
  const follow = (folder: string) => {
    const own = training?.folder === folder ? training : undefined;
    // What there is nothing of is refused before anything else is looked at no more.
    if (!own) readRunFile(folder);
    lookNoMore();
    dispatch({ kind: "attached", folder });
    if (own) tell(folder, ...own.said);
    const watched: Watching = { folder, isDescribed: false };
    watching = watched;
    const onRun = (run: RunFile) => {
      dispatch({ kind: "described", folder, run });
      if (!watched.isDescribed) void askPrediction(folder, run);
      watched.isDescribed = true;
    };
    watched.following = followRun(
      folder,
      { onRun, onEvents: (events) => dispatch({ kind: "happened", folder, events }) },
      own ? { processId: own.child.processId ?? NO_PROCESS } : {},
    );
  };
  const list = () => {
    lookNoMore();
    const look = () => orRefused(() => dispatch({ kind: "listed", runs: runsIn(runsFolder) }));
    look();
    listing = setInterval(look, LIST_MILLISECONDS);
    listing.unref();
  };

  const train = (folder: string, words: readonly string[], directory: string) => {
    const said: string[] = [];
    const onLine = (line: string) => {
      said.push(line);
      tell(folder, line);
    };
    const given = ["train", ...words.filter((word) => !ways.has(word))];
    const child = startChild(executable, { arguments: given, directory, onLine });
    training = { folder, child, said };
    dispatch({ kind: "training", folder });
    closed = child.closed.then((end) => {
      // A short run may be over before anyone has looked.
      if (watching?.folder === folder) watching.following?.catchUp();
      training = undefined;
      dispatch({ kind: "closed", folder, end });
      if (isLeaving) lookNoMore();
      // One that has never begun is not there to be watched.
      else if (watching?.folder === folder && !watching.isDescribed) list();
    });
    follow(folder);
  };
  const stopRun = (folder: string) => {
    if (training?.folder === folder) return training.child.stop();
    // Of a run that was started elsewhere its process is all there is.
    const run = readRunFile(folder);
    if (!run.end && isAlive(run)) process.kill(run.processId, "SIGINT");
  };
  const resume = (folder: string) => {
    const run = readRunFile(folder);
    train(folder, resumeArguments(run, folder), run.command?.directory ?? process.cwd());
  };

  const perform = (effect: RunEffect) => {
    switch (effect.kind) {
      case "start": {
        const { folder, words } = placed(effect.arguments, runsFolder);
        return train(folder, words, process.cwd());
      }
      case "stop":
        return stopRun(effect.folder);
      case "resume":
        return resume(effect.folder);
      case "attach":
        return follow(effect.folder);
      case "list":
        return list();
    }
  };
  return {
    perform: (effect) => orRefused(() => perform(effect)),
    stop: () => {
      isLeaving = true;
      clearInterval(listing);
      if (!training) return lookNoMore();
      dispatch({ kind: "happened", folder: training.folder, events: [{ kind: "stopping" }] });
      training.child.stop();
    },
    closed: () => closed,
  };
}
