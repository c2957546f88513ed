/**
 * @file Where components are drawn: ink on the whole screen of a terminal, until it is closed or the program ends in any way. Then the
 * terminal is as it was before anything is said of it.
 */
import { render } from "ink";
import type { ReactNode } from "react";
import type { Colors } from "../terminal.js";
import { ColorsContext } from "./colors.js";
import { openScreen, type Resizable, type ScreenOutput } from "./screen.js";

export interface StageOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: ScreenOutput & Resizable;
  readonly colors: Colors;
  /** The terminal has another size: to be drawn anew. */
  readonly onResize: () => void;
  /** Once, when the terminal has been given back. */
  readonly onClosed?: () => void;
}

export interface Stage {
  /** Draws what there is to see now; nothing once it is closed. */
  readonly draw: () => void;
  readonly close: () => void;
  /** Rejects where a component could not be drawn. */
  readonly ended: Promise<unknown>;
}

/** @param element what there is to see now */
export function openStage(
  element: () => ReactNode,
  { input, output, colors, onResize, onClosed }: StageOptions,
): Stage {
  const screen = openScreen(output);
  const colored = () => <ColorsContext value={colors}>{element()}</ColorsContext>;
  const ink = render(colored(), {
    stdout: screen.frames,
    stdin: input,
    // Whole frames, at once: `screen` draws what has changed of them.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const resized = () => {
    screen.forget();
    onResize();
  };
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    output.off("resize", resized);
    process.off("exit", close);
    process.off("uncaughtExceptionMonitor", close);
    screen.close();
    ink.unmount();
    onClosed?.();
  };
  output.on("resize", resized);
  process.on("exit", close);
  process.on("uncaughtExceptionMonitor", close);
  return {
    draw: () => {
      if (isOpen) ink.rerender(colored());
    },
    close,
    ended: ink.waitUntilExit(),
  };
}
