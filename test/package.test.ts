/** @file What `npm pack` packs: all that an installed willfit needs, and nothing that only its makers do. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packagePath } from "../src/packagePath.js";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: { readonly willfit: string };
  readonly scripts: { readonly postinstall: string };
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as Manifest;

/** A person's project that has installed the package. */
const project = mkdtempSync(join(tmpdir(), "willfit-package-"));
const installed = join(project, "node_modules", manifest.name);
let files: readonly string[] = [];

/** `npm install` of the tarball, without a registry: its dependencies are those that are here. */
async function install(): Promise<void> {
  const { stdout } = await execa(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", project],
    {
      cwd: packagePath("."),
      env: { npm_config_cache: join(project, "cache"), npm_config_offline: "true" },
    },
  );
  const [packed] = JSON.parse(stdout) as [
    { readonly filename: string; readonly files: readonly { path: string }[] },
  ];
  files = packed.files.map(({ path }) => path);
  mkdirSync(installed, { recursive: true });
  await execa("tar", ["-xzf", join(project, packed.filename), "-C", installed, "--strip-components", "1"]);
  for (const dependency of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const link = join(project, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(packagePath(`node_modules/${dependency}`), link);
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
}

beforeAll(async () => {
  if (!existsSync(packagePath("dist/src/index.js")))
    throw new Error("there is nothing to pack: npm run build first");
  await install();
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

it("packs what is needed", () => {
  const [, installScript] = manifest.scripts.postinstall.split(" ");
  expect(files).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "package.json",
      manifest.bin.willfit,
      "dist/src/index.js",
      "dist/src/index.d.ts",
      "dist/sim/sweepTask.js",
      "sim/errors.json",
      "src/stablehlo/xla.py",
      installScript,
      "train/install/quietLog.cc",
      "hardware-profiles/tpu-v3-8.json",
      "hardware-profiles/host.json",
      "examples/own-model.ts",
      "examples/own-chip.json",
      "docs/validation-time.md",
    ]),
  );
});

it("packs nothing else", () => {
  const needless = files.filter((path) =>
    /(^|\/)test\/|\.test\.|\.map$|^docs\/api\/|^dist\/sim\/validation\/|benchmark|soak|\.partial$|\.tmp$|^(runs|\.ci|\.cache)\//.test(
      path,
    ),
  );
  expect(needless).toEqual([]);
  const outside = files.filter((path) => /\.tsx?$/.test(path) && !/\.d\.ts$|^examples\//.test(path));
  expect(outside).toEqual([]);
});

it("packs nothing that was built of a source which is no more", () => {
  const sources = files
    .filter((path) => path.startsWith("dist/") && path.endsWith(".js"))
    .map((path) => path.slice("dist/".length, -".js".length));
  const orphans = sources.filter(
    (path) => !["ts", "tsx"].some((end) => existsSync(packagePath(`${path}.${end}`))),
  );
  expect(orphans, "rm -r dist && npm run build").toEqual([]);
});

it("answers from where it is installed", async () => {
  const bin = join(installed, manifest.bin.willfit);
  const line = ["fit", "vit-s16", "--depth", "1", "--batch", "64", "--on", "tpu-v3-8", "--json"];
  const { stdout, stderr } = await execa(process.execPath, [bin, ...line], { cwd: project });
  expect(JSON.parse(stdout)).toMatchObject({ model: "vit-s16", fits: true });
  expect(stderr).toBe("");
  const version = await execa(process.execPath, [bin, "--version"], { cwd: project });
  expect(version.stdout).toBe(manifest.version);
});

const consumer = `
import {
  defineHardware, defineModel, hardware, layers, onThreads, ops, predict, sweep,
  type AnyQuery, type HardwareProfile, type ModelDefinition, type Prediction, type Tensor, UserError,
} from "willfit";

const mlp: ModelDefinition = defineModel({
  name: "mlp",
  options: { image: 28, channels: 1, classes: 10, width: 64, nonlinearity: ["gelu", "relu"] },
  logits: (images, { classes, width, nonlinearity }, { activations }): Tensor => {
    const choice: "gelu" | "relu" = nonlinearity;
    const size: number = width;
    const hidden = images.trace.scoped("hidden", () =>
      layers[choice](layers.dense(ops.mean(ops.convert(images, activations), [1, 2]), size)));
    return images.trace.scoped("head", () => ops.convert(layers.dense(hidden, classes), "f32"));
  },
});
const faster: HardwareProfile = defineHardware({
  name: "faster", base: "tpu-v3-8", clockHertz: { value: 1.9e9, source: "what if" },
});
// @ts-expect-error a constant has a source
try { defineHardware({ name: "no-source", base: "tpu-v3-8", clockHertz: { value: 1.9e9 } }); }
catch (error) { if (!(error instanceof UserError)) throw error; }

const query: AnyQuery = { model: mlp, modelOptions: {}, hardware: faster, globalBatch: 64, plan: {} };
const answer: Prediction = predict(query);

// So many that threads are worth their start: the model stays in this one, the others pass.
const question = {
  models: [mlp, "vit-ti16"],
  modelOptions: [{}],
  hardware: [faster, ...Object.keys(hardware).filter((name) => name.startsWith("tpu"))],
  plans: [{}],
  batches: Array.from({ length: 16 }, (_, i) => 64 * (i + 1)),
};
const here = await sweep(question);
const threads = await sweep(question, { run: onThreads(2) });
console.log(JSON.stringify({
  model: answer.model,
  hardware: answer.hardware,
  rows: here.rows.length,
  same: JSON.stringify(here) === JSON.stringify(threads),
}));
`;

it("is imported with its types, and its examples run as they say", async () => {
  writeFileSync(join(project, "consumer.ts"), consumer);
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2023",
        module: "NodeNext",
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        outDir: "compiled",
        rootDir: ".",
      },
      files: ["consumer.ts", "own-model.ts", "own-chip.ts", "sweep.ts"],
    }),
  );
  for (const example of ["own-model.ts", "own-chip.ts", "own-chip.json", "sweep.ts"])
    writeFileSync(join(project, example), readFileSync(join(installed, "examples", example)));
  await execa(process.execPath, [packagePath("node_modules/typescript/bin/tsc"), "-p", "."], {
    cwd: project,
  });
  const run = (script: string) => execa(process.execPath, [join("compiled", script)], { cwd: project });
  expect(JSON.parse((await run("consumer.js")).stdout)).toEqual({
    model: "mlp",
    hardware: "faster",
    rows: 2 * 7 * 16,
    same: true,
  });
  expect((await run("own-model.js")).stdout).toContain("convmixer-1536-20: 51.63 M parameters");
  writeFileSync(join(project, "compiled", "own-chip.json"), readFileSync(join(project, "own-chip.json")));
  expect((await run("own-chip.js")).stdout).toContain("four TPU v4 chips, if they had 64 GiB each: fits");
  expect((await run("sweep.js")).stdout).toContain("32 predicted, 0 left out");
});
