/** @file The view of training runs as text, at several sizes, with nothing watched and with a run. */
import { stripVTControlCharacters } from "node:util";
import { Text } from "ink";
import { render } from "ink-testing-library";
import picocolors from "picocolors";
import { afterEach, describe, expect, it } from "vitest";
import { ColorsContext } from "../../../../src/cli/dashboard/colors.js";
import {
  initialPane,
  type PaneEvent,
  paneAfter,
  type RunPane,
} from "../../../../src/cli/dashboard/run/pane.js";
import { paneKey } from "../../../../src/cli/dashboard/run/paneKeys.js";
import { RunView } from "../../../../src/cli/dashboard/run/RunView.js";
import type { RunSummary } from "../../../../src/cli/dashboard/run/runList.js";
import type { Size } from "../../../../src/cli/dashboard/size.js";
import { key, typed } from "../keys.js";
import { runFile, stepRow } from "./runFolder.js";
import { facts, scriptedRun } from "./scriptedRun.js";

/** What is left of 80 columns and 20 rows between header and keys, and of a large terminal. */
const small: Size = { columns: 80, rows: 17 };
const large: Size = { columns: 160, rows: 47 };

let shown: ReturnType<typeof render> | undefined;
afterEach(() => {
  shown?.unmount();
  shown = undefined;
});

function open() {
  const app = render(<Text> </Text>);
  shown = app;
  return (pane: RunPane, size: Size, isColored = false) => {
    Object.defineProperty(app.stdout, "columns", { configurable: true, value: size.columns });
    app.rerender(
      <ColorsContext value={picocolors.createColors(isColored)}>
        <RunView pane={pane} size={size} />
      </ColorsContext>,
    );
    return app.lastFrame() ?? "";
  };
}

const withEvents = (pane: RunPane, ...events: readonly PaneEvent[]) => events.reduce(paneAfter, pane);
const folder = facts.out!;
const summary = (name: string, of: Partial<RunSummary>): RunSummary => ({
  folder: `runs/${name}`,
  name,
  run: runFile,
  status: "finished",
  at: "2026-11-26T10:00:00.000Z",
  ...of,
});

const fresh = initialPane("siglip-b16");
const listed = withEvents(fresh, {
  kind: "listed",
  runs: [
    summary("vit-s16-mnist-2", { last: stepRow(135), status: "running" }),
    summary("resnet50-mnist-1", { run: { ...runFile, model: "resnet50", steps: 1404 }, last: stepRow(1404) }),
    summary("vit-s16-mnist-1", { status: "killed" }),
  ],
});
const editing = withEvents(
  [typed("e"), key("left"), key("left")].reduce((pane, each) => paneKey(pane, each).pane, listed),
  { kind: "refused", message: "a quote is not closed" },
);
const attached = withEvents(fresh, { kind: "attached", folder }, { kind: "training", folder });
const starting = withEvents(attached, {
  kind: "happened",
  folder,
  events: [{ kind: "noted", text: "training on tensorflow 4.22.0" }],
});
const described = withEvents(attached, { kind: "described", folder, run: runFile });
const watching: RunPane = {
  ...withEvents(described, { kind: "predicted", folder, predicted: facts.predicted! }),
  watched: { folder, run: runFile, predicted: facts.predicted!, state: scriptedRun, chart: "loss" },
};
const accuracy = paneKey(watching, typed("a")).pane;
const stopped = withEvents(watching, {
  kind: "closed",
  folder,
  end: { outcome: "stopped", words: "stopped after 135 steps; checkpoint in runs/vit-s16-mnist-1" },
});

const modes = { fresh, listed, editing, starting, described, watching, accuracy, stopped };

describe("the view", () => {
  it.each(Object.entries(modes))("%s, in a small terminal", async (name, pane) => {
    await expect(`${open()(pane, small)}\n`).toMatchFileSnapshot(`frames/view-${name}.txt`);
  });

  it("shows all that it knows in a large terminal", async () => {
    await expect(`${open()(watching, large)}\n`).toMatchFileSnapshot("frames/view-large.txt");
  });

  it.each(Object.entries(modes))("%s, is as large as it is to be, whatever that is", (_, pane) => {
    const frameAt = open();
    for (const size of [large, small, { columns: 50, rows: 9 }, { columns: 20, rows: 4 }, large]) {
      const lines = frameAt(pane, size).split("\n");
      expect(lines.length).toBe(size.rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(size.columns);
    }
  });

  it.each(Object.entries(modes))("%s, says the same without colours", (name, pane) => {
    const frameAt = open();
    const plain = frameAt(pane, small);
    const colored = frameAt(pane, small, true);
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    // The cursor is a character of its own where there is no other way to show it.
    if (name === "editing") return;
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("marks the cursor", () => {
    const frameAt = open();
    expect(frameAt(editing, small)).toContain("--epochs▏ 1");
    expect(frameAt(editing, small, true)).toContain("\u001b[7m \u001b[27m");
  });
});
