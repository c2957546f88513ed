/** @file The whole screen of the dashboard as text: the Plan view, lists, lines and help, at several sizes. */
import { stripVTControlCharacters } from "node:util";
import { Text } from "ink";
import { render } from "ink-testing-library";
import picocolors from "picocolors";
import { afterEach, describe, expect, it, vi } from "vitest";
import { App } from "../../../../src/cli/dashboard/app/App.js";
import { type AppState, viewNames } from "../../../../src/cli/dashboard/app/state.js";
import { ColorsContext } from "../../../../src/cli/dashboard/colors.js";
import type { Key } from "../../../../src/cli/dashboard/key.js";
import { fitting, large, sessionOf, small, tooLarge } from "./session.js";

let shown: ReturnType<typeof render> | undefined;

afterEach(() => {
  shown?.unmount();
  shown = undefined;
});

function open(state: AppState, { isColored = false, onKey = (_: Key) => {} } = {}) {
  const app = render(<Text> </Text>);
  shown = app;
  Object.defineProperty(app.stdout, "columns", { configurable: true, value: state.size.columns });
  app.rerender(
    <ColorsContext value={picocolors.createColors(isColored)}>
      <App state={state} onKey={onKey} />
    </ColorsContext>,
  );
  return { frame: app.lastFrame() ?? "", write: (input: string) => app.stdin.write(input) };
}

const frameOf = (state: AppState) => open(state).frame;

/** A session in which everything is answered. */
function settled(question = tooLarge, size = small) {
  const session = sessionOf(question, size);
  session.settle();
  return session;
}

describe("the Plan view", () => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const frame = frameOf(settled(tooLarge, size).state());
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/plan-${size.columns}x${size.rows}.txt`);
  });

  it("is there before anything is known", async () => {
    await expect(`${frameOf(sessionOf(fitting).state())}\n`).toMatchFileSnapshot("frames/plan-before.txt");
  });

  it("has a run's hours and dollars", () => {
    const session = settled();
    session.press("r90ep<enter>");
    expect(frameOf(session.settle())).toMatch(/6 h \d+ min · \$\d+ \(list price of \d+\)/);
  });

  it("marks what keys change, and the suggestion that enter applies", () => {
    const session = settled();
    expect(frameOf(session.press("<down>"))).toMatch(/^▸ hardware +‹tpu-v3-8›/m);
    const frame = frameOf(session.press("<tab>"));
    expect(frame).toMatch(/▸ .*GiB .*% time {2}(block|bf16|\d+ microbatches)/);
    expect(frame).toMatch(/--(remat|microbatches|shard|momentum-dtype)/);
    expect(frame).not.toContain("‹");
  });

  it("says what is wrong with a question in place of its figures", () => {
    const session = settled();
    session.press("b1001<enter>");
    const frame = frameOf(session.settle()).replaceAll(/\s+/g, " ");
    expect(frame).toContain("✗ no such step");
    expect(frame).toContain("a batch of 1001 does not divide among 8 devices;");
    expect(frame).not.toContain("MFU");
  });

  it("does not give figures of another question for this one's", () => {
    const session = settled();
    const frame = frameOf(session.press("+"));
    expect(frame).toContain("✗ does not fit");
    const far = frameOf(session.press("b128k<enter>"));
    expect(far).toContain("simulating …");
    expect(far).not.toContain("✗ does not fit");
  });

  it("keeps what is selected in sight", () => {
    const frame = frameOf(settled().press("<end>"));
    expect(frame).toMatch(/^▸ posemb/m);
    expect(frame).toMatch(/^Question \(↑\)/m);
  });
});

describe("the screen", () => {
  it("is as large as the terminal in every view, whatever its size", { timeout: 60_000 }, () => {
    for (const size of [small, large, { columns: 50, rows: 12 }, { columns: 20, rows: 4 }]) {
      const session = sessionOf(fitting, size);
      viewNames.forEach((_, i) => {
        for (const typed of [String(i + 1), "?", "<escape>", "m", "<escape>"]) {
          session.press(typed);
          const lines = frameOf(session.settle()).split("\n");
          expect(lines.length).toBe(size.rows);
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(size.columns);
        }
      });
    }
  });

  it("says the same without colours", () => {
    const state = settled().state();
    const plain = frameOf(state);
    const colored = open(state, { isColored: true }).frame;
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("lists what can be picked, and asks for what can be typed", async () => {
    const session = settled();
    await expect(`${frameOf(session.press("mbot"))}\n`).toMatchFileSnapshot("frames/picker.txt");
    await expect(`${frameOf(session.press("<escape>b32q<enter>"))}\n`).toMatchFileSnapshot(
      "frames/entry.txt",
    );
  });

  it("helps", async () => {
    await expect(`${frameOf(settled().press("?"))}\n`).toMatchFileSnapshot("frames/help.txt");
  });
});

describe("ink's keys", () => {
  it.each([
    ["\u001b[A", { name: "up" }],
    ["\u001b[B", { name: "down" }],
    ["\u001b[C", { name: "right" }],
    ["\u001b[D", { name: "left" }],
    ["\u001b[5~", { name: "pageUp" }],
    ["\u001b[6~", { name: "pageDown" }],
    ["\u001b[H", { name: "home" }],
    ["\u001b[F", { name: "end" }],
    ["\r", { name: "enter" }],
    ["\t", { name: "tab" }],
    ["\u001b", { name: "escape" }],
    ["\u007f", { name: "backspace" }],
    ["q", { name: "text", text: "q" }],
    ["?", { name: "text", text: "?" }],
    ["\u0003", { name: "text", text: "c", ctrl: true }],
    ["\u0015", { name: "text", text: "u", ctrl: true }],
  ])("%j", async (input, key) => {
    const onKey = vi.fn();
    const { write } = open(sessionOf(fitting).state(), { onKey });
    // React listens once its effects have run; a lone escape is told from a sequence a moment later.
    await vi.waitFor(() => {
      write(input);
      expect(onKey).toHaveBeenCalledWith(expect.objectContaining(key));
    });
  });

  it("that come together count each", async () => {
    const onKey = vi.fn();
    const { write } = open(sessionOf(fitting).state(), { onKey });
    await new Promise((resolve) => setTimeout(resolve));
    write("b32k\r");
    expect(onKey.mock.calls.map(([{ name, text }]) => text || name)).toEqual(["b", "3", "2", "k", "enter"]);
  });
});
