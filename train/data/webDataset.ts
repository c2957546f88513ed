/**
 * @file WebDataset: tar files in which those of one name belong together, an image with its caption in .txt or .json,
 * or its class in .cls. The shards are read through once to see where each image lies; then any can be asked for.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../src/units/userError.js";
import { classNames } from "./classNames.js";
import type { ImageDataset } from "./dataset.js";
import { type DecodedOptions, decodedSplits, type StoredImage } from "./decodedSplit.js";
import { EXTENSIONS } from "./imageFolder.js";
import type { Shards } from "./shards.js";
import { shareOut, type TestFrom } from "./share.js";
import { type TarMember, tarMembers } from "./tarIndex.js";

/** An image in a shard, with what belongs to it. */
interface ShardSample extends StoredImage {
  /** Its name in the shard, without what comes after the first dot. */
  readonly key: string;
  readonly part: NonNullable<StoredImage["part"]>;
}

export interface WebDataset {
  /** As `--data` named it. */
  readonly data: string;
  readonly shards: number;
  /** Names of classes; none where no image has a class. */
  readonly classes: readonly string[];
  readonly captioned: boolean;
  readonly train: readonly ShardSample[];
  readonly test: readonly ShardSample[];
  readonly testFrom: TestFrom;
  /** Images left out because nothing says what they show. */
  readonly untold: number;
}

const NO_CLASS = -1;

/** As WebDataset has it: a key is the path up to the first dot of the base name, the rest is what kind of file it is. */
const MEMBER = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/;

interface Parts {
  image?: TarMember;
  txt?: TarMember;
  json?: TarMember;
  cls?: TarMember;
}

function kindOf(extension: string): keyof Parts | undefined {
  if (extension === "txt" || extension === "json" || extension === "cls") return extension;
  return EXTENSIONS.includes(`.${extension}`) ? "image" : undefined;
}

function split(name: string): { readonly key: string; readonly kind: keyof Parts } | undefined {
  const [, key, extension] = MEMBER.exec(name) ?? [];
  const kind = extension && kindOf(extension.toLowerCase());
  return key && kind ? { key, kind } : undefined;
}

/** More classes than any data set of images has (JFT-3B: 30,000): a number beyond is another kind of number. */
const MOST_CLASSES = 1_000_000;

function parseClass(path: string, { name, content }: TarMember): number {
  const text = content!.toString("utf8").trim();
  if (/^\d+$/.test(text) && Number(text) < MOST_CLASSES) return Number(text);
  throw new UserError(`${path}: ${name}: "${text}" is not the number of a class`);
}

/** What img2dataset writes of an image, as far as it is a text for it. */
const captionSchema = z.looseObject({ caption: z.string().nullish(), text: z.string().nullish() });

function parseCaption({ txt, json }: Parts): string | undefined {
  if (txt) return txt.content!.toString("utf8").trim();
  if (!json) return undefined;
  try {
    const { caption, text } = captionSchema.parse(JSON.parse(json.content!.toString("utf8")));
    return (caption ?? text ?? undefined)?.trim();
  } catch {
    // Whatever else it is: it tells nothing of the image.
    return undefined;
  }
}

function sampleOf(path: string, key: string, parts: Parts): ShardSample | undefined {
  if (!parts.image) return undefined;
  const { start, size } = parts.image;
  const caption = parseCaption(parts);
  return {
    name: `${basename(path)}: ${key}`,
    key,
    path,
    part: { start, size },
    label: parts.cls ? parseClass(path, parts.cls) : NO_CLASS,
    ...(caption !== undefined && { caption }),
  };
}

/** The images of one shard, in its order. */
async function samplesOf(path: string, onBytes: (bytes: number) => void): Promise<ShardSample[]> {
  const byKey = new Map<string, Parts>();
  const isTelling = (name: string) => {
    const kind = split(name)?.kind;
    return kind !== undefined && kind !== "image";
  };
  for await (const member of tarMembers(path, isTelling, onBytes)) {
    const found = split(member.name);
    if (found === undefined) continue;
    const parts = byKey.get(found.key) ?? {};
    parts[found.kind] = member;
    byKey.set(found.key, parts);
  }
  return [...byKey].flatMap(([key, parts]) => sampleOf(path, key, parts) ?? []);
}

async function samplesOfAll(paths: readonly string[], onBytes: (bytes: number) => void) {
  const samples: ShardSample[] = [];
  // One after the other: a disk reads one file fastest, and the order is that of the shards.
  for (const path of paths) for (const sample of await samplesOf(path, onBytes)) samples.push(sample);
  return samples;
}

const isTold = ({ label, caption }: ShardSample) => label !== NO_CLASS || caption !== undefined;

/** Bytes of all of them, which is how much there is to read. */
export function shardBytes({ train, test }: Shards): number {
  return [...train, ...test].reduce((bytes, path) => bytes + statSync(path).size, 0);
}

/**
 * Reads through shards and keeps where their images are, and what is told of them.
 *
 * @param onBytes told of so many more that have been read
 * @throws UserError when one is truncated, there is no image, or none of them has a class or a caption
 */
export async function scanWebDataset(
  data: string,
  shards: Shards,
  onBytes: (bytes: number) => void = () => {},
): Promise<WebDataset> {
  const inTrain = await samplesOfAll(shards.train, onBytes);
  const inTest = await samplesOfAll(shards.test, onBytes);
  const images = inTrain.length + inTest.length;
  const train = inTrain.filter(isTold);
  const test = inTest.filter(isTold);
  const told = [...train, ...test];
  if (images === 0) {
    throw new UserError(`--data ${data}: no images in its tar files; looked for ${EXTENSIONS.join(", ")}`);
  }
  if (told.length === 0) {
    throw new UserError(`--data ${data}: images without a class in .cls or a caption in .txt or .json`);
  }
  const highest = told.reduce((most, { label }) => Math.max(most, label), NO_CLASS);
  const classes = classNames(data, shards.folder, highest + 1);
  const captioned = told.some(({ caption }) => caption !== undefined);
  if (!captioned && classes.length === 1) {
    throw new UserError(`--data ${data}: one class only, ${classes[0]}, and no captions`);
  }
  if (shards.testFrom !== "share" && test.length === 0) {
    throw new UserError(`--data ${data}: no images in ${shards.testFrom}/ that have a class or a caption`);
  }
  return {
    data,
    shards: shards.train.length + shards.test.length,
    classes,
    captioned,
    ...(shards.testFrom === "share" ? shareOut(train, ({ key }) => key) : { train, test }),
    testFrom: shards.testFrom,
    untold: images - told.length,
  };
}

/** The samples and what is told of them, not where they are: shards may be moved between a run and its resumption. */
function identityOf({ train, test, classes }: WebDataset): string {
  const hash = createHash("sha256").update(JSON.stringify(classes));
  for (const { key, label, caption } of [...train, ...test]) {
    hash.update(JSON.stringify([key, label, caption]));
  }
  return `shards ${hash.digest("hex")}`;
}

/** The data set of shards that were scanned. Its images are read when asked for. */
export function loadWebDataset(scanned: WebDataset, options: DecodedOptions): ImageDataset {
  const { data, classes, captioned, train, test } = scanned;
  const splitOf = decodedSplits(options);
  const { image, channels } = options;
  return {
    name: resolve(data),
    identity: identityOf(scanned),
    image,
    channels,
    classes,
    train: splitOf(train.length, (index) => train[index]!, captioned),
    test: splitOf(test.length, (index) => test[index]!, captioned),
  };
}
