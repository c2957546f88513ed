/**
 * @file One process at a time in a folder or at a file. The lock is the kernel's, on an open file: it is gone with the process
 * that holds it, however that ended, so none is ever stale, which a file that merely is there, or a process number in it, can be.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { UserError } from "./units/userError.js";
import { writing } from "./writeWhole.js";

/** What of fs-native-extensions is used, which has no types. */
interface Locks {
  /** Whether the lock was granted. */
  readonly tryLock: (file: number, offset?: number, length?: number) => boolean;
}

export interface Lock {
  /** Gives it up, and removes its file. */
  readonly release: () => void;
  /** Why there is none, where this computer or the file's disk has no such locks. */
  readonly missing?: string;
}

/** What is locked: all of the file, but on Windows, where nobody else could read it then, a byte behind its content. */
const LOCKED: readonly number[] = process.platform === "win32" ? [2 ** 30, 1] : [];

const require = createRequire(import.meta.url);

/** @returns whether the lock was granted, or why there can be none */
function tryLock(file: number): boolean | string {
  try {
    const { tryLock: request } = require("fs-native-extensions") as Locks;
    return request(file, ...LOCKED);
  } catch (error) {
    // Its addon is built for the usual systems only, and some network disks have no locks.
    return error instanceof Error ? error.message.split("\n")[0]! : String(error);
  }
}

/** Who holds the lock of a file, as far as it tells. */
function holderOf(path: string): string {
  try {
    const number = readFileSync(path, "utf8").trim();
    return /^\d+$/.test(number) ? `process ${number}` : "another process";
  } catch {
    return "another process";
  }
}

/** Whether an open file is the one that has its name now: whoever held its lock before has removed it. */
function isCurrent(file: number, path: string): boolean {
  return fstatSync(file).ino === statSync(path, { throwIfNoEntry: false })?.ino;
}

/**
 * Locks a file, which is made if it is not there, until `release` or the end of the process.
 *
 * @param what is to be one process's, for the message
 * @throws UserError naming the process that holds it, or when the file cannot be written
 */
export function lockFile(path: string, what: string): Lock {
  for (;;) {
    const file = writing(path, () => openSync(path, "a+"));
    const granted = tryLock(file);
    if (granted === false) {
      const holder = holderOf(path);
      closeSync(file);
      throw new UserError(`${what} is in use by ${holder}: wait for its end, or stop it`);
    }
    const release = () => {
      // As long as it is locked: what has that name later may be another's.
      rmSync(path, { force: true });
      closeSync(file);
    };
    if (typeof granted === "string") {
      release();
      return { release: () => {}, missing: granted };
    }
    if (!isCurrent(file, path)) {
      closeSync(file);
      continue;
    }
    try {
      writing(path, () => {
        ftruncateSync(file);
        writeSync(file, `${process.pid}\n`);
      });
    } catch (error) {
      release();
      throw error;
    }
    return { release };
  }
}
