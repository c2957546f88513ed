/** @file `willfit calibrate --from`: a profile from measured steps that other commands then know, or one line and no profile. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-calibrate-"));
  vi.stubEnv("WILLFIT_CONFIG", join(folder, "config"));
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function fileOf(lines: readonly string[]): string {
  const path = join(folder, "steps.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const profiles = () => {
  const made = join(folder, "config", "hardware-profiles");
  return existsSync(made) ? readdirSync(made) : [];
};

const header = "model,batch,stepSeconds,devices,remat";
const step = "vit-s16,128,22.06 ms,1,";

describe("malformed measurements", () => {
  it.each([
    [[header, "vit-b61,128,0.022,1,"], `line 2: unknown model "vit-b61"; did you mean vit-b`],
    [[header, step, "vit-s16,12q,0.022,1,"], "line 3, column batch: 12q: not a number of examples; write"],
    [[header, "vit-s16,128,soon,1,"], "line 2, column stepSeconds: soon: not a time; write 0.0355"],
    [[header, "vit-s16,128,0,1,"], "line 2, column stepSeconds: 0: not a time"],
    [[header, "vit-s16,128,-0.1,1,"], "line 2, column stepSeconds: -0.1"],
    [[header, "vit-s16,128,,1,"], "line 2, column stepSeconds: empty"],
    [[header, "vit-s16,128,0.022,0,"], "line 2, column devices: 0: less than one"],
    [[header, "vit-s16,9,0.022,2,"], "line 2: a batch of 9 does not divide among 2 devices"],
    [[header, "vit-s16,128"], "line 2: "],
    [["model,batch,seconds", "vit-s16,128,0.022"], "line 1: the column stepSeconds is missing"],
    [
      ["model,batch,stepSeconds,optimiser", "vit-s16,128,1,adamw"],
      'unknown column "optimiser"; did you mean optimizer?',
    ],
    [
      ["model,batch,stepSeconds,optimizer", "vit-s16,128,1,adamq"],
      "column optimizer: adamq: unknown; did you mean adamw?",
    ],
    [["model,batch,stepSeconds,heads", "resnet50,128,1,3"], "line 2: resnet50 has no option --heads"],
    [[header], "no measured step"],
    [[""], "no measured step"],
  ])("%j", async (lines, message) => {
    const path = fileOf(lines);
    const { status, stdout, stderr } = await willfit(`calibrate --from ${path} --base nvidia-h100`);
    expect(stderr).toContain(`willfit: ${path}`);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(MALFORMED);
    expect(profiles()).toEqual([]);
  });

  it.each([
    ["--from nowhere.csv --base nvidia-h100", "could not read nowhere.csv: ENOENT"],
    ["--from STEPS --base nvidia-h1000", 'unknown hardware "nvidia-h1000"; did you mean nvidia-h100?'],
    ["--from STEPS --base host", "--base host: this computer is no accelerator"],
    ["--from STEPS --base nvidia-h100 --name nvidia-h200", "--name nvidia-h200: a profile of willfit's own"],
    ["--from STEPS --base nvidia-h100 --name ../x", "--name ../x: not letters, digits"],
    ["--from STEPS", "--base is missing"],
  ])("calibrate %s", async (line, message) => {
    const path = fileOf([header, step]);
    const { status, stdout, stderr } = await willfit(`calibrate ${line.replace("STEPS", path)}`);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(MALFORMED);
    expect(profiles()).toEqual([]);
  });
});

describe("a corrected profile", () => {
  const question = "predict vit-s16 --batch 128 --devices 1 --json --on";
  const stepSeconds = async (name: string) =>
    JSON.parse((await willfit(`${question} ${name}`)).stdout).time.stepSeconds as number;

  it("is known to other commands, and nearer to what was measured", async () => {
    const path = fileOf([header, "vit-s16,128,30 ms,1,"]);
    const { status, stdout, stderr } = await willfit(`calibrate --from ${path} --base nvidia-h100`);
    expect(status).toBe(0);
    expect(stderr).toContain("nvidia-h100-calibrated.json: from now on --on nvidia-h100-calibrated");
    expect(stdout).toMatch(/efficiency\.memory/);
    expect(stdout).toMatch(/^vit-s16, 128, devices 1 +30 ms/m);
    expect(profiles()).toEqual(["nvidia-h100-calibrated.json"]);
    const [before, after] = [await stepSeconds("nvidia-h100"), await stepSeconds("nvidia-h100-calibrated")];
    expect(Math.abs(after / 0.03 - 1)).toBeLessThan(Math.abs(before / 0.03 - 1) / 2);
    expect((await willfit("hardware nvidia-h100-calibrated")).stdout).toContain(
      "measured: efficiency.memory",
    );
  });

  it("is told in full to programs, under the name that was asked for", async () => {
    const path = fileOf([header, "vit-s16,1024,0.13,,", "resnet50,2048,0.2,,block"]);
    const line = `calibrate --from ${path} --base tpu-v4x4 --name ours --json`;
    const answer = JSON.parse((await willfit(line)).stdout);
    expect(answer).toMatchObject({ name: "ours", base: "tpu-v4x4", from: path });
    expect(answer.steps[1]).toMatchObject({ name: "resnet50, 2048, remat block", measured: 0.2 });
    expect(answer.published[0]).toMatchObject({ recipe: "siglip-b16-16chips" });
    expect(profiles()).toContain("ours.json");
  });
});
