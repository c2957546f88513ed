/**
 * @file What a line of the zoo is: a family of models, its options as this one has them, and how it is built.
 */

import { UserError } from "../units/userError.js";
import type { Model } from "./model.js";
import {
  type Family,
  familyOptions,
  type ModelOptions,
  type OptionValues,
  requireMultiple,
  resolveOptions,
} from "./options.js";

/** A model of the zoo. */
export interface ZooEntry {
  /** Which options it has. */
  readonly family: Family;
  /** The family in a few words. */
  readonly description: string;
  /** Where it was published. */
  readonly paper: string;
  /** @throws UserError when an option is unknown or cannot be built */
  readonly build: (name: string, overrides: ModelOptions) => Model;
}

export interface EntrySpecification<F extends Family> {
  readonly family: F;
  readonly description: string;
  readonly paper: string;
  readonly defaults: OptionValues<F>;
  /** Puts in the options that follow others unless they are given themselves. */
  readonly complete?: (overrides: ModelOptions) => ModelOptions;
  /** @throws UserError when options do not go together */
  readonly check?: (options: OptionValues<F>) => void;
  readonly build: (name: string, options: OptionValues<F>) => Model;
}

export function zooEntry<F extends Family>(entry: EntrySpecification<F>): ZooEntry {
  const { family, description, paper, defaults, complete = (overrides) => overrides, check, build } = entry;
  return {
    family,
    description,
    paper,
    build: (name, overrides) => {
      const resolved = resolveOptions(name, familyOptions[family], defaults, complete(overrides));
      const options = resolved as OptionValues<F>;
      check?.(options);
      return build(name, options);
    },
  };
}

/** Makes `follower` a multiple of `leader` where only the leader is given. */
export function following(
  overrides: ModelOptions,
  leader: string,
  follower: string,
  factor = 1,
): ModelOptions {
  const value = overrides[leader];
  return typeof value === "number" && overrides[follower] === undefined
    ? { ...overrides, [follower]: Math.max(1, Math.floor(value * factor)) }
    : overrides;
}

/** @throws UserError unless a ViT of these sizes can be built */
export function checkTransformer(options: {
  readonly image: number;
  readonly patch: number;
  readonly width: number;
  readonly heads: number;
  readonly posemb: string;
}): void {
  requireMultiple(options.image, "image", options.patch, "patch");
  requireMultiple(options.width, "width", options.heads, "heads");
  if (options.posemb === "sincos2d" && options.width % 4 !== 0) {
    throw new UserError(`--width ${options.width}: sincos2d positions need a multiple of 4`);
  }
}
