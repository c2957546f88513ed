import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { skipReporter } from "./test/skipReporter.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Some train, and some wait for XLA to compile.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // All cores: much of the time one test waits for another program.
    maxWorkers: "100%",
    pool: "forks",
    // Examples import the package by its name, as whoever has installed it does.
    alias: { willfit: fileURLToPath(new URL("src/index.ts", import.meta.url)) },
    // A profile that was calibrated on this computer is none of the tests' business.
    env: { WILLFIT_CONFIG: "test/no-settings" },
    reporters: ["default", skipReporter],
  },
});
