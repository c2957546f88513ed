// @ts-check
/**
 * @file Runs after `npm ci`: gets @tensorflow/tfjs-node to work, or says why it does not. Never fails the install.
 *
 * Three ways, in order: it works already; its own install script, when the host it downloads from answers; its
 * own sources compiled against the libraries inside the `tensorflow-cpu` Python wheel.
 *
 * npm itself must not run tfjs-node's install script: where its download fails npm removes the package, and where
 * the host does not answer it hangs. What npm runs it decides by package-lock.json, whose entry for tfjs-node has
 * no `hasInstallScript` and a `gypfile` of false for that reason; test/train/install.test.ts watches over it.
 */
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildEnvironment, compile, missingTools, works } from "./addon.mjs";
import { download, downloadAnswers } from "./download.mjs";
import { say } from "./process.mjs";
import { cachedTensorflow, installedTensorflow, linkLibraries } from "./wheel.mjs";

/**
 * @typedef {{ readonly works: boolean, readonly how: string, readonly advice?: string }} Outcome
 */

/** How to come back here. */
const again = import.meta.url.includes("/node_modules/")
  ? "npm rebuild willfit"
  : "node train/install/native.mjs";

/**
 * @param {string} name of a package
 * @returns {string | undefined} its folder
 */
function findPackage(name) {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * Compiles tfjs-node against the first TensorFlow with which that works: an installed one, a wheel's.
 *
 * @param {string} folder of tfjs-node
 * @returns {Promise<Outcome>}
 */
async function buildAgainstWheel(folder) {
  const why = "TensorFlow's library could not be downloaded";
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    const how = `${why}, and its Python wheel can stand in for it on Linux (x64, arm64) only`;
    return { works: false, how, advice: `with access to the network, run ${again}` };
  }
  const missing = missingTools();
  if (missing !== undefined) {
    const how = `${why}, and to compile against the tensorflow-cpu wheel ${missing} is missing`;
    return { works: false, how, advice: `install ${missing}, then run ${again}` };
  }
  const installed = await installedTensorflow();
  if (installed !== undefined) {
    const how = "compiled against the installed TensorFlow";
    if ((await build(folder, installed)) === undefined) return { works: true, how };
  }
  const advice = `mend that, then run ${again}`;
  const cached = await cachedTensorflow();
  if ("failure" in cached) return { works: false, how: cached.failure, advice };
  const failure = await build(folder, cached.folder);
  if (failure !== undefined) return { works: false, how: failure, advice };
  return { works: true, how: "compiled against the tensorflow-cpu wheel" };
}

/**
 * @param {string} folder of tfjs-node
 * @param {string} tensorflow
 */
async function build(folder, tensorflow) {
  linkLibraries(folder, tensorflow);
  say("compiling tfjs-node against TensorFlow's libraries (about ten seconds) …");
  return compile(folder);
}

/**
 * @param {string} folder of tfjs-node
 * @returns {Promise<Outcome>}
 */
async function install(folder) {
  if (await works(folder)) return { works: true, how: "it was there already" };
  if (await downloadAnswers(folder)) {
    const failure = await download(folder, buildEnvironment());
    if (failure === undefined) return { works: true, how: "downloaded" };
    say(`tfjs-node's own download failed: ${failure}`);
  } else {
    say("the host that tfjs-node downloads its library from does not answer");
  }
  return buildAgainstWheel(folder);
}

/**
 * Removes what an attempt that failed left: a library without a working addon would only be found again.
 *
 * @param {string} folder of tfjs-node
 */
function clear(folder) {
  for (const part of ["deps", "lib", "build", "build-tmp-napi-v8"]) {
    rmSync(join(folder, part), { recursive: true, force: true });
  }
}

/**
 * Leaves the outcome for `willfit doctor`, beside the package it is about.
 *
 * @param {Outcome} outcome
 */
function remember(outcome) {
  const core = findPackage("@tensorflow/tfjs-core");
  if (core === undefined) return;
  try {
    writeFileSync(join(core, "..", "..", ".willfit-native.json"), `${JSON.stringify(outcome)}\n`);
  } catch {
    // A folder that is not ours to write to; the doctor then says less.
  }
}

/** @returns {Promise<Outcome>} */
async function attempt() {
  if (process.env.WILLFIT_SKIP_NATIVE) {
    return { works: false, how: "WILLFIT_SKIP_NATIVE is set", advice: `unset it and run ${again}` };
  }
  const folder = findPackage("@tensorflow/tfjs-node");
  if (folder === undefined) {
    const advice = "run npm ci --include=optional with the package-lock.json of the repository";
    return { works: false, how: "npm left @tensorflow/tfjs-node out", advice };
  }
  const outcome = await install(folder).catch((error) => ({
    works: false,
    how: `installing it failed: ${error instanceof Error ? error.message : error}`,
    advice: `mend that, then run ${again}`,
  }));
  if (!outcome.works) clear(folder);
  return outcome;
}

const outcome = await attempt();
say(
  outcome.works
    ? `tfjs-node works (${outcome.how})`
    : `tfjs-node is not available: ${outcome.how}; training will use WebAssembly. For better: ${outcome.advice}`,
);
remember(outcome);
// A proxy's or a stopped program's open connection must not keep npm waiting.
process.exit(0);
