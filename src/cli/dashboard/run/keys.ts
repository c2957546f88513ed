/** @file The keys of a run that is watched as it trains. */
import { CTRL_C } from "../inkKeys.js";

export type KeyAction = "stop" | "help";

const actions: Readonly<Record<string, KeyAction>> = { q: "stop", [CTRL_C]: "stop", "?": "help" };

/**
 * What is asked for. Keys that were pressed during one step arrive together; text among which there are other characters was meant
 * for something else.
 */
export function actionsOf(input: string): readonly KeyAction[] {
  const asked = Array.from(input, (character) => actions[character]);
  return asked.every((action) => action !== undefined) ? asked : [];
}
