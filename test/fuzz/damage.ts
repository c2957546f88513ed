/** @file What happens to files: they are cut off, bits flip, bytes go, come and are moved. */
import fc from "fast-check";

/** Something that has happened to a file; places are shares of its length. */
type Damage =
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "remove"; readonly at: number; readonly count: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "overwrite"; readonly at: number; readonly bytes: Uint8Array };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** What is often put into a file by accident: zeros of a power failure, text, another file's end. */
const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 16 }),
  fc.nat({ max: 600 }).map((count) => new Uint8Array(count + 1)),
  fc.constantFrom("\n", '"', "}", "{}", "NaN", "1e999", "-1", "null", "�").map((text) => Buffer.from(text)),
);

/** One thing that happens to a file. */
export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes }),
  fc.record({ kind: fc.constant("overwrite" as const), at: place, bytes }),
);

/** The file afterwards. */
export function damaged(file: Uint8Array, what: Damage): Buffer {
  const whole = Buffer.from(file);
  const at = Math.floor(what.at * whole.length);
  switch (what.kind) {
    case "cut":
      return whole.subarray(0, at);
    case "flip":
      if (whole.length > 0) whole[at]! ^= 1 << what.bit;
      return whole;
    case "remove":
      return Buffer.concat([whole.subarray(0, at), whole.subarray(at + what.count)]);
    case "insert":
      return Buffer.concat([whole.subarray(0, at), what.bytes, whole.subarray(at)]);
    case "overwrite":
      return Buffer.concat([whole.subarray(0, at), what.bytes, whole.subarray(at + what.bytes.length)]);
  }
}
