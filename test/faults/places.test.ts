/** @file Places that are not there, are something else, or are another person's: one line, status 2, nothing half done. */
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import type { DoctorReport } from "../../train/doctor.js";
import { type Around, needsBuild, needsReader, testFolder, tinyRun, willfit, writeTinyData } from "./cli.js";

const { folder, remove } = testFolder("places");
afterAll(remove);
const data = writeTinyData(folder);
beforeEach(({ skip }) => needsBuild(skip));

const tiny = "vit-s16 --image 32 --width 64 --depth 1 --heads 2 --batch 64";

/** A user that is nobody's: those who may do everything are refused nothing. */
const NOBODY = 65_534;

/** A user that modes apply to. */
function asOther(): Around {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY, env: { HOME: folder }, cwd: folder } : {};
}

async function expectRefusal(line: string, message: RegExp, around: Around = {}): Promise<void> {
  const { status, stdout, stderr } = await willfit(line, around);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(message);
  expect(stderr).not.toMatch(/\n {4}at |this is a bug/);
  expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
}

describe("a file where a folder should be", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");

  it.each([
    ["train", `${tinyRun(data, 1)} --out ${join(file, "run")}`],
    ["train into it", `${tinyRun(data, 1)} --out ${file}`],
    ["sweep", `sweep ${tiny} --on tpu-v3-8 -o ${join(file, "sweep.csv")}`],
    ["report", `report ${tiny} --on tpu-v3-8 -o ${join(file, "report.html")}`],
    ["export", `export ${tiny} -o ${join(file, "step.mlir")}`],
    ["experiment", `experiment pooling --data ${data} -o ${join(file, "pooling.md")}`],
    ["crosscheck", `crosscheck vit-ti16 -o ${join(file, "rows.csv")}`],
    ["calibrate --measurements", `calibrate --quick --backend wasm --measurements ${join(file, "rows.csv")}`],
  ])("%s", (_, line) =>
    expectRefusal(
      line,
      /^willfit: could not write .*: (ENOTDIR: not a directory|EEXIST: file already exists)$/,
      {
        env: { WILLFIT_CONFIG: join(folder, "config") },
      },
    ),
  );

  it("train --tensorboard", async ({ skip }) => {
    const { backend } = JSON.parse((await willfit("doctor --json")).stdout) as DoctorReport;
    if (backend.name !== "tensorflow") skip("TensorBoard's files are tfjs-node's, which does not work here");
    const out = join(folder, "board");
    mkdirSync(out);
    writeFileSync(join(out, "tensorboard"), "");
    const line = tinyRun(data, 1).replace("wasm", "tensorflow");
    await expectRefusal(
      `${line} --tensorboard --out ${out}`,
      /^willfit: could not write .*tensorboard: .*Not a directory/,
    );
    expect(readdirSync(out).sort()).toEqual(["metrics.csv", "metrics.jsonl", "tensorboard"]);
  });

  it("calibrate, before it measures", () =>
    expectRefusal("calibrate --quick --backend wasm", /^willfit: could not write .*: ENOTDIR/, {
      env: { WILLFIT_CONFIG: join(file, "config") },
    }));

  it("the other way round", () =>
    expectRefusal(
      `sweep ${tiny} --on tpu-v3-8 -o ${folder}`,
      /^willfit: could not write .*: it is a folder$/,
    ));
});

describe("a folder that may not be written", () => {
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o555 });
  // Those who are to look into it must get to it.
  chmodSync(folder, 0o755);

  beforeEach(async ({ skip }) => {
    await needsReader(asOther(), skip);
    if (process.platform === "win32") skip("Windows has no modes");
  });

  it.each([
    ["train", `${tinyRun(data, 1)} --out ${join(closed, "run")}`],
    ["train into it", `${tinyRun(data, 1)} --out ${closed}`],
    ["sweep", `sweep ${tiny} --on tpu-v3-8 -o ${join(closed, "sweep.csv")}`],
    ["report", `report ${tiny} --on tpu-v3-8 -o ${join(closed, "report.html")}`],
    ["explain", `explain ${tiny} --on tpu-v3-8 --trace ${join(closed, "step.json")}`],
    ["calibrate", "calibrate --quick --backend wasm"],
  ])("%s", async (_, line) => {
    const { env, ...other } = asOther();
    const around = { ...other, env: { ...env, WILLFIT_CONFIG: closed } };
    await expectRefusal(line, /^willfit: could not write .*: EACCES: permission denied$/, around);
    expect(readdirSync(closed)).toEqual([]);
  });

  it("is read all the same: predictions need no place", async () => {
    const { status } = await willfit(`fit ${tiny} --on tpu-v3-8`, { ...asOther(), cwd: closed });
    expect(status).toBe(0);
  });
});

describe("data that may not be read", () => {
  beforeEach(async ({ skip }) => {
    await needsReader(asOther(), skip);
  });

  const photos = join(folder, "photos");
  const secret = join(folder, "secret");
  // Else they could not be removed.
  afterAll(() => {
    for (const path of [join(photos, "dog"), secret]) chmodSync(path, 0o755);
  });
  for (const name of ["cat", "dog"]) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < 4; i++) writeFileSync(join(photos, name, `${i}.png`), "");
  }
  mkdirSync(secret, { mode: 0o311 });
  const shard = join(folder, "shard.tar");
  writeFileSync(shard, "", { mode: 0o200 });
  const tokenizer = join(folder, "tokenizer.json");
  writeFileSync(tokenizer, "{}", { mode: 0o200 });
  chmodSync(join(photos, "dog"), 0o000);
  const train = (words: string) =>
    `train vit-s16 --image 32 --patch 8 --width 8 --depth 1 --heads 1 --batch 2 ${words}`;

  it.each([
    ["a folder", `--data ${secret}`],
    ["a class", `--data ${photos}`],
    ["a shard", `--data ${shard}`],
    ["a tokenizer", `--data ${data} --tokenizer ${tokenizer}`],
  ])("%s", (_, words) => expectRefusal(train(words), /^willfit: .*EACCES: permission denied.*/, asOther()));

  it("a profile", () => {
    const config = join(folder, "config-unreadable");
    mkdirSync(join(config, "hardware-profiles"), { recursive: true });
    const profile = join(config, "hardware-profiles", "host.json");
    writeFileSync(profile, "{}", { mode: 0o200 });
    const { env, ...other } = asOther();
    return expectRefusal(
      `predict ${tiny} --on host`,
      /^willfit: could not read .*host\.json: EACCES: permission denied/,
      {
        ...other,
        env: { ...env, WILLFIT_CONFIG: config },
      },
    );
  });

  it("a checkpoint", async () => {
    const out = join(folder, "run");
    expect((await willfit(`${tinyRun(data, 1)} --out ${out}`)).status).toBe(0);
    chmodSync(out, 0o777);
    if (process.getuid?.() === 0) chownSync(out, NOBODY, NOBODY);
    for (const name of readdirSync(out))
      chmodSync(join(out, name), name.startsWith("checkpoint") ? 0o200 : 0o644);
    await expectRefusal(`${tinyRun(data, 1)} --out ${out} --resume`, /none of the 1 checkpoint/, asOther());
  });
});
