/** @file Where the keys that move lead in a list. */
import type { Key } from "./key.js";

/** The row of `count` rows that a key leads to from `at`; undefined for keys that do not move. */
export function moved(key: Key, at: number, count: number, page: number): number | undefined {
  const last = count - 1;
  const by: Partial<Record<Key["name"], number>> = {
    up: at - 1,
    down: at + 1,
    pageUp: at - page,
    pageDown: at + page,
    home: 0,
    end: last,
  };
  const next = by[key.name];
  return next === undefined ? undefined : Math.max(0, Math.min(last, next));
}
