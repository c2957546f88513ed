/**
 * @file Checkpoints: all state of a run in one file of the safetensors format, written whole or not at all.
 *
 * The format (https://github.com/huggingface/safetensors): a little-endian u64 with the length of a JSON header,
 * the header {name: {dtype, shape, data_offsets}, __metadata__: {…}}, then the bytes of all tensors.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { elementCount } from "../src/program/types.js";
import { UserError } from "../src/units/userError.js";
import { writeThenRename } from "../src/writeWhole.js";
import type { StateTensor } from "./initialize.js";

export interface Checkpoint {
  /** What the run needs to go on, besides its tensors: step, seed, model options, …; strings, as the format wants. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly StateTensor[];
}

const BYTES = 4;

/**
 * The entries of the metadata that tell whether the tensors' bytes, and the rest of the header, are still those that were
 * written: a flipped bit may be in the number of a step as well.
 */
const HASH = "sha256";
const HEADER_HASH = "headerSha256";
const dtypeNames = { f32: "F32", i32: "I32" } as const;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.enum(["F32", "I32"]),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);
const metadataSchema = z.record(z.string(), z.string());

function hashOf(parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash(HASH);
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/**
 * Writes to a temporary name in the same folder, then renames: a reader sees the old file or the new one.
 *
 * @throws UserError when it cannot be written
 */
export function saveCheckpoint(path: string, { metadata, tensors }: Checkpoint): void {
  const parts = tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  const hashed = { ...metadata, [HASH]: hashOf(parts) };
  const header: Record<string, unknown> = { __metadata__: hashed };
  let offset = 0;
  for (const { name, dtype, shape, values } of tensors) {
    const end = offset + values.length * BYTES;
    header[name] = { dtype: dtypeNames[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  }
  header.__metadata__ = { ...hashed, [HEADER_HASH]: hashOf([JSON.stringify(header)]) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeThenRename(path, (temporary) => {
    const file = openSync(temporary, "w");
    try {
      // Unlike writeSync, goes on until everything is written: what is renamed then is whole.
      for (const part of [length, text, ...parts]) writeFileSync(file, part);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

/** @throws UserError when the file cannot be read, is truncated or otherwise damaged, or is not a checkpoint */
export function loadCheckpoint(path: string): Checkpoint {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw new UserError(`could not read the checkpoint ${path}: ${(error as Error).message}`);
  }
  const reject = (why: string): never => {
    throw new UserError(`${path}: ${why}; it is not a whole checkpoint of willfit`);
  };
  if (file.length < 8) reject("too short");
  const start = 8 + Number(file.readBigUInt64LE());
  if (start > file.length) reject("the header is cut off");
  const { __metadata__, ...entries } = parseHeader(file.subarray(8, start).toString("utf8"), reject);
  const metadata = metadataSchema.safeParse(__metadata__ ?? {});
  const header = headerSchema.safeParse(entries);
  if (!metadata.success || !header.success) return reject("the header is damaged");
  const { [HEADER_HASH]: headerHash, ...hashed } = metadata.data;
  // Earlier versions wrote neither hash.
  if (
    headerHash !== undefined &&
    headerHash !== hashOf([JSON.stringify({ __metadata__: hashed, ...entries })])
  )
    reject("its header is not the one written");
  checkPlaces(header.data, file.length - start, reject);
  const tensors = Object.entries(header.data).map(([name, { dtype, shape, data_offsets }]): StateTensor => {
    const [from, to] = data_offsets;
    if (to - from !== elementCount(shape) * BYTES) reject(`tensor ${name} has the wrong size`);
    const bytes = file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to);
    return dtype === "I32"
      ? { name, dtype: "i32", shape, values: new Int32Array(bytes) }
      : { name, dtype: "f32", shape, values: new Float32Array(bytes) };
  });
  const { [HASH]: hash, ...rest } = hashed;
  if (hash !== undefined && hash !== hashOf([file.subarray(start)]))
    reject("its bytes are not those written");
  return { metadata: rest, tensors };
}

/** As the format wants it, tensors lie one after the other, without anything between or after them. */
function checkPlaces(
  header: z.infer<typeof headerSchema>,
  dataBytes: number,
  reject: (why: string) => never,
): void {
  // One without elements ends where it begins.
  const inOrder = Object.entries(header).sort(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  );
  let end = 0;
  for (const [name, { data_offsets }] of inOrder) {
    const [from, to] = data_offsets;
    if (from !== end || to < from) reject(`tensor ${name} is not where the one before it ends`);
    if (to > dataBytes) reject(`tensor ${name} is cut off`);
    end = to;
  }
  if (end !== dataBytes) reject(`${dataBytes - end} bytes come after the last tensor`);
}

function parseHeader(text: string, reject: (why: string) => never): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === "object" && header !== null) return header as Record<string, unknown>;
  } catch {
    // falls through to the rejection
  }
  return reject("the header is not JSON");
}
