// @ts-check
/**
 * @file TensorFlow's shared libraries and headers out of a Python wheel, put where tfjs-node's build looks for them.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { leavingNothing, reasonIn, run, say } from "./process.mjs";

const MINUTE = 60_000;
/** The version that tfjs-node 4.22's sources were tried against. */
const WHEEL_VERSION = "2.21.0";
/** TensorFlow publishes its wheel for Arm under the plain name; it is the processor's there, too. */
const WHEEL = `${process.arch === "arm64" ? "tensorflow" : "tensorflow-cpu"}==${WHEEL_VERSION}`;
/** The Python versions it has wheels for. Any will do: the libraries are the same in all of them. */
const [OLDEST_PYTHON, NEWEST_PYTHON] = [10, 13];

/** What the build needs of a wheel: all else in it is Python. */
const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const headers = ["tensorflow", "xla", "tsl"];

/** The names that tfjs-node's install script and linker look for, and those the libraries know each other by. */
const links = {
  "libtensorflow_cc.so.2": ["libtensorflow_cc.so.2", "libtensorflow.so", "libtensorflow.so.2.9.1"],
  "libtensorflow_framework.so.2": [
    "libtensorflow_framework.so.2",
    "libtensorflow_framework.so",
    "libtensorflow_framework.so.2.9.1",
  ],
};

/** @param {string} folder a folder that may hold TensorFlow's Python package */
function isComplete(folder) {
  const parts = [...libraries, ...headers.map((name) => join("include", name))];
  return parts.every((part) => existsSync(join(folder, part)));
}

function cacheFolder() {
  // An empty XDG_CACHE_HOME counts as none, says the XDG specification.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(caches, "willfit", `tensorflow-${WHEEL_VERSION}`);
}

/** @returns {Promise<string | undefined>} the folder of an installed TensorFlow, without importing it */
export async function installedTensorflow() {
  const script =
    "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0])";
  const { status, output } = await run("python3", ["-c", script], { timeout: MINUTE / 2 });
  const folder = output.trim();
  return status === 0 && isComplete(folder) ? folder : undefined;
}

/** @returns {Promise<string[]>} what pip is to be told where it runs on a Python that TensorFlow has no wheel for */
async function anotherPython() {
  const { status, output } = await run("python3", ["-c", "import sys; print(*sys.version_info[:2])"], {
    timeout: MINUTE / 2,
  });
  const [major, minor] = output.split(" ").map(Number);
  const served = major === 3 && minor >= OLDEST_PYTHON && minor <= NEWEST_PYTHON;
  return status !== 0 || served ? [] : ["--python-version", `3.${NEWEST_PYTHON}`, "--only-binary", ":all:"];
}

/**
 * Downloads the wheel and unpacks what is needed of it.
 *
 * @param {string} folder an empty one
 * @returns {Promise<string | undefined>} why it could not
 */
async function downloadWheel(folder) {
  say(`getting TensorFlow's libraries from the ${WHEEL} wheel (270 MB, one attempt, at most ten minutes) …`);
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
  const limits = ["--retries", "0", "--timeout", "15", "--dest", folder, ...(await anotherPython())];
  const { status, output } = await run("python3", [...pip, ...limits, WHEEL], { timeout: 10 * MINUTE });
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (status !== 0 || wheel === undefined) return `pip could not get the ${WHEEL} wheel: ${reasonIn(output)}`;
  const script = `
import sys, zipfile
wanted = tuple("tensorflow/" + name for name in sys.argv[3:])
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])`;
  const members = [...libraries, ...headers.map((name) => `include/${name}/`)];
  const unpacked = await run("python3", ["-c", script, join(folder, wheel), folder, ...members], {
    timeout: 5 * MINUTE,
  });
  if (unpacked.status !== 0) return `the ${WHEEL} wheel could not be unpacked: ${reasonIn(unpacked.output)}`;
  return isComplete(join(folder, "tensorflow")) ? undefined : `the ${WHEEL} wheel lacks libraries or headers`;
}

/**
 * Fills the user's cache, unless it is full, so that the next checkout downloads nothing.
 *
 * @returns {Promise<{ folder: string } | { failure: string }>}
 */
export async function cachedTensorflow() {
  const folder = cacheFolder();
  if (isComplete(folder)) return { folder };
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  return leavingNothing(
    async () => {
      const failure = await downloadWheel(temporary);
      if (failure !== undefined) return { failure };
      // Another checkout may have filled it meanwhile; half a cache is of no use to anyone.
      if (!isComplete(folder)) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(join(temporary, "tensorflow"), folder);
      }
      return { folder };
    },
    () => rmSync(temporary, { recursive: true, force: true }),
  );
}

/**
 * Links `deps/` of tfjs-node to the libraries and headers of a TensorFlow.
 *
 * @param {string} tfjsNode its folder
 * @param {string} tensorflow its folder
 */
export function linkLibraries(tfjsNode, tensorflow) {
  const deps = join(tfjsNode, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(tensorflow, "include"), join(deps, "include"));
  for (const [file, names] of Object.entries(links)) {
    for (const name of names) symlinkSync(join(tensorflow, file), join(deps, "lib", name));
  }
}
