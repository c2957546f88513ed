/** @file What `--data` names: a data set by name, a folder of images or of MNIST's kind of files, or WebDataset shards. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ImageDataset } from "../../train/data/dataset.js";
import type { DecodedOptions } from "../../train/data/decodedSplit.js";
import type { Shards } from "../../train/data/shards.js";
import type { TestFrom } from "../../train/data/share.js";
import type { ModelOptions } from "../models/options.js";
import { buildModel } from "../models/zoo.js";
import { reading } from "../reading.js";
import { printable } from "../units/printable.js";
import { UserError } from "../units/userError.js";
import { showProgress } from "./progress.js";
import type { Terminal } from "./terminal.js";

export interface TrainingData {
  readonly dataset: ImageDataset;
  /** Images that could not be read so far. */
  readonly unreadable: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Names in the line at the end; every one had its own line when it was met. */
const NAMES_AT_THE_END = 5;

const MIB = 2 ** 20;

/** Data sets that are known by name. */
const NAMED: Readonly<Record<string, () => Promise<ImageDataset>>> = {
  mnist: async () => (await import("../../train/data/mnist.js")).loadMnist(),
  "fashion-mnist": async () => (await import("../../train/data/fashionMnist.js")).loadFashionMnist(),
};

export const dataNames: readonly string[] = Object.keys(NAMED);

/** What `--data` can be, for help and messages. */
export const DATA_KINDS = `${dataNames.join(", ")}, a folder of images (a folder a class), WebDataset shards (a folder of .tar files, one, or a pattern like shards-{0000..0009}.tar), or a folder with the four IDX files of a set like MNIST`;

/** The channels that image files can be brought to. */
function asChannels(channels: number): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw new UserError(`--channels ${channels}: images have 3, or 1 in grey`);
}

interface Source {
  /** `2 classes, 18` */
  readonly train: string;
  readonly test: number;
  readonly testFrom: TestFrom;
  readonly load: (options: DecodedOptions) => ImageDataset;
}

async function fromShards(data: string, shards: Shards, terminal: Terminal): Promise<Source> {
  const { loadWebDataset, scanWebDataset, shardBytes } = await import("../../train/data/webDataset.js");
  const progress = await showProgress(Math.ceil(shardBytes(shards) / MIB), "MiB of shards read");
  let read = 0;
  let shown = 0;
  const onBytes = (bytes: number) => {
    read += bytes;
    const whole = Math.floor(read / MIB);
    if (whole > shown) progress.advance(whole - shown);
    shown = whole;
  };
  try {
    const scanned = await scanWebDataset(data, shards, onBytes);
    const { train, test, testFrom, classes, captioned, untold } = scanned;
    if (untold > 0) {
      terminal.note(`${data}: ${untold} image(s) left out, which have neither a class nor a caption`);
    }
    const kinds = [
      `${scanned.shards} shard(s)`,
      ...(classes.length > 0 ? [`${classes.length} classes`] : []),
      ...(captioned ? ["captions"] : []),
    ];
    return {
      train: `${kinds.join(", ")}, ${train.length}`,
      test: test.length,
      testFrom,
      load: (options) => loadWebDataset(scanned, options),
    };
  } finally {
    progress.stop();
  }
}

async function fromFolder(data: string): Promise<Source> {
  const { loadImageFolder, scanImageFolder } = await import("../../train/data/imageFolder.js");
  const files = scanImageFolder(data);
  const { classes, train, test, testFrom } = files;
  return {
    train: `${classes.length} classes, ${train.length}`,
    test: test.length,
    testFrom,
    load: (options) => loadImageFolder(files, options),
  };
}

/** Images that are decoded when they are asked for, to the model's side and channels. */
async function decoded(
  data: string,
  source: Source,
  size: { readonly image: number; readonly channels: number },
  terminal: Terminal,
): Promise<TrainingData> {
  const { image } = size;
  const channels = asChannels(size.channels);
  const { TEST_ONE_IN } = await import("../../train/data/share.js");
  const { startDecoder } = await import("../../train/data/decodeWorkers.js");
  const decoder = await startDecoder(availableParallelism());
  const { train, test, testFrom } = source;
  const testSource =
    testFrom === "share" ? `about one in ${TEST_ONE_IN}, by a hash of the name` : `those in ${testFrom}/`;
  terminal.note(`${data}: ${train} images to train on at ${image}x${image}`);
  terminal.note(`${data}: ${test} images to test on: ${testSource}`);
  const unreadable: string[] = [];
  const onUnreadable = (name: string, failure: string) => {
    unreadable.push(name);
    terminal.note(`\n${printable(name)} left out: ${failure}`);
  };
  return {
    dataset: source.load({ image, channels, decoder, onUnreadable }),
    unreadable: () => unreadable,
    close: decoder.close,
  };
}

const inMemory = (dataset: ImageDataset): TrainingData => ({
  dataset,
  unreadable: () => [],
  close: async () => {},
});

/**
 * The data set that `--data` names. Images in folders and shards get the model's side and channels: those of `--image`
 * and `--channels`, else the model's own.
 *
 * @throws UserError when it is none of `DATA_KINDS`
 */
export function loadTrainingData(
  data: string,
  model: string,
  modelOptions: ModelOptions,
  terminal: Terminal,
): Promise<TrainingData> {
  return reading(`--data ${data}`, () => load(data, model, modelOptions, terminal));
}

async function load(
  data: string,
  model: string,
  modelOptions: ModelOptions,
  terminal: Terminal,
): Promise<TrainingData> {
  const named = Object.hasOwn(NAMED, data) ? NAMED[data] : undefined;
  if (named) return inMemory(await named());
  const { hasIdxFiles } = await import("../../train/data/idx.js");
  if (hasIdxFiles(data)) return inMemory((await import("../../train/data/mnist.js")).loadIdxFolder(data));
  const { findShards } = await import("../../train/data/shards.js");
  const shards = findShards(data);
  if (shards === undefined && !existsSync(data)) {
    throw new UserError(`--data ${data}: is not there, nor is it the name of a data set; give ${DATA_KINDS}`);
  }
  // Before shards are read through: a model that there is not is known at once.
  const size = buildModel(model, modelOptions);
  const source = shards ? await fromShards(data, shards, terminal) : await fromFolder(data);
  return decoded(data, source, size, terminal);
}

/** One line about the images that were left out. */
export function unreadableText(names: readonly string[]): string {
  const more = names.length > NAMES_AT_THE_END ? ` and ${names.length - NAMES_AT_THE_END} more` : "";
  return `${names.length} image(s) left out, which could not be read: ${names.slice(0, NAMES_AT_THE_END).map(printable).join(", ")}${more}`;
}
