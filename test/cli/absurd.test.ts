/** @file Nothing, one, and far too much of everything: what is answered then, and what is refused with the limit and its reason. */
import { describe, expect, it } from "vitest";
import type { Prediction } from "../../sim/prediction.js";
import { MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

const vit = "vit-s16 --batch 1k --on tpu-v3-8";
const siglip = "siglip-b16 --on tpu-v3-8";
const tooLarge = "more than 8 PiB, the most that is counted exactly";

/** `1,2,…,count` */
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1).join();

describe("refused in a line that names the limit", () => {
  it.each([
    ["predict vit-s16 --batch 0 --on tpu-v3-8", "--batch 0: less than one"],
    [
      "predict vit-s16 --batch 1 --on tpu-v3-8",
      "a batch of 1 does not divide among 8 devices; 8 or 16 would",
    ],
    ["predict vit-s16 --batch 1099511627776 --on tpu-v3-8", tooLarge],
    ["predict vit-s16 --batch 4503599627370496 --on tpu-v3-8", tooLarge],
    ["predict vit-s16 --batch 9007199254740992 --on tpu-v3-8", "--batch 9007199254740992: too large"],
    [`predict ${vit} --devices 0`, "--devices 0: less than one"],
    [`predict ${vit} --devices 1048576`, "--devices 1048576: at most 65536, more than any machine has"],
    ["fit vit-s16 --batch 8 --on host --devices 8", "--devices 8: host is one device"],
    [`predict ${siglip} --batch 64k --devices 65536`, "more than 1,000,000 operations"],
    [`predict ${vit} --image 225`, "--image 225 is not a multiple of --patch 16; 224 or 240 would be"],
    [`predict ${vit} --image 8`, "--image 8 is not a multiple of --patch 16; 16 would be"],
    [`predict ${vit} --image 0`, "--image 0: less than one"],
    [`predict ${vit} --patch 448`, "--image 224 is not a multiple of --patch 448; 448 would be"],
    [`predict ${vit} --width 385`, "--width 385 is not a multiple of --heads 6; 384 or 390 would be"],
    [`predict ${vit} --image 16777216`, tooLarge],
    [`predict ${vit} --classes 9007199254740991`, tooLarge],
    [`predict ${vit} --depth 1000000`, "--depth 1000000: at most 256 blocks, which are traced one by one"],
    [`predict ${siglip} --batch 8 --text-depth 257`, "--text-depth 257: at most 256 blocks"],
    [`predict ${siglip} --batch 8 --vocabulary 9007199254740991`, tooLarge],
    [`predict ${siglip} --batch 8 --text-length 1000000000`, tooLarge],
    ["predict resnet50 --batch 1k --on tpu-v3-8 --image 1000000", tooLarge],
    ["predict resnet50 --batch 1k --on tpu-v3-8 --depth 51", "--depth 51: the depth is one of 50, 59"],
    ["predict efficientnet-b0 --batch 8 --on tpu-v3-8 --depth-percent 1000000", "at most 5000 percent"],
    ["predict efficientnet-b0 --batch 8 --on tpu-v3-8 --width-percent 100000000", tooLarge],
    ["predict mask-rcnn-r50 --batch 8 --on tpu-v3-8 --rois 3", "--rois 3: a quarter of the regions"],
    ["predict mask-rcnn-r50 --batch 8 --on tpu-v3-8 --objects 100000000", tooLarge],
    ["predict mask-rcnn-r50 --batch 8 --on tpu-v3-8 --image 100", "64 or 128 would be"],
    [
      "predict vit-s16 --batch 1M --on tpu-v3-8 --microbatches 131072",
      "--microbatches 131072: each is 3,175 operations here, and 1,000,000 are the most that are simulated; at most 314",
    ],
    [
      `predict ${siglip} --batch 1M --microbatches 131072`,
      "1,000,000 are the most that are simulated; at most",
    ],
    [`predict ${vit} --microbatches 3`, "does not divide among 8 devices with 3 microbatches each"],
    [`predict ${vit} --ema 1`, "--ema 1: not a number from 0 to below 1"],
    [`predict ${vit} --ema -0.1`, "--ema -0.1: not a number from 0 to below 1"],
    [`predict ${vit} --remat none,block`, "--remat none: no part of the model"],
    [
      "batches siglip-b16 --from 4k --to 2k --on tpu-v4x4",
      "--from 4096 --to 2048: the smallest batch is more than the largest",
    ],
    ["batches vit-s16 --from 3 --to 3 --on tpu-v4x4", "there is no power of two between them"],
    ["compare vit-s16 --on tpu-v3-8 --batch 7", "a batch of 7 does not divide among 8 devices"],
  ])("willfit %s", async (line, message) => {
    const { status, stdout, stderr } = await willfit(line);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(MALFORMED);
  });
});

describe("sweeps of more combinations than are predicted at once are refused", () => {
  it.each([
    ["vit-s16", { batch: 1, classes: 4000, mlp: 2500 }, "10,000,000"],
    ["vit-s16,vit-b16", { batch: 1000, mlp: 100 }, "200,000"],
  ])("willfit sweep %s with so many values: %j", async (models, counts, total) => {
    const lists = Object.entries(counts).map(([name, count]) => `--${name} ${numbers(count)}`);
    const { status, stderr } = await willfit(`sweep ${models} --on tpu-v3-8 ${lists.join(" ")}`);
    expect(stderr).toBe(
      `willfit: ${total} combinations are asked for, and at most 100,000 are predicted at once: fewer values, or a sweep for each model\n`,
    );
    expect(status).toBe(MALFORMED);
  });
});

describe("answered", () => {
  const predicted = async (line: string) => {
    const { status, stdout, stderr } = await willfit(`predict ${line} --json`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout) as Prediction;
  };

  it.each([
    ["vit-s16 --batch 1 --on tpu-v3-8 --devices 1", "fits"],
    ["vit-s16 --batch 64k --on tpu-v3-8 --devices 65536", "fits"],
    ["vit-s16 --batch 1000 --on tpu-v3-8 --devices 1000 --shard fsdp", "fits"],
    ["vit-s16 --batch 1M --on tpu-v3-8 --devices 1", "does-not-fit"],
    [`${vit} --classes 1000000000`, "does-not-fit"],
    [`${vit} --image 4096`, "does-not-fit"],
    [`${vit} --ema 0`, "fits"],
    ["resnet50 --batch 8 --on tpu-v3-8 --image 1", "fits"],
    ["mask-rcnn-r50 --batch 8 --on tpu-v3-8 --rois 1000000000", "fits"],
  ])("willfit predict %s: %s", async (line, verdict) => {
    const { memory, time } = await predicted(line);
    expect(memory.verdict).toBe(verdict);
    expect(Number.isSafeInteger(memory.peakBytes)).toBe(true);
    expect(time.stepSeconds).toBeGreaterThan(0);
    expect(Number.isFinite(time.stepSeconds)).toBe(true);
  });

  it("a decay of nothing is no moving average", async () => {
    const { memory } = await predicted(`${vit} --ema 0`);
    expect(memory).toEqual((await predicted(vit)).memory);
  });

  it("of two values for one option the last counts", async () => {
    expect(await predicted(`${vit} --remat block --remat none`)).toEqual(await predicted(vit));
  });

  it("a model beside itself is the same twice", async () => {
    const { stdout } = await willfit("compare vit-ti16 vit-ti16 --on tpu-v3-8 --batch 64 --json");
    const { models } = JSON.parse(stdout) as { models: readonly unknown[] };
    expect(models).toHaveLength(2);
    expect(models[0]).toEqual(models[1]);
  });

  it("a combination that is asked for twice is one row", async () => {
    const { stdout } = await willfit("sweep vit-ti16,vit-ti16 --on tpu-v3-8,tpu-v3-8 --batch 1k,1024 --json");
    expect(JSON.parse(stdout)).toHaveLength(1);
  });
});

describe("defects", () => {
  it("batches of a model without a study of them are shown as a table, too", async () => {
    const { status, stdout, stderr } = await willfit(
      "batches vit-ti16 --on tpu-v3-8 --from 1k --to 1k --depth 1",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("vit-ti16, on tpu-v3-8: all of them fit");
  });

  it("options of the dashboard are not passed over where the model is missing", async () => {
    const { status, stderr } = await willfit("dashboard --on tpu-v3-8");
    expect(stderr).toBe("willfit: the model is missing: say a name of `willfit models`, or --recipe\n");
    expect(status).toBe(MALFORMED);
  });

  it("control characters of an argument are written out", async () => {
    const { stderr } = await willfit(["fit", "vit\u001b[31m", "--batch", "8", "--on", "tpu-v3-8"]);
    expect(stderr).toContain('unknown model "vit\\u001b[31m"');
    const { stderr: newLine } = await willfit(["fit", "vit-s16", "--batch", "8\nq", "--on", "tpu-v3-8"]);
    expect(newLine).toBe("willfit: --batch 8\\nq: not a number of examples; write 4096, 32k or 1M\n");
  });

  it("a name that no file can have is refused like any other", async () => {
    const { status, stderr } = await willfit(["train", "vit-ti16", "--data", "a\u0000b"]);
    expect(status).toBe(MALFORMED);
    expect(stderr).toMatch(/^willfit: --data a\\u0000b: [^\n]+\n$/);
  });
});
