/** @file A key that was pressed, whatever the terminal sent for it. */

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
  /** `text` of whatever has a character, which is in `text`. */
  readonly name: KeyName;
  /** Empty unless the key is `text`. */
  readonly text: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
}

/** A key and what it does, for the last line and the help. */
export interface KeyHint {
  readonly key: string;
  readonly does: string;
}
