/** @file This computer and its backends, as far as they can be told without loading TensorFlow.js. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";

/** The npm packages that backends come from. */
export const packages = {
  tensorflow: "@tensorflow/tfjs-node",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu",
} as const;

export type BackendName = keyof typeof packages;

/** The fastest first. */
export const backendNames = ["tensorflow", "wasm", "cpu"] as const satisfies readonly BackendName[];

const require = createRequire(import.meta.url);

/** `package.json` of a dependency; undefined when it is not installed. */
export function manifest(name: string): { readonly folder: string; readonly version: string } | undefined {
  try {
    const path = require.resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
    return { folder: dirname(path), version };
  } catch {
    return undefined;
  }
}

/** Of the package that a backend comes from. */
export const versionOf = (backend: BackendName): string => manifest(packages[backend])?.version ?? "unknown";

/** tfjs's WebAssembly has threads in browsers only. */
export const threadsOf = (backend: BackendName): number =>
  backend === "tensorflow" ? availableParallelism() : 1;

/** What the processor calls itself. */
export const processorName = (): string => cpus()[0]?.model.trim() || "unknown";

/** What a calibration with a backend depends on: with another of these it says nothing. */
export const machineWith = (backend: BackendName) => ({
  backend,
  backendVersion: versionOf(backend),
  processor: processorName(),
  threads: threadsOf(backend),
});
