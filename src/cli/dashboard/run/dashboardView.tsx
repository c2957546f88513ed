/** @file A training run shown on the whole screen: keeps what is known of it, and draws it when a step has ended. */
import { render } from "ink";
import { INTERRUPTED } from "../../interruption.js";
import type { Colors } from "../../terminal.js";
import type { TrainView } from "../../trainView.js";
import { ColorsContext } from "../colors.js";
import { framePacer } from "../framePacer.js";
import { openScreen, type Resizable, type ScreenOutput } from "../screen.js";
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
  const screen = openScreen(output);
  const pacer = framePacer();
  let isStale = true;

  const element = () => (
    <ColorsContext value={colors}>
      <RunScreen state={state} facts={facts} size={screen.size()} onStop={stop} onHelp={help} />
    </ColorsContext>
  );
  const draw = () => {
    const began = nowSeconds();
    ink.rerender(element());
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
  const resized = () => {
    screen.forget();
    isStale = true;
    draw();
  };

  const ink = render(element(), {
    stdout: screen.frames,
    stdin: input,
    // Whole frames, at once: `screen` draws what has changed of them, and `pacer` says when.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const clock = setInterval(drawIfDue, LOOK_MILLISECONDS);
  clock.unref();

  let isOpen = true;
  const restore = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(clock);
    output.off("resize", resized);
    process.off("exit", restore);
    process.off("uncaughtExceptionMonitor", restore);
    screen.close();
    ink.unmount();
    for (const text of notes) note(text);
  };
  output.on("resize", resized);
  // Whatever ends the program: the terminal is as it was before anything is said of it.
  process.on("exit", restore);
  process.on("uncaughtExceptionMonitor", restore);

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
    },
    note: say,
    wantsToStop: () => state.isStopping,
    close: restore,
  };
}
