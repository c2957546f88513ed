/** @file The view of training runs as data: what each key and each event makes of it. */
import { describe, expect, it } from "vitest";
import {
  initialPane,
  isRunning,
  type PaneEvent,
  paneAfter,
  type RunPane,
} from "../../../../src/cli/dashboard/run/pane.js";
import { paneKey, paneKeys } from "../../../../src/cli/dashboard/run/paneKeys.js";
import type { RunSummary } from "../../../../src/cli/dashboard/run/runList.js";
import { tinyTraining } from "../../../../src/cli/dashboard/run/tinyTraining.js";
import { key, typed } from "../keys.js";
import { runFile } from "./runFolder.js";
import { facts } from "./scriptedRun.js";

const summary = (name: string): RunSummary => ({
  folder: `runs/${name}`,
  name,
  status: "finished",
  at: "2026-11-26T10:00:00.000Z",
});
const afterEvents = (pane: RunPane, ...events: readonly PaneEvent[]) => events.reduce(paneAfter, pane);
const pressed = (pane: RunPane, ...keys: readonly ReturnType<typeof key>[]) =>
  keys.reduce((now, each) => paneKey(now, each).pane, pane);
const hints = (pane: RunPane) => paneKeys(pane).map(({ key: name, does }) => `${name} ${does}`);

const fresh = initialPane("vit-s16");
const listed = afterEvents(fresh, { kind: "listed", runs: [summary("b"), summary("a")] });
const folder = "runs/a";
const attached = afterEvents(fresh, { kind: "attached", folder });
const watching = afterEvents(
  attached,
  { kind: "described", folder, run: runFile },
  { kind: "happened", folder, events: [{ kind: "started", parameters: 1, steps: 180, step: 0 }] },
);
const ended = (outcome: "finished" | "stopped" | "killed") =>
  afterEvents(watching, { kind: "happened", folder, events: [{ kind: "ended", outcome }] });
const training = afterEvents(watching, { kind: "training", folder });

describe("with nothing watched", () => {
  it("starts what the line says", () => {
    expect(paneKey(fresh, key("enter")).effects).toEqual([
      { kind: "start", arguments: tinyTraining("vit-s16").split(" ") },
    ]);
    expect(hints(fresh)).toEqual(["enter start", "e edit the command", "↑↓ choose"]);
  });

  it("edits the line, starts it, or leaves it as it is then", () => {
    const editing = pressed(fresh, typed("e"));
    expect(hints(editing)).toEqual(["enter start", "esc leave the line"]);
    const changed = pressed(editing, key("backspace"), typed("2"), typed("e"));
    expect(changed.command.text).toBe(`${tinyTraining("vit-s16").slice(0, -1)}2e`);
    expect(pressed(changed, key("escape"))).toMatchObject({ isEditing: false, command: changed.command });
    const { pane, effects } = paneKey(pressed(changed, key("backspace")), key("enter"));
    expect(pane.isEditing).toBe(false);
    expect(effects).toMatchObject([{ kind: "start" }]);
    expect(effects[0]!.kind === "start" && effects[0]!.arguments.at(-1)).toBe("2");
  });

  it("says what is wrong with the line until it is changed", () => {
    const wrong = pressed(fresh, typed("e"), typed(" '"), key("enter"));
    expect(wrong).toMatchObject({ message: "a quote is not closed", isEditing: true });
    expect(paneKey(wrong, key("enter")).effects).toEqual([]);
    expect(pressed(wrong, key("backspace")).message).toBeUndefined();
  });

  it("chooses from the line and the runs below it", () => {
    const selected = (...names: readonly Parameters<typeof key>[0][]) =>
      pressed(listed, ...names.map(key)).selected;
    expect(selected()).toBeUndefined();
    expect(selected("up")).toBeUndefined();
    expect(selected("down")).toBe("runs/b");
    expect(selected("down", "down", "down")).toBe("runs/a");
    expect(selected("end", "up")).toBe("runs/b");
    expect(selected("pageDown", "pageUp")).toBeUndefined();
    expect(selected("end", "home")).toBeUndefined();
    expect(pressed(fresh, key("down")).selected).toBeUndefined();
  });

  it("watches the run that is chosen, and forgets it when it is gone", () => {
    const chosen = pressed(listed, key("down"));
    expect(paneKey(chosen, key("enter")).effects).toEqual([{ kind: "attach", folder: "runs/b" }]);
    expect(hints(chosen)[0]).toBe("enter watch");
    expect(afterEvents(chosen, { kind: "listed", runs: [summary("b")] }).selected).toBe("runs/b");
    expect(afterEvents(chosen, { kind: "listed", runs: [summary("a")] }).selected).toBeUndefined();
    // To edit the line is to choose it.
    expect(pressed(chosen, typed("e")).selected).toBeUndefined();
  });

  it("suggests the model that is looked at, unless a person has typed something", () => {
    const resnet: PaneEvent = { kind: "model", model: "resnet50" };
    expect(afterEvents(fresh, resnet).command.text).toBe(tinyTraining("resnet50"));
    expect(afterEvents(afterEvents(fresh, resnet), { kind: "model", model: "vit-b16" }).command.text).toMatch(
      /^vit-b16/,
    );
    const own = pressed(fresh, typed("e"), typed(" --seed 2"), key("escape"));
    expect(afterEvents(own, resnet).command.text).toBe(own.command.text);
  });

  it("trains one run at a time", () => {
    const { pane, effects } = paneKey(pressed(training, key("escape")), key("home"));
    expect(effects).toEqual([]);
    const refused = paneKey(pane, key("enter"));
    expect(refused.effects).toEqual([]);
    expect(refused.pane.message).toBe("runs/a is being trained: stop it first");
  });

  it("does nothing for other keys, and for those with Ctrl", () => {
    for (const other of [typed("x"), typed("s"), key("tab"), { ...typed("e"), ctrl: true }]) {
      expect(paneKey(listed, other)).toEqual({ pane: listed, effects: [] });
    }
  });
});

describe("with a run watched", () => {
  it("stops it, and at once the second time", () => {
    expect(isRunning(watching)).toBe(true);
    expect(hints(watching)).toEqual(["s stop, with a checkpoint", "a accuracy", "esc all runs"]);
    const { pane, effects } = paneKey(watching, typed("s"));
    expect(effects).toEqual([{ kind: "stop", folder }]);
    expect(pane.watched?.state.isStopping).toBe(true);
    expect(hints(pane)[0]).toBe("s stop at once");
    expect(paneKey(pane, typed("s")).effects).toEqual([{ kind: "stop", folder }]);
  });

  it("goes on with one that was stopped or killed, and not with one that has finished", () => {
    for (const outcome of ["stopped", "killed"] as const) {
      const pane = ended(outcome);
      expect(paneKey(pane, typed("r")).effects).toEqual([{ kind: "resume", folder }]);
      expect(paneKey(pane, typed("s")).effects).toEqual([]);
      expect(hints(pane)).toEqual(["r resume", "a accuracy", "esc all runs"]);
    }
    expect(paneKey(ended("finished"), typed("r")).effects).toEqual([]);
    expect(paneKey(watching, typed("r")).effects).toEqual([]);
    const resumed = afterEvents(ended("stopped"), { kind: "training", folder }, { kind: "attached", folder });
    expect(isRunning(resumed)).toBe(true);
    expect(resumed.watched?.state.outcome).toBeUndefined();
    const other = afterEvents(ended("stopped"), { kind: "training", folder: "runs/b" });
    const { pane, effects } = paneKey(other, typed("r"));
    expect(effects).toEqual([]);
    expect(pane.watched?.state.log.at(-1)).toBe("runs/b is being trained: stop it first");
  });

  it("shows the accuracy in place of the loss, and back", () => {
    const accuracy = pressed(watching, typed("a"));
    expect(accuracy.watched?.chart).toBe("accuracy");
    expect(hints(accuracy)).toContain("a loss");
    expect(pressed(accuracy, typed("a")).watched?.chart).toBe("loss");
  });

  it("goes back to the list, with the run chosen", () => {
    const { pane, effects } = paneKey(watching, key("escape"));
    expect(effects).toEqual([{ kind: "list" }]);
    expect(pane.watched).toBeUndefined();
    expect(pane.selected).toBe(folder);
  });

  it("hears of no other run", () => {
    const noted: PaneEvent = { kind: "happened", folder: "runs/b", events: [{ kind: "noted", text: "x" }] };
    expect(afterEvents(watching, noted)).toEqual(watching);
    expect(
      afterEvents(watching, { kind: "predicted", folder: "runs/b", predicted: facts.predicted! }),
    ).toEqual(watching);
    expect(
      afterEvents(watching, { kind: "predicted", folder, predicted: facts.predicted! }).watched?.predicted,
    ).toBe(facts.predicted);
  });

  it("says how a process of ours has ended: where it shows", () => {
    const end = { outcome: "stopped", words: "stopped after 7 steps" } as const;
    const shown = afterEvents(training, { kind: "closed", folder, end });
    expect(shown.training).toBeUndefined();
    expect(shown.watched?.state).toMatchObject({ outcome: "stopped", log: ["stopped after 7 steps"] });
    const inList = afterEvents(pressed(training, key("escape")), { kind: "closed", folder, end });
    expect(inList.message).toBe("runs/a: stopped after 7 steps");
    // One that has never begun leaves the line to be put right.
    const refused = { outcome: "failed", words: "willfit: --batch 32q: … (status 2)" } as const;
    const back = afterEvents(
      attached,
      { kind: "training", folder },
      { kind: "closed", folder, end: refused },
    );
    expect(back.watched).toBeUndefined();
    expect(back.message).toBe("runs/a: willfit: --batch 32q: … (status 2)");
  });

  it("says what was refused in its log, and else below the line", () => {
    const refused: PaneEvent = { kind: "refused", message: "no" };
    expect(afterEvents(watching, refused).watched?.state.log).toEqual(["no"]);
    expect(afterEvents(fresh, refused).message).toBe("no");
  });
});
