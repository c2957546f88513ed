/**
 * @file The options that each family of models takes, checked by one schema each: sizes come from people, and
 * a size that cannot be built is answered in one line rather than by a shape error deep inside.
 */
import { z } from "zod";
import { UserError } from "../units/userError.js";

const count = z.int().min(1);

const vit = z.object({
  image: count,
  patch: count,
  channels: count,
  width: count,
  depth: count,
  mlp: count,
  heads: count,
  classes: count,
  head: z.enum(["hidden", "linear"]),
  pool: z.enum(["gap", "token", "map"]),
  posemb: z.enum(["sincos2d", "learned"]),
});

const resnet = z.object({
  image: count,
  channels: count,
  width: count,
  depth: z.literal(50, "50 is the only depth so far"),
  classes: count,
});

const twoTower = vit.omit({ classes: true, head: true }).extend({ textLength: count, vocabulary: count });

export const familyOptions = { vit, resnet, "two-tower": twoTower } as const;

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
 * @throws UserError for an option that the family does not have, or a value that it cannot take
 */
export function resolveOptions<F extends Family>(
  model: string,
  family: F,
  defaults: OptionValues<F>,
  overrides: ModelOptions,
): OptionValues<F> {
  const schema = familyOptions[family];
  const unknown = Object.keys(overrides).find((name) => !(name in schema.shape));
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
  // Zod's output type is the union over families; `schema` is the one of F.
  return parsed.data as unknown as OptionValues<F>;
}

/** @throws UserError unless `whole` is a multiple of `part` */
export function requireMultiple(whole: number, wholeName: string, part: number, partName: string): void {
  if (whole % part === 0) return;
  const below = Math.floor(whole / part) * part;
  const nearest = below > 0 ? `${below} or ${below + part}` : `${part}`;
  throw new UserError(
    `${optionFlag(wholeName)} ${whole} is not a multiple of ${optionFlag(partName)} ${part}; ${nearest} would be`,
  );
}
