/**
 * @file A sweep, as in a notebook: every combination of some models, machines and batches, as a table; and the cheapest way to see
 * the examples of a run.
 *
 *     npm install willfit
 *     npx tsx sweep.ts
 */
import { availableParallelism } from "node:os";
import { hardware, onThreads, sweep } from "willfit";

const EXAMPLES = 90 * 1_281_167; // 90 epochs of ImageNet

const { rows, leftOut } = await sweep(
  {
    models: ["vit-s16", "resnet50"],
    modelOptions: [{}],
    hardware: ["tpu-v3-8", "tpu-v4x4"],
    plans: [{}, { remat: "block" }],
    batches: [512, 1024, 2048, 4096],
  },
  { run: onThreads(availableParallelism()) },
);

const table = rows
  .filter(({ memory }) => memory.verdict !== "does-not-fit")
  .map(({ model, hardware: name, globalBatch, plan, memory, time, pareto }) => {
    const machine = hardware[name]!;
    const price = machine.kind === "host" ? undefined : machine.price;
    const chips = machine.kind === "host" ? 1 : machine.devices / machine.devicesPerChip.value;
    const hours = EXAMPLES / time.examplesPerSecond / 3600;
    return {
      model,
      hardware: name,
      batch: globalBatch,
      remat: plan.remat,
      GiB: Number((memory.peakBytes / 2 ** 30).toFixed(1)),
      hours: Number(hours.toFixed(1)),
      dollars: price && Math.round(hours * chips * price.dollarsPerChipHour),
      pareto,
    };
  });
console.table(table);
console.log(`${rows.length} predicted, ${leftOut.count} left out`);

for (const model of new Set(table.map((row) => row.model))) {
  const [best] = table
    .filter((row) => row.model === model && row.dollars !== undefined)
    .sort((a, b) => a.dollars! - b.dollars!);
  if (best) console.log(`${model}: $${best.dollars} in ${best.hours} h on ${best.hardware} at ${best.batch}`);
}
