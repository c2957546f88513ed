/** @file The dashboard on a terminal: what it draws, what it has answered, and how it leaves. */
import type { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import picocolors from "picocolors";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Prediction } from "../../../../sim/prediction.js";
import { type Ask, ask } from "../../../../src/cli/dashboard/app/answers.js";
import { askerOn, type Lane, openLane } from "../../../../src/cli/dashboard/app/asker.js";
import { type AppSurroundings, openApp } from "../../../../src/cli/dashboard/app/openApp.js";
import { RUN_FILE } from "../../../../train/runFile.js";
import { Display, Keyboard, MAIN_SCREEN } from "../fakeTerminal.js";
import { runFile } from "../run/runFolder.js";
import { fitting, tooLarge } from "./session.js";

let quit = () => {};

afterEach(() => {
  quit();
  vi.unstubAllEnvs();
});

async function open(given: Partial<AppSurroundings> = {}) {
  const keyboard = new Keyboard();
  const display = new Display();
  const left = openApp(tooLarge, {
    input: keyboard.stream,
    output: display,
    colors: picocolors.createColors(false),
    lanes: { quick: openLane(), thorough: openLane() },
    ...given,
  });
  quit = () => keyboard.press("\u0003");
  // React's effects, which listen to keys.
  await vi.waitFor(() => expect(keyboard.modes).toEqual([true]));
  return { keyboard, display, left };
}

describe("the dashboard", () => {
  it("answers, and leaves the terminal as it was", async () => {
    const { keyboard, display, left } = await open();
    await vi.waitFor(() => expect(display.written).toContain("✗ does not fit"));
    keyboard.press("b1k\r");
    await vi.waitFor(() => expect(display.written).toContain("✓ fits"));
    keyboard.press("q");
    await left;
    expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
    expect(keyboard.modes).toEqual([true, false]);
    display.written = "";
    display.emit("resize");
    expect(display.written).toBe("");
  });

  it("draws anew when the terminal changes its size", async () => {
    const { display } = await open();
    display.written = "";
    Object.assign(display, { columns: 160, rows: 50 });
    display.emit("resize");
    expect(display.written).toContain("\u001b[50;1H");
  });

  it.each([
    ["an error that no one catches", "uncaughtExceptionMonitor"],
    ["the end of the process", "exit"],
  ])("gives the terminal back at %s", async (_, event) => {
    const { display } = await open();
    const emitter: EventEmitter = process;
    // Vitest listens to these, too: only the newest listener is the dashboard's.
    emitter.listeners(event).at(-1)!(new Error("a bug"));
    expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  });

  it("gives it back where a view cannot be drawn, too, and tells of the bug", async () => {
    const broken: Lane = { answer: async () => ({ value: {} as Prediction }), close: async () => {} };
    const { display, left } = await open({ lanes: { quick: broken, thorough: broken } });
    await expect(left).rejects.toThrow(TypeError);
    expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  });

  it("leaves at the signal that ends it", async () => {
    const { display, left } = await open();
    (process.listeners("SIGTERM").at(-1) as () => void)();
    await left;
    expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  });
});

describe("a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "willfit-app-"));
  const fake = fileURLToPath(new URL("../run/fakeTraining.mjs", import.meta.url));
  const training = { executable: [process.execPath, fake], runsFolder: join(folder, "runs") } as const;

  afterAll(() => rmSync(folder, { recursive: true }));

  it("is started, shown, and ended before the dashboard is left", async () => {
    vi.stubEnv("FAKE", "stops");
    vi.stubEnv("FAKE_RUN", JSON.stringify(runFile));
    const { keyboard, display, left } = await open({ training });
    keyboard.press("7");
    await vi.waitFor(() => expect(display.written).toContain("Train on this computer"));
    keyboard.press("\r");
    await vi.waitFor(() => expect(display.written).toContain("ready"), 5000);
    keyboard.press("q");
    await vi.waitFor(() => expect(display.written).toContain("the run ends with a checkpoint"));
    expect(await left).toEqual([expect.stringMatching(/stopped after 7 steps; checkpoint in somewhere$/)]);
    expect(display.written.endsWith(MAIN_SCREEN)).toBe(true);
  });
});

it("is watched from the beginning where that is asked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "willfit-watch-"));
  writeFileSync(join(folder, RUN_FILE), JSON.stringify(runFile));
  const { display } = await open({ watch: folder });
  await vi.waitFor(() => expect(display.written).toContain("vit-s16 on mnist"));
  expect(display.written).toContain("[7 Train]");
  rmSync(folder, { recursive: true });
});

describe("what is asked", () => {
  const nothing = { quick: [], thorough: [] };

  function lane() {
    const begun: Ask[] = [];
    const finish: ((error?: Error) => void)[] = [];
    const opened: Lane = {
      answer: (asked) =>
        new Promise((resolve, reject) => {
          begun.push(asked);
          finish.push((error) => (error ? reject(error) : resolve({ error: "none" })));
        }),
      close: async () => {},
    };
    return { begun, finish, opened };
  }

  const asks = [fitting, tooLarge].map((question) => ask("prediction", question));

  it("is answered one by one, and no more than once", async () => {
    const quick = lane();
    const thorough = lane();
    const answered = vi.fn();
    const asker = askerOn({ quick: quick.opened, thorough: thorough.opened }, answered);
    asker.want({ quick: asks, thorough: asks });
    expect([quick.begun, thorough.begun]).toEqual([[asks[0]], [asks[1]]]);
    // What is no longer wanted is not begun.
    asker.want(nothing);
    quick.finish[0]!();
    await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(asks[0], { error: "none" }));
    asker.want(nothing);
    expect(quick.begun.length).toBe(1);
    asker.want({ quick: [asks[1]!], thorough: [] });
    expect(quick.begun.length).toBe(1);
  });

  it("has a bug for an answer where there was one, and none when it is closed", async () => {
    const quick = lane();
    const answered = vi.fn();
    const asker = askerOn({ quick: quick.opened, thorough: lane().opened }, answered);
    asker.want({ quick: asks, thorough: [] });
    quick.finish[0]!(new Error("no such thing"));
    await vi.waitFor(() =>
      expect(answered).toHaveBeenCalledWith(asks[0], { error: "unexpected no such thing (this is a bug)" }),
    );
    asker.want({ quick: asks, thorough: [] });
    await asker.close();
    quick.finish[1]!();
    await new Promise((resolve) => setTimeout(resolve));
    expect(answered).toHaveBeenCalledTimes(1);
  });
});
