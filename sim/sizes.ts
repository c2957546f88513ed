/**
 * @file What a pass asks of sizes, kept with the answers: where another program gives the same answers to all of it, the pass
 * would come to the same result.
 */
import type { Program, TensorType, ValueId } from "../src/program/types.js";

/** A question about the types of two values; of one, twice the same. */
export type SizeQuestion<Answer> = (a: TensorType, b: TensorType) => Answer;

interface Asked {
  readonly question: SizeQuestion<unknown>;
  readonly a: ValueId;
  readonly b: ValueId;
  readonly answer: unknown;
}

/** Answers questions about the values of a program. */
export interface Sizes {
  readonly ask: <Answer>(question: SizeQuestion<Answer>, a: ValueId, b?: ValueId) => Answer;
  /** Everything that has been asked, each question about two types once. */
  readonly asked: readonly Asked[];
}

export function sizesOf({ types }: Pick<Program, "types">): Sizes {
  const asked: Asked[] = [];
  const known = new Map<SizeQuestion<unknown>, Map<TensorType, Map<TensorType, unknown>>>();
  return {
    asked,
    ask: <Answer>(question: SizeQuestion<Answer>, a: ValueId, b: ValueId = a): Answer => {
      const [typeA, typeB] = [types[a]!, types[b]!];
      const ofQuestion = known.get(question) ?? new Map<TensorType, Map<TensorType, unknown>>();
      known.set(question, ofQuestion);
      const ofType = ofQuestion.get(typeA) ?? new Map<TensorType, unknown>();
      ofQuestion.set(typeA, ofType);
      if (ofType.has(typeB)) return ofType.get(typeB) as Answer;
      const answer = question(typeA, typeB);
      ofType.set(typeB, answer);
      asked.push({ question, a, b, answer });
      return answer;
    },
  };
}

/** Whether the values of another program, made of the same operations, give the same answers. */
export function answersHold(asked: readonly Asked[], { types }: Pick<Program, "types">): boolean {
  return asked.every(({ question, a, b, answer }) => question(types[a]!, types[b]!) === answer);
}
