/** @file Every model at its published size becomes a module that XLA's parser and verifier accept. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { trainingStepOf } from "../../sim/query.js";
import { zoo } from "../../src/models/zoo.js";
import { printModule } from "../../src/stablehlo/module.js";
import { parseModules } from "../../src/stablehlo/xla.js";
import { needsXla } from "./xlaHere.js";

const DEVICES = 8;

it("every model of the zoo", async ({ skip }) => {
  needsXla(skip);
  const folder = mkdtempSync(join(tmpdir(), "willfit-zoo-"));
  try {
    const paths = Object.keys(zoo).map((model) => {
      const question = { model, modelOptions: {}, plan: {}, globalBatch: 2 * DEVICES };
      const path = join(folder, `${model}.mlir`);
      writeFileSync(path, printModule(trainingStepOf(question, DEVICES).program));
      return path;
    });
    const errors = await parseModules(paths);
    expect(errors).toEqual(Object.fromEntries(paths.map((path) => [path, null])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
