/**
 * @file What is published of batch sizes: accuracy by batch and loss, all else being equal; as data, with sources.
 */
import type { ContrastiveLoss } from "../transforms/plan.js";

export interface BatchStudy {
  /** Examples that each run has seen. */
  readonly examples: number;
  /** ImageNet zero-shot accuracy in percent, by batch; absent where none is published of this very model. */
  readonly accuracyPercent?: Readonly<Partial<Record<ContrastiveLoss, Readonly<Record<number, number>>>>>;
  readonly source: string;
}

/** SigLIP's batch sizes were studied at 9 billion examples seen, on WebLI. */
const siglip = { examples: 9e9, source: "arXiv 2303.15343" };

const k = 1024;

/** By the model's name in the zoo. */
export const batchStudies: Readonly<Record<string, BatchStudy>> = {
  "siglip-b16": {
    ...siglip,
    // Its 98k and 307k count thousands: 96 × 1,024 and 300 × 1,024.
    accuracyPercent: {
      sigmoid: { [4 * k]: 68.4, [32 * k]: 73.4, [96 * k]: 73.0, [300 * k]: 71.6 },
      softmax: { [4 * k]: 66.6, [32 * k]: 72.9, [96 * k]: 73.2, [300 * k]: 72.6 },
    },
  },
  "siglip-l16": siglip,
  "siglip-so400m14": siglip,
};
