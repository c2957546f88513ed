/** @file What the screen asks the simulator, and what it has been answered: plain data, which passes between threads. */
import type { Advice } from "../../../../sim/fit.js";
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction } from "../../../../sim/prediction.js";
import type { StepReport } from "../../../../sim/stepReport.js";
import type { Question } from "./question.js";

/** What each kind of question is answered with. */
export interface AnswerTypes {
  readonly prediction: Prediction;
  /** The same for every batch. */
  readonly largest: LargestBatches;
  readonly advice: Advice;
  readonly step: StepReport;
}

export type AskKind = keyof AnswerTypes;

export interface Ask<K extends AskKind = AskKind> {
  readonly kind: K;
  readonly question: Question;
}

/** An answer, or the line that says why there is none. */
export type Answer<T> = { readonly value: T } | { readonly error: string };

/** By `keyOf`; the oldest first. */
export type Answers = ReadonlyMap<string, Answer<AnswerTypes[AskKind]>>;

export function ask<K extends AskKind>(kind: K, question: Question): Ask<K> {
  return { kind, question };
}

/** Questions that are answered alike have one key. */
export function keyOf({ kind, question }: Ask): string {
  const { model, modelOptions, hardware, plan, globalBatch, recipe } = question;
  const of = kind === "largest" ? undefined : globalBatch;
  const run = kind === "prediction" ? recipe : undefined;
  return `${kind} ${JSON.stringify([model, modelOptions, hardware, plan, of, run])}`;
}

/** What is known in answer to `asked`; undefined where nothing is, yet. */
export function answerTo<K extends AskKind>(
  answers: Answers,
  asked: Ask<K>,
): Answer<AnswerTypes[K]> | undefined {
  // Kept under a key that begins with the kind.
  return answers.get(keyOf(asked)) as Answer<AnswerTypes[K]> | undefined;
}

/** The value of an answer that has one. */
export function known<K extends AskKind>(answers: Answers, asked: Ask<K>): AnswerTypes[K] | undefined {
  const answer = answerTo(answers, asked);
  return answer && "value" in answer ? answer.value : undefined;
}

/** Answers of each kind that are kept, for people come back to what they have just seen; a step's is a megabyte or so. */
const kept: Readonly<Record<AskKind, number>> = { prediction: 500, largest: 100, advice: 100, step: 24 };

/** With one more; the oldest of its kind is forgotten where there are too many. */
export function withAnswer(answers: Answers, asked: Ask, answer: Answer<AnswerTypes[AskKind]>): Answers {
  const next = new Map([...answers, [keyOf(asked), answer]]);
  const alike = [...next.keys()].filter((key) => key.startsWith(`${asked.kind} `));
  if (alike.length > kept[asked.kind]) next.delete(alike[0]!);
  return next;
}
