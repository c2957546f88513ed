/** @file The doctor's report as lines. */
import picocolors from "picocolors";
import { expect, it } from "vitest";
import { doctorText } from "../../src/cli/doctor.js";

it("says what is active, why, and how to get a better one", () => {
  const text = doctorText(
    {
      node: "20.0.0",
      platform: "linux x64",
      processor: "a processor",
      threads: 2,
      memoryBytes: 2 ** 34,
      backend: {
        name: "wasm",
        version: "4.22.0",
        reason: "tensorflow: the addon was not built",
        advice: "install Python",
        threads: 1,
      },
    },
    { colors: picocolors.createColors(false) },
  );
  expect(text.split("\n")).toEqual([
    "backend    wasm 4.22.0, 1 thread",
    "why        tensorflow: the addon was not built",
    "better     install Python",
    "processor  a processor, 2 threads",
    "memory     16 GiB",
    "node       20.0.0 on linux x64",
  ]);
});
