/** @file `willfit export` and `willfit verify`: what they print, where XLA is and where it is not. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Verification } from "../../sim/verify.js";
import { MALFORMED } from "../../src/cli/program.js";
import { needsXla } from "../stablehlo/xlaHere.js";
import { willfit } from "./capture.js";

const tiny = "vit-s16 --image 32 --width 128 --depth 1 --heads 1 --classes 8 --batch 64";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-verify-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

describe("export", () => {
  it("writes the module to standard output, for one device", async () => {
    const { status, stdout, stderr } = await willfit(`export ${tiny}`);
    expect(stdout).toMatch(/^module @step attributes \{.*mhlo\.num_replicas = 1 : i32/);
    expect(stdout).toContain('loc("forward/vit/encoder/block0/attention/query/dotGeneral")');
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("writes the same to a file, and nothing else into its folder", async () => {
    const path = join(folder, "step.mlir");
    const { status, stdout, stderr } = await willfit(`export ${tiny} --on tpu-v3-8 -o ${path}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/operations for 8 device\(s\)/);
    expect(readFileSync(path, "utf8")).toBe((await willfit(`export ${tiny} --devices 8`)).stdout);
    expect(readdirSync(folder)).toEqual(["step.mlir"]);
  });

  it("says in one line what it cannot do", async () => {
    const missing = await willfit("export vit-s16");
    expect(missing.stderr).toMatch(/^willfit: --batch is missing: .*\n$/);
    const nowhere = await willfit(`export ${tiny} -o ${join(folder, "none", "step.mlir")}`);
    expect(nowhere.stderr).toMatch(/^willfit: could not write .*step\.mlir: ENOENT.*\n$/);
    expect([missing.status, nowhere.status]).toEqual([MALFORMED, MALFORMED]);
  });
});

describe("verify", () => {
  it("says what is missing and how to get it", async () => {
    vi.stubEnv("WILLFIT_PYTHON", join(folder, "python-that-is-not"));
    for (const line of [`verify ${tiny} --on tpu-v3-8`, `verify ${tiny} --execute`]) {
      const { status, stdout, stderr } = await willfit(line);
      expect(stderr).toMatch(/^willfit: this needs Python, .*-m pip install jax==[\d.]+ jaxlib==.*\n$/);
      expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
    }
  });

  it.each([
    [`verify ${tiny} --on host`, "the compiler's figures are a TPU's, and host is none"],
    [`verify ${tiny} --on tpu-v3-8 --devices 16`, "--devices 16: tpu-v3-8 has 8"],
    [`verify ${tiny} --execute --activations bf16`, "--activations bf16: this computer computes in f32 only"],
  ])("willfit %s", async (line, message) => {
    const { status, stderr } = await willfit(line);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(status).toBe(MALFORMED);
  });

  it("runs a step on both sides", async ({ skip }) => {
    needsXla(skip);
    const { status, stdout } = await willfit(`verify ${tiny} --execute --json`);
    const answer = JSON.parse(stdout) as { readonly agrees: boolean; readonly outputs: readonly object[] };
    expect(answer.agrees).toBe(true);
    expect(answer.outputs.length).toBeGreaterThan(20);
    expect(status).toBe(0);
  });

  it("compiles once, and keeps what the compiler said", async ({ skip }) => {
    needsXla(skip, "tpu");
    vi.stubEnv("XDG_CACHE_HOME", folder);
    const line = `verify ${tiny} --on tpu-v3-8`;
    const first = JSON.parse((await willfit(`${line} --json`)).stdout) as Verification;
    const kept = readdirSync(join(folder, "willfit", "compilations"));
    expect(kept).toHaveLength(1);
    expect(JSON.parse((await willfit(`${line} --json`)).stdout)).toEqual(first);
    expect(readdirSync(join(folder, "willfit", "compilations"))).toEqual(kept);

    const { willfit: ours, compiler } = first;
    expect([ours.verdict, compiler.verdict]).toEqual(["fits", "fits"]);
    expect(Math.abs(ours.argumentBytes! / compiler.argumentBytes! - 1)).toBeLessThan(0.02);
    expect(Math.abs(ours.flops! / compiler.flops! - 1)).toBeLessThan(0.1);
    // The compiler gives back the names that the module gave its operations.
    const places = first.places
      .filter(({ compilerSeconds }) => compilerSeconds > 0)
      .map(({ place }) => place);
    expect(places).toContain("forward/vit/encoder/block0/mlp/up");
    expect(places.some((place) => place.startsWith("update/optimizer/"))).toBe(true);
  });
});
