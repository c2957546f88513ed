/** @file docs/json.md says of every key of an answer what it is, and of no other. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { willfit } from "./capture.js";

const page = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");

/** The keys that the tables of a section have. */
function documented(command: string): readonly string[] {
  const [, section = ""] = page.split(`\n## ${command}\n`);
  const [own = ""] = section.split("\n## ");
  const keys = own.split("\n").filter((line) => line.startsWith("| `"));
  return keys.flatMap((line) => [...line.split(" |")[0]!.matchAll(/`([^`]+)`/g)].map(([, key]) => key!));
}

/** Where the numbers, words and nulls of an answer are: `memory.parts[].bytes`. */
function keysOf(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((element) => keysOf(element, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, path ? `${path}.${key}` : key));
}

const answered = async (line: string) => {
  const keys = keysOf(JSON.parse((await willfit(`${line} --json`)).stdout), "");
  // The categories of memory are names, not keys.
  return new Set(keys.map((key) => key.replace(/^(timeline\[\]\.parts)\..*/, "$1")));
};

it("has the keys of a recipe's prediction", async () => {
  expect(await answered("predict --recipe vit-s16-90ep")).toEqual(new Set(documented("predict")));
});

it("has the keys of fit", async () => {
  const prediction = documented("predict").filter((key) => !key.startsWith("run."));
  expect(await answered("fit siglip-b16 --batch 4k --on tpu-v4x4")).toEqual(
    new Set([...prediction, ...documented("fit")]),
  );
});

it("has the keys of a sweep's rows", async () => {
  const prediction = documented("predict").filter((key) => !key.startsWith("run."));
  const rows = JSON.parse(
    (await willfit("sweep vit-s16 --depth 1,2 --batch 64 --on tpu-v3-8 --json")).stdout,
  );
  expect(rows).toHaveLength(2);
  for (const row of rows as readonly object[]) {
    expect(new Set(keysOf(row, ""))).toEqual(new Set([...prediction, "modelOptions.depth", "pareto"]));
  }
});

it("has the keys of the memory", async () => {
  expect(await answered("explain vit-s16 --depth 1 --batch 64 --on tpu-v3-8 --memory")).toEqual(
    new Set(documented("explain --memory")),
  );
});
