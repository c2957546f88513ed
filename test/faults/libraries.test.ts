/**
 * @file Libraries that are missing, cut off or another's: training goes on with what there is and says so, and what cannot be done
 * without them is a line. The program runs in a copy of the project whose `node_modules` are links to the real ones, but for some.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { packagePath } from "../../src/packagePath.js";
import { manifest } from "../../train/machine.js";
import { checkLibraries } from "../../train/sharedLibraries.js";
import {
  type Ended,
  executable,
  needsBuild,
  startProgram,
  testFolder,
  tinyRun,
  writeTinyData,
} from "./cli.js";

const { folder, remove } = testFolder("libraries");
afterAll(remove);
const data = writeTinyData(folder);

const project = join(folder, "project");
const packages = join(project, "node_modules");
const real = (name: string) => join(realpathSync(packagePath("node_modules")), name);

/** Links all entries of a folder into another, but for some. */
function link(from: string, to: string, except: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (!except.includes(name)) symlinkSync(join(from, name), join(to, name));
  }
}

const willfit = (line: string): Promise<Ended> =>
  startProgram(process.execPath, [join(project, "dist/src/cli/main.js"), ...line.split(" ")], { cwd: folder })
    .ended;

beforeAll(() => {
  if (!existsSync(executable)) return;
  for (const part of ["dist", "package.json", "hardware-profiles", "sim/errors.json", "src/stablehlo/xla.py"])
    cpSync(packagePath(part), join(project, part), { recursive: true });
  link(real(""), packages, ["@tensorflow", "@img", "sharp", "fs-native-extensions"]);
  link(real("@tensorflow"), join(packages, "@tensorflow"), ["tfjs-node"]);
});
beforeEach(({ skip }) => needsBuild(skip));

/** A package's own copy, its links as they are. */
function copied(name: string): string {
  const to = join(packages, name);
  rmSync(to, { recursive: true, force: true });
  // What it was compiled from is not needed to run it.
  const needed = (path: string) => !/\/(build-tmp-[^/]*|src|python)$/.test(path);
  cpSync(real(name), to, { recursive: true, verbatimSymlinks: true, filter: needed });
  return to;
}

describe("TensorFlow's library", () => {
  const reason =
    manifest("@tensorflow/tfjs-node") && existsSync(real("@tensorflow/tfjs-node/lib"))
      ? undefined
      : "tfjs-node does not work here: it cannot be broken";
  const addon = "lib/napi-v8/tfjs_binding.node";
  const library = "deps/lib/libtensorflow_cc.so.2";

  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
    if (process.platform !== "linux") skip("what the loader says is Linux's");
  });

  /** Of the addon's libraries, an empty one that has the right name and nothing in it. */
  function replaceLibraries(path: string, withWhat: (path: string) => void): void {
    const libraries = join(path, dirname(library));
    for (const name of readdirSync(libraries)) {
      rmSync(join(libraries, name));
      withWhat(join(libraries, name));
    }
  }

  it.each([
    [
      "has no addon",
      (path: string) => renameSync(join(path, addon), join(path, "elsewhere")),
      /can not be found at path/,
    ],
    [
      "has half an addon",
      (path: string) => truncateSync(join(path, addon), 40_000),
      /tfjs_binding\.node is cut off/,
    ],
    [
      "has the beginning of an addon",
      (path: string) => truncateSync(join(path, addon), 20),
      /file too short/,
    ],
    ["has no library", (path: string) => replaceLibraries(path, () => {}), /cannot open shared object file/],
    [
      "has text for a library",
      (path: string) =>
        replaceLibraries(path, (name) => writeFileSync(name, "text, and more of it".repeat(100))),
      /invalid ELF header/,
    ],
    [
      "has half a library",
      (path: string) =>
        replaceLibraries(path, (name) => {
          // Of its headers' promises a copy of the addon keeps less than half.
          cpSync(real(join("@tensorflow/tfjs-node", addon)), name);
          truncateSync(name, 40_000);
        }),
      /is cut off/,
    ],
  ] as const)("%s: training goes on without, and says why", async (_, spoil, why) => {
    spoil(copied("@tensorflow/tfjs-node"));
    const { status, stdout, stderr } = await willfit(tinyRun(data, 1).replace(" --backend wasm", ""));
    const [first] = stderr.split("\n");
    expect(first).toMatch(
      /^training on wasm [\d.]+, because of tensorflow: .*; `willfit doctor` says what to do$/,
    );
    expect(first).toMatch(why);
    expect(stdout).toMatch(/^finished after 8 steps/);
    expect(status).toBe(0);
  });

  it("lacks what the addon calls: the same", async ({ skip }) => {
    const path = copied("@tensorflow/tfjs-node");
    const source = join(folder, "empty.c");
    writeFileSync(source, "int nothing(void) { return 0; }\n");
    replaceLibraries(path, (name) => {
      try {
        execFileSync("cc", ["-shared", "-fPIC", "-o", name, source], { stdio: "ignore" });
      } catch {
        skip("there is no C compiler to make another library with");
      }
    });
    const { status, stdout } = await willfit("doctor --json");
    const { backend } = JSON.parse(stdout) as { readonly backend: { readonly name: string; reason: string } };
    expect(backend.name).toBe("wasm");
    expect(backend.reason).toMatch(/^tensorflow: .*undefined symbol/);
    expect(status).toBe(0);
  });

  it("that is asked for is not replaced", async () => {
    truncateSync(join(copied("@tensorflow/tfjs-node"), addon), 40_000);
    const { status, stdout, stderr } = await willfit(tinyRun(data, 1).replace("wasm", "tensorflow"));
    expect(stderr).toMatch(/^willfit: no backend could be used: tensorflow: .* is cut off\n$/);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
  });
});

describe("sharp", () => {
  const photos = join(folder, "photos");
  beforeAll(() => {
    for (const name of ["cat", "dog"]) {
      mkdirSync(join(photos, name), { recursive: true });
      for (let i = 0; i < 20; i++) writeFileSync(join(photos, name, `${i}.png`), "");
    }
  });
  const train = `train vit-s16 --image 8 --patch 4 --width 8 --depth 1 --heads 1 --data ${photos} --batch 4 --backend wasm`;

  beforeEach(({ skip }) => {
    if (process.platform !== "linux") skip("what the loader says is Linux's");
    copied("@img");
    copied("sharp");
  });

  /** The package with the addon for this computer. */
  const addonPackage = join(packages, "@img", `sharp-${process.platform}-${process.arch}`);
  const addon = () => {
    const lib = join(addonPackage, "lib");
    return join(lib, readdirSync(lib).find((name) => name.endsWith(".node"))!);
  };

  it.each([
    [
      "is not there",
      () => rmSync(join(packages, "sharp"), { recursive: true }),
      /Cannot find (package|module)/,
    ],
    ["has no addon", () => rmSync(addonPackage, { recursive: true }), /Could not load the "sharp" module/],
    ["has half an addon", () => truncateSync(addon(), 40_000), /is cut off/],
  ] as const)("%s: a line, where images are to be decoded", async (_, spoil, why) => {
    spoil();
    const { status, stdout, stderr } = await willfit(train);
    expect(stderr).toMatch(
      /^willfit: images are decoded with the package sharp, which does not load here: .*\n$/,
    );
    expect(stderr).toMatch(why);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
    // Nobody else needs it.
    expect((await willfit(tinyRun(data, 1))).status).toBe(0);
  });
});

describe("kernel locks", () => {
  it("that there are none of are missed in one line, and nothing else", async () => {
    const out = join(folder, "unlocked");
    for (const resume of ["", " --resume"]) {
      const { status, stderr } = await willfit(`${tinyRun(data, 1)} --out ${out}${resume}`);
      expect(stderr.match(/nothing keeps another run out of the folder: Cannot find module/g)).toHaveLength(
        1,
      );
      expect(status).toBe(0);
    }
    expect(readdirSync(out)).not.toContain("run.lock");
    const output = join(folder, "sweep.csv");
    const { status, stderr } = await willfit(`sweep vit-s16 --on tpu-v3-8 --batch 64 --csv -o ${output}`);
    expect(stderr).toMatch(
      /^nothing keeps others from .*sweep\.csv meanwhile: Cannot find module .*\n.*: 1 rows\n$/,
    );
    expect(status).toBe(0);
  });
});

it("a library is looked at for what its headers promise, and nothing else is", () => {
  const libraries = join(folder, "libraries");
  mkdirSync(join(libraries, "deep"), { recursive: true });
  writeFileSync(join(libraries, "short.so"), "");
  writeFileSync(join(libraries, "deep", "text.so.1"), "text".repeat(100));
  symlinkSync(join(libraries, "nowhere"), join(libraries, "lost.so"));
  expect(() => checkLibraries(libraries)).not.toThrow();
  expect(() => checkLibraries(join(libraries, "nowhere"))).not.toThrow();
  const whole = Buffer.alloc(200);
  whole.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  // One program header, behind the file's own, for the whole of a file of 200 bytes.
  whole.writeBigUInt64LE(64n, 32);
  whole.writeUInt16LE(56, 54);
  whole.writeUInt16LE(1, 56);
  whole.writeBigUInt64LE(200n, 64 + 32);
  const path = join(libraries, "deep", "library.so.2.9.1");
  writeFileSync(path, whole);
  expect(() => checkLibraries(libraries)).not.toThrow();
  for (const length of [199, 100, 64]) {
    writeFileSync(path, whole.subarray(0, length));
    expect(() => checkLibraries(libraries)).toThrow(`${path} is cut off`);
  }
});
