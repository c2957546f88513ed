/**
 * @file A model of your own, ConvMixer-1536/20 (arXiv 2201.09792): what does it take on a TPU, and which batch fits?
 *
 *     npm install willfit
 *     npx tsx own-model.ts
 */
import { defineModel, fit, layers, ops, type Tensor } from "willfit";

const convMixer = defineModel({
  name: "convmixer-1536-20",
  options: { image: 224, channels: 3, classes: 1000, width: 1536, depth: 20, kernel: 9, patch: 7 },
  logits: (images, { classes, width, depth, kernel, patch }, mode) => {
    const { trace } = images;
    const activated = (x: Tensor) => trace.scoped("norm", () => layers.batchNorm(layers.gelu(x), mode));
    let x = trace.scoped("stem", () => {
      const pixels = ops.convert(images, mode.activations);
      return activated(layers.biasedConv(pixels, width, patch, { stride: patch, padding: "same" }));
    });
    for (let index = 0; index < depth; index++) {
      x = trace.scoped(`block${index}`, () => {
        const mixed = trace.scoped("depthwise", () =>
          ops.add(x, activated(layers.biasedConv(x, width, kernel, { groups: width }))),
        );
        return trace.scoped("pointwise", () => activated(layers.biasedConv(mixed, width, 1)));
      });
    }
    return layers.poolingHead(x, classes);
  },
});

const answer = fit({ model: convMixer, hardware: "tpu-v3-8", globalBatch: 2048 });

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const { memory, time, confidence } = answer;
console.log(`${answer.model}: ${(answer.params / 1e6).toFixed(2)} M parameters`);
console.log(
  `${answer.globalBatch} on ${answer.hardware}: ${memory.verdict}, ${gib(memory.peakBytes)} a device`,
);
console.log(
  `${(1000 * time.stepSeconds).toFixed(0)} ms a step ± ${confidence.time.errorPercent} % (${confidence.time.basis})`,
);
console.log(`the largest batch that fits: ${answer.largestBatch}`);
for (const { change, stepSeconds } of answer.suggestions)
  console.log(`  ${change}: ${(1000 * stepSeconds).toFixed(0)} ms a step`);
