/** @file The keyboard and the screen of a terminal, as far as ink and the dashboard ask for them. */
import { EventEmitter } from "node:events";

/** Gives the screen back that was there before. */
export const MAIN_SCREEN = "\u001b[?1049l";

export class Keyboard extends EventEmitter {
  readonly isTTY = true;
  #typed: string | null = null;
  readonly modes: boolean[] = [];
  setRawMode = (isRaw: boolean) => this.modes.push(isRaw);
  setEncoding = () => {};
  ref = () => {};
  unref = () => {};
  read = () => {
    const typed = this.#typed;
    this.#typed = null;
    return typed;
  };
  press = (input: string) => {
    this.#typed = input;
    this.emit("readable");
  };
  /** Ink needs no more of a stream. */
  get stream(): NodeJS.ReadStream {
    return this as unknown as NodeJS.ReadStream;
  }
}

export class Display extends EventEmitter {
  columns = 80;
  rows = 24;
  written = "";
  write = (text: string) => {
    this.written += text;
  };
}
