/**
 * @file Decoding one image file: to bytes of the side and channels that a model takes. A worker runs it, so it loads
 * nothing but `sharp`.
 */
import sharp from "sharp";

export interface DecodeTask {
  readonly path: string;
  /** Side of the square result in pixels. */
  readonly image: number;
  /** 3 for red, green and blue; 1 for grey. */
  readonly channels: 1 | 3;
}

/** u8 [H,W,C], row-major, or why there is none. */
export type Decoded = { readonly bytes: Uint8Array } | { readonly failure: string };

// One image a thread: batches keep the threads busy, and threads inside an image would only compete with them.
sharp.concurrency(1);
// Every file is read once an epoch, which a cache of a few does not help.
sharp.cache(false);

/**
 * Decodes a JPEG, PNG or WebP, upright as its EXIF says, its shorter side resized to `image` and its middle kept.
 * What is transparent becomes black. A file that is no whole image is a `failure`, never an exception.
 */
export async function decodeImage({ path, image, channels }: DecodeTask): Promise<Decoded> {
  try {
    const upright = sharp(path)
      .rotate()
      .resize(image, image, { fit: "cover", position: "centre" })
      .flatten({ background: "black" });
    const coloured = channels === 1 ? upright.greyscale() : upright.toColourspace("srgb");
    const { data, info } = await coloured.raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== channels) return { failure: `${info.channels} channels, not ${channels}` };
    return { bytes: new Uint8Array(data) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message.replaceAll(/\s+/g, " ").trim() : String(error) };
  }
}
