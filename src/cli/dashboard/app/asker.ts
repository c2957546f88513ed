/**
 * @file Has the simulator answer what the screen wants, outside of the thread that draws. A lane answers one question at a time,
 * the one that is wanted most when it is free: what is not wanted any more is never begun.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../../../units/userError.js";
import { openPool } from "../../../workerPool.js";
import type { Answer, AnswerTypes, Ask, AskKind } from "./answers.js";
import { keyOf } from "./answers.js";
import type { Wanted } from "./update.js";

type AnyAnswer = Answer<AnswerTypes[AskKind]>;

/** Where one question at a time is answered. */
export interface Lane {
  readonly answer: (asked: Ask) => Promise<AnyAnswer>;
  readonly close: () => Promise<void>;
}

export type Lanes = Readonly<Record<keyof Wanted, Lane>>;

export interface Asker {
  /** Has the first of each list answered that is not in flight; the lists have only what is not answered yet. */
  readonly want: (wanted: Wanted) => void;
  readonly close: () => Promise<void>;
}

/** Workers run JavaScript: there is none beside the sources, only beside the compiled form of this file. */
const compiled = fileURLToPath(new URL("./answer.js", import.meta.url));

/**
 * A thread of its own, which keeps the programs it has traced; in this one, between frames, where `worker`, the compiled module with
 * `answer`, is not there. Should the thread end, the next question has a new one.
 */
export function openLane(worker = compiled): Lane {
  if (!existsSync(worker)) {
    return {
      answer: async (asked) => {
        const { answer } = await import("./answer.js");
        return answer(asked);
      },
      close: async () => {},
    };
  }
  const pool = openPool<Ask, AnyAnswer>({ filename: worker, name: "answer", minThreads: 1, maxThreads: 1 });
  return { answer: pool.run, close: pool.close };
}

/** @param answered is told of every answer; a bug of the simulator's is told in place of one */
export function askerOn(lanes: Lanes, answered: (asked: Ask, answer: AnyAnswer) => void): Asker {
  const inFlight = new Map<keyof Wanted, string>();
  let isOpen = true;
  const begin = async (name: keyof Wanted, asked: Ask) => {
    inFlight.set(name, keyOf(asked));
    const answer = await lanes[name].answer(asked).catch(
      (error: unknown): AnyAnswer => ({
        error:
          error instanceof UserError
            ? error.message
            : `unexpected ${error instanceof Error ? error.message : String(error)} (this is a bug)`,
      }),
    );
    inFlight.delete(name);
    if (isOpen) answered(asked, answer);
  };
  return {
    want: (wanted) => {
      for (const name of ["quick", "thorough"] as const) {
        if (inFlight.has(name)) continue;
        const busy = new Set(inFlight.values());
        const next = wanted[name].find((asked) => !busy.has(keyOf(asked)));
        if (next) void begin(name, next);
      }
    },
    close: async () => {
      isOpen = false;
      await Promise.all([lanes.quick.close(), lanes.thorough.close()]);
    },
  };
}
