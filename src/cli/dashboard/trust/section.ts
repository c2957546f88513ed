/** @file A part of the page that says what the figures rest on. */
import type { Colors } from "../../terminal.js";
import { wrapped } from "../../wrapped.js";

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What lines are written with. */
export interface Style {
  readonly colors: Colors;
  readonly width: number;
}

/** Lines of text, dim: what is said about figures rather than by them. */
export const remarks = (text: string, { colors, width }: Style): readonly string[] =>
  wrapped(text, width).map((line) => colors.dim(line));
