/** @file What makes a view: what it asks, what its keys do, and how it looks. */
import type { ReactNode } from "react";
import type { Key, KeyHint } from "../key.js";
import type { RunEffect } from "../run/paneKeys.js";
import type { Size } from "../size.js";
import type { Ask } from "./answers.js";
import type { Question } from "./question.js";
import type { AppState } from "./state.js";

/** What is to be done outside. */
export type Effect = { readonly kind: "quit" } | RunEffect;

export interface Outcome {
  readonly state: AppState;
  readonly effects?: readonly Effect[];
}

export interface BodyProps {
  readonly state: AppState;
  /** Of the room between header and keys. */
  readonly size: Size;
}

export interface View {
  readonly title: string;
  /** What it shows beside the prediction of the question, the most wanted first. */
  readonly wanted: (state: AppState) => readonly Ask[];
  /** Questions that its keys may turn the question into next: answered beforehand, where there is time. */
  readonly foreseen?: (state: AppState) => readonly Question[];
  /** What a key does here; undefined for a key that is not this view's. */
  readonly keyed: (state: AppState, key: Key) => Outcome | undefined;
  /** The keys that are its own. */
  readonly hints: (state: AppState) => readonly KeyHint[];
  /** What there is to know about it, a paragraph a line. */
  readonly help: readonly string[];
  readonly Body: (props: BodyProps) => ReactNode;
}
