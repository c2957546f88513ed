/** @file Augmentation: how it is written, what each step does, and that an index always draws the same. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import seedrandom from "seedrandom";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { augment } from "../../train/data/augment.js";
import {
  type Augmentation,
  type AugmentationStep,
  formatAugmentation,
  parseAugmentation,
} from "../../train/data/augmentation.js";
import type { Split } from "../../train/data/dataset.js";
import { decodeImage } from "../../train/data/decode.js";
import { startDecoder } from "../../train/data/decodeWorkers.js";
import { inceptionCrop } from "../../train/data/inceptionCrop.js";
import { loadMnist } from "../../train/data/mnist.js";
import { wholeBatch } from "../../train/data/prefetch.js";
import { randAugmented, randAugmentOperations } from "../../train/data/randAugment.js";
import type { Raster } from "../../train/data/raster.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("an augmentation", () => {
  it.each([
    ["inception-crop|flip|randaugment(2,10)", "inception-crop(5)|flip|randaugment(2,10)"],
    [" inception-crop( 8.5 ) | flip() ", "inception-crop(8.5)|flip"],
    ["randaugment|pad-crop", "randaugment(2,10)|pad-crop(4)"],
    ["randaugment(3)", "randaugment(3,10)"],
    ["none", "none"],
  ])("written %s is %s", (text, formatted) => {
    expect(formatAugmentation(parseAugmentation(text))).toBe(formatted);
  });

  const crop: fc.Arbitrary<AugmentationStep> = fc.record({
    name: fc.constant("inception-crop"),
    minAreaPercent: fc.double({ min: 0.1, max: 100, noNaN: true }),
  });
  const step: fc.Arbitrary<AugmentationStep> = fc.oneof(
    fc.record({ name: fc.constant("flip") }),
    fc.record({ name: fc.constant("pad-crop"), pixels: fc.integer({ min: 1, max: 1024 }) }),
    fc.record({
      name: fc.constant("randaugment"),
      layers: fc.integer({ min: 1, max: 16 }),
      magnitude: fc.double({ min: 0, max: 30, noNaN: true }).map((value) => value + 0),
    }),
  );

  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(crop, { maxLength: 1 }), fc.array(step), (first, others) => {
        const steps: Augmentation = [...first, ...others];
        expect(parseAugmentation(formatAugmentation(steps))).toEqual(steps);
      }),
    );
  });

  it.each([
    ["flop", "no step flop; did you mean flip?"],
    ["flip|", "no step between two |"],
    ["", "no step between two |; known: inception-crop, flip, randaugment, pad-crop"],
    ["flip(2", '"flip(2" is not a step'],
    ["flip(2)", "takes no argument(s), as in flip"],
    ["randaugment(2,10,3)", "takes 2 argument(s), as in randaugment(2,10)"],
    ["randaugment(2.5)", 'the number of layers is a whole number from 1 to 16, not "2.5"'],
    ["randaugment(2,31)", 'the magnitude is a number from 0 to 30, not "31"'],
    ["randaugment(,10)", 'the number of layers is a whole number from 1 to 16, not ""'],
    ["inception-crop(much)", 'the least area in percent is a number from 0.1 to 100, not "much"'],
    ["flip|inception-crop", "inception-crop comes first, and once"],
  ])("written %s is refused", (text, message) => {
    expect(() => parseAugmentation(text)).toThrow(message);
    expect(() => parseAugmentation(text)).toThrow(expect.objectContaining({ name: "UserError" }));
  });
});

const raster = (side: number, channels: number, bytes: readonly number[]): Raster => ({
  bytes: Uint8Array.from(bytes),
  side,
  channels,
});

/** A picture of this side whose bytes are all different, as far as there are bytes. */
const ramp = (side: number, channels = 1) =>
  raster(
    side,
    channels,
    Array.from({ length: side * side * channels }, (_, i) => i % 256),
  );

const operations = randAugmentOperations;
/** A random number that negates, and one that does not. */
const low = () => 0;
const high = () => 0.999;

describe("RandAugment's operations", () => {
  const colours = raster(2, 3, [10, 20, 30, 200, 100, 50, 60, 70, 80, 255, 0, 128]);

  // PIL 12.3.0: ImageOps.autocontrast (whose 100 · 2.55 is 254), ImageEnhance.Color, .Contrast and .Brightness.
  it.each([
    ["AutoContrast", 1, [0, 51, 0, 197, 255, 52, 52, 178, 130, 255, 0, 255]],
    ["Color", 1, [2, 21, 40, 255, 78, 0, 52, 71, 90, 255, 0, 161]],
    ["Color", 0, [17, 18, 19, 131, 121, 116, 67, 68, 69, 107, 81, 94]],
    ["Contrast", 1, [0, 0, 0, 255, 122, 27, 46, 65, 84, 255, 0, 175]],
    ["Brightness", 0.25, [5, 11, 16, 110, 55, 27, 33, 38, 44, 140, 0, 70]],
  ] as const)("%s at %d of its range gives PIL's bytes", (name, level, expected) => {
    expect([...operations[name](colours, level).bytes]).toEqual(expected);
  });

  it("Equalize gives PIL's bytes", () => {
    const bytes = Array.from({ length: 1024 }, (_, i) => (Math.floor(i / 8) % 60) + (i % 7) * 20);
    const equalized = operations.Equalize(raster(32, 1, bytes)).bytes;
    const first = [0, 14, 39, 76, 112, 149, 186, 0, 15, 41, 78, 115, 151, 187, 1, 15, 43, 80, 116, 153, 189];
    expect([...equalized.subarray(0, 21)]).toEqual(first);
    expect(equalized.reduce((sum, byte) => sum + byte, 0)).toBe(130_373);
    const few = raster(2, 1, [1, 2, 3, 4]);
    expect(operations.Equalize(few).bytes).toEqual(few.bytes);
  });

  it("map byte to byte", () => {
    const bytes = raster(2, 1, [0, 127, 128, 255]);
    expect([...operations.Invert(bytes).bytes]).toEqual([255, 128, 127, 0]);
    expect([...operations.Solarize(bytes, 0.5).bytes]).toEqual([0, 127, 127, 0]);
    expect([...operations.Solarize(bytes, 1).bytes]).toEqual([0, 127, 128, 255]);
    expect([...operations.SolarizeAdd(bytes, 1).bytes]).toEqual([110, 237, 128, 255]);
    expect([...operations.SolarizeAdd(bytes, 3).bytes]).toEqual([255, 255, 128, 255]);
    expect([...operations.Posterize(bytes, 1).bytes]).toEqual([0, 0x70, 0x80, 0xf0]);
    expect([...operations.Posterize(bytes, 3).bytes]).toEqual([0, 127, 128, 255]);
  });

  it("Sharpness goes from smooth to sharp inside and leaves the border", () => {
    const dot = raster(3, 1, [0, 0, 0, 0, 130, 0, 0, 0, 7]);
    // Smooth is (5 · 130 + 7) / 13 = 50; the picture is 80 above that.
    expect([...operations.Sharpness(dot, 1).bytes]).toEqual([0, 0, 0, 0, 202, 0, 0, 0, 7]);
    expect([...operations.Sharpness(dot, 0).bytes]).toEqual([0, 0, 0, 0, 58, 0, 0, 0, 7]);
  });

  it("move pixels on the same canvas, grey coming in", () => {
    const g = 128;
    const three = ramp(3);
    // A quarter turn is three times the range.
    expect([...operations.Rotate(three, 3, high).bytes]).toEqual([2, 5, 8, 1, 4, 7, 0, 3, 6]);
    expect([...operations.Rotate(three, 3, low).bytes]).toEqual([6, 3, 0, 7, 4, 1, 8, 5, 2]);
    // Rows 1 and 2 are sheared by one and two pixels.
    expect([...operations.ShearX(three, 1 / 0.3, high).bytes]).toEqual([0, 1, 2, 4, 5, g, 8, g, g]);
    expect([...operations.ShearY(three, 1 / 0.3, low).bytes]).toEqual([0, g, g, 3, 1, g, 6, 4, 2]);
    const one = 224 / 100 / 3;
    expect([...operations.TranslateX(three, one, high).bytes]).toEqual([1, 2, g, 4, 5, g, 7, 8, g]);
    expect([...operations.TranslateY(three, one, low).bytes]).toEqual([g, g, g, 0, 1, 2, 3, 4, 5]);
    const cut = [0, 1, 2, 3, 4, 5, 6, 7, g];
    expect([...operations.Cutout(three, 224 / 40 / 3, high).bytes]).toEqual([0, 1, 2, 3, g, g, 6, g, g]);
    expect([...operations.Cutout(ramp(3), 224 / 40 / 3, low).bytes]).toEqual([g, ...cut.slice(1, 8), 8]);
  });

  it("take one channel and three, and change nothing that they are given", () => {
    for (const channels of [1, 3]) {
      for (const [name, operation] of Object.entries(operations)) {
        const before = ramp(9, channels);
        const after = operation(before, 0.9, seedrandom(name));
        expect(before, name).toEqual(ramp(9, channels));
        expect(after, name).toMatchObject({ side: 9, channels });
        expect(after.bytes, name).toHaveLength(81 * channels);
      }
    }
  });

  it("are all drawn, about as often", () => {
    const seen = new Map<string, number>();
    const random = seedrandom("operations");
    const side = 24;
    const bytes = Array.from({ length: side * side * 3 }, () => 40 + random() ** 2 * 150);
    const picture = raster(side, 3, bytes);
    const names = Object.entries(operations).map(([name, operation]) => {
      return [name, operation(picture, 0.7, low).bytes, operation(picture, 0.7, high).bytes] as const;
    });
    for (let i = 0; i < 800; i++) {
      const { bytes } = randAugmented(picture, 1, 7, random);
      const drawn = names.find(([, a, b]) => [a, b].some((each) => Buffer.compare(each, bytes) === 0));
      const name = drawn?.[0] ?? "Cutout";
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    expect(seen.size).toBe(16);
    for (const count of seen.values()) expect(count).toBeGreaterThan(25);
  });
});

describe("flip and pad-crop", () => {
  it("exchange left and right of every other picture", () => {
    const picture = raster(2, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const flip = parseAugmentation("flip");
    expect([...augment(picture, flip, low).bytes]).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
    expect([...augment(picture, flip, high).bytes]).toEqual([...picture.bytes]);
  });

  it("move a picture by as much as it is padded at most, black coming in", () => {
    const one = parseAugmentation("pad-crop(1)");
    expect([...augment(ramp(2), one, low).bytes]).toEqual([3, 0, 0, 0]);
    expect([...augment(raster(2, 1, [1, 2, 3, 4]), one, high).bytes]).toEqual([0, 0, 0, 1]);
    expect([...augment(raster(2, 1, [1, 2, 3, 4]), one, () => 0.5).bytes]).toEqual([1, 2, 3, 4]);
    const coloured = augment(raster(2, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), one, low);
    expect([...coloured.bytes]).toEqual([10, 11, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const black = augment(ramp(2), parseAugmentation("pad-crop(9)"), low);
    expect([...black.bytes]).toEqual([0, 0, 0, 0]);
  });
});

describe("an inception crop", () => {
  it.each([
    [500, 375, 5],
    [224, 224, 8],
    [28, 28, 30],
    [3, 900, 5],
    [1, 1, 100],
  ])("of %d × %d is inside, and has at least %d percent of the area", (width, height, percent) => {
    const random = seedrandom(`${width} ${height}`);
    for (let i = 0; i < 300; i++) {
      const crop = inceptionCrop(width, height, percent, random);
      expect(crop.left).toBeGreaterThanOrEqual(0);
      expect(crop.top).toBeGreaterThanOrEqual(0);
      expect(crop.left + crop.width).toBeLessThanOrEqual(width);
      expect(crop.top + crop.height).toBeLessThanOrEqual(height);
      expect(crop.width * crop.height).toBeGreaterThanOrEqual((width * height * percent) / 100);
    }
  });

  it("spreads over areas, aspect ratios and places", () => {
    const random = seedrandom("spread");
    const side = 1000;
    const crops = Array.from({ length: 2000 }, () => inceptionCrop(side, side, 5, random));
    const mean = (of: (crop: (typeof crops)[number]) => number) =>
      crops.reduce((sum, crop) => sum + of(crop), 0) / crops.length;
    const aspects = crops.map(({ width, height }) => width / height).sort((a, b) => a - b);
    expect(aspects[0]).toBeGreaterThan(0.745);
    expect(aspects.at(-1)).toBeLessThan(1.335);
    // Uniform from 0.75 to 1.33.
    expect(aspects[1000]).toBeCloseTo(1.04, 1);
    // A height uniform between sqrt(0.05 / aspect) and what fits, averaged over aspect ratios: numerically 0.575.
    const expectedHeight =
      Array.from({ length: 1000 }, (_, i) => 0.75 + (0.58 * (i + 0.5)) / 1000).reduce(
        (sum, aspect) =>
          sum + (Math.sqrt(0.05 / aspect) + Math.min(Math.sqrt(1 / aspect), 1 / aspect, 1)) / 2,
        0,
      ) / 1000;
    expect(mean(({ height }) => height) / side).toBeCloseTo(expectedHeight, 1);
    expect(Math.min(...crops.map(({ width, height }) => width * height)) / side ** 2).toBeLessThan(0.06);
    expect(mean(({ left, width }) => left + width / 2) / side).toBeCloseTo(0.5, 1);
    expect(mean(({ top, height }) => top + height / 2) / side).toBeCloseTo(0.5, 1);
  });
});

const everything = parseAugmentation("inception-crop|flip|randaugment(2,10)|pad-crop(2)");
const draw = (augmentation: string, seed: string) => ({
  augmentation: parseAugmentation(augmentation),
  seed,
});

describe("an image file", () => {
  const file = join(root, "ramp.png");
  /** Red grows to the right, green downwards. */
  const width = 60;
  const height = 40;
  beforeAll(async () => {
    const bytes = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const x = Math.floor(i / 3) % width;
      const y = Math.floor(i / 3 / width);
      return [4 * x, 6 * y, 99][i % 3]!;
    });
    const picture = sharp(bytes, { raw: { width, height, channels: 3 } });
    await picture.clone().png().toFile(file);
    // Lies on its side, and says so: upright it is 40 × 60.
    await picture
      .clone()
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toFile(join(root, "turned.jpg"));
  });

  it("is cropped from the whole of it before it is resized", async () => {
    const seed = "s 1";
    const crop = inceptionCrop(width, height, 5, seedrandom(seed));
    const decoded = await decodeImage({
      path: file,
      image: 8,
      channels: 3,
      draw: draw("inception-crop", seed),
    });
    const bytes = "bytes" in decoded ? decoded.bytes : [];
    const at = (x: number, y: number) => [...bytes.slice((y * 8 + x) * 3, (y * 8 + x) * 3 + 3)];
    const near = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThan(12);
    near(at(0, 0)[0]!, 4 * crop.left);
    near(at(7, 0)[0]!, 4 * (crop.left + crop.width));
    near(at(0, 0)[1]!, 6 * crop.top);
    near(at(0, 7)[1]!, 6 * (crop.top + crop.height));
    expect(at(3, 3)[2]).toBe(99);
  });

  it("is cropped upright", async () => {
    const seed = "s 7";
    const path = join(root, "turned.jpg");
    const crop = inceptionCrop(height, width, 5, seedrandom(seed));
    const decoded = await decodeImage({ path, image: 8, channels: 3, draw: draw("inception-crop", seed) });
    const bytes = "bytes" in decoded ? decoded.bytes : [];
    // Turned clockwise, what grew to the right grows downwards.
    const red = (y: number) => bytes[y * 8 * 3]!;
    expect(Math.abs(red(0) - 4 * crop.top)).toBeLessThan(12);
    expect(Math.abs(red(7) - 4 * (crop.top + crop.height))).toBeLessThan(12);
  });

  it("without a crop is its middle, augmented", async () => {
    const plain = await decodeImage({ path: file, image: 8, channels: 1 });
    const flipped = await decodeImage({ path: file, image: 8, channels: 1, draw: draw("flip", "s 2") });
    const same = await decodeImage({ path: file, image: 8, channels: 1, draw: draw("none", "s 2") });
    expect(same).toEqual(plain);
    const rows = "bytes" in plain ? plain.bytes : new Uint8Array();
    const isFlipped = seedrandom("s 2")() < 0.5;
    expect(flipped).toEqual({ bytes: rows.map((_, i) => rows[isFlipped ? i + 7 - 2 * (i % 8) : i]!) });
  });

  const compiled = fileURLToPath(new URL("../../dist/train/data/decode.js", import.meta.url));
  it("has the same bytes from worker threads", async ({ skip }) => {
    if (!existsSync(compiled)) skip("worker threads need dist/: npm run build");
    const workers = await startDecoder(2, compiled);
    try {
      const tasks = Array.from({ length: 12 }, (_, i) => ({
        path: file,
        image: 16,
        channels: i % 2 ? (1 as const) : (3 as const),
        draw: { augmentation: everything, seed: `s ${i}` },
      }));
      const there = await Promise.all(tasks.map((task) => workers.decode(task)));
      const here = await Promise.all(tasks.map(decodeImage));
      expect(there).toEqual(here);
      expect(there.every((decoded) => "bytes" in decoded)).toBe(true);
    } finally {
      await workers.close();
    }
  });
});

describe("augmented digits", () => {
  const mnist = loadMnist();

  it.each(["flip|pad-crop(2)", "randaugment(2,10)", "inception-crop(50)|flip"])(
    "%s depend on seed and index only",
    async (text) => {
      const augmentation = parseAugmentation(text);
      const batch = await mnist.train.examples([5, 6, 7, 8], { augmentation, seed: "1 0" });
      const other = await mnist.train.examples([8, 3], { augmentation, seed: "1 0" });
      const length = 28 * 28;
      expect(other.pixels.subarray(0, length)).toEqual(batch.pixels.subarray(3 * length));
      expect(other.labels[0]).toBe(batch.labels[3]);
      const next = await mnist.train.examples([5, 6, 7, 8], { augmentation, seed: "1 1" });
      expect(next.pixels).not.toEqual(batch.pixels);
      expect(batch.pixels.every((value) => value >= -1 && value <= 1)).toBe(true);
      const plain = await mnist.train.examples([5, 6, 7, 8]);
      expect(plain.pixels).not.toEqual(batch.pixels);
      const none = await mnist.train.examples([5, 6, 7, 8], { augmentation: [], seed: "1 0" });
      expect(none).toEqual(plain);
    },
  );
});

describe("a whole batch", () => {
  it("augments what stands in for another by its own index, and brings its caption", async () => {
    const asked: [readonly number[], unknown][] = [];
    const split: Split = {
      count: 4,
      examples: async (indices, augmented) => {
        const list = Array.from(indices);
        asked.push([list, augmented]);
        return {
          pixels: Float32Array.from(list, (index) => index / 10),
          labels: Int32Array.from(list),
          captions: list.map((index) => `caption ${index}`),
          missing: list.flatMap((index, i) => (index === 2 ? [i] : [])),
        };
      },
    };
    const augmented = { augmentation: everything, seed: "1 0" };
    const batch = await wholeBatch(split, Int32Array.from([3, 2, 0, 1]), 0, 2, augmented);
    expect(batch).toEqual({
      pixels: Float32Array.from([0.3, 0]),
      labels: Int32Array.from([3, 0]),
      captions: ["caption 3", "caption 0"],
      missing: [],
    });
    expect(asked).toEqual([
      [[3, 2], augmented],
      [[0], augmented],
    ]);
  });
});
