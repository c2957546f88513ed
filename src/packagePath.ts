/** @file Where this installation keeps what is not compiled: profiles, the Python script, package.json. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The nearest folder above this file with a package.json; compiled, this file is a folder deeper, in `dist`. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The absolute path of a file of the package, given as `hardware-profiles`, `src/stablehlo/xla.py`, … */
export function packagePath(relative: string): string {
  return join(packageRoot(), relative);
}
