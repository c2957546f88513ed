/** @file Units and ticks of the charts' axes. */
import { describe, expect, it } from "vitest";
import { batchTick, bytesUnit, secondsUnit } from "../../../src/cli/report/scale.js";

describe("axes", () => {
  it.each([
    [48, "48"],
    [1024, "1k"],
    [1536, "1.5k"],
    [1100, "1,100"],
    [32_768, "32k"],
    [1 << 20, "1M"],
    [1.5 * (1 << 20), "1.5M"],
  ])("a batch of %d is %s", (batch, words) => {
    expect(batchTick(batch)).toBe(words);
  });

  it("have the unit that is right for their largest amount", () => {
    expect(bytesUnit(15.5 * 2 ** 30).name).toBe("GiB");
    expect(bytesUnit(900 * 2 ** 20).name).toBe("MiB");
    expect(bytesUnit(12).name).toBe("KiB");
    expect(secondsUnit(0.2).name).toBe("ms");
    expect(secondsUnit(17).name).toBe("s");
    expect(secondsUnit(1e-7).name).toBe("µs");
  });
});
