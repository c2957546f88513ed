/** @file Arrays in numpy's .npz files: a zip of .npy files, which JAX and numpy read and write by themselves. */
import { unzipSync, zipSync } from "fflate";
import { dump, parse } from "npyjs";

export interface HostArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array | Int32Array;
}

/** The bytes of a file with each array under its name. */
export function packNpz(arrays: Readonly<Record<string, HostArray>>): Uint8Array {
  const entries = Object.entries(arrays).map(([name, { values, shape }]) => {
    return [`${name}.npy`, new Uint8Array(dump(values, [...shape]))] as const;
  });
  // Random numbers do not compress.
  return zipSync(Object.fromEntries(entries), { level: 0 });
}

/** @throws Error for an element type other than f32 and i32 */
export function unpackNpz(bytes: Uint8Array): Readonly<Record<string, HostArray>> {
  const entries = Object.entries(unzipSync(bytes)).map(([file, content]) => {
    const { data, shape } = parse(new Uint8Array(content).buffer);
    if (!(data instanceof Float32Array || data instanceof Int32Array))
      throw new Error(`${file}: not f32 or i32`);
    return [file.replace(/\.npy$/, ""), { shape, values: data }] as const;
  });
  return Object.fromEntries(entries);
}
