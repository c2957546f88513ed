/**
 * @file A folder of images, a folder a class: FOLDER/train/CLASS/… with FOLDER/val/CLASS/… or FOLDER/test/CLASS/…,
 * or FOLDER/CLASS/… alone.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join, relative, resolve } from "node:path";
import { UserError } from "../../src/units/userError.js";
import type { ImageDataset } from "./dataset.js";
import { type DecodedOptions, decodedSplits } from "./decodedSplit.js";
import { HELD_OUT, hash, shareOut, type TestFrom } from "./share.js";

/** What the names of images end in. */
export const EXTENSIONS: readonly string[] = [".jpg", ".jpeg", ".png", ".webp"];

interface LabelledFile {
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
  readonly testFrom: TestFrom;
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

/** Links to folders inside a class are not followed: they may lead back to where they are. */
function imagesIn(folder: string): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      // Node before 20.12 calls it `path`.
      .map((entry) =>
        relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"),
      )
      .filter((name) => !isHidden(name) && EXTENSIONS.includes(extname(name).toLowerCase()))
      .sort()
  );
}

/** The images of every class; `prefix` is "", or the split's folder with a slash. */
function filesOf(folder: string, prefix: string, classes: readonly string[]): LabelledFile[] {
  return classes.flatMap((name, label) =>
    imagesIn(join(folder, prefix, name)).map((image) => ({ name: `${prefix}${name}/${image}`, label })),
  );
}

/**
 * Lists a folder of images. Looks at names only.
 *
 * @throws UserError when there is no folder, no image, one class only, or a class to evaluate that is not trained
 */
export function scanImageFolder(folder: string): ImageFolder {
  if (!existsSync(folder)) throw new UserError(`--data ${folder}: there is no such folder`);
  if (!isFolder(folder))
    throw new UserError(`--data ${folder}: a file, but no .tar; shards are tar files, not compressed`);
  const hasTrain = isFolder(join(folder, "train"));
  const prefix = hasTrain ? "train/" : "";
  const inside = foldersIn(join(folder, prefix));
  const classes = inside.filter((name) => imagesIn(join(folder, prefix, name)).length > 0);
  const files = filesOf(folder, prefix, classes);
  if (files.length === 0) {
    throw new UserError(
      `--data ${folder}: no images; looked for ${EXTENSIONS.join(", ")} in ${prefix}CLASS/ folders, and for .tar files`,
    );
  }
  if (classes.length === 1) {
    throw new UserError(`--data ${folder}: one class only, ${classes[0]}; a folder a class, two at least`);
  }
  const heldOut = hasTrain ? HELD_OUT.find((name) => isFolder(join(folder, name))) : undefined;
  if (heldOut === undefined) {
    return { folder, classes, ...shareOut(files, ({ name }) => name), testFrom: "share" };
  }
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

/** The data set of a folder that was scanned. Its images are read when asked for. */
export function loadImageFolder(
  { folder, classes, train, test }: ImageFolder,
  options: DecodedOptions,
): ImageDataset {
  const split = decodedSplits(options);
  const splitOf = (files: readonly LabelledFile[]) =>
    split(files.length, (index) => {
      const file = files[index]!;
      return { ...file, path: join(folder, file.name) };
    });
  const listing = [...train, ...test].map(({ name, label }) => `${label} ${name}`).join("\n");
  const { image, channels } = options;
  return {
    name: resolve(folder),
    // The files, not where they are: a folder may be moved between a run and its resumption.
    identity: `images ${hash(listing).toString("hex")}`,
    image,
    channels,
    classes,
    train: splitOf(train),
    test: splitOf(test),
  };
}
