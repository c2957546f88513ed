/** @file A file of lines that grows, read as it does. */
import { closeSync, openSync, readSync, statSync } from "node:fs";

export interface News {
  /** Whole ones, without their line breaks: the last may still be being written, and waits. */
  readonly lines: readonly string[];
  /** Whether these lines are the first of the file: at the first look, and when it was written anew. */
  readonly isAnew: boolean;
  /** Whether there is more to read at once. */
  readonly isMore: boolean;
}

/** About a thousand rows: of a long record a screen is drawn now and then while it is being read, and keys are heard. */
const CHUNK_BYTES = 2 ** 18;

const nothing: News = { lines: [], isAnew: false, isMore: false };

/** A record that is cut has another inode, as it is written whole; one that is written over is shorter. */
interface Place {
  readonly inode: number;
  readonly offset: number;
}

function bytesFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(CHUNK_BYTES);
    return bytes.subarray(0, readSync(file, bytes, 0, CHUNK_BYTES, offset));
  } finally {
    closeSync(file);
  }
}

/** @returns what has come since the last time, each time it is called; nothing of a file that is not there yet */
export function tailOf(path: string): () => News {
  let place: Place | undefined;
  return () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return nothing;
    const isAnew = !place || place.inode !== stat.ino || stat.size < place.offset;
    const from = isAnew ? 0 : place!.offset;
    const bytes = stat.size === from ? Buffer.alloc(0) : bytesFrom(path, from);
    const end = bytes.lastIndexOf("\n") + 1;
    place = { inode: stat.ino, offset: from + end };
    const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
    return { lines, isAnew, isMore: end > 0 && bytes.length === CHUNK_BYTES };
  };
}
