/** @file Columns of what was asked: the options of plan and model. */
import type { ModelOptions } from "../models/options.js";
import { type Plan, planSchema } from "../transforms/plan.js";
import type { Field } from "./fields.js";

/** A column of the batch is everywhere, and one of the devices says more than the plan's: all of the machine's. */
type Shown = Exclude<keyof Plan, "globalBatch" | "devices">;

const shown = Object.keys(planSchema.shape).filter(
  (name) => name !== "globalBatch" && name !== "devices",
) as readonly Shown[];

/** Shorter where the option's own name is wider than its values. */
const headings: Readonly<Partial<Record<Shown, string>>> = {
  momentumDtype: "momentum",
  batchNorm: "batch norm",
  microbatches: "parts",
};

/** A column for each option of the plan. */
export function planFields<Row extends { readonly plan: Plan }>(rows: readonly Row[]): readonly Field<Row>[] {
  return shown.map((name) => ({
    name,
    heading: headings[name] ?? name,
    isText: typeof rows[0]?.plan[name] === "string",
    ifVaried: true,
    value: ({ plan }) => plan[name],
  }));
}

/** A column for each option of a model that one of the rows was given. */
export function modelOptionFields<Row extends { readonly modelOptions: ModelOptions }>(
  rows: readonly Row[],
): readonly Field<Row>[] {
  const names = [...new Set(rows.flatMap(({ modelOptions }) => Object.keys(modelOptions)))];
  return names.map((name) => ({
    name,
    heading: name,
    ifVaried: true,
    value: ({ modelOptions }) => modelOptions[name],
  }));
}
