/** @file What Mask R-CNN does with boxes, against cases worked out by hand and against plain loops. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anchorCount } from "../../src/models/detection/anchors.js";
import {
  type Boxes,
  decodeBoxes,
  encodeBoxes,
  mapBoxes,
  suppressOverlapping,
  unpackBoxes,
} from "../../src/models/detection/boxes.js";
import { roiAlign } from "../../src/models/detection/roiAlign.js";
import { maskTargets, sampleRegions } from "../../src/models/detection/targets.js";
import { type Tensor, Trace } from "../../src/program/trace.js";
import { at, generate, interpret, type Values } from "../reference/interpreter.js";
import { anchorsOf, type Corners, overlap } from "../train/scenes.js";

const flat = (shape: readonly number[], data: readonly number[]): Values => ({
  shape,
  data: Float64Array.from(data),
});
const boxValues = (all: readonly Corners[]) => flat([1, all.length, 4], all.flat());

/** Runs a function of tensors on values, in doubles; a value with whole numbers for a name ending in `#` is i32. */
function evaluate<K extends string>(
  inputs: Readonly<Record<string, Values>>,
  body: (tensors: Readonly<Record<string, Tensor>>) => Readonly<Record<K, Tensor>>,
): Readonly<Record<K, Values>> {
  const trace = new Trace();
  const declare = ([name, { shape }]: [string, Values]): [string, Tensor] => [
    name,
    trace.input("batch", name, name.endsWith("#") ? "i32" : "f32", shape),
  ];
  const tensors = Object.fromEntries(Object.entries(inputs).map(declare));
  const results = Object.entries<Tensor>(body(tensors));
  for (const [name, tensor] of results) trace.output(name, tensor);
  const program = trace.finish("test");
  // Noise that a function declares itself.
  const values = program.inputs.map(
    ({ name, value }) =>
      inputs[name] ??
      generate(program.types[value]!.shape, (index) => Math.abs(Math.sin(1 + index.at(-1)! * 3))),
  );
  const [outputs] = interpret(program, [values]);
  return Object.fromEntries(results.map(([name], i) => [name, outputs![i]!])) as Record<K, Values>;
}

const close = (values: Values, expected: readonly number[], digits = 6) => {
  expect(values.data).toHaveLength(expected.length);
  values.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, digits);
  });
};

describe("anchors", () => {
  it("of a 64-pixel image: three at each of 16² + 8² + 4² + 2² + 1² pixels", () => {
    const anchors = anchorsOf(64);
    expect(anchors).toHaveLength(3 * (256 + 64 + 16 + 4 + 1));
    expect(anchorCount(64)).toBe(anchors.length);
    const near = (anchor: Corners | undefined, corners: readonly number[]) =>
      corners.forEach((corner, i) => {
        expect(anchor![i]).toBeCloseTo(corner, 5);
      });
    // P2 has stride 4 and anchors of 32: the first pixel's centre is at (2, 2).
    near(anchors[0], [-14, -14, 18, 18]);
    near(anchors[1], [2 - 11.2, 2 - 22.4, 2 + 11.2, 2 + 22.4]);
    near(anchors[2], [2 - 22.4, 2 - 11.2, 2 + 22.4, 2 + 11.2]);
    // The next pixel is four to the right; the first of the second row four down.
    near(anchors[3], [-14, -10, 18, 22]);
    near(anchors[3 * 16], [-10, -14, 22, 18]);
    // P6 has one pixel, and anchors of 512.
    near(anchors.at(-3), [32 - 256, 32 - 256, 32 + 256, 32 + 256]);
  });

  it("of a 1024-pixel image are 261,888, as Detectron counts them", () => {
    expect(anchorCount(1024)).toBe(261_888);
  });
});

describe("boxes", () => {
  const box = fc
    .tuple(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 4, max: 40 }),
    )
    .map(([top, left, height, width]): Corners => [top, left, top + height, left + width]);

  it("what is encoded decodes to itself", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(box, box), { minLength: 1, maxLength: 4 }), (pairs) => {
        const wanted = boxValues(pairs.map(([, second]) => second));
        const decoded = evaluate({ anchors: boxValues(pairs.map(([first]) => first)), wanted }, (t) => {
          const anchors = unpackBoxes(t.anchors!);
          return { ...decodeBoxes(anchors, encodeBoxes(anchors, unpackBoxes(t.wanted!))) };
        });
        for (const [i, corner] of (["top", "left", "bottom", "right"] as const).entries()) {
          close(
            decoded[corner],
            pairs.map(([, second]) => second[i]!),
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it("suppression keeps what a greedy loop keeps", () => {
    fc.assert(
      fc.property(
        fc.array(box, { minLength: 1, maxLength: 10 }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        (all, threshold) => {
          const kept: Corners[] = [];
          const expected = all.map((candidate) => {
            const stays = kept.every((other) => overlap(candidate, other) <= threshold);
            if (stays) kept.push(candidate);
            return Number(stays);
          });
          const { stays } = evaluate({ boxes: boxValues(all) }, (t) => ({
            stays: suppressOverlapping(unpackBoxes(t.boxes!), threshold),
          }));
          expect([...stays.data]).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("RoIAlign", () => {
  const align = (levels: Readonly<Record<number, Values>>, boxes: readonly Corners[], size: number) =>
    evaluate({ boxes: boxValues(boxes), ...mapKeys(levels) }, (t) => ({
      features: roiAlign(
        Object.keys(levels).map((level) => ({ level: Number(level), features: t[`level${level}`]! })),
        unpackBoxes(t.boxes!),
        size,
      ),
    })).features;
  const mapKeys = (levels: Readonly<Record<number, Values>>) =>
    Object.fromEntries(Object.entries(levels).map(([level, values]) => [`level${level}`, values]));

  it("samples bin centres bilinearly: a case worked out by hand", () => {
    // An image of 16 pixels; P2 is 4 × 4 with the values 0 to 15, its pixel centres at 2, 6, 10 and 14.
    const features = generate([1, 4, 4, 1], ([, y, x]) => 4 * y! + x!);
    // Bins of 4 pixels from (4, 2): centres at rows 6 and 10 (pixels 1 and 2) and columns 4 and 8 (0.5 and 1.5).
    const result = align({ 2: features }, [[4, 2, 12, 10]], 2);
    expect(result.shape).toEqual([1, 1, 2, 2, 1]);
    close(result, [4.5, 5.5, 8.5, 9.5]);
  });

  it("repeats the edge outside the outermost pixel centres", () => {
    const features = generate([1, 4, 4, 1], ([, y, x]) => 4 * y! + x!);
    // Bin centres at 1 and 3, and at 0.5 and 1.5: above the first row's centre, left of the first column's.
    close(
      align({ 2: features }, [[0, 0, 4, 2]], 2),
      [0, 0, 1, 1].map((_, i) => (i < 2 ? 0 : 1)),
    );
  });

  it("takes a region of 224 pixels from P4, of 112 from P3, of 448 from P5, and smaller ones from P2", () => {
    const side = 512;
    const levels = Object.fromEntries(
      [2, 3, 4, 5].map((level) => [
        level,
        generate([1, side / 2 ** level, side / 2 ** level, 1], () => level),
      ]),
    );
    const square = (length: number): Corners => [10, 20, 10 + length, 20 + length];
    const lengths = [20, 111, 112, 223, 224, 447, 448, 490];
    close(align(levels, lengths.map(square), 1), [2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it("of a linear image is linear: bin centres' own coordinates come back", () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 })),
        fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 })),
        ([top, left], [height, width]) => {
          const features = generate([1, 16, 16, 2], ([, y, x, c]) => 4 * ((c === 0 ? y! : x!) + 0.5));
          const size = 3;
          const result = align({ 2: features }, [[top, left, top + height, left + width]], size);
          for (let i = 0; i < size; i++) {
            for (let j = 0; j < size; j++) {
              expect(at(result, [0, 0, i, j, 0])).toBeCloseTo(top + ((i + 0.5) * height) / size, 6);
              expect(at(result, [0, 0, i, j, 1])).toBeCloseTo(left + ((j + 0.5) * width) / size, 6);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("targets", () => {
  const objects: readonly Corners[] = [
    [0, 0, 20, 20],
    [30, 30, 50, 60],
    [0, 0, 0, 0],
  ];
  const proposals: readonly Corners[] = [
    [1, 1, 21, 21],
    [40, 0, 60, 20],
    [30, 32, 50, 60],
    [0, 40, 20, 60],
  ];
  const inputs = {
    proposals: boxValues(proposals),
    objects: boxValues(objects),
    "classes#": flat([1, 3], [7, 4, 0]),
    masks: generate([1, 3, 8, 8], ([, , y]) => Number(y! < 4)),
  };

  it("regions that hold an object come first, with its class and box; the others are background", () => {
    const rois = 8;
    const result = evaluate(inputs, (t) => {
      const given = { boxes: unpackBoxes(t.objects!), classes: t["classes#"]!, masks: t.masks! };
      const {
        boxes,
        classes,
        objects: matched,
        deltas,
      } = sampleRegions(unpackBoxes(t.proposals!), given, rois);
      return { ...boxes, classes, matched, ...prefixed(deltas) };
    });
    // Seven regions: four proposals and three objects; two of eight may hold an object.
    expect(result.classes.shape).toEqual([1, 7]);
    const classes = [...result.classes.data];
    expect(classes.slice(0, 2).every((c) => c === 7 || c === 4)).toBe(true);
    expect(classes.slice(2).every((c) => c === 0)).toBe(true);
    for (const i of [0, 1]) {
      const region = (["top", "left", "bottom", "right"] as const).map(
        (c) => result[c].data[i]!,
      ) as unknown as Corners;
      const object = objects[result.matched.data[i]!]!;
      expect(overlap(region, object)).toBeGreaterThanOrEqual(0.5);
      expect(classes[i]).toBe([7, 4, 0][result.matched.data[i]!]);
      const height = region[2] - region[0];
      const shift = ((object[0] + object[2] - region[0] - region[2]) / 2 / height) * 10;
      expect(result.y.data[i]).toBeCloseTo(shift, 5);
    }
  });
  const prefixed = ({ y, x }: { readonly y: Tensor; readonly x: Tensor }) => ({ y, x });

  it("a mask is cut out of its object's: the lower half of the object, twice as large", () => {
    const { mask } = evaluate(
      { ...inputs, region: boxValues([[5, 0, 15, 20]]), "matched#": flat([1, 1], [0]) },
      (t) => {
        const given = { boxes: unpackBoxes(t.objects!), classes: t["classes#"]!, masks: t.masks! };
        return { mask: maskTargets(unpackBoxes(t.region!), t["matched#"]!, given, 4) };
      },
    );
    // The object's mask covers its upper ten pixels; the region spans the five above and the five below its edge.
    close(mask, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

it("nothing that is computed of boxes carries a gradient", () => {
  const trace = new Trace();
  const x = trace.input("parameter", "x", "f32", [1, 2, 4]);
  const boxes: Boxes = trace.detached(() => mapBoxes(unpackBoxes(x), (corner) => corner));
  expect(trace.isDetached(boxes.top.id)).toBe(true);
});
