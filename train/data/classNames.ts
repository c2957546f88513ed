/** @file Names of classes that a data set has by number only. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/units/userError.js";

/** A name a line, in the order of the class numbers. */
const CLASSES_FILE = "classes.txt";

/**
 * The names in `folder`'s classes.txt, or the numbers below `count` where there is none.
 *
 * @throws UserError when there are fewer names than `count`
 */
export function classNames(data: string, folder: string, count: number): string[] {
  const path = join(folder, CLASSES_FILE);
  if (count === 0 || !existsSync(path)) return Array.from({ length: count }, (_, label) => String(label));
  const names = readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (names.length >= count) return names;
  throw new UserError(
    `--data ${data}: ${path} names ${names.length} classes, but there is an image of class ${count - 1}`,
  );
}
