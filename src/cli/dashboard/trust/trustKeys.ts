/** @file What the keys of the view of what the figures rest on do. */

import { type AppState, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import { moved } from "../moved.js";

export interface Scrollable {
  /** Lines that there are. */
  readonly count: number;
  /** Lines that have room. */
  readonly room: number;
  /** Where sections begin. */
  readonly starts: readonly number[];
}

const lastOf = ({ count, room }: Scrollable) => Math.max(0, count - room);

/** The first line that is shown, which may have been farther down when there was less room. */
export const firstShown = ({ panes }: AppState, page: Scrollable): number =>
  Math.min(panes.trust.scrolled, lastOf(page));

/** Where tab leads: sections at the end have no room to be first, and from there it goes around. */
function sectionAt(at: number, page: Scrollable, isBack: boolean): number {
  const { starts } = page;
  if (isBack) return at === 0 ? lastOf(page) : (starts.findLast((start) => start < at) ?? 0);
  return at >= lastOf(page) ? 0 : Math.min(lastOf(page), starts.find((start) => start > at) ?? 0);
}

export function trustKeyed(state: AppState, key: Key, page: Scrollable): Outcome | undefined {
  const at = firstShown(state, page);
  const scrolled =
    key.name === "tab" ? sectionAt(at, page, key.shift) : moved(key, at, lastOf(page) + 1, page.room);
  return scrolled === undefined ? undefined : { state: withPane(state, "trust", { scrolled }) };
}
