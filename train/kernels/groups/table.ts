/** @file The kernel of every group. Fails to compile while one is missing. */
import type { GroupName } from "../../../src/program/hostPatterns/table.js";
import {
  geluGradientKernel,
  geluKernel,
  reluGradientKernel,
  softmaxGradientKernel,
  softmaxKernel,
} from "./activation.js";
import type { GroupKernel } from "./group.js";
import { batchNormGradientKernel, batchNormKernel, layerNormGradientKernel } from "./normalization.js";
import { sumOfSquaresKernel, transposedProductKernel } from "./product.js";
import { adamUpdateKernel, momentumUpdateKernel } from "./update.js";

export const groupKernels: Readonly<Record<GroupName, GroupKernel>> = {
  batchNorm: batchNormKernel,
  batchNormGradient: batchNormGradientKernel,
  layerNormGradient: layerNormGradientKernel,
  reluGradient: reluGradientKernel,
  softmax: softmaxKernel,
  softmaxGradient: softmaxGradientKernel,
  gelu: geluKernel,
  geluGradient: geluGradientKernel,
  transposedProduct: transposedProductKernel,
  sumOfSquares: sumOfSquaresKernel,
  momentumUpdate: momentumUpdateKernel,
  adamUpdate: adamUpdateKernel,
};
