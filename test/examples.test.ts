/** @file The examples run as they are, and say what they said when they were written. */
import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { packagePath } from "../src/packagePath.js";
import { willfit } from "./cli/capture.js";

afterEach(() => vi.restoreAllMocks());

/** What an example prints; of a table, its rows. */
async function outputOf(
  run: () => Promise<unknown>,
): Promise<{ readonly lines: string; readonly rows: unknown }> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const table = vi.spyOn(console, "table").mockImplementation(() => {});
  await run();
  return { lines: log.mock.calls.map(([line]) => String(line)).join("\n"), rows: table.mock.calls[0]?.[0] };
}

it("own-model.ts predicts a model that nobody here has defined, of its paper's size", async () => {
  const { lines } = await outputOf(() => import("../examples/own-model.js"));
  // arXiv 2201.09792, Table 1: 51.6 M.
  expect(lines).toContain("convmixer-1536-20: 51.6");
  expect(lines).toMatch(/^2048 on tpu-v3-8: does-not-fit, [\d.]+ GiB a device$/m);
  expect(lines).toMatch(/^\d+ ms a step ± [\d.]+ % \(no step of this model has been compared/m);
  expect(lines).toMatch(/^ {2}.*microbatches.*: \d+ ms a step$/m);
});

it("own-chip.ts has room for a batch that the real chip has not", async () => {
  const { lines } = await outputOf(() => import("../examples/own-chip.js"));
  const [real, larger, faster] = lines.split("\n");
  expect(real).toMatch(/does-not-fit, 2\.\d\d s a step, largest batch 3584$/);
  expect(larger).toMatch(/^four TPU v4 chips, if they had 64 GiB each: fits/);
  expect(faster).toMatch(/^tpu-v4x4 with another clockHertz: does-not-fit/);
});

it("own-chip.json is a machine of the command line, too", async () => {
  const { status, stdout } = await willfit("fit siglip-b16 --batch 4k --on examples/own-chip.json");
  expect(status).toBe(0);
  expect(stdout).toContain(
    "siglip-b16, 4,096 examples a step on examples/own-chip.json (4 chips, 1,024 each)",
  );
  const one = await willfit("hardware ./examples/own-chip.json", { columns: 110 });
  expect(one.stdout).toMatch(/^base +tpu-v4x4$/m);
  expect(one.stdout).toMatch(/^usableMemoryBytes +62 GiB +what if/m);
});

it("the page about the library shows what the examples do", () => {
  const read = (path: string) => readFileSync(packagePath(path), "utf8");
  const blocks = [...read("docs/library.md").matchAll(/^```(?:ts|json)\n(.*?)^```$/gms)].map(
    ([, code]) => code!,
  );
  const [, model, chip, , sweep] = blocks as [string, string, string, string, string];
  const [definition] = model.split("\n\n") as [string];
  expect(read("examples/own-model.ts")).toContain(definition);
  expect(read("examples/own-chip.json")).toBe(chip);
  expect(read("examples/sweep.ts")).toContain(sweep);
});

it("sweep.ts names the cheapest of its rows", async () => {
  const { lines, rows } = await outputOf(() => import("../examples/sweep.js"));
  expect(lines).toMatch(/^32 predicted, 0 left out\nvit-s16: \$\d+ in [\d.]+ h on .*\nresnet50: \$\d+ in /);
  const dollars = (rows as readonly { model: string; dollars: number }[])
    .filter(({ model }) => model === "vit-s16")
    .map((row) => row.dollars);
  expect(lines).toContain(`vit-s16: $${Math.min(...dollars)} in`);
});
