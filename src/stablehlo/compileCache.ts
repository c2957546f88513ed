/**
 * @file Compilations that have been made before, kept on disk: a compile takes minutes, and what it says depends on
 * nothing but the module, the target, the compiler's version and the script that asks it.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import { packagePath } from "../packagePath.js";
import { UserError } from "../units/userError.js";
import { writeWhole, writing } from "../writeWhole.js";
import {
  type Compilation,
  type CompileTarget,
  compilationSchema,
  compileAhead,
  SCRIPT,
  type XlaOptions,
  xlaVersions,
} from "./xla.js";

const cacheFolder = () => join(envPaths("willfit", { suffix: "" }).cache, "compilations");

function contentHash(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths keep the boundary between two parts from moving.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

function read(path: string): Compilation | undefined {
  try {
    return compilationSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Not there, or not one of ours: it is made anew.
    return undefined;
  }
}

export interface CachedOptions extends XlaOptions {
  /** Told why a compilation is not kept, where it cannot be. */
  readonly onNotKept?: (why: string) => void;
}

/** `compileAhead`, once for each module, target and compiler. @throws UserError when Python, JAX or libtpu is missing */
export async function compileCached(
  module: string,
  target: CompileTarget,
  options: CachedOptions = {},
): Promise<Compilation> {
  const versions = await xlaVersions("tpu", options);
  const script = readFileSync(packagePath(SCRIPT), "utf8");
  const key = contentHash(module, JSON.stringify(target), JSON.stringify(versions), script);
  const path = join(cacheFolder(), `${key}.json`);
  const known = read(path);
  if (known) return known;
  const compilation = await compileAhead(module, target, options);
  try {
    writing(cacheFolder(), () => mkdirSync(cacheFolder(), { recursive: true }));
    writeWhole(path, JSON.stringify(compilation));
  } catch (error) {
    // The answer is there all the same.
    if (!(error instanceof UserError)) throw error;
    options.onNotKept?.(error.message);
  }
  return compilation;
}
