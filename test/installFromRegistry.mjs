/**
 * @file `npm run test:install`: installs the packed package in a fresh folder, as a person does, and asks it something. It needs a
 * registry, so it is none of `npm test`'s; test/package.test.ts checks the same package without one.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const project = mkdtempSync(join(tmpdir(), "willfit-install-"));
/** @type {import("execa").Options} */
const options = {
  cwd: project,
  // The native backend is train/install's business: predictions need none.
  env: { WILLFIT_SKIP_NATIVE: process.env.WILLFIT_SKIP_NATIVE ?? "1" },
  stdout: ["pipe", "inherit"],
  stderr: "inherit",
};

/** @param {string} text what does not hold @param {boolean} holds */
function require(text, holds) {
  if (!holds) throw new Error(`installed, but ${text}`);
}

try {
  const packed = await execa("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], {
    cwd: root,
  });
  /** @type {readonly { readonly filename: string }[]} */
  const [{ filename } = { filename: "" }] = JSON.parse(packed.stdout);
  writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }\n');
  await execa("npm", ["install", "--no-audit", "--no-fund", `./${filename}`], options);
  const line = ["fit", "vit-s16", "--batch", "1k", "--on", "tpu-v3-8"];
  const { stdout } = await execa("npx", ["--no-install", "willfit", ...line], options);
  require("the answer is another", String(stdout).includes("1,024 examples a step on tpu-v3-8"));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const said = await execa("npx", ["--no-install", "willfit", "--version"], options);
  require("the version is another", said.stdout === version);
  await execa(
    process.execPath,
    [
      "-e",
      'import("willfit").then(({ predict }) => console.log(predict({ model: "vit-s16", modelOptions: {}, hardware: "tpu-v3-8", globalBatch: 64, plan: {} }).memory.verdict))',
    ],
    options,
  );
} finally {
  rmSync(project, { recursive: true, force: true });
}
