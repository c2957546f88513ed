/**
 * @file How many multiply-adds tfjs was really asked for: counted from the shapes of the tensors that its kernels for matrix
 * products and convolutions get while something runs, without a look at any program.
 */
import * as tf from "@tensorflow/tfjs-core";

type Shape = readonly number[];
/** Shapes of a kernel's operands, by their names in tfjs, and that of its result. */
type Count = (operands: Readonly<Record<string, Shape>>, result: Shape) => number;

const size = (shape: Shape) => shape.reduce((product, side) => product * side, 1);

/** Every element of `a` meets each column of the result, whichever of the two are transposed. */
const product: Count = ({ a }, result) => size(a!) * result.at(-1)!;

/** For each element of the output (or of its cotangent) the window of one feature, of a kernel [k,k,channels,features]. */
const windows = (output: Shape, kernel: Shape) => (size(output) * size(kernel)) / kernel[3]!;
/** The same for a kernel [k,k,channels,1]. */
const channelWindows = (output: Shape, kernel: Shape) => size(output) * kernel[0]! * kernel[1]!;

/** Multiply-adds of tfjs's kernels, positions in the padding included. */
const counts: Readonly<Record<string, Count>> = {
  [tf.BatchMatMul]: product,
  [tf._FusedMatMul]: product,
  [tf.Conv2D]: ({ filter }, result) => windows(result, filter!),
  [tf.Conv2DBackpropInput]: ({ dy, filter }) => windows(dy!, filter!),
  [tf.Conv2DBackpropFilter]: ({ dy }, result) => windows(dy!, result),
  [tf.DepthwiseConv2dNative]: ({ filter }, result) => channelWindows(result, filter!),
  [tf.DepthwiseConv2dNativeBackpropInput]: ({ dy, filter }) => channelWindows(dy!, filter!),
  [tf.DepthwiseConv2dNativeBackpropFilter]: ({ dy }, result) => channelWindows(dy!, result),
};

/**
 * Counts while `work` runs. What a backend computes by other kernels than these is not seen: where it has none for the
 * gradient of a depthwise convolution, the executor multiplies and adds up element by element.
 *
 * @param work is given a function that tells how many there were so far
 */
export function countMultiplyAdds(work: (soFar: () => number) => void): void {
  const engine = tf.engine();
  const { runKernel } = engine;
  let total = 0;
  const counting: typeof runKernel = (name, inputs, attributes) => {
    const output = runKernel.call(engine, name, inputs, attributes);
    const count = counts[name];
    if (count && !Array.isArray(output)) {
      const shapes = Object.entries(inputs).map(([key, tensor]) => [key, tensor?.shape ?? []] as const);
      total += count(Object.fromEntries(shapes), output.shape);
    }
    return output as never;
  };
  // tfjs's own operations call it on the engine: a property of the engine's own hides the method until it is deleted.
  Object.assign(engine, { runKernel: counting });
  try {
    work(() => total);
  } finally {
    Reflect.deleteProperty(engine, "runKernel");
  }
}
