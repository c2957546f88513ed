/** @file Opens the dashboard on a terminal, keeps what it knows, and gives the terminal back when it is left. */
import type { Prediction } from "../../../../sim/prediction.js";
import type { Query } from "../../../../sim/query.js";
import { UserError } from "../../../units/userError.js";
import type { Key } from "../key.js";
import { type PredictedFigures, predictedFigures } from "../run/facts.js";
import { type RunEffectsOptions, runEffects } from "../run/runEffects.js";
import { sizeOf } from "../screen.js";
import { openStage, type StageOptions } from "../stage.js";
import { App } from "./App.js";
import { type Answer, type Ask, answerTo, ask } from "./answers.js";
import { askerOn, type Lane, type Lanes } from "./asker.js";
import type { Question } from "./question.js";
import type { AppState } from "./state.js";
import { type AppEvent, initialState, update, wantedBy } from "./update.js";
import type { Effect } from "./view.js";

export interface AppSurroundings extends Pick<StageOptions, "input" | "output" | "colors"> {
  readonly lanes: Lanes;
  /** The folder of a run that is to be watched from the beginning. */
  readonly watch?: string;
  /** What trains, and where; this program and `runs/` unless given. */
  readonly training?: Pick<RunEffectsOptions, "executable" | "runsFolder">;
}

const isMissing = (state: AppState) => (asked: Ask) => answerTo(state.answers, asked) === undefined;

/** What a run does is drawn together, a few times a second: most of the computer is the run's. */
const RUN_FRAME_MILLISECONDS = 200;

/** What asks a program to end; Ctrl-C is a key here. */
const ENDING_SIGNALS = ["SIGTERM", "SIGHUP"] as const;

/** What `Promise.withResolvers` gives from Node 22 on. */
function withResolvers() {
  let resolve = () => {};
  let reject = (_: unknown) => {};
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

/** A prediction from a lane, for a run. */
function predictOn(lane: Lane) {
  return async (query: Query): Promise<PredictedFigures> => {
    const answer = (await lane.answer(ask("prediction", query))) as Answer<Prediction>;
    if ("error" in answer) throw new UserError(answer.error);
    return predictedFigures(answer.value);
  };
}

/**
 * Shows the dashboard until the person quits, and until the run that it trains has ended then.
 *
 * @returns what there is to say of it afterwards
 */
export async function openApp(question: Question, surroundings: AppSurroundings): Promise<readonly string[]> {
  const { output, lanes, training, watch } = surroundings;
  let state = initialState(question, sizeOf(output));
  let frame: NodeJS.Timeout | undefined;
  const notes: string[] = [];
  const { promise: left, resolve: quit, reject: fail } = withResolvers();

  const draw = () => {
    clearTimeout(frame);
    frame = undefined;
    stage.draw();
  };
  const happened = (event: AppEvent) => {
    try {
      const outcome = update(state, event);
      state = outcome.state;
      outcome.effects?.forEach(perform);
      if (event.kind === "run") frame ??= setTimeout(draw, RUN_FRAME_MILLISECONDS);
      else draw();
      want();
    } catch (error) {
      // A bug: told as any other, when the terminal is there to tell it on.
      fail(error);
    }
  };
  const runs = runEffects({
    dispatch: (event) => {
      if (state.isLeaving && event.kind === "closed") notes.push(`${event.folder}: ${event.end.words}`);
      happened({ kind: "run", event });
    },
    predict: predictOn(lanes.quick),
    ...training,
  });
  const leave = () => {
    // The second time it is ended at once.
    runs.stop();
    if (state.isLeaving) return;
    happened({ kind: "leaving" });
    void runs.closed().then(quit, fail);
  };
  const perform = (effect: Effect) => (effect.kind === "quit" ? leave() : runs.perform(effect));
  const asker = askerOn(lanes, (asked, answer) => happened({ kind: "answered", asked, answer }));
  const want = () => {
    const { quick, thorough } = wantedBy(state);
    asker.want({ quick: quick.filter(isMissing(state)), thorough: thorough.filter(isMissing(state)) });
  };

  const onKey = (key: Key) => happened({ kind: "key", key });
  const stage = openStage(() => <App state={state} onKey={onKey} />, {
    ...surroundings,
    onResize: () => happened({ kind: "resized", size: sizeOf(output) }),
  });
  // Ink leaves by itself where a view cannot be drawn.
  void stage.ended.then(quit, fail);
  for (const signal of ENDING_SIGNALS) process.on(signal, leave);
  try {
    if (watch === undefined) want();
    else {
      happened({ kind: "turned", view: "train" });
      runs.perform({ kind: "attach", folder: watch });
    }
    await left;
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, leave);
    clearTimeout(frame);
    stage.close();
    runs.stop();
    await asker.close();
  }
  return notes;
}
