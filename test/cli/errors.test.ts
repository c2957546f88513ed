/** @file Malformed questions: one line on standard error, the nearest right form in it, exit status 2. */
import { describe, expect, it, vi } from "vitest";
import { INTERNAL_ERROR, MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

const on = "--on tpu-v4x4";

describe("malformed questions", () => {
  it.each([
    [`fit siglip-b16 --batch 32q ${on}`, "--batch 32q: not a number of examples; write 4096, 32k or 1M"],
    [`fit siglip-b61 --batch 32k ${on}`, 'unknown model "siglip-b61"; did you mean siglip-b16?'],
    ["fit siglip-b16 --batch 32k --on tpu-v9", 'unknown hardware "tpu-v9"; did you mean tpu-v'],
    [`predict siglip-b16 --batch 32k ${on} --loss sofmax`, "--loss sofmax: unknown; did you mean softmax?"],
    [`predict siglip-b16 --batch 32k ${on} --los softmax`, "unknown option '--los'; did you mean --loss?"],
    [`predict siglip-b16 --batch 32k ${on} --width 7q`, "--width 7q: not a whole number"],
    [`predict siglip-b16 ${on} --batch 4095`, "4095 does not divide among 4 devices; 4092 or 4096 would"],
    [`predict resnet50 --batch 1k ${on} --heads 3`, "resnet50 has no option --heads"],
    [`predict siglip-b16 ${on}`, "--batch is missing"],
    ["predict siglip-b16 --batch 1k", "--on is missing: say which machine"],
    ["fit", "the model is missing: say a name of"],
    [`fit siglip-b16 vit-s16 --batch 1k ${on}`, "too many arguments"],
    [`fit siglip-b16 ${on} --batch`, "option '--batch <examples>' argument missing"],
    ["fti siglip-b16", "unknown command 'fti'; did you mean fit?"],
    ["siglip-b16", "unknown command 'siglip-b16'; commands: fit, predict"],
    ["--wat", "unknown option '--wat'"],
    ["models siglip-b61", 'unknown model "siglip-b61"; did you mean siglip-b16?'],
    ["models constructor", 'unknown model "constructor"'],
    ["fit vit-s16 --batch 1k --on ./chip.json", "could not read ./chip.json: ENOENT: no such file"],
    ["hardware package.json", "package.json:1:1: kind: missing: one of tpu, gpu, host belongs here"],
    ["hardware README.md", 'unknown hardware "README.md"'],
    ["fit vit-s16 --batch 1k --on ../hardware-profiles/host", 'unknown hardware "../hardware-profiles/host"'],
    ["hardware tpu-v3", 'unknown hardware "tpu-v3"; did you mean tpu-v3-8?'],
    [`explain vit-s16 --batch 1k ${on} --pass tim`, "--pass tim: unknown; did you mean time?"],
    ["dashboard siglip-b61 --batch 1k --on tpu-v3-8", 'unknown model "siglip-b61"; did you mean siglip-b16?'],
    ["dashboard vit-s16 --batch 32q --on tpu-v3-8", "--batch 32q: not a number of examples"],
    ["dashboard --run no/such/run", "no/such/run has no run.json"],
  ])("willfit %s", async (line, message) => {
    const { status, stdout, stderr } = await willfit(line);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(MALFORMED);
  });
});

describe("our own mistakes", () => {
  it("are called that, on one line, and show where only when asked", async () => {
    vi.doMock("../../sim/predict.js", () => ({
      predict: () => {
        throw new TypeError("boom");
      },
    }));
    const line = "predict vit-s16 --batch 1k --on tpu-v3-8";
    const { status, stderr } = await willfit(line);
    expect(stderr).toBe("willfit: unexpected TypeError: boom (this is a bug; WILLFIT_DEBUG=1 shows where)\n");
    expect(status).toBe(INTERNAL_ERROR);
    expect((await willfit(line, { env: { WILLFIT_DEBUG: "1" } })).stderr).toMatch(/boom[\s\S]*\n {4}at /);
    vi.doUnmock("../../sim/predict.js");
  });
});
