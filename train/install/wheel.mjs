// @ts-check
/**
 * @file TensorFlow's shared libraries and headers out of a Python wheel, put where tfjs-node's build looks for them.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { run, say } from "./process.mjs";

const MINUTE = 60_000;
/** The version that tfjs-node 4.22's sources were tried against. */
const WHEEL_VERSION = "2.21.0";

/** What the build needs of a wheel: all else in it is Python. */
const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const headers = ["tensorflow", "xla", "tsl"];

/** @param {string} folder a folder that may hold TensorFlow's Python package */
function isComplete(folder) {
  const parts = [...libraries, ...headers.map((name) => join("include", name))];
  return parts.every((part) => existsSync(join(folder, part)));
}

function cacheFolder() {
  return join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "willfit",
    `tensorflow-${WHEEL_VERSION}`,
  );
}

/** @returns {Promise<string | undefined>} the folder of an installed TensorFlow, without importing it */
async function installedTensorflow() {
  const script =
    "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0])";
  const { status, output } = await run("python3", ["-c", script], { timeout: MINUTE / 2 });
  const folder = output.trim();
  return status === 0 && isComplete(folder) ? folder : undefined;
}

/**
 * Downloads the wheel and unpacks the libraries and headers into the user's cache.
 *
 * @returns {Promise<string | undefined>} why it could not, or undefined when they are there
 */
async function fillCache() {
  const cache = cacheFolder();
  mkdirSync(dirname(cache), { recursive: true });
  const temporary = mkdtempSync(`${cache}.`);
  try {
    say(`getting TensorFlow's libraries from the tensorflow-cpu ${WHEEL_VERSION} wheel (one attempt) …`);
    const pip = ["-m", "pip", "download", "--quiet", "--retries", "0", "--timeout", "15", "--no-deps"];
    const wanted = ["--dest", temporary, `tensorflow-cpu==${WHEEL_VERSION}`];
    const { status, output } = await run("python3", [...pip, ...wanted], { timeout: 10 * MINUTE });
    if (status === null) return "there is no python3 to get the tensorflow-cpu wheel with";
    const wheel = readdirSync(temporary).find((name) => name.endsWith(".whl"));
    if (status !== 0 || wheel === undefined) {
      return `pip could not get the tensorflow-cpu wheel: ${output.trim().split("\n").at(-1)}`;
    }
    const script = `
import sys, zipfile
wanted = tuple("tensorflow/" + name for name in sys.argv[3:])
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])`;
    const members = [...libraries, ...headers.map((name) => `include/${name}/`)];
    const unpacked = await run("python3", ["-c", script, join(temporary, wheel), temporary, ...members], {
      timeout: 5 * MINUTE,
    });
    if (unpacked.status !== 0) return "the tensorflow-cpu wheel could not be unpacked";
    if (!existsSync(cache)) renameSync(join(temporary, "tensorflow"), cache);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Links `deps/` of tfjs-node to TensorFlow's libraries: an installed one's, or those in the cache.
 *
 * @param {string} tfjsNode its folder
 * @returns {Promise<string | undefined>} why it could not, or undefined when they are linked
 */
export async function linkWheelLibraries(tfjsNode) {
  let source = await installedTensorflow();
  if (source === undefined && !isComplete(cacheFolder())) {
    const failure = await fillCache();
    if (failure !== undefined) return failure;
  }
  source ??= cacheFolder();
  const deps = join(tfjsNode, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(source, "include"), join(deps, "include"));
  // The names that tfjs-node's install script and linker look for, and those the libraries know each other by.
  for (const [file, names] of /** @type {const} */ ([
    [
      "libtensorflow_cc.so.2",
      ["libtensorflow_cc.so.2", "libtensorflow.so", "libtensorflow.so.2", "libtensorflow.so.2.9.1"],
    ],
    [
      "libtensorflow_framework.so.2",
      ["libtensorflow_framework.so.2", "libtensorflow_framework.so", "libtensorflow_framework.so.2.9.1"],
    ],
  ])) {
    for (const name of names) symlinkSync(join(source, file), join(deps, "lib", name));
  }
  return undefined;
}
