/**
 * @file A journal of a long piece of work: what is done is kept beside the file that it will become, so that the same command
 * goes on from there. JSON lines, the first of which says what was asked.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { lockFile } from "../lockFile.js";
import { UserError } from "../units/userError.js";
import { checkWritable, writing } from "../writeWhole.js";
import { Interrupted } from "./interruption.js";
import type { Terminal } from "./terminal.js";

/** Where the journal of an output file is kept. */
export const journalPath = (output: string) => `${output}.partial`;

export interface Journal<T> {
  readonly path: string;
  /** What an earlier run has done, by number. */
  readonly known: ReadonlyMap<number, T>;
  /** @throws UserError when it cannot be written */
  readonly append: (index: number, entry: T) => void;
  readonly remove: () => void;
}

interface Done<T> {
  readonly index: number;
  readonly entry: T;
}

/** In a line with what is done, so that a damaged one is not taken for what was written. */
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

function lineOf<T>({ index, entry }: Done<T>): string {
  const text = JSON.stringify({ index, entry });
  return `${JSON.stringify({ index, entry, sha256: hashOf(text) })}\n`;
}

/** What a line says was done; undefined unless it is as it was written. */
function entryOf<T>(line: string): Done<T> | undefined {
  try {
    const { index, entry, sha256 } = JSON.parse(line) as Done<T> & { readonly sha256?: string };
    return hashOf(JSON.stringify({ index, entry })) === sha256 ? { index, entry } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens the journal at `path`, or begins one. The last line counts only when it is whole: a run that was killed may have been
 * writing it.
 *
 * @param question everything that the entries depend on
 * @throws UserError when there is another question's journal, or no way to write
 */
export function openJournal<T>(path: string, question: unknown): Journal<T> {
  const header = `${JSON.stringify(question)}\n`;
  const bytes = existsSync(path) ? writing(path, () => readFileSync(path)) : Buffer.alloc(0);
  const whole = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
  const [first = "", ...lines] = whole.toString("utf8").split("\n");
  const isOurs = whole.length === 0 ? header.startsWith(bytes.toString("utf8")) : `${first}\n` === header;
  if (!isOurs)
    throw new UserError(
      `${path} is the journal of another question or version: delete it, or write to another file`,
    );
  const known = new Map<number, T>();
  for (const line of lines) {
    const done = entryOf<T>(line);
    // What is damaged is done again.
    if (done) known.set(done.index, done.entry);
  }
  writing(path, () => {
    if (bytes.length > whole.length) truncateSync(path, whole.length);
    if (whole.length === 0) appendFileSync(path, header);
  });
  return {
    path,
    known,
    append: (index, entry) => writing(path, () => appendFileSync(path, lineOf({ index, entry }))),
    remove: () => rmSync(path, { force: true }),
  };
}

/** The line about work that a signal has ended and that has a journal. */
const keptIn = (path: string, { signal }: Interrupted) =>
  new Interrupted(
    signal,
    `stopped; what is done is kept in ${path}, and the same command goes on from there`,
  );

/**
 * Does long work with the journal of its output file, which no other process works at meanwhile; without one where there is to be
 * no file.
 *
 * @param question everything that the entries depend on
 * @throws UserError when another process works at it, there is another question's journal, or no way to write
 * @throws Interrupted with words about the journal
 */
export async function withJournal<T, R>(
  output: string | undefined,
  question: unknown,
  { note }: Pick<Terminal, "note">,
  work: (journal: Journal<T> | undefined) => Promise<R>,
): Promise<R> {
  if (output === undefined) return work(undefined);
  const path = journalPath(output);
  checkWritable(output);
  const lock = lockFile(`${path}.lock`, output);
  if (lock.missing !== undefined) note(`nothing keeps others from ${output} meanwhile: ${lock.missing}`);
  try {
    return await work(openJournal<T>(path, question));
  } catch (error) {
    throw error instanceof Interrupted ? keptIn(path, error) : error;
  } finally {
    lock.release();
  }
}
