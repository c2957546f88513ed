/**
 * @file The options that each family of models takes, checked by one schema each: sizes come from people, and
 * a size that cannot be built is answered in one line rather than by a shape error deep inside.
 */
import { z } from "zod";
import { UserError } from "../units/userError.js";

/** A size, as most options are. */
export const count = z.int().min(1);

/**
 * The deepest vision transformers have 48 (ViT-22B, arXiv 2302.05442). Every block is traced, and what the compiler would recompute
 * takes time with the square of them: 5 s and 0.5 GB for so many, 94 s and 3.5 GB for a thousand.
 */
const MOST_BLOCKS = 256;
const blocks = count.max(MOST_BLOCKS, `at most ${MOST_BLOCKS} blocks, which are traced one by one`);

/** In percent of B0's, whose 16 blocks are then 800: as many as are traced in some seconds. */
const MOST_DEPTH_PERCENT = 5000;

const images = z.object({ image: count, channels: count });
const classifier = images.extend({ classes: count });

const transformer = z.object({ patch: count, width: count, depth: blocks, mlp: count, heads: count });
const pooling = z.object({
  pool: z.enum(["gap", "token", "map"]),
  posemb: z.enum(["sincos2d", "learned"]),
});

const vit = classifier
  .extend(transformer.shape)
  .extend(pooling.shape)
  .extend({ head: z.enum(["hidden", "linear"]) });

const twoTower = images
  .extend(transformer.shape)
  .extend(pooling.shape)
  .extend({
    imageTower: z.enum(["trained", "frozen", "precomputed"]),
    textWidth: count,
    textDepth: blocks,
    textMlp: count,
    textHeads: count,
    textLength: count,
    vocabulary: count,
    tokenWidth: count,
  });

const mixer = classifier.extend(transformer.omit({ heads: true }).shape).extend({ tokenMlp: count });

const depths = [50, 59, 77, 101, 110, 128, 152, 200] as const;
const residual = classifier.extend({
  width: count,
  depth: z.literal(depths, `the depth is one of ${depths.join(", ")}`),
});
const squeeze = z.object({ squeezeExcite: z.int().min(0) });

const resnet = residual.extend(squeeze.shape);

const attention = z.object({ heads: count });

const botnet = residual.extend(squeeze.shape).extend({
  ...attention.shape,
  nonlinearity: z.enum(["relu", "swish"]),
  lastStride: z.literal([1, 2], "the stride of the last stage is 1 or 2"),
});

const resnest = residual.extend({ stemWidth: count });

const efficientnet = classifier.extend({
  widthPercent: count,
  depthPercent: count.max(
    MOST_DEPTH_PERCENT,
    `at most ${MOST_DEPTH_PERCENT} percent of B0's blocks, which are traced one by one`,
  ),
});

const maskRcnn = residual.extend({
  ...attention.shape,
  backbone: z.enum(["resnet", "botnet"]),
  rois: z.int().min(4, "a quarter of the regions are for masks: 4 at least"),
  objects: count,
});

export const familyOptions = {
  vit,
  "two-tower": twoTower,
  mixer,
  resnet,
  bit: residual,
  resnest,
  botnet,
  efficientnet,
  "mask-rcnn": maskRcnn,
} as const;

export type Family = keyof typeof familyOptions;
export type OptionValues<F extends Family> = Readonly<z.infer<(typeof familyOptions)[F]>>;

/** Options as a person gives them: any subset, of any family. */
export type ModelOptions = Readonly<Partial<Record<string, number | string>>>;

/** `textLength` as it is typed: `--text-length`. */
export function optionFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The defaults of a model with `overrides` put over them.
 *
 * @param schema of its options
 * @throws UserError for an option that it does not have, or a value that it cannot take
 */
export function resolveOptions(
  model: string,
  schema: z.ZodObject,
  defaults: Readonly<Record<string, number | string>>,
  overrides: ModelOptions,
): Readonly<Record<string, number | string>> {
  const unknown = Object.keys(overrides).find((name) => !Object.hasOwn(schema.shape, name));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).map(optionFlag).join(", ");
    throw new UserError(`${model} has no option ${optionFlag(unknown)}; it has ${known}`);
  }
  const parsed = schema.safeParse({ ...defaults, ...overrides });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0] ?? "");
    throw new UserError(
      `${optionFlag(name)} ${String(overrides[name])}: ${issue?.message ?? "not a valid value"}`,
    );
  }
  return parsed.data as Readonly<Record<string, number | string>>;
}

/** @throws UserError unless `whole` is a multiple of `part`, which is an option too when it has a name */
export function requireMultiple(whole: number, wholeName: string, part: number, partName?: string): void {
  if (whole % part === 0) return;
  const below = Math.floor(whole / part) * part;
  const nearest = below > 0 ? `${below} or ${below + part}` : `${part}`;
  const divisor = partName === undefined ? part : `${optionFlag(partName)} ${part}`;
  throw new UserError(
    `${optionFlag(wholeName)} ${whole} is not a multiple of ${divisor}; ${nearest} would be`,
  );
}
