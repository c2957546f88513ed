/** @file Damaged data: IDX files, tar shards, tokenizers and images. What is read is as it says it is; the rest is refused, or left out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTrainingData } from "../../src/cli/trainingData.js";
import { decodeImage } from "../../train/data/decode.js";
import { parseIdx } from "../../train/data/idx.js";
import { scanImageFolder } from "../../train/data/imageFolder.js";
import { loadIdxFolder } from "../../train/data/mnist.js";
import { findShards } from "../../train/data/shards.js";
import { loadTokenizer } from "../../train/data/tokenizer.js";
import { scanWebDataset } from "../../train/data/webDataset.js";
import { cases } from "./cases.js";
import { damage, damaged } from "./damage.js";
import { answerOrRefusal, answerOrRefusalOf } from "./refused.js";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "willfit-fuzz-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const changes = fc.array(damage, { minLength: 1, maxLength: 3 });

/** Header and data of an IDX file. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, d) => {
    header.writeInt32BE(size, 4 + 4 * d);
  });
  return Buffer.concat([header, data]);
}

describe("IDX files", () => {
  it("have as many bytes as they say, or are refused", () => {
    const sizes = fc.oneof(
      fc.integer({ min: -3, max: 6 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    );
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 4 }), fc.uint8Array({ maxLength: 300 }), (shape, data) => {
        const found = answerOrRefusal(() => parseIdx("some file", idx(shape, data)));
        if (!found) return;
        expect(found.shape).toEqual(shape);
        expect(found.shape.every((size) => size >= 0)).toBe(true);
        expect(found.data).toHaveLength(found.shape.reduce((product, size) => product * size, 1));
      }),
      cases(300, 0.1),
    );
  });

  it("of a folder are read or refused, whatever happened to one of them", async () => {
    const folder = join(root, "idx");
    mkdirSync(folder);
    const images = (count: number) => idx([count, 4, 4], new Uint8Array(count * 16).fill(7));
    const labels = (count: number) =>
      idx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 3),
      );
    const files: Readonly<Record<string, Buffer>> = {
      "train-images-idx3-ubyte": images(9),
      "train-labels-idx1-ubyte.gz": gzipSync(labels(9)),
      "t10k-images-idx3-ubyte": images(3),
      "t10k-labels-idx1-ubyte": labels(3),
    };
    const write = (name: string, content: Uint8Array) => writeFileSync(join(folder, name), content);
    for (const [name, content] of Object.entries(files)) write(name, content);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(files)), changes, async (name, all) => {
        write(name, all.reduce(damaged, files[name]!));
        const set = answerOrRefusal(() => loadIdxFolder(folder));
        write(name, files[name]!);
        if (!set) return;
        for (const split of [set.train, set.test]) {
          expect(split.count).toBeGreaterThan(0);
          const { pixels, labels: found } = await split.examples([split.count - 1]);
          expect(pixels).toHaveLength(set.image ** 2);
          expect(set.classes[found[0]!]).toBeDefined();
        }
      }),
      cases(200, 0.03),
    );
  });
});

/** A tar file of members. */
async function tar(
  members: readonly { readonly header: Partial<Header>; readonly content: Uint8Array | string }[],
) {
  const packed = pack();
  for (const { header, content } of members) packed.entry(header as Header, Buffer.from(content));
  packed.finalize();
  return buffer(packed as unknown as NodeJS.ReadableStream);
}

describe("tar shards", () => {
  const folder = () => join(root, "shards");
  const path = () => join(folder(), "0.tar");
  let image: Buffer = Buffer.alloc(0);
  let whole: Buffer = Buffer.alloc(0);
  beforeAll(async () => {
    mkdirSync(folder());
    const background = { r: 9, g: 9, b: 9 };
    image = await sharp({ create: { width: 4, height: 4, channels: 3, background } })
      .png()
      .toBuffer();
    whole = await tar(
      [0, 1, 2, 3].flatMap((i) => [
        { header: { name: `${i}.png` }, content: image },
        { header: { name: `${i}.cls` }, content: String(i % 2) },
        { header: { name: `${i}.json` }, content: JSON.stringify({ caption: `image ${i}` }) },
      ]),
    );
  });

  /** What is found in a shard, every image of which is then asked for. */
  async function scanned(file: Uint8Array) {
    writeFileSync(path(), file);
    const found = await answerOrRefusalOf(() => scanWebDataset(folder(), findShards(folder())!));
    for (const { path: shard, part, label } of [...(found?.train ?? []), ...(found?.test ?? [])]) {
      expect(part.start + part.size).toBeLessThanOrEqual(file.length);
      expect(label).toBeLessThan(Math.max(1, found!.classes.length));
      const decoded = await decodeImage({ path: shard, part, image: 4, channels: 3 });
      if ("bytes" in decoded) expect(decoded.bytes).toHaveLength(48);
      else expect(decoded.failure).toMatch(/^[^\n]+$/);
    }
    return found;
  }

  it("are read or refused, whatever happened to them", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        await scanned(all.reduce(damaged, whole));
      }),
      cases(200, 0.05),
    );
  });

  it("cut off at any block, or in it, are refused", async () => {
    // A tar file ends with two empty blocks, which some programs leave out.
    const content = whole.length - 1024;
    for (let length = 1; length < content; length += 171) {
      if (length % 512 === 0) continue;
      expect(await scanned(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it("of members with any names and contents are read or refused", async () => {
    const name = fc.oneof(
      fc.constantFrom("a.png", "a.cls", "a.txt", "a.json", "b.png", "b.CLS", "./a.png", "../a.png", "/a.png"),
      fc.constantFrom("a.b.png", ".png", "a.", "..", "a/.png", "a.png/", "__proto__.png", "constructor.cls"),
      fc.constantFrom(`${"é".repeat(90)}.png`, "a\nb.png", "\u001b[31m.png", `${"d/".repeat(80)}a.png`),
      fc.string({ minLength: 1, maxLength: 30 }).map((text) => `${text.replaceAll("\0", "")}.png`),
    );
    const content = fc.oneof(
      fc.constantFrom(
        "",
        "0",
        "1",
        "-1",
        "1e9",
        "99999999999999999999",
        "4294967295",
        "null",
        "[]",
        '{"caption":3}',
      ),
      fc.uint8Array({ maxLength: 600 }),
      fc.constant(undefined),
    );
    const member = fc.record({ name, content, type: fc.constantFrom("file" as const, "directory" as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 8 }), async (members) => {
        const file = await tar(
          members.map(({ name: of, type, content: given }) => ({
            header: { name: of, type },
            content: type === "directory" ? "" : (given ?? image),
          })),
        );
        await scanned(file);
      }),
      cases(200, 0.04),
    );
  });

  it("of a size that the file has not are refused", async () => {
    // Its last octal digit, and what base 256 makes of it (GNU tar, for files of 8 GiB and more).
    const lies = [
      Buffer.from("77777777777\0"),
      Buffer.from([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
    ];
    for (const size of lies) {
      const file = Buffer.from(whole);
      file.set(size, 124);
      const header = file.subarray(0, 512);
      header.fill(" ", 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
      expect(await scanned(file)).toBeUndefined();
    }
  });

  it.each(["{0..99999999}", "{a..z}".repeat(6), "{a,b}".repeat(40), "{".repeat(200)])(
    "a pattern that stands for too many, or for nothing that is there, is refused at once: %s",
    async (pattern) => {
      const began = performance.now();
      const data = join(root, `${pattern}.tar`);
      expect(await answerOrRefusalOf(async () => findShards(data))).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(10_000);
    },
  );
});

describe("tokenizers", () => {
  const tokenizer = {
    added_tokens: [{ id: 3, content: "[SEP]", special: true, normalized: false }],
    normalizer: { type: "BertNormalizer", lowercase: true, clean_text: true, handle_chinese_chars: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, a: 4, photo: 5, of: 6, cat: 7 },
    },
  };

  it.each(["a\u0000b", "a".repeat(5000), join(import.meta.filename, "x")])(
    "of names that no file can have are refused: %j",
    async (name) => expect(await answerOrRefusalOf(() => loadTokenizer(name))).toBeUndefined(),
  );

  it("encode into their vocabulary, or are refused", async () => {
    const path = join(root, "tokenizer.json");
    const file = Buffer.from(JSON.stringify(tokenizer));
    const values = fc.constantFrom<unknown>(null, -1, 1.5, 1e300, "", [], {}, [null], true, "BPE", "Unigram");
    /** The tokenizer with another value at some place in it. */
    const changed = fc
      .tuple(fc.constantFrom(...Object.keys(tokenizer)), fc.nat(), values)
      .map(([key, at, value]) => {
        const copy = JSON.parse(JSON.stringify(tokenizer)) as Record<string, Record<string, unknown>>;
        const names = Object.keys(copy[key]!);
        copy[key]![names[at % names.length]!] = value;
        return JSON.stringify(copy);
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, changed, fc.json()), async (what) => {
        writeFileSync(path, typeof what === "string" ? what : what.reduce(damaged, file));
        const loaded = await answerOrRefusalOf(() => loadTokenizer(path));
        const ids = loaded && answerOrRefusal(() => loaded.encode("a photo of two cats, é \u0000", 8));
        if (!ids) return;
        expect(ids).toHaveLength(8);
        for (const id of ids) expect(id >= 0 && id < loaded.vocabulary).toBe(true);
      }),
      cases(300, 0.05),
    );
  });
});

describe("images", () => {
  it("are decoded to their size, or are left out with a reason of one line", async () => {
    const background = { r: 200, g: 100, b: 50 };
    const flat = sharp({ create: { width: 16, height: 12, channels: 3, background } });
    const files = [
      await flat.clone().jpeg().toBuffer(),
      await flat.clone().png().toBuffer(),
      await flat.clone().webp().toBuffer(),
    ];
    const path = join(root, "image.jpg");
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 2 }),
        changes,
        fc.constantFrom(1 as const, 3 as const),
        async (i, all, channels) => {
          writeFileSync(path, all.reduce(damaged, files[i]!));
          const decoded = await decodeImage({ path, image: 8, channels });
          if ("bytes" in decoded) expect(decoded.bytes).toHaveLength(64 * channels);
          else expect(decoded.failure).toMatch(/^[^\n]+$/);
        },
      ),
      cases(200, 0.04),
    );
  });

  it("may have any names; a folder with the name of an image is none, and a link back is not followed", () => {
    const folder = join(root, "odd");
    const names = ["a b.jpg", "é.PNG", "new\nline.webp", "\u001b[31m.jpg", "-.jpeg", "__proto__.jpg"];
    for (const name of ["one", "two"]) {
      mkdirSync(join(folder, name, "x.jpg"), { recursive: true });
      for (const file of names) writeFileSync(join(folder, name, file), "");
      symlinkSync(folder, join(folder, name, "again"));
    }
    const { classes, train, test } = scanImageFolder(folder);
    expect(classes).toEqual(["one", "two"]);
    expect([...train, ...test].map(({ name }) => name).sort()).toEqual(
      classes.flatMap((name) => names.map((file) => `${name}/${file}`)).sort(),
    );
  });

  it("of thousands of classes, and of one", () => {
    const folder = join(root, "many");
    for (let i = 0; i < 3000; i++) {
      for (const split of ["train", "val"]) {
        mkdirSync(join(folder, split, `class ${i}`), { recursive: true });
        writeFileSync(join(folder, split, `class ${i}`, "1.jpg"), "");
      }
    }
    expect(scanImageFolder(folder).classes).toHaveLength(3000);
    mkdirSync(join(root, "one", "only"), { recursive: true });
    writeFileSync(join(root, "one", "only", "1.jpg"), "");
    expect(() => scanImageFolder(join(root, "one"))).toThrow("one class only, only");
  });
});

describe("--data", () => {
  const quiet = { note: () => {} } as unknown as Parameters<typeof loadTrainingData>[3];
  it.each([
    ["a name that no file can have", () => "a\u0000b"],
    ["a name that is too long", () => "a".repeat(5000)],
    ["a file below a file", () => join(import.meta.filename, "x")],
    [
      "a link to itself",
      () => {
        const path = join(root, "loop");
        symlinkSync(path, path);
        return path;
      },
    ],
    ["a text", () => import.meta.filename],
    [
      "a tar file that is none",
      () => {
        const path = join(root, "none.tar");
        writeFileSync(path, readFileSync(import.meta.filename));
        return path;
      },
    ],
    [
      "an empty tar file",
      () => {
        const path = join(root, "empty.tar");
        writeFileSync(path, "");
        return path;
      },
    ],
    [
      "a folder with the name of a tar file",
      () => {
        const path = join(root, "folder.tar");
        mkdirSync(path);
        return path;
      },
    ],
  ])("%s is refused", async (_, data) => {
    const found = await answerOrRefusalOf(() => loadTrainingData(data(), "vit-ti16", {}, quiet));
    expect(found).toBeUndefined();
  });
});
