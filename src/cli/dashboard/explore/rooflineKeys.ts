/** @file What the keys of the view of the roofline do. */

import type { Roofline, RooflinePoint } from "../../../../sim/roofline.js";
import { type AppState, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import { moved } from "../moved.js";
import { kindsOf } from "./rooflineFigures.js";
import { initialRooflinePane, type RooflinePane } from "./rooflinePane.js";
import { stepOf } from "./shownStep.js";

/** Fusions that page up and page down pass over. */
const PAGE = 8;

export interface ShownFusions {
  readonly points: readonly RooflinePoint[];
  readonly selected: number;
  /** All kinds where left out. */
  readonly kind?: RooflinePoint["kind"];
}

/** Other models may have none of the kind that was chosen, or fewer of it. */
export function shownFusions(roofline: Roofline, { kind, selected }: RooflinePane): ShownFusions {
  const ofKind = roofline.points.filter((point) => point.kind === kind);
  const points = ofKind.length > 0 ? ofKind : roofline.points;
  return {
    points,
    selected: Math.min(selected, points.length - 1),
    ...(kind !== undefined && ofKind.length > 0 && { kind }),
  };
}

/** All kinds, then each, and all again. */
function nextPane(roofline: Roofline, { kind }: ShownFusions): RooflinePane {
  const kinds = kindsOf(roofline);
  const next = kinds[kind === undefined ? 0 : kinds.indexOf(kind) + 1];
  return { selected: 0, ...(next !== undefined && { kind: next }) };
}

export function rooflineKeyed(state: AppState, key: Key): Outcome | undefined {
  const { roofline } = stepOf(state) ?? {};
  if (!roofline || key.ctrl) return undefined;
  const shown = shownFusions(roofline, state.panes.roofline);
  const to = (pane: RooflinePane): Outcome => ({ state: withPane(state, "roofline", pane) });
  if (key.text === "f") return to(nextPane(roofline, shown));
  if (key.name === "escape") return to(initialRooflinePane);
  const selected = moved(key, shown.selected, shown.points.length, PAGE);
  return selected === undefined ? undefined : to({ ...state.panes.roofline, selected });
}
