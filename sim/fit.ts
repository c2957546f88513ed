/**
 * @file "Will it fit?", and what to do when it does not.
 */
import type { Plan } from "../src/transforms/plan.js";
import { largestBatches } from "./limits.js";
import { predict } from "./predict.js";
import type { FitAnswer, Suggestion } from "./prediction.js";
import type { Query } from "./query.js";

/** A change that saves less than this share, and does not make the batch fit, is no advice. */
const WORTH_SAYING = 0.05;

/** Single changes of plan that save memory, with the words for them. */
const changes: readonly { readonly change: string; readonly plan: Partial<Plan> }[] = [
  { change: "block rematerialisation (--remat block)", plan: { remat: "block" } },
  { change: "first moment in bf16 (--momentum-dtype bf16)", plan: { momentumDtype: "bf16" } },
  { change: "activations in bf16 (--activations bf16)", plan: { activations: "bf16" } },
  { change: "parameters and optimizer state in parts (--shard fsdp)", plan: { shard: "fsdp" } },
];

/** Changes of the query's plan, alone and all together, that help; fitting and fast ones first. */
function suggestions(query: Query, plan: Plan, peakBytes: number): readonly Suggestion[] {
  const useful = changes.filter(
    ({ plan: change }) =>
      Object.entries(change).some(([key, value]) => plan[key as keyof Plan] !== value) &&
      // One device holds everything.
      !(change.shard && plan.devices === 1),
  );
  const together = {
    change: useful.map(({ change }) => change).join(" and "),
    plan: Object.assign({}, ...useful.map(({ plan: change }) => change)) as Partial<Plan>,
  };
  return [...useful, ...(useful.length > 1 ? [together] : [])]
    .map(({ change, plan: changed }) => {
      const { memory, time } = predict({ ...query, plan: { ...query.plan, ...changed } });
      const fits = memory.verdict !== "does-not-fit";
      return { change, peakBytes: memory.peakBytes, stepSeconds: time.stepSeconds, fits };
    })
    .filter((suggestion) => suggestion.fits || suggestion.peakBytes < peakBytes * (1 - WORTH_SAYING))
    .sort((a, b) => Number(b.fits) - Number(a.fits) || a.stepSeconds - b.stepSeconds);
}

/**
 * Answers whether one training step fits, the largest batch that does, and which changes of plan would help.
 *
 * @throws UserError for an unknown model or hardware, or a batch that does not divide among the devices
 */
export function fit(query: Query): FitAnswer {
  const prediction = predict(query);
  const fits = prediction.memory.verdict !== "does-not-fit";
  return {
    ...prediction,
    fits,
    ...largestBatches(query),
    suggestions: fits ? [] : suggestions(query, prediction.plan, prediction.memory.peakBytes),
  };
}
