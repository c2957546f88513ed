// @ts-check
/** @file tfjs-node's compiled half: whether it is there and works, and making it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isCommand, reasonIn, run } from "./process.mjs";

const MINUTE = 60_000;
/** What node-gyp's makefiles compile with. */
const compiler = process.env.CXX || "g++";

/**
 * Loads the addon in another process (it can crash) and multiplies two matrices.
 *
 * @param {string} folder of tfjs-node
 */
export async function works(folder) {
  if (!existsSync(join(folder, "lib"))) return false;
  // As train/backend.ts does: Node 23 removed what tfjs-node 4.22 uses.
  const script = `
    Object.assign(require("node:util"), { isArray: Array.isArray, isNullOrUndefined: (value) => value == null });
    const tf = require(${JSON.stringify(folder)});
    const x = tf.ones([2, 2]);
    process.exit(tf.getBackend() === "tensorflow" && tf.matMul(x, x).dataSync()[0] === 2 ? 0 : 1);`;
  const { status } = await run(process.execPath, ["-e", script], { timeout: MINUTE });
  return status === 0;
}

/** Environment in which node-gyp finds Node's own headers, if they are there, and downloads none. */
export function buildEnvironment() {
  const prefix = join(dirname(process.execPath), "..");
  const local = existsSync(join(prefix, "include", "node", "node_api.h"));
  return { ...process.env, ...(local && { npm_config_nodedir: prefix }) };
}

/** @returns {string | undefined} what compiling needs and this machine lacks */
export function missingTools() {
  const missing = ["python3", "make", compiler].filter((tool) => !isCommand(tool));
  return missing.length > 0 ? missing.join(" and ") : undefined;
}

/**
 * Compiles the addon against what is in tfjs-node's `deps`. Not through its install script, which would first look
 * for a compiled one at a host that does not answer.
 *
 * @param {string} folder of tfjs-node
 * @returns {Promise<string | undefined>} why it failed
 */
export async function compile(folder) {
  const manifest = createRequire(join(folder, "package.json")).resolve("@mapbox/node-pre-gyp/package.json");
  const builder = join(dirname(manifest), "bin", "node-pre-gyp");
  const { status, output } = await run(process.execPath, [builder, "install", "--build-from-source"], {
    cwd: folder,
    env: buildEnvironment(),
    timeout: 5 * MINUTE,
  });
  if (status !== 0) return `compiling tfjs-node failed: ${reasonIn(output)}`;
  if (!(await works(folder))) return "tfjs-node was compiled but does not load";
  await compileQuietLog(folder);
  return undefined;
}

/**
 * Compiles what silences TensorFlow's log; without it there are a few more lines to read.
 *
 * @param {string} folder of tfjs-node
 */
async function compileQuietLog(folder) {
  const source = join(dirname(fileURLToPath(import.meta.url)), "quietLog.cc");
  const addon = join(folder, "lib", "quietLog.node");
  await run(compiler, ["-shared", "-fPIC", "-O1", source, "-o", addon], { timeout: MINUTE });
}
