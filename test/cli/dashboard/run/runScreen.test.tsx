/** @file The whole screen as text, at several sizes, and its keys. */
import { stripVTControlCharacters } from "node:util";
import { Text } from "ink";
import { render } from "ink-testing-library";
import picocolors from "picocolors";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ColorsContext } from "../../../../src/cli/dashboard/colors.js";
import { RunScreen } from "../../../../src/cli/dashboard/run/RunScreen.js";
import { initialRun, type RunState, runAfter } from "../../../../src/cli/dashboard/run/runState.js";
import type { Size } from "../../../../src/cli/dashboard/size.js";
import { facts, scriptedRun } from "./scriptedRun.js";

const small: Size = { columns: 80, rows: 24 };
const large: Size = { columns: 160, rows: 50 };

let shown: ReturnType<typeof render> | undefined;

afterEach(() => {
  shown?.unmount();
  shown = undefined;
});

/** The screen of a terminal that can be resized. */
function open(state: RunState, { isColored = false } = {}) {
  const onStop = vi.fn();
  const onHelp = vi.fn();
  const app = render(<Text> </Text>);
  shown = app;
  const frameAt = (size: Size) => {
    Object.defineProperty(app.stdout, "columns", { configurable: true, value: size.columns });
    app.rerender(
      <ColorsContext value={picocolors.createColors(isColored)}>
        <RunScreen state={state} facts={facts} size={size} onStop={onStop} onHelp={onHelp} />
      </ColorsContext>,
    );
    return app.lastFrame() ?? "";
  };
  return { frameAt, onStop, onHelp, press: (input: string) => app.stdin.write(input) };
}

describe("the screen", () => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const frame = open(scriptedRun).frameAt(size);
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/${size.columns}x${size.rows}.txt`);
  });

  it("is there before the first step", async () => {
    const frame = open(initialRun).frameAt(small);
    await expect(`${frame}\n`).toMatchFileSnapshot("frames/before.txt");
  });

  it("helps", async () => {
    const frame = open(runAfter(scriptedRun, { kind: "help" })).frameAt(small);
    await expect(`${frame}\n`).toMatchFileSnapshot("frames/help.txt");
  });

  it("is as large as the terminal, whatever its size", () => {
    const { frameAt } = open(scriptedRun);
    for (const size of [large, small, { columns: 50, rows: 12 }, { columns: 20, rows: 4 }, large]) {
      const lines = frameAt(size).split("\n");
      expect(lines.length).toBe(size.rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(size.columns);
      expect(lines.at(-1)).toMatch(/^q stop/);
    }
  });

  it("says the same without colours", () => {
    const plain = open(scriptedRun).frameAt(small);
    const colored = open(scriptedRun, { isColored: true }).frameAt(small);
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    // Ink takes spaces at the end of a line away where no colour follows them.
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("cuts lines of the log one by one", () => {
    const long = `${"x".repeat(200)}`;
    const state = [long, "short"].reduce((run, text) => runAfter(run, { kind: "noted", text }), scriptedRun);
    const lines = open(state).frameAt(small).split("\n");
    expect(lines.at(-2)).toBe("short");
    expect(lines.at(-3)).toMatch(/^x{79}…$/);
  });
});

describe("keys", () => {
  const help = runAfter(scriptedRun, { kind: "help" });

  it.each([
    ["q", scriptedRun, "stop"],
    ["\u0003", scriptedRun, "stop"],
    ["?", scriptedRun, "help"],
    ["?", help, "help"],
    ["\u001b", help, "help"],
    ["x", scriptedRun, "nothing"],
    ["\u001b[A", scriptedRun, "nothing"],
  ])("%j", async (input, state, asked) => {
    const { frameAt, press, onStop, onHelp } = open(state);
    frameAt(small);
    // React listens once its effects have run; a lone escape is told from a sequence a moment later.
    await vi.waitFor(() => {
      press(input);
      if (asked === "stop") expect(onStop).toHaveBeenCalled();
      if (asked === "help") expect(onHelp).toHaveBeenCalled();
    });
    if (asked !== "stop") expect(onStop).not.toHaveBeenCalled();
    if (asked !== "help") expect(onHelp).not.toHaveBeenCalled();
  });

  it("that come together count each", async () => {
    const { frameAt, press, onStop } = open(scriptedRun);
    frameAt(small);
    await new Promise((resolve) => setTimeout(resolve));
    press("qq");
    expect(onStop).toHaveBeenCalledTimes(2);
  });

  it("are said in the last line", () => {
    const stopping = runAfter(scriptedRun, { kind: "stopping" });
    expect(open(scriptedRun).frameAt(small)).toMatch(/q stop after this step, with a checkpoint {3}\? help$/);
    expect(open(stopping).frameAt(small)).toMatch(/q stop at once {3}\? help$/);
    expect(open(stopping).frameAt(small)).toContain("stopping after this step, with a checkpoint");
  });
});
