/** @file What `npm ci` relies on to get tfjs-node without hanging or losing it. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().optional(),
      gypfile: z.boolean().optional(),
      resolved: z.string().optional(),
    }),
  ),
});
const lock = lockSchema.parse(
  JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")),
);

it("the lock keeps npm from running tfjs-node's own install script", () => {
  const entry = lock.packages["node_modules/@tensorflow/tfjs-node"];
  const mend = 'delete "hasInstallScript" and add "gypfile": false to its entry in package-lock.json';
  expect(entry?.hasInstallScript, mend).toBeUndefined();
  expect(entry?.gypfile, mend).toBe(false);
});

it("the lock names no registry", () => {
  const resolved = Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith("http"));
  expect(resolved).toEqual([]);
});
