/**
 * @file Which tar files `--data` names: one, those of a folder or of its train/ and val/ or test/, or those of a
 * pattern such as `shards-{0000..0009}.tar`.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expand } from "brace-expansion";
import { UserError } from "../../src/units/userError.js";
import { HELD_OUT, type TestFrom } from "./share.js";

export interface Shards {
  /** Where `classes.txt` lies if there is one. */
  readonly folder: string;
  readonly train: readonly string[];
  /** None where `testFrom` is a share of `train`. */
  readonly test: readonly string[];
  readonly testFrom: TestFrom;
}

const TAR = ".tar";

const isTar = (name: string) => name.toLowerCase().endsWith(TAR);
const found = (path: string) => statSync(path, { throwIfNoEntry: false });

/** Sorted by code units, which is the same in every locale. */
function tarsIn(folder: string): string[] {
  if (!found(folder)?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => isTar(name) && !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}

/** LAION-5B is 585,000 shards of 10,000 images each (arXiv 2210.08402): a pattern of more is a slip of the finger. */
const MOST_SHARDS = 1_000_000;

function shardsOfPattern(pattern: string): Shards {
  const train = expand(pattern, { max: MOST_SHARDS + 1 });
  if (train.length > MOST_SHARDS)
    throw new UserError(`--data ${pattern}: more than ${MOST_SHARDS.toLocaleString("en-US")} shards`);
  const missing = train.find((path) => !found(path)?.isFile());
  if (missing !== undefined) {
    const which = train.length > 1 ? `, one of its ${train.length} shards` : "";
    throw new UserError(`--data ${pattern}: there is no ${missing}${which}`);
  }
  return { folder: dirname(train[0]!), train, test: [], testFrom: "share" };
}

/**
 * The shards that `--data` names, or undefined if it names something else.
 *
 * @throws UserError when some of them are not there
 */
export function findShards(data: string): Shards | undefined {
  const there = found(data);
  if (there === undefined) return isTar(data) ? shardsOfPattern(data) : undefined;
  if (!there.isDirectory()) {
    return isTar(data) ? { folder: dirname(data), train: [data], test: [], testFrom: "share" } : undefined;
  }
  const inTrain = tarsIn(join(data, "train"));
  const train = inTrain.length > 0 ? inTrain : tarsIn(data);
  if (train.length === 0) return undefined;
  const heldOut =
    inTrain.length > 0 ? HELD_OUT.find((name) => tarsIn(join(data, name)).length > 0) : undefined;
  if (heldOut === undefined) return { folder: data, train, test: [], testFrom: "share" };
  return { folder: data, train, test: tarsIn(join(data, heldOut)), testFrom: heldOut };
}
