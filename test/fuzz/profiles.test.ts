/** @file Profiles that someone has damaged: either a machine whose figures are numbers, or one line with file, line and column. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hardwareNames, parseProfile } from "../../sim/hardware.js";
import { predictOn } from "../../sim/predict.js";
import { packagePath } from "../../src/packagePath.js";
import { UserError } from "../../src/units/userError.js";
import { cases } from "./cases.js";

const texts = hardwareNames().map((name) =>
  readFileSync(packagePath(`hardware-profiles/${name}.json`), "utf8"),
);
/** What a person with a chip of their own begins with. */
const derived = `{
  "base": "tpu-v4x4",
  "memoryBytes": { "value": 68719476736, "source": "what if" },
  "usableMemoryBytes": { "value": 66571993088, "source": "what if" },
  "interconnect": { "dimensions": { "value": 2, "source": "what if" } }
}
`;

type Path = readonly (string | number)[];

/** Places of all parts of a value, the whole first. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inner.flatMap(([key, part]) => pathsOf(part, [...path, key]))];
}

/** What a part becomes; undefined leaves it out. */
type Change = (part: unknown) => unknown;

/** A copy with another part at the end of a path, under another name if there is one. */
function changed(value: unknown, [key, ...rest]: Path, change: Change, rename?: string): unknown {
  if (key === undefined) return change(value);
  const isList = Array.isArray(value);
  const entries = Object.entries(value as object).flatMap(([name, part]): readonly [string, unknown][] => {
    if (name !== String(key)) return [[name, part]];
    const inner = changed(part, rest, change, rename);
    if (inner === undefined) return [];
    return [[rest.length === 0 && rename !== undefined ? rename : name, inner]];
  });
  return isList ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}

/** Numbers that one may write, at the edges of what is allowed and far beyond. */
const numbers = [
  0,
  -1,
  0.5,
  1,
  1.5,
  3,
  16,
  17,
  65_536,
  65_537,
  1e6,
  1e18,
  1e-18,
  1e300,
  1e-300,
  5e-324,
  2 ** 53,
];
const others: readonly unknown[] = [
  null,
  true,
  "NaN",
  "a\nb",
  "1e9",
  "",
  "tpu",
  "host",
  [],
  [1],
  {},
  { value: 1, source: "" },
];

const inTree: fc.Arbitrary<(text: string) => string> = fc
  .record({
    at: fc.nat(),
    change: fc.oneof(
      fc.constant<Change>(() => undefined),
      fc.constant<Change>((part) => (typeof part === "number" ? -part : part)),
      fc.constant<Change>((part) => (typeof part === "number" ? String(part) : part)),
      fc.constantFrom(...numbers).map(
        (number): Change =>
          (part) =>
            typeof part === "number" ? number : part,
      ),
      fc.double({ noNaN: true }).map(
        (number): Change =>
          (part) =>
            typeof part === "number" ? number : part,
      ),
      fc.constantFrom(...others).map(
        (other): Change =>
          () =>
            other,
      ),
    ),
    rename: fc.option(
      fc.oneof(fc.string(), fc.constantFrom("value", "source", "base", "__proto__", "kind", "a\nb")),
      {
        nil: undefined,
        freq: 4,
      },
    ),
  })
  .map(({ at, change, rename }) => (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return text;
    }
    const paths = pathsOf(value);
    return JSON.stringify(changed(value, paths[at % paths.length]!, change, rename), undefined, 2) ?? "";
  });

const inText: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc
    .tuple(fc.nat(), fc.string({ unit: "grapheme", minLength: 1, maxLength: 2 }))
    .map(([at, letters]) => (text: string) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + letters + text.slice(from + 1);
    }),
  fc.nat().map((at) => (text: string) => {
    const lines = text.split("\n");
    const line = at % lines.length;
    return [...lines.slice(0, line), lines[line], ...lines.slice(line)].join("\n");
  }),
);

const damaged = fc
  .tuple(
    fc.constantFrom(derived, ...texts),
    fc.array(fc.oneof({ weight: 3, arbitrary: inTree }, { weight: 1, arbitrary: inText }), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, damages]) => damages.reduce((so, damage) => damage(so), text));

it("a damaged profile predicts numbers, or is refused with its line and column", () => {
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(damaged, (text) => {
      let profile: ReturnType<typeof parseProfile>;
      try {
        profile = parseProfile("mine", "mine.json", text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toMatch(/^mine\.json:[1-9]\d*:[1-9]\d*: [^\n\r]+$/);
        refused++;
        return;
      }
      taken++;
      const { memory, time, modelFlopsPerExample } = predictOn(profile, {
        model: "vit-s16",
        modelOptions: { depth: 1 },
        globalBatch: 8 * profile.devices,
        plan: {},
      });
      const figures = [
        memory.peakBytes,
        memory.capacityBytes,
        time.stepSeconds,
        time.examplesPerSecond,
        time.modelFlopsUtilization,
        modelFlopsPerExample,
      ];
      expect(figures.filter((figure) => !(Number.isFinite(figure) && figure > 0))).toEqual([]);
      expect(time.parts.filter(({ seconds }) => !(Number.isFinite(seconds) && seconds >= 0))).toEqual([]);
    }),
    cases(400, 0.2),
  );
  // Nothing is known of profiles where all of them are refused, or none.
  expect(Math.min(taken, refused)).toBeGreaterThan((taken + refused) / 20);
});
