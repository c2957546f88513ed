/**
 * @file A group's kernel runs several operations of a program at once (see `src/program/hostGroups.ts`), on TensorFlow.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { HostGroup } from "../../../src/program/hostGroups.js";
import type { TensorType } from "../../../src/program/types.js";

/** What is known of a group before it runs. */
export interface GroupContext extends Pick<HostGroup, "constants" | "inside"> {
  readonly operands: readonly TensorType[];
  readonly results: readonly TensorType[];
}

/**
 * Operands to results, in the order of `src/program/hostPatterns/`. Temporaries are the caller's to clean up; operands
 * that the group consumes it disposes itself.
 */
export type GroupRun = (...operands: Tensor[]) => Tensor[];

export type GroupKernel = (context: GroupContext) => GroupRun;
