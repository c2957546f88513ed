/**
 * @file No room left: real errors of the kernel in the middle of a write, from a limit of a file's size (EFBIG) and, where a person
 * may mount one, from a small disk (ENOSPC). One line, status 2, what was there before untouched, nothing half written.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { requiredPackages } from "../../src/stablehlo/xla.js";
import { checkpointFiles, newestCheckpoint } from "../../train/checkpoints.js";
import { readRunFile } from "../../train/runFile.js";
import {
  type Ended,
  leftovers,
  needsBuild,
  STEPS_PER_EPOCH,
  shell,
  stepsIn,
  testFolder,
  tinyRun,
  willfit,
  writeTinyData,
} from "./cli.js";

const { folder, remove } = testFolder("disk");
afterAll(remove);
const data = writeTinyData(folder);
beforeEach(({ skip }) => needsBuild(skip));

const tiny = "vit-s16 --image 32 --width 64 --depth 1 --heads 2";
const EPOCHS = 14;
const run = (out: string) => `${tinyRun(data, EPOCHS)} --out ${out}`;

/** No file may grow beyond so many KiB. */
const limited = (kib: number, line: string) => shell(`ulimit -f ${kib}; $willfit ${line}`);

/** The one line about what went wrong is the last. */
function expectRefusal({ status, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(message);
  expect(stderr).not.toMatch(/\n {4}at |this is a bug/);
  expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
}

describe("a training run", () => {
  const undisturbed = join(folder, "undisturbed");

  async function expectResumable(out: string): Promise<void> {
    expect(leftovers(out)).toEqual([]);
    expect((await willfit(`${run(out)} --resume`)).status).toBe(0);
    const [mine, other] = [checkpointFiles(out)[0]!, checkpointFiles(undisturbed)[0]!];
    expect(mine.step).toBe(EPOCHS * STEPS_PER_EPOCH);
    expect(readFileSync(mine.path).equals(readFileSync(other.path))).toBe(true);
    expect(stepsIn(out)).toEqual(stepsIn(undisturbed));
  }

  it("ends with a line when its record cannot grow, and goes on where there is room", async () => {
    expect((await willfit(run(undisturbed))).status).toBe(0);
    const out = join(folder, "record");
    // Room for a checkpoint of 21.5 KB, and for a record of some eighty steps.
    expectRefusal(
      await limited(24, run(out)),
      /^willfit: could not write .*metrics\.jsonl: EFBIG: file too large$/,
    );
    const { step } = checkpointFiles(out)[0]!;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(EPOCHS * STEPS_PER_EPOCH);
    expect(readRunFile(out).end?.how).toBe("failed");
    await expectResumable(out);
  });

  it("ends with a line when a checkpoint finds no room, and keeps those before it", async () => {
    const out = join(folder, "checkpoint");
    expectRefusal(await limited(24, run(out)), /EFBIG/);
    const before = checkpointFiles(out).map(({ path }) => readFileSync(path));
    expectRefusal(
      await limited(16, `${run(out)} --resume`),
      /^willfit: could not write .*(checkpoint-\d+\.safetensors|metrics\.(csv|jsonl)): EFBIG/,
    );
    expect(checkpointFiles(out).map(({ path }) => readFileSync(path))).toEqual(before);
    await expectResumable(out);
  });

  it("is not begun where nothing can be written at all", async () => {
    const out = join(folder, "nothing");
    expectRefusal(await limited(0, run(out)), /^willfit: could not write .*: EFBIG/);
    expect(readdirSync(out).filter((name) => !name.startsWith("metrics"))).toEqual([]);
    expect((await willfit(run(out))).status).toBe(0);
  });
});

describe("a file of an answer", () => {
  it.each([
    ["export", `export ${tiny} --batch 64 -o`],
    ["report", `report ${tiny} --batch 64 --on tpu-v3-8 -o`],
    ["trace", `explain ${tiny} --batch 64 --on tpu-v3-8 --trace`],
    ["measurements", "calibrate --quick --backend wasm --measurements"],
    ["crosscheck", "crosscheck vit-ti16 --backend wasm --output"],
  ])("is as it was: %s", async (name, line) => {
    const path = join(folder, name.replaceAll(/\W/g, "-"));
    writeFileSync(path, "before");
    const env = { WILLFIT_CONFIG: join(folder, "config") };
    // What takes minutes tries whether it can write before it begins.
    const kib = /calibrate|crosscheck/.test(line) ? 0 : 1;
    expectRefusal(
      await shell(`ulimit -f ${kib}; $willfit ${line} ${path}`, { env }),
      /^willfit: could not write .*: EFBIG: file too large$/,
    );
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(leftovers(folder)).toEqual([]);
  });

  it("of a sweep has its journal until there is room", async () => {
    const output = join(folder, "sweep.csv");
    const line = `sweep ${tiny} --on tpu-v3-8,tpu-v4x4 --batch 64,128 --remat none,block --csv -o`;
    expect((await willfit(`${line} ${join(folder, "whole.csv")}`)).status).toBe(0);
    // A line of the journal fits in, and then no more.
    expectRefusal(
      await limited(8, `${line} ${output}`),
      /^willfit: could not write .*sweep\.csv\.partial: EFBIG/,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith("sweep"))).toEqual(["sweep.csv.partial"]);
    const { status, stderr } = await willfit(`${line} ${output}`);
    expect(stderr).toMatch(/^going on from .*: \d+ of 8 configurations are done\n/);
    expect(status).toBe(0);
    expect(readFileSync(output, "utf8")).toBe(readFileSync(join(folder, "whole.csv"), "utf8"));
    expect(leftovers(folder)).toEqual([]);
  });
});

describe("standard output", () => {
  const full = "/dev/full";

  it("that takes nothing is a line and no answer", async ({ skip }) => {
    if (process.platform !== "linux") skip(`${full} is Linux's`);
    const { status, stderr } = await shell(`$willfit fit ${tiny} --batch 64 --on tpu-v3-8 > ${full}`);
    expect(stderr).toBe("willfit: could not write standard output: ENOSPC: no space left on device\n");
    expect(status).toBe(MALFORMED);
  });

  it("that takes the beginning only is no answer either", async () => {
    const path = join(folder, "models.json");
    const { status, stderr } = await limited(1, `models --json > ${path}`);
    expect(stderr).toBe("willfit: could not write standard output: EFBIG: file too large\n");
    expect(status).toBe(MALFORMED);
    expect((await shell(`$willfit models --json > ${path}`)).status).toBe(0);
    expect(JSON.parse(readFileSync(path, "utf8"))).toBeInstanceOf(Object);
  });

  it("matters, standard error does not", async ({ skip }) => {
    if (process.platform !== "linux") skip(`${full} is Linux's`);
    const out = join(folder, "quiet");
    const { status, stdout } = await shell(`$willfit ${tinyRun(data, 1)} --out ${out} 2> ${full}`);
    expect(stdout).toMatch(/^finished after 8 steps/);
    expect(status).toBe(0);
    expect((await shell(`$willfit fit vit-s16 --batch 32q 2> ${full}`)).status).toBe(MALFORMED);
  });
});

/** Why no disk can be mounted here; nothing where one can. */
function reasonAgainstMounting(): string | undefined {
  try {
    execFileSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no disk can be mounted here (Linux, with user namespaces): its full one is not tried";
  }
}

describe("a small disk", () => {
  const reason = reasonAgainstMounting();
  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });

  /** Runs a line on a disk of so many KiB at `disk`, and copies what is on it at the end. */
  const onDisk = (kib: number, name: string, line: string, around = {}) => {
    const disk = join(folder, `disk-${name}`);
    const copy = join(folder, `copy-${name}`);
    mkdirSync(disk);
    mkdirSync(copy);
    const script = `mount -t tmpfs -o size=${kib}k tmpfs ${disk} && cd ${disk} && { ${line}; }; status=$?; cp -a ${disk}/. ${copy}; exit $status`;
    return { ended: shell(`unshare -rm bash -c '${script}'`, around), copy };
  };

  it("that a run fills up has whole checkpoints", async () => {
    const { ended, copy } = onDisk(100, "run", `$willfit ${tinyRun(data, EPOCHS)} --out run`);
    expectRefusal(await ended, /^willfit: could not write run\/.*: ENOSPC: no space left on device$/);
    const out = join(copy, "run");
    expect(leftovers(out)).toEqual([]);
    expect(newestCheckpoint(out).path).toBe(checkpointFiles(out)[0]!.path);
    expect((await willfit(`${tinyRun(data, EPOCHS)} --out ${out} --resume`)).status).toBe(0);
    expect(checkpointFiles(out)[0]!.step).toBe(EPOCHS * STEPS_PER_EPOCH);
  });

  it("that is full has no room for a profile, which is told before the minute that it takes", async () => {
    const fill = "head -c 200000 /dev/zero > filler 2> /dev/null";
    const { ended, copy } = onDisk(64, "profile", `${fill}; $willfit calibrate --quick --backend wasm`, {
      env: { WILLFIT_CONFIG: "." },
    });
    expectRefusal(
      await ended,
      /^willfit: could not write .*hardware-profiles.*: ENOSPC: no space left on device$/,
    );
    expect(readdirSync(copy)).not.toContain("host-wasm.json");
  });

  it("for temporary files is told by verify", async () => {
    const python = join(folder, "python");
    writeFileSync(python, `#!/bin/sh\necho '${JSON.stringify(requiredPackages)}'\n`, { mode: 0o755 });
    const { ended, copy } = onDisk(16, "temporary", `$willfit verify ${tiny} --batch 8 --execute`, {
      env: { TMPDIR: ".", WILLFIT_PYTHON: python },
    });
    expectRefusal(await ended, /^willfit: could not write .*step\.mlir: ENOSPC: no space left on device$/);
    expect(readdirSync(copy)).toEqual([]);
  });

  it("keeps an answer as it was", async () => {
    copyFileSync(join(data, "t10k-labels-idx1-ubyte"), join(folder, "before"));
    const before = `cp ${join(folder, "before")} step.mlir`;
    const { ended, copy } = onDisk(
      16,
      "export",
      `${before}; $willfit export ${tiny} --batch 64 -o step.mlir`,
    );
    expectRefusal(await ended, /^willfit: could not write step\.mlir: ENOSPC: no space left on device$/);
    expect(readdirSync(copy)).toEqual(["step.mlir"]);
    expect(readFileSync(join(copy, "step.mlir"))).toEqual(readFileSync(join(folder, "before")));
  });
});
