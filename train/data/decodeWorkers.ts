/**
 * @file Decoding on worker threads, so that training and decoding go on at the same time.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/units/userError.js";
import { checkLibraries } from "../sharedLibraries.js";
import type { Decoded, DecodeTask } from "./decode.js";

export interface Decoder {
  readonly decode: (task: DecodeTask) => Promise<Decoded>;
  /** Ends the threads; the process does not end before. */
  readonly close: () => Promise<void>;
}

/** Workers run JavaScript: there is none beside the sources, only beside the compiled form of this file. */
const compiled = fileURLToPath(new URL("./decode.js", import.meta.url));

/** The folder of the packages with sharp's libraries, beside its own; its module is two folders down in that. */
const sharpLibraries = () => join(createRequire(import.meta.url).resolve("sharp"), "../../..", "@img");

type DecodeModule = typeof import("./decode.js");

async function load(): Promise<DecodeModule> {
  try {
    checkLibraries(sharpLibraries());
    return await import("./decode.js");
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
    throw new UserError(
      `images are decoded with the package sharp, which does not load here: ${line}; \`npm install sharp\` gets what is missing`,
    );
  }
}

let loading: Promise<DecodeModule> | undefined;

/**
 * What decodes, and with it sharp, whose library is an addon for this computer. Loaded once.
 *
 * @throws UserError when that does not load
 */
export function loadDecode(): Promise<DecodeModule> {
  loading ??= load();
  return loading;
}

/**
 * A decoder on `threads` worker threads, or in this one where `worker`, the compiled decoder, is not there. The bytes
 * are the same either way. An image in which a thread has ended twice counts as one that cannot be read.
 */
export async function startDecoder(threads: number, worker = compiled): Promise<Decoder> {
  const { decodeImage } = await loadDecode();
  if (!existsSync(worker)) return { decode: decodeImage, close: async () => {} };
  const { openPool, ThreadEnded } = await import("../../src/workerPool.js");
  const pool = openPool<DecodeTask, Decoded>({
    filename: worker,
    name: "decodeImage",
    minThreads: 1,
    maxThreads: threads,
  });
  const once = async (task: DecodeTask): Promise<Decoded | undefined> => {
    try {
      return await pool.run(task);
    } catch (error) {
      if (error instanceof ThreadEnded) return undefined;
      throw error;
    }
  };
  return {
    decode: async (task) =>
      (await once(task)) ??
      (await once(task)) ?? { failure: "it has ended the thread that decodes it, twice" },
    close: pool.close,
  };
}
