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
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, say } from "./process.mjs";
import { linkWheelLibraries } from "./wheel.mjs";

const MINUTE = 60_000;
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * @typedef {{ readonly works: boolean, readonly how: string, readonly advice?: string }} Outcome
 */

/** @returns {string | undefined} the folder of tfjs-node */
function findPackage() {
  try {
    return dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node/package.json"));
  } catch {
    return undefined;
  }
}

/**
 * Loads the addon in another process (it can crash) and multiplies two matrices.
 *
 * @param {string} folder
 */
async function works(folder) {
  if (!existsSync(join(folder, "lib"))) return false;
  const script = `
    const tf = require(${JSON.stringify(folder)});
    const x = tf.ones([2, 2]);
    process.exit(tf.getBackend() === "tensorflow" && tf.matMul(x, x).dataSync()[0] === 2 ? 0 : 1);`;
  const { status } = await run(process.execPath, ["-e", script], { timeout: MINUTE });
  return status === 0;
}

/**
 * Whether the host that tfjs-node downloads from answers at all.
 *
 * @param {string} folder
 */
async function downloadAnswers(folder) {
  /** @type {{ binary: { host: string } }} */
  const { binary } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  try {
    await fetch(process.env.TFJS_NODE_BASE_URI ?? binary.host, {
      method: "HEAD",
      signal: AbortSignal.timeout(5000),
    });
    return true;
  } catch {
    return false;
  }
}

/** Environment in which tfjs-node's scripts find node-pre-gyp, and node-gyp finds Node's own headers if they are there. */
function buildEnvironment() {
  const headers = join(dirname(process.execPath), "..");
  const local = existsSync(join(headers, "include", "node", "node_api.h"));
  return {
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}`,
    ...(local && { npm_config_nodedir: headers }),
  };
}

/**
 * @param {string} folder
 * @returns {Promise<Outcome>}
 */
async function download(folder) {
  say("downloading TensorFlow's library for tfjs-node …");
  const { output } = await run(process.execPath, ["scripts/install.js"], {
    cwd: folder,
    env: buildEnvironment(),
    timeout: 10 * MINUTE,
  });
  if (await works(folder)) return { works: true, how: "downloaded" };
  return { works: false, how: `the download of TensorFlow's library failed: ${lastLine(output)}` };
}

/**
 * @param {string} folder
 * @returns {Promise<Outcome>}
 */
async function buildAgainstWheel(folder) {
  const advice =
    "install Python 3 with pip, a C++ compiler and make, then run npm rebuild willfit or npm ci again";
  const failed = (/** @type {string} */ how) => ({ works: false, how, advice });
  if (process.platform !== "linux") return failed("TensorFlow's library could not be downloaded");
  const linked = await linkWheelLibraries(folder);
  if (linked !== undefined) return failed(linked);
  say("compiling tfjs-node against the libraries of the tensorflow-cpu wheel …");
  const { status, output } = await run("node-pre-gyp", ["install", "--build-from-source"], {
    cwd: folder,
    env: buildEnvironment(),
    timeout: 5 * MINUTE,
  });
  if (status !== 0) return failed(`compiling tfjs-node failed: ${lastLine(output)}`);
  if (await works(folder)) return { works: true, how: "compiled against the tensorflow-cpu wheel" };
  return failed("tfjs-node was compiled but does not load");
}

/** @param {string} output */
function lastLine(output) {
  const lines = output.trim().split("\n");
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "";
}

/** @returns {Promise<Outcome>} */
async function install() {
  if (process.env.WILLFIT_SKIP_NATIVE) return { works: false, how: "WILLFIT_SKIP_NATIVE is set" };
  // tfjs-node 4.22 uses util.isNullOrUndefined, which Node 23 removed.
  if (Number(process.versions.node.split(".")[0]) >= 23) {
    return { works: false, how: "tfjs-node does not run on Node 23 or later", advice: "use Node 20 or 22" };
  }
  const folder = findPackage();
  if (folder === undefined) {
    const advice = "run npm ci --include=optional with the package-lock.json of the repository";
    return { works: false, how: "npm left @tensorflow/tfjs-node out", advice };
  }
  if (await works(folder)) return { works: true, how: "it was there already" };
  let outcome = (await downloadAnswers(folder)) ? await download(folder) : undefined;
  if (!outcome?.works) outcome = await buildAgainstWheel(folder);
  if (!outcome.works) {
    // A library without a working addon would only be found again by the next attempt.
    for (const part of ["deps", "lib", "build"]) rmSync(join(folder, part), { recursive: true, force: true });
  }
  return outcome;
}

/** @type {Outcome} */
let outcome;
try {
  outcome = await install();
} catch (error) {
  outcome = { works: false, how: `installing it failed: ${/** @type {Error} */ (error).message}` };
}
say(
  outcome.works
    ? `tfjs-node works (${outcome.how})`
    : `tfjs-node is not available: ${outcome.how}; training will use WebAssembly`,
);
try {
  writeFileSync(join(root, "node_modules", ".willfit-native.json"), `${JSON.stringify(outcome)}\n`);
} catch {
  // Only `willfit doctor` reads it.
}
