/** @file What the keys ask for, done: runs started, watched, stopped and resumed, by programs that stand in, and once for real. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Executable } from "../../../../src/cli/dashboard/run/childRun.js";
import { initialPane, paneAfter, type RunPane } from "../../../../src/cli/dashboard/run/pane.js";
import { paneKey } from "../../../../src/cli/dashboard/run/paneKeys.js";
import { type RunEffects, runEffects } from "../../../../src/cli/dashboard/run/runEffects.js";
import { UserError } from "../../../../src/units/userError.js";
import { METRICS_JSONL } from "../../../../train/metrics.js";
import { readRunFile } from "../../../../train/runFile.js";
import { key, typed } from "../keys.js";
import { appendRows, endedAs, ofThisProcess, runFile, stepRows, writeRun } from "./runFolder.js";
import { facts } from "./scriptedRun.js";

/** A process may take its time to start where the computer has other things to do. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

const fake: Executable = [process.execPath, fileURLToPath(new URL("fakeTraining.mjs", import.meta.url))];
const executable = fileURLToPath(new URL("../../../../dist/src/cli/main.js", import.meta.url));

const base = mkdtempSync(join(tmpdir(), "willfit-effects-"));
let effects: RunEffects | undefined;
afterEach(async () => {
  effects?.stop();
  effects?.stop();
  await effects?.closed();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(base, { recursive: true }));

const predicted = facts.predicted!;

/** The view as the dashboard has it: keys go in, effects are performed, their events come back. */
function open(name: string, how = "finishes", program: Executable = fake) {
  vi.stubEnv("FAKE", how);
  vi.stubEnv("FAKE_RUN", JSON.stringify(runFile));
  const runsFolder = join(base, name);
  const view: { pane: RunPane } = { pane: initialPane("vit-s16") };
  const opened = runEffects({
    dispatch: (event) => {
      view.pane = paneAfter(view.pane, event);
    },
    executable: program,
    predict: async () => predicted,
    runsFolder,
  });
  effects = opened;
  const press = (...keys: readonly ReturnType<typeof key>[]) => {
    for (const each of keys) {
      const { pane, effects: asked } = paneKey(view.pane, each);
      view.pane = pane;
      for (const effect of asked) opened.perform(effect);
    }
  };
  const log = () => view.pane.watched?.state.log ?? [];
  return { view, press, log, runsFolder, effects: opened };
}

describe("a run that stands in", () => {
  it("is started in a new folder, watched and told of to its end", async () => {
    const { view, press, log, runsFolder } = open("new");
    press(key("enter"));
    const folder = join(runsFolder, "vit-s16-mnist-1");
    expect(view.pane).toMatchObject({ training: folder, watched: { folder } });
    await soon(() => expect(view.pane.training).toBeUndefined());
    await soon(() => expect(view.pane.watched).toMatchObject({ predicted, run: { model: "vit-s16" } }));
    expect(view.pane.watched?.state.outcome).toBe("finished");
    expect(log()).toContain("finished after 180 steps; checkpoint in somewhere");
    expect(readRunFile(folder).command?.arguments).toEqual([
      "train",
      ..."vit-s16 --patch 7 --width 64 --depth 4 --heads 4 --data mnist --batch 128 --epochs 1".split(" "),
      "--out",
      folder,
    ]);
    press(key("escape"), key("home"), key("enter"));
    expect(view.pane.training).toBe(join(runsFolder, "vit-s16-mnist-2"));
  });

  it("is kept where the line says", async () => {
    const { view, press } = open("elsewhere");
    const out = join(base, "said");
    press(typed("e"), typed(` --out ${out}`), key("enter"));
    expect(view.pane.training).toBe(out);
    await soon(() => expect(existsSync(join(out, "run.json"))).toBe(true));
  });

  it("is stopped by a key, and resumed by another with the same arguments", async () => {
    const { view, press, log, runsFolder } = open("stopped", "stops");
    press(typed("e"), typed(" --dashboard --json"), key("enter"));
    const folder = join(runsFolder, "vit-s16-mnist-1");
    await soon(() => expect(view.pane.watched?.run).toBeDefined());
    await soon(() => expect(log()).toContain("ready"));
    const first = view.pane.watched!.run!;
    // They are other ways to show it.
    expect(first.command?.arguments.slice(-4)).toEqual(["--epochs", "1", "--out", folder]);
    press(typed("s"));
    await soon(() => expect(view.pane.watched?.state.outcome).toBe("stopped"));
    expect(log()).toContain("stopped after 7 steps; checkpoint in somewhere");
    press(typed("r"));
    expect(view.pane.training).toBe(folder);
    await soon(() => expect(view.pane.watched?.run?.processId).not.toBe(first.processId));
    const { arguments: given } = readRunFile(folder).command!;
    expect(given).toEqual([...first.command!.arguments, "--resume"]);
    press(typed("s"));
    await soon(() => expect(view.pane.training).toBeUndefined());
  });

  it("is ended at once by the second key", async () => {
    const { view, press, log } = open("hangs", "hangs");
    press(key("enter"));
    await soon(() => expect(log()).toContain("ready"));
    await soon(() => expect(view.pane.watched?.run).toBeDefined());
    press(typed("s"));
    await soon(() => expect(log()).toContain("not now"));
    press(typed("s"));
    await soon(() => expect(view.pane.watched?.state.outcome).toBe("killed"));
    expect(log().at(-1)).toBe("ended by SIGKILL");
  });

  it("is stopped cleanly when the dashboard is left", async () => {
    const { view, press, log, effects: opened } = open("left", "stops");
    press(key("enter"));
    await soon(() => expect(log()).toContain("ready"));
    opened.stop();
    await opened.closed();
    expect(view.pane.training).toBeUndefined();
    expect(log()).toContain("stopped after 7 steps; checkpoint in somewhere");
    expect(log().filter((line) => line.startsWith("stopping"))).toHaveLength(1);
  });

  it("gives its line back to be put right when it is refused", async () => {
    const { view, press, runsFolder } = open("refused", "refuses");
    press(key("enter"));
    await soon(() => expect(view.pane.watched).toBeUndefined());
    expect(view.pane.message).toBe(
      `${join(runsFolder, "vit-s16-mnist-1")}: willfit: --batch 32q: not a number of examples; write 128 or 1k (status 2)`,
    );
  });

  it("says so when there is no program to run", async () => {
    const { view, press } = open("nothing", "finishes", [join(base, "no-such-program")]);
    press(key("enter"));
    await soon(() => expect(view.pane.message).toMatch(/could not be started/));
    expect(view.pane).not.toHaveProperty("training");
  });

  it("is found again in the list, with what it has said", async () => {
    const { view, press, log } = open("again", "stops");
    press(key("enter"));
    await soon(() => expect(log()).toContain("ready"));
    await soon(() => expect(view.pane.watched?.run).toBeDefined());
    press(key("escape"));
    expect(view.pane.runs).toMatchObject([{ name: "vit-s16-mnist-1", status: "running" }]);
    press(key("enter"));
    expect(log()).toContain("ready");
    await soon(() => expect(view.pane.watched?.run).toBeDefined());
  });
});

describe("a run of another process", () => {
  it("is watched and stopped from the list", async () => {
    const { view, press, runsFolder, effects: opened } = open("others");
    const folder = join(runsFolder, "theirs");
    writeRun(folder, ofThisProcess);
    appendRows(folder, stepRows(1, 5));
    opened.perform({ kind: "list" });
    press(key("down"), key("enter"));
    expect(view.pane.watched).toMatchObject({ folder, state: { last: { step: 5 } } });
    await soon(() => expect(view.pane.watched?.predicted).toBe(predicted));
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    press(typed("s"));
    expect(kill).toHaveBeenLastCalledWith(process.pid, "SIGINT");
    kill.mockRestore();
    writeRun(folder, endedAs("stopped"));
    await soon(() => expect(view.pane.watched?.state.outcome).toBe("stopped"));
  });

  it("is refused where it does not say what it is", () => {
    const { view, press, runsFolder, effects: opened } = open("unknown");
    writeRun(join(runsFolder, "x"), runFile);
    rmSync(join(runsFolder, "x", "run.json"));
    appendRows(join(runsFolder, "x"), stepRows(1, 2));
    opened.perform({ kind: "list" });
    press(key("down"), key("enter"));
    expect(view.pane.watched).toBeUndefined();
    expect(view.pane.message).toMatch(/has no run\.json: no run, or one of an earlier version/);
  });

  it("is shown without a prediction where there is none", async () => {
    const folder = join(base, "unpredicted");
    writeRun(folder, endedAs("finished"));
    const events: string[] = [];
    effects = runEffects({
      dispatch: (event) => events.push(JSON.stringify(event)),
      predict: () => Promise.reject(new UserError("unknown model")),
    });
    effects.perform({ kind: "attach", folder });
    await soon(() => expect(events.join()).toContain("no prediction: unknown model"));
  });

  it("is not resumed where no command line has started it", () => {
    const { view, effects: opened, runsFolder } = open("library");
    const { command: _, ...without } = endedAs("stopped");
    writeRun(join(runsFolder, "x"), without);
    opened.perform({ kind: "resume", folder: join(runsFolder, "x") });
    expect(view.pane.message).toMatch(/was not started from a command line/);
  });
});

it("predicts with the project's own simulator unless told otherwise", async () => {
  const folder = join(base, "predicted");
  writeRun(folder, endedAs("finished"));
  const bytes: number[] = [];
  effects = runEffects({
    dispatch: (event) => {
      if (event.kind === "predicted") bytes.push(event.predicted.peakBytes);
    },
  });
  effects.perform({ kind: "attach", folder });
  await soon(() => expect(bytes).toEqual([expect.any(Number)]));
});

describe.skipIf(!existsSync(executable))("the built executable", () => {
  it("trains, is stopped with a checkpoint, and goes on to its end; measured as predicted", {
    timeout: 120_000,
  }, async () => {
    const {
      view,
      press,
      log,
      runsFolder,
      effects: opened,
    } = open("real", "", [process.execPath, executable]);
    const tiny = "vit-s16 --patch 14 --width 16 --depth 1 --heads 2 --data mnist --batch 2000 --epochs 3";
    press(typed("e"), { ...key("text"), text: "u", ctrl: true }, typed(tiny), key("enter"));
    const folder = join(runsFolder, "vit-s16-mnist-1");
    await soon(() => expect(view.pane.watched?.state.last?.step).toBeGreaterThan(2));
    press(typed("s"));
    await soon(() => expect(view.pane.training).toBeUndefined());
    await soon(() => expect(view.pane.watched?.state.outcome).toBe("stopped"));
    expect(log().at(-1)).toMatch(/^stopped after \d+ steps.*; checkpoint in .*safetensors$/);
    press(typed("r"));
    await soon(() => expect(view.pane.training).toBeUndefined());
    await opened.closed();
    await soon(() => expect(view.pane.watched?.state.last?.step).toBe(90));
    expect(view.pane.watched?.state).toMatchObject({ outcome: "finished", steps: 90 });
    expect(view.pane.watched?.state.evaluations).toHaveLength(3);
    const rows = readFileSync(join(folder, METRICS_JSONL), "utf8").trim().split("\n");
    expect(rows).toHaveLength(93);
    // What is predicted for a computer like the one that the project's profile is of has TensorFlow's groups.
    const run = readRunFile(folder);
    expect(run.end?.how).toBe("finished");
    if (run.backend.name !== "tensorflow") return;
    const { predict } = await import("../../../../sim/predict.js");
    const { hostQueryOf } = await import("../../../../src/cli/dashboard/run/facts.js");
    expect(view.pane.watched?.state.peakBytes).toBe(predict(hostQueryOf(run)).memory.peakBytes);
  });
});
