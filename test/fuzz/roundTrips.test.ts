/** @file What `--json` and `--csv` print comes back the same: asked again with it, in other commands, and parsed. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hardwareNames } from "../../sim/hardware.js";
import type { FitAnswer, Prediction } from "../../sim/prediction.js";
import type { Query } from "../../sim/query.js";
import type { SweepRow } from "../../sim/sweep.js";
import { optionFlag } from "../../src/models/options.js";
import { recipes } from "../../src/recipes/recipes.js";
import { willfit } from "../cli/capture.js";
import { smallQueries } from "../sim/smallQueries.js";
import { cases } from "./cases.js";
import { fitSchema, predictionSchema, sweepSchema } from "./contract.js";

type Options = Readonly<Record<string, unknown>>;

const optionWords = (options: Options) =>
  Object.entries(options).flatMap(([name, value]) => [optionFlag(name), String(value)]);

/** A question as it is typed. */
const words = ({ model, modelOptions, hardware, globalBatch, plan }: Query) => [
  model,
  ...optionWords({ ...modelOptions, on: hardware, batch: globalBatch, ...plan }),
];

/** What a command prints with `--json`. */
async function answer<T>(command: string, question: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await willfit([command, ...question, "--json"]);
  expect(stderr).toBe("");
  const found = JSON.parse(stdout) as T & { readonly fits?: boolean };
  expect(status).toBe(found.fits === false ? 1 : 0);
  return found;
}

/** The question that an answer says it is of. */
function sameQuestion(
  { model, hardware, globalBatch, plan }: Prediction,
  modelOptions: Query["modelOptions"],
) {
  const { globalBatch: ofPlan, ...rest } = plan;
  expect(ofPlan).toBe(globalBatch);
  return words({ model, modelOptions, hardware, globalBatch, plan: rest });
}

/** Every machine, the host's own plan being one device. */
const queries = fc
  .tuple(smallQueries, fc.constantFrom(...hardwareNames()))
  .map(([query, hardware]): Query => {
    const isHost = hardware === "host";
    return { ...query, hardware, plan: isHost ? { ...query.plan, devices: 1, shard: "none" } : query.plan };
  });

describe("--json and --csv", () => {
  it("a prediction's plan, asked again, gives the same prediction", async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const first = await answer<Prediction>("predict", words(query));
        expect(predictionSchema.safeParse(first).error?.message).toBeUndefined();
        expect(await answer("predict", sameQuestion(first, query.modelOptions))).toEqual(first);
      }),
      cases(12, 0.006),
    );
  });

  it("a fit is the prediction; its largest batch fits, and its suggestions take what they say", async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const found = await answer<FitAnswer>("fit", words(query));
        expect(fitSchema.safeParse(found).error?.message).toBeUndefined();
        const {
          fits: _,
          largestBatch,
          largestBatchWithoutRecompute,
          suggestions,
          chips,
          ...prediction
        } = found;
        expect(await answer("predict", words(query))).toEqual(prediction);
        for (const { plan, flags, peakBytes, stepSeconds, fits } of suggestions) {
          const changed = { ...query, plan: { ...query.plan, ...plan } };
          const { memory, time } = await answer<Prediction>("predict", words(changed));
          expect([memory.peakBytes, time.stepSeconds]).toEqual([peakBytes, stepSeconds]);
          expect(memory.verdict !== "does-not-fit").toBe(fits);
          // As it is typed, too.
          const typed = await answer<Prediction>("predict", [...words(query), ...flags.split(" ")]);
          expect(typed.memory.peakBytes).toBe(peakBytes);
        }
        for (const { hardware, devices } of chips) {
          const there = { ...query, hardware, plan: { ...query.plan, devices } };
          expect((await answer<Prediction>("predict", words(there))).memory.verdict).not.toBe("does-not-fit");
        }
        for (const [batch, verdicts] of [
          [largestBatch, ["fits", "fits-with-recompute"]],
          [largestBatchWithoutRecompute, ["fits"]],
        ] as const) {
          if (batch === 0) continue;
          const { memory } = await answer<Prediction>("predict", words({ ...query, globalBatch: batch }));
          expect(verdicts).toContain(memory.verdict);
        }
      }),
      cases(3, 0.001),
    );
  });

  it("rows of a sweep are predictions, and its CSV has the same figures", async () => {
    await fc.assert(
      fc.asyncProperty(queries, fc.constantFrom("none,block", "block"), async (query, remats) => {
        const { remat: _, ...plan } = query.plan;
        const asked = [...words({ ...query, plan }), "--remat", remats, "--threads", "1"];
        const rows = await answer<readonly SweepRow[]>("sweep", asked);
        expect(sweepSchema.safeParse(rows).error?.message).toBeUndefined();
        for (const { modelOptions, pareto: _pareto, ...row } of rows)
          expect(await answer("predict", sameQuestion(row, modelOptions))).toEqual(row);
        const { stdout } = await willfit(["sweep", ...asked, "--csv"]);
        const records = parse(stdout, { columns: true }) as readonly Readonly<Record<string, string>>[];
        const figures = rows.map(({ memory, time, devices, plan: of }) => ({
          peakBytes: String(memory.peakBytes),
          stepSeconds: String(time.stepSeconds),
          devices: String(devices),
          remat: of.remat,
        }));
        expect(records).toMatchObject(figures);
      }),
      cases(5, 0.003),
    );
  });

  it.each(recipes.map(({ name }) => name))("--recipe %s", async (name) => {
    const found = await answer<Prediction>("predict", ["--recipe", name]);
    expect(predictionSchema.safeParse(found).error?.message).toBeUndefined();
    expect(found.run?.recipe).toBe(name);
    const { modelOptions } = recipes.find((recipe) => recipe.name === name)!;
    const { run: _, ...prediction } = found;
    expect(await answer("predict", sameQuestion(found, modelOptions))).toEqual(prediction);
  });
});
