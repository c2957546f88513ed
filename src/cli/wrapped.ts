/** @file Text in lines that go on in the next one at a space, as commander wraps what it says itself. */
import { Help } from "commander";

const help = new Help();
// Panes of the dashboard are narrower than what it leaves alone otherwise.
help.minWidthToWrap = 1;

export function wrapped(text: string, width: number): readonly string[] {
  return help.boxWrap(text, width).split("\n");
}
