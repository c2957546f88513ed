/**
 * @file What commands print with `--json`, as a schema: sizes are whole, times are above nothing, and what belongs together agrees.
 * A figure that is no number has become null in JSON, which nothing here takes for one.
 */
import { z } from "zod";
import { planSchema } from "../../src/transforms/plan.js";

/** Bytes and counts: beyond 2^53 they would not be exact. */
const whole = z.int().min(0);
const positive = z.number().positive();
const share = z.number().min(0);

/** The parts add up to the whole, but for rounding. */
const addsUp = (parts: readonly number[], sum: number) =>
  Math.abs(parts.reduce((total, part) => total + part, 0) - sum) <= 1e-6 * sum;

const verdictSchema = z.enum(["fits", "fits-with-recompute", "does-not-fit"]);

const memorySchema = z
  .strictObject({
    verdict: verdictSchema,
    peakBytes: whole.min(1),
    capacityBytes: whole.min(1),
    argumentBytes: whole.min(1),
    tempBytes: whole,
    parts: z.array(z.strictObject({ name: z.string().min(1), bytes: whole.min(1) })).min(1),
  })
  .refine(
    ({ verdict, peakBytes, capacityBytes }) => (verdict === "does-not-fit") === peakBytes > capacityBytes,
    {
      error: "the verdict is not what the peak and the capacity say",
    },
  )
  .refine(
    ({ peakBytes, parts }) =>
      addsUp(
        parts.map(({ bytes }) => bytes),
        peakBytes,
      ),
    {
      error: "the parts are not the peak",
    },
  );

const timeSchema = z
  .strictObject({
    stepSeconds: positive,
    examplesPerSecond: positive,
    modelFlopsUtilization: positive.max(1),
    parts: z.array(z.strictObject({ name: z.string().min(1), seconds: share })).min(1),
  })
  .refine(
    ({ stepSeconds, parts }) =>
      addsUp(
        parts.map(({ seconds }) => seconds),
        stepSeconds,
      ),
    {
      error: "the parts are not the step",
    },
  );

const errorSchema = z.strictObject({ errorPercent: share.nullable(), basis: z.string().min(1) });

const runSchema = z.strictObject({
  recipe: z.string(),
  steps: whole,
  hours: share,
  chipHours: share,
  dollars: share.exactOptional(),
  parts: z.array(z.strictObject({ name: z.string(), seconds: positive })),
  isAsPublished: z.boolean(),
  published: z.looseObject({ source: z.string() }),
});

const predictionShape = {
  model: z.string(),
  hardware: z.string(),
  devices: whole.min(1),
  globalBatch: whole.min(1),
  batchPerDevice: whole.min(1),
  plan: planSchema,
  params: whole.min(1),
  flopsPerStep: positive,
  modelFlopsPerExample: positive,
  memory: memorySchema,
  time: timeSchema,
  confidence: z.strictObject({ memory: errorSchema, time: errorSchema }),
  run: runSchema.exactOptional(),
};

/** `willfit predict --json` */
export const predictionSchema = z
  .strictObject(predictionShape)
  .refine(({ globalBatch, devices, batchPerDevice }) => globalBatch === devices * batchPerDevice, {
    error: "the devices' shares are not the batch",
  });

const suggestionSchema = z.strictObject({
  change: z.string().min(1),
  flags: z.string().startsWith("--"),
  plan: planSchema.omit({ globalBatch: true }).exactPartial(),
  peakBytes: whole.min(1),
  stepSeconds: positive,
  fits: z.boolean(),
});

/** `willfit fit --json` */
export const fitSchema = z
  .strictObject({
    ...predictionShape,
    fits: z.boolean(),
    largestBatch: whole,
    largestBatchWithoutRecompute: whole,
    suggestions: z.array(suggestionSchema),
    chips: z.array(z.strictObject({ hardware: z.string(), devices: whole.min(1), chips: positive })),
  })
  .refine(({ fits, memory }) => fits === (memory.verdict !== "does-not-fit"), {
    error: "fits is not the verdict",
  })
  .refine((answer) => answer.largestBatch >= answer.largestBatchWithoutRecompute, {
    error: "recomputing makes the largest batch smaller",
  });

/** `willfit sweep --json` */
export const sweepSchema = z
  .array(
    z.strictObject({
      ...predictionShape,
      modelOptions: z.record(z.string(), z.union([z.string(), z.number()])),
      pareto: z.boolean(),
    }),
  )
  .min(1);

const setupSchema = z.strictObject({
  rung: z.string(),
  devices: whole.min(1),
  chips: positive,
  prediction: predictionSchema,
  runSeconds: positive.exactOptional(),
});

/** `willfit batches --json` */
export const batchesSchema = z.strictObject({
  model: z.string(),
  modelOptions: z.record(z.string(), z.union([z.string(), z.number()])),
  examples: positive.nullable(),
  rows: z
    .array(
      z.strictObject({
        hardware: z.string(),
        loss: z.string().nullable(),
        globalBatch: whole.min(1),
        lossBytes: whole,
        fitsSlice: z.boolean(),
        setup: setupSchema.nullable(),
        accuracyPercent: positive.max(100).nullable(),
      }),
    )
    .min(1),
});

/** `willfit compare --json` */
export const comparisonSchema = z.strictObject({
  hardware: z.string(),
  globalBatch: whole.min(1),
  models: z
    .array(
      z.strictObject({
        model: z.string(),
        modelOptions: z.record(z.string(), z.union([z.string(), z.number()])),
        params: whole.min(1),
        modelFlopsPerExample: positive,
        atEqualBatch: predictionSchema,
        largestBatch: whole,
        largestBatchWithoutRecompute: whole,
        atLargestBatch: predictionSchema.nullable(),
      }),
    )
    .min(1),
});
