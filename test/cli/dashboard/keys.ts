/** @file Keys to press in tests. */
import type { Key } from "../../../src/cli/dashboard/key.js";

export const key = (name: Key["name"]): Key => ({ name, text: "", ctrl: false, shift: false });

export const typed = (text: string): Key => ({ ...key("text"), text });
