/** @file The dashboard as the view of a run: what it tells the run, and how it leaves the terminal. */
import type { EventEmitter } from "node:events";
import picocolors from "picocolors";
import { afterEach, expect, it, vi } from "vitest";
import { dashboardView } from "../../../../src/cli/dashboard/run/dashboardView.js";
import { canShowDashboard } from "../../../../src/cli/dashboard/run/load.js";
import type { TrainView } from "../../../../src/cli/trainView.js";
import { Display, Keyboard, MAIN_SCREEN } from "../fakeTerminal.js";
import { facts, progressAt } from "./scriptedRun.js";

let view: TrainView | undefined;

afterEach(() => {
  view?.close();
  vi.restoreAllMocks();
});

async function open() {
  const keyboard = new Keyboard();
  const display = new Display();
  const notes: string[] = [];
  const opened = dashboardView(facts, {
    input: keyboard.stream,
    output: display,
    colors: picocolors.createColors(false),
    said: ["said before"],
    note: (text) => notes.push(text),
  });
  view = opened;
  opened.listener.onStart?.({ steps: 180, step: 0, parameters: 208_074 });
  // React's effects, which listen to keys.
  await vi.waitFor(() => expect(keyboard.modes).toEqual([true]));
  return { keyboard, display, notes, view: opened };
}

it("asks the run to stop at the first key, and ends it at the second", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  const { keyboard, display, view } = await open();
  expect(view.wantsToStop()).toBe(false);
  keyboard.press("q");
  expect(view.wantsToStop()).toBe(true);
  expect(display.written).toContain("stopping after this step, with a checkpoint");
  expect(exit).not.toHaveBeenCalled();
  keyboard.press("\u0003");
  expect(exit).toHaveBeenCalledWith(130);
});

it("shows what is noted, and says it again when the screen is given back", async () => {
  const { display, notes, keyboard, view } = await open();
  expect(display.written).toContain("said before");
  view.note("\ncats/broken.jpg left out: no image");
  view.listener.onEvaluation?.(0, { accuracy: 0.9, examples: 10 }, "retrieval");
  expect(display.written).toContain("cats/broken.jpg left out: no image");
  expect(notes).toEqual([]);
  view.close();
  expect(notes).toEqual(["cats/broken.jpg left out: no image", "epoch 1: image-to-text recall@1 90.00 %"]);
  expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  expect(keyboard.modes).toEqual([true, false]);
  view.note("later");
  expect(notes.at(-1)).toBe("later");
});

it("draws anew when the terminal changes its size", async () => {
  const { display, view } = await open();
  view.listener.onStep?.(progressAt(1));
  display.written = "";
  Object.assign(display, { columns: 160, rows: 50 });
  display.emit("resize");
  expect(display.written).toContain("\u001b[50;1H");
  expect(display.written).toContain("after each epoch");
});

it("draws not every step, and the last one of an epoch always", async () => {
  const { display, view } = await open();
  view.listener.onStep?.(progressAt(1));
  display.written = "";
  for (let step = 2; step < 60; step++) view.listener.onStep?.(progressAt(step));
  const frames = display.written.split("\u001b[?2026h").length - 1;
  expect(frames).toBeLessThan(20);
  view.listener.onStep?.(progressAt(60));
  expect(display.written).toContain("evaluating");
});

it("gives the terminal back when the program ends in any way", async () => {
  const before = process.listenerCount("exit");
  const { display } = await open();
  const emitter: EventEmitter = process;
  emitter.emit("uncaughtExceptionMonitor", new Error("a bug"), "uncaughtException");
  expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  expect(process.listenerCount("exit")).toBe(before);
});

it("is only for terminals", () => {
  expect(canShowDashboard({ isTTY: true }, {})).toBe(true);
  expect(canShowDashboard({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  expect(canShowDashboard({ isTTY: false }, {})).toBe(false);
});
