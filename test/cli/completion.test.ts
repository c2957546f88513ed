/** @file What half-typed command lines can go on with. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { hardwareNames } from "../../sim/hardware.js";
import { zoo } from "../../src/models/zoo.js";
import { recipes } from "../../src/recipes/recipes.js";
import { contrastiveLosses, optimizers } from "../../src/transforms/plan.js";
import { willfit } from "./capture.js";

// A person waits for the tab key.
const tooSlow = vi.hoisted(() => (): never => {
  throw new Error("loaded, which takes longer than a key may");
});
vi.mock("@tensorflow/tfjs-core", tooSlow);
vi.mock("mathjs", tooSlow);
vi.mock("ink", tooSlow);

const NO_FILES = 4;

/** `line` has `willfit` in front; what stands behind its last space is at the cursor. */
async function complete(line: string) {
  const { status, stdout, stderr } = await willfit(["complete", "--", ...line.split(" ")]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  const directive = Number(lines.pop()!.slice(1));
  return { values: lines.map((given) => given.split("\t")[0]!), files: (directive & NO_FILES) === 0 };
}

const commands = (await complete("")).values.filter((name) => name !== "help");

describe("a half-typed line", () => {
  it.each<[line: string, values: readonly string[]]>([
    ["f", ["fit"]],
    ["com", ["compare", "completion"]],
    ["help ver", ["verify"]],
    ["completion ", ["bash", "zsh", "fish", "powershell"]],
    ["--v", ["--version"]],
    ["fit ", Object.keys(zoo)],
    ["fit siglip-b", ["siglip-b16"]],
    ["fit siglip-b16 --on ", hardwareNames()],
    ["fit siglip-b16 --on tpu-v4", ["tpu-v4x4"]],
    ["fit siglip-b16 --on=tpu-v4", ["tpu-v4x4"]],
    ["fit siglip-b16 --on = tpu-v4", ["tpu-v4x4"]],
    ["fit --json siglip-b16 --lo", ["--loss"]],
    ["fit siglip-b16 --loss ", contrastiveLosses],
    ["fit siglip-b16 --optimizer ", optimizers],
    ["fit siglip-b16 --remat b", ["block"]],
    ["fit siglip-b16 --batch 3", ["32k"]],
    ["fit siglip-b16 --microbatches ", []],
    ["fit siglip-b16 --json --j", []],
    ["predict --recipe ", recipes.map(({ name }) => name)],
    ["predict --no-s", ["--no-start"]],
    ["sweep mixer-s16,mixer-b", ["mixer-s16,mixer-b16"]],
    ["sweep mixer-s16 --loss softmax,sigmoid,s", ["softmax,sigmoid,sigmoid-gather"]],
    ["fit mixer-s16 --loss softmax,s", []],
    ["compare mixer-s16 mixer-b", ["mixer-b16"]],
    ["hardware tpu-v3", ["tpu-v3-8"]],
    ["explain vit-s16 --pass l", ["layout"]],
    ["train --backend w", ["wasm"]],
    ["experiment po", ["pooling", "positions"]],
    ["nosuch ", []],
  ])("willfit %s", async (line, values) => {
    expect(await complete(line)).toEqual({ values, files: false });
  });

  it.each<[line: string, values: readonly string[]]>([
    ["report vit-s16 -o ", []],
    ["train --out ", []],
    ["dashboard --run runs/", []],
    ["calibrate --from st", []],
    ["train --data ", ["mnist", "fashion-mnist"]],
    ["train --tokenizer ", ["bytes"]],
  ])("willfit %s, or a file", async (line, values) => {
    expect(await complete(line)).toEqual({ values, files: true });
  });

  it("whose arguments are all there goes on with the options that are not", async () => {
    const { values } = await complete("fit vit-s16 --json ");
    expect(values).toContain("--on");
    expect(values).not.toContain("--json");
  });

  it("offers a machine whose profile is damaged, and all others", async () => {
    const settings = mkdtempSync(join(tmpdir(), "willfit-completion-"));
    vi.stubEnv("WILLFIT_CONFIG", settings);
    try {
      mkdirSync(join(settings, "hardware-profiles"));
      writeFileSync(join(settings, "hardware-profiles", "tpu-mine.json"), "{");
      expect((await complete("fit --on tpu-")).values).toEqual(
        expect.arrayContaining(["tpu-mine", "tpu-v3-8"]),
      );
    } finally {
      vi.unstubAllEnvs();
      rmSync(settings, { recursive: true });
    }
  });

  it("is told in words, too", async () => {
    const { stdout } = await willfit(["complete", "--", "fit", "--on", "tpu-v3"]);
    expect(stdout).toMatch(/^tpu-v3-8\t\S.*\n:36\n$/);
  });
});

it.each(commands)("%s takes every value that is offered", async (command) => {
  const { values: flags } = await complete(`${command} --`);
  expect(flags).toContain("--help");
  for (const flag of flags) {
    const { values } = await complete(`${command} ${flag} `);
    if (values.length === 0 || values.includes("--help")) continue;
    const line = [command, ...values.flatMap((value) => [flag, value]), "--help"];
    expect((await willfit(line)).stderr, `${command} ${flag}`).toBe("");
  }
});

it("is asked for by no one but shells", async () => {
  expect((await willfit("--help")).stdout).not.toMatch(/^ +complete /m);
  expect((await willfit("complet")).stderr).toContain("did you mean one of compare, completion?");
});

it("has scripts for shells that there are", async () => {
  const { status, stderr } = await willfit("completion csh");
  expect(stderr).toBe(
    "willfit: completion csh: there is no script for it; there are those for bash, zsh, fish or powershell\n",
  );
  expect(status).toBe(2);
});
