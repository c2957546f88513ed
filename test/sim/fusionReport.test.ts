/** @file One fusion in full. */
import { expect, it } from "vitest";
import { fusionReport } from "../../sim/fusionReport.js";
import { simulatedStep } from "../../sim/simulatedStep.js";

const query = { model: "vit-s16", modelOptions: { depth: 1 }, hardware: "tpu-v3-8", plan: {} };

it("has the sizes of its own batch, whatever others were asked about before", () => {
  for (const globalBatch of [64, 128]) {
    const step = simulatedStep({ ...query, globalBatch });
    const lines = Array.from({ length: 20 }, (_, i) => fusionReport(step, i).operations).flat();
    const broadcasts = lines.filter((line) => line.includes("= broadcastInDim("));
    expect(broadcasts.length).toBeGreaterThan(3);
    for (const line of broadcasts) {
      const [, attribute, type] = /shape=\[([\d,]*)\].* : \w+\[([\d,]*)\]/.exec(line)!;
      expect(attribute).toBe(type);
    }
  }
});
