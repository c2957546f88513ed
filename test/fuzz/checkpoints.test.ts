/** @file Damaged checkpoints are noticed, whatever happened to them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementCount } from "../../src/program/types.js";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../../train/checkpoint.js";
import { checkpointPath, newestCheckpoint } from "../../train/checkpoints.js";
import type { StateTensor } from "../../train/initialize.js";
import { cases } from "./cases.js";
import { damage, damaged } from "./damage.js";
import { answerOrRefusal } from "./refused.js";

let folder = "";
let path = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-fuzz-"));
  path = join(folder, "some.safetensors");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names and texts, with what an object has by itself, and what is no name at all. */
const name = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom("0", "1", "constructor", "toString", "a/b/kernel", "é"),
);

const tensor: fc.Arbitrary<StateTensor> = fc
  .record({
    name,
    dtype: fc.constantFrom("f32" as const, "i32" as const),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    seed: fc.integer(),
  })
  .map(({ seed, dtype, ...rest }) => {
    const numbers = Array.from({ length: elementCount(rest.shape) }, (_, i) => seed + i);
    return dtype === "i32"
      ? { ...rest, dtype, values: Int32Array.from(numbers) }
      : { ...rest, dtype, values: Float32Array.from(numbers) };
  });

const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  metadata: fc.dictionary(name, fc.string(), { maxKeys: 4, noNullPrototype: true }),
  tensors: fc.uniqueArray(tensor, { selector: (it) => it.name, maxLength: 4 }),
});

const byName = ({ metadata, tensors }: Checkpoint) => ({
  metadata,
  tensors: new Map(tensors.map((it) => [it.name, it])),
});

const example: Checkpoint = {
  metadata: { step: "1000", model: "vit-s16" },
  tensors: [
    { name: "w", dtype: "f32", shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: "count", dtype: "i32", shape: [], values: Int32Array.of(7) },
  ],
};

/** A bit of the name of the header's own hash may flip: it is then one more entry, and all else is as it was. */
function expectExample({ metadata, tensors }: Checkpoint): void {
  expect(metadata).toMatchObject(example.metadata);
  expect(tensors).toEqual(example.tensors);
}

/** The file of a checkpoint. */
function fileOf(checkpoint: Checkpoint): Buffer {
  saveCheckpoint(path, checkpoint);
  return readFileSync(path);
}

/** What is loaded of a file; undefined where it is refused. */
function loaded(file: Uint8Array): Checkpoint | undefined {
  writeFileSync(path, file);
  return answerOrRefusal(() => loadCheckpoint(path));
}

describe("checkpoints", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        expect(byName(loaded(fileOf(checkpoint))!)).toEqual(byName(checkpoint));
      }),
      cases(200, 0.02),
    );
  });

  it("are refused when anything has happened to them, or are still the same", () => {
    const file = fileOf(example);
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
        const found = loaded(changes.reduce(damaged, file));
        if (found) expectExample(found);
      }),
      cases(1500, 0.08),
    );
  });

  it("are refused when cut off at any byte", () => {
    const file = fileOf(example);
    for (let length = 0; length < file.length; length++)
      expect(loaded(file.subarray(0, length))).toBeUndefined();
  });

  it("are refused when any bit of them flips", () => {
    const file = fileOf(example);
    for (let bit = 0; bit < file.length * 8; bit++) {
      const other = Buffer.from(file);
      other[bit >> 3]! ^= 1 << (bit & 7);
      const found = loaded(other);
      if (found) expectExample(found);
    }
  });

  /** A file with any header and so many bytes of data. */
  const fileWith = (
    header: string,
    dataBytes: number,
    length: number | bigint = Buffer.byteLength(header),
  ) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(length));
    return Buffer.concat([size, Buffer.from(header), Buffer.alloc(dataBytes)]);
  };

  it("are refused when their header lies", () => {
    const anyTensor = fc.record({
      dtype: fc.constantFrom("F32", "I32", "F64", "BF16", "", null),
      shape: fc.oneof(fc.array(fc.oneof(fc.nat({ max: 8 }), fc.maxSafeInteger())), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(fc.nat({ max: 64 }), fc.nat({ max: 64 })), fc.jsonValue()),
    });
    const header = fc.oneof(
      fc.dictionary(name, anyTensor).map((it) => JSON.stringify(it)),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(
        header,
        fc.nat({ max: 64 }),
        fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
        (text, dataBytes, length) => {
          const found = loaded(fileWith(text, dataBytes, length ?? Buffer.byteLength(text)));
          for (const { shape, values } of found?.tensors ?? [])
            expect(values).toHaveLength(elementCount(shape));
        },
      ),
      cases(500, 0.06),
    );
  });

  it.each([
    ["overlap", { a: [0, 4], b: [0, 4] }, 4],
    ["leave bytes out between them", { a: [0, 4], b: [8, 12] }, 12],
    ["leave bytes out after them", { a: [0, 4] }, 8],
    ["go beyond the file", { a: [0, 4], b: [4, 8] }, 4],
  ])("are refused when their tensors %s", (_, places, dataBytes) => {
    const header = Object.fromEntries(
      Object.entries(places).map(([key, data_offsets]) => [key, { dtype: "F32", shape: [1], data_offsets }]),
    );
    expect(loaded(fileWith(JSON.stringify(header), dataBytes))).toBeUndefined();
  });

  it("of earlier versions, which have no hash, are still read", () => {
    const header = { __metadata__: { step: "3" }, w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } };
    expect(loaded(fileWith(JSON.stringify(header), 4))).toEqual({
      metadata: { step: "3" },
      tensors: [{ name: "w", dtype: "f32", shape: [1], values: Float32Array.of(0) }],
    });
  });

  it("of which the newest are damaged are passed over for the one before", () => {
    const runs = mkdtempSync(join(folder, "run-"));
    saveCheckpoint(checkpointPath(runs, 1), example);
    const file = readFileSync(checkpointPath(runs, 1));
    fc.assert(
      fc.property(damage, damage, (second, third) => {
        const others = [damaged(file, second), damaged(file, third)];
        others.forEach((other, i) => {
          writeFileSync(checkpointPath(runs, i + 2), other);
        });
        const { checkpoint } = newestCheckpoint(runs);
        expect(checkpoint.tensors).toEqual(example.tensors);
      }),
      cases(200, 0.02),
    );
  });
});
