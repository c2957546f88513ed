/** @file A training run shown on the whole screen: keeps what is known of it, and draws it when a step has ended. */
import { INTERRUPTED } from "../../interruption.js";
import type { Colors } from "../../terminal.js";
import { type TrainView, unlockedText } from "../../trainView.js";
import { framePacer } from "../framePacer.js";
import { type Resizable, type ScreenOutput, sizeOf } from "../screen.js";
import { openStage } from "../stage.js";
import type { RunFacts } from "./facts.js";
import { RunScreen } from "./RunScreen.js";
import { initialRun, type RunEvent, runAfter } from "./runState.js";

export interface DashboardSurroundings {
  readonly input: NodeJS.ReadStream;
  readonly output: ScreenOutput & Resizable;
  readonly colors: Colors;
  /** What was said before the screen was taken. */
  readonly said: readonly string[];
  /** Says afterwards what was said on the screen. */
  readonly note: (text: string) => void;
}

/** Between looks whether something has changed while no step ended: during an evaluation, say. */
const LOOK_MILLISECONDS = 100;

const nowSeconds = () => performance.now() / 1000;

export function dashboardView(
  facts: RunFacts,
  { input, output, colors, said, note }: DashboardSurroundings,
): TrainView {
  const place = facts.out === undefined ? [] : [`checkpoints and metrics go to ${facts.out}`];
  let state = [...said, ...place].reduce((run, text) => runAfter(run, { kind: "noted", text }), initialRun);
  const notes: string[] = [];
  const pacer = framePacer();
  let isStale = true;
  let isOpen = true;

  const draw = () => {
    const began = nowSeconds();
    stage.draw();
    isStale = false;
    pacer.drew(began, nowSeconds());
  };
  const drawIfDue = () => {
    if (isStale && pacer.isDue(nowSeconds())) draw();
  };
  const happened = (event: RunEvent) => {
    state = runAfter(state, event);
    isStale = true;
  };
  const stop = () => {
    if (state.isStopping) process.exit(INTERRUPTED);
    happened({ kind: "stopping" });
    draw();
  };
  const help = () => {
    happened({ kind: "help" });
    draw();
  };
  const clock = setInterval(drawIfDue, LOOK_MILLISECONDS);
  clock.unref();

  const element = () => (
    <RunScreen state={state} facts={facts} size={sizeOf(output)} onStop={stop} onHelp={help} />
  );
  const stage = openStage(element, {
    input,
    output,
    colors,
    onResize: draw,
    onClosed: () => {
      isOpen = false;
      clearInterval(clock);
      for (const text of notes) note(text);
    },
  });

  const say = (text: string) => {
    const line = text.trim();
    if (isOpen) notes.push(line);
    else note(line);
    happened({ kind: "noted", text: line });
    drawIfDue();
  };
  return {
    listener: {
      onStart: (info) => {
        happened({ kind: "started", ...info });
        draw();
      },
      onStep: (progress) => {
        happened({ kind: "stepped", progress, endedAtSeconds: nowSeconds() });
        // An evaluation follows, and says nothing until it is over.
        if (progress.step % facts.stepsPerEpoch === 0) draw();
        else drawIfDue();
      },
      onEvaluation: (epoch, evaluation, measure) => {
        happened({ kind: "evaluated", epoch, evaluation, measure });
        notes.push(state.log.at(-1)!);
        draw();
      },
      onDamaged: (why) => say(`passed over: ${why}`),
      onUnlocked: (why) => say(unlockedText(why)),
    },
    note: say,
    wantsToStop: () => state.isStopping,
    close: stage.close,
  };
}
