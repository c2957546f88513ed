/** @file The version of this installation. */
import { readFileSync } from "node:fs";
import { packagePath } from "../packagePath.js";

export function packageVersion(): string {
  // Every command passes here; a schema library would cost each of them 70 ms.
  const manifest = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as {
    readonly version?: unknown;
  };
  return typeof manifest.version === "string" ? manifest.version : "unknown";
}
