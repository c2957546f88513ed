import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { fuzzReporter } from "./test/fuzz/reporter.js";
import { skipReporter } from "./test/skipReporter.js";

/** `npm run fuzz` tries so many cases that a test may take an hour. */
const MINUTES = process.env.WILLFIT_FUZZ_CASES === undefined ? 3 : 60;

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Some train, and some wait for XLA to compile.
    testTimeout: MINUTES * 60_000,
    hookTimeout: MINUTES * 60_000,
    // All cores: much of the time one test waits for another program.
    maxWorkers: "100%",
    pool: "forks",
    // Examples import the package by its name, as whoever has installed it does.
    alias: { willfit: fileURLToPath(new URL("src/index.ts", import.meta.url)) },
    // A profile that was calibrated on this computer is none of the tests' business.
    env: { WILLFIT_CONFIG: "test/no-settings" },
    reporters: ["default", skipReporter, fuzzReporter],
  },
});
