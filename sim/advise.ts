/**
 * @file Advice: changes of plan that make a batch fit, or keep the compiler from recomputing, and what each costs in time. The
 * model, the batch and what is computed stay as they are; only how it is computed changes.
 */
import { batchPerDevice, type Plan } from "../src/transforms/plan.js";
import { predict } from "./predict.js";
import type { Prediction, Suggestion } from "./prediction.js";
import type { AnyQuery } from "./query.js";

/** A change of plan, the words for it, and how it is asked for on the command line. */
interface Change {
  readonly words: string;
  readonly flags: string;
  readonly plan: Suggestion["plan"];
}

const blockRemat: Change = {
  words: "block rematerialisation",
  flags: "--remat block",
  plan: { remat: "block" },
};

const microbatches = (count: number): Change => ({
  words: `${count} microbatches`,
  flags: `--microbatches ${count}`,
  plan: { microbatches: count },
});

/** More parts than this are no advice: they are too small to keep the matrix unit busy. */
const MOST_MICROBATCHES = 8;

const narrowActivations: Change = {
  words: "activations in bf16",
  flags: "--activations bf16",
  plan: { activations: "bf16" },
};

/** Changes that save what is kept for each weight and cost little time, the smallest first. */
const stateSavers: readonly Change[] = [
  { words: "first moment in bf16", flags: "--momentum-dtype bf16", plan: { momentumDtype: "bf16" } },
  { words: "parameters and optimizer state sharded", flags: "--shard fsdp", plan: { shard: "fsdp" } },
];

/** Whether a change makes a difference to a plan. */
function isNews(plan: Plan, { plan: change }: Change): boolean {
  // One device holds everything.
  if (change.shard && plan.devices === 1) return false;
  return Object.entries(change).some(([key, value]) => plan[key as keyof Plan] !== value);
}

const together = (changes: readonly Change[]): Suggestion["plan"] =>
  Object.assign({}, ...changes.map(({ plan }) => plan));

/** What a plan came to. */
interface Tried {
  readonly changes: readonly Change[];
  readonly prediction: Prediction;
}

const fits = ({ memory }: Prediction) => memory.verdict !== "does-not-fit";

/** Numbers of microbatches, beyond those of the plan, that a device's share divides into. */
function moreMicrobatches(plan: Plan): readonly number[] {
  const counts: number[] = [];
  for (let count = 2 * plan.microbatches; count <= MOST_MICROBATCHES; count *= 2) {
    if (batchPerDevice(plan) % count === 0) counts.push(count);
  }
  return counts;
}

/** Whether more microbatches could be enough: at best they divide everything but the arguments. */
function couldFitInParts({ memory, plan }: Prediction, count: number): boolean {
  const { peakBytes, argumentBytes, capacityBytes } = memory;
  return argumentBytes + ((peakBytes - argumentBytes) * plan.microbatches) / count <= capacityBytes;
}

/** Whether changes that save weights, gradients and optimizer state could be enough: at best they save all of them. */
function couldFitWithLessState({ memory }: Prediction): boolean {
  const state = memory.parts.filter(({ name }) =>
    ["parameters", "frozen weights", "optimizer state", "gradients"].includes(name),
  );
  const bytes = state.reduce((total, part) => total + part.bytes, 0);
  return memory.peakBytes - bytes <= memory.capacityBytes;
}

/**
 * Tries changes from those that cost least to those that cost most: cheap ones first, one more at a time; then with block
 * rematerialisation; then with more and more microbatches, without and with it. Beyond a plan that fits nothing more is added,
 * and what cannot be enough is not tried.
 */
function tryChanges(query: AnyQuery, now: Prediction): readonly Tried[] {
  const { plan } = now;
  const tried: Tried[] = [];
  const attempt = (changes: readonly Change[]): Prediction => {
    if (changes.length === 0) return now;
    const prediction = predict({ ...query, plan: { ...query.plan, ...together(changes) } });
    tried.push({ changes, prediction });
    return prediction;
  };
  const narrower = isNews(plan, narrowActivations) ? [narrowActivations] : [];
  const savers = stateSavers.filter((change) => isNews(plan, change));
  const withSavers = (changes: readonly Change[]): Prediction => {
    let prediction = attempt(changes);
    for (const [i] of savers.entries()) {
      if (fits(prediction) || !couldFitWithLessState(prediction)) break;
      prediction = attempt([...changes, ...savers.slice(0, i + 1)]);
    }
    return prediction;
  };
  const bases = [[], ...(plan.remat === "none" ? [[blockRemat]] : [])];
  for (const base of bases) {
    let prediction = withSavers([...narrower, ...base]);
    for (const count of moreMicrobatches(plan)) {
      if (fits(prediction) && prediction !== now) break;
      if (fits(now) || couldFitInParts(prediction, count)) {
        prediction = withSavers([...narrower, ...base, microbatches(count)]);
      }
    }
  }
  return tried;
}

/** A plan that saves less than this share of another's memory is no alternative to it. */
const WORTH_SAYING = 0.05;

/** So many suggestions can be weighed against each other. */
const MOST_SUGGESTIONS = 4;

/** Of plans that are neither faster nor smaller than another, nothing is said. */
function nonDominated(tried: readonly Tried[]): readonly Tried[] {
  const fastestFirst = [...tried].sort(
    (a, b) =>
      a.prediction.time.stepSeconds - b.prediction.time.stepSeconds || a.changes.length - b.changes.length,
  );
  const kept: Tried[] = [];
  for (const it of fastestFirst) {
    const least = kept.at(-1)?.prediction.memory.peakBytes ?? Number.POSITIVE_INFINITY;
    if (it.prediction.memory.peakBytes < least * (1 - WORTH_SAYING)) kept.push(it);
  }
  return kept;
}

function suggestionOf({ changes, prediction }: Tried): Suggestion {
  return {
    change: changes.map(({ words }) => words).join(", "),
    flags: changes.map(({ flags }) => flags).join(" "),
    plan: together(changes),
    peakBytes: prediction.memory.peakBytes,
    stepSeconds: prediction.time.stepSeconds,
    fits: fits(prediction),
  };
}

/**
 * What to change: of a batch that does not fit the plans with which it does, and if there are none those that come nearest; of
 * one that fits because the compiler recomputes, what would be faster. Cheapest in time first.
 *
 * @param now the prediction for the query as it is
 */
export function advise(query: AnyQuery, now: Prediction): readonly Suggestion[] {
  if (now.memory.verdict === "fits") return [];
  const tried = tryChanges(query, now);
  const better = tried.filter(({ prediction }) =>
    fits(now)
      ? fits(prediction) && prediction.time.stepSeconds < now.time.stepSeconds
      : prediction.memory.peakBytes < now.memory.peakBytes * (1 - WORTH_SAYING),
  );
  const fitting = better.filter(({ prediction }) => fits(prediction));
  const shown = nonDominated(fitting.length > 0 ? fitting : better);
  // Of plans that still do not fit, those that come nearest.
  return (fitting.length > 0 ? shown.slice(0, MOST_SUGGESTIONS) : shown.slice(-2)).map(suggestionOf);
}
