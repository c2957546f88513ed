/** @file The axis that charts over batches share: powers of two, evenly apart. */
import { formatCount } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { columnAt } from "./pointChart.js";

/** Where a batch lies, from 0, the smallest, to 1: twice as many examples are always as far apart. */
export type Place = (batch: number) => number;

/** @param batches ascending, one at least */
export function placeAmong(batches: readonly number[]): Place {
  const low = Math.log2(batches[0]!);
  const high = Math.log2(batches.at(-1)!);
  return (batch) => (high > low ? (Math.log2(batch) - low) / (high - low) : 0);
}

export interface BatchAxis {
  readonly batches: readonly number[];
  readonly place: Place;
  readonly selected: number;
  /** In characters. */
  readonly across: number;
}

interface Label {
  readonly batch: number;
  readonly text: string;
  readonly from: number;
}

const isApart = (a: Label, b: Label) => a.from + a.text.length < b.from || b.from + b.text.length < a.from;

/** `8    32    128    512`: as many batches as can be told apart, the selected one among them. */
export function batchLabels({ batches, place, selected, across }: BatchAxis, colors: Colors): string {
  const labels = batches.map((batch): Label => {
    const text = formatCount(batch);
    const from = columnAt(place(batch), across) - Math.floor(text.length / 2);
    return { batch, text, from: Math.max(0, Math.min(across - text.length, from)) };
  });
  const placed: Label[] = [];
  // The ends say what the axis is, so they come before what is between them.
  const own = labels.filter(({ batch }) => batch === selected);
  for (const label of [...own, ...labels.slice(-1), ...labels])
    if (placed.every((it) => isApart(it, label))) placed.push(label);
  let line = "";
  let end = 0;
  for (const { batch, text, from } of placed.sort((a, b) => a.from - b.from)) {
    line += " ".repeat(from - end) + (batch === selected ? colors.bold(text) : colors.dim(text));
    end = from + text.length;
  }
  return line;
}

const SELECTED = "▲";

/** `─────▲──────`: the foot of a chart. */
export function batchRule({ place, selected, across }: BatchAxis, { bold, dim }: Colors): string {
  const at = columnAt(place(selected), across);
  return dim("─".repeat(at)) + bold(SELECTED) + dim("─".repeat(across - at - 1));
}
