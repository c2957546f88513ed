/**
 * @file Chooses what the trainer computes with: TensorFlow's own kernels, else WebAssembly, else plain JavaScript.
 */
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../src/units/userError.js";
import { type BackendName, backendNames, manifest, packages, threadsOf, versionOf } from "./machine.js";
import { checkLibraries, requireBound } from "./sharedLibraries.js";

export interface ActiveBackend {
  readonly name: BackendName;
  /** Of the npm package that provides it. */
  readonly version: string;
  /** Why this one. */
  readonly reason: string;
  /** How to get a better one; absent for the best. */
  readonly advice?: string;
  readonly threads: number;
}

/** What the install script found out about tfjs-node; see train/install/native.mjs. */
function nativeOutcome(): { readonly how?: string; readonly advice?: string } {
  const folder = manifest("@tensorflow/tfjs-core")?.folder;
  const path = folder === undefined ? "" : join(folder, "..", "..", ".willfit-native.json");
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { how?: string; advice?: string };
  } catch {
    return {};
  }
}

/** Has TF_CPP_MIN_LOG_LEVEL obeyed where tfjs-node was compiled against a wheel; see train/install/quietLog.cc. */
function loadQuietLog(): void {
  const addon = join(manifest(packages.tensorflow)?.folder ?? "", "lib", "quietLog.node");
  if (!existsSync(addon)) return;
  try {
    process.dlopen({ exports: {} }, addon, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  } catch {
    // Then TensorFlow says more than it need.
  }
}

/** Registers a backend with tfjs-core by importing its package. @throws whatever the package throws */
async function register(name: BackendName): Promise<void> {
  if (name === "tensorflow") {
    // TensorFlow logs to standard error from C++; only its errors are for the person at the terminal.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
    // tfjs-node 4.22 uses both; Node 22 warns of them, Node 23 removed them.
    Object.assign(util, {
      isArray: Array.isArray,
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    });
    const folder = manifest(packages.tensorflow)!.folder;
    for (const part of ["lib", "deps/lib"]) checkLibraries(join(folder, part));
    loadQuietLog();
    // Loaded as CommonJS: it is optional, and its addon must share tfjs-core's CommonJS instance.
    requireBound(packages.tensorflow);
    return;
  }
  if (name === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    return;
  }
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${join(manifest(packages.wasm)!.folder, "wasm-out")}/`);
}

/** Whether a backend can be used here; the reason when not. */
async function activate(name: BackendName): Promise<string | undefined> {
  if (name === "tensorflow") {
    const folder = manifest(packages.tensorflow)?.folder;
    if (folder === undefined) return "@tensorflow/tfjs-node is not installed";
    if (!existsSync(join(folder, "lib"))) return nativeOutcome().how ?? "tfjs-node's addon was not built";
  }
  try {
    await register(name);
    return (await tf.setBackend(name)) ? undefined : `the ${name} backend would not start`;
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return line.trim().replace(/\.$/, "");
  }
}

/**
 * Sets the best backend there is, or the one that is asked for, as tfjs's.
 *
 * @throws UserError when the one that is asked for cannot be had
 */
export async function loadBackend(preference?: BackendName): Promise<ActiveBackend> {
  if (preference !== undefined && !backendNames.includes(preference)) {
    throw new UserError(`there is no backend "${preference}"; there are ${backendNames.join(", ")}`);
  }
  // tfjs-core's advice to install tfjs-node when another backend is chosen; `advice` says it better.
  tf.env().set("IS_TEST", true);
  const failures: string[] = [];
  for (const name of preference === undefined ? backendNames : [preference]) {
    const failure = await activate(name);
    if (failure !== undefined) {
      failures.push(`${name}: ${failure}`);
      continue;
    }
    await tf.ready();
    // What was asked for needs no better one.
    const better = preference === undefined && name !== "tensorflow";
    return {
      name,
      version: versionOf(name),
      reason: preference === undefined ? failures.join("; ") || "the fastest there is" : "it was asked for",
      ...(better && { advice: nativeOutcome().advice ?? "run node train/install/native.mjs" }),
      threads: threadsOf(name),
    };
  }
  throw new UserError(`no backend could be used: ${failures.join("; ")}`);
}
