/**
 * @file The memory of a question's step alone, without its time: whether it fits, and what the loss takes of it.
 */
import type { AcceleratorProfile } from "./hardware.js";
import { isOfLoss, usage } from "./memory.js";
import type { Verdict } from "./prediction.js";
import type { AnyQuery } from "./query.js";
import { fitMemoryOf, type Memory, verdictOf } from "./simulate.js";
import { sizedTrainingStepOf } from "./trainingSteps.js";

/** Bytes of one device. */
export interface StepMemory {
  readonly verdict: Verdict;
  readonly lossBytes: number;
}

/** The most bytes that temporaries of the loss take at once; the logits of a contrastive loss are of the batch squared. */
export function lossBytes({ program, timeline }: Pick<Memory, "program" | "timeline">): number {
  const temporaries = timeline.temporaries.filter(({ start }) =>
    isOfLoss(program.schedule[start]!.fusion.scope),
  );
  return usage({ ...timeline, temporaries }).reduce((most, bytes) => Math.max(most, bytes), 0);
}

/**
 * @param chip the machine of the query
 * @throws UserError for an unknown model, or a batch that does not divide among the devices
 */
export function stepMemory(query: AnyQuery, chip: AcceleratorProfile): StepMemory {
  const { program } = sizedTrainingStepOf(query, chip.devices);
  const memory = fitMemoryOf(program, chip);
  return { verdict: verdictOf(memory, chip), lossBytes: lossBytes(memory) };
}
