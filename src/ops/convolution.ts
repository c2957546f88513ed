/**
 * @file Two-dimensional convolution, images `[N,H,W,C]`, kernels `[kh,kw,C/groups,O]`, and its two gradients.
 *
 * The gradients are operations of their own because tfjs has a kernel for each and StableHLO writes each as a
 * `convolution` with its own dimension numbers. All three are the same trilinear form, so each one's gradients
 * are the other two.
 */
import type { Tensor } from "../program/trace.js";
import { elementCount, type TensorType } from "../program/types.js";
import { type Cost, emit, type OpDefinition } from "./definition.js";
import { windowedSize } from "./reduction.js";

type Pair = readonly [number, number];

/** How a kernel moves over an image. */
export interface ConvolutionGeometry {
  /** Down and across. */
  readonly strides: Pair;
  /** [[top, bottom], [left, right]] */
  readonly padding: readonly [Pair, Pair];
  /** Of channels that do not see each other. */
  readonly groups: number;
}

declare module "../program/types.js" {
  interface OpAttributes {
    /** Operands: input, kernel. */
    convolution: ConvolutionGeometry;
    /** Operands: cotangent of the output, kernel. Result: cotangent of the input. */
    convolutionInputGradient: ConvolutionGeometry & { readonly inputShape: readonly number[] };
    /** Operands: input, cotangent of the output. Result: cotangent of the kernel. */
    convolutionKernelGradient: ConvolutionGeometry & { readonly kernelShape: readonly number[] };
  }
}

function outputShape(
  input: readonly number[],
  kernel: readonly number[],
  geometry: ConvolutionGeometry,
): number[] {
  const spatial = (axis: 0 | 1) =>
    windowedSize(input[axis + 1]!, kernel[axis]!, geometry.strides[axis], ...geometry.padding[axis]);
  return [input[0]!, spatial(0), spatial(1), kernel[3]!];
}

/** Whether a convolution is a matrix product of all pixels with the kernel. */
export function isPointwise(
  { strides, padding, groups }: ConvolutionGeometry,
  [kh, kw]: readonly number[],
): boolean {
  const plain = [...strides, kh!, kw!].every((n) => n === 1) && padding.flat().every((n) => n === 0);
  return plain && groups === 1;
}

/** How many (output, kernel) positions of one axis meet a real input element rather than padding. */
function validPositions(input: number, kernel: number, output: number, stride: number, low: number): number {
  let valid = 0;
  for (let k = 0; k < kernel; k++) {
    const first = Math.max(0, Math.ceil((low - k) / stride));
    const last = Math.min(output - 1, Math.floor((input - 1 + low - k) / stride));
    valid += Math.max(0, last - first + 1);
  }
  return valid;
}

/** XLA counts only positions that meet an input element; the literature's GMACs count padding too. */
export function convolutionCost(
  input: readonly number[],
  kernel: readonly number[],
  geometry: ConvolutionGeometry,
): Cost {
  const output = outputShape(input, kernel, geometry);
  const axis = (i: 0 | 1) =>
    validPositions(input[i + 1]!, kernel[i]!, output[i + 1]!, geometry.strides[i], geometry.padding[i][0]);
  const perPosition = input[0]! * kernel[2]! * kernel[3]!;
  return {
    flops: 2 * perPosition * axis(0) * axis(1),
    transcendentals: 0,
    multiplyAdds: elementCount(output) * kernel[0]! * kernel[1]! * kernel[2]!,
  };
}

function checkShapes(
  input: TensorType["shape"],
  kernel: TensorType["shape"],
  geometry: ConvolutionGeometry,
  reject: (why: string) => never,
): void {
  if (input.length !== 4 || kernel.length !== 4)
    reject("images are [N,H,W,C] and kernels [kh,kw,C/groups,O]");
  if (input[3] !== kernel[2]! * geometry.groups) {
    reject(
      `the kernel takes ${kernel[2]! * geometry.groups} channels in ${geometry.groups} groups, the input has ${input[3]}`,
    );
  }
  if (kernel[3]! % geometry.groups !== 0)
    reject(`${kernel[3]} features do not divide into ${geometry.groups} groups`);
  if (outputShape(input, kernel, geometry).some((size) => size < 1))
    reject("the kernel is larger than the padded input");
}

export const convolutionOp: OpDefinition<"convolution"> = {
  infer: ([input, kernel], geometry, reject) => {
    if (input!.dtype !== kernel!.dtype) reject("operands must have one element type");
    checkShapes(input!.shape, kernel!.shape, geometry, reject);
    return [{ dtype: input!.dtype, shape: outputShape(input!.shape, kernel!.shape, geometry) }];
  },
  cost: ([input, kernel], _, geometry) => convolutionCost(input!.shape, kernel!.shape, geometry),
  vjp: ({ operands: [input, kernel], attributes }, [g]) => [
    () => convolutionInputGradient(g!, kernel!, attributes, input!.shape),
    () => convolutionKernelGradient(input!, g!, attributes, kernel!.shape),
  ],
};

export const convolutionInputGradientOp: OpDefinition<"convolutionInputGradient"> = {
  infer: ([g, kernel], attributes, reject) => {
    checkShapes(attributes.inputShape, kernel!.shape, attributes, reject);
    return [{ dtype: g!.dtype, shape: attributes.inputShape }];
  },
  cost: ([, kernel], [input], geometry) => convolutionCost(input!.shape, kernel!.shape, geometry),
  vjp: ({ operands: [g, kernel], attributes }, [cotangent]) => [
    () => convolution(cotangent!, kernel!, attributes),
    () => convolutionKernelGradient(cotangent!, g!, attributes, kernel!.shape),
  ],
};

export const convolutionKernelGradientOp: OpDefinition<"convolutionKernelGradient"> = {
  infer: ([input, g], attributes, reject) => {
    checkShapes(input!.shape, attributes.kernelShape, attributes, reject);
    return [{ dtype: g!.dtype, shape: attributes.kernelShape }];
  },
  cost: ([input], [kernel], geometry) => convolutionCost(input!.shape, kernel!.shape, geometry),
  vjp: ({ operands: [input, g], attributes }, [cotangent]) => [
    () => convolutionInputGradient(g!, cotangent!, attributes, input!.shape),
    () => convolution(input!, cotangent!, attributes),
  ],
};

const geometryOf = ({ strides, padding, groups }: ConvolutionGeometry) => ({ strides, padding, groups });

/** Images [N,H,W,C] with a kernel [kh,kw,C/groups,O] to [N,H',W',O]. */
export function convolution(input: Tensor, kernel: Tensor, geometry: ConvolutionGeometry): Tensor {
  return emit("convolution", convolutionOp, [input, kernel], geometryOf(geometry));
}

export function convolutionInputGradient(
  cotangent: Tensor,
  kernel: Tensor,
  geometry: ConvolutionGeometry,
  inputShape: readonly number[],
): Tensor {
  return emit("convolutionInputGradient", convolutionInputGradientOp, [cotangent, kernel], {
    ...geometryOf(geometry),
    inputShape,
  });
}

export function convolutionKernelGradient(
  input: Tensor,
  cotangent: Tensor,
  geometry: ConvolutionGeometry,
  kernelShape: readonly number[],
): Tensor {
  return emit("convolutionKernelGradient", convolutionKernelGradientOp, [input, cotangent], {
    ...geometryOf(geometry),
    kernelShape,
  });
}
