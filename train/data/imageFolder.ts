/**
 * @file A folder of images, a folder a class: FOLDER/train/CLASS/… with FOLDER/val/CLASS/… or FOLDER/test/CLASS/…,
 * or FOLDER/CLASS/… alone.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { UserError } from "../../src/units/userError.js";
import type { ImageDataset, Split } from "./dataset.js";
import type { Decoder } from "./decodeWorkers.js";

const EXTENSIONS: readonly string[] = [".jpg", ".jpeg", ".png", ".webp"];

/** Names of the split to evaluate on; the first that is there. Epochs are compared by it, hence `val` before `test`. */
const HELD_OUT = ["val", "test"] as const;

/** Of images without a split of their own to evaluate on, one in so many is kept for it. */
export const TEST_ONE_IN = 10;

export interface LabelledFile {
  /** Below the data set's folder, with slashes: CLASS/NAME or train/CLASS/NAME. */
  readonly name: string;
  readonly label: number;
}

export interface ImageFolder {
  readonly folder: string;
  /** Sorted; an example's label is a place in this list. */
  readonly classes: readonly string[];
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[];
  /** Where `test` comes from: a folder's name, or a share of `train`. */
  readonly testFrom: (typeof HELD_OUT)[number] | "share";
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** What a system or a tool left there begins with a dot, as everywhere. */
const isHidden = (name: string) => name.split("/").some((part) => part.startsWith("."));

/** Sorted by code units, which is the same in every locale. */
function foldersIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !isHidden(name) && isFolder(join(folder, name)))
    .sort();
}

function imagesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => !isHidden(name) && EXTENSIONS.includes(extname(name).toLowerCase()))
    .sort();
}

/** The images of every class; `prefix` is "", or the split's folder with a slash. */
function filesOf(folder: string, prefix: string, classes: readonly string[]): LabelledFile[] {
  return classes.flatMap((name, label) =>
    imagesIn(join(folder, prefix, name)).map((image) => ({ name: `${prefix}${name}/${image}`, label })),
  );
}

const hash = (text: string) => createHash("sha256").update(text).digest();

/** One in `TEST_ONE_IN` by a hash of the name, which stays where it is when other files come or go. */
function shareOut(files: readonly LabelledFile[]): Pick<ImageFolder, "train" | "test"> {
  const isTest = ({ name }: LabelledFile) => hash(name).readUInt32BE() % TEST_ONE_IN === 0;
  const test = files.filter(isTest);
  // Of few files the hash may choose none or all: then the first is the one.
  if (test.length === 0 || test.length === files.length) {
    return { train: files.slice(1), test: files.slice(0, 1) };
  }
  return { train: files.filter((file) => !isTest(file)), test };
}

/**
 * Lists a folder of images. Looks at names only.
 *
 * @throws UserError when there is no folder, no image, one class only, or a class to evaluate that is not trained
 */
export function scanImageFolder(folder: string): ImageFolder {
  if (!existsSync(folder)) throw new UserError(`--data ${folder}: neither mnist nor a folder that is there`);
  if (!isFolder(folder)) throw new UserError(`--data ${folder}: a file, not a folder of images`);
  const hasTrain = isFolder(join(folder, "train"));
  const prefix = hasTrain ? "train/" : "";
  const inside = foldersIn(join(folder, prefix));
  const classes = inside.filter((name) => imagesIn(join(folder, prefix, name)).length > 0);
  const files = filesOf(folder, prefix, classes);
  if (files.length === 0) {
    throw new UserError(
      `--data ${folder}: no images; looked for ${EXTENSIONS.join(", ")} in ${prefix}CLASS/ folders`,
    );
  }
  if (classes.length === 1) {
    throw new UserError(`--data ${folder}: one class only, ${classes[0]}; a folder a class, two at least`);
  }
  const heldOut = hasTrain ? HELD_OUT.find((name) => isFolder(join(folder, name))) : undefined;
  if (heldOut === undefined) return { folder, classes, ...shareOut(files), testFrom: "share" };
  const unknown = foldersIn(join(folder, heldOut)).filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `--data ${folder}: ${heldOut}/ has classes that train/ has not: ${unknown.join(", ")}`,
    );
  }
  const present = foldersIn(join(folder, heldOut));
  const test = filesOf(
    folder,
    "",
    present.map((name) => `${heldOut}/${name}`),
  ).map(({ name, label }) => ({
    name,
    label: classes.indexOf(present[label]!),
  }));
  if (test.length === 0) {
    throw new UserError(`--data ${folder}: no images in ${heldOut}/; looked for ${EXTENSIONS.join(", ")}`);
  }
  return { folder, classes, train: files, test, testFrom: heldOut };
}

export interface ImageFolderOptions {
  /** Side that images are resized and cropped to, in pixels. */
  readonly image: number;
  readonly channels: 1 | 3;
  readonly decoder: Decoder;
  /** Told of every file that cannot be read, once. */
  readonly onUnreadable?: (name: string, failure: string) => void;
}

/** The data set of a folder that was scanned. Its images are read when asked for. */
export function loadImageFolder(
  { folder, classes, train, test }: ImageFolder,
  { image, channels, decoder, onUnreadable }: ImageFolderOptions,
): ImageDataset {
  const unreadable = new Set<string>();
  const split = (files: readonly LabelledFile[]): Split => ({
    count: files.length,
    examples: async (indices) => {
      const length = image * image * channels;
      const chosen = Array.from(indices, (index) => files[index]!);
      const pixels = new Float32Array(chosen.length * length);
      const decoded = await Promise.all(
        chosen.map(({ name }) => decoder.decode({ path: join(folder, name), image, channels })),
      );
      const missing: number[] = [];
      decoded.forEach((result, i) => {
        if ("bytes" in result) {
          result.bytes.forEach((byte, p) => {
            pixels[i * length + p] = byte / 127.5 - 1;
          });
          return;
        }
        missing.push(i);
        const { name } = chosen[i]!;
        if (!unreadable.has(name)) onUnreadable?.(name, result.failure);
        unreadable.add(name);
      });
      return { pixels, labels: Int32Array.from(chosen, ({ label }) => label), missing };
    },
  });
  const listing = [...train, ...test].map(({ name, label }) => `${label} ${name}`).join("\n");
  return {
    name: resolve(folder),
    // The files, not where they are: a folder may be moved between a run and its resumption.
    identity: `images ${hash(listing).toString("hex")}`,
    image,
    channels,
    classes,
    train: split(train),
    test: split(test),
  };
}
