/** @file `willfit calibrate` of this computer: the quick one for real, and what it refuses. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type HostProfile, loadHardware, parseProfile, saveHardware } from "../../sim/hardware.js";
import { INTERRUPTED } from "../../src/cli/interruption.js";
import { MALFORMED } from "../../src/cli/program.js";
import { type Captured, willfit } from "./capture.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-calibrate-"));
const kept = join(folder, "hardware-profiles", "host.json");
const operations = join(folder, "operations.csv");

beforeAll(() => vi.stubEnv("WILLFIT_CONFIG", folder));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("calibrate", () => {
  it.each([
    ["calibrate --backend gpu", /--backend gpu: unknown; did you mean cpu\?/],
    ["calibrate --base tpu-v4x4", /--base: it goes with --from/],
    ["calibrate --name mine", /--name: it goes with --from/],
    ["calibrate --from steps.csv --quick", /--quick: with --from nothing is measured here/],
    ["calibrate --from steps.csv", /--base is missing/],
  ])("%s is refused", async (line, why) => {
    const { status, stdout, stderr } = await willfit(line);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
    expect(stderr).toMatch(why);
    expect(stderr.trim()).not.toContain("\n");
  });

  it("keeps nothing when it is interrupted", async () => {
    const before = process.listenerCount("SIGINT");
    const running = willfit("calibrate --quick");
    await vi.waitUntil(() => process.listenerCount("SIGINT") > before, { timeout: 60_000 });
    process.emit("SIGINT");
    const { status, stdout, stderr } = await running;
    expect({ status, stdout, stderr }).toEqual({
      status: INTERRUPTED,
      stdout: "",
      stderr: "interrupted: nothing was kept\n",
    });
    expect(existsSync(kept)).toBe(false);
  });

  describe("--quick", () => {
    let answer: Captured;
    beforeAll(async () => {
      answer = await willfit(`calibrate --quick --measurements ${operations}`);
    });

    it("says how well each class of kernels was explained", () => {
      expect(answer.status).toBe(0);
      expect(answer.stdout).toMatch(/^host: this computer/);
      expect(answer.stdout).toMatch(/^class of kernels +of the time +measured +left out +R² +error$/m);
      expect(answer.stdout).toContain(kept);
    });

    it("writes down every operation that it measured", () => {
      const rows = parse<Record<string, string>>(readFileSync(operations), { columns: true });
      expect(rows.length).toBeGreaterThan(100);
      for (const { operation, seconds } of rows) {
        expect(operation).toMatch(/^\w+\(.*\) → /);
        expect(Number(seconds)).toBeGreaterThan(0);
      }
    });

    it("makes a profile that predictions are made with", async () => {
      const profile = parseProfile("host", kept, readFileSync(kept, "utf8"));
      expect(readdirSync(join(folder, "hardware-profiles"))).toEqual(["host.json"]);
      expect(profile.kind === "host" && profile.calibration).toMatchObject({ threads: expect.any(Number) });
      const { stdout } = await willfit("predict vit-ti16 --batch 4 --on host --json");
      expect(JSON.parse(stdout).confidence.time.basis).toMatch(/^calibrated on 20\d\d-/);
    });

    it("is out of date on another processor, and predictions say so", async () => {
      const profile = loadHardware("host") as HostProfile;
      saveHardware({ ...profile, calibration: { ...profile.calibration!, processor: "another" } });
      const { status, stderr } = await willfit("predict vit-ti16 --batch 4 --on host --json");
      expect(status).toBe(0);
      expect(stderr).toMatch(
        /^profile host is out of date: another processor: another then, .* now; [^\n]+\n$/,
      );
    });
  });
});
