/**
 * @file The feature pyramid (arXiv 1612.03144): semantically strong features at every resolution, from the stages
 * of a backbone.
 */
import { add } from "../../ops/elementwise.js";
import { broadcastInDim, reshape } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";
import { biasedConv, pool } from "../convolutional.js";
import type { PyramidLevel } from "./roiAlign.js";

/** Every pixel twice in each direction. */
function upsample(x: Tensor): Tensor {
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const doubled = broadcastInDim(x, [n, h, 2, w, 2, channels], [0, 1, 3, 5]);
  return reshape(doubled, [n, 2 * h, 2 * w, channels]);
}

/** c2 to c5 become P2 to P6 of `features` channels each. */
export function featurePyramid(stages: readonly Tensor[], features: number): readonly PyramidLevel[] {
  const { trace } = stages[0]!;
  const finestLevel = 2;
  let above: Tensor | undefined;
  const merged = [...stages.entries()].reverse().map(([i, stage]) => {
    const level = finestLevel + i;
    return trace.scoped(`level${level}`, () => {
      const lateral = trace.scoped("lateral", () => biasedConv(stage, features, 1));
      above = above ? add(lateral, upsample(above)) : lateral;
      return { level, merged: above };
    });
  });
  const smoothed = merged.reverse().map(
    ({ level, merged: x }): PyramidLevel => ({
      level,
      features: trace.scoped(`level${level}/output`, () => biasedConv(x, features, 3)),
    }),
  );
  const coarsest = smoothed.at(-1)!;
  const subsampled = trace.scoped(`level${coarsest.level + 1}`, () => pool("max", coarsest.features, 1, 2));
  return [...smoothed, { level: coarsest.level + 1, features: subsampled }];
}
