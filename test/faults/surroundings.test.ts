/** @file Odd surroundings: readers that leave, no home, no working folder, no place for temporary files, a clock that is set back. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  executable,
  needsBuild,
  needsReader,
  shell,
  startProgram,
  testFolder,
  tinyRun,
  willfit,
  writeTinyData,
} from "./cli.js";

const { folder, remove } = testFolder("surroundings");
afterAll(remove);
const data = writeTinyData(folder);
beforeEach(({ skip }) => needsBuild(skip));

const tiny = "vit-s16 --image 32 --width 64 --depth 1 --heads 2 --batch 64";
const predict = `predict ${tiny} --on tpu-v3-8`;

describe("a reader that leaves", () => {
  it.each([
    ["export", `export vit-s16 --batch 64`],
    ["models", "models --json"],
    [
      "sweep",
      `sweep vit-s16 --on tpu-v3-8 --batch ${Array.from({ length: 40 }, (_, i) => 64 * (i + 1))} --csv`,
    ],
  ])("%s is quiet", async (_, line) => {
    const { status, stdout, stderr } = await shell(`set -o pipefail; $willfit ${line} | head -c 10`);
    expect(stdout.length).toBe(10);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("of the messages leaves a run alone", async () => {
    const out = join(folder, "unwatched");
    const line = `$willfit ${tinyRun(data, 20)} --out ${out} 2>&1 > ${join(folder, "answer")} | head -n 1`;
    const { status, stdout } = await shell(`set -o pipefail; ${line}`);
    expect(stdout).toMatch(/^training on wasm/);
    expect(status).toBe(0);
    expect((await shell(`cat ${join(folder, "answer")}`)).stdout).toMatch(/^finished after 160 steps/);
  });
});

it.each(["<&-", "< /dev/null", ">&- 2>&-"])("streams that are closed are no error: %s", async (closed) => {
  const { status, stderr } = await shell(`$willfit ${predict} ${closed}`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

describe("without", () => {
  const bare = { env: { PATH: process.env.PATH }, extendEnv: false };

  it("any environment", async () => {
    expect(await willfit(predict, bare)).toMatchObject({ status: 0, stderr: "" });
  });

  it("a home, for a user that the system does not know", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("only root can become a user that there is not");
    const unknown = { ...bare, uid: 54_321, gid: 54_321, cwd: "/" };
    await needsReader(unknown, skip);
    expect(await willfit(predict, unknown)).toMatchObject({ status: 0, stderr: "" });
    // Settings have no place then.
    const { status, stderr } = await willfit("calibrate --quick --backend wasm", unknown);
    expect(stderr).toMatch(/^willfit: could not write \/\.config\/willfit\/.*: EACCES: permission denied\n$/);
    expect(status).toBe(2);
  });

  it("a working folder", async () => {
    const gone = join(folder, "gone");
    mkdirSync(gone);
    const { status, stderr } = await shell(`rmdir ${gone}; $willfit ${predict}`, { cwd: gone });
    // The shell may have a word on it, too.
    expect(stderr).not.toContain("willfit:");
    expect(status).toBe(0);
    mkdirSync(gone);
    const train = await shell(`rmdir ${gone}; $willfit ${tinyRun(data, 1)} --out runs/lost`, { cwd: gone });
    expect(train.stderr.trimEnd().split("\n").at(-1)).toMatch(/^willfit: .*ENOENT/);
    expect(train.stderr).not.toContain("this is a bug");
    expect(train.status).toBe(2);
  });

  it("a place for temporary files", async () => {
    const env = { TMPDIR: join(folder, "no-such-place") };
    expect(await willfit(predict, { env })).toMatchObject({ status: 0, stderr: "" });
    const out = join(folder, "no-temporary");
    expect((await willfit(`${tinyRun(data, 1)} --out ${out}`, { env })).status).toBe(0);
  });
});

it("speaks one language, whatever the locale", async () => {
  const plain = await willfit(predict, { env: { LC_ALL: "en_US.UTF-8", LANG: "en_US.UTF-8" } });
  expect(plain.stdout).toContain("64 examples a step");
  for (const locale of ["C", "tr_TR.UTF-8", "no_SUCH"])
    expect(await willfit(predict, { env: { LC_ALL: locale, LANG: locale } })).toEqual(plain);
});

it("a clock that is set back makes no time negative", async () => {
  const preload = join(folder, "clock.mjs");
  // The clock of the wall; what is measured is measured with another one.
  writeFileSync(
    preload,
    "let now = Date.now();\nDate.now = () => (now -= 60_000);\nconst Real = Date;\n" +
      "globalThis.Date = class extends Real { constructor(...given) { super(...(given.length ? given : [Real.now()])); } };\n",
  );
  const out = join(folder, "clock");
  const line = `${tinyRun(data, 4)} --out ${out}`.split(" ");
  const run = (...more: string[]) =>
    startProgram(process.execPath, ["--import", preload, executable, ...line, ...more]).ended;
  const { status, stdout, stderr } = await run("--json");
  expect(status).toBe(0);
  expect(stderr).not.toMatch(/-\d|NaN|Infinity/);
  const { seconds, waitedSeconds } = JSON.parse(stdout) as Record<"seconds" | "waitedSeconds", number>;
  expect(seconds).toBeGreaterThan(0);
  expect(waitedSeconds).toBeGreaterThanOrEqual(0);
  rmSync(out, { recursive: true });
});
