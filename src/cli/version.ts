/** @file The version of this installation. */
import { existsSync, readFileSync } from "node:fs";

/** package.json is two folders up in the sources and three in the package, where this file is in `dist`. */
const manifests = ["../../package.json", "../../../package.json"].map(
  (path) => new URL(path, import.meta.url),
);

export function packageVersion(): string {
  const manifest = manifests.find((url) => existsSync(url));
  if (manifest === undefined) return "unknown";
  // Every command passes here; a schema library would cost each of them 70 ms.
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
