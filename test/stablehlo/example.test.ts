/** @file The example trains what `willfit export` writes, on eight virtual devices. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { packagePath } from "../../src/packagePath.js";
import { printModule } from "../../src/stablehlo/module.js";
import { pythonCommand } from "../../src/stablehlo/xla.js";
import { defaultHyperparameters } from "../../src/transforms/optimizer.js";
import { fullySharded } from "../../src/transforms/sharding.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { tinyModels, tinyPlan } from "../train/tiny.js";
import { needsXla } from "./xlaHere.js";

it.for(["none", "fsdp"] as const)("lowers the loss with --shard %s", async (shard, { skip }) => {
  needsXla(skip);
  const folder = mkdtempSync(join(tmpdir(), "willfit-example-"));
  try {
    const { model, options, optimizer } = tinyModels[0]!;
    const plan = { ...tinyPlan, optimizer, activations: "bf16" as const, globalBatch: 16, devices: 8, shard };
    // The tiny model's weights are all smaller than what is worth sharding.
    const sharding = shard === "fsdp" ? fullySharded(plan.devices, 0) : undefined;
    const program = traceTrainingStep(buildModel(model, options), plan, defaultHyperparameters, sharding);
    const path = join(folder, "step.mlir");
    writeFileSync(path, printModule(program));
    const script = packagePath("examples/jax/train.py");
    const env = { JAX_PLATFORMS: "cpu", XLA_FLAGS: "--xla_force_host_platform_device_count=8" };
    const { stdout } = await execa(
      pythonCommand(),
      [script, path, "--steps", "10", "--learning-rate", "0.01"],
      {
        env,
      },
    );
    const losses = [...stdout.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(10);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);

    // Where there are fewer devices than the module is for, it says what to do.
    const alone = await execa(pythonCommand(), [script, path], {
      env: { JAX_PLATFORMS: "cpu", XLA_FLAGS: "" },
      reject: false,
    });
    expect(alone.stderr).toContain("export it with --devices 1");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
