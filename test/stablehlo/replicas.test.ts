/** @file Eight virtual devices in XLA: collectives, replica groups and shares of the batch are right. */
import { beforeAll, describe, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import type { Sharding } from "../../src/program/trace.js";
import { executeInXla } from "../../src/stablehlo/execute.js";
import { contrastiveLosses, type Plan } from "../../src/transforms/plan.js";
import { fullySharded } from "../../src/transforms/sharding.js";
import { compareOutputs, executeInTfjs, syntheticRun } from "../../train/agreement.js";
import { loadBackend } from "../../train/backend.js";
import { type TinyModel, tinyModels, tinyPlan } from "../train/tiny.js";
import { expectAgreement, steps } from "./steps.js";
import { needsXla } from "./xlaHere.js";

const DEVICES = 8;

beforeAll(async () => {
  await loadBackend();
});

function runOf(
  { model, options, optimizer }: TinyModel,
  plan: Partial<Plan>,
  seed: number,
  sharding?: Sharding,
) {
  const whole = { ...tinyPlan, optimizer, globalBatch: DEVICES, ...plan };
  return syntheticRun(buildModel(model, options), whole, seed, sharding);
}

/** Batch normalisation is per device: eight devices see other statistics than one. */
const normalizesBatch = ({ model }: TinyModel) =>
  /^(resnet|se-resnet|resnest|botnet|efficientnet)/.test(model);

/**
 * BiT of eight examples always has a value that rounding carries across a kink (its fast variance loses digits); what
 * it communicates is what all the others do.
 */
const comparable = (tiny: TinyModel) => !normalizesBatch(tiny) && tiny.model !== "bit-r50x1";

const cases: readonly { readonly tiny: TinyModel; readonly plan: Partial<Plan> }[] = [
  ...steps.filter(comparable).map((tiny) => ({ tiny, plan: {} })),
  ...contrastiveLosses.map((loss) => ({ tiny: tinyModels.at(-1)!, plan: { loss, globalBatch: 16 } })),
  { tiny: tinyModels[0]!, plan: { remat: "block" } },
];

describe("eight devices in XLA against one with the whole batch", () => {
  it.for(cases)("$tiny.model $plan", async ({ tiny, plan }, { skip }) => {
    needsXla(skip);
    // Every device is to end up with what the one has.
    const everywhere = <T>([first]: readonly T[]) => Array.from({ length: DEVICES }, () => first!);
    await expectAgreement(async (seed) => {
      const [one, eight] = [runOf(tiny, plan, seed), runOf(tiny, { ...plan, devices: DEVICES }, seed)];
      const [ofOne, ofEight] = await executeInXla([one, eight]);
      return compareOutputs(one.program, everywhere(one.inputs), ofEight!, everywhere(ofOne!));
    });
  });
});

describe("eight devices in XLA that each hold a part against eight in TensorFlow.js", () => {
  const plans: readonly Partial<Plan>[] = [{}, { remat: "block" }, { microbatches: 2 }];
  it.for(plans.flatMap((plan) => [tinyModels[0]!, tinyModels[2]!].map((tiny) => ({ tiny, plan }))))(
    "$tiny.model $plan",
    async ({ tiny, plan }, { skip }) => {
      needsXla(skip);
      await expectAgreement(async (seed) => {
        const changes = { ...plan, devices: DEVICES, globalBatch: 2 * DEVICES, shard: "fsdp" } as const;
        const run = runOf(tiny, changes, seed, fullySharded(DEVICES, 0));
        const [theirs] = await executeInXla([run]);
        return compareOutputs(run.program, run.inputs, executeInTfjs(run), theirs!);
      });
    },
  );
});

describe("eight devices in XLA against eight in TensorFlow.js", () => {
  const pixels = { image: 64, channels: 1, classes: 10 };
  const models: readonly TinyModel[] = [
    { model: "resnet50", options: { ...pixels, width: 4 }, optimizer: "sgd" },
    {
      model: "efficientnet-b0",
      options: { ...pixels, widthPercent: 25, depthPercent: 30 },
      optimizer: "rmsprop",
    },
  ];
  it.for(models)("$model", async (tiny, { skip }) => {
    needsXla(skip);
    await expectAgreement(async (seed) => {
      const run = runOf(tiny, { devices: DEVICES, globalBatch: 8 * DEVICES }, seed);
      const [theirs] = await executeInXla([run]);
      return compareOutputs(run.program, run.inputs, executeInTfjs(run), theirs!);
    });
  });
});
