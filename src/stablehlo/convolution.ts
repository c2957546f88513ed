/**
 * @file The three convolutions. StableHLO has one operation for them: which dimension is batch, features or space is an
 * attribute, and so are strides (`stride`) and zeros between elements (`lhs_dilate`, `rhs_dilate`). The gradients
 * are written as JAX writes them (jax/_src/lax/convolution.py), so that XLA sees what it was tuned for.
 */
import type { TensorType } from "../program/types.js";
import { type Form, mapped } from "./form.js";
import { list, signature, type Value } from "./text.js";

interface General {
  /** `[lhs]x[rhs]->[result]`; letters are b(atch), f(eatures), i(nput) and o(utput) features, digits are space. */
  readonly dimensions: string;
  readonly padding: readonly (readonly [low: number, high: number])[];
  readonly strides?: readonly number[];
  readonly lhsDilation?: readonly number[];
  readonly rhsDilation?: readonly number[];
  readonly featureGroups?: number;
  readonly batchGroups?: number;
}

function general(lhs: Value, rhs: Value, result: TensorType, attributes: General): string {
  const { dimensions, padding, strides, lhsDilation, rhsDilation } = attributes;
  const { featureGroups = 1, batchGroups = 1 } = attributes;
  const window = [
    ...(strides ? [`stride = ${list(strides)}`] : []),
    `pad = [${padding.map(list).join(", ")}]`,
    ...(lhsDilation ? [`lhs_dilate = ${list(lhsDilation)}`] : []),
    ...(rhsDilation ? [`rhs_dilate = ${list(rhsDilation)}`] : []),
  ];
  const groups = `{feature_group_count = ${featureGroups} : i64, batch_group_count = ${batchGroups} : i64}`;
  const types = signature([lhs, rhs], [result]);
  return `stablehlo.convolution(${lhs.name}, ${rhs.name}) dim_numbers = ${dimensions}, window = {${window.join(", ")}} ${groups} : ${types}`;
}

/** The size of one axis with `stride - 1` zeros between its elements. */
const dilated = (size: number, stride: number) => (size - 1) * stride + 1;

export const convolutionForm: Form<"convolution"> = ({ operands, results, attributes }) =>
  general(operands[0]!, operands[1]!, results[0]!, {
    dimensions: "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]",
    padding: attributes.padding,
    strides: attributes.strides,
    featureGroups: attributes.groups,
  });

/**
 * The cotangent of the output, spread out by the strides, convolved with the kernel turned by half a turn and its
 * features exchanged.
 */
export const convolutionInputGradientForm: Form<"convolutionInputGradient"> = (site) => {
  const { attributes, results, define } = site;
  const [cotangent, kernel] = site.operands as readonly [Value, Value];
  const { strides, padding, inputShape, groups } = attributes;
  const grouped = groups === 1 ? kernel : exchangeGroups(kernel, groups, define);
  const turned = define(mapped("reverse", [grouped], ", dims = [0, 1]", [grouped.type]), grouped.type);
  const pads = ([0, 1] as const).map((axis) => {
    const window = kernel.type.shape[axis]!;
    const low = window - 1 - padding[axis][0];
    const spread = dilated(cotangent.type.shape[axis + 1]!, strides[axis]);
    return [low, inputShape[axis + 1]! + window - 1 - spread - low] as const;
  });
  return general(cotangent, turned, results[0]!, {
    dimensions: "[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]",
    padding: pads,
    lhsDilation: strides,
    featureGroups: groups,
  });
};

/** [kh,kw,C/g,g·O/g] → [kh,kw,g·C/g,O/g]: each group's kernel takes its outputs to all of its inputs. */
function exchangeGroups(
  kernel: Value,
  groups: number,
  define: (text: string, type: TensorType) => Value,
): Value {
  const { dtype, shape } = kernel.type;
  const [kh, kw, inputs, features] = shape as [number, number, number, number];
  const move = (from: Value, name: string, details: string, to: readonly number[]) => {
    const type = { dtype, shape: to };
    return define(mapped(name, [from], details, [type]), type);
  };
  const outputs = features / groups;
  const split = move(kernel, "reshape", "", [kh, kw, inputs, groups, outputs]);
  const swapped = move(split, "transpose", ", dims = [0, 1, 3, 2, 4]", [kh, kw, groups, inputs, outputs]);
  return move(swapped, "reshape", "", [kh, kw, groups * inputs, outputs]);
}

/**
 * The input convolved with the cotangent of the output as its kernel, spread out by the strides: images are summed
 * over as channels usually are, and each channel is an image of its own.
 */
export const convolutionKernelGradientForm: Form<"convolutionKernelGradient"> = ({
  operands,
  results,
  attributes,
}) => {
  const [input, cotangent] = operands as readonly [Value, Value];
  const { strides, padding, groups, kernelShape } = attributes;
  const pads = ([0, 1] as const).map((axis) => {
    const spread = dilated(cotangent.type.shape[axis + 1]!, strides[axis]);
    const [low] = padding[axis];
    return [low, kernelShape[axis]! - 1 + spread - input.type.shape[axis + 1]! - low] as const;
  });
  return general(input, cotangent, results[0]!, {
    dimensions: "[f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f]",
    padding: pads,
    rhsDilation: strides,
    batchGroups: groups,
  });
};
