/** @file WebDataset shards: what is found in them, their images and captions, and what is refused. */
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import sharp from "sharp";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAugmentation } from "../../train/data/augmentation.js";
import { decodeImage } from "../../train/data/decode.js";
import type { Decoder } from "../../train/data/decodeWorkers.js";
import { wholeBatch } from "../../train/data/prefetch.js";
import { findShards } from "../../train/data/shards.js";
import { loadWebDataset, scanWebDataset, shardBytes, type WebDataset } from "../../train/data/webDataset.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const IMAGE = 8;
const here: Decoder = { decode: decodeImage, close: async () => {} };

type Files = Readonly<Record<string, string | Uint8Array>>;

async function writeShard(path: string, files: Files): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const tar = pack();
  const file = createWriteStream(path);
  tar.pipe(file as never);
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  await finished(file);
  return path;
}

/** A flat image of this grey. */
const png = (grey: number) =>
  sharp({ create: { width: 12, height: 9, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();

async function scan(data: string): Promise<WebDataset> {
  const shards = findShards(data);
  if (shards === undefined) throw new Error(`${data}: no shards`);
  return scanWebDataset(data, shards);
}

const load = (scanned: WebDataset, left: string[] = []) =>
  loadWebDataset(scanned, {
    image: IMAGE,
    channels: 3,
    decoder: here,
    onUnreadable: (name) => left.push(name),
  });

/** Four shards of five images of different greys, with captions; the last two in val/. */
const captioned = join(root, "captioned");
/** A name longer than a tar header has room for. */
const LONG = `${"deep/".repeat(30)}name`;

beforeAll(async () => {
  for (let shard = 0; shard < 4; shard++) {
    const files: Record<string, string | Uint8Array> = {};
    for (let i = 0; i < 5; i++) {
      const number = shard * 5 + i;
      const key = number === 3 ? LONG : `./000${number}`;
      files[`${key}.txt`] = ` image ${number}\n`;
      files[`${key}.png`] = await png(number * 10);
      files[`${key}.json`] = JSON.stringify({ caption: "not this", width: 12 });
    }
    await writeShard(join(captioned, shard < 2 ? "train" : "val", `${shard}.tar`), files);
  }
});

describe("shards", () => {
  it("in train/ and val/ are indexed, and any of their images can be asked for", async () => {
    let read = 0;
    const shards = findShards(captioned)!;
    const scanned = await scanWebDataset(captioned, shards, (bytes) => {
      read += bytes;
    });
    expect(scanned).toMatchObject({
      classes: [],
      captioned: true,
      testFrom: "val",
      untold: 0,
      shards: 4,
    });
    expect(read).toBe(shardBytes(shards));
    const { train, test } = load(scanned);
    expect([train.count, test.count]).toEqual([10, 10]);
    const { pixels, labels, captions, missing } = await train.examples([7, 3, 0]);
    expect(missing).toEqual([]);
    expect([...labels]).toEqual([-1, -1, -1]);
    expect(captions).toEqual(["image 7", "image 3", "image 0"]);
    const length = IMAGE * IMAGE * 3;
    [70, 30, 0].forEach((grey, i) => {
      expect(new Set(pixels.subarray(i * length, (i + 1) * length))).toEqual(
        new Set([Math.fround(grey / 127.5 - 1)]),
      );
    });
  });

  it("are the same data set wherever they lie, until something of it changes", async () => {
    const shard = await writeShard(join(root, "here/a.tar"), {
      "1.png": "",
      "1.cls": "0",
      "2.png": "",
      "2.cls": "1",
    });
    const moved = await writeShard(join(root, "there/b.tar"), {
      "1.png": "",
      "1.cls": "0",
      "2.png": "",
      "2.cls": "1",
    });
    const other = await writeShard(join(root, "there/c.tar"), {
      "1.png": "",
      "1.cls": "1",
      "2.png": "",
      "2.cls": "1",
    });
    const identity = async (data: string) => load(await scan(data)).identity;
    expect(await identity(moved)).toBe(await identity(shard));
    expect(await identity(other)).not.toBe(await identity(shard));
  });

  it("with .cls have classes, named by classes.txt if it lies beside them", async () => {
    const files: Record<string, string | Uint8Array> = {};
    for (let i = 0; i < 40; i++) {
      files[`${i}.jpg`] = "";
      files[`${i}.seg.png`] = "";
      files[`${i}.cls`] = `${i % 3}\n`;
    }
    files["nothing.jpg"] = "";
    files["._0.jpg"] = "";
    const shard = await writeShard(join(root, "classes/only.tar"), files);
    const { classes, train, test, testFrom, captioned: hasCaptions, untold } = await scan(shard);
    expect({ classes, testFrom, hasCaptions, untold }).toEqual({
      classes: ["0", "1", "2"],
      testFrom: "share",
      hasCaptions: false,
      untold: 1,
    });
    expect(train.length + test.length).toBe(40);
    expect(test.length).toBeGreaterThan(0);
    writeFileSync(join(root, "classes/classes.txt"), "cat\nhot dog\r\nfish\nbird\n");
    const named = await scan(join(root, "classes"));
    expect(named.classes).toEqual(["cat", "hot dog", "fish", "bird"]);
    expect(named.train.find(({ key }) => key === "11" || key === "14")?.label).toBe(2);
    expect(load(named).classes).toEqual(named.classes);
  });

  it("of a pattern are read in its order, and an image is held out whatever its shard", async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `key${i}`);
    const write = (name: string, some: readonly string[]) =>
      writeShard(
        join(root, "pattern", name),
        Object.fromEntries(
          some.flatMap((key) => [[`${key}.webp`, ""] as const, [`${key}.txt`, key] as const]),
        ),
      );
    for (let i = 0; i < 3; i++) await write(`s-0${i}.tar`, keys.slice(i * 10, i * 10 + 10));
    await write("all.tar", keys);
    const parts = await scan(join(root, "pattern/s-{00..02}.tar"));
    const whole = await scan(join(root, "pattern/all.tar"));
    const keysOf = (samples: WebDataset["train"]) => samples.map(({ key }) => key);
    expect(keysOf(parts.train)).toEqual(keysOf(whole.train));
    expect(keysOf(parts.test)).toEqual(keysOf(whole.test));
    expect(await scan(join(root, "pattern/s-{01,00}.tar"))).toMatchObject({ shards: 2 });
  });

  it("take a caption from .json where there is no .txt", async () => {
    const shard = await writeShard(join(root, "json.tar"), {
      "a.json": '{"caption": " one "}',
      "a.png": "",
      "b.json": '{"text": "two", "caption": null}',
      "b.png": "",
      "c.json": "no",
      "c.png": "",
      "c.cls": "0",
      "d.json": "[]",
      "d.png": "",
    });
    const { train, test, untold } = await scan(shard);
    const all = [...train, ...test].sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(all.map(({ caption }) => caption)).toEqual(["one", "two", undefined]);
    expect(untold).toBe(1);
  });
});

describe("images in shards", () => {
  it("that cannot be read are named with their shard, and the next stands in with its caption", async () => {
    const whole = await png(50);
    const shard = await writeShard(join(root, "corrupt/x.tar"), {
      "a.png": whole.subarray(0, 40),
      "a.txt": "corrupt",
      "b.png": whole,
      "b.txt": "whole",
      "c.png": "",
      "c.txt": "empty",
      "d.png": whole,
      "d.txt": "held out",
    });
    const left: string[] = [];
    const scanned = await scan(shard);
    const { train } = load({ ...scanned, train: [...scanned.train, ...scanned.test] }, left);
    const captions = (await train.examples([0, 1, 2, 3])).captions!;
    const order = Int32Array.from(["corrupt", "whole", "empty"], (caption) => captions.indexOf(caption));
    const batch = await wholeBatch(train, order, 0, 3);
    expect(batch.captions).toEqual(["whole", "whole", "whole"]);
    expect(left.sort()).toEqual(["x.tar: a", "x.tar: c"]);
  });

  it("are augmented by their index", async () => {
    const { train } = load(await scan(captioned));
    const augmented = { augmentation: parseAugmentation("inception-crop|randaugment(2,9)"), seed: "1 2" };
    const all = await train.examples([0, 1, 2, 3, 4], augmented);
    const some = await train.examples([3, 1], augmented);
    const length = IMAGE * IMAGE * 3;
    expect(some.pixels.subarray(0, length)).toEqual(all.pixels.subarray(3 * length, 4 * length));
    expect(some.pixels.subarray(length)).toEqual(all.pixels.subarray(length, 2 * length));
    expect(all.pixels).not.toEqual((await train.examples([0, 1, 2, 3, 4])).pixels);
  });
});

describe("shards that are refused, in one line", () => {
  it.each([
    ["no images", { "a.txt": "text" }, "no images in its tar files"],
    ["nothing told", { "a.png": "" }, "images without a class in .cls or a caption in .txt or .json"],
    ["one class", { "a.png": "", "a.cls": "0" }, "one class only, 0, and no captions"],
    ["a class by name", { "a.png": "", "a.cls": "cat" }, 'a.cls: "cat" is not the number of a class'],
  ])("%s", async (name, files, message) => {
    const shard = await writeShard(join(root, `${name}.tar`), files as Files);
    await expect(scan(shard)).rejects.toThrow(message);
    await expect(scan(shard)).rejects.toMatchObject({ name: "UserError" });
  });

  it.each([
    ["in an image", 700],
    ["in a header", 200],
    ["before the last block of an image", 1530],
  ])("truncated %s", async (_, bytes) => {
    const shard = await writeShard(join(root, "short.tar"), {
      "a.png": await png(9).then((p) => Buffer.concat([p, Buffer.alloc(1000)])),
      "a.txt": "a",
    });
    truncateSync(shard, bytes);
    await expect(scan(shard)).rejects.toThrow(/short\.tar: truncated: it ends in the middle of a file/);
  });

  it("no tar file, a missing shard, too few class names", async () => {
    const text = join(root, "text.tar");
    writeFileSync(text, "x".repeat(2000));
    await expect(scan(text)).rejects.toThrow(/text\.tar: not a whole tar file: Invalid tar header/);
    const pattern = join(root, "s-{0..3}.tar");
    await expect(scan(pattern)).rejects.toThrow(/there is no .*s-0\.tar, one of its 4 shards/);
    const shard = await writeShard(join(root, "few/a.tar"), {
      "a.png": "",
      "a.cls": "3",
      "b.png": "",
      "b.cls": "1",
    });
    writeFileSync(join(root, "few/classes.txt"), "cat\ndog\n");
    await expect(scan(shard)).rejects.toThrow("names 2 classes, but there is an image of class 3");
  });

  it("is left to others when there is no tar file in it", async () => {
    expect(findShards(root.concat("/nowhere"))).toBeUndefined();
    mkdirSync(join(root, "images/train/cat"), { recursive: true });
    expect(findShards(join(root, "images"))).toBeUndefined();
    expect(readFileSync(join(captioned, "train/0.tar")).length).toBeGreaterThan(0);
  });
});
