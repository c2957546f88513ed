/** @file A key as the dashboard's views are told of it. */

export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "enter"
  | "escape"
  | "tab"
  | "backspace"
  | "delete"
  | "home"
  | "end"
  | "pageUp"
  | "pageDown"
  | "text";

export interface Key {
  readonly name: KeyName;
  /** The character that was typed, of `text`; empty for the others. */
  readonly text: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
}

/** A key and what it does, for the last line and the help. */
export interface KeyHint {
  readonly key: string;
  readonly does: string;
}
