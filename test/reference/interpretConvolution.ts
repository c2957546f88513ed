/** @file Convolution and its two gradients, for the interpreter: one sum over everything that meets, three ways. */
import type { Operation } from "../../src/program/types.js";
import { elementCount } from "../../src/program/types.js";
import { at, position, type Values } from "./interpreter.js";

type Index = readonly [number, number, number, number];

/** Calls `meet` for every input element, kernel element and output element that belong together. */
function forEachMeeting(
  input: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
  { strides, padding, groups }: Operation<"convolution">["attributes"],
  meet: (input: Index, kernel: Index, output: Index) => void,
): void {
  const [batch, rows, columns, features] = output as Index;
  const [kh, kw, groupChannels] = kernel as Index;
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        for (let f = 0; f < features; f++) {
          const group = Math.floor(f / (features / groups));
          for (let a = 0; a < kh; a++) {
            for (let b = 0; b < kw; b++) {
              const h = i * strides[0] + a - padding[0][0];
              const w = j * strides[1] + b - padding[1][0];
              if (h < 0 || w < 0 || h >= input[1]! || w >= input[2]!) continue;
              for (let c = 0; c < groupChannels; c++) {
                meet([n, h, w, group * groupChannels + c], [a, b, c, f], [n, i, j, f]);
              }
            }
          }
        }
      }
    }
  }
}

export function interpretConvolution(
  operation: Operation<"convolution" | "convolutionInputGradient" | "convolutionKernelGradient">,
  x: Values,
  y: Values,
): Values {
  const sumInto = (shape: readonly number[]) => ({ shape, data: new Float64Array(elementCount(shape)) });
  const book = ({ shape, data }: Values, index: Index, value: number) => {
    data[position(shape, index)]! += value;
  };
  if (operation.name === "convolutionInputGradient") {
    const result = sumInto(operation.attributes.inputShape);
    forEachMeeting(result.shape, y.shape, x.shape, operation.attributes, (i, k, o) => {
      book(result, i, at(x, o) * at(y, k));
    });
    return result;
  }
  if (operation.name === "convolutionKernelGradient") {
    const result = sumInto(operation.attributes.kernelShape);
    forEachMeeting(x.shape, result.shape, y.shape, operation.attributes, (i, k, o) => {
      book(result, k, at(x, i) * at(y, o));
    });
    return result;
  }
  const { strides, padding } = operation.attributes;
  const spatial = (axis: 0 | 1) =>
    Math.floor((x.shape[axis + 1]! + padding[axis][0] + padding[axis][1] - y.shape[axis]!) / strides[axis]) +
    1;
  const result = sumInto([x.shape[0]!, spatial(0), spatial(1), y.shape[3]!]);
  forEachMeeting(x.shape, y.shape, result.shape, operation.attributes, (i, k, o) => {
    book(result, o, at(x, i) * at(y, k));
  });
  return result;
}
