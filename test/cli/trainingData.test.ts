/** @file `--data`: which kind of data set it names, and what is said of what it does not name. */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import sharp from "sharp";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { terminalOf } from "../../src/cli/terminal.js";
import { loadTrainingData } from "../../src/cli/trainingData.js";
import { willfit } from "./capture.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
const shard = join(root, "shard.tar");
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  const tar = pack();
  const file = createWriteStream(shard);
  tar.pipe(file as never);
  const image = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  for (let i = 0; i < 12; i++) {
    tar.entry({ name: `${i}.png` }, i === 5 ? "corrupt" : image);
    tar.entry({ name: `${i}.cls` }, String(i % 2));
    tar.entry({ name: `${i}.txt` }, `number ${i}`);
  }
  tar.entry({ name: "nothing.png" }, image);
  tar.finalize();
  await finished(file);
});

async function load(data: string, image = 16) {
  let stderr = "";
  const write = (text: string) => {
    stderr += text;
  };
  const terminal = terminalOf({ stdout: { write }, stderr: { write }, env: {} });
  const loaded = await loadTrainingData(data, "vit-s16", { image, patch: 8 }, terminal);
  return { ...loaded, stderr: () => stderr };
}

describe("--data", () => {
  it("names shards, whose images get the model's side", async () => {
    const { dataset, stderr, unreadable, close } = await load(shard);
    try {
      expect(dataset).toMatchObject({ image: 16, channels: 3, classes: ["0", "1"] });
      expect(stderr()).toContain("1 image(s) left out, which have neither a class nor a caption");
      expect(stderr()).toMatch(/1 shard\(s\), 2 classes, captions, \d+ images to train on at 16x16\n/);
      expect(stderr()).toContain("images to test on: about one in 10, by a hash of the name");
      const all = Array.from({ length: dataset.train.count }, (_, i) => i);
      const { captions, pixels, missing } = await dataset.train.examples(all);
      expect(captions).toHaveLength(dataset.train.count);
      expect(pixels).toHaveLength(dataset.train.count * 16 * 16 * 3);
      expect(unreadable()).toEqual(missing.length > 0 ? ["shard.tar: 5"] : []);
    } finally {
      await close();
    }
  });

  it("names a data set, with names for its classes", async () => {
    const { dataset } = await load("mnist", 28);
    expect(dataset.classes[7]).toBe("seven");
  });

  it("names a folder in MNIST's files, which has to have all four", async () => {
    const folder = join(root, "idx");
    mkdirSync(folder);
    writeFileSync(join(folder, "train-images-idx3-ubyte"), Buffer.from([0, 0, 8, 1, 0, 0, 0, 0]));
    await expect(load(folder)).rejects.toThrow("there is no train-labels-idx1-ubyte");
  });

  it.each([
    [
      "mnst",
      () => "mnst",
      "is not there, nor is it the name of a data set; give mnist, fashion-mnist, a folder",
    ],
    ["a missing shard", () => join(root, "s-{00..01}.tar"), "s-00.tar, one of its 2 shards"],
    [
      "a compressed shard",
      () => {
        writeFileSync(join(root, "shard.tar.gz"), "");
        return join(root, "shard.tar.gz");
      },
      "a file, but no .tar; shards are tar files, not compressed",
    ],
    [
      "a truncated shard",
      () => {
        const folder = join(root, "short");
        mkdirSync(folder);
        writeFileSync(join(folder, "a.tar"), Buffer.alloc(0));
        truncateSync(join(folder, "a.tar"), 100);
        return folder;
      },
      "a.tar: truncated",
    ],
  ])("that is %s is refused in one line", async (_, data, message) => {
    const { status, stderr } = await willfit(`train vit-s16 --image 16 --patch 8 --data ${data()}`);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(status).toBe(MALFORMED);
  });
});
