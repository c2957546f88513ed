import { defineConfig } from "vitest/config";
import { skipReporter } from "./test/skipReporter.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    pool: "forks",
    reporters: ["default", skipReporter],
  },
});
