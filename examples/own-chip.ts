/**
 * @file A machine of your own: would twice the memory be worth it? The machine is own-chip.json beside this file, which says what
 * differs from one that there is; the command line takes it, too.
 *
 *     npm install willfit
 *     npx tsx own-chip.ts
 *     npx willfit fit siglip-b16 --batch 4k --on ./own-chip.json
 */
import { fileURLToPath } from "node:url";
import { defineHardware, fit, hardware, loadHardware } from "willfit";

const larger = loadHardware(fileURLToPath(new URL("own-chip.json", import.meta.url)));

// Or without a file. A constant is never without its source.
const faster = defineHardware({
  name: "tpu-v4x4-overclocked",
  base: "tpu-v4x4",
  clockHertz: { value: 1.2e9, source: "what if" },
});

for (const machine of [hardware["tpu-v4x4"]!, larger, faster]) {
  const { memory, time, largestBatch } = fit({
    model: "siglip-b16",
    hardware: machine,
    globalBatch: 4096,
  });
  const step = `${time.stepSeconds.toFixed(2)} s a step`;
  console.log(`${machine.description}: ${memory.verdict}, ${step}, largest batch ${largestBatch}`);
}
