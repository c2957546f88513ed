/** @file What the view of what the figures rest on keeps for itself, and what its keys do. */
import { type AppState, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";

export interface TrustPane {
  /** The first line that is shown. */
  readonly scrolled: number;
}

export const initialTrustPane: TrustPane = { scrolled: 0 };

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

/** Where a key leads; undefined for one that does not scroll. */
function led(key: Key, at: number, page: Scrollable): number | undefined {
  const { starts, room } = page;
  const isPast = at >= lastOf(page);
  switch (key.name) {
    case "up":
      return at - 1;
    case "down":
      return at + 1;
    case "pageUp":
      return at - room;
    case "pageDown":
      return at + room;
    case "home":
      return 0;
    case "end":
      return page.count;
    case "tab":
      // From the end of the page around to its beginning: sections there have no room to be first.
      if (key.shift) return at === 0 ? page.count : starts.findLast((start) => start < at);
      return isPast ? 0 : (starts.find((start) => start > at) ?? 0);
    default:
      return undefined;
  }
}

export function trustKeyed(state: AppState, key: Key, page: Scrollable): Outcome | undefined {
  const to = led(key, firstShown(state, page), page);
  if (to === undefined) return undefined;
  const scrolled = Math.max(0, Math.min(lastOf(page), to));
  return { state: withPane(state, "trust", { scrolled }) };
}
