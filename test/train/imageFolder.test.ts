/** @file A folder of images: its classes and splits, its pixels, what cannot be read, and resumption. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import { decodeImage } from "../../train/data/decode.js";
import { type Decoder, startDecoder } from "../../train/data/decodeWorkers.js";
import { loadImageFolder, scanImageFolder } from "../../train/data/imageFolder.js";
import { prefetch, wholeBatch } from "../../train/data/prefetch.js";
import type { TrainingOptions } from "../../train/setup.js";
import { train } from "../../train/train.js";
import { willfit } from "../cli/capture.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
const photos = join(root, "photos");
const plain = join(root, "plain");
const IMAGE = 16;

function write(folder: string, name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A flat image, wider than high. */
const flat = (red: number, green: number, blue: number) =>
  sharp({ create: { width: 40, height: 24, channels: 3, background: { r: red, g: green, b: blue } } });

beforeAll(async () => {
  await tf.setBackend("cpu");
  for (let i = 0; i < 8; i++) {
    write(
      photos,
      `train/dark/${i}.png`,
      await flat(10 * i, 0, 0)
        .png()
        .toBuffer(),
    );
    write(
      photos,
      `train/light/${i}.JPG`,
      await flat(255, 255 - 9 * i, 200)
        .jpeg()
        .toBuffer(),
    );
  }
  const whole = await flat(1, 2, 3).jpeg().toBuffer();
  write(photos, "train/dark/corrupt.jpg", whole.subarray(0, whole.length / 2));
  write(photos, "train/light/empty.webp", "");
  write(photos, "train/light/notes/readme.txt", "not an image");
  write(photos, "train/light/notes/.hidden.png", "");
  write(photos, "val/dark/a.webp", await flat(255, 0, 51).webp({ lossless: true }).toBuffer());
  write(photos, "val/light/b.png", await flat(255, 255, 255).png().toBuffer());
  write(photos, "val/light/corrupt.png", "no");
  for (let i = 0; i < 100; i++) write(plain, `${i % 2 ? "odd" : "even"}/${i}.png`, "");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const here: Decoder = { decode: decodeImage, close: async () => {} };

function load(left: string[] = [], channels: 1 | 3 = 3): ImageDataset {
  const onUnreadable = (name: string) => left.push(name);
  return loadImageFolder(scanImageFolder(photos), { image: IMAGE, channels, decoder: here, onUnreadable });
}

describe("a folder", () => {
  it("has its classes, and its splits by their folders", () => {
    const { classes, train: trained, test, testFrom } = scanImageFolder(photos);
    expect(classes).toEqual(["dark", "light"]);
    expect(testFrom).toBe("val");
    expect(trained.map(({ name }) => name).slice(7, 11)).toEqual([
      "train/dark/7.png",
      "train/dark/corrupt.jpg",
      "train/light/0.JPG",
      "train/light/1.JPG",
    ]);
    expect(trained).toHaveLength(18);
    expect(test.map(({ label }) => label)).toEqual([0, 1, 1]);
  });

  it("without splits keeps a share of its images for the test, whatever else is there", () => {
    const before = scanImageFolder(plain);
    expect(before.testFrom).toBe("share");
    expect(before.train.length + before.test.length).toBe(100);
    expect(before.test.length).toBeGreaterThan(3);
    expect(before.test.length).toBeLessThan(20);
    write(plain, "odd/another.png", "");
    const after = scanImageFolder(plain);
    const names = after.test.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(before.test.map(({ name }) => name)));
  });

  it.each([
    ["missing", [], "is not there, nor is it the name of a data set"],
    ["nothing", ["a/readme.txt"], "no images; looked for .jpg, .jpeg, .png, .webp in CLASS/ folders"],
    ["lonely", ["cats/1.png"], "one class only, cats"],
    ["strange", ["train/a/1.png", "train/b/1.png", "val/c/1.png"], "val/ has classes that train/ has not: c"],
  ])("%s is refused in one line", async (name, files, message) => {
    for (const file of files) write(join(root, name), file, "");
    const { status, stderr } = await willfit(`train vit-s16 --data ${join(root, name)}`);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(status).toBe(MALFORMED);
  });
});

describe("pixels", () => {
  it("are the file's colours from −1 to 1", async () => {
    const { pixels, labels } = await load().test.examples([1, 0]);
    expect([...labels]).toEqual([1, 0]);
    expect(new Set(pixels.subarray(0, IMAGE * IMAGE * 3))).toEqual(new Set([1]));
    const second = pixels.subarray(IMAGE * IMAGE * 3);
    expect(second).toHaveLength(IMAGE * IMAGE * 3);
    for (let p = 0; p < second.length; p += 3) {
      expect([...second.subarray(p, p + 3)]).toEqual([1, -1, Math.fround(51 / 127.5 - 1)]);
    }
  });

  it("are grey with one channel, and three channels even of a grey file", async () => {
    const grey = await load([], 1).test.examples([1]);
    expect([...grey.pixels]).toEqual(Array(IMAGE * IMAGE).fill(1));
    write(root, "grey.png", await flat(9, 9, 9).greyscale().png().toBuffer());
    const decoded = await decodeImage({ path: join(root, "grey.png"), image: IMAGE, channels: 3 });
    expect(decoded).toEqual({ bytes: new Uint8Array(IMAGE * IMAGE * 3).fill(9) });
  });

  const compiled = fileURLToPath(new URL("../../dist/train/data/decode.js", import.meta.url));
  it("are the same from worker threads", async ({ skip }) => {
    if (!existsSync(compiled)) skip("worker threads need dist/: npm run build");
    const workers = await startDecoder(2, compiled);
    try {
      for (const { name } of scanImageFolder(photos).train) {
        const task = { path: join(photos, name), image: IMAGE, channels: 3 } as const;
        expect(await workers.decode(task)).toEqual(await decodeImage(task));
      }
    } finally {
      await workers.close();
    }
  });
});

describe("a file that cannot be read", () => {
  it("is named once, and the next in order stands in its place", async () => {
    const left: string[] = [];
    const { train: split } = load(left);
    // 8 is corrupt and last in order, so the first follows it; 17 is empty.
    const order = Int32Array.from([3, 17, 5, 8]);
    const { pixels, labels } = await wholeBatch(split, order, 0, 4);
    const expected = await split.examples([3, 5, 5, 3]);
    expect(pixels).toEqual(expected.pixels);
    expect(labels).toEqual(expected.labels);
    await wholeBatch(split, order, 2, 2);
    expect(left).toEqual(["train/light/empty.webp", "train/dark/corrupt.jpg"]);
  });

  it("ends the run only when there is no other", async () => {
    await expect(wholeBatch(load().train, Int32Array.from([8, 17]), 0, 2)).rejects.toThrow("none of the 2");
  });
});

describe("prefetching", () => {
  it("asks ahead, keeps the order, and throws a failure in its turn", async () => {
    const asked: number[] = [];
    const batches = prefetch(3, 8, 2, async (index) => {
      asked.push(index);
      if (index === 5) throw new Error("five");
      return index;
    });
    expect((await batches.next()).value).toBe(3);
    expect(asked).toEqual([3, 4, 5]);
    expect((await batches.next()).value).toBe(4);
    await expect(batches.next()).rejects.toThrow("five");
  });
});

describe("a run", () => {
  const options = (out: string, overrides: Partial<TrainingOptions> = {}): TrainingOptions => ({
    model: "vit-s16",
    modelOptions: { patch: 8, width: 16, depth: 1, heads: 2 },
    plan: { globalBatch: 5 },
    dataset: load(),
    epochs: 3,
    learningRate: 0.01,
    warmupSteps: 2,
    seed: 3,
    out: join(root, out),
    resume: false,
    checkpointEvery: 100,
    ...overrides,
  });

  it.each([2, 3, 7])("stopped after step %d and resumed ends with the same bits", async (stopAt) => {
    const whole = await train(options(`whole${stopAt}`));
    expect(whole).toMatchObject({ finished: true, steps: 9 });
    expect(whole.evaluations[0]!.examples).toBe(2);
    let step = 0;
    const stopped = await train(options(`stopped${stopAt}`), {
      onStep: (progress) => {
        step = progress.step;
      },
      shouldStop: () => step === stopAt,
    });
    expect(stopped).toMatchObject({ finished: false, steps: stopAt });
    const resumed = await train(options(`stopped${stopAt}`, { resume: true }));
    expect(readFileSync(resumed.checkpoint!).equals(readFileSync(whole.checkpoint!))).toBe(true);
  });
});
