/**
 * @file The TPU compiler's own figures for whole training steps, compiled ahead of time: what predictions are held
 * against. The rows lie in `test/reference/`, in the repository and not in the package.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { packagePath } from "../../src/packagePath.js";
import { type Plan, planSchema } from "../../src/transforms/plan.js";
import { UserError } from "../../src/units/userError.js";
import type { Verdict } from "../prediction.js";
import type { ProductCycles } from "../products.js";
import type { Query } from "../query.js";

export interface CompiledStep {
  readonly query: Query;
  /** The options of the query, as the command line takes them. */
  readonly options: string;
  readonly verdict: Verdict;
  /** For a step that was refused, what the compiler says that it would need. */
  readonly peakBytes: number;
  readonly flops: number | null;
  /** Without the collectives, for which there is no estimate. */
  readonly cycles: number | null;
  /** Instructions that the compiler added to save memory. */
  readonly recomputed: number;
  /** Whether its instructions were looked at while the simulator was written. */
  readonly tuned: boolean;
  /** Where the program comes from: JAX, written independently of willfit, or willfit's own export. */
  readonly source: "jax" | "willfit";
}

function readReference(name: string): string {
  try {
    return readFileSync(packagePath(`test/reference/${name}`), "utf8");
  } catch {
    throw new UserError(
      `test/reference/${name} is missing: the reference is in the repository, not in the package`,
    );
  }
}

const camelCase = (flag: string) => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `--optimizer adamw --text-length 16` as a query's plan and model options. */
export function parseOptions(options: string): Pick<Query, "plan" | "modelOptions"> {
  const given = [...options.matchAll(/--(\S+) (\S+)/g)].map(([, flag, value]) => {
    return [camelCase(flag!), /^\d+$/.test(value!) ? Number(value) : value!] as const;
  });
  const isPlan = ([key]: readonly [string, unknown]) => key in planSchema.shape;
  return {
    plan: Object.fromEntries(given.filter(isPlan)) as Partial<Plan>,
    modelOptions: Object.fromEntries(given.filter((option) => !isPlan(option))),
  };
}

/**
 * Steps of test/reference/xla-steps.csv whose instruction tables or recomputation logs were read while the fuse, layout
 * and rematerialisation passes were written; of the EfficientNets, by how much they were off.
 */
const tunedSteps: ReadonlySet<string> = new Set([
  "resnet50 tpu-v3-8 1024",
  "resnet50 tpu-v3-8 8192",
  "resnet50 tpu-v3-8 9216",
  "siglip-b16 tpu-v4x4 1024",
  "siglip-b16 tpu-v4x4 4096 none",
  "lit-g14 tpu-v4x4 20480",
  "efficientnet-b0 tpu-v3-8 2048",
  "efficientnet-b3 tpu-v3-8 256",
  "efficientnet-b4 tpu-v3-8 256",
  "efficientnet-b7 tpu-v3-8 512",
]);

function isTuned(model: string, hardware: string, batch: string, options: string): boolean {
  const name = `${model} ${hardware} ${batch}`;
  return tunedSteps.has(name) || tunedSteps.has(`${name} ${/--remat (\w+)/.exec(options)?.[1]}`);
}

/** Steps that someone else wrote in JAX and compiled (test/reference/xla-steps.csv): other programs of the same networks. */
export function jaxSteps(): readonly CompiledStep[] {
  const [, ...lines] = readReference("xla-steps.csv").trim().split("\n");
  return lines
    .map((line) => line.split(","))
    .filter(([model]) => model !== "")
    .map(([model, options, hardware, , batch, , fits, peak, , , needed, recomputed, flops, , cycles]) => ({
      query: { model: model!, hardware: hardware!, globalBatch: Number(batch), ...parseOptions(options!) },
      options: options!,
      verdict: fits === "0" ? "does-not-fit" : Number(recomputed) > 0 ? "fits-with-recompute" : "fits",
      peakBytes: Number(fits === "1" ? peak : needed),
      flops: flops ? Number(flops) : null,
      cycles: cycles ? Number(cycles) : null,
      recomputed: Number(recomputed || 0),
      tuned: isTuned(model!, hardware!, batch!, options!),
      source: "jax",
    }));
}

/** Kinds of products by the step they are of: model, options, hardware and batch, joined by commas. */
export function compiledProducts(): ReadonlyMap<string, readonly ProductCycles[]> {
  const [, ...lines] = readReference("xla-products.csv").trim().split("\n");
  const steps = new Map<string, ProductCycles[]>();
  for (const line of lines) {
    const cells = line.split(",");
    const [name, elements, count, cycles] = cells.slice(4);
    const step = cells.slice(0, 4).join();
    const products = steps.get(step) ?? [];
    steps.set(step, products);
    products.push({
      name: name!,
      elements: Number(elements),
      count: Number(count),
      cycles: Number(cycles),
    });
  }
  return steps;
}

const exportedSchema = z.object({
  /** Versions of what compiled them. */
  compiler: z.record(z.string(), z.string()),
  compiled: z.string(),
  steps: z.array(
    z.object({
      model: z.string(),
      options: z.string(),
      hardware: z.string(),
      globalBatch: z.int(),
      verdict: z.enum(["fits", "fits-with-recompute", "does-not-fit"]),
      peakBytes: z.number(),
      flops: z.number().nullable(),
      cycles: z.number().nullable(),
      recomputed: z.int(),
      tuned: z.boolean(),
    }),
  ),
  /** Found by bisecting the compiler: the largest batch seen to be so, and the smallest seen not to be. */
  limits: z.array(
    z.object({
      model: z.string(),
      options: z.string(),
      hardware: z.string(),
      kind: z.enum(["without recomputation", "with recomputation"]),
      isSo: z.int(),
      isNot: z.int(),
    }),
  ),
});

export type Exported = Readonly<z.infer<typeof exportedSchema>>;
export type CompilerLimit = Exported["limits"][number];

/** What the compiler said of willfit's own exported programs (test/reference/xla-memory.json). */
export function exportedReference(): Exported {
  return exportedSchema.parse(JSON.parse(readReference("xla-memory.json")));
}

/** The steps of `exportedReference`. */
export function exportedSteps({ steps }: Exported = exportedReference()): readonly CompiledStep[] {
  return steps.map(({ model, options, hardware, globalBatch, ...figures }) => ({
    query: { model, hardware, globalBatch, ...parseOptions(options) },
    options,
    ...figures,
    source: "willfit",
  }));
}

const ranSchema = z.array(
  z.object({
    how: z.string(),
    with: z.record(z.string(), z.string()),
    measured: z.string(),
    steps: z.array(
      z.object({
        model: z.string(),
        hardware: z.string(),
        globalBatch: z.int(),
        stepSeconds: z.number(),
        peakBytes: z.number(),
        /** Whether constants of the machine's profile were fitted to its time; its memory never was. */
        role: z.enum(["fitted", "validation"]),
      }),
    ),
  }),
);

export type RanSteps = Readonly<z.infer<typeof ranSchema>>[number];

/** Steps of willfit's exported programs that were run on machines (test/reference/gpu-steps.json), on one device, by machine. */
export function ranSteps(): readonly RanSteps[] {
  return ranSchema.parse(JSON.parse(readReference("gpu-steps.json")));
}
