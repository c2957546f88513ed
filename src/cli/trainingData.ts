/** @file What `--data` names: MNIST, or a folder of images made to fit the model. */
import { availableParallelism } from "node:os";
import type { ImageDataset } from "../../train/data/dataset.js";
import type { ModelOptions } from "../models/options.js";
import { buildModel } from "../models/zoo.js";
import { UserError } from "../units/userError.js";
import type { Terminal } from "./terminal.js";

export interface TrainingData {
  readonly dataset: ImageDataset;
  /** Files that could not be read so far. */
  readonly unreadable: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Names in the line at the end; every one had its own line when it was met. */
const NAMES_AT_THE_END = 5;

/** The channels that image files can be brought to. */
function asChannels(channels: number): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw new UserError(`--channels ${channels}: images have 3, or 1 in grey`);
}

/**
 * The data set that `--data` names. A folder's images get the model's side and channels: those of `--image` and
 * `--channels`, else the model's own.
 *
 * @throws UserError when it is neither `mnist` nor a folder of images
 */
export async function loadTrainingData(
  data: string,
  model: string,
  modelOptions: ModelOptions,
  terminal: Terminal,
): Promise<TrainingData> {
  if (data === "mnist") {
    const { loadMnist } = await import("../../train/data/mnist.js");
    return { dataset: loadMnist(), unreadable: () => [], close: async () => {} };
  }
  const { loadImageFolder, scanImageFolder } = await import("../../train/data/imageFolder.js");
  const { TEST_ONE_IN } = await import("../../train/data/share.js");
  const files = scanImageFolder(data);
  const { image, channels: given } = buildModel(model, modelOptions);
  const channels = asChannels(given);
  const { startDecoder } = await import("../../train/data/decodeWorkers.js");
  const decoder = await startDecoder(availableParallelism());
  const { train, test, classes, testFrom } = files;
  const source =
    testFrom === "share" ? `about one in ${TEST_ONE_IN}, by a hash of the name` : `those in ${testFrom}/`;
  terminal.note(
    `${data}: ${classes.length} classes, ${train.length} images to train on at ${image}x${image}`,
  );
  terminal.note(`${data}: ${test.length} images to test on: ${source}`);
  const unreadable: string[] = [];
  const onUnreadable = (name: string, failure: string) => {
    unreadable.push(name);
    terminal.note(`\n${name} left out: ${failure}`);
  };
  return {
    dataset: loadImageFolder(files, { image, channels, decoder, onUnreadable }),
    unreadable: () => unreadable,
    close: decoder.close,
  };
}

/** One line about the files that were left out. */
export function unreadableText(names: readonly string[]): string {
  const more = names.length > NAMES_AT_THE_END ? ` and ${names.length - NAMES_AT_THE_END} more` : "";
  return `${names.length} image(s) left out, which could not be read: ${names.slice(0, NAMES_AT_THE_END).join(", ")}${more}`;
}
