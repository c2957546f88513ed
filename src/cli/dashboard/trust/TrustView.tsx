/** @file What the figures rest on: what they were held against, and how far off they were. */
import picocolors from "picocolors";
import type { Colors } from "../../terminal.js";
import { bodySize } from "../app/bodySize.js";
import type { AppState } from "../app/state.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import type { Size } from "../size.js";
import { publishedAsks } from "./publishedSection.js";
import { firstShown, type Scrollable, trustKeyed } from "./trustKeys.js";
import { type TrustPage, trustPage } from "./trustPage.js";

/** Longer lines are hard to follow with the eye. */
const WIDEST = 120;

const pageFor = (state: AppState, { columns }: Size, colors: Colors): TrustPage =>
  trustPage(state, { colors, width: Math.min(columns, WIDEST) });

const scrollable = ({ lines, starts }: TrustPage, { rows }: Size): Scrollable => ({
  count: lines.length,
  room: Math.max(0, rows - 1),
  starts,
});

/** Where lines are is the same without colours. */
const plain = picocolors.createColors(false);

function Body({ state, size }: BodyProps) {
  const page = pageFor(state, size, useColors());
  const shown = scrollable(page, size);
  const from = firstShown(state, shown);
  const to = Math.min(shown.count, from + shown.room);
  const more = `${from > 0 ? "↑" : ""}${to < shown.count ? "↓" : ""}`;
  return (
    <Panel
      title={`What the figures rest on (${from + 1}–${to} of ${shown.count}${more && ` ${more}`})`}
      width={size.columns}
      height={size.rows}
    >
      <CutLines lines={page.lines.slice(from, to).map((line) => line || " ")} />
    </Panel>
  );
}

export const trustView: View = {
  title: "Trust",
  wanted: () => publishedAsks,
  keyed: (state, key) => {
    const size = bodySize(state);
    return trustKeyed(state, key, scrollable(pageFor(state, size, plain), size));
  },
  hints: () => [
    { key: "↑↓", does: "scroll" },
    { key: "tab", does: "next section" },
    { key: "pgup pgdn", does: "by pages" },
    { key: "home end", does: "top, bottom" },
  ],
  help: [
    "Predictions were held against the TPU compiler's own figures for whole steps, against the times that papers and logs report, and against steps run on GPUs. The errors here are those that were found, of all steps and not of chosen ones.",
    "The error told with a figure is the largest of the few checked steps most like the question: same family first, then how much is in memory and in what type.",
    "docs/validation-time.md and docs/validation-memory.md have every step.",
  ],
  Body,
};
