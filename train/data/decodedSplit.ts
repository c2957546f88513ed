/** @file A split whose images lie in files and are decoded when they are asked for. */
import { drawFor } from "./augment.js";
import type { Split } from "./dataset.js";
import type { DecodeTask, FilePart } from "./decode.js";
import type { Decoder } from "./decodeWorkers.js";

/** What an image lies in, and what is known of it. */
export interface StoredImage {
  /** As people are told of it. */
  readonly name: string;
  readonly path: string;
  readonly part?: FilePart;
  /** −1 where it has no class. */
  readonly label: number;
  readonly caption?: string;
}

export interface DecodedOptions {
  /** Side that images are resized and cropped to, in pixels. */
  readonly image: number;
  readonly channels: 1 | 3;
  readonly decoder: Decoder;
  /** Told of every image that cannot be read, once. */
  readonly onUnreadable?: (name: string, failure: string) => void;
}

/** Values from −1 to 1 of bytes from 0 to 255. */
export function writePixels(pixels: Float32Array, at: number, bytes: Uint8Array): void {
  for (let p = 0; p < bytes.length; p++) pixels[at + p] = bytes[p]! / 127.5 - 1;
}

/** Splits that share the memory of what could not be read. */
export function decodedSplits({ image, channels, decoder, onUnreadable }: DecodedOptions) {
  const unreadable = new Set<string>();
  const leaveOut = (name: string, failure: string) => {
    if (!unreadable.has(name)) onUnreadable?.(name, failure);
    unreadable.add(name);
  };
  /** `imageAt` gives the image at an index below `count`; `captioned` where every one has a caption. */
  return (count: number, imageAt: (index: number) => StoredImage, captioned = false): Split => ({
    count,
    examples: async (indices, augmented) => {
      const length = image * image * channels;
      const chosen = Array.from(indices, imageAt);
      const pixels = new Float32Array(chosen.length * length);
      const decoded = await Promise.all(
        chosen.map(({ path, part }, i) => {
          const draw = drawFor(augmented, indices[i]!);
          const task: DecodeTask = { path, image, channels, ...(part && { part }), ...(draw && { draw }) };
          return decoder.decode(task);
        }),
      );
      const missing: number[] = [];
      decoded.forEach((result, i) => {
        if ("bytes" in result) {
          writePixels(pixels, i * length, result.bytes);
          return;
        }
        missing.push(i);
        leaveOut(chosen[i]!.name, result.failure);
      });
      return {
        pixels,
        labels: Int32Array.from(chosen, ({ label }) => label),
        ...(captioned && { captions: chosen.map(({ caption }) => caption ?? "") }),
        missing,
      };
    },
  });
}
