/** @file A key that was pressed, whatever the terminal sent for it. */

export interface Key {
  /** `text` of whatever has a character, which is in `text`. */
  readonly name:
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
  /** Empty unless the key is `text`. */
  readonly text: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
}
