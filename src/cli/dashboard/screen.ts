/**
 * @file The whole screen of a terminal, drawn frame by frame: only the lines that have changed, over those that were there, so
 * that nothing flickers. What was on the screen comes back when it is closed.
 */
import { Writable } from "node:stream";
import type { Size } from "./size.js";

/** The part of a terminal's stream that is needed. */
export interface ScreenOutput {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Screen {
  /** Takes whole frames, as ink writes them when it is debugged: it leaves to us how they get onto the screen. */
  readonly frames: NodeJS.WriteStream;
  /** Draws every line of the next frame: after the terminal's size has changed. */
  readonly forget: () => void;
  readonly close: () => void;
}

/** Of terminals that do not say. */
const USUAL: Size = { columns: 80, rows: 24 };

/** Control sequences: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html */
const CSI = "\u001b[";
const ALTERNATE_SCREEN = `${CSI}?1049h`;
const MAIN_SCREEN = `${CSI}?1049l`;
const HIDE_CURSOR = `${CSI}?25l`;
const SHOW_CURSOR = `${CSI}?25h`;
/** Without it the last character of the last line may scroll the screen. */
const NO_WRAP = `${CSI}?7l`;
const WRAP = `${CSI}?7h`;
const ERASE_SCREEN = `${CSI}2J`;
const ERASE_TO_END_OF_LINE = `${CSI}K`;
const PLAIN = `${CSI}0m`;
/** Terminals that know them show all between at once; others ignore them. */
const BEGIN_FRAME = `${CSI}?2026h`;
const END_FRAME = `${CSI}?2026l`;

const toLine = (row: number) => `${CSI}${row + 1};1H`;

/** What brings `shown` to `lines`; empty when that is what is there. */
export function changes(shown: readonly string[], lines: readonly string[]): string {
  return Array.from({ length: Math.max(shown.length, lines.length) }, (_, row) => {
    const line = lines[row] ?? "";
    // Erased first: afterwards the cursor stands on the last character of a full line, which would be erased with the rest.
    return shown[row] === line ? "" : `${toLine(row)}${ERASE_TO_END_OF_LINE}${line}${PLAIN}`;
  }).join("");
}

/** What tells when the terminal has changed its size. */
export interface Resizable {
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export const sizeOf = ({ columns, rows }: ScreenOutput): Size => {
  return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
};

/** Takes the whole screen until it is closed. */
export function openScreen(output: ScreenOutput): Screen {
  let shown: readonly string[] = [];
  let isOpen = true;
  const draw = (frame: string) => {
    const lines = frame.split("\n").slice(0, sizeOf(output).rows);
    const written = changes(shown, lines);
    if (isOpen && written !== "") output.write(`${BEGIN_FRAME}${written}${END_FRAME}`);
    shown = lines;
  };
  const frames = new Writable({
    decodeStrings: false,
    write: (frame: string, _, done) => {
      draw(frame);
      done();
    },
  });
  Object.defineProperty(frames, "columns", { get: () => sizeOf(output).columns });
  output.write(`${ALTERNATE_SCREEN}${HIDE_CURSOR}${NO_WRAP}${ERASE_SCREEN}`);
  return {
    // Ink asks of its output no more than to be written to and to have columns.
    frames: frames as unknown as NodeJS.WriteStream,
    forget: () => {
      shown = [];
      if (isOpen) output.write(ERASE_SCREEN);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      // Erased, with the cursor on top, as tmux keeps lines of a screen that has grown.
      output.write(`${ERASE_SCREEN}${toLine(0)}${WRAP}${SHOW_CURSOR}${MAIN_SCREEN}`);
    },
  };
}
