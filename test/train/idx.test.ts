/** @file Data sets in MNIST's files, and Fashion-MNIST's package. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { loadFashionMnist, readClothes } from "../../train/data/fashionMnist.js";
import { loadIdxFolder } from "../../train/data/mnist.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function idx(shape: readonly number[], bytes: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((size, d) => {
    header.writeInt32BE(size, 4 + 4 * d);
  });
  return Buffer.concat([header, Buffer.from(bytes)]);
}

function folderWith(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return folder;
}

/** Two images of 2 × 2 to train on, and one to test on. */
const files = {
  "train-images-idx3-ubyte": idx([2, 2, 2], [0, 255, 51, 0, 1, 2, 3, 4]),
  "train-labels-idx1-ubyte": idx([2], [2, 0]),
  "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 2, 2], [255, 255, 255, 255])),
  "t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], [1])),
};

describe("a folder of IDX files", () => {
  it("plain or compressed, is a data set of their size", async () => {
    const dataset = loadIdxFolder(folderWith("small", files));
    expect(dataset).toMatchObject({ image: 2, channels: 1, classes: ["0", "1", "2"] });
    const { pixels, labels } = await dataset.train.examples([0]);
    expect([...pixels]).toEqual([-1, 1, Math.fround(51 / 127.5 - 1), -1]);
    expect([...labels]).toEqual([2]);
    expect((await dataset.test.examples([0])).pixels).toEqual(new Float32Array(4).fill(1));
  });

  it("has names for its classes in classes.txt, and an identity of its content", () => {
    const named = loadIdxFolder(folderWith("named", { ...files, "classes.txt": "a\nb\nc\n" }));
    expect(named.classes).toEqual(["a", "b", "c"]);
    const changed = { ...files, "train-labels-idx1-ubyte": idx([2], [2, 1]) };
    expect(loadIdxFolder(folderWith("same", files)).identity).toBe(named.identity);
    expect(loadIdxFolder(folderWith("changed", changed)).identity).not.toBe(named.identity);
  });

  it.each([
    ["unlabelled", { "train-labels-idx1-ubyte": idx([3], [0, 0, 0]) }, "2 images but 3 labels for train"],
    ["oblong", { "train-images-idx3-ubyte": idx([2, 2, 1], [0, 0, 0, 0]) }, "has the shape 2x2x1, not NxSxS"],
    [
      "different",
      { "t10k-images-idx3-ubyte": idx([1, 1, 1], [0]) },
      "training images are 2 wide, test images 1",
    ],
    ["broken", { "t10k-images-idx3-ubyte.gz": "no" }, "not a whole gzip file"],
    ["unnamed", { "classes.txt": "a\nb\n" }, "names 2 classes, but there is an image of class 2"],
  ])("%s is refused", (name, other, message) => {
    const folder = folderWith(name, { ...files, ...other });
    expect(() => loadIdxFolder(folder)).toThrow(message);
    expect(() => loadIdxFolder(folder)).toThrow(expect.objectContaining({ name: "UserError" }));
  });

  it("without its test split is refused", () => {
    const { "t10k-labels-idx1-ubyte.gz": _, ...rest } = files;
    expect(() => loadIdxFolder(folderWith("half", rest))).toThrow("there is no t10k-labels-idx1-ubyte");
  });
});

describe("Fashion-MNIST's package", () => {
  const image = (value: number) => new Array<number>(784).fill(value);
  /** Three images a class, whose bytes say which it is; after the first of class 0 what is left of a file's end. */
  const clothes = (name: string, perClass = 3) => {
    const folder = folderWith(name, {});
    mkdirSync(join(folder, "src/clothes"), { recursive: true });
    for (let label = 0; label < 10; label++) {
      const images = Array.from({ length: perClass }, (_, i) => image(10 * label + i));
      const data = label === 0 ? [images[0], [], ...images.slice(1), []] : images;
      writeFileSync(join(folder, `src/clothes/${label}.json`), JSON.stringify({ data }));
    }
    return folder;
  };

  it("has the test split first in each class, and nothing for empty images", () => {
    const { train, test } = readClothes(clothes("package"), 3, 1);
    const firstBytes = ({ images }: { readonly images: Uint8Array }) =>
      [...images].filter((_, p) => p % 784 === 783);
    expect(firstBytes(test)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(firstBytes(train).slice(0, 5)).toEqual([1, 2, 11, 12, 21]);
    expect([...train.labels].slice(0, 5)).toEqual([0, 0, 1, 1, 2]);
    expect([...test.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("is refused when it has other images than it is known to have", () => {
    expect(() => loadFashionMnist(clothes("other"))).toThrow("has 3 images, not 7000; wanted version 1.1.0");
    expect(() => loadFashionMnist(folderWith("none", {}))).toThrow("0.json is not there");
  });
});
