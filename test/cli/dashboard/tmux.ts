/** @file A terminal of a given size that a program runs in, and whose screen can be read: tmux, where there is one. */
import { execFileSync, spawnSync } from "node:child_process";
import type { Size } from "../../../src/cli/dashboard/size.js";

/** The first that sets variables for a new session. */
const OLDEST = 3.2;

const version = spawnSync("tmux", ["-V"], { encoding: "utf8" });
export const hasTmux = version.status === 0 && Number(/\d+\.\d+/.exec(version.stdout)?.[0] ?? 0) >= OLDEST;

export interface Tmux {
  /** Keys by tmux's names, or text with `literal`. */
  readonly send: (...keys: readonly string[]) => void;
  readonly type: (text: string) => void;
  readonly screen: () => string;
  /** A variable of tmux's formats, such as `alternate_on`. */
  readonly ask: (variable: string) => string;
  readonly resize: (size: Size) => void;
  /** The screen, once it is as it is to be. @throws Error with the screen when it is not in time */
  readonly until: (what: RegExp, seconds?: number) => Promise<string>;
  /** The screen, once it has stood still and nothing is being worked out any more. */
  readonly settled: (seconds?: number) => Promise<string>;
  readonly close: () => void;
}

const LOOK_MILLISECONDS = 50;
const PATIENCE_SECONDS = 20;
/** Longer than any answer takes to change what is shown, but for those that say that they are awaited. */
const STILL_MILLISECONDS = 800;
const isAwaited = (screen: string) => {
  // In the last line keys are cut off with the same sign.
  const [, ...upper] = screen.trimEnd().split("\n").reverse();
  return upper.some((line) => /(simulating|the largest batch|better) …|\s{2}…(\s|$)/.test(line));
};

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));

/** A shell without settings of anyone's. */
export function openTmux({ columns, rows }: Size, env: Readonly<Record<string, string>> = {}): Tmux {
  const socket = `willfit-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const tmux = (...args: readonly string[]) =>
    execFileSync("tmux", ["-u", "-L", socket, "-f", "/dev/null", ...args], { encoding: "utf8" });
  const settings = Object.entries({ ...env, PS1: "$ ", ENV: "" }).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  const size = ["-x", String(columns), "-y", String(rows)];
  tmux("new-session", "-d", ...size, ...settings, "sh");
  const screen = () => tmux("capture-pane", "-p");
  return {
    send: (...keys) => tmux("send-keys", ...keys),
    type: (text) => tmux("send-keys", "-l", text),
    screen,
    ask: (variable) => tmux("display-message", "-p", `#{${variable}}`).trim(),
    resize: (to) => tmux("resize-window", "-x", String(to.columns), "-y", String(to.rows)),
    until: async (what, seconds = PATIENCE_SECONDS) => {
      const end = performance.now() + seconds * 1000;
      for (let shown = screen(); ; shown = screen()) {
        if (what.test(shown)) return shown;
        if (performance.now() > end) throw new Error(`no ${what} within ${seconds} s:\n${shown}`);
        await pause();
      }
    },
    settled: async (seconds = PATIENCE_SECONDS) => {
      const end = performance.now() + seconds * 1000;
      let before = "";
      let since = performance.now();
      for (let shown = screen(); ; shown = screen()) {
        const now = performance.now();
        if (shown !== before || isAwaited(shown)) [before, since] = [shown, now];
        else if (now - since > STILL_MILLISECONDS) return shown;
        if (now > end) throw new Error(`not settled within ${seconds} s:\n${shown}`);
        await pause();
      }
    },
    close: () => tmux("kill-server"),
  };
}
