/**
 * @file Decoding on worker threads, so that training and decoding go on at the same time.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Decoded, DecodeTask } from "./decode.js";

export interface Decoder {
  readonly decode: (task: DecodeTask) => Promise<Decoded>;
  /** Ends the threads; the process does not end before. */
  readonly close: () => Promise<void>;
}

/** Workers run JavaScript: there is none beside the sources, only beside the compiled form of this file. */
const compiled = fileURLToPath(new URL("./decode.js", import.meta.url));

/**
 * A decoder on `threads` worker threads, or in this one where `worker`, the compiled decoder, is not there. The bytes
 * are the same either way.
 */
export async function startDecoder(threads: number, worker = compiled): Promise<Decoder> {
  if (!existsSync(worker)) {
    const { decodeImage } = await import("./decode.js");
    return { decode: decodeImage, close: async () => {} };
  }
  const { Piscina } = await import("piscina");
  const pool = new Piscina({ filename: worker, name: "decodeImage", minThreads: 1, maxThreads: threads });
  return {
    decode: (task) => pool.run(task) as Promise<Decoded>,
    close: () => pool.destroy(),
  };
}
